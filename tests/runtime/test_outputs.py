"""Writing the result: whole or not at all, the same bytes for the same rows, and never over the input."""

from __future__ import annotations

import gzip
import json
import math
import os
import resource
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from dfcli.errors import InputError, RecipeError
from dfcli.recipes.load import parse
from dfcli.recipes.model import Input, Output
from dfcli.runtime import frames, outputs
from dfcli.runtime.world import Here

FORMATS = ["jsonl", "json", "csv", "tsv", "parquet", "arrow"]
PACKED = [f"{kind}.{packing}" for kind in ("jsonl", "json", "csv", "tsv") for packing in ("gz", "zst")]
BOOKS = pl.DataFrame({"id": [1, 2, 3], "title": ["x", "ä,\n", None]})


class Press:
    """A folder in which frames are written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = folder / "parts"
        self.parts.mkdir(parents=True)

    def write(self, name: str, *cut: pl.DataFrame, **more: Any) -> bytes:
        files = []
        for number, frame in enumerate(cut):
            files.append(self.parts / f"{number}.parquet")
            frame.write_parquet(files[-1])
        rows = frames.write(files, cut[0].schema, Output(path=name, **more), self.folder)
        assert rows == sum(each.height for each in cut)
        return (self.folder / name).read_bytes()

    def read(self, name: str, **more: Any) -> pl.DataFrame:
        source = Input(path=name, **more)
        empty = pl.DataFrame(schema=frames.schema(source, self.folder))
        bad: list[frames.BadLine] = []
        got = pl.concat([empty, *frames.batches(source, self.folder, 100, bad.append)])
        assert bad == []
        return got

    def refusal(self, name: str, frame: pl.DataFrame = BOOKS, **more: Any) -> str:
        before = self.left()
        with pytest.raises(InputError) as caught:
            self.write(name, frame, **more)
        assert self.left() == before
        return str(caught.value)

    def left(self) -> list[str]:
        """Return the names of all files but the parts."""
        return sorted(
            str(each.relative_to(self.folder)) for each in self.folder.rglob("*") if each.parent != self.parts
        )


@pytest.fixture
def press(tmp_path: Path) -> Press:
    return Press(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("out.jsonl", '{"id":1,"title":"x"}\n{"id":2,"title":"ä,\\n"}\n{"id":3,"title":null}\n'),
        ("out.json", '[\n{"id":1,"title":"x"},\n{"id":2,"title":"ä,\\n"},\n{"id":3,"title":null}\n]\n'),
        ("out.csv", 'id,title\n1,x\n2,"ä,\n"\n3,\n'),
        ("out.tsv", 'id\ttitle\n1\tx\n2\t"ä,\n"\n3\t\n'),
    ],
)
def test_text_formats_are_written_as_others_write_them(press: Press, name: str, content: str) -> None:
    assert press.write(name, BOOKS).decode() == content
    assert gzip.decompress(press.write(f"{name}.gz", BOOKS)).decode() == content
    packed = press.write(f"{name}.zst", BOOKS)
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed).decode() == content


@pytest.mark.parametrize("kind", FORMATS + PACKED)
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_what_is_written_is_read_back(press: Press, kind: str, rows: int) -> None:
    press.write(f"out.{kind}", BOOKS.head(rows))
    got = press.read(f"out.{kind}")
    assert got.rows() == BOOKS.head(rows).rows()
    assert press.left() == [f"out.{kind}", "parts"]


@pytest.mark.parametrize("kind", FORMATS)
def test_no_rows_are_a_file_of_no_rows(press: Press, kind: str) -> None:
    got = press.write(f"out.{kind}", BOOKS.head(0))
    texts = {"jsonl": b"", "json": b"[]\n", "csv": b"id,title\n", "tsv": b"id\ttitle\n"}
    assert got == texts.get(kind, got)
    if kind in ("parquet", "arrow"):
        assert press.read(f"out.{kind}").schema == BOOKS.schema


@pytest.mark.parametrize("kind", FORMATS)
def test_the_format_may_be_named_and_the_ending_then_says_nothing(press: Press, kind: str) -> None:
    assert press.write("out.data", BOOKS, format=kind) == press.write(f"out.{kind}", BOOKS)


MORE = pl.DataFrame(
    {
        "id": [7, None, 9],
        "title": ["a" * 40, None, "c" * 40],
        "tags": [["d" * 40, None], None, []],
        "by": [{"name": "e" * 40, "born": 1}, None, {"name": None, "born": None}],
    }
)


@pytest.mark.parametrize("kind", FORMATS + PACKED)
def test_the_bytes_do_not_depend_on_how_the_rows_came(press: Press, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(outputs, "_ROWS", 4)
    rows = pl.concat([MORE, MORE.fill_null(strategy="forward"), MORE.reverse(), MORE])
    whole = press.write(f"out.{kind}", rows)
    assert press.write(f"out.{kind}", *(rows.slice(at, 5) for at in range(0, 12, 5))) == whole
    assert press.write(f"out.{kind}", rows.head(1), rows.head(0), rows.slice(1, 2), rows.slice(3)) == whole
    assert press.write(f"out.{kind}", *rows.iter_slices(1)) == whole
    assert press.write(f"out.{kind}", rows.filter(pl.int_range(12) < 5), rows.filter(pl.int_range(12) >= 5)) == whole
    assert press.read(f"out.{kind}").height == 12


@pytest.mark.parametrize("kind", ["csv.gz", "jsonl.zst", "json.gz", "parquet", "arrow"])
def test_the_bytes_of_a_large_result_do_not_depend_on_how_it_came(press: Press, kind: str) -> None:
    numbers = pl.int_range(30_000, eager=True)
    frame = pl.DataFrame({"n": numbers, "t": numbers.hash(1).cast(pl.String)})
    whole = press.write(f"out.{kind}", frame)
    assert press.write(f"out.{kind}", *frame.iter_slices(777)) == whole
    assert press.write(f"out.{kind}", frame.head(20_001), frame.tail(9_999)) == whole


def test_dfclis_own_columns_are_left_out_and_the_named_ones_come_in_their_order(press: Press) -> None:
    frame = BOOKS.with_columns(__id__=pl.lit(1))
    assert press.write("out.csv", frame).startswith(b"id,title\n")
    assert press.write("out.csv", frame, columns=["title", "id"]).startswith(b"title,id\n")
    assert press.refusal("out.csv", frame, columns=["tittle"]) == (
        "output: there is no column 'tittle'; did you mean 'title'?"
    )
    assert press.refusal("out.csv", frame, columns=["__id__"]) == "output: there is no column '__id__'"


def test_columns_that_an_output_is_to_be_without_are_not_written_and_the_others_keep_their_order(press: Press) -> None:
    frame = BOOKS.with_columns(n=pl.lit(1))
    assert press.write("out.csv", frame, without=["title"]).startswith(b"id,n\n")
    assert press.refusal("out.csv", frame, without=["tittle"]) == (
        "output: there is no column 'tittle'; did you mean 'title'?"
    )


TIMES = {
    "d": [date(2020, 1, 2), None],
    "at": [datetime(2020, 1, 2, 3, 4, 5, 6), None],
    "for": [timedelta(seconds=90), None],
    "t": [time(1, 2, 3), None],
}
NESTED = {"l": [[1, None], [], None], "o": [{"x": 'a"b', "y": [1.5]}, {"x": None, "y": None}, None]}


@pytest.mark.parametrize(
    ("columns", "lines"),
    [
        (NESTED, ["l,o", '"[1,null]","{""x"":""a\\""b"",""y"":[1.5]}"', '[],"{""x"":null,""y"":null}"', ","]),
        (TIMES, ["d,at,for,t", "2020-01-02,2020-01-02T03:04:05.000006,PT1M30S,01:02:03.000000000", ",,,"]),
        ({"f": [math.nan, -math.inf, -0.0], "b": [True, None, False]}, ["f,b", "NaN,true", "-inf,", "-0.0,false"]),
        ({"t": ["", None, '"', "a\tb"], "n": [1, 2, 3, 4]}, ["t,n", '"",1', ",2", '"""",3', "a\tb,4"]),
        ({"t": ["", None, "x"]}, ["t", '""', '""', "x"]),
        ({"a,b": [1], "": [2], 'c"d': [3]}, ['"a,b","","c""d"', "1,2,3"]),
    ],
)
def test_csv_cells(press: Press, columns: dict[str, Any], lines: list[str]) -> None:
    assert press.write("out.csv", pl.DataFrame(columns, strict=False)).decode() == "".join(f"{x}\n" for x in lines)


