"""A function from a file: pinned by its hash, gated, called in the sandbox; a row that it cannot serve fails alone."""

from __future__ import annotations

import json
from contextlib import chdir
from pathlib import Path

import pytest

from dfcli.errors import DfcliError, EnvironmentLacks, RecipeError
from dfcli.ops.code_gate import MODULES, refused
from dfcli.ops.python_function import PythonFunction, pin
from dfcli.recipes.load import load
from dfcli.runtime.engine import Options, run
from dfcli.runtime.sandbox import INSISTS, Strength, strength
from dfcli.runtime.world import Here

strong = pytest.mark.skipif(strength().level != "strong", reason=f"the sandbox is not strong: {strength().why}")

SOURCE = """\
import re

def vowels(row):
    if row["text"] is None:
        return None
    if row["text"] == "boom":
        raise ValueError("no such text")
    return {"count": len(re.findall("[aeiou]", row["text"])), "kinds": sorted(set(row["text"]) & set("aeiou"))}
"""


def recipe(folder: Path, source: str = SOURCE, **options: object) -> Path:
    (folder / "operators").mkdir(exist_ok=True)
    (folder / "operators" / "vowels.py").write_text(source, encoding="utf-8")
    step = {
        "op": "python_function",
        "file": "operators/vowels.py",
        "function": "vowels",
        "sha256": pin(SOURCE),
        "inputs": ["text"],
        "outputs": {"count": "int", "kinds": "list[str]"},
    } | options
    rows = [{"text": "audio"}, {"text": "boom"}, {"text": None}, {"text": "try"}]
    (folder / "texts.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in rows), encoding="utf-8")
    text = json.dumps({"name": "r", "input": "texts.jsonl", "output": "out.jsonl", "steps": [step]})
    (folder / "recipe.yaml").write_text(text, encoding="utf-8")
    return folder / "recipe.yaml"


def ran(path: Path) -> list[dict[str, object]]:
    loaded = load(path, world=Here())
    with chdir(path.parent):
        for _ in run(loaded, Options(runs=path.parent / "runs")):
            pass
    return [json.loads(line) for line in (path.parent / "out.jsonl").read_text(encoding="utf-8").splitlines()]


@strong
def test_each_row_gets_what_the_function_gives_and_one_that_it_raises_for_fails_alone(tmp_path: Path) -> None:
    assert ran(recipe(tmp_path)) == [
        {"text": "audio", "count": 4, "kinds": ["a", "i", "o", "u"]},
        {"text": None, "count": None, "kinds": None},
        {"text": "try", "count": 0, "kinds": []},
    ]


@strong
@pytest.mark.parametrize(
    ("source", "options", "said"),
    [
        (SOURCE + "\n", {}, "is not the file that was pinned: read it, then set sha256 to "),
        ("import os\n", {"sha256": pin("import os\n")}, "line 1: os may not be imported"),
        (SOURCE, {"file": "operators/none.py"}, "operators/none.py cannot be read"),
        (SOURCE, {"inputs": ["body"]}, "body"),
        (SOURCE, {"outputs": {"count": "number"}}, "number"),
        (SOURCE, {"sha256": "abc"}, "sha256"),
    ],
)
def test_what_is_wrong_is_found_before_anything_runs(
    tmp_path: Path, source: str, options: dict[str, object], said: str
) -> None:
    with pytest.raises(DfcliError, match=said.replace("(", r"\(")):
        ran(recipe(tmp_path, source, **options))


@strong
def test_a_value_of_another_type_fails_its_row_with_a_sentence(tmp_path: Path) -> None:
    source = "def vowels(row):\n    return 'many'\n"
    path = recipe(tmp_path, source, sha256=pin(source), outputs={"count": "int"})
    assert ran(path) == []
    failed = "".join(
        each.read_text(encoding="utf-8", errors="replace") for each in (tmp_path / "runs").rglob("*.jsonl")
    )
    assert "count is to be int, and it gives str" in failed


def test_it_is_refused_where_the_sandbox_is_not_strong_unless_the_user_insists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dfcli.runtime.sandbox.strength", lambda: Strength("limited", "bubblewrap is not installed"))
    monkeypatch.delenv(INSISTS, raising=False)
    with pytest.raises(
        (EnvironmentLacks, RecipeError), match="generated code needs a strong sandbox: bubblewrap is not"
    ):
        ran(recipe(tmp_path))
    monkeypatch.setenv(INSISTS, "1")
    assert len(ran(recipe(tmp_path))) == 3


def test_what_nobody_has_read_is_cautioned_about() -> None:
    told = {"file": "f.py", "function": "f", "sha256": "0" * 64, "inputs": ["a"], "outputs": {"b": "int"}}
    operator = PythonFunction.model_validate(told)
    assert "nobody has read it" in operator.cautions(None)[0]  # type: ignore[arg-type]  # no context is needed
    assert PythonFunction.model_validate(told | {"reviewed": True}).cautions(None) == ()  # type: ignore[arg-type]


def test_where_a_file_lies_and_who_has_read_it_changes_no_result() -> None:
    told = {"function": "f", "sha256": "0" * 64, "inputs": ["a"], "outputs": {"b": "int"}}
    one = PythonFunction.model_validate({"file": "a.py", **told})
    other = PythonFunction.model_validate({"file": "b/a.py", "reviewed": True, **told})
    assert one.identity() == other.identity()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os", "line 1: os may not be imported; there are base64, "),
        ("x = 1\nfrom subprocess import run", "line 2: subprocess may not be imported"),
        ("from . import secrets", "line 1: . may not be imported"),
        ("import urllib.request", "urllib.request may not be imported"),
        ("def f(row):\n    return eval(row)", "line 2: eval may not be used"),
        ("def f(row):\n    return open(row)", "line 2: open may not be used"),
        ("def f(row):\n    return getattr(row, 'a')", "line 2: getattr may not be used"),
        ("def f(row):\n    return row.__class__", "line 2: __class__ reaches into Python itself"),
        ("def f(row):\n    return '{0.__class__}'.format(row)", "line 2: a pattern for format reaches"),
        ("def __getattr__(name):\n    return 1", "line 1: __getattr__ reaches into Python itself"),
        ("import datetime\nx = datetime.datetime.now()", "line 2: now reads the clock"),
        ("n = 0\ndef f(row):\n    global n", "line 3: a name from outside is changed"),
        ("async def f(row):\n    return 1", "line 1: a function is called row by row"),
        ("def f(row:", "it is no Python: "),
        ("x = 1\x00", "it is no Python: "),
        ("#" * 30_000, "it has 30,000 characters, and may have 20,000"),
        ("(" * 5_000, "it is no Python: "),
    ],
)
def test_the_gate_says_what_a_function_may_not_do(source: str, said: str) -> None:
    assert refused(source)[0].startswith(said) or said in refused(source)[0]


@pytest.mark.parametrize("name", MODULES)
def test_the_gate_lets_through_what_only_computes(name: str) -> None:
    assert refused(f"import {name}\n\nclass Part:\n    def __init__(self):\n        self.a = 1\n") == []
