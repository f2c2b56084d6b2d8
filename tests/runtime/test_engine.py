"""The engine: rows in = rows out + rows that left, and nothing done twice."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfcli.errors import DfcliError, EnvironmentLacks, InputError, RunLocked, StepError, UsageError
from dfcli.ops.base import (
    DROPPED,
    Context,
    Expand,
    Filter,
    Map,
    Operator,
    Reads,
    Row,
    RowFunction,
    Score,
    Whole,
    Writes,
)
from dfcli.ops.registry import Registry, installed
from dfcli.recipes.load import parse
from dfcli.recipes.model import ModelSpec, Recipe
from dfcli.runtime.engine import Options, run
from dfcli.runtime.events import Checked, Event, Noted, RunDone, StepDone, StepReport
from dfcli.runtime.ledger import Trace, trace
from dfcli.runtime.rundir import RunFolder, clean
from dfcli.runtime.transports import Completion, Embedding, Request, Transport, transport_for


class Length(Score):
    """Characters of a text."""

    text: Reads = "text"
    into: Annotated[Writes, pl.UInt32] = "length"

    def exprs(self) -> dict[str, pl.Expr]:
        return {self.into: pl.col(self.text).str.len_chars()}


class Shout(Map):
    """Upper case."""

    text: Reads = "text"
    into: Writes = "text"

    def expr(self) -> pl.Expr:
        return pl.col(self.text).str.to_uppercase()


class Suite(Filter):
    """Two rules."""

    text: Reads = "text"

    def rules(self) -> dict[str, pl.Expr]:
        return {
            "too_short": pl.col(self.text).str.len_chars() >= 2,
            "has_x": ~pl.col(self.text).str.contains("x"),
        }


class ByHand(Operator):
    """Two rules that are no expressions."""

    rows = "fewer"
    text: Reads = "text"

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        reasons = ["null" if text is None else "has_x" if "x" in text else None for text in frame[self.text]]
        return frame.with_columns(pl.Series(DROPPED, reasons, dtype=pl.String()))


class Fragile(RowFunction):
    """Fails on the texts that say so."""

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "fragile"

    def value(self, row: Row) -> int:
        if row[self.text].startswith("bad"):
            raise ValueError("bad text")
        return len(row[self.text])


class Letters(Expand):
    """A row per letter."""

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.String] = "letter"

    def children(self, row: Row) -> Iterable[Row]:
        return [{self.into: each} for each in row[self.text] or ""]


class Unique(Whole):
    """The first of each text."""

    drop_reason: ClassVar[str] = "duplicate"
    text: Reads = "text"

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        return frame.unique(self.text, keep="first", maintain_order=True)


class Scripted(Transport):
    """A model whose replies come from a function of the last message; it remembers what it was asked."""

    def __init__(self, answer: Callable[[Request], str]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def complete(self, request: Request) -> Completion:
        self.asked.append(request.messages[-1].content)
        return Completion(self.answer(request), "stop", 10, 5)

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        return Embedding([[0.0] for _ in texts])

    def takes_schema(self, spec: ModelSpec) -> bool:
        return True

    async def close(self) -> None:
        """Nothing is open."""


OPERATORS: dict[str, type[Operator]] = {
    cls.op(): cls for cls in (Length, Shout, Suite, ByHand, Fragile, Letters, Unique)
}


class Bench:
    """A folder with an input, in which recipes are run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = Scripted(lambda request: f"re: {request.messages[-1].content}")
        self.options = Options(runs=folder / "runs", part_rows=3, ask_rows=3, transport=lambda spec: self.model)

    def write(self, *texts: str | None) -> None:
        lines = (json.dumps({"text": text}) for text in texts)
        (self.folder / "in.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def recipe(self, *steps: Any, **more: Any) -> Recipe:
        data = {"name": "r", "input": "in.jsonl", "output": str(self.folder / "out.jsonl"), "steps": list(steps)}
        models = {"models": {"default": {"model": "dfcli/echo", "temperature": 1.0}}}
        uses_model = any("ask" in str(step) for step in steps)
        built = Registry({**installed().operators(), **OPERATORS})
        return parse({**data, **(models if uses_model else {}), **more}, folder=self.folder, registry=built)

    def run(self, recipe: Recipe, **options: Any) -> list[Event]:
        return list(run(recipe, replace(self.options, **options)))

    def go(self, *steps: Any, **more: Any) -> RunDone:
        done = self.run(self.recipe(*steps, **more))[-1]
        assert isinstance(done, RunDone)
        return done

    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows()]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.write("a", "bb", "cxc", "dddd", "e", "fff", "gg")
    return made


