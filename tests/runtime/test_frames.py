"""Reading data files: what is text stays text, and what cannot be read is said with its file and line."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from dfcli.errors import InputError
from dfcli.recipes.model import Input, Output
from dfcli.runtime import frames
from dfcli.runtime.formats import arrays, blocks, pieces, shapes

Row = tuple[Any, ...]


class Read(NamedTuple):
    """What a file gave: types by column, the rows, and the lines that are none."""

    types: dict[str, pl.DataType]
    rows: list[Row]
    bad: list[tuple[int, str]]


class Desk:
    """A folder in which files are put and read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, *paths: str, **more: Any) -> Read:
        source = Input(path=paths if len(paths) > 1 else paths[0], **more)
        bad: list[frames.BadLine] = []
        got = list(frames.batches(source, self.folder, 3, bad.append))
        schema = frames.schema(source, self.folder)
        assert all(each.schema == schema for each in got)
        return Read(dict(schema), [row for each in got for row in each.rows()], [(each.line, each.why) for each in bad])

    def read_as(self, name: str, content: str | bytes, **more: Any) -> Read:
        """Return what a file with this content gives; reading it leaves it as it is."""
        path = self.put(name, content)
        before = path.read_bytes()
        try:
            return self.read(name, **more)
        finally:
            assert path.read_bytes() == before

    def refusal(self, *paths: str, **more: Any) -> str:
        with pytest.raises(InputError) as caught:
            self.read(*paths, **more)
        return str(caught.value).replace(f"{self.folder}/", "")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def table_bytes(write: Callable[[pl.DataFrame, io.BytesIO], None], frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    write(frame, buffer)
    return buffer.getvalue()


BOOKS = pl.DataFrame({"id": [1, 2], "title": ["x", "y"]})
PARQUET = table_bytes(pl.DataFrame.write_parquet, BOOKS)
ARROW = table_bytes(pl.DataFrame.write_ipc, BOOKS)
STREAM = table_bytes(pl.DataFrame.write_ipc_stream, BOOKS)
LINES = b'{"id":1,"title":"x"}\n{"id":2,"title":"y"}\n'
JSON = b'[{"id":1,"title":"x"},\n {"id":2,"title":"y"}]'
CSV = b"id,title\n1,x\n2,y\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("b.jsonl", LINES),
        ("b.NDJSON", LINES),
        ("b.jsonl.gz", gzip.compress(LINES, mtime=0)),
        ("b.jsonl.zst", zstandard.compress(LINES)),
        ("two-members.jsonl.gz", gzip.compress(LINES[:21], mtime=0) + gzip.compress(LINES[21:], mtime=0)),
        ("two-frames.jsonl.zst", zstandard.compress(LINES[:21]) + zstandard.compress(LINES[21:])),
        ("packed-without-saying.jsonl", gzip.compress(LINES, mtime=0)),
        ("b.json", JSON),
        ("b.json.zst", zstandard.compress(JSON)),
        ("b.csv", CSV),
        ("b.csv.gz", gzip.compress(CSV, mtime=0)),
        ("b.tsv", CSV.replace(b",", b"\t")),
        ("b.parquet", PARQUET),
        ("b.arrow", ARROW),
        ("b.feather", ARROW),
        ("stream.arrow", STREAM),
        ("stream.ipc", STREAM),
    ],
)
def test_every_format_gives_the_same_rows(desk: Desk, name: str, content: bytes) -> None:
    got = desk.read_as(name, content)
    assert got == ({"id": pl.Int64(), "title": pl.String()}, BOOKS.rows(), [])


def test_the_recipe_may_name_the_format_that_an_ending_does_not(desk: Desk) -> None:
    assert desk.read_as("b.data", CSV, format="csv").rows == BOOKS.rows()
    assert desk.refusal("b.data") == (
        "b.data: its ending names no format; say format: jsonl, json, csv, tsv, parquet, arrow, text"
    )


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("", []),
        ("\n", [""]),
        ("a", ["a"]),
        ("a\n\nb\n", ["a", "", "b"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("a\rb\u2028c\n", ["a\rb\u2028c"]),
        ("\ufeff007\n1e5\n", ["007", "1e5"]),
    ],
)
def test_text_is_a_row_per_line(desk: Desk, content: str, lines: list[str]) -> None:
    assert desk.read_as("t.txt", content) == ({"text": pl.String()}, [(each,) for each in lines], [])


STAYS = ["007", "1e5", "+1", "1.50", "-0", "2020-01-02", "2020-01-02T03:04:05Z", "NaN", "null", "true", "1_000", " 1"]


@pytest.mark.parametrize("text", STAYS)
def test_text_stays_text(desk: Desk, text: str) -> None:
    assert desk.read_as("t.jsonl", json.dumps({"t": text})) == ({"t": pl.String()}, [(text,)], [])
    assert desk.read_as("t.json", json.dumps([{"t": text}])) == ({"t": pl.String()}, [(text,)], [])
    assert desk.read_as("t.csv", f"t\n{text}\n") == ({"t": pl.String()}, [(text,)], [])


