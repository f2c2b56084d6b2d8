"""What every operator promises: one function per promise, and an AssertionError with a sentence where one is broken.

`check_operator(MyOperator)` checks them all and needs no test framework. To have each reported by itself, run every
promise of `CLASS_PROMISES` on the class and every promise of `PROMISES` on `Case(MyOperator, example)`.
"""

from __future__ import annotations

import inspect
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import polars as pl

from dfcli.ops.base import (
    DROPPED,
    FAILED,
    FAMILY,
    REPLY,
    ROW_ID,
    Collapse,
    Filter,
    Kind,
    Map,
    Operator,
    Rows,
    Score,
    Source,
    Whole,
    is_hidden,
    with_families,
)
from dfcli.ops.cases import Case
from dfcli.ops.prompted import TWIN

STEP_KEYS = frozenset(
    ("op", "id", "when", "keep", "model", "on_error", "checkpoint", "repeat", "until", "steps", "recipe", "template")
)
"""The keys of a step that are its own; no operator may have an option of that name."""

RECIPE_KEYS = frozenset(("vars", "models", "budget", "input", "output", "steps", "checks"))

_WORDS = re.compile(r"[a-z][a-z0-9_]*")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def check_operator(cls: type[Operator]) -> None:
    """Check every promise on every example of an operator; AssertionError says which is broken, and how."""
    for about_class in CLASS_PROMISES:
        about_class(cls)
    for case in (Case(cls, example) for example in cls.examples):
        for promise in PROMISES:
            promise(case)


def check_catalogue(operators: Mapping[str, type[Operator]]) -> None:
    """Check what operators promise together: a name and phrases of their own, and neighbours that exist."""
    owners: dict[str, str] = {}
    for name, cls in operators.items():
        _must(cls, name == cls.op(), f"it is registered under another name, {name}")
        for phrase in map(str.casefold, (*cls.use_for, *cls.aliases)):
            _must(cls, phrase not in owners, f"{phrase!r} leads to {owners.get(phrase)} already; a phrase leads to one")
            owners[phrase] = name
        for neighbour in re.findall(r": use (\w+)", "\n".join(cls.not_for)):
            _must(
                cls,
                neighbour in {*operators, *STEP_KEYS, *RECIPE_KEYS},
                f"not_for names {neighbour!r}, which does not exist",
            )


def is_documented(cls: type[Operator]) -> None:
    """The first line of its docstring is a sentence, and its kind and row effect are words that exist."""
    first = inspect.cleandoc(cls.__doc__ or "").partition("\n")[0]
    sentence = first[:1].isupper() and first.endswith((".", "。")) and len(first.split()) > 2
    _must(cls, sentence, f"the first line of its docstring is not a sentence: {first!r}")
    _must(cls, cls.kind in get_args(Kind), f"its kind {cls.kind!r} is none of {', '.join(get_args(Kind))}")
    _must(cls, cls.rows in get_args(Rows), f"its rows {cls.rows!r} is none of {', '.join(get_args(Rows))}")
    _must(cls, _WORDS.fullmatch(cls.op().rpartition(".")[2]), "its name is not lower_snake")


def is_found(cls: type[Operator]) -> None:
    """People find it by at least three phrases, one of them Chinese, and learn which neighbour it is not."""
    _must(cls, not (why := unfound(cls.use_for, cls.aliases, cls.not_for)), why)


def unfound(use_for: Sequence[str], aliases: Sequence[str], not_for: Sequence[str]) -> str:
    """Return why an operator or recipe with these phrases is not found as it should be, or nothing."""
    if texts := [each for each in (use_for, aliases, not_for) if isinstance(each, str)]:
        return f"{texts[0]!r} is one text, and should be a list of phrases"
    phrases = {phrase.casefold() for phrase in use_for}
    if len(phrases) < 3:
        return f"use_for has {len(phrases)} different phrases, fewer than three"
    if not any(map(_CHINESE.search, phrases)):
        return "no phrase in use_for is Chinese"
    return "" if not_for else "not_for names no neighbour"


def has_an_example(cls: type[Operator]) -> None:
    """It has at least one example, and every one shows something."""
    _must(cls, cls.examples, "it has no example")
    shown = all(issubclass(cls, Source) or each.given for each in cls.examples)
    _must(cls, shown, "an example gives no rows")


def leaves_step_keys_alone(cls: type[Operator]) -> None:
    """None of its options has the name of a step's own key."""
    clash = sorted(STEP_KEYS & set(cls.model_fields))
    _must(cls, not clash, f"its option {', '.join(clash)} has the name of a step's own key")


def runs_as_expressions(cls: type[Operator]) -> None:
    """Where the engine runs a shape's expressions and not its `__call__`, they say all that the operator does."""
    for shape in (Map, Score, Filter, Collapse):
        own = issubclass(cls, shape) and cls.__call__ is not shape.__call__
        _must(cls, not own, f"a {shape.__name__} must not override __call__")


