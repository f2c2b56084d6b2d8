"""What a model is told of the data: the profile, and a few rows cut and masked; all of it as data, in one place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dfcli.agent.profile import Column, Profile, Table
from dfcli.recipes.secrets import holds_key
from dfcli.runtime.wording import cut

_CELL = 200
_NAME = 80
_COLUMNS = 60
_TABLES = 40


def told(profile: Profile, rows: Mapping[str, tuple[Mapping[str, Any], ...]]) -> list[str]:
    """Return lines of JSON about the data, none of which can end the place where data stand."""
    return [_line(each) for each in _facts(profile, rows)]


def may_show(table: Table) -> bool:
    """Tell whether rows of a table may be told: not where they hold sentences that give a model orders."""
    return "injection" not in table.holds


def _facts(profile: Profile, rows: Mapping[str, tuple[Mapping[str, Any], ...]]) -> Iterator[Mapping[str, Any]]:
    for table in profile.tables:
        columns = [_column(each) for each in table.columns[:_COLUMNS]]
        yield {"file": table.path, "rows": table.rows, "columns": columns}
        for row in rows.get(table.path, ())[:3]:
            shown = {name: _cell(value) for name, value in row.items()}
            if not holds_key(json.dumps(shown, ensure_ascii=False, default=str)):
                yield {"row of": table.path, "row": shown}
    if profile.database is not None:
        tables = dict(list(profile.database.tables.items())[:_TABLES])
        yield {"database": profile.database.url, "dialect": profile.database.dialect, "tables": tables}


def _column(column: Column) -> Mapping[str, Any]:
    facts = {
        "name": cut(column.name, _NAME),
        "type": column.type,
        "role": column.role,
        "nulls": column.nulls or None,
        "distinct": column.distinct,
        "mean_chars": column.mean_chars,
        "language": column.language,
        "fields": dict(column.fields),
    }
    return {name: value for name, value in facts.items() if value not in (None, {}, ())}


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return cut(value, _CELL)
    if isinstance(value, Mapping | list):
        return cut(json.dumps(value, ensure_ascii=False, default=str), _CELL)
    return value


def _line(fact: Mapping[str, Any]) -> str:
    return json.dumps(fact, ensure_ascii=False, default=str).replace("<", "\\u003c")