def test_json_has_no_nan_and_no_infinities(press: Press) -> None:
    frame = pl.DataFrame({"f": [math.nan, math.inf, 1.5], "l": [[math.nan], [1.0], []]})
    assert press.write("out.jsonl", frame).splitlines() == [
        b'{"f":null,"l":[null]}',
        b'{"f":null,"l":[1.0]}',
        b'{"f":1.5,"l":[]}',
    ]
    assert json.loads(press.write("out.json", frame))[0] == {"f": None, "l": [None]}


@pytest.mark.parametrize(
    ("name", "more", "sentence"),
    [
        ("out.txt", {}, "output out.txt: a result cannot be written as text; say format: jsonl"),
        ("out", {}, "out: its ending names no format; say format: jsonl, json, csv, tsv, parquet, arrow, text"),
        ("out.parquet.gz", {}, "out.parquet.gz: parquet files are never packed; name one without .gz"),
        ("out.arrow.zst", {}, "out.arrow.zst: arrow files are never packed; name one without .zst"),
        ("out.zst", {"format": "arrow"}, "out.zst: arrow files are never packed; name one without .zst"),
        ("folder.csv", {}, "output folder.csv is a folder; name a file"),
        ("pipe.csv", {}, "output pipe.csv is no file; name a file"),
        ("file/out.csv", {}, "output file/out.csv cannot be written: File exists"),
        ("file/deep/out.csv", {}, "output file/deep/out.csv cannot be written: Not a directory"),
        ("x" * 300 + ".csv", {}, f"output {'x' * 300}.csv cannot be written: File name too long"),
        ("/proc/out.csv", {}, "output /proc/out.csv cannot be written: "),
        (
            "s3://b/out.json",
            {},
            "output s3://b/out.json: a JSON list cannot be written to an address; say format: jsonl",
        ),
        ("nosuch://b/out.csv", {}, "output nosuch://b/out.csv cannot be written: "),
    ],
)
def test_an_output_that_cannot_be_written_is_one_sentence(
    press: Press, name: str, more: dict[str, Any], sentence: str
) -> None:
    (press.folder / "folder.csv").mkdir()
    os.mkfifo(press.folder / "pipe.csv")
    (press.folder / "file").touch()
    said = press.refusal(name, **more)
    assert said.startswith(sentence)
    assert "\n" not in said


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "tsv"])
@pytest.mark.parametrize("values", [[b"x"], [[b"x"]], [{"x": b"x"}]])
def test_bytes_are_no_text(press: Press, kind: str, values: list[Any]) -> None:
    name = f"out.{kind}"
    frame = pl.DataFrame({"raw": values})
    assert (
        press.refusal(name, frame) == f"output {name}: raw holds bytes, which is no text; leave it out, or use parquet"
    )
    assert press.write("out.parquet", frame)


