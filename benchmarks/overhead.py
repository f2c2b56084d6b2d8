"""What the engine costs per row of a model step, with a model that answers at once.

    python benchmarks/overhead.py --rows 20000

The wall time of a run with the offline model, less that of the same run without the step, divided by the rows.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from dfcli import recipe, run

ASK = {"op": "ask", "prompt": "Say something about {{ topic }}.", "outputs": {"answer": "str"}}


def seconds(folder: Path, name: str, steps: list[Any]) -> float:
    """Return how long a recipe with these steps takes."""
    data = {
        "name": name,
        "input": str(folder / "in.jsonl"),
        "output": str(folder / f"{name}.parquet"),
        "models": {"default": {"model": "dfcli/echo", "concurrency": 64}},
        "steps": steps,
    }
    built = recipe(data)
    started = time.perf_counter()
    run(built, runs=folder / "runs").done()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    costs = []
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        lines = (json.dumps({"topic": f"topic {number}"}) + "\n" for number in range(arguments.rows))
        (folder / "in.jsonl").write_text("".join(lines), encoding="utf-8")
        for number in range(arguments.rounds):
            without = seconds(folder, f"without{number}", [{"op": "char_count", "text": "topic"}])
            again = [{"op": "char_count", "text": "topic"}, {**ASK, "prompt": f"{number}: {ASK['prompt']}"}]
            costs.append((seconds(folder, f"with{number}", again) - without) / arguments.rows * 1000)
    print(f"milliseconds per row of a model step: median {statistics.median(costs):.3f} of {arguments.rounds} rounds")
    print(f"(from {min(costs):.3f} to {max(costs):.3f}, {arguments.rows} rows each)")


if __name__ == "__main__":
    main()