ASK = {"op": "ask", "prompt": "Q {{ text }}", "outputs": {"answer": "str"}}


def reused(done: RunDone) -> list[bool]:
    return [each.parts > 0 and each.parts == each.parts_reused for each in done.steps]


def balanced(report: StepReport) -> bool:
    left = sum(report.dropped.values()) + sum(report.failed.values())
    return report.rows_in + report.expanded == report.rows_out + left


def test_rows_keep_their_order_through_parts(bench: Bench) -> None:
    bench.go("length", "shout")
    assert bench.column("text") == ["A", "BB", "CXC", "DDDD", "E", "FFF", "GG"]
    assert bench.column("length") == [1, 2, 3, 4, 1, 3, 2]


def test_each_reason_is_counted_and_the_rows_can_be_read(bench: Bench) -> None:
    done = bench.go("suite", {"op": "length", "keep": "length < 4"})
    assert done.steps[0].dropped == {"too_short": 2, "has_x": 1}
    assert done.steps[1].dropped == {"keep: length < 4": 1}
    dropped = pl.read_parquet(done.folder / "dropped" / "01-suite" / "*.parquet")
    assert sorted(dropped["text"]) == ["a", "cxc", "e"]
    assert bench.column("text") == ["bb", "fff", "gg"]


def test_an_operator_may_give_the_reasons_itself(bench: Bench) -> None:
    bench.write("a", "x", None, "xx", "b")
    done = bench.go({"op": "by_hand", "keep": "text <> 'b'"})
    assert done.steps[0].dropped == {"has_x": 2, "null": 1, "keep: text <> 'b'": 1}
    assert bench.column("text") == ["a"]
    dropped = pl.read_parquet(done.folder / "dropped" / "01-by_hand" / "*.parquet")
    assert sorted(dropped["__reason__"]) == ["has_x", "has_x", "keep: text <> 'b'", "null"]


def test_all_that_leaves_a_step_is_kept_however_it_leaves(bench: Bench) -> None:
    bench.write("", "ab", "c", "bad")
    steps = ["letters", {"op": "by_hand", "text": "letter", "keep": "letter <> 'a'"}]
    done = bench.go({"op": "letters", "keep": "letter <> 'c'"}, *steps[1:])
    assert done.steps[0].dropped == {"nothing_to_expand": 1, "keep: letter <> 'c'": 1}
    dropped = pl.read_parquet(done.folder / "dropped" / "01-letters" / "*.parquet", missing_columns="insert")
    assert sorted(dropped["__reason__"]) == ["keep: letter <> 'c'", "nothing_to_expand"]


def test_a_null_condition_drops_the_row(bench: Bench) -> None:
    bench.write("a", None, "ccc")
    bench.go({"op": "length", "keep": "length > 0"})
    assert bench.column("text") == ["a", "ccc"]


def test_rows_that_do_not_meet_when_pass_by_in_their_places(bench: Bench) -> None:
    done = bench.go(
        {"op": "shout", "when": "text like '%b%'"}, {"op": "fragile", "when": "text <> 'a'", "keep": "fragile > 1"}
    )
    dropped = pl.read_parquet(done.folder / "dropped" / "02-fragile" / "*.parquet")
    assert {name for name in dropped.columns if name.startswith("__")} == {"__row__", "__reason__"}
    assert bench.column("text") == ["a", "BB", "cxc", "dddd", "fff", "gg"]
    assert bench.column("fragile") == [None, 2, 3, 4, 3, 2]


def test_one_bad_row_fails_alone(bench: Bench) -> None:
    bench.write("ok", "bad", "fine")
    done = bench.go("fragile")
    assert done.steps[0].failed == {"ValueError": 1}
    failed = pl.read_parquet(done.folder / "failed" / "01-fragile" / "*.parquet")
    assert failed["__reason__"].to_list() == ["ValueError: bad text"]
    assert bench.column("text") == ["ok", "fine"]


def test_on_error_keep_leaves_nulls_and_fail_stops(bench: Bench) -> None:
    bench.write("ok", "bad")
    bench.go({"op": "fragile", "on_error": "keep"})
    assert bench.column("fragile") == [2, None]
    with pytest.raises(StepError, match="failed on row 2: ValueError: bad text"):
        bench.go({"op": "fragile", "on_error": "fail"})


UNCOMPUTABLE = [
    {"op": "where", "condition": "cast(text as int) > 1"},
    {"op": "length", "when": "cast(text as int) > 0", "keep": "length = 2"},
    {"op": "fragile", "when": "cast(text as int) > 0", "keep": "fragile = 2"},
    {"op": "length", "keep": "cast(text as int) > 1"},
    {"op": "fragile", "keep": "cast(text as int) > 1"},
]


