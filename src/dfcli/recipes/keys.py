"""The keys of a step besides its operator's options: those of any step, of a loop, of an inclusion."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dfcli.recipes.model import OnError

_ID = re.compile(r"(?!\d+\Z)\w[\w.-]*")


class Named(BaseModel):
    """Whatever may have an id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = None

    @field_validator("id")
    @classmethod
    def _is_id(cls, id: str | None) -> str | None:
        if id is not None and not _ID.fullmatch(id):
            raise ValueError(f"{id!r} cannot be an id: use letters, digits, _, . and -, and not digits alone")
        return id


class StepKeys(Named):
    """The keys that every step may have besides its operator's options."""

    when: str | None = Field(None, description="SQL condition: only rows that meet it go through; the others pass by.")
    keep: str | None = Field(None, description="SQL condition that rows must meet after the step.")
    model: str = Field("default", description="The role of the model that is asked.")
    on_error: OnError = Field("quarantine", description="What becomes of a row that the step cannot finish.")
    checkpoint: bool = Field(default=False, description="Keep the step's result on disk, cheap as it may be.")


class RepeatKeys(Named):
    """The keys of a loop."""

    repeat: Annotated[int, Field(ge=1, description="How many rounds at most.")]
    until: str | None = Field(None, description="SQL condition: rows that meet it leave the loop.")
    steps: list[Any] = Field(min_length=1, description="What rows go through in each round.")


class IncludeKeys(Named):
    """The keys of an inclusion."""

    recipe: str = Field(description="The recipe whose steps come in place: a file, or a name of the zoo.")
    set: dict[str, Any] = Field({}, description="Values for its variables.")
