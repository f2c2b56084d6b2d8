"""Personal data in texts by rules: Polars finds the texts that are worth it, Python the pieces in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from dfcli.ops._pii_ids import ID_RULES
from dfcli.ops._pii_keys import KEY_RULES
from dfcli.ops._pii_numbers import NUMBER_RULES
from dfcli.ops._pii_rule import KINDS, USUAL, Pii, Rule, Span
from dfcli.ops._pii_web import WEB_RULES

__all__ = ["KINDS", "RULES", "USUAL", "Pii", "Span", "find", "find_all"]

RULES: tuple[Rule, ...] = tuple(
    sorted((*KEY_RULES, *WEB_RULES, *NUMBER_RULES, *ID_RULES), key=lambda each: KINDS.index(each.kind))
)


def find(text: str, kinds: Sequence[Pii] = USUAL) -> list[Span]:
    """Return the pieces of personal data in a text, in order; none overlaps another."""
    return _chosen(text, (each for each in RULES if each.kind in kinds))


def find_all(texts: pl.Series, kinds: Sequence[Pii] = USUAL) -> Mapping[int, list[Span]]:
    """Return what `find` finds in each text, by its place, but for texts in which there is nothing."""
    worth: dict[int, list[Rule]] = {}
    for rule, places in _worth(texts, [each for each in RULES if each.kind in kinds]):
        for place in places:
            worth.setdefault(place, []).append(rule)
    held = texts.gather(list(worth)).to_list()
    found = {place: _chosen(text, rules) for text, (place, rules) in zip(held, worth.items(), strict=True)}
    return {place: spans for place, spans in found.items() if spans}


def _worth(texts: pl.Series, rules: Sequence[Rule]) -> Iterator[tuple[Rule, list[int]]]:
    """Yield each rule with the places of the texts in which its core is; first the cheap hints are looked for."""
    hints = dict.fromkeys(each.hint for each in rules)
    hinted = {hint: texts.str.contains(hint).fill_null(value=False).arg_true() for hint in hints}
    narrowed = {hint: texts.gather(places) for hint, places in hinted.items()}
    for rule in rules:
        if narrowed[rule.hint].len():
            has_core = narrowed[rule.hint].str.contains(rule.plain)
            yield rule, hinted[rule.hint].filter(has_core).to_list()


def _chosen(text: str, rules: Iterator[Rule] | Sequence[Rule]) -> list[Span]:
    """Return the pieces that rules find, the earlier rule's where two overlap."""
    taken: list[Span] = []
    for rule in rules:
        taken += _free(list(rule.found(text)), taken)
    return sorted(taken, key=lambda each: each.start)


def _free(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """Return the spans, in order and apart from each other, that overlap none of those taken."""
    if not spans or not taken:
        return list(spans)
    others, at, free = sorted(taken, key=lambda each: each.start), 0, []
    for span in spans:
        while at < len(others) and others[at].end <= span.start:
            at += 1
        if at == len(others) or others[at].start >= span.end:
            free.append(span)
    return free
