"""A recipe of two model steps and a filter: with a server that is asked, and again with all replies in the store.

    python -m benchmarks.end_to_end --rows 10000 --latency 0.05

The server runs in another process. Prints the time of each, rows per second, and the ratio of the two.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.server import Server, serving
from dfcli import api

STEPS: list[dict[str, Any]] = [
    {"op": "ask", "prompt": "Write about {{ topic }}.", "outputs": {"text": "str"}},
    {"op": "char_count", "keep": "char_count > 3"},
    {
        "op": "ask",
        "id": "judge",
        "prompt": "Rate: {{ text }}",
        "outputs": {"score": {"type": "int", "min": 1, "max": 5}},
    },
]


def answer(text: str) -> str:
    """Return a score where one is asked for, a text elsewhere."""
    return '{"score": 4}' if text.startswith("Rate") else f"A text: {text}"


def seconds(folder: Path, url: str, in_flight: int) -> float:
    """Return how long the recipe takes in a folder, its replies in the store beside the run or not."""
    model = {"model": "openai/stub", "base_url": url, "concurrency": in_flight}
    data = {
        "name": "end-to-end",
        "input": str(folder / "in.jsonl"),
        "output": str(folder / "out.parquet"),
        "models": {"default": model},
        "steps": STEPS,
    }
    built = api.recipe(data)
    started = time.perf_counter()
    done = api.run(built, runs=folder / "runs", fresh=True).done()
    assert all(not step.failed for step in done.steps)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        with serving(Server(lambda text, time: answer(text), latency=arguments.latency)) as server:
            print(server.url, flush=True)
            time.sleep(24 * 3600)
    command = [sys.executable, "-m", "benchmarks.end_to_end", "--serve", "--latency", str(arguments.latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other, tempfile.TemporaryDirectory() as root:
        assert other.stdout is not None
        url = other.stdout.readline().strip()
        lines = (json.dumps({"topic": f"topic {number}"}) + "\n" for number in range(arguments.rows))
        Path(root, "in.jsonl").write_text("".join(lines), encoding="utf-8")
        asked = seconds(Path(root), url, arguments.in_flight)
        stored = seconds(Path(root), url, arguments.in_flight)
        other.kill()
    least = 2 * arguments.rows * arguments.latency / arguments.in_flight
    print(f"asked   {asked:6.1f} s, {arguments.rows / asked:6.0f} rows/s (the server alone would take {least:.1f} s)")
    print(f"stored  {stored:6.1f} s, {arguments.rows / stored:6.0f} rows/s")
    print(f"asked / stored {asked / stored:.1f}")


if __name__ == "__main__":
    main()