@pytest.mark.parametrize("step", UNCOMPUTABLE)
def test_a_row_on_which_a_condition_cannot_be_computed_fails_alone(bench: Bench, step: dict[str, Any]) -> None:
    bench.write("1", "22", "many", "33", None)
    done = bench.go(step)
    assert done.steps[0].failed == {"cannot_compute": 1}
    failed = pl.read_parquet(done.folder / "failed" / "01-*" / "*.parquet")
    assert failed["text"].to_list() == ["many"]
    assert "conversion from `str` to `i32` failed" in failed["__reason__"][0]
    assert [text for text in bench.column("text") if text] == ["22", "33"]
    assert balanced(done.steps[0])


def test_on_error_holds_for_conditions_too(bench: Bench) -> None:
    bench.write("1", "many", "22")
    bench.go({"op": "where", "condition": "cast(text as int) > 1", "on_error": "keep"})
    assert bench.column("text") == ["many", "22"]
    with pytest.raises(StepError, match=r"step 1 \(where\) failed on row 2: cannot_compute: .*; its on_error is fail"):
        bench.go({"op": "where", "condition": "cast(text as int) > 1", "on_error": "fail"})


def test_rows_stay_in_a_loop_only_while_until_can_be_computed(bench: Bench) -> None:
    bench.write("1", "many", "22")
    done = bench.go({"repeat": 2, "until": "cast(text as int) > 1", "steps": ["length"]})
    assert bench.column("text") == ["1", "22"]
    assert sum(sum(each.failed.values()) for each in done.steps) == 1


def test_a_condition_that_fails_on_most_rows_stops_the_run_with_one_sentence(bench: Bench) -> None:
    bench.write(*(f"t{number}" for number in range(30)))
    bench.options = replace(bench.options, part_rows=100)
    with pytest.raises(StepError, match=r"step 1 \(where\) fails on most rows: cannot_compute: conversion"):
        bench.go({"op": "where", "condition": "cast(text as int) > 1"})


def test_a_step_over_all_rows_that_cannot_be_computed_is_one_sentence(bench: Bench) -> None:
    bench.write("1", "many")
    with pytest.raises(
        StepError, match=r"step 1 \(unique\) cannot be computed: conversion .*; what is finished is kept"
    ):
        bench.go({"op": "unique", "when": "cast(text as int) > 0"})


def test_a_bug_in_an_operator_says_at_which_step(bench: Bench) -> None:
    class Buggy(Operator):
        """Raises what nobody expects."""

        def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
            if frame.height:
                raise KeyError("nope")
            return frame

    OPERATORS["buggy"] = Buggy
    try:
        with pytest.raises(KeyError, match="nope") as raised:
            bench.go("length", "buggy")
    finally:
        del OPERATORS["buggy"]
    assert raised.value.__notes__ == ["step 2 (buggy), while it ran buggy; what is finished is kept"]


def test_a_check_that_cannot_be_computed_fails(bench: Bench) -> None:
    bench.write("1", "many")
    events = bench.run(bench.recipe("length", checks={"each": "cast(text as int) > 0"}))
    checked = next(each for each in events if isinstance(each, Checked))
    assert (checked.passed, checked.found[:33]) == (False, "it cannot be computed: conversion")


def test_children_carry_their_parents_and_childless_rows_are_accounted_for(bench: Bench) -> None:
    bench.write("ab", "", "c")
    done = bench.go("letters")
    assert [(row["text"], row["letter"]) for row in bench.rows()] == [("ab", "a"), ("ab", "b"), ("c", "c")]
    assert (done.steps[0].expanded, done.steps[0].dropped) == (1, {"nothing_to_expand": 1})


def test_a_step_over_all_rows_sees_all_parts(bench: Bench) -> None:
    bench.write("a", "b", "c", "a", "d", "b")
    done = bench.go("length", "unique", "shout")
    assert bench.column("text") == ["A", "B", "C", "D"]
    assert done.steps[1].dropped == {"duplicate": 2}


def test_running_again_reuses_everything(bench: Bench) -> None:
    first = bench.go("length", ASK, "unique", "shout")
    before = (bench.folder / "out.jsonl").read_bytes()
    again = bench.go("length", ASK, "unique", "shout")
    assert not any(reused(first))
    assert all(reused(again))
    assert len(bench.model.asked) == 7
    assert (bench.folder / "out.jsonl").read_bytes() == before


