"""What the documents say is so."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from calling import Call
from typer.main import get_command

from dfcli.commands import docs
from dfcli.commands.app import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, containing: str) -> str:
    (found,) = (each for each in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if containing in each)
    return str(found)


def commands() -> dict[str, str]:
    """Return the help of each command by its full name."""
    found: dict[str, str] = {}
    root = get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined]  # the root is a group
        inner = getattr(command, "commands", None)
        found |= {f"{name} {each}": sub.help for each, sub in inner.items()} if inner else {name: command.help}
    return found


@pytest.mark.parametrize(("name", "text"), commands().items())
def test_the_help_of_each_command_has_an_example_of_it(name: str, text: str) -> None:
    assert re.search(rf"\nExamples?:\n(?:.*\n)*?  dfcli {name}\b", f"\n{text}"), text


@pytest.mark.parametrize("name", commands())
def test_each_command_is_in_the_changelog(name: str) -> None:
    words = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert all(f"`{part}`" in words or f" {part}" in words for part in name.split())


def test_the_recipe_of_the_readme_has_twelve_lines_and_is_right(dfcli: Call, here: Path) -> None:
    text = block("yaml", "judge_helpfulness")
    assert len(text.splitlines()) == 12
    (here / "recipe.yaml").write_text(text, encoding="utf-8")
    (here / "questions.jsonl").write_text('{"question": "Why?"}\n', encoding="utf-8")
    assert dfcli("check", "recipe.yaml", "--model", "dfcli/echo").out == "recipe.yaml is right: 3 steps\n"


def test_the_operator_and_the_template_of_the_readme_work_in_a_recipe(dfcli: Call, here: Path) -> None:
    (here / "own.py").write_text(block("python", "class ShareOfDigits"), encoding="utf-8")
    (here / "sum_up.j2").write_text(block("jinja", "Sum up a text"), encoding="utf-8")
    (here / "rows.jsonl").write_text('{"text": "ab12"}\n', encoding="utf-8")
    (here / "recipe.yaml").write_text(
        "input: rows.jsonl\nmodels: {default: dfcli/echo}\noperators: [own.py]\n"
        "steps:\n  - op: share_of_digits\n    keep: share_of_digits = 0.5\n  - op: ask\n    template: sum_up.j2\n",
        encoding="utf-8",
    )
    done = dfcli("run", "recipe.yaml")
    assert (done.code, done.err) == (0, "")
    assert "\n1 row in runs/recipe, " in done.out


def test_the_python_of_the_readme_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = block("python", "from dfcli import load, run")
    assert len(code.splitlines()) <= 10
    (here / "example.py").write_text(code, encoding="utf-8")
    (here / "rows.jsonl").write_text('{"text": "one two"}\n', encoding="utf-8")
    recipe = "vars: {min_words: 1}\ninput: rows.jsonl\nsteps: [{op: word_count, keep: 'word_count > ${min_words}'}]\n"
    (here / "recipe.yaml").write_text(recipe, encoding="utf-8")
    runpy.run_path("example.py")
    assert capsys.readouterr().out.startswith("word_count 0\n")


def test_the_documents_are_up_to_date(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    assert docs.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_document_that_is_out_of_date_is_named_and_then_mended(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for each in docs.DOCUMENTS:
        (here / each).parent.mkdir(exist_ok=True)
        (here / each).write_text("nothing made by the program\n", encoding="utf-8")
    (here / "README.md").write_text("# a\n<!-- begin recipes -->\nof once\n<!-- end recipes -->\nb\n", encoding="utf-8")
    assert docs.main(["--check"]) == 1
    assert capsys.readouterr().err == "README.md is out of date; make format brings it up to date\n"
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0
    text = (here / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# a\n<!-- begin recipes -->\n| recipe |")
    assert text.endswith("<!-- end recipes -->\nb\n")
    assert "of once" not in text
