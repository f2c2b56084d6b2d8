"""What the text of a query has: tables, joins, nesting, aggregates and so on, counted over all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.dialect import Dialect as Speech

from dfcli.ops._sql_tree import Parsed, arg, condition_of, is_query, predicates
from dfcli.ops.database import Dialect

_AGGREGATES = (
    *("total", "json_group_array", "json_group_object", "jsonb_group_array", "jsonb_group_object"),
    *("json_agg", "json_object_agg", "jsonb_agg", "jsonb_object_agg", "every"),
)
"""Aggregates that sqlglot does not know as such, by name."""

_SYNTAX = (
    *("exists", "any", "all", "some", "in", "over", "filter", "cast", "try_cast", "values", "row", "rollup", "cube"),
    *("window", "union", "array", "struct"),
)
"""Words that may stand before a bracket and are no functions."""


class _Place(NamedTuple):
    """A node, the number of queries it stands in, and the names of CTEs that are known there."""

    node: exp.Expr
    level: int
    ctes: frozenset[str]


def features(parsed: Parsed, dialect: Dialect) -> dict[str, Any]:
    """Return each feature by its name; `SqlFeatures` says what they are."""
    places = list(_places(parsed.tree))
    nodes = [place.node for place in places]
    inner = [node for node in nodes if is_query(node) and not _in_cte(node)]
    ctes = {node.alias.casefold() for node in nodes if isinstance(node, exp.CTE)}
    return {
        "tables": len(set(_tables(places))),
        "joins": sum(isinstance(node, exp.Join) for node in nodes),
        "nesting": max(place.level for place in places) - 1,
        "subqueries": len(inner) - 1,
        "ctes": sum(isinstance(node, exp.CTE) for node in nodes),
        "set_operations": sum(isinstance(node, exp.SetOperation) for node in nodes),
        "aggregates": sum(is_aggregate(node) for node in nodes),
        "window_functions": sum(is_window_function(node) for node in nodes),
        "conditions": len(list(predicates(*_conditions(nodes)))),
        "cases": sum(isinstance(node, exp.Case) for node in nodes),
        "functions": sorted(set(_functions(parsed.tokens, dialect)) - ctes),
        "length": len(parsed.tokens),
        "group_by": any(isinstance(node, exp.Group) for node in nodes),
        "having": any(isinstance(node, exp.Having) for node in nodes),
        "order_by": any(isinstance(node.args.get("order"), exp.Order) for node in nodes if _is_part(node)),
        "limit": any(isinstance(node, exp.Limit | exp.Fetch) for node in nodes),
        "distinct": any(isinstance(node.args.get("distinct"), exp.Distinct) for node in nodes if _is_part(node)),
    }


def is_aggregate(node: exp.Expr) -> bool:
    """Tell whether a node is the call of an aggregate function without OVER."""
    known = isinstance(node, exp.AggFunc | exp.JSONArrayAgg | exp.JSONObjectAgg) and not _is_of_columns(node)
    named = isinstance(node, exp.Anonymous) and node.name.casefold() in _AGGREGATES
    if not (known or named):
        return False
    around = node.parent
    while isinstance(around, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls):
        around = around.parent
    return not isinstance(around, exp.Window)


def _is_of_columns(node: exp.Expr) -> bool:
    """Tell whether a node is SQLite's max() or min() of several columns; sqlglot 27 takes them for aggregates."""
    return isinstance(node, exp.Max | exp.Min) and bool(node.expressions)


def is_window_function(node: exp.Expr) -> bool:
    """Tell whether a node is a call with OVER; a window that WINDOW names is none."""
    return isinstance(node, exp.Window) and node.arg_key != "windows"


def table_name(table: exp.Table) -> str:
    """Return a table's name with its namespace; case makes no difference."""
    return ".".join(part.name for part in table.parts).casefold()


def _places(tree: exp.Expr) -> Iterator[_Place]:
    """Yield all nodes with where they stand."""
    stack = [_Place(tree, 0, frozenset())]
    while stack:
        node, level, ctes = stack.pop()
        clause = arg(node, "with")
        level += is_query(node)
        ctes = ctes.union(each.alias.casefold() for each in clause.expressions) if clause else ctes
        yield _Place(node, level, ctes)
        stack.extend(_Place(child, level, ctes) for child in node.iter_expressions())


def _tables(places: Sequence[_Place]) -> Iterator[str]:
    for node, _, ctes in places:
        if isinstance(node, exp.Table) and not isinstance(node.this, exp.Func) and table_name(node) not in ctes:
            yield table_name(node)


def _in_cte(query: exp.Expr) -> bool:
    around = query.parent
    while isinstance(around, exp.Subquery):
        around = around.parent
    return isinstance(around, exp.CTE)


def _conditions(nodes: Sequence[exp.Expr]) -> Iterator[exp.Expr | None]:
    for node in nodes:
        if isinstance(node, exp.Where | exp.Having | exp.Qualify):
            yield node.this
        elif isinstance(node, exp.Join):
            yield condition_of(node)


def _is_part(node: exp.Expr) -> bool:
    return isinstance(node, exp.Select | exp.SetOperation | exp.Subquery)


def _functions(tokens: Sequence[Token], dialect: Dialect) -> Iterator[str]:
    """Yield the names of functions: words that may be one before an opening bracket, and those that need none."""
    parser = Speech.get_or_raise(dialect).parser()
    before: Token | None = None
    for token, after in pairwise([*tokens, Token(TokenType.SEMICOLON, ";")]):
        called = after.token_type is TokenType.L_PAREN and token.token_type in parser.FUNC_TOKENS
        bare = token.token_type in parser.NO_PAREN_FUNCTIONS
        if (called or bare) and token.text.casefold() not in _SYNTAX and not _names_something_else(before):
            yield token.text.casefold()
        before = token


def _names_something_else(before: Token | None) -> bool:
    """Tell whether the word after a token is an alias, or the type of a cast."""
    aliases = (TokenType.ALIAS, TokenType.DCOLON, TokenType.R_PAREN)
    return before is not None and before.token_type in aliases
