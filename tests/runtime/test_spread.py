from __future__ import annotations

import itertools
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.recipes.model import Input
from dfcli.runtime import spread
from dfcli.runtime.formats import blocks
from dfcli.runtime.spread import Drawn, draw, evenly


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of more than 40 kB count as large."""
    monkeypatch.setattr(spread, "LARGE", 40_000)


def lines(path: Path, rows: int) -> Path:
    path.write_text("".join(json.dumps({"n": n, "t": f"row {n}"}) + "\n" for n in range(rows)))
    return path


def test_all_rows_come_where_there_are_no_more(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", 7)
    found = draw(Input(path="a.jsonl"), tmp_path, 7)
    assert (found.frame["n"].to_list(), found.rows, found.all) == ([*range(7)], 7, True)


def test_rows_are_spread_evenly_and_in_order(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", 30_000)
    found = draw(Input(path="a.jsonl"), tmp_path, 10)
    numbers = found.frame["n"].to_list()
    assert (len(numbers), numbers == sorted(numbers), found.rows, found.all) == (10, True, 30_000, False)
    gaps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
    assert min(gaps) >= 2_000
    assert max(gaps) <= 4_000
    assert draw(Input(path="a.jsonl"), tmp_path, 10).frame.equals(found.frame)


def test_the_inputs_limit_holds(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", 100)
    found = draw(Input(path="a.jsonl", limit=8), tmp_path, 20)
    assert (found.frame["n"].to_list(), found.all) == ([*range(8)], True)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "txt"])
def test_of_a_large_file_not_all_is_read(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "SIZE", 4_000)
    rows = pl.DataFrame({"n": range(20_000), "t": [f"row {n} with some words" * 3 for n in range(20_000)]})
    file = tmp_path / f"a.{ending}"
    if ending == "parquet":
        rows.write_parquet(file, compression="uncompressed", row_group_size=1000)
    elif ending == "csv":
        rows.write_csv(file)
    elif ending == "jsonl":
        rows.write_ndjson(file)
    else:
        file.write_text("\n".join(rows["t"]))
    found = draw(Input(path=file.name), tmp_path, 20)
    assert (found.frame.height, found.rows, found.all) == (20, None, False)
    if ending in ("jsonl", "parquet"):
        assert int(found.frame["n"].max()) > 10_000  # type: ignore[arg-type]  # a column of integers


@pytest.mark.usefixtures("small")
def test_a_large_file_beside_a_small_one_gives_rows_of_both(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", 5_000)
    lines(tmp_path / "b.jsonl", 3)
    found = draw(Input(path=("a.jsonl", "b.jsonl")), tmp_path, 4)
    assert found.frame.height == 4


def test_no_rows_have_the_columns_of_the_input(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n,t\n")
    found = draw(Input(path="a.csv"), tmp_path, 5)
    assert (found.frame.columns, found.rows, found.all) == (["n", "t"], 0, True)


@given(st.integers(0, 60), st.integers(1, 30))
def test_rows_at_even_distances_are_as_many_as_asked(height: int, rows: int) -> None:
    found = evenly(pl.DataFrame({"n": range(height)}), rows)["n"].to_list()
    assert len(found) == min(height, rows)
    assert found == sorted(set(found))


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(1, 6))
def test_however_an_input_is_cut_the_rows_keep_their_order_and_number(sizes: list[int], rows: int) -> None:
    total, frames = 0, []
    for size in sizes:
        frames.append(pl.DataFrame({"n": range(total, total + size)}, schema={"n": pl.Int64}))
        total += size
    seen, frame = spread._thinned(iter(frames), rows)
    assert seen == total
    if frame is not None:
        assert frame.height == min(rows, total)
        assert frame["n"].to_list() == sorted(set(frame["n"].to_list()))


def test_a_drawn_frame_knows_whether_it_is_all() -> None:
    assert Drawn(pl.DataFrame({"n": [1]}), 1).all
    assert not Drawn(pl.DataFrame({"n": [1]}), None).all