def test_an_edited_step_reruns_with_all_after_it(bench: Bench) -> None:
    bench.go("fragile", ASK, "unique")
    edited = bench.go("fragile", {**ASK, "prompt": "R {{ text }}"}, "unique")
    assert reused(edited) == [True, False, False]


def test_an_appended_step_reuses_the_rest(bench: Bench) -> None:
    bench.go("length", "shout", ASK)
    assert reused(bench.go("length", "shout", ASK, "unique")) == [True, True, True, False]


def test_a_cheap_step_appended_to_cheap_steps_reuses_them(bench: Bench) -> None:
    bench.go("length", "shout")
    assert reused(bench.go("length", "shout", "suite")) == [True, True, False]


def test_an_appended_row_touches_its_own_part_only(bench: Bench) -> None:
    bench.go(ASK)
    bench.write("a", "bb", "cxc", "dddd", "e", "fff", "gg", "new")
    done = bench.go(ASK)
    assert bench.model.asked[7:] == ["Q new"]
    assert (done.steps[0].parts, done.steps[0].parts_reused) == (3, 2)


def test_an_edited_row_is_asked_anew(bench: Bench) -> None:
    bench.go(ASK)
    bench.write("a", "bb", "other", "dddd", "e", "fff", "gg")
    bench.go(ASK)
    assert bench.model.asked[7:] == ["Q other"]


def test_samples_become_children_with_answers_of_their_own(bench: Bench) -> None:
    bench.write("a", "b")
    numbered = Scripted(lambda request: f"{request.messages[-1].content} {request.sample}")
    bench.options = replace(bench.options, transport=lambda spec: numbered)
    done = bench.go({**ASK, "samples": 2})
    assert bench.column("answer") == ["Q a 0", "Q a 1", "Q b 0", "Q b 1"]
    assert done.steps[0].expanded == 2


def test_equal_rows_in_different_parts_get_answers_of_their_own_when_answers_are_drawn(bench: Bench) -> None:
    bench.write("same", "b", "c", "same", "same")
    bench.go(ASK)
    assert sorted(bench.model.asked) == ["Q b", "Q c", "Q same", "Q same", "Q same"]


def test_equal_rows_share_an_answer_at_temperature_zero(bench: Bench) -> None:
    bench.write("same", "b", "same")
    bench.go(ASK, models={"default": {"model": "dfcli/echo", "temperature": 0}})
    assert sorted(bench.model.asked) == ["Q b", "Q same"]


def test_repeat_lets_rows_leave_that_meet_until(bench: Bench) -> None:
    bench.write("1", "333", "22")
    loop = {"repeat": 3, "until": "length >= 3", "steps": [{"op": "grow"}, "length"]}

    class Grow(Map):
        """One letter more."""

        text: Reads = "text"
        into: Writes = "text"

        def expr(self) -> pl.Expr:
            return pl.col(self.text) + "+"

    OPERATORS["grow"] = Grow
    try:
        bench.go("length", loop)
    finally:
        del OPERATORS["grow"]
    assert bench.column("text") == ["1++", "333", "22+"]


def test_resume_starts_again_at_a_step_and_names_the_edited_ones(bench: Bench) -> None:
    bench.go("length", {"op": "shout"}, "unique", "suite")
    edited = bench.recipe("length", {"op": "shout", "keep": "length > 1"}, "unique", "suite")
    events = bench.run(edited, resume="3")
    assert [each.sentence for each in events if isinstance(each, Noted)] == [
        "step 2 (shout) changed since; their earlier results are used all the same"
    ]
    assert bench.column("text") == ["BB", "CXC", "DDDD", "FFF", "GG"]
    done = events[-1]
    assert isinstance(done, RunDone)
    assert reused(done) == [True, True, False, False]


def test_resume_in_the_middle_of_fused_steps_redoes_what_was_not_stored(bench: Bench) -> None:
    bench.go("length", "shout", "suite")
    edited = bench.recipe({"op": "length", "into": "n"}, "shout", "suite")
    bench.run(edited, resume="suite")
    assert "length" in bench.rows()[0]


@pytest.mark.parametrize("wanted", ["9", "nosuch", "0"])
def test_resume_at_a_step_there_is_not_lists_the_steps(bench: Bench, wanted: str) -> None:
    bench.go("length", "shout")
    with pytest.raises(UsageError, match=r"no step .* to resume at.*\n  1 length\n  2 shout"):
        bench.run(bench.recipe("length", "shout"), resume=wanted)


def test_resume_before_any_run_says_so(bench: Bench) -> None:
    with pytest.raises(UsageError, match="nothing to resume"):
        bench.run(bench.recipe("length", "shout"), resume="2")


