"""Models of the library transformers that run in this process: loaded once, on a GPU where there is one.

On a CPU they compute in single precision whatever they were saved in, so that numbers hardly depend on the batch.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal, TypeVar

from dfcli.errors import EnvironmentLacks
from dfcli.ops._blank import BLANK, blank

Head = Literal["AutoModel", "AutoModelForSequenceClassification", "AutoModelForCausalLM"]
Item = TypeVar("Item")

_LONGEST = 512
"""Tokens taken of a text where a tokenizer names no limit."""

_UNLIMITED = 10**6
"""A tokenizer without a limit names a number far beyond this one."""

one_at_a_time = Lock()
"""Parts run at the same time, and each would load the model."""


@dataclass(frozen=True)
class Pretrained:
    """A transformer and its tokenizer; who uses them holds `busy`: tokenizers of the library fail when shared."""

    tokenizer: Any
    network: Any
    device: str
    busy: Any = field(default_factory=Lock, compare=False, repr=False)

    def limit(self, wanted: int | None = None) -> int:
        """Return how many tokens it takes, or fewer that are wanted; some models need two positions for more."""
        named: int = self.tokenizer.model_max_length
        positions: int = getattr(self.network.config, "max_position_embeddings", _LONGEST + 2)
        most = min(named, positions) if named < _UNLIMITED else max(positions - 2, 1)
        return min(most, wanted) if wanted else most


def pretrained(head: Head, name: str, revision: str | None, *, outputs: int = 1) -> Pretrained:
    """Return a model by its folder or its name on the Hub; EnvironmentLacks when it cannot be loaded.

    No code that lies beside the weights is run. `outputs` is what the blank model has to have.
    """
    with one_at_a_time:
        return _loaded(head, name, revision, outputs if name == BLANK else 0)


@lru_cache(maxsize=2)
def _loaded(head: Head, name: str, revision: str | None, outputs: int) -> Pretrained:
    with loading(name):
        if name == BLANK:
            return ready(*blank(head, outputs))
        import transformers

        place = located(name)
        tokenizer = transformers.AutoTokenizer.from_pretrained(place, revision=revision, trust_remote_code=False)
        network, about = getattr(transformers, head).from_pretrained(
            place, revision=revision, trust_remote_code=False, dtype=precision(), output_loading_info=True
        )
        if head != "AutoModel" and (lost := sorted(about["missing_keys"])):
            raise EnvironmentLacks(
                f"the model {name} has no weights for {', '.join(lost)}, so it would answer by chance:"
                " name one that was trained for this"
            )
        return ready(tokenizer, network)


def ready(tokenizer: Any, network: Any) -> Pretrained:
    """Return a model that pads texts, on its device."""
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    if getattr(network.config, "pad_token_id", None) is None:
        network.config.pad_token_id = tokenizer.pad_token_id
    return Pretrained(tokenizer, network.to(device()).eval(), device())


@contextmanager
def loading(name: str) -> Iterator[None]:
    """Turn what libraries raise while they load a model into EnvironmentLacks, and keep their bars off the terminal."""
    try:
        _hush()
        yield
    except EnvironmentLacks:
        raise
    except Exception as error:
        if isinstance(error, ImportError) and error.name in ("torch", "transformers"):
            raise EnvironmentLacks("models need an extra: pip install 'dfcli[models]'") from error
        raise EnvironmentLacks(f"the model {name} cannot be loaded: {_why(error)}") from error


def device() -> str:
    """Return where models run."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def precision() -> Any:
    """Return the numbers that models compute in: single precision, but on a GPU those they were saved in."""
    import torch

    return torch.float32 if device() == "cpu" else "auto"


def located(name: str) -> str:
    """Return a model's name, or the whole path of what begins like a path; EnvironmentLacks when that is not there."""
    if not name.startswith((".", "/", "~")):
        return name
    place = Path(name).expanduser()
    if not place.exists():
        raise EnvironmentLacks(f"there is no model at {name}: save one there, or name one of the Hugging Face Hub")
    return str(place)


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield so many items at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def fingerprint(name: str) -> str:
    """Return a hash of a model's files where its name is a folder or file; a name on the Hub says itself what it is."""
    place = Path(located(name))
    if not place.exists():
        return ""
    paths = sorted(each for each in ([place] if place.is_file() else place.rglob("*")) if each.is_file())
    changed = tuple((each.stat().st_size, each.stat().st_mtime_ns) for each in paths)
    return _digest(place, tuple(paths), changed)


@lru_cache(maxsize=8)
def _digest(place: Path, paths: tuple[Path, ...], changed: tuple[tuple[int, int], ...]) -> str:
    import xxhash

    digest = xxhash.xxh3_128()
    for path, (size, _) in zip(paths, changed, strict=True):
        digest.update(f"{path.relative_to(place)} {size}\n".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _hush() -> None:
    import transformers
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    bars: Any = transformers.utils.logging
    bars.disable_progress_bar()
    for name in ("transformers", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _why(error: Exception) -> str:
    """Return an error's reason in one line; code that comes with a model is what dfcli does not run."""
    said = str(error)
    if "trust_remote_code" in said:
        return "it brings code of its own, which dfcli does not run; choose another model"
    return next((line.strip() for line in said.splitlines() if line.strip()), type(error).__name__)
