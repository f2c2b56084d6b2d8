"""How hard a query is by the rules of Spider's evaluation (Yu et al. 2018)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from sqlglot import exp

from dfcli.ops._sql_features import is_aggregate, is_window_function
from dfcli.ops._sql_tree import Parsed, arg, condition_of, connectives, inside, joins, predicates, sources

Level = Literal["easy", "medium", "hard", "extra"]

_LIKES = (exp.Like, exp.ILike, exp.Glob, exp.SimilarTo, exp.RegexpLike, exp.RegexpILike)
_GROUPINGS = (exp.Group, exp.Rollup, exp.Cube, exp.GroupingSets, exp.Tuple)


class Counts(NamedTuple):
    """Spider's three counts: clauses of the outer query, queries inside it, and parts that come more than once."""

    component1: int
    component2: int
    others: int

    @property
    def level(self) -> Level:
        """The level that Spider gives these counts."""
        first, nested, others = self
        if first <= 1 and others == 0 and nested == 0:
            return "easy"
        if nested == 0 and ((others <= 2 and first <= 1) or (first <= 2 and others < 2)):
            return "medium"
        if nested == 0 and ((others > 2 and first <= 2) or (first == 3 and others <= 2)):
            return "hard"
        return "hard" if first <= 1 and others == 0 and nested <= 1 else "extra"


def counts(parsed: Parsed) -> Counts:
    """Return the counts of a query."""
    tree, outer = parsed.tree, parsed.first
    return Counts(_component1(outer), _component2(tree, outer), _others(outer))


def _component1(select: exp.Select) -> int:
    """Count WHERE, GROUP BY, ORDER BY, LIMIT, tables beyond the first, ORs and LIKEs."""
    conditions = list(_conditions(select))
    clauses = sum(arg(select, name) is not None for name in ("where", "group", "order", "limit"))
    ors = sum(each == "or" for each in connectives(*conditions))
    likes = sum(isinstance(each.node, _LIKES) for each in predicates(*conditions))
    return clauses + max(len(sources(select)) - 1, 0) + ors + likes


def _component2(tree: exp.Query, select: exp.Select) -> int:
    """Count the subqueries, CTEs, and one for all that set operations add."""
    parts = [*select.expressions, *_conditions(select), *(arg(select, name) for name in ("group", "order", "limit"))]
    subqueries = sum(isinstance(node, exp.Select | exp.SetOperation) for node in inside(*parts))
    chain: exp.Expr = tree
    combined, ctes = False, len(_ctes(chain))
    while chain is not select:
        combined |= isinstance(chain, exp.SetOperation)
        chain = chain.this
        ctes += len(_ctes(chain))
    return subqueries + ctes + combined


def _others(select: exp.Select) -> int:
    """Count what comes more than once: aggregates, columns, WHERE conditions, GROUP BY columns."""
    where = list(predicates(_condition(select, "where")))
    several = (_aggregates(select), len(select.expressions), len(where), len(list(_grouped(arg(select, "group")))))
    return sum(number > 1 for number in several)


def _aggregates(select: exp.Select) -> int:
    """Count aggregates as Spider's evaluation does.

    It looks for them in the lists of SELECT, GROUP BY and ORDER BY; in WHERE it takes a NOT for one, in HAVING a NOT,
    an AND or an OR, because of the place these have in its lists; and those inside conditions it does not see.
    """
    listed = inside(*select.expressions, arg(select, "group"), arg(select, "order"))
    where, having = _condition(select, "where"), _condition(select, "having")
    nots = sum(each.negated and not isinstance(each.node, exp.Is) for each in predicates(where, having))
    calls = sum(is_aggregate(node) or is_window_function(node) for node in listed)
    return calls + nots + len(list(connectives(having)))


def _conditions(select: exp.Select) -> Iterator[exp.Expr | None]:
    yield from (condition_of(join) for join in joins(select))
    yield from (_condition(select, name) for name in ("where", "having", "qualify"))


def _condition(select: exp.Select, name: str) -> exp.Expr | None:
    clause = arg(select, name)
    return None if clause is None else clause.this


def _grouped(node: exp.Expr | None) -> Iterator[exp.Expr]:
    if isinstance(node, _GROUPINGS):
        for each in node.iter_expressions():
            yield from _grouped(each)
    elif node is not None:
        yield node


def _ctes(node: exp.Expr) -> list[exp.Expr]:
    clause = arg(node, "with")
    return [] if clause is None else clause.expressions
