"""`run`, and what is said of runs afterwards, on a recipe of rules and one that asks the offline model."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from calling import Call

from dfcli.commands.run import _words

RULES = """\
name: words
input: rows.jsonl
output: out.jsonl
vars:
  most: 3
steps:
  - collapse_whitespace
  - op: word_count
    keep: word_count <= ${most}
checks:
  rows: at least 2
"""
ASKING = """\
name: asking
input: rows.jsonl
output: out.jsonl
models: {default: dfcli/echo}
steps:
  - op: ask
    prompt: "Who wrote this? {{ text }}"
    outputs: {author: str}
"""


@pytest.fixture(autouse=True)
def files(here: Path) -> None:
    rows = ["a  b", "one two three", "one two three four"]
    (here / "rows.jsonl").write_text("".join(json.dumps({"text": each}) + "\n" for each in rows), encoding="utf-8")
    (here / "words.yaml").write_text(RULES, encoding="utf-8")
    (here / "asking.yaml").write_text(ASKING, encoding="utf-8")


def written(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["r.yaml", "--resume"], [["r.yaml"], ["--resume"]]),
        (["r.yaml", "--resume", "3"], [["r.yaml"], ["--resume", "3"]]),
        (["--resume", "run_sql", "r.yaml"], [["--resume", "run_sql"], ["r.yaml"]]),
        (["--resume", "r.yaml"], [["--resume"], ["r.yaml"]]),
        (["r.yaml", "--resume", "clean/where", "--json"], [["r.yaml"], ["--resume", "clean/where"], ["--json"]]),
        (["r.yaml", "--resume", "--json"], [["r.yaml"], ["--resume"], ["--json"]]),
        (["r.yaml", "--resume=3"], [["r.yaml"], ["--resume=3"]]),
        ([], []),
    ],
)
def test_resume_may_stand_without_a_step(arguments: list[str], words: list[list[str]]) -> None:
    assert list(_words(arguments)) == words


def test_a_run_says_what_it_did_and_where_the_rows_are(dfcli: Call, here: Path) -> None:
    done = dfcli("run", "words.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("words: 2 steps, in runs/words\n[1/2] collapse_whitespace: 3 -> 3 rows, ")
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert lines[-4] == "check passed  rows: at least 2"
    assert lines[-3].startswith("2 rows in out.jsonl, ")
    assert lines[-2] == "1 row dropped; to see them: dfcli runs show runs/words --dropped"
    assert lines[-1] == "report: runs/words/report.html"
    assert (here / "runs/words/report.html").is_file()
    assert written(here / "out.jsonl")[0] == {"text": "a b", "word_count": 2}


def test_a_check_that_fails_makes_the_exit_code_1(dfcli: Call) -> None:
    done = dfcli("run", "words.yaml", "--set", "most=2")
    assert done.code == 1
    assert "check FAILED  rows: at least 2" in done.out


def test_the_rows_may_be_written_elsewhere_but_not_onto_the_input(dfcli: Call, here: Path) -> None:
    assert dfcli("run", "words.yaml", "-o", "else.jsonl").code == 0
    assert len(written(here / "else.jsonl")) == 2
    before = (here / "rows.jsonl").read_bytes()
    done = dfcli("run", "words.yaml", "-o", "rows.jsonl")
    assert done.code in (2, 3)
    assert "rows.jsonl is the input" in done.err
    assert (here / "rows.jsonl").read_bytes() == before


def test_json_is_all_there_is_on_stdout(dfcli: Call) -> None:
    done = dfcli("run", "words.yaml", "--json")
    assert (done.code, done.err) == (0, "")
    events = [json.loads(line) for line in done.out.splitlines()]
    assert (events[0]["event"], events[-1]["event"]) == ("run_started", "run_done")
    assert events[-1]["rows"] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--set", "most"), "error: --set most: write it as --set name=value\n"),
        (("--set", "=3"), "error: --set =3: write it as --set name=value\n"),
        (
            ("--resume", "9"),
            "error: no step '9' to resume at; the steps are\n  1 collapse_whitespace\n  2 word_count\n",
        ),
    ],
)
def test_a_wrong_command_line_is_one_message(dfcli: Call, arguments: tuple[str, ...], says: str) -> None:
    done = dfcli("run", "words.yaml", *arguments)
    assert (done.code, done.out, done.err) == (2, "", says)


def test_all_mistakes_of_a_recipe_come_out_together(dfcli: Call, here: Path) -> None:
    wrong = RULES.replace("- collapse_whitespace", "- {op: char_count, txt: text}").replace("word_count <=", "words <=")
    (here / "words.yaml").write_text(wrong, encoding="utf-8")
    done = dfcli("check", "words.yaml")
    assert (done.code, done.out) == (2, "")
    first, *mistakes = done.err.splitlines()
    assert first == "error: the recipe has 2 mistakes"
    assert [each.partition(": ")[0] for each in mistakes] == ["  words.yaml:7", "  words.yaml:9"]
    listed = json.loads(dfcli("check", "words.yaml", "--json").out)
    assert [each["line"] for each in listed] == [7, 9]


def test_a_recipe_that_is_right_is_said_to_be(dfcli: Call) -> None:
    assert dfcli("check", "words.yaml").out == "words.yaml is right: 2 steps\n"
    assert dfcli("check", "words.yaml", "--json").out == "[]\n"


def test_a_key_that_is_missing_is_found_by_check_and_doctor(dfcli: Call) -> None:
    for command in ("check", "doctor"):
        done = dfcli(command, "asking.yaml", "--model", "openai/gpt-4.1-mini")
        assert done.code == 3
        assert "OPENAI_API_KEY" in done.out + done.err


def test_doctor_says_when_nothing_is_lacking(dfcli: Call) -> None:
    done = dfcli("doctor", "asking.yaml")
    assert done.code == 0
    assert done.out.splitlines()[-1] == "recipe     asking.yaml has all it needs"


def test_a_recorded_run_is_replayed_without_asking(dfcli: Call, here: Path) -> None:
    assert dfcli("run", "asking.yaml", "--record", "replies.jsonl").code == 0
    first = (here / "out.jsonl").read_bytes()
    done = dfcli("run", "asking.yaml", "--replay", "replies.jsonl", "--runs", "others", "--fresh")
    assert (done.code, done.err) == (0, "")
    assert (here / "out.jsonl").read_bytes() == first


def test_a_stop_says_how_to_go_on(dfcli: Call, here: Path) -> None:
    failing = RULES.replace("  - collapse_whitespace\n", "  - op: cast\n    columns: {text: int}\n    on_error: fail\n")
    (here / "words.yaml").write_text(failing.partition("  - op: word_count")[0], encoding="utf-8")
    done = dfcli("run", "words.yaml", "--fresh", "--runs", "my runs")
    assert done.code == 4
    assert done.err.startswith("error: words.yaml:7: step 1 (cast) failed on row 1: cannot_cast")
    assert done.err.splitlines()[-1] == "to go on: dfcli run words.yaml --runs 'my runs'"


def test_runs_are_listed_shown_and_removed(dfcli: Call) -> None:
    assert dfcli("runs", "list").out == "no runs in runs\n"
    dfcli("run", "words.yaml")
    assert dfcli("runs", "list").out.split()[:4] == ["words", "done", "2", "rows"]
    assert json.loads(dfcli("runs", "list", "--json").out)[0]["rows"] == 2
    shown = dfcli("runs", "show", "words").out
    assert shown.startswith("words: done\n")
    assert "keep: word_count <= 3" in shown
    assert dfcli("runs", "clean", "words").out.endswith("in runs/words\n")
    assert dfcli("runs", "clean", "words", "--all").out.startswith("removed runs/words, ")
    assert dfcli("runs", "list").out == "no runs in runs\n"


def test_a_run_that_is_not_there_names_the_nearest(dfcli: Call) -> None:
    dfcli("run", "words.yaml")
    done = dfcli("runs", "show", "word")
    assert (done.code, done.err) == (2, "error: no run called 'word'; did you mean 'words'?; runs here: words\n")


def test_rows_that_left_are_shown_with_their_reason(dfcli: Call) -> None:
    dfcli("run", "words.yaml")
    lines = [line.rstrip() for line in dfcli("runs", "show", "words", "--dropped").out.splitlines()]
    assert lines == [
        "1 row dropped at 02-word_count",
        "(row)  (why)                  text                word_count",
        "3      keep: word_count <= 3  one two three four           4",
        "",
    ]
    assert dfcli("runs", "show", "words", "--failed").out == "no row failed\n"
    shown = json.loads(dfcli("runs", "show", "words", "--dropped", "--json").out)
    assert shown["dropped"] == [
        {"(step)": "02-word_count", "(row)": "3", "(why)": "keep: word_count <= 3", "text": "one two three four"}
        | {"word_count": 4}
    ]


def test_a_trace_shows_what_each_step_changed(dfcli: Call) -> None:
    dfcli("run", "words.yaml")
    assert dfcli("trace", "words", "3").out.splitlines() == [
        "2. word_count  row 3  dropped: keep: word_count <= 3",
        "   text = one two three four",
        "   word_count = 4",
        "",
    ]
    assert "row 1  kept" in dfcli("trace", "words", "@1").out


def test_a_trace_has_the_prompt_and_the_reply(dfcli: Call) -> None:
    dfcli("run", "asking.yaml")
    out = dfcli("trace", "asking", "2").out
    assert "   user: Who wrote this? one two three\n" in out
    assert "   reply of dfcli/echo: " in out
    assert "   author = " in out
    messages = json.loads(dfcli("trace", "asking", "2", "--json").out)[0]["messages"]
    assert [each["from"] for each in messages] == ["user", "reply of dfcli/echo"]


def test_a_preview_shows_before_and_after_and_keeps_nothing(dfcli: Call, here: Path) -> None:
    before = sorted(here.iterdir())
    done = dfcli("preview", "words.yaml", "-n", "2", "--set", "most=2")
    assert (done.code, done.err) == (0, "")
    assert [line.rstrip() for line in done.out.splitlines()] == [
        "before, 2 rows",
        "(row)  text",
        "    1  a  b",
        "    2  one two three",
        "",
        "after, 1 row",
        "(row)  text  word_count",
        "1      a b            2",
        "",
        "dropped at 02-word_count, 1 row",
        "(row)  (why)                  text           word_count",
        "2      keep: word_count <= 2  one two three           3",
        "",
    ]
    assert sorted(here.iterdir()) == before


def test_a_preview_of_a_source_asks_only_about_its_first_rows(dfcli: Call, here: Path) -> None:
    with closing(sqlite3.connect(here / "shop.sqlite")) as shop:
        shop.executescript("create table a (x integer); create table b (y text); create table c (z text);")
    recipe = "steps:\n  - op: sql_tables\n    database: sqlite:///shop.sqlite\n  - op: select\n    columns: [table]\n"
    (here / "tables.yaml").write_text(recipe, encoding="utf-8")
    done = dfcli("preview", "tables.yaml", "-n", "2")
    assert (done.code, done.err) == (0, "")
    after = [line.split() for line in done.out.partition("after, ")[2].splitlines()]
    assert after == [["2", "rows"], ["(row)", "table"], ["1", "a"], ["2", "b"], []]


def test_an_operator_runs_without_a_recipe(dfcli: Call, here: Path) -> None:
    done = dfcli("ops", "run", "word_count", "rows.jsonl", "--keep", "word_count > 2", "-o", "long.jsonl")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "2 rows in long.jsonl"
    assert len(written(here / "long.jsonl")) == 2
    assert not (here / "runs").exists()


def test_an_operator_gets_its_options_as_a_recipe_would_give_them(dfcli: Call) -> None:
    done = dfcli("ops", "run", "sample", "rows.jsonl", "--set", "n=2")
    assert done.out.splitlines()[-1] == "2 rows"
    wrong = dfcli("ops", "run", "sample", "rows.jsonl", "--set", "m=2")
    assert wrong.code == 2
    assert "unknown option 'm'" in wrong.err


def test_an_operator_that_asks_takes_its_model_from_the_command_line(dfcli: Call) -> None:
    done = dfcli("ops", "run", "ask", "rows.jsonl", "--set", "prompt={{ text }}", "--model", "dfcli/echo")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "3 rows"
