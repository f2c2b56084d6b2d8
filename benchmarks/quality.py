"""The figures on labelled data, a part for each family of operators.

    python benchmarks/quality.py language --data langid_udhr.jsonl
    python benchmarks/quality.py pii --data pii_presidio_synth.jsonl

A part is a module `benchmarks/quality_<part>.py` with a function `figures(data)` that yields lines to print; its
docstring says what it measures. Labels are read by the part and never by an operator.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def parts() -> list[str]:
    """Return the names of the parts there are."""
    return sorted(path.stem.removeprefix("quality_") for path in Path(__file__).parent.glob("quality_*.py"))


def main() -> None:
    """Print the figures of one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=parts())
    parser.add_argument("--data", type=Path, required=True, help="the labelled file, JSON Lines")
    given = parser.parse_args()
    for line in importlib.import_module(f"benchmarks.quality_{given.part}").figures(given.data):
        print(line, flush=True)


if __name__ == "__main__":
    main()
