"""What people and programs see of a run, from a recorded list of events."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from rich.console import Console

from dfcli.commands._moving import Seen, in_all, moving
from dfcli.commands._progress import as_json, show, summary, watch
from dfcli.recipes.model import Check
from dfcli.runtime.events import (
    Checked,
    Event,
    ModelUsage,
    Noted,
    Progressed,
    RunDone,
    RunStarted,
    StepDone,
    StepReport,
    Usage,
)

WRITING = Usage(calls=28, reused=3, retries=1, tokens_in=12_000, tokens_out=3_400, usd=0.0213)
STEPS = (
    StepReport(1, "sql_tables", "sql_tables", expanded=7, rows_out=7, seconds=0.1, parts=1, parts_reused=1),
    StepReport(2, "write_sql", "write_sql", 7, 21, 26, {}, {"malformed": 2}, 2, 1, 12.1, WRITING),
    StepReport(3, "run_sql", "run_sql", 26, 0, 20, {"keep: sql_error is null and sql_rows > 0": 6}, {}, 1, 0, 0.3),
    StepReport(4, "judge", "judge", 20, 0, 20, parts=1, seconds=8, usage=Usage(calls=20, tokens_in=980, unpriced=20)),
)
MODELS = (ModelUsage("default", "openai/gpt", WRITING), ModelUsage("judge", "local/model", STEPS[3].usage))
MANY = Check("rows", "at least 100")
ONCE = Check("sql", "unique")


def events() -> Iterator[Event]:
    waiting = tuple(StepReport(each.number, each.label, each.op) for each in STEPS)
    yield RunStarted("text2sql", Path("runs/text2sql"), waiting)
    yield Noted("nobody knows the price of local/model\x1b[2J")
    yield Progressed(waiting, 0.2)
    yield from map(StepDone, STEPS)
    yield Checked(MANY, False, "20 rows")
    yield Checked(ONCE, True)
    checks = {str(MANY): False, str(ONCE): True}
    yield RunDone(
        STEPS, 20, Path("runs/text2sql"), "text2sql.parquet", 20.4, checks, models=MODELS, spent=in_all(STEPS)
    )


def shown(width: int, terminal: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False, force_terminal=terminal, color_system=None)
    watch(events(), console)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


COST = "$0.02 + unknown for 20 calls"
EACH = "$0.0011 + unknown per kept row"


def test_outside_a_terminal_lines_stay_and_the_table_fits_80_columns() -> None:
    written = (
        "write_sql: 7 -> 26 rows, 21 new, 2 failed, 12.1s, 28 calls, 1 retry, 15.4k tokens, $0.02, 3 replies reused"
    )
    assert shown(80) == dedent(
        f"""\
        text2sql: 4 steps, in runs/text2sql
        note: nobody knows the price of local/model\N{REPLACEMENT CHARACTER}[2J
        [1/4] sql_tables: 0 -> 7 rows, 7 new, reused
        [2/4] {written}
        [3/4] run_sql: 26 -> 20 rows, 6 dropped, 0.3s
        [4/4] judge: 20 -> 20 rows, 8.0s, 20 calls, 980 tokens, cost unknown
           step                          rows in  new  dropped  failed  rows out    time
        1  sql_tables                          0    7                          7  reused
        2  write_sql                           7   21                2        26   12.1s
             malformed                                               2
             1 of 2 parts reused
             28 calls, 1 retry, 15.4k
             tokens, $0.02, 3 replies
             reused
        3  run_sql                            26             6                20    0.3s
             keep: sql_error is null                         6
             and sql_rows > 0
        4  judge                              20                              20    8.0s
             20 calls, 980 tokens, cost
             unknown

        check FAILED  rows: at least 100 (20 rows)
        check passed  sql: unique
        20 rows in text2sql.parquet, 20.4s, 48 calls, 1 retry, 16.4k tokens, {COST}, 3 replies reused, {EACH}
        default (openai/gpt): 28 calls, 1 retry, 15.4k tokens, $0.02, 3 replies reused
        judge (local/model): 20 calls, 980 tokens, cost unknown
        6 rows dropped; to see them: dfcli runs show runs/text2sql --dropped
        2 rows failed; to see them: dfcli runs show runs/text2sql --failed"""
    )


def test_where_there_is_room_nothing_is_wrapped() -> None:
    lines = shown(120).splitlines()
    assert "     28 calls, 1 retry, 15.4k tokens, $0.02, 3 replies reused" in lines
    assert any("keep: sql_error is null and sql_rows > 0" in line and line.endswith(" 6") for line in lines)
    assert max(map(len, lines[6:-5])) <= 120


def test_in_a_terminal_the_moving_lines_are_gone_at_the_end_and_the_note_stays() -> None:
    text = shown(80, terminal=True)
    assert text.count("note: nobody knows the price of local/model�[2J") == 1
    final = text[text.rindex("step  ") :]
    assert "\x1b" not in final
    assert "Ctrl-C" not in final
    assert "check FAILED  rows: at least 100 (20 rows)" in final


def test_a_program_gets_one_object_per_event_and_people_get_notes_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert as_json(events()) == 1
    out, err = capsys.readouterr()
    objects = [json.loads(line) for line in out.splitlines()]
    assert [each["event"] for each in objects] == [
        *("run_started", "noted", "progressed"),
        *["step_done"] * 4,
        *("checked", "checked", "run_done"),
    ]
    assert objects[-1]["rows"] == 20
    assert objects[-1]["folder"] == "runs/text2sql"
    assert err == "note: nobody knows the price of local/model�[2J\n"


def running() -> Seen:
    """A run of 2000 rows, the half of which a first step keeps, while the second is at work."""
    seen = Seen()
    last = StepReport(3, "judge", "judge")
    for rows, seconds in ((100, 1.0), (300, 2.0)):
        first = StepReport(
            1, "word_count", "word_count", 2000, 0, 1000, {"keep: word_count > 3": 1000}, rows_total=2000
        )
        asking = StepReport(2, "ask", "ask", rows, 0, rows, usage=Usage(calls=300, tokens_in=9000, usd=0.3))
        seen.take(Progressed((first, asking, last), seconds))
    seen.take(StepDone(first))
    return seen


def lines(seen: Seen, width: int, height: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, force_terminal=True).print(moving(seen, width, height))
    spinning = re.compile("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]")
    return [spinning.sub("*", line.rstrip()) for line in out.getvalue().splitlines()]


def test_moving_lines_fit_80_columns() -> None:
    assert lines(running(), 80, 24) == [
        "✓  1  word_count  1.0k rows              0.0s",
        "*  2  ask          300/1.0k  200/s  3.5s left  $0.30",
        "·  3  judge",
        "2.0s, $0.30; Ctrl-C stops, and nothing finished is lost",
    ]


def test_wide_moving_lines_have_a_bar_and_tokens() -> None:
    second = lines(running(), 120, 24)[1]
    assert second == "*  2  ask         ━━━━━━                 300/1.0k  200/s  3.5s left  9.0k tokens  $0.30"


def test_a_low_terminal_shows_the_steps_around_the_open_one() -> None:
    seen = Seen()
    seen.take(RunStarted("long", Path("runs/long"), tuple(StepReport(n, f"step{n}", "where") for n in range(1, 41))))
    for report in seen.steps[:20]:
        seen.take(StepDone(report))
    assert [line[:5].strip(" ✓·") for line in lines(seen, 80, 7)][:-1] == ["20", "21", "22", "23"]


def test_what_the_runs_before_took_is_told_apart() -> None:
    spent = Usage(calls=400, usd=0.42)
    done = RunDone(STEPS[:2], 200, Path("runs/text2sql"), None, 3.0, spent=spent)
    out = io.StringIO()
    show(summary(done, {}), Console(file=out, width=200, color_system=None))
    assert (
        "200 rows in runs/text2sql, 3.0s, 28 calls, 1 retry, 15.4k tokens, $0.02, 3 replies reused,"
        " $0.42 with the runs before, $0.0021 per kept row\n"
    ) in out.getvalue()
