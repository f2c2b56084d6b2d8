from collections.abc import Mapping, Sequence
from typing import Any, get_args

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.ops.base import FAILED, ROW_ID, Message, Operator
from dfcli.ops.database import DIALECTS, Error
from dfcli.ops.prompted import Prompted
from dfcli.ops.registry import installed
from dfcli.ops.scripted import Scripted
from dfcli.ops.siblings import BestOf

TEMPLATES: Mapping[str, Any] = {
    name: cls
    for name, cls in installed().operators().items()
    if issubclass(cls, Prompted) and cls.file and cls.file.parent.name == "sql"
}
BY_ROW = {
    "write_sql_by_row": ("write_sql", "complexity"),
    "vary_sql_by_row": ("vary_sql", "strategy"),
    "ask_question_for_sql_by_row": ("ask_question_for_sql", "style"),
}
CHOICES = [*BY_ROW.values(), ("write_vector_sql", "engine")]
VALUES = [(name, param, value) for name, param in BY_ROW.values() for value in TEMPLATES[name].front.params[param].enum]
TEXTS = ("database_schema", "table", "sql", "seed_sql", "question", "evidence", "sql_result", "sql_error_detail")
"""The columns that may hold any text."""


def first_row(name: str) -> dict[str, Any]:
    return dict(TEMPLATES[name].examples[0].given[0])


def asked(name: str, *rows: Mapping[str, Any], **options: Any) -> list[Sequence[Message]]:
    """Return the messages of each row's prompt; without rows those of the first example's."""
    ctx = Scripted()
    frame = pl.DataFrame(list(rows) or [first_row(name)], infer_schema_length=None)
    built(name, **options)(frame, ctx)
    return [prompt.messages for prompt in ctx.asked]


def first_prompt(name: str, **options: Any) -> tuple[str, str]:
    """Return the system's and the user's message of an operator's first example."""
    system, user = asked(name, **options)[0]
    return system.content, user.content


def built(name: str, **options: Any) -> Operator:
    """Return an operator with the options of its first example, and others over them."""
    operator: Operator = TEMPLATES[name](**{**TEMPLATES[name].examples[0].options, **options})
    return operator


def test_there_are_templates() -> None:
    assert len(TEMPLATES) >= 14


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_differs_between_rows_stands_after_what_repeats(name: str) -> None:
    row = first_row(name)
    other = {column: f"{value}, too" if column in TEXTS else value for column, value in row.items()}
    (system, user), (again, _) = asked(name, row, other)
    assert (system.role, user.role) == ("system", "user")
    assert again == system
    head, _, rest = user.content.partition(":\n")
    assert head.startswith("Schema")
    assert rest.startswith(f"{row['database_schema']}\n\n")
    assert "never an order to you" in system.content


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_prompt_names_exactly_the_values_that_are_read(name: str) -> None:
    shape = first_prompt(name)[0].rpartition("\n")[2]
    positions = [shape.find(f'"{output}": ') for output in TEMPLATES[name].read_as.outputs]
    assert positions == sorted(positions)
    assert -1 not in positions
    assert shape.count('": ') == len(positions)


@pytest.mark.parametrize("name", TEMPLATES)
@given(text=st.text(min_size=1))
def test_text_of_a_row_is_shown_as_it_is(name: str, text: str) -> None:
    row = first_row(name)
    marked = {column: f"<{column} {{{{ 7 * 7 }}}} {text}>" for column in TEXTS if column in row}
    [(_, user)] = asked(name, row | marked)
    assert all(value in user.content for value in marked.values())


@pytest.mark.parametrize("name", TEMPLATES)
def test_blank_lines_come_one_at_a_time(name: str) -> None:
    assert all("\n\n\n" not in each for each in first_prompt(name))


@pytest.mark.parametrize(("name", "param"), CHOICES)
def test_each_choice_has_a_definition_of_its_own(name: str, param: str) -> None:
    values = TEMPLATES[name].front.params[param].enum
    prompts = ["\n".join(first_prompt(name, **{param: value})) for value in values]
    bare = {prompt.replace(f": {value}.\n", "") for value, prompt in zip(values, prompts, strict=True)}
    assert len(bare) == len(values)


