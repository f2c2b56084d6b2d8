"""What databases hold, as text for prompts: tables as rows, databases as rows, a schema beside each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, ClassVar, Literal, NamedTuple

import polars as pl
from pydantic import BaseModel, Field

from dfcli.errors import InputError
from dfcli.ops._schema_text import described, neighbours, only
from dfcli.ops._schema_values import Shown, Style
from dfcli.ops.base import FAILED, Context, Example, Kind, Reads, Row, Source, Writes, declared_schema
from dfcli.ops.database import DIALECTS, Database, Table, cautions
from dfcli.ops.sql import OnDatabase, Url

_LINKED = "show only what each question needs (link_schema over style: compact, then sql_schema with its tables)"

_PETS = "CREATE TABLE pet (name TEXT, born DATE); INSERT INTO pet VALUES ('Momo', '2021-03-01'), ('Rex', NULL);"
_PETS_SCHEMA = """CREATE TABLE pet (name TEXT, born DATE);
-- some values of pet:
--   name: 'Momo', 'Rex'
--   born: '2021-03-01'"""
_VISITS = f"""{_PETS}
CREATE TABLE visit (id INTEGER PRIMARY KEY, pet TEXT REFERENCES pet (name), weight REAL);
INSERT INTO visit VALUES (1, 'Rex', 12.5), (2, 'Momo', 4);"""


class _Text(BaseModel):
    """Options that say how a schema becomes text."""

    style: Style = Field(
        default="create",
        description="create: CREATE statements with sample values as comments; compact: a line per table; detailed: a "
        "line per column with keys, and ranges or sample values.",
    )
    values: int = Field(default=3, ge=0, description="Sample values per column that are shown; 0: none is read.")
    hide: tuple[str, ...] = Field(
        default=(), description="Columns whose values are never shown: email, or customer.email."
    )
    max_characters: int = Field(
        default=200_000, ge=1, description="Characters of a schema; a longer one stops the step, with what to do."
    )

    def _shown(self) -> Shown:
        return Shown(self.style, self.values, self.hide)

    def _within(self, text: str, what: str, *narrower: str) -> str:
        if len(text) <= self.max_characters:
            return text
        less = f"style: compact{', or values: 0' if self.values else ''}"
        ways = [] if self.style == "compact" else [f"show less of it ({less})"]
        ways += [*narrower, "raise max_characters if the model takes more"]
        raise InputError(
            f"the schema of {what} takes {len(text):,} characters, more than max_characters ({self.max_characters:,}): "
            + ", or ".join(ways)
        )


class SqlTables(Source, _Text):
    """One row per table and view of a database, with its schema as text and that of the whole database.

    Of a folder or server with several databases all tables come, by the databases' names. `database_schema` is what a
    prompt needs for queries that join: the whole schema, the same in every row of a database, or with
    `scope: neighbours` the table with those its foreign keys lead to and those that lead to it, for databases whose
    whole schema no prompt can hold. InputError when a schema is longer than `max_characters`.
    """

    use_for = (
        "start from the tables of a database",
        "get a database schema with sample values as text",
        "text-to-SQL from a database alone",
        "读取数据库的表结构",
    )
    aliases = ("tables of a database", "read a schema", "list tables", "数据表", "列出表")
    not_for = (
        "rows of a table: use input with database and query",
        "queries: use run_sql",
        "a schema beside rows that are there: use sql_schema",
    )
    version: ClassVar[int] = 2
    database: Url
    scope: Literal["whole", "neighbours"] = Field(
        default="whole", description="neighbours: the tables that foreign keys link to the row's."
    )
    db: Annotated[Writes, pl.String] = "db"
    table: Annotated[Writes, pl.String] = "table"
    table_schema: Annotated[Writes, pl.String] = "table_schema"
    database_schema: Annotated[Writes, pl.String] = "database_schema"
    examples = [
        Example(
            given=[],
            want=[{"db": "pets", "table": "pet", "table_schema": _PETS_SCHEMA, "database_schema": _PETS_SCHEMA}],
            options={"database": "sqlite:///pets.db"},
            database=_PETS,
        ),
        Example(
            given=[],
            want=[
                {"table": "pet", "table_schema": "pet(name TEXT, born DATE)"},
                {"table": "visit", "table_schema": "visit(id* INTEGER, pet TEXT -> pet.name, weight REAL)"},
            ],
            options={"database": "pets.db", "style": "compact"},
            database=_VISITS,
        ),
    ]

    def outside(self, ctx: Context) -> str:
        return _fingerprints(ctx, self.database)

    def cautions(self, ctx: Context) -> Sequence[str]:
        return cautions(ctx.databases(self.database).values())

    def frames(self, ctx: Context) -> Iterator[pl.DataFrame]:
        for name, database in ctx.databases(self.database).items():
            tables = database.tables()
            texts = described(database, tables, self._shown())
            columns = {
                self.db: [name] * len(tables),
                self.table: [each.full_name for each in tables],
                self.table_schema: texts,
                self.database_schema: list(self._around(tables, texts, name)),
            }
            yield pl.DataFrame(columns, schema={name: pl.String() for name in columns})

    def _around(self, tables: Sequence[Table], texts: Sequence[str], database: str) -> Iterator[str]:
        """Yield the schema that goes with each table."""
        if self.scope == "whole":
            narrower = "show only what is near each table (scope: neighbours)"
            yield from [self._within(_joined(texts, self.style), database, narrower)] * len(tables)
            return
        for table, near in zip(tables, neighbours(tables), strict=True):
            what = f"{table.full_name} and its neighbours in {database}"
            yield self._within(_joined((texts[at] for at in near), self.style), what)


class SqlDatabases(Source, _Text):
    """One row per database of a folder or server, with its dialect, number of tables, and schema as text.

    A folder may have any layout; a database is called by its file's name, or by its path where two have the same. On a
    server those come that the role may connect to. InputError when a schema is longer than `max_characters`.
    """

    use_for = (
        "one row per database of a folder",
        "list the databases of a server with their schemas",
        "text-to-SQL over many databases like Spider or BIRD",
        "列出文件夹中的所有数据库",
    )
    aliases = ("many databases", "list databases", "多个数据库", "数据库列表")
    not_for = ("one row per table: use sql_tables",)
    database: Url
    db: Annotated[Writes, pl.String] = "db"
    dialect: Annotated[Writes, pl.String] = "dialect"
    tables: Annotated[Writes, pl.Int64] = "tables"
    database_schema: Annotated[Writes, pl.String] = "database_schema"
    examples = [
        Example(
            given=[],
            want=[{"db": "pets", "dialect": "SQLite", "tables": 1, "database_schema": _PETS_SCHEMA}],
            options={"database": "pets.db"},
            database=_PETS,
        )
    ]

    def outside(self, ctx: Context) -> str:
        return _fingerprints(ctx, self.database)

    def cautions(self, ctx: Context) -> Sequence[str]:
        return cautions(ctx.databases(self.database).values())

    def frames(self, ctx: Context) -> Iterator[pl.DataFrame]:
        for name, database in ctx.databases(self.database).items():
            tables = database.tables()
            text = _joined(described(database, tables, self._shown()), self.style)
            row = {
                self.db: name,
                self.dialect: DIALECTS[database.dialect],
                self.tables: len(tables),
                self.database_schema: self._within(text, name, "begin with sql_tables and scope: neighbours"),
            }
            yield pl.DataFrame([row], schema=declared_schema(self, pl.Schema()))


class _Part(NamedTuple):
    """Which part of a schema a row asks for; None is all of it."""

    tables: tuple[str, ...] | None
    columns: tuple[str, ...] | None


class SqlSchema(OnDatabase, _Text):
    """Write the schema of each row's database beside the row, or the part of it that the row names.

    `tables` is a column with a list of table names, such as `linked_tables`, which link_schema writes; tables of that
    name in any case are shown, others passed over, and where none is one of the database's, the whole schema is.
    `columns` likewise holds names such as `orders.total`; keys are always shown. A row whose part of the schema is
    longer than `max_characters` fails as `schema_too_long`; a whole schema that is longer is an InputError.
    """

    use_for = (
        "add the database schema to question and SQL seeds",
        "schema text for a prompt",
        "only the linked tables of a large schema",
        "为每一行添加数据库结构",
    )
    aliases = ("schema column", "CREATE TABLE statements", "DDL", "表结构", "数据库模式")
    not_for = ("start from a database's tables: use sql_tables", "choose the tables that matter: use link_schema")
    kind: ClassVar[Kind] = "refine"
    tables: Annotated[Reads, pl.List(pl.String)] | None = Field(
        default=None, description="Column with the names of the tables to show."
    )
    columns: Annotated[Reads, pl.List(pl.String)] | None = Field(
        default=None, description="Column with the names of the columns to show."
    )
    into: Annotated[Writes, pl.String] = "database_schema"
    examples = [
        Example(
            given=[{"question": "How many pets?"}],
            want=[{"database_schema": _PETS_SCHEMA}],
            options={"database": "pets.db"},
            database=_PETS,
        ),
        Example(
            given=[
                {"linked_tables": ["visit", "cat"], "linked_columns": ["visit.weight"]},
                {"linked_tables": [], "linked_columns": []},
            ],
            want=[
                {"database_schema": "visit(id* INTEGER, pet TEXT -> pet.name, weight REAL)"},
                {"database_schema": "pet(name TEXT, born DATE)\nvisit(id* INTEGER, pet TEXT -> pet.name, weight REAL)"},
            ],
            options={
                "database": "pets.db",
                "style": "compact",
                "tables": "linked_tables",
                "columns": "linked_columns",
            },
            database=_VISITS,
        ),
    ]

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        done = super().__call__(frame, ctx)
        if self.tables is None:
            return done
        long = pl.col(self.into).str.len_chars() > self.max_characters
        reason = pl.format("schema_too_long: {} characters", pl.col(self.into).str.len_chars())
        return done.with_columns(
            pl.when(long).then(reason).otherwise(FAILED).alias(FAILED),
            pl.when(~long).then(self.into).alias(self.into),
        )

    def made(self, frame: pl.DataFrame, database: Callable[[], Database]) -> Sequence[Row]:
        if frame.is_empty():
            return []
        opened, texts = database(), dict[_Part, str]()
        parts = [
            _Part(*each) for each in zip(self._named(frame, self.tables), self._named(frame, self.columns), strict=True)
        ]
        for part in parts:
            if part not in texts:
                texts[part] = self._text(opened, part)
        return [{self.into: texts[part]} for part in parts]

    def _named(self, frame: pl.DataFrame, column: str | None) -> list[tuple[str, ...] | None]:
        if column is None:
            return [None] * frame.height
        return [tuple(_folded(name) for name in names or () if name) for names in frame[column].to_list()]

    def _text(self, database: Database, part: _Part) -> str:
        tables = database.tables()
        named = [
            each for each in tables if part.tables and {_folded(each.name), _folded(each.full_name)} & {*part.tables}
        ]
        shown = [_cut(each, part.columns or ()) for each in named or tables]
        text = _joined(described(database, shown, self._shown()), self.style)
        return text if self.tables is not None else self._within(text, database.name, _LINKED)


def _cut(table: Table, columns: Sequence[str]) -> Table:
    """Return a table with the named columns, which may be written with its name before them."""
    before = (f"{_folded(table.full_name)}.", f"{_folded(table.name)}.")
    own = {each.removeprefix(start) for each in columns for start in before if each.startswith(start)}
    return only(table, {each.name for each in table.columns if _folded(each.name) in own})


def _folded(name: str) -> str:
    """Return a name as it is compared: models see it on one line, and may write it in another case."""
    return " ".join(name.split()).lower()


def _joined(texts: Iterable[str], style: Style) -> str:
    return ("\n" if style == "compact" else "\n\n").join(texts)


def _fingerprints(ctx: Context, url: str) -> str:
    return " ".join(f"{name} {each.fingerprint()}" for name, each in ctx.databases(url).items())
