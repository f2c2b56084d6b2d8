"""The Text-to-SQL recipes, run to their end on the bundled bookshop with a scripted model."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
from benchmarks._planted import SHOP, Case, Plant, bases, cases, plants, same_result
from benchmarks.planted_sql import fates
from benchmarks.text2sql_model import Evasion, Scripted, chance

from dfcli import api
from dfcli.runtime.events import RunDone
from dfcli.runtime.left import WHY, left

RECIPES = SHOP.parents[1]

DUBLIN = "How many customers live in Dublin?"
FRESH = Case(
    "How many customers joined in 2025?",
    "",
    "SELECT COUNT(*) FROM customers WHERE joined >= '2025-01-01'",
    ("SELECT COUNT(id) AS n FROM customers WHERE strftime('%Y', joined) = '2025'",),
    ("SELECT COUNT(*) FROM customers",),
)
PETS = Case(
    "Which pets are there?",
    "",
    "SELECT name FROM pets ORDER BY name",
    ("SELECT p.name FROM pets AS p ORDER BY 1",),
    ("SELECT name FROM pets ORDER BY name DESC",),
)
SHIPPING = Case(
    "How many days does shipping take on average?",
    "",
    "SELECT AVG(julianday(shipped_on) - julianday(ordered_on)) FROM orders WHERE shipped_on IS NOT NULL",
)
IN_DUCKDB = "SELECT AVG(shipped_on - ordered_on) FROM orders WHERE shipped_on IS NOT NULL"
"""What SHIPPING's query is in DuckDB, which lacks its function: no rule makes this of it."""

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n"


@dataclass(frozen=True)
class Ran:
    """A run that is over: what it says, the rows it wrote, their bytes."""

    done: RunDone
    bytes: bytes
    folder: Path

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.bytes.decode().splitlines()]

    def dropped(self) -> Counter[str]:
        """Reasons that rows left for, without those of siblings that another was chosen over."""
        counts: Counter[str] = Counter()
        for step in self.done.steps:
            counts.update(step.dropped)
            counts.update(step.failed)
        return Counter({why: n for why, n in counts.items() if why not in ("not_best", "outvoted", "collapsed")})

    def left(self, **values: object) -> dict[str, str]:
        """Why rows left, by their query, of those that have some values."""
        return {
            row["sql"]: row[WHY]
            for each in left(self.done.folder, "dropped", 1000)
            for row in each.first.to_dicts()
            if all(row.get(name) == value for name, value in values.items())
        }


def ran(name: str, model: Scripted, folder: Path, seeds: Sequence[Mapping[str, Any]] = (), **sets: str) -> Ran:
    output = folder / f"{name}.jsonl"
    if seeds:
        sets["input"] = str(folder / "in.jsonl")
        Path(sets["input"]).write_text("".join(json.dumps(each) + "\n" for each in seeds), encoding="utf-8")
    recipe = api.load(RECIPES / f"{name}.yaml", sets={"output": str(output), **sets})
    done = api.run(recipe, runs=folder / "runs", transport=lambda spec: model).done()
    return Ran(done, output.read_bytes(), folder)


def known(*parts: str) -> list[Case]:
    """Cases of the benchmark whose question has one of some parts."""
    return [case for case in cases(bases()) if any(part in case.question for part in parts)]


def seed(case: Case, sql: str | None = None, **more: Any) -> dict[str, Any]:
    return {"db": "shop", "question": case.question, "evidence": case.evidence, "sql": sql or case.gold} | more


def pass_rate(case: Case) -> float:
    """The share of the scripted model's ten attempts that give gold's rows, some of them by chance."""
    attempts = [case.gold] * (chance(case.question) % 10 + 1)
    attempts += [case.wrong[number % len(case.wrong)] for number in range(len(attempts), 10)]
    return sum(same_result(Plant(case, "wrong", "", sql)) for sql in attempts) / 10


