"""The hidden checks: what the rows that came out, and the recipe, lack of what was asked for."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dfcli.agent.evaluation.checks import Bounds, Check, Columns, FileRows, Values
from dfcli.agent.evaluation.fixtures import digest
from dfcli.errors import DfcliError

if TYPE_CHECKING:
    import polars as pl

_SHOWN = 8
"""Values shown of a long list."""


@dataclass(frozen=True)
class Evidence:
    """What is judged: the rows of the result, the recipe's text, and the folder with the files as they now are.

    `inputs` are the fixture's data files by name, `before` the hashes of all its files. `same` tells whether the recipe
    is the one that was written for another task.
    """

    rows: pl.DataFrame
    recipe: str
    folder: Path
    inputs: Sequence[str] = ()
    before: Mapping[str, str] = field(default_factory=dict)
    same: Callable[[str], bool] = lambda other: False


def judge(checks: Sequence[Check], evidence: Evidence) -> list[str]:
    """Return a sentence for each thing that is not as the checks demand."""
    return [each for check in checks for each in _KINDS[check.kind](check, evidence)]


def unchanged(before: Mapping[str, str], folder: Path, names: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each file that is not what it was."""
    for name in names:
        if digest(folder / name) != before.get(name):
            yield f"{name} was changed or removed"


def _kept(check: Check, evidence: Evidence) -> Iterator[str]:
    given = _given(check.kept)
    if (found := (yield from _column(given.column, evidence))) is None:
        return
    wanted = [_plain(each) for each in given.values]
    if given.any_order:
        found, wanted = sorted(found, key=repr), sorted(wanted, key=repr)
    if found != wanted:
        missing, extra = _without(wanted, found), _without(found, wanted)
        said = f"missing {_some(missing)}, too many {_some(extra)}" if missing or extra else "the order is another"
        yield f"{given.column} should be {_some(wanted)} and is {_some(found)}: {said}"


def _gone(check: Check, evidence: Evidence) -> Iterator[str]:
    given = _given(check.gone)
    if (found := (yield from _column(given.column, evidence))) is None:
        return
    if left := [each for each in map(_plain, given.values) if each in found]:
        yield f"{given.column} should not have {_some(left)} any more"


def _has(check: Check, evidence: Evidence) -> Iterator[str]:
    given = _given(check.has)
    if (found := (yield from _column(given.column, evidence))) is None:
        return
    if missing := _without([_plain(each) for each in given.values], found):
        yield f"{given.column} should have {_some(missing)}, which is missing"


def _rows(check: Check, evidence: Evidence) -> Iterator[str]:
    given = check.rows or Bounds()
    most = math.inf if given.at_most is None else given.at_most
    if not given.at_least <= evidence.rows.height <= most:
        bounds = f"at least {given.at_least}" + ("" if given.at_most is None else f" and at most {given.at_most}")
        yield f"there should be {bounds} rows, and there are {evidence.rows.height}"


def _columns(check: Check, evidence: Evidence) -> Iterator[str]:
    given, there = check.columns, evidence.rows.columns
    if isinstance(given, Columns):
        if missing := [each for each in given.has if each not in there]:
            yield f"columns missing: {', '.join(missing)}; there are {', '.join(there)}"
        if left := [each for each in given.not_ if each in there]:
            yield f"columns that should not be there: {', '.join(left)}"
    elif sorted(given or ()) != sorted(there):
        yield f"the columns should be {', '.join(given or ())}, and are {', '.join(there)}"


def _query(check: Check, evidence: Evidence) -> Iterator[str]:
    import duckdb

    try:
        rows = _asked(check.query or "", evidence)
    except (duckdb.Error, DfcliError) as error:
        first = str(error).strip().splitlines()[0]
        yield f"the check `{check.query}` cannot be answered: {first}"
        return
    found: Any = [row[0] for row in rows] if isinstance(check.want, tuple | list) else rows[0][0] if rows else None
    if _plain(found) != _plain(check.want):
        yield f"`{' '.join((check.query or '').split())}` should give {check.want!r}, and gives {_some(found)}"