def test_fresh_starts_over_but_pays_for_nothing_again(bench: Bench) -> None:
    bench.go(ASK)
    done = bench.run(bench.recipe(ASK), fresh=True)[-1]
    assert isinstance(done, RunDone)
    assert reused(done) == [False]
    assert len(bench.model.asked) == 7


def test_no_rows_give_an_output_with_no_rows(bench: Bench) -> None:
    bench.folder.joinpath("in.csv").write_text("text\n", encoding="utf-8")
    done = bench.go("length", ASK, "unique", input="in.csv")
    assert (done.rows, bench.rows()) == (0, [])


def test_checks_decide_the_exit_code(bench: Bench) -> None:
    events = bench.run(bench.recipe("length", checks={"rows": "at least 100", "text": "unique"}))
    assert [each.passed for each in events if isinstance(each, Checked)] == [False, True]
    done = events[-1]
    assert isinstance(done, RunDone)
    assert done.exit_code == 1


def test_bad_lines_stop_the_run_before_any_model_call(bench: Bench) -> None:
    (bench.folder / "in.jsonl").write_text('{"text": "a"}\n[1]\n{"text": \n', encoding="utf-8")
    with pytest.raises(InputError, match=r"2 lines cannot be read: .*in.jsonl:2: .*in.jsonl:3: "):
        bench.go(ASK)
    assert bench.model.asked == []
    assert not (bench.folder / "out.jsonl").exists()


def test_bad_lines_are_skipped_on_request_and_said(bench: Bench) -> None:
    (bench.folder / "in.jsonl").write_text('{"text": "a"}\n[1]\n{"text": "b"}\n', encoding="utf-8")
    events = bench.run(bench.recipe("length", input={"path": "in.jsonl", "on_bad_lines": "skip"}))
    assert any("skipped 1 line" in each.sentence for each in events if isinstance(each, Noted))
    assert bench.column("text") == ["a", "b"]