@pytest.mark.parametrize(
    ("content", "types", "rows"),
    [
        ("", {}, []),
        ("\n \r\n", {}, []),
        ('{"a":1}', {"a": pl.Int64()}, [(1,)]),
        ('\ufeff{"a":1}\r\n\r\n{"a":2}\r\n', {"a": pl.Int64()}, [(1,), (2,)]),
        ('{"a":null}\n{}\n', {"a": pl.String()}, [(None,), (None,)]),
        ('{"op":1,"keep":"x"}\n', {"op": pl.Int64(), "keep": pl.String()}, [(1, "x")]),
        ('{"a":1}\n{"b":true,"a":null}\n', {"a": pl.Int64(), "b": pl.Boolean()}, [(1, None), (None, True)]),
        ('{"n":1}\n{"n":1.5}\n', {"n": pl.Float64()}, [(1.0,), (1.5,)]),
        ('{"n":1e300}\n{"n":-2}\n', {"n": pl.Float64()}, [(1e300,), (-2.0,)]),
        ('{"n":9223372036854775807}\n', {"n": pl.Int64()}, [(2**63 - 1,)]),
        ('{"n":1}\n{"n":9223372036854775808}\n', {"n": pl.String()}, [("1",), ("9223372036854775808",)]),
        ('{"n":1}\n{"n":-123456789012345678901}\n', {"n": pl.String()}, [("1",), ("-123456789012345678901",)]),
        (
            '{"l":[[1],[2,null],[]]}\n{"l":null}\n',
            {"l": pl.List(pl.List(pl.Int64))},
            [([[1], [2, None], []],), (None,)],
        ),
        (
            '{"o":{"x":{"y":[{"z":1}]}}}\n{"o":{"w":2}}\n',
            {"o": pl.Struct({"x": pl.Struct({"y": pl.List(pl.Struct({"z": pl.Int64}))}), "w": pl.Int64})},
            [({"x": {"y": [{"z": 1}]}, "w": None},), ({"x": None, "w": 2},)],
        ),
        ('{"e":{}}\n{"e":[]}\n', {"e": pl.String()}, [("{}",), ("[]",)]),
        ('{"e":[]}\n', {"e": pl.List(pl.String)}, [([],)]),
        ('{"e":[]}\n{"e":[1]}\n{"e":["x"]}\n', {"e": pl.List(pl.String)}, [([],), (["1"],), (["x"],)]),
        (
            '{"v":1.50}\n{"v":"x"}\n{"v":[1]}\n{"v":{"a":1}}\n{"v":true}\n{"v":null}\n',
            {"v": pl.String()},
            [("1.5",), ("x",), ("[1]",), ('{"a": 1}',), ("true",), (None,)],
        ),
        (r'{"t":"\ud83d\ude00 \\ud83d \u0000"}', {"t": pl.String()}, [("😀 \\ud83d \0",)]),
        ('{"t":"{\\"a\\": null}"}\n{"t":"\\":null"}', {"t": pl.String()}, [('{"a": null}',), ('":null',)]),
    ],
)
def test_lines_of_json_get_the_narrowest_types_they_fit(
    desk: Desk, content: str, types: dict[str, pl.DataType], rows: list[Row]
) -> None:
    assert desk.read_as("in.jsonl", content) == (types, rows, [])


def test_what_is_nested_too_deeply_or_has_too_many_names_is_text(desk: Desk) -> None:
    deep = "[" * (shapes.DEEPEST + 5) + "]" * (shapes.DEEPEST + 5)
    assert desk.read_as("in.jsonl", f'{{"x":{deep}}}').bad == []
    many = {str(number): number for number in range(shapes.MAP + 1)}
    assert desk.read_as("in.jsonl", json.dumps({"x": many})).types == {"x": pl.String()}
    halves = [{"x": dict(list(many.items())[:150])}, {"x": dict(list(many.items())[150:])}]
    assert desk.read_as("in.jsonl", "\n".join(map(json.dumps, halves))).types == {"x": pl.String()}
    desk.put("wide.jsonl", json.dumps(dict.fromkeys(map(str, range(10_001)))))
    assert desk.refusal("wide.jsonl") == "wide.jsonl has more than 10000 different fields; are they data, not names?"


GOOD = b'{"t":"a"}\n'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"[1]", "is [1], not an object"),
        (b'"x"', 'is "x", not an object'),
        (b"[1234567890123456789012345678901234567890]", "is [123456789012345678901234567890123456789…, not an object"),
        (b'{"t":', "is not JSON: unexpected end of data at character 6"),
        (b'{"t":"b"}{"t":"c"}', "is not JSON: unexpected content after document at character 10"),
        (b'{"t":"b\tc"}', "is not JSON: unexpected control character in string at character 8"),
        (b'{"t":NaN}', "is not JSON: unexpected character, expected a JSON value at character 6"),
        (b'{"t":-Infinity}', "is not JSON: no digit after sign at character 7"),
        (b'{"t":1e400}', "is not JSON: number is infinity when parsed as double at character 6"),
        (b'{"t":' + b"[" * 5000, "is not JSON: depth limit exceeded at character 1030"),
        (b'{"t":"\xff"}', "byte 0xff at 7 is not UTF-8"),
        (b'{"t":"\xed\xa0\xbd"}', "byte 0xed at 7 is not UTF-8"),
        (rb'{"t":"\ud83d"}', "half a surrogate pair at character 7 is no text"),
        (rb'{"t":"\ude00\ud83d"}', "half a surrogate pair at character 7 is no text"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 150])
def test_a_line_that_is_no_object_is_reported_and_the_others_are_read(
    desk: Desk, line: bytes, why: str, place: int
) -> None:
    got = desk.read_as("in.jsonl", GOOD * place + line + b"\n" + GOOD * 2)
    assert (len(got.rows), got.bad) == (place + 2, [(place + 1, why)])


