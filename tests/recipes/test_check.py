from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest

from dfcli.errors import EnvironmentLacks, RecipeError
from dfcli.ops.base import Context, Map, Operator, Reads, Writes, declared_schema
from dfcli.ops.registry import Registry
from dfcli.recipes.check import check
from dfcli.recipes.load import parse
from dfcli.recipes.model import Input, Loop, Recipe, Repeat, Step

from .conftest import INPUT, Known, Loads, Mistakes, Rows, Sort, Trim, WordCount

STEPS = "input: a.jsonl\nsteps:\n"
COLUMNS = "columns: text, n, tags, day"


class TakeFirst(Operator):
    """Put a list's first element into its place."""

    column: Reads

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.column: None}

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return frame.with_columns(pl.col(self.column).list.first())


class Noted(Operator):
    """Copy a note where there is one."""

    note: Reads = "note"
    text: Reads = "text"
    into: Annotated[Writes, pl.String] = "copy"

    def can_lack(self) -> set[str]:
        return set() if "note" in self.model_fields_set else {self.note}

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        raise NotImplementedError


class Failing(Map):
    """Break."""

    into: Writes = "broken"

    def expr(self) -> pl.Expr:
        raise KeyError("a bug")


class Unreachable(Operator):
    """Need a database."""

    into: Annotated[Writes, pl.Int64] = "found"

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        raise EnvironmentLacks("shop.db cannot be opened")


@pytest.fixture
def registry(registry: Registry) -> Registry:
    return Registry(
        classes={
            **registry.classes,
            "take_first": TakeFirst,
            "noted": Noted,
            "failing": Failing,
            "unreachable": Unreachable,
        }
    )


def right(steps: list[Any], registry: Registry, world: Known | None = None, **blocks: Any) -> Recipe:
    return parse({"input": "a", "steps": steps, **blocks}, registry=registry, world=world or Known())


def test_a_recipe_that_load_returns_has_no_problems(loads: Loads) -> None:
    assert loads(STEPS + "- word_count\n").check() == []


def test_a_column_that_a_step_can_do_without_is_missed_only_where_it_is_named(registry: Registry) -> None:
    right([{"op": "noted", "keep": "copy = 'a'"}], registry)
    with pytest.raises(RecipeError, match="noted: no column 'note' here"):
        right([{"op": "noted", "note": "note"}], registry)
    with pytest.raises(RecipeError, match="noted: no column 'txt' here"):
        right([{"op": "noted", "text": "txt"}], registry)


def test_types_are_followed_from_step_to_step(registry: Registry) -> None:
    steps = [{"op": "word_count", "keep": "word_count > 3"}, {"op": "to_text", "column": "word_count"}, "trim"]
    right([*steps, {"op": "trim", "keep": "word_count = '3'"}], registry)
    with pytest.raises(RecipeError, match="compares a number with text; word_count is str"):
        right([*steps, {"op": "trim", "keep": "word_count = 3"}], registry)


def test_a_new_column_of_some_rows_is_there_for_all(registry: Registry) -> None:
    right([{"op": "word_count", "when": "n > 3", "keep": "word_count > 3 or word_count is null"}], registry)


def test_a_step_for_some_rows_takes_no_column_from_the_others(registry: Registry) -> None:
    right([{"op": "select", "columns": ["n"], "when": "n > 3"}, "trim"], registry)


def test_an_int_that_becomes_a_float_in_some_rows_is_no_mistake(registry: Registry) -> None:
    world = Known(pl.Schema({"text": pl.String(), "word_count": pl.Float64()}))
    right([{"op": "word_count", "when": "word_count > 3"}], registry, world)


def test_where_the_input_is_not_known_no_column_is_missing(registry: Registry) -> None:
    world = Known(None)  # type: ignore[arg-type]  # as a world that cannot look
    right(["trim", {"op": "word_count", "text": "any", "keep": "other > 3"}], registry, world, checks={"c": "unique"})


def test_where_the_input_is_not_known_what_steps_write_is(mistakes: Mistakes) -> None:
    found = mistakes(STEPS + "- op: word_count\n  text: any\n  keep: word_count > '3'\n", world=None)
    assert found == ["r.yaml:5: word_count: keep: \"word_count > '3'\" compares a number with text; word_count is int"]


def test_types_that_the_recipe_gives_count_where_the_input_is_not_known(mistakes: Mistakes) -> None:
    text = "input: {path: a.csv, columns: {stars: int}}\nsteps:\n- op: word_count\n  text: stars\n"
    assert mistakes(text, world=None) == ["r.yaml:4: word_count: the column 'stars' is int, and str is needed here"]