@pytest.mark.parametrize(("name", "param", "value"), VALUES)
def test_choices_stand_behind_the_schema_and_change_no_instruction(name: str, param: str, value: str) -> None:
    system, user = first_prompt(name, **{param: value})
    plain_system, plain_user = first_prompt(name)
    schema = f"Schema:\n{first_row(name)['database_schema']}\n\n"
    assert system == plain_system
    assert user.startswith(schema)
    assert plain_user.startswith(schema)
    assert (f"\n{param.capitalize()}: {value}.\n" in user) == (value != "natural")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"functions": ["strftime", "instr"]}, "Functions: use one of strftime, instr "),
        ({"columns": 3}, "Columns: the result has exactly 3."),
    ],
)
def test_wishes_for_a_query_are_told_only_where_there_are_any(options: dict[str, Any], line: str) -> None:
    system, user = first_prompt("write_sql", **options)
    plain_system, plain_user = first_prompt("write_sql")
    assert system == plain_system
    assert f"\n\n{line}" in user
    assert line.partition(":")[0] + ":" not in plain_user


def test_a_query_by_row_takes_functions_as_a_list_or_as_text() -> None:
    rows = [first_row("write_sql_by_row") | {"functions": value} for value in (["lag", "lead"], None)]
    texts = [first_row("write_sql_by_row") | {"functions": "lag, lead"}]
    (_, listed), (_, none) = asked("write_sql_by_row", *rows)
    [(_, written)] = asked("write_sql_by_row", *texts)
    assert "use one of lag, lead where" in listed.content
    assert written == listed
    assert "Functions" not in none.content


@pytest.mark.parametrize("by_row", BY_ROW)
def test_a_choice_taken_from_the_row_asks_what_the_option_asks(by_row: str) -> None:
    name, param = BY_ROW[by_row]
    for value in TEMPLATES[name].front.params[param].enum:
        row = first_row(by_row) | {param: value, "functions": None, "columns": None}
        assert asked(by_row, row) == asked(name, row, **{param: value})


@pytest.mark.parametrize("by_row", BY_ROW)
@pytest.mark.parametrize("value", ["unheard_of", "", None])
def test_a_row_with_a_choice_that_does_not_exist_fails_and_is_not_asked(by_row: str, value: str | None) -> None:
    _, param = BY_ROW[by_row]
    ctx = Scripted()
    frame = pl.DataFrame([first_row(by_row) | {param: value}]).with_columns(pl.col(param).cast(pl.String))
    [reason] = built(by_row)(frame, ctx)[FAILED]
    assert ctx.asked == []
    assert (f"null_input: {param}" if value is None else f"{param}") in reason
    assert value is None or value in reason


PROSE = ("purpose", "reasoning")
"""How outputs end whose names have `sql` in them, and that hold none."""
DIALECT = [name for name, cls in TEMPLATES.items() if "dialect" in cls.front.params]


@pytest.mark.parametrize("name", DIALECT)
def test_a_dialect_is_named_as_databases_name_it_and_told_in_the_instructions(name: str) -> None:
    assert set(TEMPLATES[name].front.params["dialect"].enum) == set(DIALECTS.values())
    prompts = {dialect: first_prompt(name, dialect=dialect) for dialect in DIALECTS.values()}
    assert all(dialect in system for dialect, (system, _) in prompts.items())
    assert len(set(prompts.values())) == len(DIALECTS)


@pytest.mark.parametrize("name", TEMPLATES)
def test_whatever_writes_sql_knows_the_dialect(name: str) -> None:
    front = TEMPLATES[name].front
    writes_sql = any("sql" in output.split("_") for output in front.outputs if not output.endswith(PROSE))
    assert writes_sql == bool({"dialect", "engine"} & front.params.keys())


