"""Plain text: one row per line, blank ones too, in the column `text`."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from dfcli.runtime.formats.blocks import Block, blocks
from dfcli.runtime.formats.source import BadLine, Report, Source


def schema(source: Source) -> pl.Schema:
    """Return the one column; InputError when the file cannot be read."""
    next(blocks(source.path), None)
    return pl.Schema({"text": pl.String()})


def frames(source: Source, schema: pl.Schema, report: Report) -> Iterator[pl.DataFrame]:
    """Yield the lines without their ends; those that are not UTF-8 are reported and left out."""
    for block in blocks(source.path):
        try:
            lines = _split(block.data.decode())
        except UnicodeDecodeError:
            lines = list(_decoded(block, source.path, report))
        yield pl.DataFrame({"text": lines}, schema={"text": pl.String()})


def _split(text: str) -> list[str]:
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n")


def _decoded(block: Block, path: str, report: Report) -> Iterator[str]:
    for number, line in zip(block.numbers, block.data.removesuffix(b"\n").split(b"\n"), strict=False):
        try:
            yield line.removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            report(BadLine(path, number, f"byte 0x{line[error.start]:02x} at {error.start + 1} is not UTF-8"))
