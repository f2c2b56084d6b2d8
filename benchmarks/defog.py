"""All gold queries of Defog's questions on their databases: how many run, and what they look like.

    python -m benchmarks.defog defog_questions.jsonl defog_dbs

The questions are rows with `db` and `gold_sql`, a list of acceptable queries; the folder has a SQLite file for each db.
With `--unanswerable` the questions are ones that the databases cannot answer: the repair recipe runs, with a model that
evades them in each way it knows, and those are counted that come out without an answer. A strict judge knows that
nothing answers them, a blind one agrees with everything.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import polars as pl

from benchmarks._planted import SHOP
from benchmarks.text2sql_model import Evasion, Scripted
from dfcli import api

REPAIR = SHOP.parents[1] / "repair.yaml"


def lines(file: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSON Lines file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def write(file: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as JSON Lines."""
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def run_golds(questions: Path, databases: Path, work: Path) -> pl.DataFrame:
    """Return a row per gold query, with what came of it and what its text has."""
    rows = [
        {"db": row["db"], "question": number, "sql": sql}
        for number, row in enumerate(lines(questions))
        for sql in row["gold_sql"]
    ]
    steps: list[dict[str, Any]] = [
        {"op": "run_sql", "database": str(databases.absolute()), "db": "db"},
        {"op": "sql_features"},
        {"op": "sql_hardness"},
    ]
    recipe = api.recipe({"name": "defog", "input": str(write(work / "golds.jsonl", rows)), "steps": steps})
    return api.run(recipe, runs=work / "runs").frame()


def described(golds: pl.DataFrame) -> str:
    """Return in one line how hard the queries are and what they use."""
    hardness = Counter(golds["sql_hardness"].to_list())
    counts = {name: golds.filter(pl.col(f"sql_{name}") > 0).height for name in ("joins", "subqueries", "aggregates")}
    clauses = {name: golds[f"sql_{name}"].sum() for name in ("group_by", "having", "order_by", "limit", "distinct")}
    told = [f"{name} {count}" for name, count in sorted(hardness.items(), key=str)]
    return ", ".join([*told, *(f"{name} {count}" for name, count in (counts | clauses).items())])


def answered(rows: list[dict[str, Any]], databases: Path, model: Scripted, work: Path) -> tuple[int, dict[str, int]]:
    """Return how many questions come out of the repair recipe with a query, and why the others left."""
    attempts = [
        {"db": row["db"], "question": row["question"], "evidence": "", "sql": f"SELECT answer FROM unknown_{number}"}
        for number, row in enumerate(rows)
    ]
    sets = {"input": str(write(work / "attempts.jsonl", attempts)), "output": str(work / "out.jsonl")}
    built = api.load(REPAIR, sets=sets | {"database": str(databases.absolute())})
    done = api.run(built, runs=work / "runs", transport=lambda spec: model).done()
    why: Counter[str] = Counter()
    for step in done.steps:
        why.update(step.dropped)
        why.update(step.failed)
    return done.rows, dict(why)


def show_golds(questions: Path, databases: Path, work: Path) -> None:
    golds = run_golds(questions, databases, work)
    bad = golds.filter(pl.col("sql_error").is_not_null())
    asked = golds["question"].n_unique()
    print(f"{asked - bad['question'].n_unique()} of {asked} questions: all their gold queries run")
    print(
        f"{golds.height - bad.height} of {golds.height} gold queries run, {(golds['sql_rows'] == 0).sum()} find nothing"
    )
    for row in bad.to_dicts():
        print(f"  {row['db']}: {row['sql_error']}: {row['sql_error_detail']}\n    {row['sql']}")
    print(described(golds))


def show_unanswerable(questions: Path, databases: Path, work: Path) -> None:
    rows = lines(questions)
    for evasion in get_args(Evasion):
        for judge in ("strict", "blind"):
            place = work / f"{evasion} {judge}"
            place.mkdir()
            model = Scripted([], strict=judge == "strict", evasion=evasion)
            count, why = answered(rows, databases, model, place)
            print(f"{evasion:22} {judge} judge: {len(rows) - count} of {len(rows)} stay unanswered: {why}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("databases", type=Path)
    parser.add_argument("--unanswerable", action="store_true", help="the questions are ones without an answer")
    arguments = parser.parse_args()
    show = show_unanswerable if arguments.unanswerable else show_golds
    with tempfile.TemporaryDirectory() as work:
        show(arguments.questions, arguments.databases, Path(work))


if __name__ == "__main__":
    main()