def test_missing_folders_are_made(press: Press) -> None:
    press.write("new/er/out.jsonl", BOOKS)
    assert press.left() == ["new", "new/er", "new/er/out.jsonl", "parts"]


def test_a_link_stays_and_what_it_points_to_is_written(press: Press) -> None:
    (press.folder / "real.csv").write_text("old", encoding="utf-8")
    (press.folder / "link.csv").symlink_to("real.csv")
    press.write("link.csv", BOOKS)
    assert (press.folder / "link.csv").is_symlink()
    assert press.read("real.csv").rows() == BOOKS.rows()


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as a full disk does not."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("kind", [*FORMATS, *PACKED])
def test_a_write_that_fails_leaves_the_old_file(press: Press, kind: str) -> None:
    old = press.write(f"out.{kind}", BOOKS)
    part = press.parts / "large.parquet"
    rows = pl.int_range(20_000, eager=True).hash(1)
    frame = pl.DataFrame({"id": rows, "title": rows.cast(pl.String)})
    frame.write_parquet(part)
    with full_disk(2_000), pytest.raises(InputError, match=rf"output out\.{kind} cannot be written: .*File too large"):
        frames.write([part], frame.schema, Output(path=f"out.{kind}"), press.folder)
    assert (press.folder / f"out.{kind}").read_bytes() == old
    assert press.left() == [f"out.{kind}", "parts"]


