"""SQL text as a tree, with the parts of it that several measures look at.

Reading is total and bounded: a text that is not one query, or is too long or too deep, is `Unreadable`. This module
and those that import it load sqlglot, so operators import them inside functions.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.dialect import Dialect as Speech
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError

from dfcli.ops.database import DIALECTS, Dialect

MAX_CHARS = 100_000
"""Characters of a query; sqlglot takes up to three seconds for that many, and ten times more for ten times more."""

MAX_DEPTH = 30
"""Brackets and CASEs inside each other; sqlglot takes 24 of Python's 1000 levels of calls for each."""

_DEEPER = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_HIGHER = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}

# sqlglot logs the beginning of what it cannot parse, and the texts of rows are not to be printed.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


class Unreadable(ValueError):
    """A text is not one query that can be parsed; the message says why."""


class Parsed(NamedTuple):
    """One query: its text, the text's tokens without comments and final semicolons, its tree, and its first SELECT."""

    text: str
    tokens: Sequence[Token]
    tree: exp.Query
    first: exp.Select


class Written(NamedTuple):
    """A query in some dialect, and what sqlglot says it cannot express in that."""

    text: str
    lacks: Sequence[str]


class Predicate(NamedTuple):
    """A condition that AND, OR and NOT join with others; `negated` when NOT stands before it."""

    node: exp.Expr
    negated: bool


def parse(sql: str, dialect: Dialect) -> Parsed:
    """Return one query that begins with a SELECT; Unreadable for anything else."""
    if len(sql) > MAX_CHARS:
        raise Unreadable(f"It has {len(sql)} characters, more than {MAX_CHARS}.")
    try:
        tokens = _tokens(sql, dialect)
        [tree] = Speech.get_or_raise(dialect).parser().parse(list(tokens), sql)
    except ParseError as error:
        raise Unreadable(f"It cannot be parsed as {DIALECTS[dialect]}: {_where(error)}.") from None
    except SqlglotError:
        raise Unreadable(f"It cannot be split into the words of {DIALECTS[dialect]}.") from None
    except RecursionError:
        raise Unreadable("Its parts stand too deep inside each other.") from None
    first = first_select(tree) if isinstance(tree, exp.Query) else None
    if not isinstance(tree, exp.Query) or not isinstance(first, exp.Select):
        raise Unreadable("It is not a query.")
    if not first.expressions and dialect != "postgres":
        raise Unreadable("It has no output columns.")
    return Parsed(sql, tokens, tree, first)


def written(tree: exp.Query, dialect: Dialect) -> Written:
    """Return a query in a dialect; Unreadable when sqlglot cannot."""
    generator = Speech.get_or_raise(dialect).generator(unsupported_level=ErrorLevel.IGNORE)
    try:
        text = generator.generate(tree)
    except RecursionError:
        raise Unreadable("Its parts stand too deep inside each other.") from None
    except SqlglotError:
        raise Unreadable(f"It cannot be written in {DIALECTS[dialect]}.") from None
    return Written(text, list(dict.fromkeys(generator.unsupported_messages)))


def arg(node: exp.Expr, name: str) -> exp.Expr | None:
    """Return a part of a node; sqlglot has called `from` and `with` `from_` and `with_` since version 28."""
    found = node.args.get(name) or node.args.get(f"{name}_")
    return found if isinstance(found, exp.Expression) else None


def first_select(tree: exp.Expr) -> exp.Expr:
    """Return the first SELECT of a chain of set operations and brackets, or what stands in its place."""
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    return tree


def is_query(node: exp.Expr) -> bool:
    """Tell whether a node is a whole query, with its set operations, that stands by itself or inside another."""
    return isinstance(node, exp.Select | exp.SetOperation) and not isinstance(_around(node), exp.SetOperation)


def inside(*roots: exp.Expr | None) -> Iterator[exp.Expr]:
    """Yield nodes and what is in them, but of queries inside only the top node."""
    stack = [root for root in roots if root is not None]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, exp.Select | exp.SetOperation):
            stack.extend(node.iter_expressions())


def predicates(*conditions: exp.Expr | None) -> Iterator[Predicate]:
    """Yield the conditions that AND, OR and NOT join."""
    stack = [Predicate(each, False) for each in conditions if each is not None]
    while stack:
        node, negated = stack.pop()
        if isinstance(node, exp.Connector):
            stack += [Predicate(node.expression, False), Predicate(node.this, False)]
        elif isinstance(node, exp.Not | exp.Paren | exp.Escape):
            stack.append(Predicate(node.this, negated or isinstance(node, exp.Not)))
        else:
            yield Predicate(node, negated or bool(node.args.get("negate")))


def connectives(*conditions: exp.Expr | None) -> Iterator[str]:
    """Yield the ANDs and ORs that join conditions, by sqlglot's names: `and`, `or`, `xor`."""
    stack = [each for each in conditions if each is not None]
    while stack:
        node = stack.pop()
        if isinstance(node, exp.Connector):
            yield node.key
            stack += [node.this, node.expression]
        elif isinstance(node, exp.Not | exp.Paren):
            stack.append(node.this)


def sources(select: exp.Select) -> list[exp.Expr]:
    """Return the tables, subqueries and functions that a SELECT reads from, those of joins in brackets too."""
    start = arg(select, "from")
    found = [*([start.this] if start else []), *(join.this for join in joins(select))]
    return [_table(each) for each in found]


def joins(select: exp.Select) -> list[exp.Join]:
    """Return the joins of a SELECT, those in brackets too; a comma is one."""
    start = arg(select, "from")
    waiting: list[exp.Expr] = [*([start.this] if start else []), *select.args.get("joins", ())]
    for node in waiting:
        read = node.this if isinstance(node, exp.Join) else node
        waiting += _table(read).args.get("joins") or ()
    return [node for node in waiting if isinstance(node, exp.Join)]


def condition_of(join: exp.Join) -> exp.Expr | None:
    """Return what stands after ON; sqlglot writes TRUE where there is none."""
    on = join.args.get("on")
    return on if isinstance(on, exp.Expression) and not isinstance(on, exp.Boolean) else None


def _tokens(sql: str, dialect: Dialect) -> Sequence[Token]:
    tokens = list(Speech.get_or_raise(dialect).tokenize(sql))
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    kinds = [token.token_type for token in tokens]
    if not tokens:
        raise Unreadable("It is empty.")
    if TokenType.SEMICOLON in kinds:
        raise Unreadable("It has several statements.")
    if max(accumulate((kind in _DEEPER) - (kind in _HIGHER) for kind in kinds)) > MAX_DEPTH:
        raise Unreadable(f"More than {MAX_DEPTH} brackets stand inside each other.")
    return tokens


def _where(error: ParseError) -> str:
    first = error.errors[0] if error.errors else {}
    said = str(first.get("description", "unknown")).partition(" but got <")[0].rstrip(".")
    return f"line {first.get('line')}, column {first.get('col')}: {said}"


def _around(node: exp.Expr) -> exp.Expr | None:
    parent = node.parent
    while isinstance(parent, exp.Subquery | exp.Paren):
        parent = parent.parent
    return parent


def _table(source: exp.Expr) -> exp.Expr:
    """Return what brackets hold when that is a table, with those joined to it."""
    inner = source.unnest() if isinstance(source, exp.Subquery) else source
    return inner if isinstance(inner, exp.Table) else source
