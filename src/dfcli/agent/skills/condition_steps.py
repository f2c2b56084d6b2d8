"""The `where` steps that wishes about the values of columns need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.profile import Profile
from dfcli.agent.skills.bounds import Bounds
from dfcli.agent.spec import Wish

_MARKS, _CLOSED = ".!?。！？…", '["”’」』)）]?'


def add(wish: Wish, draft: Draft) -> None:
    """Add a `where` step; rows that meet the condition stay."""
    options = wish.options
    if "missing" in options:
        _whole(wish, draft)
    elif "ends" in options or "links" in options or "true" in options:
        _particular(wish, draft)
    elif "phrase" in options:
        _phrase(wish, draft)
    elif columns := draft.known([options["column"]]):
        _value(wish, draft, columns[0])


def _value(wish: Wish, draft: Draft, column: str) -> None:
    """Add a comparison of a column with a value, several, or bounds."""
    options, name, kind = wish.options, quoted_name(column), draft.columns[column]
    if "values" in options:
        condition = _among(draft, column, options["values"], negated=options["negated"])
        if options.get("loose") and condition.startswith(name):
            condition = f"lower({name}){condition.removeprefix(name).lower()}"
    else:
        limits = Bounds(options["low"], options["high"], options["open"])
        condition = limits.condition(f"try_cast({name} as double)" if kind == "str" else name)
        if options.get("outside"):
            condition = f"not ({condition})"
        elif kind != "str" and not limits.open:
            draft.check(column, limits.phrase())
    draft.step("where", wish.said, condition=condition, reason=_reason(wish.said))


def day(wish: Wish, draft: Draft) -> None:
    """Add a `where` step for rows from a day on, before one, or of one year; days that are texts compare as such."""
    for column in draft.known([wish.options["column"]]):
        name, said = quoted_name(column), wish.options["day"]
        text = name if draft.columns[column] == "str" else f"cast({name} as varchar)"
        within = f"starts_with({text}, '{said}')"
        condition = {
            "in": within,
            ">": f"{text} > '{said}' and not {within}",
        }.get(wish.options["sign"], f"{text} {wish.options['sign']} '{said}'")
        if wish.options["drop"]:
            condition = f"not ({condition})"
        draft.step("where", wish.said, condition=condition, reason=_reason(wish.said))


def _whole(wish: Wish, draft: Draft) -> None:
    columns = draft.known(wish.options["missing"])
    columns = columns or draft.all_meant(wish.options.get("context", ""))
    if not columns and not draft.questions:
        context = wish.options.get("context", "")
        text = (
            draft.text() if re.search(r"text|document|page|line|string|文本|内容|body|bodies", context, re.I) else None
        )
        pair = [
            each for each in (draft.role("instruction", "question", "prompt"), draft.role("response", "answer")) if each
        ]
        whole = [name for name in draft.columns if name not in draft.hidden and name not in ("input", "system")]
        columns = (
            [text]
            if text
            else pair
            if len(pair) == 2 and re.search(r"incomplete|pair|不完整", context, re.I)
            else whole
        )
    if columns:
        tests = [filled(name, draft.columns[name]) for name in columns]
        draft.step("where", wish.said, condition=" and ".join(tests), reason="missing")
        for name in columns[:3]:
            draft.check(name, "not null")


def _end(options: Mapping[str, Any]) -> str:
    """Return a pattern for the end of a text: the marks that were named, or any that ends a sentence."""
    return f"[{options.get('marks') or _MARKS}]{_CLOSED}"


def _particular(wish: Wish, draft: Draft) -> None:
    options = wish.options
    if "true" in options:
        for column in draft.known([options["true"]]):
            condition = _among(draft, column, ["true"], negated=options["negated"])
            draft.step("where", wish.said, condition=condition, reason=_reason(wish.said))
        return
    words = options["ends"] if "ends" in options else options["links"]
    found = draft.known(_named(words, draft)) or draft.all_meant(words)
    default = draft.role("response", "answer", "chosen") if "ends" in options else None
    for column in found or [each for each in (default or draft.text(),) if each]:
        name = quoted_name(column)
        if "ends" in options:
            draft.step("where", wish.said, condition=f"regexp_like(trim({name}), '{_end(options)}$')", reason="cut_off")
        else:
            condition = f"{name} is null or not regexp_like({name}, '(?i)https?://|www[.]')"
            draft.step("where", wish.said, condition=condition, reason="links")


def _phrase(wish: Wish, draft: Draft) -> None:
    named = draft.known([wish.options["column"]]) if wish.options["column"] else []
    column = next(iter(named), None) or draft.meant(wish.options.get("who", "")) or draft.text()
    if column is None:
        return
    name = f"lower({quoted_name(column)})"
    phrases = [wish.options["phrase"], *wish.options.get("more", ())]
    test = " or ".join(_said(name, each, wish.options.get("way", "")) for each in phrases)
    condition = f"{quoted_name(column)} is null or not ({test})" if wish.options["negated"] else test
    draft.step("where", wish.said, condition=condition, reason=_reason(wish.said))


def _said(name: str, phrase: str, way: str) -> str:
    """Return the condition that a text contains a phrase, or begins or ends with it."""
    escaped = phrase.lower().replace("'", "''")
    quoted = f"'{escaped}'"
    return {
        "sta": f"starts_with({name}, {quoted})",
        "beg": f"starts_with({name}, {quoted})",
        "end": f"ends_with({name}, {quoted})",
    }.get(way, f"strpos({name}, {quoted}) > 0")


def _among(draft: Draft, column: str, values: list[str], *, negated: bool) -> str:
    name, kind = quoted_name(column), draft.columns[column]
    if kind == "bool":
        true = values[0].lower() in ("true", "yes", "1", "真", "是")
        return name if true != negated else f"not {name}"
    known = _values_of(draft.profile, column)
    if values == ["true"] and known and "true" not in map(str.lower, known):
        values = [each for each in known if each.lower() in ("yes", "y", "1", "是", "t")]
    texts = [next((actual for actual in known if actual.lower() == each.lower()), each) for each in values]
    said = [f"'{each}'" if kind == "str" else each for each in (text.replace("'", "''") for text in texts)]
    if len(said) == 1:
        return f"{name} {'<>' if negated else '='} {said[0]}"
    return f"{name} {'not in' if negated else 'in'} ({', '.join(said)})"


def _named(words: str, draft: Draft) -> list[str]:
    """Return the columns that stand in some words."""
    known = [*draft.columns, *draft.renamed]
    return [each for each in known if re.search(rf"(?<![\w]){re.escape(each)}(?![\w])", words, re.I)]


def filled(name: str, kind: str) -> str:
    """Return the condition that a column of a type has something in it."""
    column = quoted_name(name)
    if kind.startswith("list"):
        return f"array_length({column}) > 0"
    return f"trim({column}) <> ''" if kind == "str" else f"{column} is not null"


def _reason(said: str) -> str:
    words = re.sub(r"[^\w\u4e00-\u9fff]+", "_", said.lower()).strip("_")
    return words[:40].strip("_") or "condition"


def _values_of(profile: Profile, column: str) -> list[str]:
    return [value for table in profile.tables for each in table.columns if each.name == column for value in each.values]