@pytest.fixture
def databases(tmp_path: Path) -> Path:
    """A folder with two databases: the bookshop, and one of pets."""
    folder = tmp_path / "databases"
    folder.mkdir()
    shutil.copy(SHOP, folder / "shop.sqlite")
    with closing(sqlite3.connect(folder / "zoo.sqlite")) as zoo:
        zoo.executescript("CREATE TABLE pets (name TEXT); INSERT INTO pets VALUES ('Momo'), ('Rex');")
    return folder


def test_generate_makes_questions_whose_query_is_reached_again_by_reasoning(tmp_path: Path) -> None:
    model = Scripted(cases(bases()))
    found = ran("generate", model, tmp_path)
    by_question = {case.question: case for case in cases(bases())}
    assert found.done.exit_code == 0
    assert len(found.rows) >= 15
    assert list(found.rows[0])[:7] == ["db", "question", "evidence", "sql", "prompt", "sql_reasoning", "reasoned_sql"]
    for row in found.rows:
        case = by_question[row["question"]]
        assert row["sql"] == case.gold
        assert row["reasoned_sql"] in (case.gold, *case.right)
        assert row["sql_reasoning"].startswith("1. Asked")
        assert case.question in row["prompt"]
        assert "CREATE TABLE" in row["prompt"]
        assert row["sql_hardness"] in ("easy", "medium", "hard", "extra")
        assert row["execution_pass_rate"] == pytest.approx(pass_rate(case))
    assert found.dropped()["keep: sql_error is null and sql_rows > 0"] > 0
    assert set(found.dropped()) == {"keep: sql_error is null and sql_rows > 0", "duplicate"}


def test_generate_writes_for_each_database_of_a_folder_with_its_own_tables(databases: Path, tmp_path: Path) -> None:
    model = Scripted([*known("customers live in Dublin", "rating 3"), PETS])
    found = ran("generate", model, tmp_path, database=str(databases), samples="1")
    of = {row["sql"]: row["db"] for row in found.rows}
    assert set(of.values()) == {"shop", "zoo"}
    assert of[PETS.gold] == "zoo"
    assert Counter(row["db"] for row in found.rows)["zoo"] == 1


@pytest.mark.parametrize("name", ["generate", "refine", "repair", "cross_dialect"])
def test_a_second_run_asks_nothing_and_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    seeds = {
        "refine": [seed(case) for case in known("customers live in", "orders came in")],
        "repair": [seed(case, case.gold.replace("customers", "customer")) for case in known("customers live in")],
        "cross_dialect": [seed(case) for case in (*known("customers live in"), SHIPPING)],
    }
    sets = {"server": "duckdb:///cross_dialect/shop", "dialect": "DuckDB"} if name == "cross_dialect" else {}
    sets |= {"samples": "1"} if name == "generate" else {}
    first, second = (Scripted(cases(bases()), translations={SHIPPING.gold: IN_DUCKDB}) for _ in range(2))
    once = ran(name, first, tmp_path, seeds.get(name, ()), **sets)
    (tmp_path / "runs" / once.done.folder.name).rename(tmp_path / "elsewhere")
    again = ran(name, second, tmp_path, seeds.get(name, ()), **sets)
    assert once.rows
    assert first.asked > 0
    assert again.bytes == once.bytes
    assert second.asked == 0


def by_strategy(sql: str, strategy: str) -> str:
    """Vary the count of Dublin's customers: two variations answer something, the others fail each in its way."""
    return {
        "values": "SELECT COUNT(*) FROM customers WHERE city = 'Porto'",
        "structure": FRESH.gold,
        "business_logic": "SELECT COUNT(*) FROM clients",
        "complexity": "DELETE FROM customers",
        "advanced_features": ENDLESS,
        "performance": "SELECT name FROM customers WHERE city = 'Atlantis'",
    }[strategy]


