"""Every mistake of a recipe that can be found without running it.

The check walks through the steps with the columns that each leaves, types included; Polars itself tells the types, on
frames without rows. After a mistake it goes on with what is still known, so that one mistake is reported once and does
not hide the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from typing import Any

import polars as pl
from polars.exceptions import ColumnNotFoundError, PanicException, PolarsError

from dfcli.errors import Code, DfcliError, EnvironmentLacks, Problem, first_line
from dfcli.ops.base import Source, is_hidden
from dfcli.ops.expressions import expressions
from dfcli.ops.types import dtype, name_of
from dfcli.recipes import checks
from dfcli.recipes.chat import chat_format, fields, shaped
from dfcli.recipes.columns import Columns, fits
from dfcli.recipes.conditions import Flaws, misfit, wrong_with
from dfcli.recipes.mistakes import ordered
from dfcli.recipes.model import Input, Lack, Output, Recipe, Repeat, Step, World
from dfcli.recipes.structure import block, problem, structure
from dfcli.recipes.unbuilt import Unbuilt


def check(recipe: Recipe) -> list[Problem]:
    """Return every mistake that can be found without running, in the order of the file; what is lacking comes last."""
    found = [*structure(recipe), *_Walk(recipe).problems()]
    return ordered([*found, *_lacks(recipe, found)], recipe.file)


def _lacks(recipe: Recipe, found: Sequence[Problem]) -> Iterator[Problem]:
    """Yield what the world says is missing here, but for what the walk has met already."""
    for each in _missing(recipe):
        if any(each.sentence.removeprefix("input: ") in met.sentence for met in found):
            continue
        if each.step is not None:
            yield replace(problem(each.step, "op", "", each.code, lacking=True), sentence=each.sentence)
        else:  # about a block of the recipe, which the sentence begins with
            yield block(recipe, each.sentence.partition(" ")[0].rstrip(":"), each.sentence, each.code)


def _missing(recipe: Recipe) -> Sequence[Lack]:
    try:
        return [Lack(*each) for each in (recipe.world or World()).lacks(recipe)]
    except DfcliError as error:  # what it needs for an answer cannot be read; that is an answer, too
        return [Lack(None, f"input: {error}" if recipe.input else str(error), "input_unreadable")]


class _Unseen(Exception):
    """An operator wanted to look outside, where this check cannot."""


class _Blind:
    """The context of a check that looks at nothing outside the recipe."""

    def __getattr__(self, name: str) -> Any:
        raise _Unseen


class _Walk:
    """Follows the columns through a recipe; `columns` are those at the point it has reached."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.world = recipe.world or World()
        self.found: list[Problem] = []
        self.columns = Columns(more=True)

    def problems(self) -> list[Problem]:
        """Return what does not fit, from the input to the checks."""
        if self.recipe.input is not None:
            self.columns = self._input()
        for each in self.recipe.steps:
            if isinstance(each, Repeat):
                self._loop(each)
            else:
                self._step(each)
        self._result()
        return self.found

    def _input(self) -> Columns:
        given = self.recipe.input
        assert given is not None
        try:
            schema = self.world.input_schema(given, self.recipe.folder)
        except DfcliError as error:
            code = _lacking(error) if isinstance(error, EnvironmentLacks) else "input_unreadable"
            lacking = isinstance(error, EnvironmentLacks)
            self.found.append(block(self.recipe, "input", str(error), code, lacking=lacking))
            schema = None
        if schema is None:
            return Columns(pl.Schema(dict(_declared(given))), more=True)
        for name in filter(is_hidden, schema):
            sentence = f"the column {name!r} has a name that only dfcli may use"
            self.found.append(block(self.recipe, "input", sentence, "bad_value", column=name))
        return Columns(pl.Schema(schema))

    def _loop(self, loop: Repeat) -> None:
        """Walk a loop twice: once for its first round, once for what that round leaves to the next."""
        for step in loop.steps:
            self._step(replace(step, loop=loop.loop, round=1))
        if loop.loop.until:
            self._flaws(loop, "until", wrong_with(loop.loop.until, self.columns))
        if loop.loop.times > 1:
            before = list(self.found)
            for step in loop.steps:
                self._step(replace(step, loop=loop.loop, round=2))
            later = [each for each in self.found[len(before) :] if each not in before]
            self.found = [*before, *(replace(each, sentence=f"{each.sentence} (in round 2)") for each in later)]

    def _step(self, step: Step) -> None:
        before = self.columns
        self._condition(step, "when", step.when)
        if isinstance(step.operator, Unbuilt):
            self.columns = step.operator.after(self.columns)
        elif isinstance(step.operator, Source) and step is not self.recipe.steps[0]:
            self.columns = self.columns.written(step.operator.writes())
        else:
            self.columns = Columns() if isinstance(step.operator, Source) else self.columns
            readable = self._reads(step)
            sound = self._expressions(step)
            self.columns = self._after(step, readable and sound)
        if step.when:
            self.columns = self._for_some_rows(step, before)
        self._condition(step, "keep", step.keep)

    def _condition(self, step: Step, key: str, condition: str | None) -> None:
        if condition is not None:
            self._flaws(step, key, wrong_with(condition, self.columns))

    def _flaws(self, step: Step | Repeat, key: str, flaws: Flaws) -> None:
        """Note what is wrong with an expression; the columns it misses are not missed again."""
        for number, each in enumerate(flaws.sentences):
            column = flaws.missing[number] if flaws.missing else ""
            self.found.append(problem(step, key, f"{key}: {each}", flaws.code, column=column))
        self.columns = self.columns.excuse(flaws.missing)

    def _reads(self, step: Step) -> bool:
        """Note the columns that a step misses or finds of the wrong type; tell whether it can read all it needs."""
        can_lack = {*step.operator.can_lack()} & {*self.columns.missing(step.operator.can_lack())}
        reads = {name: kind for name, kind in step.operator.reads().items() if name not in can_lack}
        for name in [*reads, *step.operator.writes()]:
            if is_hidden(name):
                self._say(step, name, f"the column {name!r} has a name that only dfcli may use", "bad_value")
        missing = self.columns.missing(name for name in reads if not is_hidden(name))
        for name in missing:
            self._say(step, name, self.columns.no_column(name), "unknown_column")
        misfits = [name for name in reads if not fits(self.columns.known.get(name, pl.Null()), reads[name])]
        for name in misfits:
            wanted, kind = reads[name], self.columns.known[name]
            assert wanted is not None
            sentence = f"the column {name!r} is {name_of(kind)}, and {name_of(wanted)} is needed here"
            self._say(step, name, sentence, "type_mismatch")
        self.columns = self.columns.excuse(missing)
        return not misfits and self.columns.knows(reads)

    def _expressions(self, step: Step) -> bool:
        """Note what is wrong with the SQL in a step's options, but for its columns; tell whether nothing is."""
        before = len(self.found)
        for option, each in expressions(step.operator).items():
            named_well = not any(map(is_hidden, each.columns))
            flaws = wrong_with(each.text, self.columns, each.gives) if named_well else Flaws()
            self._flaws(step, option, flaws)
        return len(self.found) == before

    def _say(self, step: Step, column: str, sentence: str, code: Code, *, lacking: bool = False) -> None:
        """Note what is wrong with a step, at the line of the option that names the column."""
        found = problem(step, _option(step, column), sentence, code, lacking=lacking, column=column)
        self.found.append(replace(found, option=_naming(step, column) or found.option))

    def _after(self, step: Step, readable: bool) -> Columns:
        """Return the columns after a step: what Polars tells, or where it cannot, what the operator declares."""
        assumed = self.columns.written(step.operator.writes())
        assumed = replace(assumed, more=assumed.more or step.operator.columns_vary)
        if not readable or self.columns.more:
            return assumed
        try:
            with _context(self.world, self.recipe, step) as ctx:
                return self.columns.become(step.operator.schema_after(self.columns.known, ctx), step.id)
        except _Unseen:
            return replace(assumed, more=True)
        except ColumnNotFoundError as error:
            return self._unfound(step, error, assumed)
        except (PolarsError, PanicException) as error:
            types = self.columns.types(step.operator.reads())
            self._say(step, "", misfit(error) + (f"; {types}" if types else ""), "type_mismatch")
        except EnvironmentLacks as error:
            self._say(step, "", str(error), _lacking(error), lacking=True)
        except DfcliError as error:
            self._say(step, "", str(error), "bad_value")
        except Exception as error:  # noqa: BLE001  a stranger's operator may raise anything, and the check goes on
            self._say(step, "", f"{type(error).__name__}: {first_line(error)}", "bad_value")
        return assumed

    def _unfound(self, step: Step, error: ColumnNotFoundError, assumed: Columns) -> Columns:
        """Return the columns after a step that misses a column which it did not say it reads."""
        names = [each for each in first_line(error).split('"')[1:2] if self.columns.missing([each])]
        for name in names:
            self._say(step, name, self.columns.no_column(name), "unknown_column")
        return assumed.excuse(names)

    def _for_some_rows(self, step: Step, before: Columns) -> Columns:
        """Return the columns after a step that some rows pass by: those keep what they had, and get nulls besides."""
        after = self.columns
        for name, kind in after.known.items():
            had = before.known.get(name, kind)
            if name_of(had) != name_of(kind) and not (had.is_numeric() and kind.is_numeric()):
                sentence = f"when: {name!r} becomes {name_of(kind)}, and stays {name_of(had)} in the rows that pass by"
                sentence = f"{sentence}: write another column"
                self.found.append(problem(step, "when", sentence, "type_mismatch", column=name))
        known = pl.Schema({**before.known, **after.known})
        return replace(after, known=known, left_out=before.left_out)

    def _result(self) -> None:
        output = self.recipe.output
        for key, names in (("columns", output.columns or ()), ("without", output.without)) if output else ():
            for name in self.columns.missing(names):
                sentence = f"output: {self.columns.no_column(name)}"
                self.found.append(block(self.recipe, f"output.{key}", sentence, "unknown_column", column=name))
        if output is not None and (wrong := self._unshapely(output)):
            key = "output.fields" if output.fields else "output.format"
            self.found.append(block(self.recipe, key, f"output: {wrong}", "bad_output"))
        for each in self.recipe.checks:
            for sentence in checks.wrong_with(each, self.columns):
                file = self.recipe.file if each.line else "checks"
                self.found.append(Problem(file, each.line, sentence, code="bad_check", option=f"checks.{each.subject}"))

    def _unshapely(self, output: Output) -> str | None:
        """Return why the result cannot be written in the chat format that an output names."""
        if chat_format(output) is None:
            return "fields belong to a chat format: alpaca, sharegpt, messages, dpo" if output.fields else None
        there = {*self.columns.known, *self.columns.vague}
        try:
            found = fields(output, there, more=self.columns.more)
            if self.columns.knows(found.values()) and not self.columns.missing(output.columns or ()):
                pl.LazyFrame(schema=self.columns.known).select(shaped(output, self.columns.known)).collect_schema()
        except (ValueError, PolarsError) as error:
            return first_line(error)
        return None