@pytest.mark.parametrize("content", ["{}\n{}\n", "[{},\n{}]"])
def test_objects_without_any_field_are_no_rows(desk: Desk, content: str) -> None:
    name = "in.json" if content.startswith("[") else "in.jsonl"
    why = "has no fields, and no other line has any"
    assert desk.read_as(name, content) == ({}, [], [(1, why), (2, why)])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            '{"t":"b","late":[1]}',
            "has a field 'late' that the rows looked at first lack; name it: input: {columns: {late: str}}",
        ),
        (
            '{"late":2.5}',
            "has a field 'late' that the rows looked at first lack; name it: input: {columns: {late: float}}",
        ),
        ('{"n":1.5}', "n is 1.5, unlike the rows looked at first; name its type: input: {columns: {n: float}}"),
        ('{"n":"x"}', 'n is "x", unlike the rows looked at first; name its type: input: {columns: {n: str}}'),
        (
            '{"n":123456789012345678901}',
            "n is 123456789012345678901, unlike the rows looked at first; name its type: input: {columns: {n: str}}",
        ),
        (
            '{"o":{"y":2}}',
            'o is {"y":2}, unlike the rows looked at first; name its type: input: {columns: {o: str}}',
        ),
        (
            '{"o":{"l":[{"w":2}]}}',
            'o is {"l":[{"w":2}]}, unlike the rows looked at first; name its type: input: {columns: {o: str}}',
        ),
    ],
)
def test_what_appears_late_is_reported_and_never_passed_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, line: str, why: str
) -> None:
    monkeypatch.setattr(blocks, "SIZE", 500)
    first = '{"t":"a","n":1,"o":{"x":null,"l":[{"v":null},{"v":1}]},"m":[[1],null]}\n' * 20
    content = gzip.compress(f"{first}{line}\n{first}".encode())
    got = desk.read_as("in.jsonl.gz", content)
    assert (len(got.rows), got.bad) == (40, [(21, why)])


def test_a_field_is_looked_for_all_over_a_large_plain_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "SIZE", 500)
    line = '{"t":"a"}\n'
    got = desk.read_as("in.jsonl", line * 200 + '{"t":"b","late":1}\n' + line * 200)
    assert (len(got.rows), got.bad) == (401, [])
    assert got.rows[200] == ("b", 1)


@pytest.mark.parametrize("spaced", [", : ", ",:", ", :"])
def test_named_types_hold_for_the_whole_file(desk: Desk, monkeypatch: pytest.MonkeyPatch, spaced: str) -> None:
    monkeypatch.setattr(blocks, "SIZE", 100)
    rows = [{"t": None, "n": 1}] * 20 + [{"late": 1, "n": 1.5}, {"n": 123456789012345678901, "late": None}]
    separators = (spaced[: spaced.index(":")], spaced[spaced.index(":") :])
    content = "\n".join(json.dumps(row, separators=separators) for row in rows)
    got = desk.read_as("in.jsonl.zst", zstandard.compress(content.encode()), columns={"late": "int", "n": "str"})
    assert got.types == {"t": pl.String(), "n": pl.String(), "late": pl.Int64()}
    assert got.rows[19:] == [(None, "1", None), (None, "1.5", 1), (None, "123456789012345678901", None)]
    assert got.bad == []


def test_named_dates_and_flags_are_read_from_text_and_nonsense_is_reported(desk: Desk) -> None:
    columns = {"d": "date", "at": "datetime"}
    lines = [
        {"d": "2020-01-02", "at": "2020-01-02T03:04:05Z"},
        {"d": None, "at": "2020-01-02 03:04:05.5+02:00"},
        {"d": "2020-02-30", "at": None},
        {"d": "2021-01-01", "at": "2020-01-02"},
        {"d": "x", "at": "soon"},
        {"d": "2021-01-01", "at": "2020-01-02T03:04"},
    ]
    got = desk.read_as("in.jsonl", "\n".join(map(json.dumps, lines)), columns=columns)
    assert got.types == {"d": pl.Date(), "at": pl.Datetime("us")}
    assert got.rows == [
        (date(2020, 1, 2), datetime(2020, 1, 2, 3, 4, 5)),
        (None, datetime(2020, 1, 2, 1, 4, 5, 500_000)),
        (date(2021, 1, 1), datetime(2020, 1, 2)),
        (date(2021, 1, 1), datetime(2020, 1, 2, 3, 4)),
    ]
    assert got.bad == [(3, "d is '2020-02-30', which is no date"), (5, "d is 'x', which is no date")]


@pytest.mark.parametrize(
    ("content", "rows", "bad"),
    [
        ("", [], []),
        (" \n", [], []),
        ("[]", [], []),
        ('\ufeff{"a":1}', [(1,)], []),
        ('[{"a":1}, 2,\n\n{"a":3}]\n', [(1,), (3,)], [(1, "is 2, not an object")]),
        ('[\n{\n"a":\n1}\n,\n["x"]]', [(1,)], [(6, 'is ["x"], not an object')]),
        (
            '[{"a":NaN},{"a":1}]',
            [(1,)],
            [(1, "is not JSON: unexpected character, expected a JSON value at character 6")],
        ),
        (r'[{"a":1},{"a":"\ud83d"}]', [(1,)], [(1, "half a surrogate pair at character 7 is no text")]),
    ],
)
@pytest.mark.parametrize("size", [8, 1 << 20])
def test_a_json_list_is_a_row_per_object(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, content: str, rows: list[Row], bad: list[tuple[int, str]], size: int
) -> None:
    monkeypatch.setattr(blocks, "SIZE", size)
    got = desk.read_as("in.json", content)
    assert (got.rows, got.bad) == (rows, bad)


def test_a_json_list_may_hold_text_that_is_not_utf_8(desk: Desk) -> None:
    got = desk.read_as("in.json", b'[{"a":"\xff"},{"a":"\xc3\xa4"}]')
    assert (got.rows, got.bad) == ([("ä",)], [(1, "byte 0xff at 7 is not UTF-8")])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[", "1: is not JSON: Expecting value; if each line is an object by itself, say format: jsonl"),
        ('[{"a":1},', "1: is not JSON: Expecting value; if each line is an object by itself, say format: jsonl"),
        ('[\n{"a":1}', "2: is not JSON: a comma or the end of the list is missing"),
        ('[{"a":1} {"a":2}]', "1: is not JSON: a comma or the end of the list is missing"),
        (
            '[{"a":1},\n{"a" 2}]\n\n',
            "2: is not JSON: Expecting ':' delimiter; if each line is an object by itself, say format: jsonl",
        ),
        ('[{"a":"x', "1: is not JSON: Unterminated string starting at; if each line is an object by itself, "),
        (
            '{"a":1}\n{"a":2}\n',
            "2: goes on after its value ends; if each line is an object by itself, say format: jsonl",
        ),
        ("[" * 100_000, "1: nested too deeply to read"),
    ],
)
def test_json_that_is_broken_is_said_with_its_line(desk: Desk, content: str, sentence: str) -> None:
    desk.put("in.json", content)
    assert desk.refusal("in.json").startswith(f"in.json:{sentence}")