def test_refine_keeps_a_seed_and_those_variations_that_run_and_find_something(tmp_path: Path) -> None:
    model = Scripted([*known("customers live in"), FRESH], vary=by_strategy)
    found = ran("refine", model, tmp_path, [seed(known("in Dublin")[0])], seconds="1")
    assert [(row["strategy"], row["question"]) for row in found.rows] == [
        ("seed", DUBLIN),
        ("values", "How many customers live in Porto?"),
        ("structure", FRESH.question),
    ]
    assert {row["seed_sql"] for row in found.rows} == {known("in Dublin")[0].gold}
    assert found.dropped() == {"keep: sql_error is null and sql_rows > 0": 4}
    errors = {
        row["strategy"]: (row["sql_error"], row["sql_rows"])
        for each in left(found.done.folder, "dropped", 100)
        for row in each.first.to_dicts()
        if row[WHY].startswith("keep: sql_error")
    }
    assert errors == {
        "business_logic": ("unknown_table", None),
        "complexity": ("not_read_only", None),
        "advanced_features": ("timeout", None),
        "performance": (None, 0),
    }


def test_refine_asks_for_seeds_that_have_no_question(tmp_path: Path) -> None:
    case = known("in Dublin")[0]
    found = ran("refine", Scripted([case]), tmp_path, [seed(case, question=None), seed(FRESH, case.right[0])])
    assert [(row["question"], row["sql"]) for row in found.rows] == [(DUBLIN, case.gold)]


def test_refine_takes_the_database_that_each_seed_names(databases: Path, tmp_path: Path) -> None:
    case = known("in Dublin")[0]
    seeds = [seed(case), seed(PETS, db="zoo"), seed(PETS), seed(PETS, db="farm")]
    found = ran("refine", Scripted([case, PETS]), tmp_path, seeds, database=str(databases))
    assert [(row["db"], row["sql"]) for row in found.rows] == [("shop", case.gold), ("zoo", PETS.gold)]
    reasons = found.dropped()
    assert reasons["keep: sql_error is null"] == 1
    assert reasons["unknown_database: farm"] + reasons["unknown_database"] == 1


def test_refine_drops_planted_wrong_queries_and_keeps_right_ones_though_the_judge_is_blind(tmp_path: Path) -> None:
    few = [base for base in bases() if any(part in base.question for part in ("live in", "average price", "List the"))]
    found = fates([each for each in plants(few) if each.kind != "endless"], Scripted(cases(few)), tmp_path)
    let_through = [each.plant for each in found if each.plant.label == "wrong" and each.why is None and not each.same]
    dropped = [(each.plant, each.why) for each in found if each.plant.label == "right" and each.why]
    assert Counter(each.plant.label for each in found).keys() == {"right", "wrong", "tied"}
    assert not let_through
    assert not dropped


def test_a_query_that_leaves_out_a_sort_that_is_asked_for_has_no_chain(tmp_path: Path) -> None:
    case = known("Which crime books cost more")[0]
    unsorted = case.gold.partition(" ORDER BY")[0]
    found = ran("refine", Scripted([case]), tmp_path, [seed(case, unsorted), seed(case, case.right[0])])
    assert [row["sql"] for row in found.rows] == [case.right[0]]
    assert found.left()[unsorted] == "keep: reasoned_match"


def test_a_query_that_sorts_by_itself_has_no_chain_that_leaves_the_order_open(tmp_path: Path) -> None:
    case = known("born before 1970")[0]
    sorted_by_itself = f"{case.gold} ORDER BY birth_year DESC, name"
    found = ran("refine", Scripted([case]), tmp_path, [seed(case), seed(case, sorted_by_itself)])
    assert [row["sql"] for row in found.rows] == [case.gold]
    assert found.left()[sorted_by_itself] == "keep: sql_match"


def test_repair_gives_a_correction_for_each_kind_of_error_and_none_for_what_runs(tmp_path: Path) -> None:
    case = known("in Dublin")[0]
    broken = {
        "unknown_table": "SELECT COUNT(*) FROM customer WHERE city = 'Dublin'",
        "unknown_column": "SELECT COUNT(*) FROM customers WHERE town = 'Dublin'",
        "syntax": "SELECT COUNT(* FROM customers",
        "not_read_only": "UPDATE customers SET city = 'Dublin'",
        "too_large": "SELECT a.id FROM customers a, customers b",
    }
    seeds = [seed(case, sql) for sql in (*broken.values(), case.gold)]
    found = ran("repair", Scripted([case], strict=True), tmp_path, seeds)
    assert [(row["broken_error"], row["broken_sql"], row["sql"]) for row in found.rows] == [
        (error, sql, case.gold) for error, sql in broken.items()
    ]
    assert found.rows[0]["broken_detail"] == "no such table: customer"
    assert all(row["fix_note"] for row in found.rows)
    assert found.dropped() == {"runs_already": 1}


