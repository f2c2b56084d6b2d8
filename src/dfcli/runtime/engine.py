"""Running a recipe: parts flow through stages, several at once, and whatever is dear is kept as it is made.

Each part is taken through all stages of its segment by one thread, so finished rows appear early and the model is
asked for later steps while earlier ones wait for nothing. Only a step over all rows waits for all parts.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dfcli.errors import DfcliError, EnvironmentLacks, Interrupted
from dfcli.recipes.model import ModelSpec, Recipe
from dfcli.runtime import inputs, resume
from dfcli.runtime.apply import stopped_at
from dfcli.runtime.checkpoint import Bundle, Checkpoints
from dfcli.runtime.context import CheckContext
from dfcli.runtime.databases.connect import Databases
from dfcli.runtime.events import Event, Noted, Progressed, RunStarted, StepDone, Stopped, Usage
from dfcli.runtime.finish import finish
from dfcli.runtime.models import Models
from dfcli.runtime.parts import Cutter, Part, on_disk
from dfcli.runtime.plan import Planned, Segment, generations, plan
from dfcli.runtime.replies import Replies
from dfcli.runtime.report import write_report
from dfcli.runtime.rundir import Manifest, RunFolder
from dfcli.runtime.stage import Kit, through
from dfcli.runtime.tally import Tally
from dfcli.runtime.transports import Transport, transport_for
from dfcli.runtime.whole import Cut, parts_of, run_whole
from dfcli.runtime.wording import plural
from dfcli.runtime.workers import Workers
from dfcli.runtime.world import cautions, keys_missing

_BEAT = 0.2
"""Seconds between two looks at how far the run is."""

ASK_AHEAD = 3
"""Rows under way per call in flight, so that no part's end lets the endpoint idle."""


@dataclass(frozen=True)
class Options:
    """How a recipe is run; none of this changes what a row becomes.

    `replies` is the store of the models' replies, `replies.sqlite` beside the run's folder by default. `resume` is a
    step's number or id to start again at. `part_rows` and `ask_rows` are the rows of a part, without
    and with steps that ask a model. `transport` makes the client of a model: tests hand in their own.
    """

    runs: Path = Path("runs")
    replies: Path | None = None
    resume: str | None = None
    fresh: bool = False
    record: Path | None = None
    replay: Path | None = None
    part_rows: int = 10_000
    ask_rows: int = 500
    threads: int = field(default_factory=lambda: max(2, os.cpu_count() or 1))
    transport: Callable[[ModelSpec], Transport] = transport_for

    @property
    def asks_for_real(self) -> bool:
        """Whether models are reached over the network, and so need their keys."""
        return self.replay is None and self.transport is transport_for


def run(recipe: Recipe, options: Options | None = None) -> Iterator[Event]:
    """Run a recipe, yielding what happens; the last event is RunDone.

    Running again is resuming. DfcliError says why a run stopped; everything finished is kept then.
    """
    options = options or Options()
    folder = RunFolder(options.runs / recipe.name)
    with folder.locked():
        if options.fresh:
            folder.forget()
        folder.start_log()
        for event in _Run(recipe, options, folder).events():
            folder.log(event)
            yield event


