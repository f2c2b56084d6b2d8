"""Spider's exact set match: two queries are the same when their clauses are, each compared as a set.

A query becomes `Clauses`, which are compared with `==`. What each clause holds are shapes: nested tuples without
aliases, brackets and, unless asked for, values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from dfcli.ops._sql_features import table_name
from dfcli.ops._sql_tree import Parsed, arg, condition_of, connectives, first_select, joins, predicates, sources
from dfcli.ops.database import Dialect

Shape = Hashable
Bag = frozenset[tuple[Shape, int]]

_VALUE: Shape = "value"
_NO_TABLE = ""
_DERIVED = "()"
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike, exp.Glob, exp.In, exp.Between)
_EITHER_WAY = (exp.EQ, exp.NEQ)


@dataclass(frozen=True)
class Clauses:
    """What is compared of a query; a set operation adds the other query to the clauses of the first."""

    select: Bag
    tables: Bag
    joins: Bag
    where: Bag
    where_connectives: frozenset[str]
    group: Bag
    having: Bag
    having_connectives: frozenset[str]
    rest: Bag
    ends: tuple[Shape, ...]
    ctes: tuple[Shape, ...]


def clauses(parsed: Parsed, dialect: Dialect, *, values: bool) -> Clauses:
    """Return what is compared of a query, with its literals only when `values` says so."""
    text = parsed.text if dialect == "sqlite" else None
    return _query(parsed.tree, _Scope(text, values))


@dataclass(frozen=True)
class _Scope:
    """What names mean at one place.

    `tables` by alias; `only` is the table of columns without one; `outputs` are what the aliases of the select list
    stand for, `columns` what the select list holds. `text` is there when the dialect lets texts stand in double quotes.
    """

    text: str | None
    values: bool
    tables: Mapping[str, str] = field(default_factory=dict)
    only: str = _NO_TABLE
    ctes: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Shape] = field(default_factory=dict)
    columns: tuple[Shape, ...] = ()


def _query(tree: exp.Expr, scope: _Scope) -> Clauses:
    """Return the clauses of the first SELECT, with what set operations and brackets around it add as `ends`."""
    ends: list[tuple[str, exp.Expr]] = []
    scope, ctes = _with(tree, scope)
    while not isinstance(tree, exp.Select):
        ends.append((f"{tree.key} {tree.args.get('distinct')}" if isinstance(tree, exp.SetOperation) else "()", tree))
        tree = tree.this
        scope, more = _with(tree, scope)
        ctes += more
    inner = _inner(tree, scope)
    found = _select(tree, inner, ctes)
    after = (
        (name, _shape(each.expression, scope) if each.expression else None, *_tail(each, inner))
        for name, each in reversed(ends)
    )
    return replace(found, ends=(*found.ends, *(each for each in after if each != ("()", None, None, None, None))))


def _with(tree: exp.Expr, scope: _Scope) -> tuple[_Scope, tuple[Shape, ...]]:
    """Return the scope inside a query's CTEs, whose names become numbers, and what the CTEs are."""
    clause = arg(tree, "with")
    found: list[Shape] = []
    for cte in clause.expressions if clause else ():
        scope = replace(scope, ctes={**scope.ctes, cte.alias.casefold(): f"with {len(scope.ctes) + 1}"})
        columns = tuple(name.casefold() for name in cte.alias_column_names)
        found.append((columns, _shape(cte.this, scope)))
    return scope, tuple(found)


def _inner(select: exp.Select, scope: _Scope) -> _Scope:
    """Return the scope inside a SELECT: its tables before those around it, and its output columns."""
    read = {source.alias_or_name.casefold(): _read_from(source, scope) for source in sources(select)}
    only = next(iter(read.values())) if len(sources(select)) == 1 else _NO_TABLE
    scope = replace(scope, tables={**scope.tables, **read}, only=only, outputs={})
    columns = tuple(_shape(each, scope) for each in select.expressions)
    places = {str(place): column for place, column in enumerate(columns, 1)}
    named = {each.alias.casefold(): column for each, column in zip(select.expressions, columns, strict=True)}
    return replace(scope, outputs=places | {name: column for name, column in named.items() if name}, columns=columns)


def _read_from(source: exp.Expr, scope: _Scope) -> str:
    """Return what a source is called in place of its alias."""
    if not isinstance(source, exp.Table) or isinstance(source.this, exp.Func):
        return _DERIVED
    return scope.ctes.get(table_name(source), table_name(source))


def _select(select: exp.Select, scope: _Scope, ctes: tuple[Shape, ...]) -> Clauses:
    plain = replace(scope, outputs={})
    where, having = _condition(select, "where"), _condition(select, "having")
    return Clauses(
        select=_bag(scope.columns),
        tables=_bag(_source(each, plain) for each in sources(select)),
        joins=_bag(part for join in joins(select) for part in _join(join, plain)),
        where=_predicates(where, plain),
        where_connectives=frozenset(connectives(where)),
        group=_bag(_without_table(_output(each, scope)) for each in _parts(select, "group")),
        having=_predicates(having, scope),
        having_connectives=frozenset(connectives(having)),
        rest=_bag((name, _shape(node, scope)) for name in ("qualify", "windows") for node in _all(select, name)),
        ends=_tail(select, scope),
        ctes=ctes,
    )


