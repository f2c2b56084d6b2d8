"""What is asked again, and what is not, when something goes wrong or changes: a table of cases against a local server.

    python -m benchmarks.durability
    python -m benchmarks.durability --case B --rows 5000 --in-flight 64 --kills 3

Requests are counted by their content, at the server.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks import batch_server
from benchmarks.server import Answer, Fault, Server, serving
from dfcli import api
from dfcli.errors import BudgetReached
from dfcli.runtime.events import RunDone

ASK = {"op": "ask", "system": "Be brief.", "prompt": "Q {{ text }}"}
LATE = {"op": "ask", "id": "late", "prompt": "Say it again: {{ answer }}", "outputs": {"again": "str"}}


@dataclass
class Project:
    """A folder with a recipe, a server, and the runs of that recipe."""

    folder: Path
    server: Server
    rows: int
    in_flight: int = 16
    model: dict[str, Any] = field(default_factory=dict)

    def write(self, texts: Iterable[str], name: str = "in.jsonl") -> None:
        lines = (json.dumps({"text": text}) + "\n" for text in texts)
        (self.folder / name).write_text("".join(lines), encoding="utf-8")

    def texts(self) -> list[str]:
        return [f"row {number}" for number in range(self.rows)]

    def data(self, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
        model = {"model": "openai/stub", "base_url": self.server.url, "temperature": 0.7, "concurrency": self.in_flight}
        return {
            "name": "durable",
            "input": "in.jsonl",
            "output": str(self.folder / "out.jsonl"),
            "models": {"default": {**model, **self.model}},
            "steps": list(steps or (ASK,)),
            **more,
        }

    def run(self, *steps: dict[str, Any], **more: Any) -> RunDone:
        return api.run(api.recipe(self.data(*steps, **more), self.folder), runs=self.folder / "runs").done()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the recipe in a process of its own."""
        (self.folder / "recipe.yaml").write_text(json.dumps(self.data()), encoding="utf-8")
        command = [sys.executable, "-m", "dfcli", "run", "recipe.yaml"]
        return subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def calls_of(self, *steps: dict[str, Any], **more: Any) -> int:
        """Run, and return how many calls that took."""
        self.server.forget()
        self.run(*steps, **more)
        return self.server.calls

    def output(self) -> bytes:
        return (self.folder / "out.jsonl").read_bytes()


@dataclass(frozen=True)
class Verdict:
    """Whether a case holds, and what was counted."""

    holds: bool
    found: str


Case = Callable[[Project], Verdict]


def a(project: Project) -> Verdict:
    """One row answered 400: the others are kept, it fails with kind and body, one call for it."""
    refused = Fault(400, "this row is not for me")
    project.server.answer = lambda text, time: refused if text == "Q row 7" else f"re: {text}"
    done = project.run()
    failed = pl.read_parquet(done.folder / "failed" / "**" / "*.parquet")
    why, calls = failed["__reason__"].to_list(), project.server.asked["Q row 7"]
    good = (done.rows, why, calls) == (project.rows - 1, ["bad_request: this row is not for me"], 1)
    return Verdict(good, f"{done.rows} kept, failed {why}, {calls} call for it")


def b(project: Project, kills: int = 20) -> Verdict:
    """kill -9 at k of n: calls in all at most n and those that may be in flight; the same bytes as unbroken."""
    project.run()
    unbroken, worst, rng = project.output(), 0, random.Random(1)
    project.server.latency = 0.02
    for _ in range(kills):
        again = replace(project, folder=Path(tempfile.mkdtemp(dir=project.folder)))
        again.write(again.texts())
        project.server.forget()
        process, k = again.start(), rng.randrange(1, project.rows)
        while project.server.calls < k and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        again.run()
        worst = max(worst, project.server.calls - project.rows)
        if again.output() != unbroken:
            return Verdict(False, "other bytes than the unbroken run")
    found = f"{kills} kills; calls beyond n: at most {worst}, {project.in_flight} may be in flight"
    return Verdict(worst <= project.in_flight, found)


def c(project: Project) -> Verdict:
    """m rows appended, also from another path and in another order: m calls."""
    project.run()
    project.write([*project.texts(), "new 1", "new 2", "new 3"])
    appended = project.calls_of()
    project.write(["new 4", *reversed(project.texts()), "new 1", "new 2", "new 3"], "other.jsonl")
    moved = project.calls_of(input="other.jsonl")
    return Verdict((appended, moved) == (3, 1), f"{appended} calls for 3 rows, then {moved} for 1 more elsewhere")


def d(project: Project) -> Verdict:
    """One input row edited in place: one call, no old answer."""
    project.run()
    project.write(["edited", *project.texts()[1:]])
    calls = project.calls_of()
    stale = b're: Q row 0"' in project.output()
    return Verdict(calls == 1 and not stale, f"{calls} call, {'an' if stale else 'no'} old answer")


def e(project: Project) -> Verdict:
    """The prompt of a late step edited: only that step's calls."""
    project.run(ASK, LATE)
    calls = project.calls_of(ASK, {**LATE, "prompt": "Once more: {{ answer }}"})
    late = sum(number for text, number in project.server.asked.items() if text.startswith("Once more"))
    return Verdict(calls == late == project.rows, f"{calls} calls, {late} of that step")


def f(project: Project) -> Verdict:
    """The system prompt edited: all of that step's calls."""
    project.run()
    calls = project.calls_of({**ASK, "system": "Be very brief."})
    return Verdict(calls == project.rows, f"{calls} calls")


