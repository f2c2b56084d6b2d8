from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from calling import Call

from dfcli.ops.contract import check_operator
from dfcli.ops.prompted import operator_from
from dfcli.ops.registry import classes_in, load_file


def test_an_operator_keeps_every_promise_as_it_is(dfcli: Call, here: Path) -> None:
    done = dfcli("init", "operator", "share_of_digits")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "wrote share_of_digits.py\n"
        "A recipe in the same folder uses it like this:\n"
        "\n"
        "operators: [share_of_digits.py]\n"
        "steps:\n"
        "  - share_of_digits\n"
    )
    (cls,) = classes_in(load_file(here / "share_of_digits.py"))
    assert cls.op() == "share_of_digits"
    check_operator(cls)


def test_a_template_keeps_every_promise_as_it_is(dfcli: Call, here: Path) -> None:
    assert dfcli("init", "template", "short_summary").code == 0
    check_operator(operator_from(here / "short_summary.j2"))


def test_a_recipe_runs_as_it_is(dfcli: Call, here: Path) -> None:
    assert dfcli("init", "recipe", "questions").out.splitlines()[-1] == "Run it: dfcli run questions.yaml"
    done = dfcli("run", "questions.yaml")
    assert (done.code, done.err) == (0, "")
    assert (here / "questions.parquet").is_file()


def test_what_init_says_about_operators_and_templates_is_a_recipe_that_is_right(dfcli: Call, here: Path) -> None:
    (here / "rows.jsonl").write_text('{"text": "room 101"}\n', encoding="utf-8")
    for kind, name in (("operator", "share_of_digits"), ("template", "short_summary")):
        said = dfcli("init", kind, name).out.partition("like this:\n\n")[2]
        recipe = f"name: {name}\ninput: rows.jsonl\nmodels: {{default: dfcli/echo}}\n{said}"
        (here / f"{name}.yaml").write_text(recipe, encoding="utf-8")
        assert dfcli("check", f"{name}.yaml").out == f"{name}.yaml is right: 1 step\n"


def test_an_extension_installs_and_its_tests_pass(dfcli: Call, here: Path) -> None:
    done = dfcli("init", "extension", "finance_news")
    assert (
        done.out.splitlines()[-1] == "Install and test it: cd dfcli-finance-news && pip install -e '.[dev]' && pytest"
    )
    package, site = here / "dfcli-finance-news", here / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--disable-pip-version-check", "--target", str(site), str(package)], check=True)
    environment = {**os.environ, "PYTHONPATH": str(site)}

    def run(*command: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", *command], env=environment, cwd=package, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    assert "3 passed" in run("pytest", "-p", "no:cacheprovider")
    assert "finance_news_digit_share" in run("dfcli", "ops", "list", "--kind", "evaluate")
    assert "finance_news_digit_share" in run("dfcli", "recipes", "show", "finance_news/example")
    run("dfcli", "recipes", "copy", "finance_news/example")
    assert "2 rows in texts.parquet" in run("dfcli", "run", "example.yaml")


@pytest.mark.parametrize("kind", ["operator", "template", "recipe", "extension"])
def test_a_file_that_is_there_is_left_as_it_is(dfcli: Call, here: Path, kind: str) -> None:
    dfcli("init", kind, "mine")
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    next(iter(before)).write_text("changed", encoding="utf-8")
    again = dfcli("init", kind, "mine")
    assert again.code == 2
    assert "there already, and nothing was written" in again.err
    assert next(iter(before)).read_text(encoding="utf-8") == "changed"
    assert {path for path in here.rglob("*") if path.is_file()} == set(before)


@pytest.mark.parametrize("name", ["WordCount", "2fast", "a-b", "ab_c", "../up", "", "naïve", "a__b", "x_"])
def test_a_name_that_is_none_is_refused(dfcli: Call, here: Path, name: str) -> None:
    done = dfcli("init", "operator", name)
    assert done.code == 2
    assert done.err.startswith(f"error: {name!r} cannot be a name: write it in lower_snake, such as word_count; ")
    assert list(here.iterdir()) == []