def _tail(query: exp.Expr, scope: _Scope) -> tuple[Shape, Shape, Shape]:
    """Return ORDER BY in its order, and whether there is a LIMIT and an OFFSET, or with values which."""
    order = tuple(
        (_output(each.this, scope), bool(each.args.get("desc")), bool(each.args.get("nulls_first")))
        for each in _parts(query, "order")
    )
    limit, offset = (_limit(arg(query, name), scope) for name in ("limit", "offset"))
    return order or None, limit, offset


def _limit(clause: exp.Expr | None, scope: _Scope) -> Shape:
    if clause is None:
        return None
    number = clause.args.get("count") or clause.args.get("expression")
    return _shape(number, scope) if isinstance(number, exp.Expression) else "one"


def _join(join: exp.Join, scope: _Scope) -> Iterable[Shape]:
    """Yield the conditions of a join, and what makes it another than an inner one."""
    yield from (("on", each.negated, _shape(each.node, scope)) for each in predicates(condition_of(join)))
    yield from (("using", each.name.casefold()) for each in join.args.get("using") or ())
    yield from (("join", word) for word in (join.method, join.side) if word)


def _source(source: exp.Expr, scope: _Scope) -> Shape:
    if _read_from(source, scope) != _DERIVED:
        return _read_from(source, scope)
    return _shape(source, scope)


def _predicates(condition: exp.Expr | None, scope: _Scope) -> Bag:
    return _bag((each.negated, _shape(each.node, scope)) for each in predicates(condition))


def _output(node: exp.Expr, scope: _Scope) -> Shape:
    """Return the shape of what is grouped or sorted by; a number is the place of an output column."""
    if isinstance(node, exp.Literal) and not node.is_string:
        return scope.outputs.get(node.name, node.name)
    return _shape(node, scope)


def _without_table(shape: Shape) -> Shape:
    return ("column", shape[2]) if isinstance(shape, tuple) and shape and shape[0] == "column" else shape


def _shape(node: exp.Expr, scope: _Scope) -> Shape:
    """Return what is compared of an expression."""
    if isinstance(node, exp.Select | exp.SetOperation | exp.Subquery) and isinstance(first_select(node), exp.Select):
        return _query(node, scope)
    if isinstance(node, exp.Paren | exp.Alias | exp.Subquery):
        return _shape(node.this, scope)
    if isinstance(node, exp.Column):
        return _column(node, scope)
    if (value := _literal(node)) is not None:
        return ("value", value) if scope.values else _VALUE
    if isinstance(node, _COMPARISONS):
        return _comparison(node, scope)
    return (node.key, *_arguments(node, scope))


def _column(column: exp.Column, scope: _Scope) -> Shape:
    name, table = column.name.casefold(), column.table.casefold()
    if not table and name in scope.outputs:
        return scope.outputs[name]
    return ("column", scope.tables.get(table, table) if table else scope.only, name)


def _literal(node: exp.Expr) -> Shape | None:
    """Return a literal's value: numbers by what they are worth, not by how they are written."""
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return ("-", _literal(node.this))
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return node.name
    try:
        return Decimal(node.name)
    except InvalidOperation:
        return node.name


def _comparison(node: exp.Expr, scope: _Scope) -> Shape:
    """Return a comparison's shape; both sides of = and <> in one order, the entries of a list in none."""
    left = _shape(node.this, scope)
    named = {name: part for name, part in node.args.items() if name != "this" and isinstance(part, exp.Expression)}
    right = {name: _right(part, scope) for name, part in named.items()}
    entries = _bag(_right(each, scope) for each in node.expressions)
    if not scope.values:
        entries = frozenset((shape, 1) for shape, _ in entries)
    if isinstance(node, _EITHER_WAY):
        return (node.key, _bag((left, *right.values())))
    return (node.key, left, tuple(right.items()), entries)


def _right(node: exp.Expr, scope: _Scope) -> Shape:
    """Return the shape of what something is compared with; SQLite takes unknown names in double quotes for values."""
    name = node.this if isinstance(node, exp.Column) and not node.table else None
    quoted = isinstance(name, exp.Identifier) and bool(name.args.get("quoted"))
    if name is not None and quoted and scope.text and scope.text[name.meta.get("start", 0)] in '"':
        return ("value", name.name) if scope.values else _VALUE
    return _shape(node, scope)


def _arguments(node: exp.Expr, scope: _Scope) -> Iterable[Shape]:
    """Yield the parts of a node by name; words compare without case, and DISTINCT is left out as Spider does."""
    for name, part in sorted(node.args.items()):
        parts = part if isinstance(part, list) else [part]
        shapes = tuple(_part(each, scope) for each in parts if each and not isinstance(each, exp.TableAlias))
        if shapes:
            yield (name, shapes)


def _part(part: object, scope: _Scope) -> Shape:
    if isinstance(part, exp.Distinct):
        return _part(part.expressions[0], scope) if len(part.expressions) == 1 else tuple(_arguments(part, scope))
    if isinstance(part, exp.Expression):
        return _shape(part, scope)
    return part.casefold() if isinstance(part, str) else str(part)


def _condition(select: exp.Select, name: str) -> exp.Expr | None:
    clause = arg(select, name)
    return None if clause is None else clause.this


def _parts(query: exp.Expr, name: str) -> list[exp.Expr]:
    clause = arg(query, name)
    return [] if clause is None else list(clause.iter_expressions())


def _all(select: exp.Select, name: str) -> list[exp.Expr]:
    found = select.args.get(name) or []
    return found if isinstance(found, list) else [found]


def _bag(shapes: Iterable[Shape]) -> Bag:
    return frozenset(Counter(shapes).items())
