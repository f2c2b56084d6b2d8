"""Kill a run with SIGKILL at random moments, run it again, and count what was lost, asked twice, or different.

    python benchmarks/kill_resume.py --kills 50

The recipe is the Text-to-SQL demo; its recorded replies come back after a short wait, so that a run has many moments
to die in. Each kill is followed by runs that are killed again or finish; a finished result is compared byte for byte
with that of an undisturbed run, and every question sent is held against the replies committed before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from dfcli import shipped
from dfcli.recipes.load import load
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.engine import Options, run
from dfcli.runtime.transports import Completion, Embedding, Request, Transport, TransportError
from dfcli.runtime.world import Here

DEMO = shipped.folder("recipes") / "text2sql"


class Recorded(Transport):
    """A model that answers from a recording after `latency` seconds, and logs each question before it answers."""

    def __init__(self, replies: Path, log: Path, latency: float) -> None:
        lines = map(json.loads, replies.read_text(encoding="utf-8").splitlines())
        self._replies = {question(each): each["reply"] for each in lines}
        self._log = log
        self._latency = latency

    async def complete(self, request: Request) -> Completion:
        asked = question(
            {
                "model": request.spec.model,
                "sample": request.sample,
                "messages": [{"role": each.role, "content": each.content} for each in request.messages],
            }
        )
        with self._log.open("a", encoding="utf-8") as file:
            file.write(asked + "\n")
        await asyncio.sleep(self._latency)
        if asked not in self._replies:
            raise TransportError("fatal", f"not in the recording: {request.messages[-1].content[:80]}")
        return Completion(self._replies[asked], "stop", 100, 20)

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        raise TransportError("fatal", f"{spec.model} makes no embeddings")

    def takes_schema(self, spec: ModelSpec) -> bool:
        return True

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Counts:
    """What a campaign saw."""

    kills: int = 0
    starts: int = 0
    finished: int = 0
    different: int = 0
    asked_again: int = 0
    refused: int = 0
    questions: int = 0


def question(record: dict[str, Any]) -> str:
    """Return what identifies a question, however it is written down."""
    messages = [[each["role"], each["content"]] for each in record["messages"]]
    text = json.dumps([record["model"], record.get("sample", 0), messages])
    return blake2b(text.encode(), digest_size=16).hexdigest()


def work(folder: Path, latency: float) -> None:
    """Run the demo in a folder, as the process that is going to be killed."""
    recipe = load(DEMO / "demo.yaml", world=Here()).writing_to(folder / "out.jsonl")
    model = Recorded(DEMO / "demo" / "replies.jsonl", folder / "asked.log", latency)
    options = Options(runs=folder / "runs", ask_rows=3, transport=lambda spec: model)
    for _ in run(recipe, options):
        pass


def campaign(kills: int, latency: float, seed: int) -> Counts:
    """Kill and run again until there have been enough kills; return what was seen."""
    counts, rng = Counts(), random.Random(seed)
    with tempfile.TemporaryDirectory() as root:
        whole = Path(root, "whole")
        started = time.perf_counter()
        _start(whole, latency).wait()
        length = time.perf_counter() - started
        want = (whole / "out.jsonl").read_bytes()
        needed = Counter(_asked(whole))
        counts.questions = needed.total()
        folder = Path(root, "killed")
        while counts.kills < kills:
            _one(folder, latency, rng.uniform(0.2, 1.0) * length, counts, needed)
            if (folder / "out.jsonl").exists():
                counts.different += (folder / "out.jsonl").read_bytes() != want
                counts.finished += 1
                shutil.rmtree(folder)
        _last(folder, latency, counts, want, needed)
    return counts


def _one(folder: Path, latency: float, seconds: float, counts: Counts, needed: Counter[str]) -> None:
    """Start once and kill it after some seconds, unless it is done before.

    `needed` is how often an unbroken run asks each question: the reply that stays bad is drawn a second time.
    """
    before = _committed(folder)
    (folder / "asked.log").unlink(missing_ok=True)
    process = _start(folder, latency)
    counts.starts += 1
    try:
        counts.refused += process.wait(seconds) != 0
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        counts.kills += 1
    counts.asked_again += ((before + Counter(_asked(folder))) - needed).total() if before else 0


def _last(folder: Path, latency: float, counts: Counts, want: bytes, needed: Counter[str]) -> None:
    if folder.exists():
        _one(folder, latency, 600, counts, needed)
        counts.finished += 1
        counts.different += (folder / "out.jsonl").read_bytes() != want


def _start(folder: Path, latency: float) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen([sys.executable, "-m", "benchmarks.kill_resume", "--work", str(folder), str(latency)])


def _asked(folder: Path) -> list[str]:
    log = folder / "asked.log"
    return log.read_text(encoding="utf-8").split() if log.exists() else []


def _committed(folder: Path) -> Counter[str]:
    """Return how many good replies to each question are in the store."""
    store = folder / "runs" / "replies.sqlite"
    if not store.exists():
        return Counter()
    with sqlite3.connect(store) as connection:
        rows: Iterable[tuple[str]] = connection.execute("select request from replies where failed is null").fetchall()
    connection.close()
    return Counter(question(json.loads(request)) for (request,) in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each answer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", nargs=2, metavar=("FOLDER", "LATENCY"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(Path(arguments.work[0]), float(arguments.work[1]))
        return
    counts = campaign(arguments.kills, arguments.latency, arguments.seed)
    for name, value in vars(counts).items():
        print(f"{name:12} {value}")
    if counts.different or counts.asked_again or counts.refused:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
