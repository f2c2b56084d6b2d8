"""What the tests of commands share: a folder of their own, and a way to call the program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from calling import Call, Called

from dfcli.commands.app import main


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, in a terminal of 80 columns, without any key in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DFCLI_MODEL", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def dfcli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the program as the shell does, error boundary and exit code included."""

    def call(*arguments: str | Path) -> Called:
        monkeypatch.setattr(sys, "argv", ["dfcli", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        captured = capsys.readouterr()
        assert isinstance(exit_.value.code, int)
        return Called(exit_.value.code, captured.out, captured.err)

    return call