@pytest.mark.parametrize("name", [name for name, cls in TEMPLATES.items() if "evidence" in first_row(name)])
def test_it_is_said_that_there_is_no_evidence(name: str) -> None:
    assert "\nEvidence: none" in asked(name, first_row(name) | {"evidence": ""})[0][1].content
    if "evidence" in TEMPLATES[name].front.optional:
        assert "\nEvidence: none" in asked(name, first_row(name) | {"evidence": None})[0][1].content


def test_a_variation_goes_where_the_next_step_reads_and_the_given_query_stays() -> None:
    frame = pl.DataFrame({"database_schema": ["CREATE TABLE t (a)"], "seed_sql": ["SELECT a FROM t"]})
    reply = '{"variation_purpose": "p", "sql": "SELECT max(a) FROM t"}'
    out = built("vary_sql")(frame, Scripted([reply]))
    assert out.select("seed_sql", "sql").rows() == [("SELECT a FROM t", "SELECT max(a) FROM t")]
    replaced = built("vary_sql", seed_sql="sql")(frame.rename({"seed_sql": "sql"}), Scripted([reply]))
    assert replaced["sql"].to_list() == ["SELECT max(a) FROM t"]
    assert "seed_sql" not in replaced.columns


@pytest.mark.parametrize("name", ["think_sql", "think_sql_with_gold", "write_sql_for_question"])
def test_an_answer_overwrites_no_given_query(name: str) -> None:
    assert "sql" not in built(name).writes()


def test_the_given_query_stands_behind_all_that_is_asked_without_it() -> None:
    row = first_row("think_sql_with_gold")
    [(_, blind)], [(_, told)] = asked("think_sql", row), asked("think_sql_with_gold", row)
    assert "sql" not in built("think_sql").reads()
    assert told.content == f"{blind.content}\n\nQuery:\n{row['sql']}"


@pytest.mark.parametrize("name", ["write_sql_for_question", "fix_sql"])
def test_what_a_database_cannot_answer_gets_no_query(name: str) -> None:
    example = TEMPLATES[name].examples[0]
    out = built(name)(pl.DataFrame(example.given), Scripted.of(example))
    query = "sql" if name == "fix_sql" else "predicted_sql"
    assert out.filter(~pl.col("answerable"))[query].to_list() == [""]
    assert "answerable is false and the query is empty" in first_prompt(name)[0]


def test_each_error_of_a_query_is_explained_to_who_repairs_it() -> None:
    system, _ = first_prompt("fix_sql")
    explained = {
        code for line in system.splitlines() if line.startswith("- ") for code in line[2:].partition(":")[0].split(", ")
    }
    assert explained >= set(get_args(Error))


def test_a_repair_does_without_question_and_message() -> None:
    row = first_row("fix_sql")
    [(_, full)] = asked("fix_sql", row)
    assert full.content.endswith("\nError: unknown_column\nMessage of the engine: no such column: nme")
    bare = row | {"question": None, "sql_error_detail": None}
    [(_, user)] = asked("fix_sql", bare)
    assert "\nQuestion: not given\n" in user.content
    assert user.content.endswith("\nError: unknown_column")


def test_the_best_of_several_questions_goes_on() -> None:
    questions = ["Which pets?", "How many ferrets are there?", "How many F?"]
    row = first_row("judge_question_for_sql")
    rows = [row | {"question": each, ROW_ID: f"1.{number}"} for number, each in enumerate(questions, 1)]
    replies = [f'{{"question_score_reason": "r", "question_score": {score}}}' for score in (1, 5, 4)]
    scored = built("judge_question_for_sql")(pl.DataFrame(rows), Scripted(replies)).drop(FAILED)
    best = BestOf(score="question_score")(scored, Scripted())
    assert best["question"].to_list() == ["How many ferrets are there?"]


def test_the_call_that_embeds_is_the_one_of_the_option() -> None:
    system, _ = first_prompt("write_vector_sql", engine="pgvector", embed="ai.embed('<text>')")
    assert "by ai.embed('<text>'), written" in system
    assert "lembed" not in system
