"""Find what web pages, forms and templates leave in a text: entities, scripts, filler, marks of ownership.

Each operator counts or tells, and drops nothing: a step's `keep` drops.
"""

from __future__ import annotations

from typing import Annotated

import polars as pl
from pydantic import Field

from dfcli.ops._passages import lines, share
from dfcli.ops.base import Example, Reads, Score, Writes

_ENTITY = r"(?i)[&＆](?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30})[;；]|[&＆](?:{names})\b"
_NAMES = "nbsp|lt|gt|amp|quot|apos|hellip|ndash|mdash|lsquo|rsquo|ldquo|rdquo"
_BROKEN = r"[\x{FFFD}\x{25A1}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FEFF}\x{FFF9}-\x{FFFC}\p{Co}]"
_ID_TERMS = (
    r"(?i)身\s{0,10}份|\bid\s{0,10}numbers?\b|\bidentification\b|\bidentity\b|\bid\s{0,10}no\b|\bid\s{0,10}cards?\b"
    r"|\bnric\s{0,10}number\b|\bic\s{0,10}number\b|\bresident\s{0,10}registration\b|\bi\.d\.\s{0,10}number\b"
)


class EndsWith(Score):
    """Tell whether a text ends with one of certain marks, a colon by default; whitespace after it does not count."""

    use_for = ("text ends with a colon", "cut off at the end", "unfinished sentence", "以冒号结尾")
    aliases = (
        "ending check",
        "truncated text",
        "suffix",
        "结尾检查",
        "被截断的文本",
        "answers that stop in the middle",
        "missing full stop",
        "ending abruptly",
        "句子没说完",
        "结尾缺标点",
    )
    not_for = ("how its lines end: use line_stats",)
    examples = [
        Example(
            [{"text": "As follows: \n"}, {"text": "如下："}, {"text": "Done."}, {"text": ""}],
            [{"ends_with": True}, {"ends_with": True}, {"ends_with": False}, {"ends_with": False}],
        ),
        Example([{"text": "and so on..."}], [{"cut": True}], {"marks": ["...", "…"], "into": "cut"}),
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Boolean] = "ends_with"
    marks: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=(":", "："), description="The marks to look for."
    )

    def exprs(self) -> dict[str, pl.Expr]:
        end = pl.col(self.text).str.strip_chars_end()
        return {self.into: pl.any_horizontal(end.str.ends_with(each) for each in self.marks)}