@pytest.mark.parametrize(
    ("content", "types", "rows"),
    [
        ("a,b", {"a": pl.String(), "b": pl.String()}, []),
        ("a,b\r\n", {"a": pl.String(), "b": pl.String()}, []),
        ("\n\na,b\n1,2", {"a": pl.Int64(), "b": pl.Int64()}, [(1, 2)]),
        ("\ufeffa,b\r\n1,2\r\n-3,0\r\n", {"a": pl.Int64(), "b": pl.Int64()}, [(1, 2), (-3, 0)]),
        ('\ufeff"a",b\n1,2\n', {"a": pl.Int64(), "b": pl.Int64()}, [(1, 2)]),
        ("a,b\n,\n", {"a": pl.String(), "b": pl.String()}, [(None, None)]),
        ('a,b\n"",x\n,y\n', {"a": pl.String(), "b": pl.String()}, [("", "x"), (None, "y")]),
        ("op,keep\n1,2\n", {"op": pl.Int64(), "keep": pl.Int64()}, [(1, 2)]),
        (',"b ""c"""\n1,2\n', {"column_1": pl.Int64(), 'b "c"': pl.Int64()}, [(1, 2)]),
        ("a,b\n1\n2,3\n", {"a": pl.Int64(), "b": pl.Int64()}, [(1, None), (2, 3)]),
        (
            'a,b\n"x, y","l1\nl2"\n"q""q",\r\n',
            {"a": pl.String(), "b": pl.String()},
            [("x, y", "l1\nl2"), ('q"q', None)],
        ),
        ('a,b\n1,"x\r\ny"\r\n', {"a": pl.Int64(), "b": pl.String()}, [(1, "x\r\ny")]),
        ("a\n1\n\n2\n", {"a": pl.Int64()}, [(1,), (2,)]),
        ("a\n7\n1.5\n-0.25\n", {"a": pl.Float64()}, [(7.0,), (1.5,), (-0.25,)]),
        ("a\n0.1\n1e5\n", {"a": pl.String()}, [("0.1",), ("1e5",)]),
        ("a\n1\n123456789012345678901\n", {"a": pl.String()}, [("1",), ("123456789012345678901",)]),
        ("a\n0.5\n1234567890123456\n", {"a": pl.String()}, [("0.5",), ("1234567890123456",)]),
        ("a\n1\n2\n3\nx\n", {"a": pl.String()}, [("1",), ("2",), ("3",), ("x",)]),
        ("a\nNaN\nInfinity\n", {"a": pl.String()}, [("NaN",), ("Infinity",)]),
    ],
)
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_csv_is_a_row_per_record(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    content: str,
    types: dict[str, pl.DataType],
    rows: list[Row],
    size: int,
) -> None:
    monkeypatch.setattr(blocks, "SIZE", max(size, 3))
    assert desk.read_as("in.csv", content) == (types, rows, [])


STRAY = "has a quote that is not doubled inside a quoted cell, or one that nothing closes"


@pytest.mark.parametrize(
    ("content", "rows", "bad"),
    [
        (b"a,b\n1,2,3\n2,3\n", [(2, 3)], [(2, "has 3 cells, more than the 2 of the header")]),
        (b"a,b\n1,2,\n2,3\n", [(2, 3)], [(2, "has 3 cells, more than the 2 of the header")]),
        (b'a,"b\nb"\n2,3\n,,\n', [(2, 3)], [(4, "has 3 cells, more than the 2 of the header")]),
        (b"a,b\n\xff,1\nok,2\n", [("ok", 2)], [(2, "byte 0xff at 1 is not UTF-8")]),
        (b'a,b\nx"y,1\n2,3\n', [(2, 3)], [(2, STRAY)]),
        (b'a,b\n"x"y,1\n2,3\n', [(2, 3)], [(2, STRAY)]),
        (b'a,b\n2,3\n"open,1\n', [(2, 3)], [(3, STRAY)]),
        (b'a,b\n2,3\n4,"', [(2, 3)], [(3, STRAY)]),
    ],
)
def test_a_record_that_is_no_row_is_reported_with_its_first_line(
    desk: Desk, content: bytes, rows: list[Row], bad: list[tuple[int, str]]
) -> None:
    got = desk.read_as("in.csv", content)
    assert (got.rows, got.bad) == (rows, bad)
    got = desk.read_as("in.tsv", content.replace(b",", b"\t"))
    assert (got.rows, got.bad) == (rows, bad)


