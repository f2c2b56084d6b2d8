"""How fast the quality suites are on English-like text, against plain Python and one Polars query.

    python benchmarks/text_quality.py [--documents 50000] [--plain 2000]

Prints MB per CPU second of each suite with all its signals, of Gopher's two and FineWeb's together, and without
signals; the peak memory; Gopher and FineWeb as plain Python row by row on the first documents; and the rules of
DataFlow against one query of the same expressions. The text is generated from a fixed seed.
"""

from __future__ import annotations

import argparse
import itertools
import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import polars as pl

from dfcli.ops.base import Context, Operator
from dfcli.ops.quality import GopherQuality
from dfcli.ops.quality_lines import RefinedwebLines
from dfcli.ops.quality_reference import ReferenceRules
from dfcli.ops.quality_repetition import GopherRepetition
from dfcli.ops.quality_signals import RedpajamaSignals
from dfcli.ops.quality_web import C4Documents, C4Lines, FinewebQuality

Made = TypeVar("Made", bound=Operator)


def made(cls: type[Made], **options: Any) -> Made:
    """Return an operator with some options."""
    return cls(**options)


STOPS = ("the", "be", "to", "of", "and", "that", "have", "with")
TOGETHER = (made(GopherQuality, signals=True), made(GopherRepetition, signals=True), made(FinewebQuality, signals=True))
OTHERS = (made(C4Documents, signals=True), made(C4Lines), made(RefinedwebLines), made(RedpajamaSignals))
EARLY = (made(GopherQuality), made(GopherRepetition), made(FinewebQuality))


def texts(count: int) -> list[str]:
    """Return English-like documents: 20 000 words by Zipf's law, in sentences, lines and paragraphs."""
    rng = random.Random(7)
    words = [*STOPS, *("".join(rng.choices("etaoinshrdlucmfwyp", k=rng.randint(2, 9))) for _ in range(20_000))]
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(words))))
    return [
        "".join(_sentences(rng, rng.choices(words, cum_weights=weights, k=rng.randint(150, 800)))) for _ in range(count)
    ]


def _sentences(rng: random.Random, words: Sequence[str]) -> list[str]:
    made, at = [], 0
    while at < len(words):
        size = rng.randint(6, 22)
        made.append(" ".join(words[at : at + size]).capitalize() + rng.choice((". ", ". ", ". ", ".\n", ".\n\n")))
        at += size
    return made


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that some work takes in all threads."""
    start = time.process_time()
    work()
    return time.process_time() - start


def plain(text: str) -> list[float]:
    """Return what the three suites measure, as a loop over rows would compute it."""
    words, lines = text.split(), [line.strip() for line in text.split("\n") if line.strip()]
    paragraphs = [each.strip() for each in text.split("\n\n") if each.strip()]
    found = [
        len(words),
        sum(map(len, words)) / len(words),
        text.count("#") / len(words),
        (text.count("...") + text.count("…")) / len(words),
        sum(line.startswith(("-", "*", "•")) for line in lines) / len(lines),
        sum(line.endswith(("...", "…")) for line in lines) / len(lines),
        sum(any(map(str.isalpha, word)) for word in words) / len(words),
        len({*STOPS} & {*words}),
        sum(line.endswith((".", "!", "?")) for line in lines) / len(lines),
        sum(len(line) <= 30 for line in lines) / len(lines),
        text.count("\n") / len(words),
    ]
    for parts in (lines, paragraphs):
        found += [1 - len({*parts}) / len(parts), 1 - sum(map(len, {*parts})) / sum(map(len, parts))]
    return found + [_grams(words, n) for n in range(2, 11)]


def _grams(words: Sequence[str], n: int) -> float:
    grams = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    counts = Counter(grams)
    top = counts.most_common(1)[0][0]
    covered = {
        at + step for at, gram in enumerate(grams) if counts[gram] > 1 and (n > 4 or gram == top) for step in range(n)
    }
    return sum(len(words[at]) for at in covered) / sum(map(len, words))


def by_hand(frame: pl.DataFrame) -> pl.DataFrame:
    """Return what the rules of DataFlow keep, in one query of the same expressions."""
    return frame.filter(pl.all_horizontal(made(ReferenceRules).rules().values()))


def show(name: str, megabytes: float, spent: float) -> None:
    print(f"{name:<34}{megabytes / spent:9.2f} MB per CPU second")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--plain", type=int, default=2000)
    given = parser.parse_args()
    frame = pl.DataFrame({"text": texts(given.documents)})
    size = _megabytes(frame)
    print(f"{given.documents} documents, {size:.0f} MB")
    ctx: Context = None  # type: ignore[assignment]
    _warm(frame.head(50), ctx)
    spent = {each.op(): seconds(partial(each, frame, ctx)) for each in (*TOGETHER, *OTHERS)}
    for name, took in spent.items():
        show(name, size, took)
    together = sum(spent[each.op()] for each in TOGETHER)
    show("Gopher and FineWeb, all signals", size, together)
    show("Gopher and FineWeb, no signals", size, sum(seconds(partial(each, frame, ctx)) for each in EARLY))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    few = frame.head(given.plain)
    slow = seconds(lambda: [plain(text) for text in few["text"]])
    show("the same three in plain Python", _megabytes(few), slow)
    print(f"{(size / together) / (_megabytes(few) / slow):.1f} times as fast as plain Python for each CPU second,")
    started = time.perf_counter()
    for each in TOGETHER:
        each(frame, ctx)
    by_clock = time.perf_counter() - started
    print(f"{(size / by_clock) / (_megabytes(few) / slow):.1f} times by the clock")
    show("reference_rules", _megabytes(few), seconds(lambda: made(ReferenceRules)(few, ctx)))
    show("the same by one Polars query", _megabytes(few), seconds(lambda: by_hand(few)))


def _megabytes(frame: pl.DataFrame) -> float:
    return float(frame["text"].str.len_bytes().sum()) / 1e6


def _warm(frame: pl.DataFrame, ctx: Context) -> None:
    operators: Sequence[Operator] = (*TOGETHER, *OTHERS, made(ReferenceRules))
    for each in operators:
        each(frame, ctx)


if __name__ == "__main__":
    main()
