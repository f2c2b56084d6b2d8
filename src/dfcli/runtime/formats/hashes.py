"""Hashes of rows and of files."""

from __future__ import annotations

import hashlib

import polars as pl
import xxhash

from dfcli.runtime.formats.blocks import unreadable


def digest(frame: pl.DataFrame) -> str:
    """Return a hash (xxh3, 128 bits) of a frame's columns, types and values, whatever its chunks."""
    told_apart = {name: kind for name, each in frame.schema.items() if (kind := _in_json(each)) != each}
    shape = (frame.height, [(name, str(each)) for name, each in frame.schema.items()])
    hashed = xxhash.xxh3_128(repr(shape).encode())
    hashed.update(frame.cast(told_apart).write_ndjson().encode())  # type: ignore[arg-type]  # names to types
    return hashed.hexdigest()


def file_hash(path: str) -> str:
    """Return a hash (xxh3, 128 bits) of a file's bytes."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, xxhash.xxh3_128).hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error


def joined(hashes: list[str]) -> str:
    """Return one hash for several."""
    return hashes[0] if len(hashes) == 1 else xxhash.xxh3_128_hexdigest("".join(hashes).encode())


def _in_json(given: pl.DataType) -> pl.DataType:
    """Return the type in which JSON tells all values apart: it has no NaN, no infinities and no bytes."""
    if isinstance(given, pl.List):
        return pl.List(_in_json(given.inner))  # type: ignore[arg-type]  # an instance here
    if isinstance(given, pl.Array):
        return pl.Array(_in_json(given.inner), given.size)  # type: ignore[arg-type]
    if isinstance(given, pl.Struct):
        return pl.Struct({each.name: _in_json(each.dtype) for each in given.fields})  # type: ignore[arg-type]
    if given.is_float() or given.is_decimal():
        return pl.String()
    if given == pl.Duration:
        return pl.Int64()
    return pl.List(pl.UInt8()) if given == pl.Binary else given
