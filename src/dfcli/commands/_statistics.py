"""What a data file is like, as lines to read."""

from __future__ import annotations

from collections.abc import Iterator

from dfcli.runtime.statistics import Categories, Statistics
from dfcli.runtime.text_statistics import Diversity, Lengths, Texts
from dfcli.runtime.wording import cut, plural, short

_NAME = 40
_BAR = 30


def lines(found: Statistics) -> Iterator[str]:
    """Yield the lines."""
    yield plural(found.rows, "row")
    names = {name: cut(name, _NAME) for name in found.columns}
    width = max(map(len, names.values()), default=0) + 2
    for name, column in found.columns.items():
        yield f"  {names[name]:<{width}}{column.type}, {plural(column.nulls, 'null')}"
    for name, categories in found.categories.items():
        yield from ("", f"{cut(name, _NAME)}: {plural(categories.values, 'value')}, balance {categories.balance:.3f}")
        yield from _commonest(categories)
    if found.texts is not None:
        yield from _texts(found.texts)


def _commonest(categories: Categories) -> Iterator[str]:
    names = [cut(name, _NAME) for name in categories.commonest]
    width = max(map(len, names), default=0) + 2
    for name, count in zip(names, categories.commonest.values(), strict=True):
        yield f"  {name:<{width}}{count:,}"
    if more := categories.values - len(names):
        yield f"  and {plural(more, 'more value')}"


def _texts(texts: Texts) -> Iterator[str]:
    blank = f"{plural(texts.blank, 'blank one')}, {plural(texts.nulls, 'null')}"
    yield from ("", f"texts in {cut(texts.column, _NAME)}: {blank}, {texts.duplicate_share:.1%} duplicates")
    for unit, lengths in (("characters", texts.characters), ("words", texts.words)):
        yield f"  {unit:<12}{_said(lengths)}"
    yield f"  {'tokens':<12}{_said(texts.tokens, in_all=texts.tokens_in_all)}, of the sample"
    yield from _bars(texts.words)
    yield from _diversity(texts.diversity)
    if texts.distance is not None:
        far = texts.distance
        yield f"  distance    MMD² {far.mmd2:.4f}, unbiased {far.mmd2_unbiased:.4f}, p = {far.p_value:.3f}"


def _said(lengths: Lengths, in_all: int | None = None) -> str:
    """Return a line of numbers; a total that is not counted but estimated is said to be about so much."""
    if lengths.mean is None:
        return "none"
    total = f"{short(lengths.total)} in all" if in_all is None else f"about {short(in_all)} in all"
    spread = f"5 % {lengths.p5:,.0f}, median {lengths.median:,.0f}, 95 % {lengths.p95:,.0f}, most {lengths.most:,.0f}"
    return f"{total}, mean {lengths.mean:,.1f}, {spread}"


def _bars(lengths: Lengths) -> Iterator[str]:
    most = max((each.texts for each in lengths.bins), default=0)
    for each in lengths.bins:
        bar = "█" * max(1, round(_BAR * each.texts / most))
        words = f"{each.least:,} to {each.most:,}" if each.most > each.least else f"{each.least:,}"
        yield f"    {words:>20} words  {bar} {each.texts:,}"


def _diversity(diversity: Diversity) -> Iterator[str]:
    yield f"  diversity of {plural(diversity.texts, 'text')} by {diversity.vectors}"
    yield f"    distinct-1, -2, -3   {', '.join(f'{each:.3f}' for each in diversity.distinct)}"
    yield f"    Vendi score          {diversity.vendi:,.1f}, {diversity.vendi_share:.1%} of the texts"
    if diversity.batch_distance is not None:
        far = diversity.batch_distance
        yield f"    batch distance       {far.mean:.4f} ± {far.plus_minus:.4f}"
