"""How long `dfcli --help` and `dfcli check` take against `python -c "import typer"`, as processor time in one run.

python -m benchmarks.startup --rounds 9
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys

COMMANDS = {
    "import typer": ["-c", "import typer"],
    "dfcli --help": ["-m", "dfcli", "--help"],
    "dfcli ops list": ["-m", "dfcli", "ops", "list"],
    "dfcli check": ["-m", "dfcli", "check", "text/pretrain_filter", "--set", "input=nosuch.jsonl"],
}


def seconds(command: list[str]) -> float:
    """Return the processor time of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    rounds = [{name: seconds(command) for name, command in COMMANDS.items()} for _ in range(arguments.rounds)]
    for name in COMMANDS:
        ratios = [each[name] / each["import typer"] for each in rounds]
        print(
            f"{name:16} {statistics.median(ratios):5.2f} x import typer (from {min(ratios):.2f} to {max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