def example_holds(case: Case) -> None:
    """The example's rows become the rows it wants; failed ones are not among them."""
    out = case.run(case.given)
    gone = [pl.col(each).is_not_null() for each in (FAILED, DROPPED) if each in out.columns]
    rows = (out.remove(pl.any_horizontal(gone)) if gone else out).to_dicts()
    want = case.example.want
    case.must(len(rows) == len(want), f"the example wants {len(want)} rows and gets {len(rows)}")
    for row, wanted in zip(rows, want, strict=True):
        got = {name: row.get(name, "no such column") for name in wanted}
        case.must(_near(got, wanted), f"the example wants {dict(wanted)} and gets {got}")


def cells_may_be_odd(case: Case) -> None:
    """Nulls, empty strings and odd characters are data, and no reason to stop."""
    try:
        case.run(case.given if isinstance(case.operator, Source) else case.odd)
    except Exception as error:
        raise AssertionError(f"{case.cls.op()}: it stops on odd cells: {type(error).__name__}: {error}") from error


def columns_are_as_said(case: Case) -> None:
    """The columns and their types are those that `schema_after` and `writes` say."""
    for given, out in case.results:
        said = case.operator.schema_after(_visible(given.schema), case.context)
        got = _visible(out.schema)
        case.must(list(got.items()) == list(said.items()), f"schema_after says {said}, and the columns are {got}")
        for name, kind in case.operator.writes().items():
            case.must(name in got, f"it declares to write {name!r}, and does not")
            case.must(kind is None or got[name] == kind, f"{name!r} is declared as {kind}, and is {got[name]}")


def changes_only_declared_columns(case: Case) -> None:
    """Columns that `writes` does not name come out as they went in."""
    declared = set(case.operator.writes())
    for given, out in case.outcomes:
        before, after = _visible(given.schema), _visible(out.schema)
        if not case.cls.columns_vary:
            case.must(not (new := set(after) - set(before) - declared), f"it adds {new}, which writes() does not name")
            case.must(not (gone := set(before) - set(after)), f"it loses {gone}, and columns_vary is not set")
        kept = [name for name in before if name in after and name not in declared]
        case.must(_unchanged(given, out, kept), f"it changes a column that writes() does not name, one of {kept}")


def engine_columns_survive(case: Case) -> None:
    """The engine's own columns come out as they went in, and of such columns only these three are written."""
    for given, out in case.outcomes:
        hidden = {name for name in out.columns if is_hidden(name)}
        case.must({ROW_ID, TWIN} <= hidden, "it loses the engine's own columns")
        own = {ROW_ID, TWIN, FAILED, DROPPED, REPLY}
        case.must(hidden <= own, f"it adds columns with names like the engine's: {hidden}")
        case.must(_unchanged(given, out, [TWIN]), "it changes the engine's own columns")


def no_rows_make_no_rows(case: Case) -> None:
    """No rows in, no rows out, in the same columns; but rows that come from a file are new."""
    for given, whole in case.outcomes:
        out = case.run(given.clear())
        own = out.filter(pl.col(ROW_ID).is_not_null()) if _brings_rows(case) else out
        case.must(own.is_empty(), f"from no rows it makes {own.height}")
        case.must(_visible(out.schema) == _visible(whole.schema), f"without rows its columns are {out.schema}")


def rows_are_as_said(case: Case) -> None:
    """Its effect on the number of rows is what it declares."""
    for given, out in case.outcomes:
        before, after = Counter(given[ROW_ID]), Counter(out[ROW_ID].drop_nulls())
        new = out.height - after.total()
        case.must(not new or (_brings_rows(case) and case.operator.effect() == "any"), f"{new} rows come from nowhere")
        case.must(after.keys() <= before.keys(), "it makes up row ids")
        effect = case.operator.effect()
        case.must(effect != "same" or after == before, "it declares the same rows, and loses or repeats some")
        case.must(effect != "fewer" or after <= before, "it declares fewer rows, and repeats some")
        case.must(effect != "new", "it declares new rows, and is no Source")


def order_is_kept(case: Case) -> None:
    """Rows come out in the order they went in, unless `keeps_order` says otherwise."""
    for given, out in case.outcomes:
        places = {row: place for place, row in enumerate(given[ROW_ID])}
        order = [places[row] for row in out[ROW_ID].drop_nulls()]
        case.must(order == sorted(order) or not case.cls.keeps_order, f"it brings the rows into the order {order}")


