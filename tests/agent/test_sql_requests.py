"""Requests about SQL, and the steps that rules make of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from answers import jsonl

from dfcli.agent.planner import Plan, plan
from dfcli.agent.profile import profile
from dfcli.agent.reading import read
from dfcli.agent.spec import Spec

SEEDS = [{"id": at, "question": f"How many items cost {at}?", "sql": f"SELECT {at}"} for at in range(12)]
PREDICTED = [
    {"question": f"How many items cost {at}?", "gold_sql": f"SELECT {at}", "predicted_sql": f"SELECT {at + at % 2}"}
    for at in range(12)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sql")
    jsonl(made / "seeds.jsonl", SEEDS)
    jsonl(made / "predicted.jsonl", PREDICTED)
    with sqlite3.connect(made / "shop.db") as database:
        database.execute("create table item (id integer primary key, name text, price real)")
        database.execute("insert into item values (1, 'pen', 2.5)")
    database.close()
    return made


def asked(folder: Path, request: str, *data: str, database: str | None = "shop.db") -> tuple[Spec, Plan]:
    found = profile(list(data), database, folder)
    spec = read(request, found)
    return spec, plan(spec, found, database=database)


def short(steps: Iterable[Any]) -> list[str]:
    """Return steps as their operators, with what is kept: `run_sql: sql_error is null`; loops in brackets."""
    found = []
    for step in steps:
        if "repeat" in step:
            found.append(f"[{', '.join(short(step['steps']))}]")
            continue
        name = step["op"] if isinstance(step, dict) else step
        said = isinstance(step, dict) and (step.get("keep") or step.get("condition"))
        found.append(f"{name}: {said}" if said else name)
    return found


MADE = [
    "sql_tables", "for_each", "write_sql_by_row", "run_sql: sql_error is null and sql_rows > 0", "dedup_exact",
    "ask_question_for_sql", "judge_sql_answers_question: consistent",
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "request_", "steps"),
    [
        ("", "build text2sql data from shop.db", MADE),
        ("", "从数据库生成 text2sql 数据", MADE),
        ("", "build text2sql data from shop.db, 500 rows, only hard ones",
         [*MADE, "sql_hardness: sql_hardness in ('hard', 'extra')", "sample"]),
        ("", "generate 40 questions with matching SQL", [*MADE, "sample"]),
        ("", "Make 30 difficult text-to-SQL items out of shop.db, nothing easy.",
         [*MADE, "sql_hardness: sql_hardness in ('hard', 'extra')", "sample"]),
        ("", "造 20 条难的 text2sql 数据", [*MADE, "sql_hardness: sql_hardness in ('hard', 'extra')", "sample"]),
        ("", "12 question/SQL examples per table of shop.db", [*MADE, "quota"]),
        ("", "每张表来 6 个问题，配上 SQL", [*MADE, "quota"]),
        ("", "generate question-SQL pairs with the Spider difficulty of each query", [*MADE, "sql_hardness"]),
        ("seeds", "drop the queries that don't run", ["run_sql: sql_error is null"]),
        ("seeds", "执行报错的SQL删掉", ["run_sql: sql_error is null"]),
        ("seeds", "keep only queries that run and return rows", ["run_sql: sql_error is null and sql_rows > 0"]),
        ("seeds", "only keep the hard queries", ["sql_hardness: sql_hardness in ('hard', 'extra')"]),
        ("seeds", "add the Spider difficulty in a column called level", ["sql_hardness"]),
        ("seeds", "no easy ones", ["sql_hardness: sql_hardness in ('medium', 'hard', 'extra')"]),
        ("seeds", "translate the queries to PostgreSQL", ["transpile_sql"]),
        ("seeds", "fix the queries that fail",
         ["sql_schema", "run_sql", "[fix_sql, run_sql]", "where: sql_error is null"]),
        ("predicted", "keep only rows where the predicted sql gives the same result as the gold sql",
         ["sql_execution_match: sql_match"]),
    ],
)  # fmt: skip
def test_a_request_about_sql_becomes_these_steps(folder: Path, data: str, request_: str, steps: list[str]) -> None:
    spec, made = asked(folder, request_, *([f"{data}.jsonl"] if data else []))
    assert short(made.recipe["steps"]) == steps
    assert (spec.unread, made.questions) == ((), ())


def test_hardness_goes_into_the_column_that_is_named(folder: Path) -> None:
    _, made = asked(folder, "add the Spider difficulty in a column called level", "seeds.jsonl")
    assert made.recipe["steps"][0]["into"] == "level"


def test_a_query_is_repaired_as_often_as_was_said(folder: Path) -> None:
    _, made = asked(folder, "fix the queries that fail, up to 5 attempts", "seeds.jsonl")
    assert next(each for each in made.recipe["steps"] if "repeat" in each)["repeat"] == 5


@pytest.mark.parametrize(
    ("said", "rows"), [("500 rows", "exactly 500"), ("at most 500 pairs", "at most 500"), ("最多500条", "at most 500")]
)
def test_a_number_of_pairs_is_checked_as_it_was_said(folder: Path, said: str, rows: str) -> None:
    _, made = asked(folder, f"build text2sql data, {said}")
    assert made.recipe["checks"]["rows"] == rows


@pytest.mark.parametrize(
    ("said", "budget"),
    [
        ("spend at most $2", {"usd": 2}),
        ("budget 1.5 dollars", {"usd": 1.5}),
        ("预算不超过3美元", {"usd": 3}),
        ("at most 200 model calls", {"calls": 200}),
        ("最多调用模型50次", {"calls": 50}),
        ("under 5 dollars and no more than 100 calls", {"usd": 5, "calls": 100}),
    ],
)
def test_what_a_run_may_cost_becomes_the_budget(folder: Path, said: str, budget: dict[str, float]) -> None:
    spec, made = asked(folder, f"build text2sql data from shop.db, {said}")
    assert made.recipe["budget"] == budget
    assert spec.unread == ()


def test_without_a_database_it_is_asked_for(folder: Path) -> None:
    _, made = asked(folder, "drop the sql queries that don't run", "seeds.jsonl", database=None)
    assert any("database" in each for each in made.questions)


def test_new_pairs_are_not_made_over_pairs_that_are_there(folder: Path) -> None:
    _, made = asked(folder, "generate new text2sql pairs", "seeds.jsonl")
    assert any("shall they be checked" in each for each in made.questions)