@pytest.mark.parametrize("kind", FORMATS)
def test_parts_that_cannot_be_read_leave_the_old_file(press: Press, kind: str) -> None:
    old = press.write(f"out.{kind}", BOOKS)
    (press.parts / "0.parquet").write_bytes(b"broken")
    with pytest.raises(InputError, match=rf"output out\.{kind} cannot be written: "):
        frames.write([press.parts / "0.parquet"], BOOKS.schema, Output(path=f"out.{kind}"), press.folder)
    assert (press.folder / f"out.{kind}").read_bytes() == old
    assert press.left() == [f"out.{kind}", "parts"]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "arrow", "jsonl.gz"])
def test_an_address_is_written_by_polars_itself(press: Press, kind: str) -> None:
    url = (press.folder / f"out.{kind}").as_uri()
    part = press.parts / "0.parquet"
    BOOKS.write_parquet(part)
    assert frames.write([part], BOOKS.schema, Output(path=url), press.folder) == 3
    assert press.read(f"out.{kind}").rows() == BOOKS.rows()


SAME = [
    ("data.jsonl", "data.jsonl"),
    ("data.jsonl", "./x/../data.jsonl"),
    ("data.jsonl", "link.jsonl"),
    ("link.jsonl", "data.jsonl"),
    ("data.jsonl", "linked/data.jsonl"),
    ("data.jsonl", "hard.jsonl"),
    ("*.jsonl", "data.jsonl"),
    ("*.jsonl", "new.jsonl"),
    ("**/*.jsonl", "new/er/out.jsonl"),
    ("**/*.jsonl", "out.jsonl"),
    ("x/**/*.jsonl", "x/y/out.jsonl"),
    ("d?ta.jsonl", "data.jsonl"),
    ("s3://b/out.jsonl", "s3://b/out.jsonl"),
]
OTHER = [
    ("data.jsonl", "out.jsonl"),
    ("data.jsonl", "x/data.jsonl"),
    ("data.jsonl", "data.csv"),
    ("*.jsonl", "out.csv"),
    ("*.jsonl", "x/out.jsonl"),
    ("x/**/*.jsonl", "out.jsonl"),
    ("s3://b/out.jsonl", "s3://b/other.jsonl"),
    ("s3://b/out.jsonl", "out.jsonl"),
    ("data.jsonl", "s3://b/data.jsonl"),
]


@pytest.mark.parametrize(
    ("given", "output", "same"), [*((*each, True) for each in SAME), *((*each, False) for each in OTHER)]
)
def test_an_output_that_is_an_input_is_recognised(press: Press, given: str, output: str, same: bool) -> None:
    (press.folder / "data.jsonl").write_text("{}", encoding="utf-8")
    (press.folder / "x").mkdir()
    (press.folder / "link.jsonl").symlink_to("data.jsonl")
    (press.folder / "linked").symlink_to(".")
    (press.folder / "hard.jsonl").hardlink_to(press.folder / "data.jsonl")
    for each in (Input(path=given), Input(path=("other.jsonl", given))):
        assert frames.same_file(Output(path=output), each, press.folder, into=press.folder) == same


def test_a_query_is_no_file_that_an_output_could_be() -> None:
    assert not frames.same_file(Output(path="out.csv"), Input(database="a.sqlite", query="select 1"), Path())