def test_two_processes_cannot_write_one_run_folder(bench: Bench) -> None:
    hold = (
        "import sys, time; from pathlib import Path; from dfcli.runtime.rundir import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])).locked(): print('held', flush=True); time.sleep(60)"
    )
    folder = bench.folder / "runs" / "r"
    with subprocess.Popen([sys.executable, "-c", hold, str(folder)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(RunLocked, match=f"process {other.pid} is writing"):
            bench.go("length")
        other.kill()
    bench.go("length")


def test_a_key_that_is_missing_is_found_before_anything_runs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(EnvironmentLacks, match="OPENAI_API_KEY"):
        bench.run(bench.recipe(ASK, models={"default": "openai/gpt-4.1-mini"}), transport=transport_for)
    assert not (bench.folder / "out.jsonl").exists()


def test_no_secret_reaches_the_run_folder(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-4711")
    bench.go(ASK, models={"default": "openai/gpt-4.1-mini"})
    held = [each for each in bench.folder.rglob("*") if each.is_file() and b"sk-planted" in each.read_bytes()]
    assert held == []


def test_recorded_replies_replay_without_a_model(bench: Bench) -> None:
    bench.run(bench.recipe(ASK), record=bench.folder / "replies.jsonl")
    before = (bench.folder / "out.jsonl").read_bytes()
    bench.model.asked.clear()
    bench.run(bench.recipe(ASK), replay=bench.folder / "replies.jsonl", runs=bench.folder / "elsewhere")
    assert (bench.model.asked, (bench.folder / "out.jsonl").read_bytes()) == ([], before)


def test_a_prompt_that_is_not_in_the_recording_stops_the_run(bench: Bench) -> None:
    bench.run(bench.recipe(ASK), record=bench.folder / "replies.jsonl")
    bench.write("never asked")
    with pytest.raises(StepError, match="Q never asked"):
        bench.run(bench.recipe(ASK), replay=bench.folder / "replies.jsonl", runs=bench.folder / "elsewhere")


def test_row_functions_in_worker_processes_give_what_they_give_at_home(bench: Bench) -> None:
    local = bench.folder / "my_ops.py"
    local.write_text(
        "import os\n"
        "from typing import Annotated\n"
        "import polars as pl\n"
        "from dfcli.ops.base import Reads, Row, RowFunction, Writes\n"
        "class Strict(RowFunction):\n"
        "    '''Length, or a crash.'''\n"
        "    text: Annotated[Reads, pl.String] = 'text'\n"
        "    into: Annotated[Writes, pl.Int64] = 'n'\n"
        "    def value(self, row: Row) -> int:\n"
        "        if row[self.text] == 'deadly':\n"
        "            os._exit(9)\n"
        "        return len(row[self.text])\n",
        encoding="utf-8",
    )
    texts = [f"t{n}" for n in range(150)]
    texts[70] = "deadly"
    bench.write(*texts)
    bench.options = replace(bench.options, part_rows=1000)
    data = {"name": "w", "input": "in.jsonl", "output": str(bench.folder / "out.jsonl"), "operators": ["my_ops.py"]}
    done = bench.run(parse({**data, "steps": ["strict"]}, folder=bench.folder))[-1]
    assert isinstance(done, RunDone)
    assert done.steps[0].failed == {"worker_died": 1}
    assert bench.column("n") == [len(text) for text in texts if text != "deadly"]


@settings(max_examples=25, deadline=None)
@given(
    texts=st.lists(st.sampled_from(["a", "bb", "bad", "x", "", "cccc"]), max_size=12),
    steps=st.lists(
        st.sampled_from(["length", "shout", "suite", "fragile", "letters", "unique"]), min_size=1, max_size=4
    ),
    rows=st.integers(1, 5),
)
def test_every_row_is_accounted_for_whatever_the_recipe(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], steps: list[str], rows: int
) -> None:
    bench = Bench(tmp_path_factory.mktemp("law"))
    bench.write(*texts)
    columns = {"columns": {"text": "str"}}
    recipe = bench.recipe(*steps, input={"path": "in.jsonl", **columns})
    done = bench.run(recipe, part_rows=rows)[-1]
    assert isinstance(done, RunDone)
    assert all(balanced(each) for each in done.steps)
    assert [each.rows_in for each in done.steps] == [len(texts), *(each.rows_out for each in done.steps[:-1])]
    assert done.rows == done.steps[-1].rows_out == len(bench.rows())


def test_events_of_a_run_are_logged_as_json(bench: Bench) -> None:
    done = bench.go("length")
    names = [json.loads(line)["event"] for line in (done.folder / "events.jsonl").read_text("utf-8").splitlines()]
    assert names == ["run_started", "step_done", "run_done"]


def test_the_input_is_unchanged_and_only_the_run_folder_and_output_are_new(bench: Bench) -> None:
    before = (bench.folder / "in.jsonl").read_bytes()
    bench.go("length", "unique")
    assert (bench.folder / "in.jsonl").read_bytes() == before
    assert sorted(os.listdir(bench.folder)) == ["in.jsonl", "out.jsonl", "runs"]


def test_all_that_goes_wrong_is_an_error_of_ours(bench: Bench) -> None:
    bench.folder.joinpath("in.jsonl").unlink()
    with pytest.raises(DfcliError, match=r"in\.jsonl"):
        bench.go("length")


def test_each_step_says_when_it_is_done(bench: Bench) -> None:
    events = bench.run(bench.recipe("length", "unique", "shout"))
    assert [each.report.label for each in events if isinstance(each, StepDone)] == ["length", "unique", "shout"]


SAMPLED = {**ASK, "samples": 4}
VOTE = {"op": "vote", "by": "answer"}
MAJORITY = ["no", "yes", "yes", "maybe"]


def votes(request: Request) -> str:
    """Answer `yes` with samples 2 and 3 of each row."""
    return MAJORITY[request.sample]


def ids(done: RunDone) -> list[str]:
    return [each for part in done.parts for each in pl.read_parquet(part)["__row__"]]


def way(bench: Bench, row: str) -> list[Trace]:
    return trace(RunFolder(bench.folder / "runs" / "r"), row, bench.folder / "runs" / "replies.sqlite")


def test_siblings_become_the_one_that_most_agree_with(bench: Bench) -> None:
    bench.model.answer = votes
    done = bench.go(SAMPLED, {"op": "fragile", "text": "answer"}, VOTE, {"op": "best_of", "score": "fragile"})
    assert bench.column("text") == ["a", "bb", "cxc", "dddd", "e", "fff", "gg"]
    assert {(row["answer"], row["votes"], row["vote_share"]) for row in bench.rows()} == {("yes", 2, 0.5)}
    assert ids(done) == [f"{number}.2+" for number in range(1, 8)]
    assert [each.dropped for each in done.steps] == [{}, {}, {"outvoted": 21}, {}]


def test_nested_siblings_are_chosen_among_level_by_level(bench: Bench) -> None:
    bench.write("ab", "c")
    bench.model.answer = lambda request: f"{request.messages[-1].content[-1]} {request.sample}"
    best = {"op": "best_of", "score": "case when answer like '% 2' then 1 end"}
    letters = {"op": "best_of", "id": "letters_of", "score": "letter = 'b'"}
    done = bench.go("letters", {**SAMPLED, "prompt": "{{ letter }}"}, best, letters)
    assert [each.dropped for each in done.steps] == [{}, {}, {"not_best": 9}, {"not_best": 1}]
    assert (bench.column("letter"), bench.column("answer")) == (["b", "c"], ["b 2", "c 2"])
    assert ids(done) == ["1.2.3++", "2.1.3++"]


@pytest.mark.parametrize("part_rows", [1, 2, 3, 5, 100])
def test_siblings_stay_in_one_part_across_a_step_over_all_rows(bench: Bench, part_rows: int) -> None:
    bench.model.answer = lambda request: f"{request.messages[-1].content} {votes(request)}"
    bench.options = replace(bench.options, part_rows=part_rows, ask_rows=part_rows)
    done = bench.go(SAMPLED, "dedup_exact", {"op": "dedup_exact", "id": "answers", "on": "answer"}, VOTE)
    assert [each.dropped for each in done.steps] == [{}, {"duplicate": 7}, {}, {"outvoted": 14}]
    assert bench.column("text") == ["a", "bb", "cxc", "dddd", "e", "fff", "gg"]
    assert set(bench.column("votes")) == {1}


def test_two_generations_stay_in_one_part(bench: Bench) -> None:
    bench.write("aab", "bbba")
    everything = {"op": "sample", "fraction": 1.0}
    best = {"op": "best_of", "score": "length(letter)"}
    done = bench.go("letters", {**SAMPLED, "samples": 3}, everything, best, {**VOTE, "by": "letter"})
    assert [(row["letter"], row["votes"]) for row in bench.rows()] == [("a", 2), ("b", 3)]
    assert all(map(balanced, done.steps))


def test_a_vote_appended_after_a_step_over_all_rows_sees_whole_families(bench: Bench) -> None:
    bench.model.answer = votes
    steps = [SAMPLED, {"op": "sample", "fraction": 1.0}, "fragile"]
    bench.go(*steps)
    whole = bench.go(*steps, VOTE)
    assert ids(whole) == [f"{number}.2+" for number in range(1, 8)]
    bench.go(*steps)
    resumed = bench.run(bench.recipe(*steps, VOTE), resume="vote")[-1]
    assert isinstance(resumed, RunDone)
    assert ids(resumed) == ids(whole)
    assert set(bench.column("votes")) == {2}


def test_a_vote_is_reused_and_changes_alone(bench: Bench) -> None:
    bench.model.answer = votes
    bench.go(SAMPLED, VOTE)
    before = (bench.folder / "out.jsonl").read_bytes()
    assert reused(bench.go(SAMPLED, VOTE)) == [True, True]
    assert (bench.folder / "out.jsonl").read_bytes() == before
    strict = bench.go(SAMPLED, {**VOTE, "at_least": 0.75})
    assert (reused(strict), strict.steps[1].dropped) == ([True, False], {"no_majority": 28})
    assert len(bench.model.asked) == 28


def test_only_rows_that_meet_when_are_chosen_among(bench: Bench) -> None:
    bench.write("a", "b")
    bench.model.answer = votes
    done = bench.go(SAMPLED, {**VOTE, "when": "text = 'a' and answer <> 'no'", "keep": "votes = 2"})
    assert ids(done) == ["1.1", "1.2+", "2.1", "2.2", "2.3", "2.4"]
    assert bench.column("votes") == [None, 2, None, None, None, None]
    assert balanced(done.steps[1])


def test_a_vote_in_a_loop_is_among_the_rows_still_in_it(bench: Bench) -> None:
    bench.write("1", "333")
    bench.model.answer = lambda request: request.messages[-1].content.removeprefix("Q ") + "+" * (request.sample % 2)
    longest = {"op": "best_of", "score": "length(answer)"}
    loop = {"repeat": 3, "until": "length(text) >= 3", "steps": [SAMPLED, longest, {"op": "adopt"}]}

    class Adopt(Map):
        """The answer becomes the text."""

        answer: Reads = "answer"
        into: Writes = "text"

        def expr(self) -> pl.Expr:
            return pl.col(self.answer)

    OPERATORS["adopt"] = Adopt
    try:
        done = bench.go(loop)
    finally:
        del OPERATORS["adopt"]
    assert bench.column("text") == ["1++", "333"]
    assert ids(done) == ["1.2+.2+", "2"]
    assert all(map(balanced, done.steps))


def test_a_sibling_without_a_vote_that_can_be_computed_fails_and_the_others_vote(bench: Bench) -> None:
    bench.write("a", "b")
    bench.model.answer = lambda request: ["1", "7", "07", "many"][request.sample]
    done = bench.go(SAMPLED, {"op": "vote", "by": "cast(answer as int)"})
    assert done.steps[1].failed == {"cannot_compute": 2}
    assert done.steps[1].dropped == {"outvoted": 4}
    assert [(row["answer"], row["votes"]) for row in bench.rows()] == [("7", 2), ("7", 2)]


def test_a_trace_goes_back_through_the_winner_to_its_reply(bench: Bench) -> None:
    bench.model.answer = votes
    bench.go("length", SAMPLED, "fragile", VOTE)
    stops = [(each.row, each.label, each.reply.text if each.reply else None) for each in way(bench, "@4")]
    assert stops == [
        ("4", "length", None),
        ("4.2", "ask", "yes"),
        ("4.2", "fragile", None),
        ("4.2+", "vote", None),
    ]
    last = way(bench, "4.1")[-1]
    assert (last.fate, last.reason, last.values["answer"]) == ("dropped", "outvoted", "no")


def test_a_clean_run_folder_still_tells_the_way_of_a_winner(bench: Bench) -> None:
    bench.model.answer = votes
    bench.go(SAMPLED, VOTE)
    before = way(bench, "@1")
    bench.go(SAMPLED, {**VOTE, "at_least": 0.9})
    bench.go(SAMPLED, VOTE)
    assert clean(RunFolder(bench.folder / "runs" / "r")) > 0
    assert way(bench, "@1") == before
    assert all(reused(bench.go(SAMPLED, VOTE)))


@settings(max_examples=25, deadline=None)
@given(
    texts=st.lists(st.sampled_from(["a", "bb", "bad", "x", "", "cccc", "abab"]), max_size=8),
    steps=st.lists(
        st.sampled_from(
            ["length", "fragile", "letters", "dedup_exact", "suite", {"op": "letters", "when": "text like '%b%'"}]
        ),
        max_size=4,
    ),
    choice=st.lists(
        st.sampled_from(
            [
                {"op": "vote", "by": "letter", "at_least": 0.5, "ties": "drop"},
                {"op": "best_of", "score": "length(text)", "when": "letter <> 'a'"},
                {"op": "pass_rate", "condition": "letter = 'b'"},
                {"op": "vote", "by": "text", "keep": "votes > 1"},
            ]
        ),
        min_size=1,
        max_size=3,
    ),
    rows=st.integers(1, 5),
)
def test_every_sibling_is_accounted_for_and_parts_make_no_difference(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], steps: list[Any], choice: list[Any], rows: int
) -> None:
    bench = Bench(tmp_path_factory.mktemp("law"))
    bench.write(*texts)
    recipe = bench.recipe(
        "letters", *steps, *choice, input={"path": "in.jsonl", "columns": {"text": "str"}}, name="small"
    )
    done, whole = (bench.run(recipe, part_rows=size, runs=bench.folder / str(size))[-1] for size in (rows, 10_000))
    assert isinstance(done, RunDone)
    assert isinstance(whole, RunDone)
    assert all(balanced(each) for each in done.steps)
    assert [each.rows_in for each in done.steps] == [len(texts), *(each.rows_out for each in done.steps[:-1])]
    assert ids(done) == ids(whole)
    assert len(set(ids(done))) == done.rows


def test_a_run_that_cannot_write_its_output_says_so_and_is_resumed_without_a_call(bench: Bench) -> None:
    recipe = bench.recipe(ASK)
    (bench.folder / "out.jsonl").mkdir()
    with pytest.raises(InputError, match=r"out\.jsonl is a folder"):
        bench.run(recipe)
    manifest = json.loads((bench.folder / "runs" / "r" / "manifest.json").read_bytes())
    assert manifest["status"] == "stopped"
    (bench.folder / "out.jsonl").rmdir()
    bench.run(recipe)
    assert len(bench.model.asked) == len(bench.rows()) == 7


def test_enough_parts_are_under_way_for_all_calls_to_be_in_flight(bench: Bench) -> None:
    bench.write(*(f"t{number}" for number in range(120)))
    flying, all_at_once = 0, asyncio.Event()

    class Crowd(Scripted):
        """Answers nobody before sixteen wait for it."""

        async def complete(self, request: Request) -> Completion:
            nonlocal flying
            flying += 1
            if flying == 16:
                all_at_once.set()
            await asyncio.wait_for(all_at_once.wait(), 20)
            return await super().complete(request)

    crowd = Crowd(lambda request: "x")
    bench.options = replace(bench.options, transport=lambda spec: crowd)
    done = bench.go(ASK, models={"default": {"model": "dfcli/echo", "concurrency": 16}})
    assert (done.rows, all_at_once.is_set()) == (120, True)