def test_types_that_are_none_are_said_once_where_the_input_is_not_known(mistakes: Mistakes) -> None:
    text = "input: {path: a.csv, columns: {stars: integer}}\nsteps:\n- word_count\n"
    assert [each.partition(" a type")[0] for each in mistakes(text, world=None)] == [
        "r.yaml:1: input: columns.stars: unknown type 'integer':"
    ]


def test_an_operator_that_looks_outside_leaves_the_columns_open(registry: Registry) -> None:
    right([{"op": "join", "file": "b.csv"}, {"op": "word_count", "text": "from_b"}], registry)


def test_a_world_lends_its_context_and_gets_it_back(registry: Registry) -> None:
    log = []

    class Reading(Known):
        @contextmanager
        def context(self, recipe: Recipe, step: Step) -> Iterator[Any]:
            log.append(f"open {step.id}")
            yield self
            log.append("close")

        def read(self, path: str) -> pl.LazyFrame:
            return pl.LazyFrame(schema={"from_b": pl.Int64})

    with pytest.raises(RecipeError, match="the column 'from_b' is int, and str is needed here"):
        right([{"op": "join", "file": "b.csv"}, {"op": "word_count", "text": "from_b"}], registry, Reading())
    assert log == ["open join", "close"]


def test_a_stranger_s_operator_that_breaks_is_told_and_stops_nothing(mistakes: Mistakes) -> None:
    found = mistakes(STEPS + "- failing\n- op: trim\n  keep: broken > 3 and nn > 3\n")
    assert found == [
        "r.yaml:3: failing: KeyError: 'a bug'",
        f"r.yaml:5: trim: keep: no column 'nn' here; did you mean 'n'? {COLUMNS}, broken",
    ]


def test_a_database_that_is_not_there_is_lacking_and_its_columns_are_as_declared(loads: Loads) -> None:
    with pytest.raises(RecipeError) as caught:
        loads(STEPS + "- op: unreachable\n  keep: found > 3\n")
    assert [each.sentence for each in caught.value.problems] == ["unreachable: shop.db cannot be opened"]
    assert caught.value.exit_code == 3


def test_a_loop_that_does_not_survive_its_own_result_is_a_mistake_of_round_2(mistakes: Mistakes) -> None:
    found = mistakes(STEPS + "- repeat: 9\n  steps:\n  - op: take_first\n    column: tags\n")
    assert len(found) == 1
    assert found[0].startswith("r.yaml:6: take_first: ")
    assert found[0].endswith("tags is str (in round 2)")


def test_a_mistake_in_a_loop_is_told_once(mistakes: Mistakes) -> None:
    assert len(mistakes(STEPS + "- repeat: 9\n  steps:\n  - op: trim\n    keep: nn > 3\n")) == 1


def test_until_sees_what_the_loop_writes(registry: Registry) -> None:
    right([{"repeat": 3, "until": "word_count > 3", "steps": ["word_count"]}], registry)


def test_columns_of_the_engine_may_not_come_in(mistakes: Mistakes) -> None:
    world = Known(pl.Schema({**INPUT, "__row__": pl.String()}))
    found = mistakes(STEPS + "- trim\n", world=world)
    assert found == ["r.yaml:1: the column '__row__' has a name that only dfcli may use"]


def test_a_long_list_of_columns_is_cut(mistakes: Mistakes) -> None:
    world = Known(pl.Schema({f"c{number}": pl.Int64() for number in range(15)}))
    (found,) = mistakes(STEPS + "- op: trim\n  text: body\n", world=world)
    assert found.endswith("columns: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 3 more")


@pytest.mark.parametrize(
    ("steps", "sentences"),
    [
        (
            (Step(1, "trim", Trim()), Step(2, "trim", Trim())),
            ["step 2: trim: another step has this id too; ids are unique"],
        ),
        (
            (Step(1, "trim", Trim()), Step(2, "rows", Rows())),
            ["step 2: rows: a source makes the rows that the other steps work on: it can only be the first step"],
        ),
        (
            (Repeat(1, Loop("again", 2, None), (Step(1, "sort", Sort(by="n")),)),),
            ["step 1: sort: looks at all rows at once, and cannot stand inside a repeat, which rows leave early"],
        ),
        (
            (Step(1, "words", WordCount(text="txt")),),
            [f"step 1: words: no column 'txt' here; did you mean 'text'? {COLUMNS}"],
        ),
    ],
)
def test_a_recipe_put_together_by_hand_is_checked_alike(steps: tuple[Step | Repeat, ...], sentences: list[str]) -> None:
    recipe = Recipe("r", steps, input=Input(path="a"), folder=Path(), world=Known())
    assert list(map(str, check(recipe))) == sentences
