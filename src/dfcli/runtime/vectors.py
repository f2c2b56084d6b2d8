"""Embeddings in the store of replies: a text that a provider has embedded is not sent to it again.

Vectors are used as they are stored, in single precision, which is what models compute in: so a later run has the same.
"""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dfcli.ops.base import Message
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.replies import Stored, asked, key

_DECIDING = ("model", "base_url")
"""What of a model's identity decides its embeddings: nothing else is sent with the texts."""

_BYTES = 4


class Wanted(NamedTuple):
    """A text to be embedded, with its canonical JSON and the key of its vector."""

    text: str
    body: bytes
    key: str

    def found(self, vector: Sequence[float], tokens_in: int) -> Stored:
        """Return its vector as it is stored."""
        text = b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        return Stored(self.key, self.body.decode(), text, "stop", tokens_in)


def wanted(spec: ModelSpec, texts: Iterable[str]) -> list[Wanted]:
    """Return what is asked for to embed texts, each of them once."""
    identity = {name: value for name, value in spec.identity().items() if name in _DECIDING} | {"embedding": True}
    bodies = {text: asked(identity, [Message("user", text)], None, 0, "") for text in texts}
    return [Wanted(text, body, key(body)) for text, body in bodies.items()]


def vector(stored: Stored) -> list[float]:
    """Return a vector from the store."""
    data = b64decode(stored.text or "")
    return list(struct.unpack(f"<{len(data) // _BYTES}f", data))
