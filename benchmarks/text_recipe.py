"""What rules of texts take when `dfcli` runs them: each step by itself, and all as one recipe.

    python benchmarks/text_recipe.py --gb 1 --documents 50000

The documents are English-like, from a fixed seed, in JSON Lines; a tenth of them are copies of others, and a tenth are
copies with some sentences changed. Each recipe runs in a process of its own: MB per second by the clock, MB per CPU
second of all its processes, documents per second, and the peak memory of the largest process. `reading and writing` is
a recipe whose step changes nothing.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

STEPS: dict[str, list[Any]] = {
    "reading and writing": [{"op": "where", "condition": "text is not null"}],
    "gopher_quality": ["gopher_quality"],
    "gopher_repetition": ["gopher_repetition"],
    "c4_lines, c4_documents": ["c4_lines", "c4_documents"],
    "fineweb_quality": ["fineweb_quality"],
    "language_id": [{"op": "language_id", "keep": "language = 'en'"}],
    "dedup_exact": [{"op": "dedup_exact", "on": "text"}],
    "dedup_minhash": ["dedup_minhash"],
}
STOPS = ("the", "be", "to", "of", "and", "that", "have", "with")
POOL = 200_000


class Took(NamedTuple):
    """What a run took: seconds by the clock, seconds of CPU in all its processes, and the peak memory in MB."""

    wall: float
    cpu: float
    peak: int


def make(path: Path, size: int, documents: int) -> None:
    """Write so many documents of about so many bytes in all, made of sentences of words by Zipf's law."""
    rng = random.Random(11)
    words = [*STOPS, *("".join(rng.choices("etaoinshrdlucmfwyp", k=rng.randint(2, 9))) for _ in range(20_000))]
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(words))))
    pool = [" ".join(rng.choices(words, cum_weights=weights, k=rng.randint(6, 22))).capitalize() for _ in range(POOL)]
    each = max(size // documents // 75, 3)
    kept: list[list[str]] = []
    with path.open("w", encoding="utf-8") as file:
        for number in range(documents):
            sentences = _sentences(rng, pool, each, kept)
            if len(kept) < 1000:
                kept.append(sentences)
            text = "".join(sentence + rng.choice((". ", ". ", ".\n", ".\n\n")) for sentence in sentences)
            file.write(json.dumps({"id": number, "text": text}) + "\n")


def _sentences(rng: random.Random, pool: list[str], each: int, kept: list[list[str]]) -> list[str]:
    """Return the sentences of a new document, or of one from before as it was or with one in fifty changed."""
    chance = rng.random() if kept else 1.0
    if chance >= 0.2:
        return rng.choices(pool, k=rng.randint(each // 2 + 1, each * 3 // 2))
    copy = list(rng.choice(kept))
    if chance < 0.1:
        for _ in range(max(len(copy) // 50, 1)):
            copy[rng.randrange(len(copy))] = rng.choice(pool)
    return copy


def took(source: Path, steps: list[Any], folder: Path) -> Took:
    """Run a recipe of some steps as a user would."""
    recipe = folder / "recipe.yaml"
    data = {"name": "texts", "input": str(source), "output": str(folder / "out.jsonl"), "steps": steps}
    recipe.write_text(json.dumps(data), encoding="utf-8")
    command = [sys.executable, "-m", "dfcli", "run", str(recipe), "--runs", str(folder / "runs"), "--fresh"]
    started = time.perf_counter()
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert running.stderr is not None
    said = running.stderr.read()
    _, status, usage = os.wait4(running.pid, 0)
    if status:
        raise SystemExit(said.decode())
    return Took(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)


def main() -> None:
    """Print a line for each recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gb", type=float, default=1.0)
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        make(given.make, int(given.gb * 1e9), given.documents)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "in.jsonl"
        size = ["--gb", str(given.gb), "--documents", str(given.documents)]
        subprocess.run([sys.executable, __file__, *size, "--make", str(source)], check=True)
        megabytes = source.stat().st_size / 1e6
        print(f"{given.documents:,} documents, {megabytes:,.0f} MB", flush=True)
        print(f"{'':24} {'MB/s':>8} {'MB/CPU s':>9} {'documents/s':>12} {'peak MB':>8}")
        whole = [step for name, steps in STEPS.items() if name != "reading and writing" for step in steps]
        for label, steps in {**STEPS, "all as one recipe": whole}.items():
            wall, cpu, peak = took(source, steps, folder)
            rates = f"{megabytes / wall:8.1f} {megabytes / cpu:9.1f} {given.documents / wall:12,.0f}"
            print(f"{label:24} {rates} {peak:8,}", flush=True)


if __name__ == "__main__":
    main()
