"""The example queries of the vector templates, and what their prompts say of the engines, on the engines themselves."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest
from server_databases import Place, postgres_admin, postgres_place
from servers import Server

from dfcli.ops.base import Example
from dfcli.ops.registry import installed

Run = Callable[[str], list[str]]
"""Runs a query and returns its rows, the values separated by |; ValueError with what the engine says."""

[SQLITE, PGVECTOR] = installed().get("write_vector_sql").examples
[ASKED] = installed().get("ask_question_for_vector_sql").examples
VECTOR = "'[1, 0, 0]'"
"""Stands for the text's embedding: no model runs here."""
PETS = """
INSERT INTO shelter VALUES (1, 'Rome'), (2, 'Oslo');
INSERT INTO pet (id, name, shelter_id) VALUES (1, 'Momo', 1), (2, 'Rex', 2), (3, 'Isla', 1), (4, 'Tern', 1);
"""
NOTES = """
INSERT INTO pet_note VALUES (1, '[0, 1, 0]', 'cat'), (2, '[1, 0, 0]', 'cat'), (3, '[0.9, 0.3, 0]', 'cat'),
  (4, '[1, 0.05, 0]', 'dog');
CREATE TABLE note (pet_id INTEGER, embedding BLOB);
INSERT INTO note SELECT pet_id, note_embedding FROM pet_note;
"""
EMBEDDINGS = """
UPDATE pet SET note_embedding = CASE name WHEN 'Momo' THEN '[0, 1, 0]'::vector WHEN 'Tern' THEN NULL
  WHEN 'Isla' THEN '[0.9, 0, 0]' ELSE '[1, 0, 0]' END;
CREATE FUNCTION lembed(model text, content text) RETURNS vector IMMUTABLE RETURN '[1, 0, 0]'::vector;
CREATE SCHEMA other;
"""
NEAREST = f"SELECT pet_id FROM pet_note WHERE note_embedding MATCH {VECTOR} AND k = 2"


def parts(example: Example) -> tuple[str, str]:
    """Return the schema of an example, and the query that its reply holds or that is given."""
    [row] = example.given
    reply = installed().get("write_vector_sql").read_as.read(example.replies[0]) if "sql" not in row else row  # type: ignore[attr-defined]
    return str(row["database_schema"]), str(reply["sql"])


@pytest.fixture(scope="module")
def sqlite() -> Run:
    """Run a query on the pets of the example in SQLite with sqlite-vec."""
    sqlite_vec = pytest.importorskip("sqlite_vec", reason="sqlite-vec is not installed: pip install sqlite-vec")
    if not shutil.which("sqlite3"):
        pytest.skip("the program sqlite3 is not installed, and Python's own module often loads no extensions")
    start = f".bail on\n.load {sqlite_vec.loadable_path()}\n{parts(SQLITE)[0]}\n{PETS}{NOTES}"

    def run(sql: str) -> list[str]:
        embedded = re.sub(r"lembed\('(?:[^']|'')*', '(?:[^']|'')*'\)", VECTOR, sql)
        command = ["sqlite3", "-batch", "-init", os.devnull, ":memory:"]
        done = subprocess.run(command, input=f"{start}{embedded};\n", capture_output=True, text=True, check=False)
        if done.returncode:
            raise ValueError(done.stderr)
        return done.stdout.splitlines()

    return run


@pytest.fixture(scope="module")
def place(postgres_server: Server) -> Place:
    schema = f"CREATE EXTENSION vector;\n{parts(PGVECTOR)[0]}\n{PETS}{EMBEDDINGS}"
    return postgres_place(postgres_server, f"vectors_{os.getpid()}", schema)


@pytest.fixture(scope="module")
def pgvector(place: Place) -> Run:
    """Run a query on the pets of the example in PostgreSQL with pgvector."""

    def run(sql: str) -> list[str]:
        with postgres_admin(place.server, place.name) as admin:
            return ["|".join(map(str, row)) for row in admin.execute(sql)]

    return run


def test_the_example_for_sqlite_vec_runs(sqlite: Run) -> None:
    _, sql = parts(SQLITE)
    assert "lembed(" in sql
    assert [row.partition("|")[0] for row in sqlite(sql)] == ["Isla", "Momo"]


def test_the_example_for_pgvector_runs(pgvector: Run) -> None:
    assert pgvector(parts(PGVECTOR)[1]) == ["Rome|2", "Oslo|1"]


def test_the_query_that_a_question_is_asked_for_runs(place: Place, pgvector: Run) -> None:
    schema, sql = parts(ASKED)
    with postgres_admin(place.server, place.name) as admin:
        admin.execute("SET search_path TO other, public")
        admin.execute(schema)
        admin.execute("INSERT INTO pet VALUES (1, 'Momo', 'F', '[1, 1, 0]'), (2, 'Rex', 'F', '[1, 0, 0]')")
        assert [name for (name,) in admin.execute(sql)] == ["Rex", "Momo"]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (f"{NEAREST} ORDER BY distance", ["2", "4"]),
        (f"{NEAREST} AND kind = 'cat' ORDER BY distance", ["2", "3"]),
        (f"{NEAREST} AND kind != 'dog' ORDER BY distance", ["2", "3"]),
        (f"{NEAREST} AND pet_id IN (SELECT id FROM pet WHERE shelter_id = 1) ORDER BY distance", ["4", "3"]),
        (f"WITH n AS MATERIALIZED ({NEAREST}) SELECT count(*) FROM n", ["2"]),
        (f"WITH n AS MATERIALIZED ({NEAREST}) SELECT pet_id FROM n ORDER BY pet_id DESC", ["4", "2"]),
        (f"SELECT pet_id FROM note ORDER BY vec_distance_cosine(embedding, {VECTOR}), pet_id LIMIT 3", ["2", "4", "3"]),
    ],
)
def test_sqlite_vec_takes_what_the_prompt_says(sqlite: Run, sql: str, rows: list[str]) -> None:
    assert sqlite(sql) == rows


@pytest.mark.parametrize(
    "sql",
    [
        f"{NEAREST} ORDER BY distance, pet_id",
        f"{NEAREST} AND kind LIKE 'c%'",
        f"WITH n AS ({NEAREST}) SELECT pet_id FROM n ORDER BY pet_id",
        f"SELECT pet_id FROM pet_note WHERE note_embedding MATCH {VECTOR} ORDER BY distance",
    ],
)
def test_sqlite_vec_refuses_what_the_prompt_forbids(sqlite: Run, sql: str) -> None:
    with pytest.raises(ValueError, match=r"vec0|knn|KNN"):
        sqlite(sql)


@pytest.mark.parametrize(
    ("operator", "rows"), [("<->", ["2", "3"]), ("<=>", ["2", "3"]), ("<#>", ["2", "3"]), ("<+>", ["2", "3"])]
)
def test_pgvector_has_the_distances_that_the_prompt_names(pgvector: Run, operator: str, rows: list[str]) -> None:
    sql = f"SELECT id FROM pet WHERE note_embedding IS NOT NULL ORDER BY note_embedding {operator} {VECTOR}, id LIMIT 2"
    assert pgvector(sql) == rows
    assert f" {operator} " in _instructions(PGVECTOR)


def _instructions(example: Example) -> str:
    template = installed().get("write_vector_sql")(**example.options)
    messages = template.template().messages({**template.params(), **example.given[0]})  # type: ignore[attr-defined]
    return str(messages[0].content)