def test_cells_are_read_as_the_types_that_the_recipe_names(desk: Desk) -> None:
    columns = {"n": "float", "b": "bool", "d": "date", "t": "str"}
    got = desk.read_as("in.csv", "n,b,d,t\n1e5,TRUE,2020-01-02,1\nx,no,?,2\n,false,,3\n", columns=columns)
    assert got.rows == [(1e5, True, date(2020, 1, 2), "1"), (None, False, None, "3")]
    assert got.bad == [(3, "n is 'x', which is no float")]
    wrong = desk.read_as("in.csv", "n,b,d,t\n1,maybe,2020-01-02,1\n2,true,2020-01-03,2\n1,2,3,4,5\n", columns=columns)
    assert wrong.bad == [(4, "has 5 cells, more than the 4 of the header"), (2, "b is 'maybe', which is no bool")]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("in.csv", b"", "in.csv is empty: its first line has to name the columns"),
        ("in.csv", b"\n \n", "in.csv is empty: its first line has to name the columns"),
        ("in.csv", b"a,b,a\n1,2,3\n", "in.csv:1: the header names column 'a' twice; rename one"),
        ("in.csv", b"\na,b\xff\n1,2\n", "in.csv:2: the header is not UTF-8"),
        ("in.csv", b"a,b\r1,2\r", "in.csv:1: lines end in a carriage return alone; save it with line feeds"),
        ("in.parquet", b"", "in.parquet is empty: 0 bytes are no parquet file"),
        ("in.arrow", b"", "in.arrow is empty: 0 bytes are no arrow file"),
        ("in.parquet", PARQUET[:-20], "in.parquet cannot be read as parquet; is it cut short? (parquet: File out of s"),
        ("in.parquet", PARQUET[:40], "in.parquet cannot be read as parquet; is it cut short? (parquet: File out of s"),
        (
            "in.parquet",
            PARQUET[:10] + b"\0" * 20 + PARQUET[30:],
            "in.parquet cannot be read as parquet; is it cut short? (parquet: File out of s",
        ),
        ("in.arrow", b"x", "in.arrow cannot be read as arrow; is it cut short? ("),
        ("in.arrow", ARROW[:-20], "in.arrow cannot be read as arrow; is it cut short? (out-of-spec: InvalidFooter)"),
        ("in.arrow", STREAM[:-20], "in.arrow was cut short: the stream in it has no end"),
        ("in.arrow", STREAM[:6], "in.arrow cannot be read as arrow; is it cut short? ("),
        ("in.arrow", STREAM[:60] + STREAM[-8:], "in.arrow cannot be read as arrow; is it cut short? ("),
        (
            "in.jsonl.gz",
            gzip.compress(LINES * 999, mtime=0)[:-9],
            "in.jsonl.gz is damaged or was cut short: it does not unpack",
        ),
        (
            "in.jsonl.gz",
            gzip.compress(LINES, mtime=0)[:1] + b"\x8b",
            "in.jsonl.gz is damaged or was cut short: it does not unp",
        ),
        (
            "in.jsonl.gz",
            gzip.compress(LINES, mtime=0) + b"junk",
            "in.jsonl.gz is damaged or was cut short: it does not unpack",
        ),
        ("in.jsonl.gz", b"", "in.jsonl.gz is damaged or was cut short: it does not unpack to its end (it is empty)"),
        (
            "in.csv.zst",
            zstandard.compress(CSV)[:-2],
            "in.csv.zst is damaged or was cut short: it does not unpack to its",
        ),
        (
            "in.csv.zst",
            zstandard.compress(CSV)[:6],
            "in.csv.zst is damaged or was cut short: it does not unpack to its",
        ),
        ("in.json.zst", zstandard.compress(JSON) + b"junk", "in.json.zst is damaged or was cut short: it does not unp"),
        (
            "in.parquet.gz",
            gzip.compress(PARQUET, mtime=0),
            "in.parquet.gz: parquet files are never packed; name one without .gz",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(desk: Desk, name: str, content: bytes, sentence: str) -> None:
    desk.put(name, content)
    said = desk.refusal(name)
    assert said.startswith(sentence)
    assert "\n" not in said


@pytest.mark.parametrize("name", ["in.jsonl", "in.json", "in.csv", "in.txt"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused(desk: Desk, name: str, encoding: str) -> None:
    desk.put(name, '{"a":1}\n'.encode(encoding))
    assert desk.refusal(name) == f"{name} is UTF-16 text, or no text; save it as UTF-8"


def test_text_that_is_not_utf_8_is_reported_line_by_line(desk: Desk) -> None:
    got = desk.read_as("in.txt", b"a\r\n\xff\r\nb\n\xc3")
    assert got.rows == [("a",), ("b",)]
    assert got.bad == [(2, "byte 0xff at 1 is not UTF-8"), (4, "byte 0xc3 at 1 is not UTF-8")]


def test_a_line_without_end_is_refused_before_it_fills_the_memory(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "SIZE", 10)
    monkeypatch.setattr(blocks, "LONGEST", 50)
    monkeypatch.setattr(arrays, "LONGEST", 50)
    desk.put("in.txt", "a\n" + "b" * 100)
    desk.put("in.json", '["' + "b" * 200)
    assert desk.refusal("in.txt") == "in.txt:2: no end of this line within 0 MB"
    assert desk.refusal("in.json") == "in.json:1: no end of this value within 0 MB"


@pytest.mark.parametrize("name", ["in.jsonl", "in.json", "in.csv", "in.tsv", "in.txt", "in.parquet", "in.arrow"])
def test_ten_megabytes_fit_in_one_cell(desk: Desk, name: str) -> None:
    cell = "x" * 10_000_000
    frame = pl.DataFrame({"text": [cell]})
    if name == "in.txt":
        desk.put(name, cell)
    else:
        frame.write_parquet(desk.folder / "part")
        frames.write([desk.folder / "part"], frame.schema, Output(path=name), desk.folder)
    assert desk.read(name).rows == [(cell,)]


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame(schema={"id": pl.Int64, "title": pl.String}),
        pl.DataFrame({"nothing": [None, None]}),
        pl.DataFrame({"c": ["a"], "n": [2**64 - 1]}, schema={"c": pl.Categorical, "n": pl.UInt64}),
    ],
)
@pytest.mark.parametrize("name", ["in.parquet", "in.arrow"])
def test_tables_keep_their_types_and_nulls_alone_are_text(desk: Desk, name: str, frame: pl.DataFrame) -> None:
    getattr(frame, {"in.parquet": "write_parquet", "in.arrow": "write_ipc"}[name])(desk.folder / name)
    want = {name: pl.String() if each == pl.Null else each for name, each in frame.schema.items()}
    assert desk.read(name) == (want, frame.rows(), [])


def test_a_table_column_is_read_as_a_wider_type_only(desk: Desk) -> None:
    desk.put("in.parquet", PARQUET)
    assert desk.read("in.parquet", columns={"id": "float"}).rows == [(1.0, "x"), (2.0, "y")]
    assert desk.refusal("in.parquet", columns={"title": "int"}) == (
        "in.parquet: column title is str, which is not read as int"
    )
    assert desk.refusal("in.parquet", columns={"tittle": "str"}) == (
        "input: columns: there is no column 'tittle'; did you mean 'title'?"
    )
    assert desk.refusal("in.parquet", columns={"title": "text"}).startswith("input: columns: unknown type 'text'")


@pytest.mark.parametrize("content", ['{"__id__":1}', '{"a":1,"__x__":2}'])
def test_names_that_are_dfclis_own_are_refused(desk: Desk, content: str) -> None:
    desk.put("in.jsonl", content)
    assert "names that begin and end with __ are dfcli's own; rename it" in desk.refusal("in.jsonl")


def test_a_cell_is_never_a_list(desk: Desk) -> None:
    desk.put("in.csv", "a\n1\n")
    assert desk.refusal("in.csv", columns={"a": "list[int]"}) == (
        "in.csv: a cell of a is text, which is no list[int]; read it as str"
    )


def test_patterns_and_lists_are_read_in_order_and_each_file_once(desk: Desk) -> None:
    for name, number in (("b.jsonl", 2), ("a.jsonl", 1), ("deep/er/c.jsonl", 3), ("first.jsonl", 0)):
        desk.put(name, json.dumps({"n": number}))
    (desk.folder / "folder.jsonl").mkdir()
    assert desk.read("[ab].jsonl").rows == [(1,), (2,)]
    assert desk.read("**/*.jsonl").rows == [(1,), (2,), (3,), (0,)]
    assert desk.read("first.jsonl", "*.jsonl").rows == [(0,), (1,), (2,)]
    assert desk.read("a.jsonl", "a.jsonl").rows == [(1,), (1,)]
    assert desk.read(str(desk.folder / "a.jsonl")).rows == [(1,)]


def test_a_name_with_the_signs_of_a_pattern_may_be_a_file(desk: Desk) -> None:
    assert desk.read_as("a[1].csv", "n\n1\n").rows == [(1,)]
    desk.put("a*.parquet", PARQUET)
    desk.put("ab.parquet", PARQUET)
    assert desk.read("a*.parquet").rows == BOOKS.rows()


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("no.jsonl", "no.jsonl does not exist"),
        ("no/such.csv", "no/such.csv does not exist"),
        ("folder", "folder is a folder; name the files in it, such as folder/*.jsonl"),
        ("pipe", "pipe is no file, and input is read more than once; write it to a file first"),
        ("a.jsonl/b", "a.jsonl/b cannot be read: Not a directory"),
    ],
)
def test_a_path_that_is_no_file_is_said(desk: Desk, path: str, sentence: str) -> None:
    desk.put("a.jsonl", "{}")
    (desk.folder / "folder").mkdir()
    os.mkfifo(desk.folder / "pipe")
    assert desk.refusal(path, format="jsonl") == sentence