class HtmlEntities(Score):
    """Count the HTML entities left in a text, such as &amp; and &#160; and, of the commonest ones, &nbsp without ;.

    Full-width & and ; count as well, as Chinese pages have them.
    """

    use_for = ("html entities left in text", "leftover &nbsp;", "badly extracted web page", "HTML实体残留")
    aliases = ("leftover entities", "entity count", "实体字符统计")
    not_for = ("marks of other kinds: use pattern_count",)
    examples = [
        Example(
            [{"text": "a&nbsp;b &lt c &#8217; AT&T R&D"}, {"text": ""}],
            [{"html_entities": 3}, {"html_entities": 0}],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "html_entities"

    def exprs(self) -> dict[str, pl.Expr]:
        pattern = _ENTITY.replace("{names}", _NAMES)
        return {self.into: pl.col(self.text).str.count_matches(pattern).cast(pl.Int64)}


class BrokenCharacters(Score):
    """Count the characters that a text should not have: replaced, invisible, of private use, and numbers of such.

    They are U+FFFD, the empty box U+25A1, zero-width and direction marks (U+200B to U+200F, U+202A to U+202E, U+2060 to
    U+206F, U+FEFF), annotation marks U+FFF9 to U+FFFC, and private use. Joined emoji and right-to-left text hold some
    rightly.
    """

    use_for = ("replacement characters", "zero-width characters", "mojibake signs", "乱码字符")
    aliases = (
        "garbage characters",
        "unknown characters",
        "replacement sign",
        "不可见字符",
        "乱码检测",
        "strange squares",
        "question marks in diamonds",
        "unreadable characters",
        "奇怪的方块",
        "问号字符",
    )
    not_for = ("punctuation and other marks: use text_ratios",)
    examples = [
        Example(
            [{"text": "a\ufffdb\u200e"}, {"text": "é 好 U+200E"}],
            [{"broken_characters": 2}, {"broken_characters": 0}],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "broken_characters"

    def exprs(self) -> dict[str, pl.Expr]:
        return {self.into: pl.col(self.text).str.count_matches(_BROKEN).cast(pl.Int64)}


class IdCardTerms(Score):
    """Count the terms of identity documents in a text: ID card, NRIC number, resident registration, 身份 and others.

    Case does not matter, up to ten spaces may stand inside a term, and a term is no part of a longer word.
    """

    use_for = ("identity card terms", "texts about identity documents", "ID number forms", "身份证相关词")
    aliases = ("identity documents", "ID numbers", "身份证")
    not_for = ("phrases of your own: use phrase_count",)
    examples = [
        Example(
            [{"text": "ID card: show your identity, ID  Number"}, {"text": "身 份证"}, {"text": "idea"}],
            [{"id_card_terms": 3}, {"id_card_terms": 1}, {"id_card_terms": 0}],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "id_card_terms"

    def exprs(self) -> dict[str, pl.Expr]:
        return {self.into: pl.col(self.text).str.count_matches(_ID_TERMS).cast(pl.Int64)}


class WebTraces(Score):
    """Count what pages leave in a text: lines about javascript or cookies, filler text, curly brackets, links.

    `lines` are all that are not blank. `javascript_lines` and `policy_lines` are those that hold "javascript", or one
    of the phrases of C4 (Raffel et al. 2020, section 2.2): terms of use, privacy policy, cookie policy, uses cookies,
    use of cookies, use cookies; `javascript_share` and `policy_share` are their shares, 0.0 where there is no line.
    `lorem_ipsum`: how often that phrase comes. `curly`: { and }. `urls`: links that begin with http://, https:// or
    www. Case does not matter.
    """

    use_for = ("lines with javascript", "lorem ipsum", "cookie policy lines", "count links", "网页残留")
    aliases = (
        "web residue",
        "javascript warnings",
        "网页残余",
        "enable JavaScript",
        "cookie notes",
        "page leftovers",
        "请启用JavaScript",
    )
    not_for = ("phrases of your own: use phrase_count", "menus and repeated lines: use line_stats")
    examples = [
        Example(
            [{"text": "Enable JavaScript\nLorem ipsum {x} www.a.b\nWe use cookies"}, {"text": ""}],
            [
                {"web_javascript_lines": 1, "web_javascript_share": 1 / 3, "web_policy_lines": 1, "web_curly": 2},
                {"web_javascript_lines": 0, "web_javascript_share": 0.0, "web_policy_lines": 0, "web_curly": 0},
            ],
        ),
        Example([{"text": "lorem ipsum http://x.y/"}], [{"lorem_ipsum": 1, "urls": 1}], {"prefix": ""}),
    ]

    text: Annotated[Reads, pl.String] = "text"
    prefix: str = Field(default="web_", description="What the names of the written columns start with.")

    def writes(self) -> dict[str, pl.DataType | None]:
        whole, part = pl.Int64(), pl.Float64()
        kinds = {"lines": whole, "javascript_lines": whole, "javascript_share": part, "policy_lines": whole}
        counts = {"policy_share": part, "lorem_ipsum": whole, "curly": whole, "urls": whole}
        return {self.prefix + name: kind for name, kind in (kinds | counts).items()}

    def exprs(self) -> dict[str, pl.Expr]:
        text = pl.col(self.text).str.to_lowercase()
        found = lines(text)
        policy = r"terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies"
        script, legal = _holding(found, "javascript"), _holding(found, policy)
        counts = {"lorem_ipsum": "lorem ipsum", "curly": r"[{}]", "urls": r"\b(?:https?://|www\.)\S"}
        values = {
            "lines": found.list.len().cast(pl.Int64),
            "javascript_lines": script,
            "javascript_share": share(script, found.list.len()),
            "policy_lines": legal,
            "policy_share": share(legal, found.list.len()),
            **{name: text.str.count_matches(pattern).cast(pl.Int64) for name, pattern in counts.items()},
        }
        return {self.prefix + name: value for name, value in values.items()}


def _holding(found: pl.Expr, pattern: str) -> pl.Expr:
    return found.list.eval(pl.element().str.contains(pattern)).list.sum().cast(pl.Int64)
