"""Extras: read from the package's own metadata, and named before a run when one is missing."""

from __future__ import annotations

import json
from importlib.metadata import Distribution
from pathlib import Path
from typing import Annotated, ClassVar

import polars as pl
import pytest

from dfcli.errors import RecipeError
from dfcli.ops.base import Map, Reads, Writes
from dfcli.ops.registry import Registry
from dfcli.recipes.load import parse
from dfcli.runtime.extras import extras, missing
from dfcli.runtime.world import Here

METADATA = """Metadata-Version: 2.4
Name: dfcli
Version: 1
Provides-Extra: sql
Provides-Extra: text
Provides-Extra: all
Provides-Extra: dev
Requires-Dist: typer
Requires-Dist: no-such-package[fast]>=2; extra == 'sql'
Requires-Dist: pytest>=1; extra == "text"
Requires-Dist: dfcli[sql,text]; extra == 'all'
Requires-Dist: mypy; extra == 'dev'
"""


def test_extras_and_what_they_consist_of_come_from_the_metadata(tmp_path: Path) -> None:
    (tmp_path / "METADATA").write_text(METADATA, encoding="utf-8")
    found = extras(Distribution.at(tmp_path))
    assert found == {
        "sql": ["no-such-package"],
        "text": ["pytest"],
        "all": ["no-such-package", "pytest"],
    }


def test_the_extras_of_the_architecture_are_there() -> None:
    assert {"docs", "embed", "math", "ray", "sql", "text", "all"} <= set(extras())


def test_nothing_is_known_of_an_extra_that_is_not_ours() -> None:
    assert missing("of-somebody-else") == []


class Distributed(Map):
    """Needs what is not installed in tests."""

    needs: ClassVar[str | None] = "ray"
    text: Reads = "text"
    into: Annotated[Writes, pl.String] = "text"

    def expr(self) -> pl.Expr:
        return pl.col(self.text)


@pytest.mark.skipif(not missing("ray"), reason="the extra is installed here")
def test_a_missing_extra_is_found_before_the_run_with_the_command_that_installs_it(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": "a"}), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"distributed needs an extra: pip install 'dfcli\[ray\]'") as raised:
        parse(
            {"input": "in.jsonl", "steps": ["distributed"]},
            folder=tmp_path,
            world=Here(),
            registry=Registry({"distributed": Distributed}),
        )
    assert raised.value.exit_code == 3
