"""Hostile text that is put into a fixture: the recipe must be the one that would be written without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Injection(BaseModel):
    """One text and the place it is put in.

    With `row` it is added to the value of `column` in that row of `file` (the first row is 0); without, `column` is a
    new column of `file` that has the text in all rows. `renamed` gives `file` another name. `sql` is run on the
    database `file` after its own statements.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    column: str | None = None
    row: int | None = None
    text: str = ""
    renamed: str | None = None
    sql: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Injection:
        if sum(each is not None for each in (self.column, self.renamed, self.sql)) != 1:
            raise ValueError("an injection has exactly one of `column`, `renamed` and `sql`")
        return self

    def into(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a task's data with the text in its place."""
        files, database = dict(given.get("files", {})), dict(given.get("database", {}))
        data, db = list(given.get("data", ())), given.get("db")
        if self.sql is not None:
            database[self.file] = f"{database[self.file]}\n{self.sql}"
        elif self.column is not None:
            files[self.file] = [self._row(number, each) for number, each in enumerate(files[self.file])]
        elif self.renamed is not None:
            for each in (files, database):
                if self.file in each:
                    each[self.renamed] = each.pop(self.file)
            data = [self.renamed if each == self.file else each for each in data]
            db = self.renamed if db == self.file else db
        return {**given, "files": files, "database": database, "data": tuple(data), "db": db}

    def _row(self, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
        assert self.column is not None
        if self.row is None:
            return {**row, self.column: self.text}
        return {**row, self.column: f"{row[self.column]}{self.text}"} if number == self.row else dict(row)
