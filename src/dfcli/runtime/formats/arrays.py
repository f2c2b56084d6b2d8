"""A JSON file (a list of objects, or one object) as lines of JSON, without holding the whole of it."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator

from dfcli.errors import InputError
from dfcli.runtime.formats.blocks import LONGEST, SIZE, Block, chunks

_BLANK = " \t\r\n"


def array_blocks(path: str) -> Iterator[Block]:
    """Yield the items, one per line; a block's numbers are the lines on which its items begin in the file."""
    data, numbers, size = [], [], 0
    for number, text in _items(_Text(path)):
        data.append(text)
        numbers.append(number)
        size += len(text)
        if size >= SIZE:
            yield Block(b"\n".join(data), numbers)
            data, numbers, size = [], [], 0
    if data:
        yield Block(b"\n".join(data), numbers)


class _Text:
    """A file's text from where it has been read to; `line` is the number of the line there."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.line = 1
        self._chunks = chunks(path)
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape").decode
        self._text = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """Return the next character that is not blank; nothing at the end."""
        while True:
            start = self._at
            while self._at < len(self._text) and self._text[self._at] in _BLANK:
                self._at += 1
            self.line += self._text.count("\n", start, self._at)
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def skip(self) -> None:
        """Go past the character that `peek` returned."""
        self._at += 1

    def value(self) -> str:
        """Return the text of the JSON value that begins here, and go past it."""
        while True:
            try:
                _, end = json.JSONDecoder().raw_decode(self._text, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                broken = self._broken(error)
                if not self._cut_off(error) or not self._more():
                    raise broken from error
                continue
            if end < len(self._text) or not self._more():
                break
        text = self._text[self._at : end]
        self._at = end
        self.line += text.count("\n")
        return text

    def fail(self, why: str, further: int = 0) -> InputError:
        """Return the sentence for what is wrong here, or so many lines further on."""
        return InputError(f"{self.path}:{self.line + further}: {why}")

    def _cut_off(self, error: json.JSONDecodeError | RecursionError) -> bool:
        """Tell whether a value may only be wrong because its end has not been read yet."""
        if isinstance(error, RecursionError):
            return False
        return error.msg.startswith("Unterminated") or error.pos > len(self._text) - 10

    def _broken(self, error: json.JSONDecodeError | RecursionError) -> InputError:
        if isinstance(error, RecursionError):
            return self.fail("nested too deeply to read")
        why = f"is not JSON: {error.msg}; if each line is an object by itself, say format: jsonl"
        return self.fail(why, self._text.count("\n", self._at, error.pos))

    def _more(self) -> bool:
        """Take in as much text again as is waiting; tell whether there was any."""
        waiting = len(self._text) - self._at
        if waiting > LONGEST:
            raise self.fail(f"no end of this value within {LONGEST >> 20} MB")
        taken: list[str] = [self._text[self._at :]]
        size = 0
        while not self._ended and size <= waiting:
            chunk = next(self._chunks, None)
            self._ended = chunk is None
            text = self._decode(chunk or b"", self._ended)
            taken.append(text)
            size += len(text)
        self._text, self._at = "".join(taken), 0
        return size > 0


def _items(text: _Text) -> Iterator[tuple[int, bytes]]:
    first = text.peek()
    if first == "[":
        yield from _list(text)
    elif first:
        yield _item(text)
    if text.peek():
        raise text.fail("goes on after its value ends; if each line is an object by itself, say format: jsonl")


def _list(text: _Text) -> Iterator[tuple[int, bytes]]:
    text.skip()
    if text.peek() == "]":
        return text.skip()
    while True:
        yield _item(text)
        after = text.peek()
        if after not in (",", "]"):
            raise text.fail("is not JSON: a comma or the end of the list is missing")
        text.skip()
        if after == "]":
            return None


def _item(text: _Text) -> tuple[int, bytes]:
    """Return a value on one line: a line break between JSON's tokens is a blank like any other."""
    text.peek()
    number = text.line
    return number, text.value().replace("\n", " ").encode(errors="surrogateescape")