def test_a_pattern_that_matches_nothing_is_said(desk: Desk) -> None:
    assert desk.refusal("*.csv") == f"*.csv matches no file in {desk.folder}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.parquet", "in.arrow"])
def test_a_file_that_may_not_be_read_is_said(desk: Desk, name: str) -> None:
    desk.put(name, b"x").chmod(0)
    assert desk.refusal(name) == f"{name} cannot be read: its permissions do not allow it"


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="a file that fails while it is read is Linux's own")
def test_a_file_that_fails_while_it_is_read_is_said(desk: Desk) -> None:
    sentence = "/proc/self/mem cannot be read: Input/output error"
    assert desk.refusal("/proc/self/mem", format="jsonl") == sentence
    with pytest.raises(InputError, match=sentence):
        frames.content("/proc/self/mem", desk.folder)


def test_columns_of_several_files_are_united(desk: Desk) -> None:
    desk.put("1.jsonl", '{"a":1,"o":{"x":1},"l":[1],"n":null,"t":"x"}\n')
    desk.put("2.jsonl", '{"a":1.5,"o":{"y":"z"},"l":[2.5],"n":"text","b":true}\n')
    got = desk.read("*.jsonl")
    assert got.rows == [
        (1.0, {"x": 1, "y": None}, [1.0], None, "x", None),
        (1.5, {"x": None, "y": "z"}, [2.5], "text", None, True),
    ]


def test_files_of_different_formats_are_united(desk: Desk) -> None:
    desk.put("1.csv", "id,title\n1,x\n")
    pl.DataFrame({"id": [2], "title": ["y"]}, schema={"id": pl.Int8, "title": pl.Categorical}).write_parquet(
        desk.folder / "2.parquet"
    )
    assert desk.read("1.csv", "2.parquet") == ({"id": pl.Int64(), "title": pl.String()}, BOOKS.rows(), [])


def test_numbers_in_one_csv_file_are_text_when_another_has_text_there(desk: Desk) -> None:
    desk.put("1.csv", "a\n1\n")
    desk.put("2.csv", "a\nx\n")
    assert desk.read("*.csv").rows == [("1",), ("x",)]


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({"a": 1}, {"a": "x"}, "a is int in 1.jsonl and str in 2.jsonl"),
        ({"a": [1]}, {"a": ["x"]}, "a is list[int] in 1.jsonl and list[str] in 2.jsonl"),
        ({"a": {"x": 1}}, {"a": {"x": True}}, "a is struct({'x': int64}) in 1.jsonl and struct({'x': boolean}) in 2"),
    ],
)
def test_files_that_disagree_are_both_named(desk: Desk, one: Any, other: Any, said: str) -> None:
    for number, row in enumerate(({"a": None}, one, other)):
        desk.put(f"{number}.jsonl", json.dumps(row))
    refusal = desk.refusal("*.jsonl")
    assert refusal.startswith(f"input: {said}")
    assert refusal.endswith("give it one type, or say it: columns: {a: str}")


