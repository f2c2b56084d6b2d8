"""Memory and open files over very many model calls against a local server in another process.

    python -m benchmarks.soak --calls 200000

Prints both at a tenth of the calls and at the end. Calls come in slices, as parts of a run do.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.server import Server, serving
from dfcli.ops.base import Message, Prompt
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.models import Models
from dfcli.runtime.replies import Replies

SLICE = 2000


def memory() -> float:
    """Return the megabytes this process has in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def files() -> int:
    """Return how many files and sockets this process has open."""
    return len(os.listdir("/proc/self/fd"))


def soak(url: str, calls: int) -> None:
    spec = ModelSpec(model="openai/stub", base_url=url, concurrency=64)
    with tempfile.TemporaryDirectory() as folder:
        replies = Replies(Path(folder) / "replies.sqlite")
        with Models({"default": spec}, replies) as models:
            for start in range(0, calls, SLICE):
                texts = (f"call {number}" for number in range(start, min(start + SLICE, calls)))
                prompts = [Prompt((Message("user", text),), lambda reply: {"answer": reply}) for text in texts]
                answers = models.ask("default", prompts, lambda usage: None)
                assert all(each.values for each in answers), answers[0].failed
                if start + SLICE == max(calls // 10 // SLICE, 1) * SLICE:
                    early, opened = memory(), files()
        late = memory()
        replies.close()
    print(f"memory at a tenth of {calls} calls {early:.0f} MB, at the end {late:.0f} MB: {late - early:+.0f} MB")
    print(f"open files {opened} and {files()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        with serving(Server(lambda text, time: "fine")) as server:
            print(server.url, flush=True)
            time.sleep(24 * 3600)
    command = [sys.executable, "-m", "benchmarks.soak", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        soak(other.stdout.readline().strip(), arguments.calls)
        other.kill()


if __name__ == "__main__":
    main()
