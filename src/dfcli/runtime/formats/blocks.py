"""Text files as blocks of whole lines: unpacked, without a byte order mark, with the number of each line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import FileIO

import polars as pl
import zstandard
from polars.exceptions import PolarsError

from dfcli.errors import InputError
from dfcli.runtime.formats.source import Bad, packing_of

SIZE = 8 << 20
"""Bytes of a block; smaller ones cost more calls, larger ones more memory, and neither is faster."""
LONGEST = 256 << 20
"""Bytes of a line (or quoted cell) at which a file is taken for something else than lines of text."""

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_WINDOWS = 64
_WINDOW = 32 << 10

Cut = Callable[[bytes, bytes], int]
Line = tuple[int, bytes]


@dataclass(frozen=True)
class Block:
    """Whole lines, and the number of each in its file."""

    data: bytes
    numbers: Sequence[int]

    def lines(self) -> list[Line]:
        """Return the lines that are not blank, each with its number."""
        lines = zip(self.numbers, self.data.split(b"\n"), strict=False)
        return [(number, line) for number, line in lines if line.strip()]


def after_last_line(rest: bytes, chunk: bytes) -> int:
    """Return where in a chunk its last whole line ends; 0 when none does."""
    return chunk.rfind(b"\n") + 1


def blocks(path: str, cut: Cut = after_last_line) -> Iterator[Block]:
    """Yield a file's lines in order; InputError when it cannot be read."""
    number, rest = 1, b""
    for chunk in _ended(chunks(path)):
        if end := cut(rest, chunk):
            data = b"".join((rest, memoryview(chunk)[:end]))
            newlines = data.count(b"\n")
            yield Block(data, range(number, number + newlines + 1))
            number, rest = number + newlines, chunk[end:]
        else:
            rest += chunk
            if len(rest) > LONGEST:
                raise InputError(f"{path}:{number}: no end of this line within {LONGEST >> 20} MB")
    if rest:
        yield Block(rest, range(number, number + rest.count(b"\n") + 1))


def _ended(found: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a file's chunks, with an end to its last line when that has none."""
    before = next(found, b"")
    for chunk in found:
        yield before
        before = chunk
    yield before + b"\n" if before and not before.endswith(b"\n") else before


def chunks(path: str) -> Iterator[bytes]:
    """Yield a file's text in chunks of about SIZE bytes; InputError when it cannot be read."""
    try:
        with open(path, "rb", buffering=0) as file:
            yield from _text(path, _gathered(_unpacked(file)))
    except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
        raise InputError(f"{path} is damaged or was cut short: it does not unpack to its end ({error})") from error
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: str, error: OSError) -> InputError:
    """Return the sentence for a file that cannot be opened or read."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"{path} does not exist")
    if isinstance(error, IsADirectoryError):
        return InputError(f"{path} is a folder; name the files in it, such as {path.rstrip('/')}/*.jsonl")
    if isinstance(error, PermissionError):
        return InputError(f"{path} cannot be read: its permissions do not allow it")
    return InputError(f"{path} cannot be read: {error.strerror or str(error).partition(chr(10))[0]}")


def sample(path: str) -> Iterator[bytes]:
    """Yield lines to tell types from: the first block, and a window in each of 64 places of a large plain file."""
    first = next(blocks(path), None)
    if first is None:
        return
    yield first.data
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        if size <= 2 * SIZE or _packing(path) is not None:
            return
        for place in range(1, _WINDOWS + 1):
            file.seek(size * place // (_WINDOWS + 1))
            window = file.read(_WINDOW)
            yield window[window.find(b"\n") + 1 : window.rfind(b"\n") + 1]


def _packing(path: str) -> str | None:
    with open(path, "rb") as file:
        return _packing_of(file.read(4))


def _packing_of(magic: bytes) -> str | None:
    if magic.startswith(b"\x1f\x8b"):
        return "gz"
    return "zst" if magic == b"\x28\xb5\x2f\xfd" else None


def _unpacked(file: FileIO) -> Iterator[bytes]:
    magic = file.read(4)
    packing = _packing_of(magic)
    file.seek(0)
    if not magic and packing_of(str(file.name)):
        raise EOFError("it is empty")
    if packing == "zst":
        yield from _unpacked_zst(file)
        return
    with gzip.GzipFile(fileobj=file) if packing == "gz" else file as opened:
        while chunk := opened.read(SIZE):
            yield chunk


def _unpacked_zst(file: FileIO) -> Iterator[bytes]:
    """Yield what a file's frames unpack to; the library's own stream reader takes half a frame for a whole one."""
    unpack = zstandard.ZstdDecompressor().decompressobj()
    inside = False
    while raw := file.read(64 << 10):
        while raw:
            yield unpack.decompress(raw)
            raw, inside = unpack.unused_data, not unpack.eof
            if unpack.eof:
                unpack = zstandard.ZstdDecompressor().decompressobj()
    if inside:
        raise EOFError("the last frame has no end")


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    waiting, size = [], 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= SIZE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _text(path: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for number, piece in enumerate(pieces):
        if number == 0 and (piece.startswith(_UTF16) or b"\0" in piece[:2]):
            raise InputError(f"{path} is UTF-16 text, or no text; save it as UTF-8")
        yield piece.removeprefix(_BOM) if number == 0 else piece


def readable(lines: list[Line], read: Callable[[bytes], pl.DataFrame], bad: Bad) -> tuple[pl.DataFrame, list[Line]]:
    """Return the rows of lines and the lines that became rows, halving where Polars cannot read them all."""
    try:
        return read(b"\n".join(line for _, line in lines)), lines
    except PolarsError as error:
        if len(lines) == 1:
            bad(lines[0][0], f"cannot be read: {str(error).partition(chr(10))[0]}")
            return read(b""), []
    half = len(lines) // 2
    first, first_lines = readable(lines[:half], read, bad)
    second, second_lines = readable(lines[half:], read, bad)
    return first.vstack(second), first_lines + second_lines
