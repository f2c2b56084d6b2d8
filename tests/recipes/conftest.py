from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import Field

from dfcli.errors import RecipeError
from dfcli.ops.base import Context, Filter, Map, Operator, Reads, Score, Source, Whole, Writes
from dfcli.ops.prompted import Prompted
from dfcli.ops.reading import Output, Outputs
from dfcli.ops.registry import Registry
from dfcli.ops.template import Template, inline
from dfcli.recipes.load import load
from dfcli.recipes.model import Input, Recipe, Step, World

INPUT = pl.Schema({"text": pl.String(), "n": pl.Int64(), "tags": pl.List(pl.String()), "day": pl.Date()})


class Trim(Map):
    """Cut whitespace at both ends."""

    text: Annotated[Reads, pl.String] = "text"
    into: Writes = "text"

    def expr(self) -> pl.Expr:
        return pl.col(self.text).str.strip_chars()


class WordCount(Score):
    """Count words."""

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.UInt32] = "word_count"
    min: Annotated[int, Field(ge=0, le=9)] = 0
    unit: Annotated[str, Field(min_length=1)] = "word"

    def exprs(self) -> dict[str, pl.Expr]:
        return {self.into: pl.col(self.text).str.count_matches(r"\S+")}


class Where(Filter):
    """Keep rows."""

    condition: str

    def rules(self) -> dict[str, pl.Expr]:
        return {"where": pl.sql_expr(self.condition)}


class Select(Operator):
    """Keep columns."""

    columns_vary = True
    columns: tuple[Reads, ...]

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return frame.select(self.columns)


class ToText(Operator):
    """Make a column text, in its place."""

    column: Reads

    def writes(self) -> dict[str, pl.DataType | None]:
        return {self.column: pl.String()}

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        return frame.with_columns(pl.col(self.column).cast(pl.String))


class Sort(Whole):
    """Sort rows."""

    by: Reads

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        return frame.sort(self.by)


class Join(Whole):
    """Add the columns of another file."""

    columns_vary = True
    file: str

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        return pl.concat([frame, ctx.read(self.file)], how="horizontal")


class Rows(Source):
    """Rows from nothing."""

    into: Annotated[Writes, pl.Int64] = "number"

    def frames(self, ctx: Context) -> Iterator[pl.DataFrame]:
        yield pl.DataFrame({self.into: [1]})


class Grade(Prompted):
    """Let a model grade a text."""

    text: Reads = "text"
    into: Annotated[Writes, pl.Int64] = "grade"

    def template(self) -> Template:
        return inline("grade", "{{ text }}")

    def expects(self) -> Outputs:
        return Outputs({"grade": Output.of("int")})

    def column(self, name: str) -> str:
        return {"text": self.text, "grade": self.into}[name]


CLASSES: list[type[Operator]] = [Trim, WordCount, Where, Select, ToText, Sort, Join, Rows, Grade]


class Known(World):
    """A world whose inputs all have the same columns, and that has no files."""

    def __init__(self, schema: pl.Schema = INPUT) -> None:
        self.schema = schema

    def input_schema(self, given: Input, folder: Path) -> pl.Schema:
        return self.schema

    def context(self, recipe: Recipe, step: Step) -> Any:
        return None


@pytest.fixture
def registry() -> Registry:
    return Registry(classes={cls.op(): cls for cls in CLASSES})


Loads = Callable[..., Recipe]


@pytest.fixture
def loads(tmp_path: Path, registry: Registry) -> Loads:
    """Load the text of a recipe, from a file of its own."""

    def loads(text: str, **given: Any) -> Recipe:
        path = tmp_path / given.pop("file", "r.yaml")
        path.write_text(text, encoding="utf-8")
        return load(path, **{"world": Known(), "registry": registry, "environ": {}, **given})

    return loads


Mistakes = Callable[..., list[str]]


@pytest.fixture
def mistakes(loads: Loads, tmp_path: Path) -> Mistakes:
    """Return what is wrong with the text of a recipe, without the folder."""

    def mistakes(text: str, **given: Any) -> list[str]:
        with pytest.raises(RecipeError) as caught:
            loads(text, **given)
        return [str(each).replace(f"{tmp_path}/", "") for each in caught.value.problems]

    return mistakes