def test_a_limit_ends_the_reading(desk: Desk) -> None:
    lines = "".join(f'{{"n":{number}}}\n' for number in range(10))
    assert len(desk.read_as("in.jsonl", f"{lines}broken", limit=4).rows) == 4
    assert desk.read_as("in.jsonl", lines, limit=0).rows == []
    assert len(desk.read_as("in.jsonl", lines, limit=99).rows) == 10


@pytest.mark.parametrize("name", ["in.parquet", "in.jsonl", "in.csv", "in.arrow"])
def test_a_file_can_be_queried(desk: Desk, name: str) -> None:
    desk.put(name, {"in.parquet": PARQUET, "in.jsonl": LINES, "in.csv": CSV, "in.arrow": ARROW}[name])
    query = frames.scan(name, desk.folder)
    assert query.collect().equals(BOOKS)
    assert query.filter(pl.col("id") > 1).select("title").collect().rows() == [("y",)]
    assert query.head(1).collect().height == 1


def test_a_query_of_a_file_with_unreadable_lines_fails(desk: Desk) -> None:
    desk.put("in.jsonl", '{"a":1}\n[2]\n')
    with pytest.raises(InputError, match=r"in\.jsonl:2: is \[2\], not an object"):
        frames.scan("in.jsonl", desk.folder).collect()


def test_the_hash_of_a_file_changes_with_its_bytes(desk: Desk) -> None:
    desk.put("a.jsonl", LINES)
    desk.put("b.jsonl", LINES)
    one, both = frames.content("a.jsonl", desk.folder), frames.content("*.jsonl", desk.folder)
    assert frames.content("b.jsonl", desk.folder) == one != both
    desk.put("b.jsonl", LINES + b"\n")
    assert frames.content("b.jsonl", desk.folder) != one
    assert frames.content("*.jsonl", desk.folder) != both
    with pytest.raises(InputError, match=r"c\.jsonl does not exist"):
        frames.content("c.jsonl", desk.folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.parquet", PARQUET),
        ("in.arrow", ARROW),
        ("in.jsonl", LINES),
        ("in.csv", CSV),
        ("in.tsv", CSV.replace(b",", b"\t")),
    ],
)
def test_an_address_is_read_by_polars_own_scanners(desk: Desk, name: str, content: bytes) -> None:
    url = desk.put(name, content).as_uri()
    got = desk.read(url, columns={"id": "int"})
    assert (got.types, got.rows) == ({"id": pl.Int64(), "title": pl.String()}, BOOKS.rows())
    assert frames.content(url, desk.folder) == frames.content(url, desk.folder)


def test_text_at_an_address_is_a_row_per_line(desk: Desk) -> None:
    assert desk.read(desk.put("in.txt", "007\nb\n").as_uri()).rows == [("007",), ("b",)]


def test_a_json_list_at_an_address_is_refused(desk: Desk) -> None:
    url = desk.put("in.json", JSON).as_uri()
    assert desk.refusal(url).endswith("a JSON list cannot be read at an address; fetch it, or use JSON Lines")


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("s3://bucket/data/*.parquet", "parquet"),
        ("hf://datasets/org/name/data/train.jsonl.zst", "jsonl"),
        ("https://example.org/a.csv?download=true", "csv"),
    ],
)
def test_addresses_are_recognised_and_handed_on_as_they_are(tmp_path: Path, url: str, known: str) -> None:
    from dfcli.runtime.formats.source import format_of, is_url

    assert is_url(url)
    assert format_of(url) == known
    assert frames.files(Input(path=url), tmp_path) == [url]


def test_the_first_unreadable_line_at_an_address_ends_the_reading(desk: Desk) -> None:
    url = desk.put("in.jsonl", LINES + b"[1]\n").as_uri()
    assert desk.refusal(url).startswith(f"{url.replace(f'{desk.folder}/', '')} cannot be read as jsonl")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2),
    max_leaves=6,
)


@settings(max_examples=60)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), max_size=12), st.integers(1, 400))
def test_every_object_becomes_a_row_wherever_blocks_are_cut(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], size: int
) -> None:
    desk = Desk(tmp_path_factory.mktemp("rows"))
    sanitised = [{name: each for name, each in row.items() if "Infinity" not in json.dumps(each)} for row in rows]
    content = "".join(f"{json.dumps(row)}\n" for row in sanitised)
    whole = desk.read_as("in.jsonl", content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "SIZE", size)
        cut = desk.read_as("in.jsonl", content, columns={})
    assert len(whole.rows) + len(whole.bad) == len(rows)
    assert len(cut.rows) + len(cut.bad) == len(rows)
    if list(whole.types.items()) == list(cut.types.items()):
        assert (cut.rows, cut.bad) == (whole.rows, whole.bad)


ROWS = st.lists(st.tuples(st.integers() | st.none(), st.text("ab", max_size=30)), max_size=40)


def cut_anywhere(frame: pl.DataFrame, lengths: Sequence[int]) -> list[pl.DataFrame]:
    cut, at = [], 0
    for length in lengths:
        cut.append(frame.slice(at, length))
        at += length
    return [*cut, frame.slice(at)]


