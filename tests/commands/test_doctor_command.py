from __future__ import annotations

from pathlib import Path

import pytest
from calling import Call

from dfcli.commands import _machine
from dfcli.ops.registry import Broken, installed
from dfcli.runtime.sandbox import INSISTS, Strength


def test_doctor_names_keys_and_never_shows_their_values(dfcli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "planted-secret-value")
    done = dfcli("doctor")
    assert (done.code, done.err) == (0, "")
    assert "SOME_API_KEY" in done.out
    assert "planted" not in done.out


def test_doctor_has_a_heading_for_all_it_looks_at(dfcli: Call) -> None:
    headings = [line.split()[0] for line in dfcli("doctor").out.splitlines() if not line.startswith(" ")]
    assert [each for each in headings if each != "extras"] == [
        *("dfcli", "libraries", "operators", "recipes", "keys", "sandbox", "runs")
    ]


def test_doctor_names_a_broken_plugin_with_its_place(dfcli: Call) -> None:
    plugin = Broken("bad", "/site/bad/ops.py:3", "ImportError: no module named 'nowhere'")
    installed().broken.append(plugin)
    try:
        out = dfcli("doctor").out
    finally:
        installed().broken.remove(plugin)
    assert f"1 broken plugin\n           {plugin}\n" in out


def test_a_folder_that_cannot_be_written_is_named(here: Path) -> None:
    (here / "file").touch()
    assert _machine._writable(here / "new" / "runs").endswith("can be written")
    assert "cannot be written; choose another folder" in _machine._writable(here / "file" / "runs")


def test_a_recipe_that_is_wrong_is_no_lack(dfcli: Call, here: Path) -> None:
    (here / "wrong.yaml").write_text("steps: [nosuch]\n", encoding="utf-8")
    done = dfcli("doctor", "wrong.yaml")
    assert done.code == 2
    assert done.err.startswith("error: ")


def test_doctor_says_how_strong_the_sandbox_is_and_when_somebody_insists(
    dfcli: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dfcli.runtime.sandbox.strength", lambda: Strength("limited", "bubblewrap is not installed"))
    monkeypatch.delenv(INSISTS, raising=False)
    assert "sandbox    limited: bubblewrap is not installed; only operators that" in dfcli("doctor").out
    monkeypatch.setenv(INSISTS, "1")
    assert f"{INSISTS} is set: generated code runs here all the same" in dfcli("doctor").out
