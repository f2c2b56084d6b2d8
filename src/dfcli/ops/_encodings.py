"""Tokenizers that are at hand without a network, and the number of tokens they make of texts.

Their files lie in the wheel of litellm, which dfcli needs anyway; none of its code is run for them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from dfcli.errors import EnvironmentLacks

_RANKS = {
    "cl100k_base": "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
    "o200k_base": "fb374d419588a4632f3f557e76b4b70aebbca790",
    "p50k_base": "ec7223a39ce59f226a68acc30dc1af2788490e15",
}
"""OpenAI's encodings, by the name that tiktoken gives a file in its cache: the SHA-1 of where it came from."""

_FILES = {"anthropic": "anthropic_tokenizer.json", "deepseek": "deepseek_tokenizer.json"}


def counted(name: str, texts: Sequence[str]) -> list[int]:
    """Return how many tokens a tokenizer makes of each text; EnvironmentLacks when there is no such tokenizer."""
    return _counter(name)(texts)


def fingerprint(name: str) -> str:
    """Return a hash of the file that a tokenizer's name or path stands for; EnvironmentLacks when there is none."""
    return hashlib.sha256(_file(name).read_bytes()).hexdigest()


@lru_cache(maxsize=4)
def _counter(name: str) -> Callable[[Sequence[str]], list[int]]:
    return _of_openai(name) if name in _RANKS else _of_file(_file(name))


def _of_openai(name: str) -> Callable[[Sequence[str]], list[int]]:
    import tiktoken

    with _cache(_file(name).parent):
        encoding = tiktoken.get_encoding(name)
    return lambda texts: [len(each) for each in encoding.encode_ordinary_batch(list(texts), num_threads=2)]


def _of_file(path: Path) -> Callable[[Sequence[str]], list[int]]:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more special
        raise EnvironmentLacks(f"{path}: not a tokenizer.json that the library tokenizers can read: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda texts: [len(each.ids) for each in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]


def _file(name: str) -> Path:
    shipped = _RANKS.get(name) or _FILES.get(name)
    path = _folder() / shipped if shipped else Path(name)
    if path.is_file():
        return path
    if shipped:
        raise EnvironmentLacks(
            f"the tokenizer {name} is missing: the litellm installed here does not bring it; update it"
        )
    known = ", ".join([*_RANKS, *_FILES])
    raise EnvironmentLacks(f"there is no tokenizer {name!r}: name one of {known}, or the path of a tokenizer.json")


def _folder() -> Path:
    """Return where litellm keeps tokenizers; it is not imported, for that takes a second."""
    spec = find_spec("litellm")
    roots = (spec.submodule_search_locations if spec else None) or ["."]
    return Path(roots[0], "litellm_core_utils", "tokenizers")


@contextmanager
def _cache(folder: Path) -> Iterator[None]:
    """Let tiktoken find its files in a folder; it takes that from the environment only."""
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["TIKTOKEN_CACHE_DIR"]
        else:
            os.environ["TIKTOKEN_CACHE_DIR"] = before
