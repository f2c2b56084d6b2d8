"""Whole runs of odd inputs: each gives a right result or one sentence, and nothing is left that is half written."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from dfcli import api
from dfcli.errors import DfcliError, InputError, RecipeError
from dfcli.runtime.events import Noted


def parquet(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer)
    return buffer.getvalue()


class Room:
    """A working folder with one input, in which a recipe of two steps is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, content: str | bytes) -> str:
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def run(self, given: Any, output: str = "out.jsonl", **more: Any) -> api.Run:
        steps = [{"op": "sample", "n": 1000}] if more.pop("whole", False) else []
        part_rows = more.pop("part_rows", 3)
        data = {"name": "r", "input": given, "output": output, "steps": [{"op": "where", "condition": "true"}, *steps]}
        return api.run(api.recipe({**data, **more}, folder=self.folder), runs=self.folder / "runs", part_rows=part_rows)

    def rows(self, given: Any, **more: Any) -> list[dict[str, Any]]:
        self.run(given, **more).done()
        return [json.loads(line) for line in (self.folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]

    def refusal(self, given: Any, output: str = "out.jsonl", **more: Any) -> str:
        with pytest.raises(DfcliError) as caught:
            self.run(given, output, **more).done()
        assert caught.value.exit_code == InputError.exit_code
        return str(caught.value).replace(f"{self.folder}/", "")

    def files(self) -> dict[str, bytes]:
        """Return all files outside of the run folder."""
        found = (each for each in self.folder.rglob("*") if each.is_file() and "runs" not in each.parts)
        return {str(each.relative_to(self.folder)): each.read_bytes() for each in found}


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.chdir(tmp_path)
    return Room(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("in.jsonl", "", []),
        ("in.json", "[]", []),
        ("in.csv", "a,b\n", []),
        ("in.txt", "", []),
        ("in.parquet", parquet(a=[]), []),
        ("in.jsonl", '{"a":1}', [{"a": 1}]),
        ("in.csv", "a\n1", [{"a": 1}]),
        ("in.csv", "\ufeffa,b\r\n1,\r\n", [{"a": 1, "b": None}]),
        ("in.jsonl", '{"a":null}\n' * 4, [{"a": None}] * 4),
        ("in.parquet", parquet(a=[None] * 4), [{"a": None}] * 4),
        ("in.jsonl", '{"op":"007","keep":1}\n', [{"op": "007", "keep": 1}]),
        ("in.jsonl", '{"":1,"a b":2,"SELECT":3,"a\\"b":4}', [{"": 1, "a b": 2, "SELECT": 3, 'a"b': 4}]),
        ("in.csv", 'a,b\n"x, ""y""\nz",1e5\n', [{"a": 'x, "y"\nz', "b": "1e5"}]),
        ("in.jsonl", '{"n":123456789012345678901}\n', [{"n": "123456789012345678901"}]),
        ("in.jsonl", '{"l":[[1],[]],"o":{"x":[{"y":1}]}}\n', [{"l": [[1], []], "o": {"x": [{"y": 1}]}}]),
        ("in.jsonl", '{"a":1}\n{"a":"x","b":[2]}\n', [{"a": "1", "b": None}, {"a": "x", "b": [2]}]),
        ("in.jsonl.gz", gzip.compress(b'{"a":1}\n', mtime=0), [{"a": 1}]),
        ("in.csv.zst", zstandard.compress(b"a\n1\n"), [{"a": 1}]),
        ("in.txt", "007\n\n2020-01-02", [{"text": "007"}, {"text": ""}, {"text": "2020-01-02"}]),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_odd_inputs_give_their_rows(
    room: Room, name: str, content: str | bytes, rows: list[dict[str, Any]], whole: bool
) -> None:
    room.put(name, content)
    before = room.files()
    assert room.rows(name, whole=whole) == rows
    after = room.files()
    assert set(after) - set(before) == {"out.jsonl"}
    assert after[name] == before[name]


def test_ten_megabytes_in_a_cell_go_through_a_run(room: Room) -> None:
    cell = "x" * 10_000_000
    room.put("in.csv", f'a,b\n"{cell}",1\n')
    assert room.rows("in.csv", whole=True) == [{"a": cell, "b": 1}]


NOT_OBJECTS = (
    "3 lines cannot be read: in.jsonl:2: is [1], not an object; in.jsonl:3: byte 0xff at 7 is not UTF-8; "
    "in.jsonl:4: half a surrogate pair at character 7 is no text; mend them, or set on_bad_lines: skip on the input"
)
UNPACK = "is damaged or was cut short: it does not unpack to its end"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("in.csv", "", "in.csv is empty: its first line has to name the columns"),
        ("in.parquet", "", "in.parquet is empty: 0 bytes are no parquet file"),
        ("in.csv", "a,b,a\n1,2,3\n", "in.csv:1: the header names column 'a' twice; rename one"),
        ("in.jsonl", b'{"t":"a"}\n[1]\n{"t":"\xff"}\n{"t":"\\ud83d"}\n', NOT_OBJECTS),
        (
            "in.jsonl",
            "{\n" * 7,
            "7 lines cannot be read: "
            + "; ".join(f"in.jsonl:{line}: is not JSON: unexpected end of data at character 2" for line in range(1, 6))
            + "; and 2 more; mend them, or set on_bad_lines: skip on the input",
        ),
        (
            "in.jsonl",
            '{"n":NaN}\n',
            "1 line cannot be read: in.jsonl:1: is not JSON: unexpected character, expected a JSON value at character "
            "6; mend them, or set on_bad_lines: skip on the input",
        ),
        (
            "in.csv",
            'a,b\n1,2\n3,4,5\n"x',
            "2 lines cannot be read: in.csv:3: has 3 cells, more than the 2 of the header; in.csv:4: has a quote that "
            "is not doubled inside a quoted cell, or one that nothing closes; mend them, or set on_bad_lines: skip on "
            "the input",
        ),
        (
            "in.txt",
            b"a\n\xe4\n",
            "1 line cannot be read: in.txt:2: byte 0xe4 at 1 is not UTF-8; mend them, or set on_bad_lines: skip on the "
            "input",
        ),
        ("in.jsonl", '{"t":"a"}\n'.encode("utf-16"), "in.jsonl is UTF-16 text, or no text; save it as UTF-8"),
        ("in.csv", "a,b\n".encode("utf-16"), "in.csv is UTF-16 text, or no text; save it as UTF-8"),
        (
            "in.json",
            '[{"a":1},\n{"a"',
            "in.json:2: is not JSON: Expecting ':' delimiter; if each line is an object by itself, say format: jsonl",
        ),
        (
            "in.parquet",
            parquet(a=[1])[:-9],
            "in.parquet cannot be read as parquet; is it cut short? (parquet: File out of specification: The file must "
            "end with PAR1 or PARE)",
        ),
        (
            "in.jsonl.gz",
            gzip.compress(b'{"a":1}\n' * 99, mtime=0)[:-9],
            f"in.jsonl.gz {UNPACK} (Compressed file ended before the end-of-stream marker was reached)",
        ),
        (
            "in.jsonl.zst",
            zstandard.compress(b'{"a":1}\n' * 99)[:-3],
            f"in.jsonl.zst {UNPACK} (the last frame has no end)",
        ),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_odd_inputs_are_refused_in_one_sentence(
    room: Room, name: str, content: str | bytes, sentence: str, whole: bool
) -> None:
    room.put(name, content)
    room.put("out.jsonl", "what was there before")
    before = room.files()
    assert room.refusal(name, whole=whole).removeprefix("input: ") == sentence
    assert room.files() == before


def test_lines_that_are_skipped_are_counted_and_said(room: Room) -> None:
    room.put("in.jsonl", '{"a":1}\n[2]\n{"a":3}\n')
    given = {"path": "in.jsonl", "on_bad_lines": "skip"}
    notes = [each.sentence for each in room.run(given) if isinstance(each, Noted)]
    assert notes == [f"skipped 1 line cannot be read: {room.folder}/in.jsonl:2: is [2], not an object"]
    assert (room.folder / "out.jsonl").read_text(encoding="utf-8") == '{"a":1}\n{"a":3}\n'


def linked(folder: Path) -> str:
    (folder / "link.jsonl").symlink_to("in.jsonl")
    return "link.jsonl"


def twin(folder: Path) -> str:
    (folder / "twin.jsonl").hardlink_to(folder / "in.jsonl")
    return "twin.jsonl"


@pytest.mark.parametrize(
    ("given", "output"),
    [
        ("in.jsonl", lambda folder: "in.jsonl"),
        ("in.jsonl", lambda folder: "./in.jsonl"),
        ("in.jsonl", lambda folder: str(folder / "in.jsonl")),
        ("in.jsonl", lambda folder: f"../{folder.name}/in.jsonl"),
        ("in.jsonl", linked),
        ("in.jsonl", twin),
        ("*.jsonl", lambda folder: "in.jsonl"),
        ("*.jsonl", lambda folder: "new.jsonl"),
        (["other.csv", "in.jsonl"], lambda folder: "in.jsonl"),
    ],
)
def test_the_input_is_never_written_to(room: Room, given: Any, output: Callable[[Path], str]) -> None:
    room.put("in.jsonl", '{"a":1}\n')
    room.put("other.csv", "a\n1\n")
    path = output(room.folder)
    before = room.files()
    path_said = path.replace(f"{room.folder}/", "")
    assert f"output {path_said} is the input; the input is never written to: name another file" in str(
        lacking(room, given, path)
    )
    assert room.files() == before


def lacking(room: Room, given: Any, output: str) -> str:
    with pytest.raises(RecipeError) as caught:
        room.run(given, output).done()
    return str(caught.value).replace(f"{room.folder}/", "")


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("folder", "folder: its ending names no format; say format: jsonl, json, csv, tsv, parquet, arrow, text"),
        ("folder.csv", "output folder.csv is a folder; name a file"),
        ("in.csv/out.csv", "output in.csv/out.csv cannot be written: in.csv is no folder"),
        ("out.txt", "output out.txt: a result cannot be written as text; say format: jsonl"),
        ("out.parquet.gz", "out.parquet.gz: parquet files are never packed; name one without .gz"),
    ],
)
def test_an_output_that_cannot_be_written_is_one_sentence(room: Room, output: str, sentence: str) -> None:
    room.put("in.csv", "a\n1\n")
    (room.folder / "folder.csv").mkdir()
    before = room.files()
    assert sentence in room.refusal("in.csv", output)
    assert room.files() == before


@pytest.mark.parametrize("kind", ["jsonl.gz", "json", "csv.zst", "tsv", "parquet", "arrow"])
def test_a_new_folder_gets_the_output_in_any_format_and_again_the_same_bytes(room: Room, kind: str) -> None:
    room.put("in.jsonl", "".join(f'{{"a":{number},"t":"{number:03}"}}\n' for number in range(10)))
    room.run("in.jsonl", f"new/out.{kind}").done()
    first = room.files()
    room.run("in.jsonl", f"new/out.{kind}", whole=True, part_rows=4, name="other").done()
    assert room.files() == first


def test_a_query_goes_through_a_run(room: Room) -> None:
    with closing(sqlite3.connect(room.folder / "shop.sqlite")) as shop:
        shop.executescript("create table t (a, b); insert into t values ('007', 1), ('1e5', null)")
    given = {"database": "shop.sqlite", "query": "select * from t"}
    assert room.rows(given) == [{"a": "007", "b": 1}, {"a": "1e5", "b": None}]
    assert room.refusal({"database": "shop.sqlite", "query": "select no"}).endswith(
        "input: shop.sqlite: the query fails: no such column: no"
    )
