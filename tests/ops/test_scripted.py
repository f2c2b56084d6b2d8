"""The context for tests of operators: answers from a script, a database in memory, files that are rows."""

from __future__ import annotations

import pytest

from dfcli.errors import InputError
from dfcli.ops.base import Message, Prompt, Row
from dfcli.ops.database import Result
from dfcli.ops.reading import Output, Outputs
from dfcli.ops.scripted import Script, Scripted

SHOP = """
CREATE TABLE pet (name TEXT, born DATE);
INSERT INTO pet VALUES ('Rex', '2020-01-01'), ('Mia', NULL);
CREATE TABLE empty (x INT);
"""


def prompt(text: str, sample: int = 0, twin: str = "") -> Prompt:
    return Prompt((Message("user", text),), Outputs({"a": Output()}).read, sample=sample, twin=twin)


def texts(context: Scripted, *prompts: Prompt) -> list[str | None]:
    return [reply.text for reply in context.ask(prompts)]


def test_a_new_prompt_gets_the_next_reply_and_an_equal_one_the_same() -> None:
    context = Scripted(("one", "two"))
    assert texts(context, prompt("a"), prompt("b"), prompt("a")) == ["one", "two", "one"]
    assert texts(context, prompt("c")) == ["one"]
    assert texts(context, prompt("a", sample=1), prompt("a", twin="1"), prompt("a", twin="+1")) == ["two", "one", "one"]
    assert [each.messages[0].content for each in context.asked] == list("abacaaa")


def test_a_reply_that_is_not_right_or_not_there_fails() -> None:
    (empty,) = Scripted((" ",)).ask([prompt("a")])
    assert (empty.failed, empty.values) == ("malformed: the reply is empty", None)
    (none,) = Scripted().ask([prompt("a")])
    assert none.failed == "no_reply: the script has none"


def test_files_embeddings_and_chance_are_the_same_each_time() -> None:
    rows: list[Row] = [{"n": 1}, {"n": None}, {"n": 2}]
    context, again = Scripted(files={"a.jsonl": rows}), Scripted(files={"a.jsonl": rows})
    assert context.read("a.jsonl").collect()["n"].to_list() == [1, None, 2]
    assert context.content("a.jsonl") == again.content("a.jsonl") != context.content("b.jsonl")
    assert context.embed(["x", "y"]) == [*again.embed(["x"]), *again.embed(["y"])]
    assert context.rng().random() == again.rng().random() == context.rng().random()
    with pytest.raises(InputError, match=r"b\.jsonl: no such file in this script"):
        context.read("b.jsonl")


def test_tables_and_columns_are_those_of_the_script() -> None:
    pet, empty = Script("", SHOP).tables()
    assert (pet.name, [each.name for each in pet.columns], empty.name) == ("pet", ["name", "born"], "empty")
    assert pet.create == "CREATE TABLE pet (name TEXT, born DATE)"


def result(sql: str, max_rows: int) -> Result:
    [found] = Script("", SHOP).run([sql], seconds=1, max_rows=max_rows)
    return found


def test_a_query_gives_columns_and_rows() -> None:
    assert result("SELECT name FROM pet ORDER BY name", 2) == Result(("name",), (("Mia",), ("Rex",)))


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("DELETE FROM pet", "not_read_only"),
        ("SELECT 1; SELECT 2", "not_read_only"),
        ("ATTACH 'x.db' AS x", "not_read_only"),
        ("SELEC 1", "syntax"),
        ("SELECT 'a", "syntax"),
        ("SELECT \x00", "syntax"),
        ("SELECT '\ud800'", "syntax"),
        ("", "syntax"),
        ("-- nothing", "not_read_only"),
        ("SELECT * FROM pets", "unknown_table"),
        ("SELECT nam FROM pet", "unknown_column"),
        ("SELECT abs(-9223372036854775808)", "other"),
        ("SELECT * FROM pet, pet AS b", "too_large"),
    ],
)
def test_a_query_that_gives_nothing_has_a_reason(sql: str, reason: str) -> None:
    assert result(sql, 3).error == reason


def test_the_database_of_a_context_is_its_script() -> None:
    database = Scripted(script=SHOP).database("sqlite:///any.db")
    assert (database.url, database.fingerprint()) == ("sqlite:///any.db", Script("", SHOP).fingerprint())
    assert database.fingerprint() != Script("", "").fingerprint()