def slices_make_the_whole(case: Case) -> None:
    """Rows have no influence on each other, so parts make what the whole makes; but for a Whole, and for siblings."""
    if isinstance(case.operator, Whole):
        return
    for given, out in case.outcomes:
        for size in {1, max(given.height // 2, 1)}:
            parts = [case.run(part) for part in _slices(case, given, size)] or [case.run(given)]
            case.must(pl.concat(parts).equals(out), f"in slices of {size} rows it makes something else")


def siblings_stay_together(case: Case) -> None:
    """Of siblings that are collapsed at most one goes on; and what leaves siblings beside each other repeats none."""
    for _, out in case.outcomes:
        if isinstance(case.operator, Collapse):
            most = max(Counter(with_families(out)[FAMILY]).values(), default=0)
            case.must(most <= 1, f"of one family {most} rows go on")
        elif isinstance(case.operator, Whole) and case.operator.keeps_siblings():
            case.must(out[ROW_ID].drop_nulls().is_unique().all(), "it says that siblings stay, and repeats rows")


def repeats_itself(case: Case) -> None:
    """The same rows, options and seed make the same result."""
    for given, out in case.results:
        case.must(case.run(given).equals(out), "a second run makes something else")


def is_rebuilt_from_options(case: Case) -> None:
    """A checkpoint's key and a worker know it by its name and its options as JSON alone."""
    again = type(case.operator).model_validate(json.loads(json.dumps(case.operator.model_dump(mode="json"))))
    case.must(again == case.operator, f"its options change on the way through JSON: {again}")
    case.must(again.identity() == case.operator.identity(), "rebuilt from its options it has another identity")
    for given, out in case.results:
        case.must(again(given, case.context).equals(out), "rebuilt from its options it makes something else")


def drops_add_up(case: Case) -> None:
    """Every row that leaves has a reason: the first rule it breaks, a failure's, or the operator's own."""
    for given, out in case.outcomes:
        gone = given.height - out[ROW_ID].drop_nulls().n_unique()
        if isinstance(case.operator, Filter | Collapse):
            counts = _dropped_by_rule(case.operator, given)
            case.must(counts.total() == gone, f"{gone} rows leave, and its rules account for {dict(counts)}")
            case.must(all(counts), "one of its rules has no name")
        elif gone:
            case.must(_WORDS.fullmatch(case.operator.drops_as()), f"{case.operator.drops_as()!r} is no reason code")
        for column in {FAILED, DROPPED} & {*out.columns}:
            case.must("" not in out[column].to_list(), "a row leaves without a reason")
        if DROPPED in out.columns:
            case.must(case.operator.effect() == "fewer", "it drops rows, and does not declare fewer")


def given_frame_stays(case: Case) -> None:
    """The frame it is given is not changed."""
    for given, _ in case.outcomes:
        handed = given.clone()
        case.run(handed)
        case.must(handed.equals(given) and handed.schema == given.schema, "it changes the frame it is given")


CLASS_PROMISES: tuple[Callable[[type[Operator]], None], ...] = (
    is_documented,
    is_found,
    has_an_example,
    leaves_step_keys_alone,
    runs_as_expressions,
)
PROMISES: tuple[Callable[[Case], None], ...] = (
    example_holds,
    cells_may_be_odd,
    columns_are_as_said,
    changes_only_declared_columns,
    engine_columns_survive,
    no_rows_make_no_rows,
    rows_are_as_said,
    order_is_kept,
    slices_make_the_whole,
    siblings_stay_together,
    repeats_itself,
    is_rebuilt_from_options,
    drops_add_up,
    given_frame_stays,
)


def _must(cls: type[Operator], holds: object, sentence: str) -> None:
    if not holds:
        raise AssertionError(f"{cls.op()}: {sentence}")


def _visible(schema: pl.Schema) -> pl.Schema:
    return pl.Schema({name: kind for name, kind in schema.items() if not is_hidden(name)})


def _brings_rows(case: Case) -> bool:
    """Tell whether it may add rows of its own: only an operator that reads something outside may."""
    return case.cls.outside is not Operator.outside


def _unchanged(given: pl.DataFrame, out: pl.DataFrame, columns: list[str]) -> bool:
    """Tell whether columns hold for each row what they held, if in a wider type."""
    known = out.filter(pl.col(ROW_ID).is_not_null())
    before = known.select(ROW_ID).join(given, on=ROW_ID, how="left", maintain_order="left").select(columns)
    return before.cast(known.select(columns).schema).equals(known.select(columns))


def _slices(case: Case, given: pl.DataFrame, size: int) -> list[pl.DataFrame]:
    """Cut rows into slices, for an operator that looks at siblings together into slices of whole families."""
    units = with_families(given)[FAMILY].rle_id() if case.cls.with_siblings else pl.int_range(given.height, eager=True)
    return [rows for _, rows in given.group_by((units // size).alias("__slice__"), maintain_order=True)]


def _dropped_by_rule(operator: Filter | Collapse, given: pl.DataFrame) -> Counter[str]:
    """Count rows by the first rule they break, as the engine does."""
    rules = [pl.when(~rule.fill_null(False)).then(pl.lit(name)) for name, rule in operator.rules().items()]
    return Counter(with_families(given).select(pl.coalesce(rules).alias("reason"))["reason"].drop_nulls())


def _near(got: Any, wanted: Any) -> bool:
    """Tell whether two values are equal, floats to within rounding."""
    if isinstance(got, float) and isinstance(wanted, int | float):
        return math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-12) or got == wanted
    if isinstance(wanted, Mapping):
        return isinstance(got, Mapping) and all(name in got and _near(got[name], wanted[name]) for name in wanted)
    if isinstance(wanted, list | tuple) and isinstance(got, list):
        return len(got) == len(wanted) and all(map(_near, got, wanted))
    return type(got) is type(wanted) and bool(got == wanted)
