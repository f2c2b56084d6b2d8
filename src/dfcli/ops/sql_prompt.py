"""The prompt that a Text-to-SQL model is trained and measured with: schema, question and evidence in one text."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import polars as pl
from pydantic import Field

from dfcli.ops.base import Example, Kind, Map, Reads, Writes
from dfcli.ops.database import Engine

Format = Literal["instruction", "reasoning", "completion"]

_ASKED: dict[Format, str] = {
    "instruction": "Answer the question with one {} query, and nothing else.",
    "reasoning": "Answer the question with one {} query: reason step by step, then give the query in a ```sql block.",
}
_GIVEN = {"database_schema": "CREATE TABLE pet (name TEXT, born DATE);", "question": "How many pets are there?"}


class SqlPrompt(Map):
    """Put schema, question and evidence together as the prompt of a Text-to-SQL model, in one of several formats.

    `instruction` asks for the query alone, `reasoning` for steps and then the query in a block; `completion` is SQL
    that a base model goes on with: the schema, then question and evidence as comments, then SELECT. Empty or missing
    evidence takes no line. A row without schema or question gets null.
    """

    use_for = (
        "build the training prompt for text-to-SQL",
        "schema and question as one prompt",
        "format NL2SQL fine-tuning data",
        "构造文本转SQL的训练提示词",
    )
    aliases = ("text-to-SQL prompt", "NL2SQL format", "提示词构造")
    not_for = ("ask a model for the query: use write_sql_for_question", "chat formats of the output: use output format")
    kind: ClassVar[Kind] = "generate"
    database_schema: Annotated[Reads, pl.String] = "database_schema"
    question: Annotated[Reads, pl.String] = "question"
    evidence: Annotated[Reads, pl.String] | None = Field(
        default="evidence", description="The column of evidence; null where there is none."
    )
    dialect: Engine = "SQLite"
    format: Format = "instruction"
    into: Annotated[Writes, pl.String] = "prompt"
    examples = [
        Example(
            given=[_GIVEN | {"evidence": ""}, _GIVEN | {"evidence": "pets are rows of pet"}],
            want=[
                {
                    "prompt": "SQLite database:\nCREATE TABLE pet (name TEXT, born DATE);\n\n"
                    "Question: How many pets are there?\n\n"
                    "Answer the question with one SQLite query, and nothing else."
                },
                {
                    "prompt": "SQLite database:\nCREATE TABLE pet (name TEXT, born DATE);\n\n"
                    "Question: How many pets are there?\nEvidence: pets are rows of pet\n\n"
                    "Answer the question with one SQLite query, and nothing else."
                },
            ],
        ),
        Example(
            given=[_GIVEN],
            want=[
                {
                    "prompt": "CREATE TABLE pet (name TEXT, born DATE);\n\n"
                    "-- Question: How many pets are there?\n-- DuckDB query:\nSELECT"
                }
            ],
            options={"format": "completion", "dialect": "DuckDB", "evidence": None},
        ),
    ]

    def expr(self) -> pl.Expr:
        name, mark = self.dialect, "-- " if self.format == "completion" else ""
        asked = self._line(f"{mark}Question: ", self.question) + self._evidence(f"\n{mark}Evidence: ")
        schema = pl.col(self.database_schema)
        if self.format == "completion":
            return schema + "\n\n" + asked + f"\n-- {name} query:\nSELECT"
        return pl.lit(f"{name} database:\n") + schema + "\n\n" + asked + f"\n\n{_ASKED[self.format].format(name)}"

    def _evidence(self, before: str) -> pl.Expr:
        if self.evidence is None:
            return pl.lit("")
        line = self._line(before, self.evidence)
        return pl.when(pl.col(self.evidence).fill_null("").str.strip_chars() != "").then(line).otherwise(pl.lit(""))

    def _line(self, before: str, column: str) -> pl.Expr:
        """Return a column's text after some words; in a comment it stays on its line."""
        text = pl.col(column)
        return pl.lit(before) + (text.str.replace_all(r"\s+", " ") if self.format == "completion" else text)
