"""Make the files that the Text-to-SQL recipes run on as they come, all from the demo's bookshop.

    python recipes/text2sql/demo/make_examples.py

refine/seeds.jsonl: questions with their queries; repair/attempts.jsonl: queries that fail, and two questions that the
database cannot answer; reason/questions.jsonl: what the parts of recipes are included after; cross_dialect/shop: the
tables as CSV, which DuckDB reads as a database.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from make_replies import CASES

HERE = Path(__file__).parents[1]
SHOP = HERE / "demo" / "shop.sqlite"

ATTEMPTS = [
    ("Which customers live in Lisbon?", "", "SELECT name FROM customer WHERE city = 'Lisbon' ORDER BY name"),
    ("What does each book cost?", "", "SELECT title, cost FROM books ORDER BY title"),
    ("How many orders were there in each year?", "", "SELECT YEAR(ordered_on), COUNT(*) FROM orders GROUP BY 1"),
    (
        "Who has written the most books?",
        "",
        "SELECT a.name FROM authors a JOIN books b ON a.id = b.author_id GROUP a.id",
    ),
    ("Cancel all open orders.", "", "UPDATE orders SET status = 'cancelled' WHERE status = 'open'"),
    ("How much do the staff earn?", "", "SELECT name, salary FROM employees"),
    ("What is the capital of Australia?", "", "SELECT capital FROM countries WHERE name = 'Australia'"),
]


def seeds() -> Iterator[dict[str, Any]]:
    """Yield the demo's good pairs."""
    for cases in CASES.values():
        for case in cases:
            if case.question and not case.verdict:
                yield {"db": "shop", "question": case.question, "evidence": case.evidence, "sql": case.sql}


def attempts() -> Iterator[dict[str, Any]]:
    """Yield queries that fail, with their questions."""
    for question, evidence, sql in ATTEMPTS:
        yield {"db": "shop", "question": question, "evidence": evidence, "sql": sql}


def questions() -> Iterator[dict[str, Any]]:
    """Yield rows as they are where a part of a recipe begins."""
    with closing(sqlite3.connect(SHOP)) as shop:
        schema = ";\n".join(sql for (sql,) in shop.execute("SELECT sql FROM sqlite_master WHERE type = 'table'"))
        for seed in list(seeds())[:3]:
            rows = len(shop.execute(seed["sql"]).fetchall())
            yield {**seed, "database_schema": f"{schema};", "sql_rows": rows, "sql_result": "[]", "signature": ""}


def write_lines(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    """Write rows as JSON Lines."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def write_tables(folder: Path) -> None:
    """Write each table of the shop as CSV; NULL is an empty field."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(SHOP)) as shop:
        for (table,) in shop.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            found = shop.execute(f"SELECT * FROM {table} ORDER BY 1")
            with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow([name for name, *_ in found.description])
                writer.writerows(found)


if __name__ == "__main__":
    write_lines(HERE / "refine" / "seeds.jsonl", seeds())
    write_lines(HERE / "repair" / "attempts.jsonl", attempts())
    write_lines(HERE / "reason" / "questions.jsonl", questions())
    write_tables(HERE / "cross_dialect" / "shop")
