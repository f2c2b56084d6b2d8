from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import Call

from dfcli.commands._operator import describe, page, snippet
from dfcli.ops.registry import Broken, installed

OPERATORS = installed().operators()


@pytest.fixture
def broken() -> Iterator[Broken]:
    """A plugin that cannot be loaded, for as long as a test lasts."""
    registry = installed()
    plugin = Broken("bad", "/site/bad/ops.py:3", "ImportError: no module named 'nowhere'")
    registry.broken.append(plugin)
    yield plugin
    registry.broken.remove(plugin)


def test_every_operator_is_listed_once_under_its_kind(dfcli: Call) -> None:
    done = dfcli("ops", "list")
    assert (done.code, done.err) == (0, "")
    lines = [line for line in done.out.splitlines() if line.startswith("  ")]
    assert sorted(line.split()[0] for line in lines) == sorted(OPERATORS)
    filters = done.out.partition("\nfilter (")[2].partition("\n\n")[0]
    assert "  where " in filters
    assert "word_count" not in filters


def test_one_kind_may_be_listed(dfcli: Call) -> None:
    listed = json.loads(dfcli("ops", "list", "--kind", "filter", "--json").out)
    assert {each["kind"] for each in listed["operators"]} == {"filter"}
    assert {"name", "kind", "doc"} == set(listed["operators"][0])


def test_a_kind_that_is_none_is_refused(dfcli: Call) -> None:
    done = dfcli("ops", "list", "--kind", "judge")
    assert done.code == 2
    assert "a kind is one of generate, evaluate, filter, refine" in done.err


def test_a_broken_plugin_is_reported_with_its_place_and_breaks_nothing(dfcli: Call, broken: Broken) -> None:
    done = dfcli("ops", "list")
    assert done.code == 0
    assert done.out.splitlines()[-1] == f"broken plugin {broken}"
    assert "word_count" in done.out
    assert json.loads(dfcli("ops", "list", "--json").out)["broken"] == [vars(broken)]


@pytest.mark.parametrize(("wish", "name"), [("remove duplicates", "dedup_exact"), ("按词数", "word_count")])
def test_a_wish_finds_an_operator(dfcli: Call, wish: str, name: str) -> None:
    assert dfcli("ops", "search", *wish.split()).out.split()[0] == name
    assert json.loads(dfcli("ops", "search", wish, "--json", "-n", "1").out)[0]["name"] == name


def test_a_wish_for_which_there_is_nothing_says_what_to_do(dfcli: Call) -> None:
    done = dfcli("ops", "search", "zzzz")
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: nothing is for 'zzzz'; dfcli ops list and dfcli recipes list show all there is\n"


def test_recipes_and_templates_are_found_as_well(dfcli: Call) -> None:
    assert dfcli("ops", "search", "clean", "crawled", "pages").out.startswith("text/pretrain_filter  Web documents")
    (found,) = json.loads(dfcli("ops", "search", "mask personal information", "--json", "-n", "1").out)
    assert (found["name"], found["kind"], found["why"]) == ("mask_pii", "operator", "mask personal information")
    assert found["score"] > 0
    (found,) = json.loads(dfcli("ops", "search", "judge_helpfulness", "--json", "-n", "1").out)
    assert (found["name"], found["kind"]) == ("judge_helpfulness", "template")


def test_a_model_that_is_not_on_this_machine_is_not_fetched_for_a_search(dfcli: Call, tmp_path: Path) -> None:
    done = dfcli("ops", "search", "duplicates", "--model", f"sentence-transformers/{tmp_path}/none")
    assert (done.code, done.out) == (3, "")
    assert "there is no folder" in done.err
    done = dfcli("ops", "search", "duplicates", "--model", "openai/gpt-4.1-mini")
    assert (done.code, done.out) == (2, "")
    assert "does not run here" in done.err


def test_the_page_of_an_operator_says_all_about_it(dfcli: Call) -> None:
    assert dfcli("ops", "show", "word_count").out.startswith(
        """\
word_count  (evaluate)

Count the words of a text: the runs of characters between whitespace.

use for       count words
              keep texts of a certain length
              drop short documents
              按词数过滤文本

also called   number of words, word length of a text, too short, too long, 词数, 太短, 单词数, too few words, \
at least 50 words, one-word texts, 词太少

not for       languages written without spaces: use char_count

reads         text: str

writes        word_count: int

rows          as many as before

options       text: "text"  (column it reads)
              into: "word_count"  (column it writes)

in a recipe   - op: word_count
                keep: word_count >= 2

example       given  {"text": "one two"}
              given  {"text": " "}
              want   {"word_count": 2}
              want   {"word_count": 0}

file          """
    )


def test_the_page_of_a_template_has_its_prompt() -> None:
    text = page(OPERATORS["judge_helpfulness"])
    assert text.startswith("judge_helpfulness  (evaluate, asks a model)\n")
    assert "\nprompt        {% block system %}\n" in text
    assert text.endswith("judge_helpfulness.j2")


@pytest.mark.parametrize("name", OPERATORS)
def test_what_is_said_about_an_operator_is_json_and_its_step_names_it(name: str) -> None:
    about = json.loads(json.dumps(describe(OPERATORS[name]), default=str))
    assert about["name"] == name
    assert Path(about["file"].rpartition(":")[0] or about["file"]).is_file() or Path(about["file"]).is_file()
    assert snippet(OPERATORS[name]).startswith((f"- {name}", f"- op: {name}"))


def test_an_operator_that_is_not_there_names_the_nearest(dfcli: Call) -> None:
    done = dfcli("ops", "show", "wordcount")
    assert (done.code, done.err) == (2, "error: unknown operator 'wordcount'; did you mean 'word_count'?\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["word_count", "rows.jsonl"], "word_count: no column 'text' here; columns: question"),
        (
            ["word_count", "rows.jsonl", "--set", "txt=question"],
            "word_count: unknown option 'txt'; did you mean 'text'?",
        ),
        (["sample", "rows.jsonl", "--set", "n=two"], "sample: n must be an int, not 'two'"),
        (["word_count"], "word_count works on rows: name a data file after it"),
        (["wordcount", "rows.jsonl"], "unknown operator 'wordcount'; did you mean 'word_count'?"),
    ],
)
def test_what_is_wrong_is_said_of_the_operator(dfcli: Call, here: Path, arguments: list[str], says: str) -> None:
    (here / "rows.jsonl").write_text('{"question": "why"}\n', encoding="utf-8")
    done = dfcli("ops", "run", *arguments)
    assert (done.code, done.out, done.err) == (2, "", f"error: {says}\n")


def test_an_operator_that_makes_rows_needs_no_file(dfcli: Call) -> None:
    dfcli("recipes", "copy", "text2sql/demo")
    done = dfcli("ops", "run", "sql_tables", "--set", "database=sqlite:///demo/shop.sqlite", "-o", "tables.jsonl")
    assert (done.code, done.err) == (0, "")
    assert '"table":"books"' in Path("tables.jsonl").read_text(encoding="utf-8")


def test_the_page_of_an_operator_fits_a_terminal() -> None:
    for cls in OPERATORS.values():
        lines = page(cls, 80).splitlines()
        assert max(map(len, lines)) <= 80 or any(len(word) > 60 for line in lines for word in line.split())
