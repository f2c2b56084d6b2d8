"""The boundary: what an error becomes, and what the shell is offered."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from calling import Call

from dfcli.commands import _complete, app
from dfcli.errors import BudgetReached, DfcliError, EnvironmentLacks, Interrupted, Problem, RecipeError, UsageError


def noted(error: DfcliError, note: str) -> DfcliError:
    error.add_note(note)
    return error


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UsageError("no such thing"), 2, "error: no such thing\n"),
        (EnvironmentLacks("no key"), 3, "error: no key\n"),
        (
            noted(BudgetReached("no money"), "to go on: dfcli run r.yaml"),
            4,
            "error: no money\nto go on: dfcli run r.yaml\n",
        ),
        (Interrupted("stopped"), 130, "error: stopped\n"),
        (RecipeError([Problem("r.yaml", 3, "bad")]), 2, "error: r.yaml:3: bad\n"),
        (
            RecipeError([Problem("r.yaml", 3, "bad"), Problem("r.yaml", 5, "worse")]),
            2,
            "error: the recipe has 2 mistakes\n  r.yaml:3: bad\n  r.yaml:5: worse\n",
        ),
        (RecipeError([Problem("r.yaml", 0, "no key", lacking=True)]), 3, "error: r.yaml: no key\n"),
        (UsageError("row \x1b[2Jsaid so"), 2, "error: row \N{REPLACEMENT CHARACTER}[2Jsaid so\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_an_error_is_one_message_and_its_exit_code(
    dfcli: Call, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, says: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("dfcli.recipes.zoo.recipes", fails)
    done = dfcli("recipes", "list")
    assert (done.code, done.out, done.err) == (code, "", says)


def test_a_bug_shows_its_traceback(dfcli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dfcli.recipes.zoo.recipes", lambda: 1 / 0)
    monkeypatch.setattr(sys, "argv", ["dfcli", "recipes", "list"])
    with pytest.raises(ZeroDivisionError):
        app.main()


@pytest.mark.parametrize("arguments", [(), ("ops",), ("runs",), ("recipes",), ("init",)])
def test_a_group_alone_shows_its_help(dfcli: Call, arguments: tuple[str, ...]) -> None:
    done = dfcli(*arguments)
    assert done.code == 2
    assert f"Usage: dfcli {' '.join([*arguments, '[OPTIONS]'])}" in done.out + done.err


def test_a_command_that_is_mistyped_names_the_nearest(dfcli: Call) -> None:
    done = dfcli("rnu")
    assert done.code == 2
    assert "No such command 'rnu'. Did you mean 'run'" in done.err


def test_the_version_is_shown(dfcli: Call) -> None:
    done = dfcli("--version")
    assert done.code == 0
    assert done.out.startswith("dfcli 0.")


def test_a_reader_that_goes_away_gets_no_complaint() -> None:
    program = f"{sys.executable} -m dfcli ops show line_stats --json | head -1"
    ran = subprocess.run(program, shell=True, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("{\n", "")


SLOW = """
models: {default: {model: dfcli/echo, latency: 0.3, concurrency: 1}}
input: rows.jsonl
steps:
  - {op: ask, prompt: "Say {{ n }}"}
"""


def test_ctrl_c_pressed_twice_is_no_bug(here: Path) -> None:
    (here / "slow.yaml").write_text(SLOW, encoding="utf-8")
    (here / "rows.jsonl").write_text("".join(f'{{"n": {n}}}\n' for n in range(99)), encoding="utf-8")
    program = [sys.executable, "-u", "-m", "dfcli", "run", "slow.yaml"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("slow: 1 step")
        running.send_signal(signal.SIGINT)
        time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=10)
    assert running.returncode == 130
    assert "Traceback" not in said


COMMANDS = [(), ("ops",), ("runs",), ("recipes",), ("init",)]


@pytest.mark.parametrize("group", COMMANDS)
def test_every_command_is_listed_with_a_whole_sentence(dfcli: Call, group: tuple[str, ...]) -> None:
    page = dfcli(*group, "--help").out
    listed = page[page.index("Commands:" if group else "Make data:") :]
    assert "..." not in listed
    assert all(line.endswith(".") for line in listed.splitlines() if line.startswith("  "))


@pytest.mark.parametrize(
    "command", ["run", "check", "preview", "doctor", "ops search", "ops run", "recipes copy", "trace", "runs show"]
)
def test_help_has_no_brackets_within_brackets(dfcli: Call, command: str) -> None:
    page = dfcli(*command.split(), "--help").out
    assert not any(each in page for each in ("[[", "...}", "range>"))


def test_an_error_in_a_terminal_breaks_between_words(
    dfcli: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    said = dfcli("init", "operator", "My-Operator").err
    assert max(map(len, said.replace("\x1b[31m", "").replace("\x1b[0m", "").splitlines())) <= 80
    assert said.startswith("\x1b[31merror: \x1b[0m'My-Operator' cannot be a name: write it in lower_snake, such as")
    assert "\n    " in said


@pytest.fixture
def recipe(here: Path) -> Path:
    path = here / "clean.yaml"
    text = "steps:\n  - word_count\n  - op: where\n    id: long\n  - repeat: 2\n    id: loop\n    steps: []\n"
    path.write_text(text, encoding="utf-8")
    (here / "clean_data").mkdir()
    (here / "clean.jsonl").touch()
    return path


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["run", "cle"], {"clean.yaml", "clean_data/"}),
        (["ops", "show", "word_c"], {"word_count"}),
        (["run", "clean.yaml", "--resume", "lo"], {"long", "loop"}),
        (["run", "clean.yaml", "--resume", "2"], {"2"}),
        (["run", "nosuch.yaml", "--resume", ""], set()),
        (["runs", "show", "sh"], {"shop"}),
        (["trace", "--runs", "elsewhere", ""], set()),
        (["ops", "list", "--kind", "fil"], {"filter"}),
        (["recipes", "show", "nosuch"], set()),
        (["recipes", "show", "text2sql/de"], {"text2sql/demo"}),
        (["check", "text2sql/de"], {"text2sql/demo"}),
    ],
)
def test_the_shell_is_offered_what_fits(
    dfcli: Call, here: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], offered: set[str]
) -> None:
    (here / "runs" / "shop").mkdir(parents=True)
    (here / "runs" / "shop" / "manifest.json").touch()
    monkeypatch.setenv("_DFCLI_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", " ".join(["dfcli", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    done = dfcli()
    assert (done.code, done.err) == (0, "")
    assert set(done.out.split()) == offered


@pytest.mark.parametrize("text", ["", "steps: 3", "steps: [{", "- a", "steps: {a: 1}", "\x00"])
def test_a_recipe_that_cannot_be_read_offers_no_steps(here: Path, text: str) -> None:
    (here / "r.yaml").write_text(text, encoding="utf-8")
    assert list(_complete._steps("r.yaml")) == []


def test_hidden_files_are_offered_only_when_asked_for(here: Path) -> None:
    (here / ".hidden.yaml").touch()
    (here / "shown.yaml").touch()
    assert _complete.files("") == ["shown.yaml"]
    assert _complete.files(".h") == [".hidden.yaml"]
    assert _complete.files(f"{here}/sh") == [f"{here}/shown.yaml"]
