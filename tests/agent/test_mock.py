from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from answers import jsonl
from hypothesis import given
from hypothesis import strategies as st

from dfcli.agent.mock import Unreliable, by_model, mock
from dfcli.agent.placeholders import made_up, with_odd
from dfcli.agent.trial import Trial, attempt, moved
from dfcli.recipes.load import read
from dfcli.recipes.model import Recipe
from dfcli.runtime.engine import Options
from dfcli.runtime.world import Here

HEAD = "name: r\ninput: in.jsonl\noutput: out.jsonl\n"
MODEL = "models: {default: dfcli/echo}\n"
ASK = '- {op: ask, prompt: "{{ text }}", outputs: {a: str, n: int}}\n'
SCHEMA = pl.Schema(
    {"text": pl.String(), "n": pl.Int64(), "l": pl.List(pl.String()), "o": pl.Struct({"k": pl.String()})}
)


def recipe(folder: Path, steps: str, more: str = "") -> Recipe:
    jsonl(folder / "in.jsonl", [{"id": n, "text": f"text {n}"} for n in range(6)])
    models = MODEL if "ask" in steps or "judge" in steps else ""
    return read(f"{HEAD}{models}{more}steps:\n{steps}", folder / "recipe.yaml", world=Here())


def rows() -> pl.DataFrame:
    return with_odd(pl.DataFrame({"id": [1, 2, 3], "text": ["a", "b", "c"]}))


OPERATORS = '''
import itertools
from typing import Annotated, Any

import polars as pl

from dfcli.ops.base import Operator, RowFunction, Writes

COUNT = itertools.count()


class Restless(Operator):
    """Never the same twice."""

    def identity(self) -> str:
        return f"restless {next(COUNT)}"

    def __call__(self, frame, ctx):
        return frame


class Delicate(RowFunction):
    """Fails on what is odd."""

    text: str = "text"
    into: Annotated[Writes, pl.String] = "into"

    def reads(self):
        return {"text": None}

    def value(self, row):
        return row["text"].encode("ascii").decode()
'''


def test_a_step_that_never_is_the_same_is_found(tmp_path: Path) -> None:
    (tmp_path / "ops.py").write_text(OPERATORS)
    _, issues = mock(recipe(tmp_path, "- restless\n", "operators: ops.py\n"), rows(), tmp_path / "scratch", real=True)
    assert [(each.code, each.step) for each in issues] == [("not_repeatable", "restless")]


def test_odd_rows_may_fail_and_are_accounted_for(tmp_path: Path) -> None:
    (tmp_path / "ops.py").write_text(OPERATORS)
    given = rows()
    trial, issues = mock(
        recipe(tmp_path, "- delicate\n", "operators: ops.py\n"), given, tmp_path / "scratch", real=True
    )
    assert issues == []
    (flow,) = trial.flow
    assert (flow.rows_in, flow.rows_out + flow.failed) == (given.height, given.height)
    assert flow.failed >= 2


def test_bad_replies_are_survived_and_seen_through(tmp_path: Path) -> None:
    given = recipe(tmp_path, ASK)
    _, issues = mock(given, rows(), tmp_path / "scratch", real=True)
    assert issues == []
    options = Options(runs=tmp_path / "again", transport=lambda spec: Unreliable())
    shaken = attempt(moved(given, rows(), tmp_path / "again"), options)
    assert shaken.done is not None
    assert sum(each.failed for each in shaken.flow) > 1


def test_rows_that_are_lost_are_found(tmp_path: Path) -> None:
    from dfcli.agent.mock import _lost

    trial, _ = mock(recipe(tmp_path, "- word_count\n"), rows(), tmp_path / "scratch", real=True)
    assert trial.done is not None
    assert list(_lost(trial)) == []
    report = replace(trial.done.steps[0], rows_out=trial.done.steps[0].rows_out - 1)
    (issue,) = _lost(replace(trial, done=replace(trial.done, steps=(report,))))
    assert (issue.code, issue.step) == ("rows_lost", "word_count")


def test_a_trial_that_did_not_end_says_where_it_stopped() -> None:
    error = RuntimeError("broken")
    error.add_note("recipe.yaml:7: step 3 (mine#2), while it ran where; what is finished is kept")
    issue = Trial(Recipe("r", ()), Path(), error=error).stopped()
    assert issue is not None
    assert (issue.code, issue.step, issue.sentence) == ("crash", "mine", "the run stopped: RuntimeError: broken")


@pytest.mark.parametrize(
    ("steps", "labels"),
    [
        ("- {op: word_count, keep: word_count > 3}\n", set()),
        (ASK, {"ask"}),
        (ASK + "- {op: where, condition: n > 3}\n", {"ask", "where"}),
        (ASK + "- {op: where, condition: id > 3}\n", {"ask"}),
        (ASK + "- {op: word_count, text: a, keep: word_count > 2}\n", {"ask", "word_count"}),
        (ASK + "- {op: compute, value: id, into: n}\n- {op: where, condition: n > 3}\n", {"ask"}),
        (ASK + "- dedup_exact\n", {"ask", "dedup_exact"}),
        (ASK + "- {op: char_count, keep: n > 2}\n", {"ask", "char_count"}),
    ],
)
def test_it_is_known_which_steps_go_by_what_a_model_wrote(tmp_path: Path, steps: str, labels: set[str]) -> None:
    assert by_model(recipe(tmp_path, steps)) == labels


def test_placeholders_have_the_types_of_the_columns_and_are_marked() -> None:
    found = made_up(SCHEMA)
    assert found.schema == SCHEMA
    assert all("placeholder" in text for text in found["text"])
    assert found.null_count().row(0) == (0, 0, 0, 0)


def test_odd_rows_are_null_empty_strange_and_twice_the_same() -> None:
    found = with_odd(made_up(SCHEMA))
    assert found.schema == SCHEMA
    assert found.null_count()["text"].item() >= 1
    assert "" in found["text"].to_list()
    assert found.rows()[-1] == found.rows()[-2] == found.rows()[0]
    assert any(not text.isascii() for text in found["text"].drop_nulls())


TYPES = st.recursive(
    st.sampled_from([pl.String(), pl.Int64(), pl.UInt8(), pl.Float64(), pl.Boolean(), pl.Date(), pl.Datetime("us")]),
    lambda inner: st.one_of(
        inner.map(pl.List), st.dictionaries(st.sampled_from("abc"), inner, min_size=1).map(pl.Struct)
    ),
    max_leaves=4,
)


@given(st.dictionaries(st.text("xyz", min_size=1, max_size=3), TYPES, min_size=1, max_size=4))
def test_rows_are_made_up_for_any_columns(columns: dict[str, pl.DataType]) -> None:
    schema = pl.Schema(columns)
    assert with_odd(made_up(schema)).schema == schema
    assert with_odd(pl.DataFrame(schema=schema)).schema == schema