def test_repair_corrects_a_query_that_takes_too_long(tmp_path: Path) -> None:
    case = known("in Dublin")[0]
    found = ran("repair", Scripted([case]), tmp_path, [seed(case, ENDLESS)], seconds="1")
    assert [(row["broken_error"], row["sql"]) for row in found.rows] == [("timeout", case.gold)]


UNANSWERABLE = [
    "Why do readers prefer printed books to electronic ones?",
    "Who wrote the novel about a whale and the captain who hunts it?",
    "What do the booksellers earn in a year?",
    "Which shelf does each book stand on?",
    "Raise the price of all poetry by a tenth.",
]


def unanswerable() -> list[dict[str, str]]:
    sql = "SELECT answer FROM knowledge"
    return [{"db": "shop", "question": question, "evidence": "", "sql": sql} for question in UNANSWERABLE]


EVASIONS: dict[Evasion, str] = {
    "says so": "not_answerable",
    "constant": "keep: sql_tables > 0",
    "constant from a table": "keep: consistent",
    "invents": "not_repaired",
    "something else": "keep: consistent",
}
"""What a model may do that cannot answer, and the reason that the row leaves for; the judge is the last to see it."""


def test_every_evasion_is_tried() -> None:
    assert tuple(EVASIONS) == get_args(Evasion)


@pytest.mark.parametrize(("evasion", "reason"), EVASIONS.items())
def test_repair_never_answers_what_the_database_cannot(evasion: Evasion, reason: str, tmp_path: Path) -> None:
    model = Scripted([FRESH], strict=True, evasion=evasion)
    answerable = seed(FRESH, "SELECT COUNT(*) FROM customers WHERE joined = YEAR(2025)")
    found = ran("repair", model, tmp_path, [*unanswerable(), answerable])
    assert [row["question"] for row in found.rows] == [FRESH.question]
    assert found.dropped() == {reason: len(UNANSWERABLE)}


def test_a_blind_judge_lets_a_query_over_something_else_pass_as_an_answer(tmp_path: Path) -> None:
    found = ran("repair", Scripted([], evasion="something else"), tmp_path, unanswerable())
    assert len(found.rows) == len(UNANSWERABLE)


@pytest.mark.parametrize("knows", [True, False])
def test_cross_dialect_keeps_what_gives_the_same_on_each_engine(knows: bool, tmp_path: Path) -> None:
    model = Scripted([], translations={SHIPPING.gold: IN_DUCKDB} if knows else {})
    seeds = [seed(case) for case in (*known("live in Porto", "at least 5 of them? Sort by genre"), SHIPPING)]
    found = ran(
        "cross_dialect",
        model,
        tmp_path,
        [*seeds, seed(SHIPPING, "SELECT 1 FROM nowhere")],
        server="duckdb:///cross_dialect/shop",
        dialect="DuckDB",
    )
    assert [row["sql"] for row in found.rows] == [each["sql"] for each in seeds][: 3 if knows else 2]
    assert found.dropped() == Counter({"keep: sql_error is null": 1} | ({} if knows else {"another_result": 1}))
    assert model.asked > 0
    if knows:
        assert (found.rows[2]["sql_duckdb"], found.rows[2]["sql_server"]) == (IN_DUCKDB, IN_DUCKDB)


@pytest.mark.parametrize("name", ["generate", "refine", "repair"])
def test_the_database_is_as_it_was(name: str, tmp_path: Path) -> None:
    before = SHOP.read_bytes()
    seeds = {"refine": [seed(FRESH, "DELETE FROM books")], "repair": [seed(FRESH, "DROP TABLE books")]}
    ran(name, Scripted([FRESH, *known("rating 3")]), tmp_path, seeds.get(name, ()))
    assert SHOP.read_bytes() == before