class _Run:
    """One execution of a recipe, in a folder it has to itself."""

    def __init__(self, recipe: Recipe, options: Options, folder: RunFolder) -> None:
        self.recipe = recipe
        self.options = options
        self.folder = folder
        self.stop = threading.Event()
        self.started = time.monotonic()
        self.before = folder.manifest()
        outside = _outside(recipe)
        if options.asks_for_real and (missing := keys_missing(recipe)):
            raise EnvironmentLacks("\n".join(missing))
        self.point = resume.find(recipe, options.resume, self.before, outside)
        self.plan = plan(recipe, outside, self.point.number)
        spent = self.before.spent if self.before else Usage()
        self.tally = Tally(recipe, self.plan.planned(), self.before if self.point.number > 1 else None, spent)
        self.bad = inputs.BadLines(recipe.input)
        self.parts: list[Part] = []

    def events(self) -> Iterator[Event]:
        """Do it all, yielding what happens."""
        with ExitStack() as stack:
            replies = stack.enter_context(
                closing(Replies(self.options.replies or self.options.runs / "replies.sqlite"))
            )
            self.models = stack.enter_context(self._models(replies))
            workers = stack.enter_context(Workers(self.recipe.registry.local if self.recipe.registry else ()))
            databases = stack.enter_context(Databases(self.recipe.folder))
            self.kit = Kit(self.recipe, databases, self.models, Checkpoints(self.folder.steps), self.tally, workers.run)
            stack.enter_context(self._ctrl_c())
            yield RunStarted(self.recipe.name, self.folder.path, self.tally.reports())
            yield from map(Noted, (*self.point.notes, *cautions(self.recipe)))
            try:
                yield from self._segments()
                yield from self.bad.note()
                yield from finish(self.recipe, self.folder, self.tally, self.parts)
            except BaseException as error:
                manifest = self._save("interrupted" if isinstance(error, Interrupted | GeneratorExit) else "stopped")
                self.folder.log(Stopped(_why(error), stopped_at(error)))
                write_report(self.recipe, manifest, self.folder, why=_why(error))
                raise
            if self.options.record is not None:
                replies.record(self.models.used, self.options.record)

    def _models(self, replies: Replies) -> Models:
        return Models(
            self.recipe.models,
            replies,
            replay=self.options.replay,
            budget=self.recipe.budget,
            spent=self.before.spent if self.before else None,
            stop=self.stop,
            transport=self.options.transport,
        )

    def _segments(self) -> Iterator[Event]:
        parts = self._first_parts()
        for place, segment in enumerate(self.plan.segments):
            yield from self._flow(segment, parts, bridge=self.point.bridge if place == 0 else ())
            if segment.whole is not None:
                following = self.plan.segments[place + 1]
                bundle = self._whole(segment.whole, following)
                yield StepDone(self.tally.report(segment.whole))
                parts = parts_of(bundle, self.kit.store)

    def _first_parts(self) -> Iterator[Part]:
        """Return the parts of the first segment: from checkpoints, the input or the source."""
        first = self.plan.segments[0]
        cutter, rows = Cutter(first.twins), self._rows(first)
        if self.point.stored is not None:
            return self.point.parts(self.kit.store, cutter, first)
        if self.plan.source is not None:
            return inputs.source_parts(self.plan.source, cutter, rows, self.kit)
        if any(each.asks for each in self.plan.segments):
            inputs.look(self.recipe, self.tally)
        return inputs.parts(self.recipe, cutter, rows, self.bad)

    def _rows(self, segment: Segment) -> int:
        """Return the rows of a part; a batch of calls is worth its wait only when it is large."""
        asked = [self.recipe.models.get(each.step.model) for each in segment.steps() if each.step.asks]
        small = segment.asks and not any(spec is not None and spec.batch for spec in asked)
        return self.options.ask_rows if small else self.options.part_rows

    def _flow(self, segment: Segment, parts: Iterator[Part], bridge: tuple[Planned, ...]) -> Iterator[Event]:
        """Take all parts through a segment, a few at a time; `self.parts` is what comes out, in order."""
        done: dict[int, Part] = {}
        in_flight: set[Future[Part]] = set()
        width = self._width(segment)
        with ThreadPoolExecutor(width, thread_name_prefix="dfcli-part") as pool, self._halting():
            part = next(parts, None)
            while part is not None or in_flight:
                while part is not None and len(in_flight) < width and not self.stop.is_set():
                    in_flight.add(pool.submit(self._through, segment, part, bridge))
                    part = next(parts, None)
                if self.stop.is_set():
                    raise Interrupted(self._interrupted())
                finished, in_flight = wait(in_flight, timeout=_BEAT, return_when=FIRST_COMPLETED)
                done |= {part.number: part for part in (each.result() for each in finished)}
                yield from self._noted()
                yield Progressed(self.tally.reports(), time.monotonic() - self.started)
        self.parts = [done[number] for number in sorted(done)]
        yield from self._finished(segment)

    def _noted(self) -> Iterator[Noted]:
        while not self.models.notes.empty():
            yield Noted(self.models.notes.get())

    def _interrupted(self) -> str:
        sent = self.models.in_batches
        batches = f"; {plural(sent, 'prompt')} in batches at the provider will be collected then" if sent else ""
        return f"interrupted; everything finished is kept, and running again goes on from here{batches}"

    def _width(self, segment: Segment) -> int:
        """Return how many parts are under way at once: where models are asked, enough to keep all calls in flight."""
        if not segment.asks:
            return self.options.threads
        roles = {each.step.model for each in segment.steps() if each.step.asks}
        calls = sum(spec.concurrency for role, spec in self.recipe.models.items() if role in roles)
        return max(2 * self.options.threads, -(-ASK_AHEAD * calls // self._rows(segment)))

    def _finished(self, segment: Segment) -> Iterator[Event]:
        source = (self.plan.source,) if self.plan.source and segment is self.plan.segments[0] else ()
        for planned in (*source, *segment.steps()):
            self.tally.complete(planned.step.label)
            yield StepDone(self.tally.report(planned))

    def _through(self, segment: Segment, part: Part, bridge: tuple[Planned, ...]) -> Part:
        for stage in (bridge, *segment.stages) if bridge else segment.stages:
            if self.stop.is_set():
                raise Interrupted("interrupted")
            part = through(stage, part, self.kit, reuse=stage is bridge or not self.point.forced)
        return part if part.file is not None else on_disk(part, self.kit.store.root)

    def _whole(self, planned: Planned, following: Segment) -> Bundle:
        with self.kit.context(planned, Usage()) as ctx:
            family = generations(following.steps())
            cut = Cut(Cutter(following.twins), self._rows(following), not self.point.forced, family)
            bundle, known = run_whole(planned, self.parts, self.kit.store, cut, ctx)
        for report in bundle.reports:
            self.tally.add(report, reused=known)
        self.tally.stage(planned.step, 0, bundle.key, bundle.left)
        self.tally.complete(planned.step.label)
        self._save("running")
        return bundle

    def _save(self, status: str) -> Manifest:
        manifest = self.tally.manifest(status, {})
        self.folder.publish(self.tally.left())
        self.folder.write_recipe(self.recipe.text)
        self.folder.write_manifest(manifest)
        return manifest

    @contextmanager
    def _halting(self) -> Iterator[None]:
        """When anything goes wrong, let the calls in flight land, and start nothing more."""
        try:
            yield
        except BaseException:
            self._halt()
            raise

    def _halt(self) -> None:
        self.stop.set()
        self.models.interrupt()

    @contextmanager
    def _ctrl_c(self) -> Iterator[None]:
        """First Ctrl-C: stop asking and land what is in flight. Second: leave now; what is committed is safe."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def interrupt(*_: object) -> None:
            if self.stop.is_set():
                os._exit(130)
            self._halt()

        before = signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def _why(error: BaseException) -> str:
    """Return what a report says of the end of a run; a bug's own words may hold anything."""
    if isinstance(error, DfcliError):
        return str(error)
    return "" if isinstance(error, GeneratorExit) else f"a bug: {type(error).__name__}"


def _outside(recipe: Recipe) -> dict[str, str]:
    """Return, by step label, the hash of what each step reads besides its rows."""
    with Databases(recipe.folder) as databases:
        return {step.label: step.operator.outside(CheckContext(recipe, step, databases)) for step in recipe.flat()}