def g(project: Project) -> Verdict:
    """The endpoint, the schema or the temperature edited: all of that step's calls."""
    project.server.answer = lambda text, time: json.dumps({"answer": text, "sure": True})
    form: dict[str, Any] = {**ASK, "outputs": {"answer": "str"}, "reply": "json"}
    project.run(form)
    schema = project.calls_of({**form, "outputs": {"answer": "str", "sure": "bool"}})
    project.model = {"temperature": 0.2}
    temperature = project.calls_of(form)
    project.model = {"base_url": project.server.url.replace("127.0.0.1", "localhost")}
    endpoint = project.calls_of(form)
    found = {"schema": schema, "temperature": temperature, "endpoint": endpoint}
    return Verdict(set(found.values()) == {project.rows}, f"calls: {found}")


def h(project: Project) -> Verdict:
    """A server that takes 8 calls at once, 64 allowed, Retry-After 1 s: few refusals, then fewer, and no row lost."""
    project.server.cap, project.server.latency, project.model = 8, 0.01, {"concurrency": 64}
    done = project.run()
    first = project.server.refused
    project.write(f"next {number}" for number in range(project.rows))
    project.server.forget()
    again = project.run()
    second = project.server.refused
    kept = done.rows == again.rows == project.rows
    return Verdict(first <= 20 and second <= 3 and kept, f"{first} refusals, then {second}; all rows kept: {kept}")


def i(project: Project) -> Verdict:
    """Every first call answers 500: 2n calls, with as many at once as before."""
    project.server.answer = lambda text, time: Fault(500) if time == 1 else f"re: {text}"
    project.server.latency = 0.05
    done = project.run()
    calls, most = project.server.calls, project.server.most
    good = calls == 2 * project.rows and done.rows == project.rows and most >= 0.8 * project.in_flight
    return Verdict(good, f"{calls} calls for {project.rows} rows, up to {most} of {project.in_flight} at once")


def j(project: Project) -> Verdict:
    """Replies cut by their length: never unmarked in the output, at most two calls each."""
    project.server.answer = lambda text, time: (f"re: {text[:4]}", "length")
    done = project.run()
    calls = max(project.server.asked.values())
    reasons = dict(done.steps[0].failed)
    good = done.rows == 0 and reasons == {"truncated": project.rows} and calls <= 2
    return Verdict(good, f"{done.rows} rows in the output, failed {reasons}, at most {calls} calls each")


def k(project: Project) -> Verdict:
    """Nothing changed: no call."""
    project.run()
    calls = project.calls_of()
    return Verdict(calls == 0, f"{calls} calls")


def l(project: Project) -> Verdict:  # noqa: E743  named as the case is
    """The budget reached: it stops within its bound, and the resumed run repeats nothing."""
    limit = project.rows // 3
    with suppress(BudgetReached):
        project.run(budget={"calls": limit})
        return Verdict(False, "the budget did not stop it")
    spent = project.server.calls
    rest = project.calls_of(budget={"calls": 10 * project.rows})
    return Verdict(
        spent <= limit and spent + rest == project.rows, f"{spent} of {limit} calls, then {rest} for the rest"
    )


def m(project: Project) -> Verdict:
    """Killed after a batch was submitted: no second submit; its results are collected on restart."""
    with batch_server.serving() as server:
        server.patience = sys.maxsize
        project = replace(project, model={**project.model, "base_url": server.url, "batch": True})
        process = project.start()
        while not server.batches and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        server.patience = 1
        project.start().communicate()
        submitted, asked = len(server.batches), sum(server.asked.values())
    rows = project.output().count(b"\n")
    good = (submitted, asked, rows) == (1, project.rows, project.rows)
    return Verdict(good, f"{submitted} batch submitted with {asked} requests, {rows} rows after the restart")


def n(project: Project) -> Verdict:
    """Two processes in one project: the second says that the first is at work, and no call is made twice."""
    project.server.latency, project.model = 1.0, {"concurrency": max(project.rows // 5, 1)}
    first = project.start()
    while not project.server.calls and first.poll() is None:
        time.sleep(0.01)
    second = project.start()
    _, said = second.communicate()
    first.communicate()
    twice = max(project.server.asked.values())
    told = f"process {first.pid} is writing" in said.decode()
    how = "says that the first is at work" if told else f"says {said.decode()!r}"
    return Verdict(twice == 1 and told, f"each asked {twice} time; the second {how}")


CASES: dict[str, Case] = {case.__name__.upper(): case for case in (a, b, c, d, e, f, g, h, i, j, k, l, m, n)}


def verdict(name: str, rows: int, folder: Path, case: Case | None = None, in_flight: int = 16) -> Verdict:
    """Return what came of one case (or of a variant of it), in a folder of its own."""
    with serving(Server(lambda text, time: _plain(text))) as server:
        project = Project(folder, server, rows, in_flight)
        project.write(project.texts())
        return (case or CASES[name])(project)


def _plain(text: str) -> Answer:
    return f"re: {text}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=[*CASES], action="append")
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--in-flight", type=int, default=16)
    parser.add_argument("--kills", type=int, default=20)
    arguments = parser.parse_args()
    holds = True
    for name in arguments.case or CASES:
        with tempfile.TemporaryDirectory() as folder:
            case = partial(b, kills=arguments.kills) if name == "B" else CASES[name]
            found = verdict(name, arguments.rows, Path(folder), case, arguments.in_flight)
        holds = holds and found.holds
        print(f"{name} {'holds ' if found.holds else 'BREAKS'} {(CASES[name].__doc__ or '').strip()}")
        print(f"         {found.found}")
    if not holds:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