def _equals(check: Check, evidence: Evidence) -> Iterator[str]:
    wanted = list(check.equals or ())
    if len(wanted) != evidence.rows.height:
        yield f"there should be exactly {len(wanted)} rows, and there are {evidence.rows.height}"
        return
    for number, (row, other) in enumerate(zip(wanted, evidence.rows.to_dicts(), strict=True), start=1):
        for name, value in row.items():
            if _plain(other.get(name)) != _plain(value):
                yield f"row {number}: {name} should be {value!r}, and is {other.get(name)!r}"


def _files(check: Check, evidence: Evidence) -> Iterator[str]:
    for name, given in (check.files or {}).items():
        yield from _file(name, given, evidence)


def _file(name: str, given: FileRows, evidence: Evidence) -> Iterator[str]:
    if not (evidence.folder / name).is_file():
        yield f"the file {name} is missing"
    elif (found := read_rows(name, evidence.folder).height) != given.rows:
        yield f"{name} should have {given.rows} rows, and has {found}"


def _unchanged(check: Check, evidence: Evidence) -> Iterator[str]:
    yield from unchanged(evidence.before, evidence.folder, check.unchanged or ())


def _same(check: Check, evidence: Evidence) -> Iterator[str]:
    other = check.same_recipe_as or ""
    if not evidence.same(other):
        yield f"the recipe should be the same as for {other!r}, and is another"


def _lacks(check: Check, evidence: Evidence) -> Iterator[str]:
    for each in check.recipe_lacks or ():
        if found := re.search(each, evidence.recipe):
            yield f"the recipe should not have {found[0]!r}"


def _recipe_has(check: Check, evidence: Evidence) -> Iterator[str]:
    for each in check.recipe_has or ():
        if not re.search(each, evidence.recipe):
            yield f"the recipe should have something like {each!r}"


_KINDS: Mapping[str, Callable[[Check, Evidence], Iterator[str]]] = {
    "kept": _kept,
    "gone": _gone,
    "has": _has,
    "rows": _rows,
    "columns": _columns,
    "query": _query,
    "equals": _equals,
    "files": _files,
    "unchanged": _unchanged,
    "same_recipe_as": _same,
    "recipe_lacks": _lacks,
    "recipe_has": _recipe_has,
}


def read_rows(name: str, folder: Path) -> pl.DataFrame:
    """Return the rows of a data file; none, without columns, of one that is empty."""
    import polars as pl

    from dfcli.runtime import frames

    path = folder / name
    if path.stat().st_size == 0 or path.read_bytes().strip() == b"[]":
        return pl.DataFrame()
    return frames.scan(name, folder).collect()


def _asked(query: str, evidence: Evidence) -> list[tuple[Any, ...]]:
    import duckdb

    tables = {"output": evidence.rows}
    for name in evidence.inputs:
        if re.search(rf"\b{re.escape(stem := Path(name).stem)}\b", query):
            tables[stem] = read_rows(name, evidence.folder)
    with tempfile.TemporaryDirectory() as place, duckdb.connect() as connection:
        for number, (name, frame) in enumerate(tables.items()):
            if frame.width == 0:
                connection.execute(f'create table "{name}" ("no columns" int)')
                continue
            frame.write_parquet(file := Path(place) / f"{number}.parquet")
            connection.execute(f"create table \"{name}\" as select * from read_parquet('{file}')")
        return connection.execute(query).fetchall()


def _column(name: str, evidence: Evidence) -> Generator[str, None, list[Any] | None]:
    if name not in evidence.rows.columns:
        if evidence.rows.height == 0:
            return []
        yield f"the column {name} is missing; there are {', '.join(evidence.rows.columns)}"
        return None
    return [_plain(each) for each in evidence.rows[name].to_list()]


def _given(values: Values | None) -> Values:
    assert values is not None
    return values


def _plain(value: Any) -> Any:
    """Return a value as it can be compared: types that formats change are the same, floats rounded."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return f"{float(value):.6g}"
    text = str(value)
    return f"{float(text):.6g}" if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text) else text


def _without(values: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    left = list(others)
    missing = []
    for each in values:
        if each in left:
            left.remove(each)
        else:
            missing.append(each)
    return missing


def _some(values: Any) -> str:
    if not isinstance(values, list):
        return repr(values)
    more = f", and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return f"[{', '.join(map(str, values[:_SHOWN]))}{more}]"