def _declared(given: Input) -> Iterator[tuple[str, pl.DataType]]:
    """Yield the columns whose types an input gives; types that are none are reported already."""
    for name, kind in given.columns.items():
        with suppress(ValueError):
            yield name, dtype(kind)


def _lacking(error: EnvironmentLacks) -> Code:
    """Return the code of what is missing here: an extra, which the sentence says how to get, or else a database."""
    return "missing_extra" if "pip install" in str(error) else "missing_database"


@contextmanager
def _context(world: World, recipe: Recipe, step: Step) -> Iterator[Any]:
    ctx = world.context(recipe, step)
    if isinstance(ctx, AbstractContextManager):
        with ctx as opened:
            yield opened
    else:
        yield _Blind() if ctx is None else ctx


def _naming(step: Step, column: str) -> str:
    """Return the option that names a column, given in the recipe or by default; empty when none does."""
    values = {key: getattr(step.operator, key) for key in type(step.operator).model_fields}
    named = (
        key for key, each in values.items() if column == each or (isinstance(each, tuple | list) and column in each)
    )
    return next(named, "") if column else ""


def _option(step: Step, column: str) -> str:
    """Return the option that names a column, or else the only one given; `op` when there is none."""
    given = {key: getattr(step.operator, key) for key in step.lines if key in type(step.operator).model_fields}
    for key, value in given.items():
        if column == value or (isinstance(value, tuple | list | dict) and column in value):
            return key
    for key, expression in expressions(step.operator).items():
        if column in expression.columns and key in given:
            return key
    return next(iter(given)) if len(given) == 1 else "op"
