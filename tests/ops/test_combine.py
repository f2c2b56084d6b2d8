"""What becomes of rows that meet those of another file."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from dfcli import recipe, run


@pytest.mark.parametrize(
    ("how", "dropped"),
    [
        ("inner", {"not_matched": 2}),
        ("semi", {"not_matched": 2}),
        ("anti", {"matched": 1}),
        ("left", {}),
    ],
)
def test_a_join_says_why_rows_left(tmp_path: Path, how: str, dropped: dict[str, int]) -> None:
    pl.DataFrame({"book": ["x", "y", "z"], "author": [1, 2, None]}).write_parquet(tmp_path / "books.parquet")
    pl.DataFrame({"author": [1, 1, 3], "name": ["Ada", "A. L.", "Li"]}).write_parquet(tmp_path / "authors.parquet")
    step = {"op": "join", "file": "authors.parquet", "on": "author", "how": how}
    done = run(recipe({"input": "books.parquet", "steps": [step]}, folder=tmp_path), runs=tmp_path / "runs").done()
    assert done.steps[0].dropped == dropped