TEXTS = st.text(max_size=6)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
COLUMNS: dict[str, tuple[pl.DataType, st.SearchStrategy[Any]]] = {
    "t": (pl.String(), TEXTS),
    "i": (pl.Int64(), st.integers(-(2**63), 2**63 - 1)),
    "f": (pl.Float64(), FLOATS),
    "b": (pl.Boolean(), st.booleans()),
    "l": (pl.List(pl.String), st.lists(st.none() | TEXTS, max_size=3)),
    "o": (
        pl.Struct({"x": pl.Int64, "y": pl.List(pl.Float64)}),
        st.fixed_dictionaries({"x": st.none() | st.integers(0, 9), "y": st.none() | st.lists(FLOATS, max_size=2)}),
    ),
}


def frames_of(columns: Sequence[str]) -> st.SearchStrategy[pl.DataFrame]:
    """Return frames with these columns, all of whose values may be null; the first row's are not."""
    full = st.fixed_dictionaries({name: COLUMNS[name][1] for name in columns})
    rows = st.lists(st.fixed_dictionaries({name: st.none() | COLUMNS[name][1] for name in columns}), max_size=5)
    schema = {name: COLUMNS[name][0] for name in columns}
    return st.builds(lambda first, rest: pl.DataFrame([first, *rest], schema=schema), full, rows)


def lists_hold_something(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with a first row whose lists tell what they hold, as JSON has no types of its own."""
    first: dict[str, Any] = {"l": ["x"], "o": {"x": 1, "y": [0.5]}}
    return pl.concat(
        [frame.head(1).with_columns(pl.Series(n, [v], dtype=frame.schema[n]) for n, v in first.items()), frame]
    )


@settings(max_examples=40)
@given(frames_of(list(COLUMNS)))
@pytest.mark.parametrize("kind", ["jsonl", "json", "jsonl.zst", "parquet", "arrow"])
def test_writing_and_reading_is_the_identity(
    tmp_path_factory: pytest.TempPathFactory, kind: str, frame: pl.DataFrame
) -> None:
    press = Press(tmp_path_factory.mktemp("press"))
    rows = lists_hold_something(frame)
    press.write(f"out.{kind}", rows)
    assert press.read(f"out.{kind}").equals(rows)


@settings(max_examples=60)
@given(frames_of(["t", "l"]).map(lambda frame: frame.select("t", u=pl.col("l").list.first())))
@pytest.mark.parametrize("kind", ["csv", "tsv", "csv.gz"])
def test_text_in_csv_is_read_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, kind: str, frame: pl.DataFrame
) -> None:
    press = Press(tmp_path_factory.mktemp("press"))
    press.write(f"out.{kind}", frame)
    assert press.read(f"out.{kind}", columns={"t": "str", "u": "str"}).equals(frame)


@settings(max_examples=60)
@given(frames_of(["i", "f", "t"]))
def test_numbers_in_csv_never_change(tmp_path_factory: pytest.TempPathFactory, frame: pl.DataFrame) -> None:
    press = Press(tmp_path_factory.mktemp("press"))
    press.write("out.csv", frame)
    got = press.read("out.csv")
    assert got.select(pl.col("i").cast(pl.Int64), pl.col("f").cast(pl.Float64)).equals(frame.select("i", "f"))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("out.docx", "output out.docx: its ending names no format"),
        ("out.txt", "output out.txt: a result cannot be written as text; say format: jsonl"),
        ("out.parquet.gz", "output out.parquet.gz"),
        ("folder.jsonl", "output folder.jsonl is a folder; name a file"),
        ("file.jsonl/out.jsonl", "output file.jsonl/out.jsonl cannot be written: "),
        ("s3://bucket/out.json", "output s3://bucket/out.json: a JSON list cannot be written to an address"),
    ],
)
def test_an_output_that_cannot_be_written_is_found_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.jsonl").write_text('{"text": "a"}\n', encoding="utf-8")
    (tmp_path / "file.jsonl").touch()
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(RecipeError) as raised:
        parse({"input": "in.jsonl", "output": path, "steps": ["word_count"]}, folder=tmp_path, world=Here())
    (problem,) = raised.value.problems
    assert problem.sentence.startswith(sentence)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file.jsonl", "folder.jsonl", "in.jsonl"]
