"""The page that every run leaves: all of the run is on it, and nothing on it can do anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from scripted_model import Scripted

from dfcli.errors import StepError
from dfcli.recipes.load import parse
from dfcli.recipes.model import Recipe
from dfcli.runtime.engine import Options, run
from dfcli.runtime.events import Noted, Progressed, StepReport, Usage
from dfcli.runtime.report import page
from dfcli.runtime.rundir import Manifest, RunFolder

EVIL = "<script>alert(1)</script>"
NOW = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
SHORT = {"op": "char_count", "keep": "char_count < 60"}
ASK = {"op": "ask", "prompt": "Say {{ text }}", "outputs": {"said": "str"}}


class Elements(HTMLParser):
    """The elements of a page, and whether each was closed in its turn."""

    VOID = ("meta",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def recipe(folder: Path, *steps: Any, texts: tuple[str, ...] = ("one", "two", "three"), **more: Any) -> Recipe:
    lines = (json.dumps({"text": text}) for text in texts)
    (folder / "in.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    models = {"models": {"default": {"model": "dfcli/echo"}}} if ASK in steps else {}
    text = more.pop("text", "")
    data = {"name": "r", "input": "in.jsonl", "output": str(folder / "out.jsonl"), "steps": steps, **models, **more}
    return replace(parse(data, folder=folder), text=text)


def options(folder: Path, model: Scripted | None = None) -> Options:
    model = model or Scripted(lambda request: f"re: {request.messages[-1].content}")
    return Options(runs=folder / "runs", transport=lambda spec: model, ask_rows=1)


def report(given: Recipe, options: Options) -> str:
    for _ in run(given, options):
        pass
    return left(options)


def left(options: Options) -> str:
    return RunFolder(options.runs / "r").report.read_text(encoding="utf-8")


def words(html: str) -> str:
    """What a person reads on a page."""
    body = html[html.index("<body>") :]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def drawn(folder: Path, *reports: StepReport, **more: Any) -> str:
    """The page of a run that is known by its counts only."""
    given = {"recipe": "r", "status": "done", "steps": (), "stages": (), "reports": reports, "rows": 3, **more}
    return page(recipe(folder, SHORT), Manifest(**given), RunFolder(folder / "runs" / "r"), NOW)


def test_a_run_is_told_from_its_steps_to_its_checks_and_rows(tmp_path: Path) -> None:
    given = recipe(
        tmp_path,
        SHORT,
        ASK,
        texts=("one", "two", "x" * 80),
        doc="Small talk.",
        checks={"rows": "at least 3", "said": "unique"},
    )
    said = words(report(given, options(tmp_path)))
    for each in (
        "r checks failed Small talk.",
        f"rows in the result 2 {tmp_path}/out.jsonl dropped 1",
        "1 char_count 3 → 2 rows",
        "keep: char_count < 60 1 dropped row 3",
        "2 ask 2 → 2 rows",
        "FAILED rows: at least 3 2 rows passed said: unique",
        "Result the first 2 rows of 2 row 1",
        "text two char_count 3 said re: Say two",
        f"dfcli trace {tmp_path}/runs/r 1 ",
        f"dfcli runs show {tmp_path}/runs/r --dropped",
    ):
        assert each in said
    assert "--failed" not in said


def test_nothing_that_a_run_meets_becomes_markup(tmp_path: Path) -> None:
    def answer(request: object) -> str:
        return f"{EVIL}\x1b[2J\u202e"

    (tmp_path / "more.jsonl").write_text(json.dumps({"text": EVIL, EVIL: EVIL}), encoding="utf-8")
    given = recipe(
        tmp_path,
        {"op": "concat", "files": "more.jsonl"},
        {**SHORT, "id": "count", "keep": f"text <> '{EVIL}'"},
        ASK,
        {"op": "ask", "id": "strict", "prompt": "{{ text }}", "outputs": {"n": "int"}},
        texts=(EVIL, f"a {EVIL}"),
        doc=EVIL,
        text=f"# {EVIL}",
    )
    html = report(given, options(tmp_path, Scripted(answer)))
    elements = Elements(html)
    assert not {"script", "img", "iframe", "link", "a"} & set(elements.names)
    assert not {name for name in elements.attributes if name.startswith("on") or name in ("src", "href")}
    assert elements.open == []
    assert not set("\x1b\u202e") & set(html)
    assert words(html).count(EVIL) > 5


def test_a_page_loads_nothing_and_its_markup_is_whole(tmp_path: Path) -> None:
    html = report(recipe(tmp_path, SHORT), options(tmp_path))
    assert "default-src 'none'" in html
    assert not re.search(r"https?://|@import|url\(", html)
    assert Elements(html).open == []


@pytest.mark.parametrize(
    ("usage", "says"),
    [
        (Usage(calls=2, unpriced=2), "model calls 2 cost unknown 0 tokens"),
        (Usage(calls=2, usd=0.5, unpriced=1, tokens_in=1500), "cost $0.50 + unknown for 1 call 1.5k tokens"),
        (Usage(calls=2, usd=0.25, reused=3, retries=1), "model calls 2 3 replies reused cost $0.25"),
    ],
)
def test_a_price_that_nobody_knows_is_never_nothing(tmp_path: Path, usage: Usage, says: str) -> None:
    html = drawn(tmp_path, StepReport(1, "ask", "ask", 3, 0, 3, usage=usage, asks=True, parts=1), spent=usage)
    assert says in words(html)
    assert "$0.00" not in html


def test_money_spent_before_is_told_apart(tmp_path: Path) -> None:
    now, all_ = Usage(calls=1, usd=0.5), Usage(calls=5, usd=2.5)
    said = words(drawn(tmp_path, StepReport(1, "ask", "ask", 3, 0, 3, usage=now, asks=True), spent=all_))
    assert "this run 1 0 0 0 0 $0.50 with the runs before it 5 0 0 0 0 $2.50" in said


def test_what_a_kept_row_cost_is_said_once_there_are_some(tmp_path: Path) -> None:
    usage = Usage(calls=3, usd=0.75)
    step = StepReport(1, "ask", "ask", 3, 0, 3, usage=usage, asks=True, parts=1)
    assert "$0.25 per kept row" in words(drawn(tmp_path, step, spent=usage, rows=3))
    assert "per kept row" not in words(drawn(tmp_path, step, spent=usage, rows=None))


def test_where_no_model_is_asked_none_is_spoken_of(tmp_path: Path) -> None:
    said = words(report(recipe(tmp_path, SHORT), options(tmp_path)))
    assert "Models" not in said
    assert "cost" not in said


def test_an_interrupted_run_says_what_it_reached(tmp_path: Path) -> None:
    chosen = options(tmp_path)
    events = run(recipe(tmp_path, ASK, {"op": "sort", "by": "text"}), chosen)
    next(each for each in events if isinstance(each, Progressed) and each.steps[0].rows_out)
    events.close()  # type: ignore[attr-defined]
    said = words(left(chosen))
    assert said.startswith("r interrupted")
    assert "result none yet" in said
    assert "running the recipe again goes on from there" in said
    assert "2 sort not reached" in said.replace("0 → 0 rows ", "")


def test_a_stopped_run_says_why(tmp_path: Path) -> None:
    def answer(request: object) -> Exception:
        return StepError(f"no credit {EVIL}")

    chosen = options(tmp_path, Scripted(answer))
    with pytest.raises(StepError):
        report(recipe(tmp_path, ASK), chosen)
    said = words(left(chosen))
    assert said.startswith("r stopped")
    assert f"no credit {EVIL} What is finished is kept" in said


def test_a_run_without_rows_says_so(tmp_path: Path) -> None:
    said = words(report(recipe(tmp_path, {"op": "where", "condition": "text = ''"}), options(tmp_path)))
    assert "rows in the result 0" in said
    assert "Result No row got through all steps." in said


def test_steps_from_checkpoints_are_marked(tmp_path: Path) -> None:
    given, chosen = recipe(tmp_path, SHORT, {"op": "sort", "by": "text"}), options(tmp_path)
    assert "reused" not in words(report(given, chosen))
    assert "1 char_count 3 → 3 rows reused 2 sort 3 → 3 rows reused" in words(report(given, chosen))
    some = StepReport(1, "sort", "sort", 3, 0, 3, parts=4, parts_reused=1)
    assert "1 of 4 parts reused" in words(drawn(tmp_path, some))


def test_the_bars_account_for_every_row(tmp_path: Path) -> None:
    html = drawn(tmp_path, StepReport(1, "a", "a", 4, 4, 5, {"no": 2}, {"bad": 1}), StepReport(2, "b", "b", 5, 0, 5))
    assert re.findall(r'<i class="(\w+)" style="width:([\d.]+)%', html) == [
        *[("in", "50.00"), ("new", "50.00"), ("kept", "62.50"), ("dropped", "25.00"), ("failed", "12.50")],
        *[("in", "62.50"), ("kept", "62.50")],
    ]


def test_many_reasons_are_counted_together(tmp_path: Path) -> None:
    reasons = {f"reason {number:02}": 30 - number for number in range(20)}
    said = words(drawn(tmp_path, StepReport(1, "a", "a", 500, 0, 3, reasons)))
    assert "reason 04 26 dropped 15 more reasons" in said
    assert "reason 05" not in said


def wide(count: int) -> Iterator[str]:
    return (f"{number} " + '<&"数' * 500 for number in range(count))


def test_a_page_stays_small_whatever_the_rows_are(tmp_path: Path) -> None:
    lines = [json.dumps({f"column{n}": text for n in range(40)} | {"text": text}) for text in wide(30)]
    rules = [{"op": "where", "id": f"rule{n}", "condition": f"text not like '{n} %'"} for n in range(25)]
    given = recipe(tmp_path, *rules, text="# " + "long " * 10_000)
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    html = report(given, options(tmp_path))
    assert len(html.encode()) < 100_000
    assert "Not all example rows had room here" in html
    assert "25 more columns" in html
    assert "(2,003 characters)" in html
    assert "(50,002 characters)" in html


def test_three_rows_are_shown_for_each_reason(tmp_path: Path) -> None:
    texts = (*(f"{'x' * 70} {number}" for number in range(5)), "ok")
    html = report(recipe(tmp_path, SHORT, texts=texts), options(tmp_path))
    assert re.findall(r'class="id">row (\w+)<', html) == ["1", "2", "3", "6"]


def test_rows_that_a_step_was_not_for_are_told_from_those_that_left(tmp_path: Path) -> None:
    html = report(recipe(tmp_path, {**SHORT, "when": "text <> 'two'", "keep": "text <> 'one'"}), options(tmp_path))
    assert re.findall(r'class="id">row (\w+)<', html) == ["1", "2", "3"]


def test_notes_are_on_it(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "runs" / "r")
    folder.path.mkdir(parents=True)
    for number in range(25):
        folder.log(Noted(f"note {number} {EVIL}"))
    said = words(drawn(tmp_path))
    assert f"Notes note 0 {EVIL} note 1 " in said
    assert "note 19" in said
    assert "5 more notes in events.jsonl" in said
    assert "note 20" not in said


def test_no_key_of_the_environment_is_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "planted-key-4711"
    for name in ("OPENAI_API_KEY", "DFCLI_KEY"):
        monkeypatch.setenv(name, key)
    models = {"default": {"model": "openai/gpt-4.1-mini", "api_key_env": "DFCLI_KEY"}}
    model = Scripted(lambda request: "fine")
    html = report(recipe(tmp_path, ASK, models=models), options(tmp_path, model))
    assert "openai/gpt-4.1-mini" in html
    assert key not in html


def test_the_same_run_gives_the_same_page_but_for_times(tmp_path: Path) -> None:
    def timeless(html: str) -> str:
        return re.sub(r"<time.*?</time>|\d+\.\ds\b", "", html)

    given = recipe(tmp_path, SHORT, ASK, texts=("one", "two", "x" * 80, "y" * 90))
    pages = []
    for _ in range(2):
        chosen = Options(runs=tmp_path / "runs", transport=options(tmp_path).transport, ask_rows=1, fresh=True)
        (tmp_path / "runs" / "replies.sqlite").unlink(missing_ok=True)
        pages.append(timeless(report(given, chosen)))
    assert pages[0] == pages[1]


def test_a_run_that_is_killed_leaves_no_report_of_the_run_before(tmp_path: Path) -> None:
    given, chosen = recipe(tmp_path, SHORT), options(tmp_path)
    report(given, chosen)
    next(iter(run(given, chosen)))
    assert not RunFolder(chosen.runs / "r").report.exists()