@given(ROWS, st.lists(st.integers(0, 9), max_size=9), st.integers(1, 12), st.integers(1, 400))
def test_where_pieces_are_cut_depends_on_the_rows_alone(
    rows: list[tuple[int | None, str]], lengths: list[int], wanted: int, largest: int
) -> None:
    numbered = [(each if each is None else each % 100, text) for each, text in rows]
    frame = pl.DataFrame(numbered, schema={"n": pl.Int64, "t": pl.String}, orient="row")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "LARGEST", largest)
        whole = list(pieces.pieces([frame], wanted))
        parted = list(pieces.pieces(cut_anywhere(frame, lengths), wanted))
    assert [each.rows() for each in parted] == [each.rows() for each in whole]
    assert [row for each in whole for row in each.rows()] == numbered
    assert all(0 < each.height <= wanted for each in whole)


@given(ROWS, st.lists(st.integers(0, 9), max_size=9))
def test_a_digest_does_not_depend_on_chunks(rows: list[tuple[int | None, str]], lengths: list[int]) -> None:
    numbered = [(each if each is None else each % 100, text) for each, text in rows]
    frame = pl.DataFrame(numbered, schema={"n": pl.Int64, "t": pl.String}, orient="row")
    parted = pl.concat(cut_anywhere(frame, lengths), rechunk=False)
    assert frames.digest(parted) == frames.digest(frame)


def test_lines_that_polars_alone_refuses_are_reported_one_by_one(desk: Desk) -> None:
    days = ["2020-01-02", "x", None, "2020-13-01", "2020-01-03"]
    content = "\n".join(json.dumps({"o": {"d": day}}) for day in days)
    got = desk.read_as("in.jsonl", content, columns={"o": {"d": "date"}})
    assert got.rows == [({"d": date(2020, 1, 2)},), ({"d": None},), ({"d": date(2020, 1, 3)},)]
    assert got.bad == [
        (2, "cannot be read: cannot parse 'x' (string) as Date"),
        (4, "cannot be read: cannot parse '2020-13-01' (string) as Date"),
    ]


def test_tables_with_nested_columns_are_united(desk: Desk) -> None:
    pl.DataFrame({"o": [{"x": 1}], "l": [[{"a": 1}]], "same": [{"x": 1}]}).write_parquet(desk.folder / "1.parquet")
    pl.DataFrame({"o": [{"y": "z"}, None], "l": [[{"a": 1.5}], None]}).write_parquet(desk.folder / "2.parquet")
    assert desk.read("*.parquet").rows == [
        ({"x": 1, "y": None}, [{"a": 1.0}], {"x": 1}),
        ({"x": None, "y": "z"}, [{"a": 1.5}], None),
        (None, None, None),
    ]


@pytest.mark.parametrize(
    "values",
    [
        ["x" * 100, "y"] * 4,
        [b"x" * 100, b""] * 4,
        [["x" * 100, None], None] * 4,
        [{"a": "x" * 100, "b": [1]}, None] * 4,
    ],
)
def test_large_values_are_cut_into_smaller_pieces(monkeypatch: pytest.MonkeyPatch, values: list[Any]) -> None:
    monkeypatch.setattr(pieces, "LARGEST", 300)
    frame = pl.DataFrame({"v": values})
    whole = [each.height for each in pieces.pieces([frame], 8)]
    assert sum(whole) == 8
    assert len(whole) > 1
    assert [each.height for each in pieces.pieces(frame.iter_slices(1), 8)] == whole


NAN, INF = float("nan"), float("inf")
DIFFERENT = [
    pl.DataFrame(),
    pl.DataFrame(schema={"a": pl.Int64}),
    pl.DataFrame(schema={"b": pl.Int64}),
    pl.DataFrame(schema={"a": pl.String}),
    *(pl.DataFrame({"a": [each]}) for each in (None, 1, 2, 1.0, NAN, INF, -INF, 0.0, -0.0, "1", "", True)),
    *(pl.DataFrame({"a": [each]}, schema={"a": pl.Float64}) for each in (None, 0.1, 0.1 + 2**-56)),
    *(pl.DataFrame({"a": [each]}) for each in (b"", b"\0", b"\0\0", b"\xff")),
    *(pl.DataFrame({"a": [each]}, schema={"a": pl.List(pl.Float64)}) for each in (None, [], [None], [NAN], [INF])),
    *(pl.DataFrame({"a": [each]}) for each in ({"x": NAN}, {"x": INF}, {"x": b"a"}, {"x": b"b"})),
    *(pl.DataFrame({"a": [each]}, schema={"a": pl.Array(pl.Float64, 1)}) for each in ([NAN], [INF], [1.0])),
    *(pl.DataFrame({"a": [each]}, schema={"a": pl.Duration("us")}) for each in (1, 10**6, 60 * 10**6)),
    pl.DataFrame({"a": ["x", "y"]}),
    pl.DataFrame({"a": ["y", "x"]}),
    pl.DataFrame({"a": ["x"], "b": ["y"]}),
    pl.DataFrame({"b": ["y"], "a": ["x"]}),
    pl.DataFrame({"a": [datetime(2020, 1, 1)]}),
    pl.DataFrame({"a": [datetime(2020, 1, 1, 0, 0, 0, 1)]}),
]


def test_frames_that_differ_have_different_digests() -> None:
    assert len({frames.digest(each) for each in DIFFERENT}) == len(DIFFERENT)


@given(st.lists(st.text(max_size=3), max_size=4), st.lists(st.text(max_size=3), max_size=4))
def test_digests_are_equal_exactly_where_texts_are(one: list[str], other: list[str]) -> None:
    first, second = (pl.DataFrame({"t": each}, schema={"t": pl.String}) for each in (one, other))
    assert (frames.digest(first) == frames.digest(second)) == (one == other)


def test_a_last_line_without_an_end_counts_for_the_types(desk: Desk) -> None:
    assert desk.read_as("in.jsonl", '{"n":1}\n{"n":1.5,"t":"x"}').rows == [(1.0, None), (1.5, "x")]
