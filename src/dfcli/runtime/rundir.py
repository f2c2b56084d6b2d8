"""The folder of a run: who writes it, what it holds, what may be thrown away.

runs/text2sql/manifest.json   what ran, with which counts; the keys of every part after every stage
runs/text2sql/steps/…         checkpoints (see `checkpoint`)
runs/text2sql/dropped/…       rows that conditions removed, by step: the last run's, as Parquet
runs/text2sql/failed/…        rows that steps could not finish, likewise
runs/text2sql/events.jsonl    what happened, one JSON object a line
runs/text2sql/recipe.yaml     the recipe as it was run
runs/text2sql/report.html     all of it on one page, for people (see `report`)
runs/replies.sqlite           the replies of models, shared by all runs beside it
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dfcli.errors import RunLocked, UsageError, did_you_mean
from dfcli.runtime.checkpoint import report_from, write_text
from dfcli.runtime.events import Event, ModelUsage, Progressed, StepReport, Stopped, Usage

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

REPORT = "report.html"


@dataclass(frozen=True)
class StageKeys:
    """The parts that stood after one stage: its last step's label, their keys in order, and whether that is all."""

    label: str
    keys: tuple[str, ...]
    complete: bool


@dataclass(frozen=True)
class Manifest:
    """What a run has done. `steps` describes each step well enough to rebuild a cheap one."""

    recipe: str
    status: str
    steps: tuple[Mapping[str, Any], ...]
    stages: tuple[StageKeys, ...]
    reports: tuple[StepReport, ...] = ()
    output: str | None = None
    rows: int | None = None
    schema: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, bool] = field(default_factory=dict)
    models: tuple[ModelUsage, ...] = ()
    spent: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    version: str = ""


class RunFolder:
    """One run's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.steps = path / "steps"
        self.report = path / REPORT

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process; RunLocked names the owner when another living process has it.

        The system lets go of the lock when its owner dies, however it dies, so there is never one to remove.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("a+", encoding="utf-8") as file:
            if not _take(file.fileno()):
                file.seek(0)
                raise RunLocked(
                    f"process {file.read().strip() or '?'} is writing {self.path}; "
                    "wait for it, end it, or use another folder with --runs"
                )
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def manifest(self) -> Manifest | None:
        """Return what the last run left, or None."""
        try:
            raw = json.loads((self.path / "manifest.json").read_bytes())
        except (OSError, ValueError):
            return None
        return Manifest(
            **{
                **raw,
                "steps": tuple(raw["steps"]),
                "stages": tuple(
                    StageKeys(each["label"], tuple(each["keys"]), each["complete"]) for each in raw["stages"]
                ),
                "reports": tuple(report_from(each) for each in raw["reports"]),
                "models": tuple(
                    ModelUsage(each["role"], each["model"], Usage(**each["usage"])) for each in raw.get("models", ())
                ),
                "spent": Usage(**raw["spent"]),
            }
        )

    def write_manifest(self, manifest: Manifest) -> None:
        """Write what this run has done."""
        write_text(json.dumps(asdict(manifest), indent=1, ensure_ascii=False), self.path / "manifest.json")

    def write_recipe(self, text: str) -> None:
        """Keep the recipe as it was run."""
        if text:
            write_text(text, self.path / "recipe.yaml")

    def log(self, event: Event | Stopped) -> None:
        """Append an event; progress is not worth keeping."""
        if isinstance(event, Progressed):
            return
        line = json.dumps(describe(event), ensure_ascii=False)
        with (self.path / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def start_log(self) -> None:
        """Begin a new log of events; the report of the run before is no longer true."""
        (self.path / "events.jsonl").unlink(missing_ok=True)
        self.report.unlink(missing_ok=True)

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield the last run's events so far, as `describe` gave them."""
        with suppress(FileNotFoundError), (self.path / "events.jsonl").open(encoding="utf-8") as file:
            yield from map(json.loads, file)

    def publish(self, left: Sequence[str]) -> None:
        """Show the rows that left in the last run under `dropped/` and `failed/`."""
        for fate in ("dropped", "failed"):
            shutil.rmtree(self.path / fate, ignore_errors=True)
        for name in left:
            file = self.steps / name
            fate = file.name.split(".")[-2]
            place = self.path / fate / file.parent.name
            place.mkdir(parents=True, exist_ok=True)
            _link(file, place / f"{file.name.split('.')[0]}.parquet")

    def forget(self) -> None:
        """Remove everything but the lock, for `--fresh`."""
        for each in self.path.iterdir():
            if each.name == "lock":
                continue
            if each.is_dir():
                shutil.rmtree(each)
            else:
                each.unlink()


def describe(event: Event | Stopped) -> dict[str, Any]:
    """Return an event as plain data: its name under `event`, then its fields."""
    fields = asdict(event)
    return {"event": _snake(type(event).__name__), **{name: _plain(value) for name, value in fields.items()}}


def runs(root: Path) -> list[RunFolder]:
    """Return the run folders under a folder, by name."""
    return [RunFolder(each.parent) for each in sorted(root.glob("*/manifest.json"))] if root.is_dir() else []


def find(root: Path, name: str) -> RunFolder:
    """Return the run of a name; UsageError names the nearest."""
    known = {each.path.name: each for each in runs(root)}
    if name in known:
        return known[name]
    if (Path(name) / "manifest.json").is_file():
        return RunFolder(Path(name))
    listed = f"; runs here: {', '.join(known)}" if known else f"; there are no runs in {root}"
    raise UsageError(f"no run called {name!r}{did_you_mean(name, known)}{listed}")


def clean(run: RunFolder) -> int:
    """Remove checkpoints that a run's last state does not need any more; return how many bytes that freed."""
    manifest = run.manifest()
    with run.locked():
        needed = _needed(run, {key for stage in manifest.stages for key in stage.keys} if manifest else set())
        files = (each for each in run.steps.rglob("*") if each.is_file())
        stale = [each for each in files if each.relative_to(run.steps).as_posix() not in needed]
        freed = sum(each.stat().st_size for each in stale)
        for each in stale:
            each.unlink()
    return freed


def _needed(run: RunFolder, keys: set[str]) -> set[str]:
    """Return the files of the bundles with these keys, by name: fused steps leave files under further keys."""
    named: set[str] = set()
    for each in run.steps.rglob("*.json"):
        raw = json.loads(each.read_bytes())
        if keys & {raw["key"], *raw["keys"]}:
            named |= {each.relative_to(run.steps).as_posix(), raw["file"], *raw["left"], *raw["replies"], *raw["parts"]}
    return named


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return [_plain(each) for each in value] if isinstance(value, tuple | list) else value


def _snake(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name).lstrip("_")


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _take(descriptor: int) -> bool:
    with suppress(OSError):
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
