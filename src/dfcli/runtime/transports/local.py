"""Embeddings computed in this process by sentence-transformers: no key, no price, and after the first time no network.

Vectors have length 1, so that their products are cosines. On a CPU the same texts together give the same vectors.
Of a text that is longer than the model takes, the beginning counts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from dfcli.errors import EnvironmentLacks, first_line
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import Completion, Embedding, Request, Transport, TransportError
from dfcli.runtime.transports.addresses import LOCAL, is_local, uninstalled, wordless

_LISTING = "modules.json"
"""The file that makes a folder a sentence-transformers model; without it the library would guess one."""

_OTHERS = ["*.h5", "*.onnx", "*.ot", "*.msgpack", "*.tflite", "*.gguf", "onnx/*", "openvino/*", "*.py"]
"""What repositories also hold: weights for other libraries, and code."""


class Named(NamedTuple):
    """What a model's name says: a folder, or a repository on the Hub and its revision."""

    repository: str = ""
    revision: str | None = None
    folder: Path | None = None


class Local(Transport):
    """Computes vectors in one thread of its own; EnvironmentLacks when the extra is missing.

    The library and the model are loaded for the first text. A call has no timeout: it takes the time it takes.
    """

    keeps_time: ClassVar[bool] = True

    def __init__(self, spec: ModelSpec) -> None:
        if why := uninstalled(spec):
            raise EnvironmentLacks(why)
        self._spec = spec
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dfcli-embed")
        self._model: Any = None
        self._lack: EnvironmentLacks | None = None

    async def complete(self, request: Request) -> Completion:
        raise TransportError("fatal", wordless(request.spec) or "")

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._vectors, list(texts))

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._model = None

    def _vectors(self, texts: list[str]) -> Embedding:
        model = self._loaded()
        try:
            vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        except RuntimeError as error:  # torch's own, as when a GPU has no memory left
            raise TransportError("fatal", first_line(error)) from error
        return Embedding(vectors.tolist())

    def _loaded(self) -> Any:
        if self._lack is not None:
            raise self._lack
        if self._model is None:
            try:
                self._model = _model(named(self._spec.model))
            except Exception as error:  # noqa: BLE001  torch, the Hub and the file formats raise errors of any class
                self._lack = EnvironmentLacks(f"{self._spec.model} cannot be loaded: {_why(error)}")
                raise self._lack from None
        return self._model


def named(model: str) -> Named:
    """Return what the name of a local model says.

    `sentence-transformers/./folder`, `…/../folder`, `…//folder` and `…/~/folder` are folders, relative ones in the
    working folder; anything else is on the Hub, of that organisation where none is named, at a revision after `@`.
    """
    name = model.removeprefix(f"{LOCAL}/")
    if name.startswith((".", "/", "~")):
        return Named(folder=Path(name).expanduser().absolute())
    repository, _, revision = name.partition("@")
    return Named(repository if "/" in repository else f"{LOCAL}/{repository}", revision or None)


def unfound(spec: ModelSpec) -> str | None:
    """Return why a local model that is a folder cannot be there, or None; the Hub is not asked."""
    folder = named(spec.model).folder if is_local(spec) else None
    why = None if folder is None else _no_model(folder)
    return why and f"{spec.model} cannot be loaded: {why}"


def _no_model(folder: Path) -> str | None:
    if not folder.is_dir():
        return f"there is no folder {folder}"
    if not (folder / _LISTING).is_file():
        return f"{folder} has no {_LISTING}, so it is no sentence-transformers model"
    return None


def _model(given: Named) -> Any:
    _hush()
    from sentence_transformers import SentenceTransformer

    folder = given.folder or _fetched(given)
    if why := _no_model(folder):
        raise FileNotFoundError(why)
    return SentenceTransformer(str(folder), trust_remote_code=False, local_files_only=True)


def _fetched(given: Named) -> Path:
    """Return the folder that a model of the Hub is kept in, fetched where it is not there yet."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError

    try:
        return Path(snapshot_download(given.repository, revision=given.revision, ignore_patterns=_OTHERS))
    except LocalEntryNotFoundError:
        raise FileNotFoundError("it is not on this machine, and the Hugging Face Hub cannot be reached") from None
    except RepositoryNotFoundError:
        raise FileNotFoundError("the Hugging Face Hub has no such model, or shows it only with HF_TOKEN set") from None


def _hush() -> None:
    """Keep progress bars and remarks of the libraries off the terminal."""
    import transformers
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    bars: Any = transformers.utils.logging
    bars.disable_progress_bar()
    for name in ("transformers", "sentence_transformers", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _why(error: Exception) -> str:
    """Return an error's reason in one line; code that comes with a model is what dfcli does not run."""
    if "trust_remote_code" in str(error):
        return "it brings code of its own, which dfcli does not run; choose another model"
    return first_line(error) or type(error).__name__
