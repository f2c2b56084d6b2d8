"""The recipe text2sql/cross_dialect on three engines: SQLite, DuckDB, and PostgreSQL with the same bookshop."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from benchmarks._planted import SHOP
from benchmarks.text2sql_model import Scripted
from server_databases import Place, postgres_place
from servers import Server

from dfcli import api
from dfcli.runtime.events import RunDone

BY_RULE = [
    "SELECT city, COUNT(*) AS customers FROM customers GROUP BY city ORDER BY customers DESC, city",
    "SELECT genre, AVG(price) FROM books GROUP BY genre HAVING COUNT(*) >= 5 ORDER BY genre",
    "SELECT a.name FROM authors a WHERE NOT EXISTS (SELECT 1 FROM books b WHERE b.author_id = a.id AND b.stock > 0)",
]
BY_MODEL = {
    "SELECT AVG(julianday(shipped_on) - julianday(ordered_on)) FROM orders WHERE shipped_on IS NOT NULL": (
        "SELECT AVG(shipped_on - ordered_on) FROM orders WHERE shipped_on IS NOT NULL"
    ),
    "SELECT SUM(newsletter) / COUNT(*) FROM customers": "SELECT SUM(newsletter) // COUNT(*) FROM customers",
}
"""The first fails in both engines; the second runs in both, but DuckDB divides as decimals."""

OTHERWISE = "SELECT title FROM books WHERE genre LIKE 'CRIME' ORDER BY title"
"""It runs in both engines, but there LIKE minds the case."""


def script() -> Iterator[str]:
    """Yield the statements that make the bookshop in PostgreSQL."""
    with closing(sqlite3.connect(f"file:{SHOP}?mode=ro", uri=True)) as shop:
        tables = shop.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        for name, create in tables:
            yield create.replace("REAL", "DOUBLE PRECISION")
            for row in shop.execute(f"SELECT * FROM {name}"):
                yield f"INSERT INTO {name} VALUES ({', '.join(map(literal, row))})"


def literal(value: object) -> str:
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


@pytest.fixture(scope="module")
def place(postgres_server: Server) -> Place:
    return postgres_place(postgres_server, "cross_dialect", ";\n".join(script()))


def ran(folder: Path, place: Place, model: Scripted) -> RunDone:
    """Run the recipe in a folder over all queries."""
    seeds = folder / "seeds.jsonl"
    queries = [*BY_RULE, *BY_MODEL, OTHERWISE]
    asked = [{"question": f"Question {number}?", "evidence": "", "sql": sql} for number, sql in enumerate(queries)]
    seeds.write_text("".join(json.dumps(row) + "\n" for row in asked), encoding="utf-8")
    sets = {"input": str(seeds), "server": place.reader, "output": str(folder / "out.jsonl")}
    recipe = api.load(SHOP.parents[1] / "cross_dialect.yaml", sets=sets)
    return api.run(recipe, runs=folder / "runs", transport=lambda spec: model).done()


def test_queries_that_give_the_same_on_three_engines_are_kept(place: Place, tmp_path: Path) -> None:
    model = Scripted([], translations=BY_MODEL)
    done = ran(tmp_path, place, model)
    output = tmp_path / "out.jsonl"
    found = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [row["sql"] for row in found] == [*BY_RULE, *BY_MODEL]
    assert [row["sql_duckdb"] for row in found[3:]] == list(BY_MODEL.values())
    assert found[3]["sql_server"] == next(iter(BY_MODEL.values()))
    assert "//" not in found[4]["sql_server"]
    reasons = [step.dropped for step in done.steps if step.dropped]
    assert reasons == [{"another_result": 1}]

    done.folder.rename(tmp_path / "elsewhere")
    first, again = output.read_bytes(), Scripted([])
    ran(tmp_path, place, again)
    assert output.read_bytes() == first
    assert again.asked == 0
