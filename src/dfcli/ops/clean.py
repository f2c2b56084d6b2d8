"""Clean text as such: whitespace, case, Unicode forms, broken encodings, Chinese writing, the user's own patterns."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal

import polars as pl
from polars.exceptions import PolarsError
from pydantic import AfterValidator, Field

from dfcli.ops._cleaner import Cleaner, RowCleaner, settled
from dfcli.ops.base import Example

if TYPE_CHECKING:
    from opencc import OpenCC


def _compiles(pattern: str) -> str:
    try:
        pl.select(pl.lit("").str.contains(pattern))
    except PolarsError as error:
        raise ValueError(f"not a regular expression in Rust's syntax, which has no look-around: {error}") from error
    return pattern


class CollapseWhitespace(Cleaner):
    """Replace every run of whitespace by one space, and trim both ends."""

    use_for = ("normalize whitespace", "remove extra spaces and tabs", "trim text", "去除多余空白")
    aliases = (
        "squeeze spaces",
        "strip whitespace",
        "tidy blanks",
        "line breaks to spaces",
        "多余空格",
        "空白规范化",
        "double spaces",
        "stray tabs and newlines",
        "blanks in a row",
        "连续空格",
        "空白太多",
    )
    not_for = ("texts that only need to be measured: use line_stats", "lines broken in sentences: use repair_lines")
    examples = [
        Example([{"text": "  a \t b\n\nc "}, {"text": ""}], [{"text": "a b c"}, {"text": ""}]),
        Example([{"text": "a \n b  c\n\n\n\nd"}], [{"text": "a\nb c\n\nd"}], {"keep_lines": True}),
    ]

    keep_lines: bool = Field(default=False, description="Keep line breaks, at most one blank line in a row.")

    def expr(self) -> pl.Expr:
        text = pl.col(self.text)
        if not self.keep_lines:
            return text.str.replace_all(r"\s+", " ").str.strip_chars()
        spaced = text.str.replace_all("\r\n?", "\n").str.replace_all(r"[^\S\n]+", " ")
        return spaced.str.replace_all(r" ?\n ?", "\n").str.replace_all(r"\n{3,}", "\n\n").str.strip_chars()


class Lowercase(Cleaner):
    """Turn capital letters into small ones, in every script that has both."""

    use_for = ("convert to lower case", "lowercase text", "ignore capitals", "转换为小写")
    aliases = (
        "lower case",
        "downcase",
        "case folding",
        "小写",
        "转小写",
        "uppercase to lowercase",
        "small letters",
        "大写变小写",
    )
    not_for = ("full-width letters: use normalize_unicode",)
    examples = [Example([{"text": "Das GROSSE Ä, ПРИВЕТ"}, {"text": None}], [{"text": "das grosse ä, привет"}, {}])]

    def expr(self) -> pl.Expr:
        return pl.col(self.text).str.to_lowercase()


class NormalizeUnicode(Cleaner):
    """Bring text into one of Unicode's normal forms (UAX #15), so that what looks the same is written the same.

    NFC composes letters and accents, NFD takes them apart; NFKC and NFKD also replace compatibility characters:
    full-width letters, ligatures, superscripts, circled digits.
    """

    use_for = ("unicode normal form", "NFKC", "full-width to half-width", "Unicode规范化", "全角转半角")
    aliases = (
        "NFC",
        "Unicode normalization",
        "fullwidth letters",
        "全角半角",
        "letters twice as wide",
        "odd Unicode forms",
        "全角数字",
    )
    not_for = ("text decoded with a wrong encoding: use fix_mojibake", "curly quotes: use normalize_punctuation")
    examples = [
        Example([{"text": "cafe\u0301 ﬁ"}], [{"text": "café ﬁ"}]),
        Example([{"text": "ＡＢＣ１２３ ﬁ ²"}], [{"text": "ABC123 fi 2"}], {"form": "NFKC"}),
    ]

    form: Literal["NFC", "NFKC", "NFD", "NFKD"] = Field(default="NFC", description="The normal form.")

    def expr(self) -> pl.Expr:
        return pl.col(self.text).str.normalize(self.form)


class FixMojibake(RowCleaner):
    """Repair text that was decoded with a wrong encoding, such as Ã© for é, with ftfy (Speer 2019).

    Only texts that ftfy itself takes for broken are touched; a text in which a repair shows another is repaired again.
    """

    use_for = ("fix broken encoding", "repair mojibake", "ftfy", "修复乱码")
    aliases = (
        "encoding repair",
        "garbled text",
        "wrong charset",
        "乱码",
        "编码错误",
        "strange accents",
        "Ã and â signs",
        "wrongly decoded text",
        "编码不对",
        "字符显示异常",
    )
    not_for = ("accents written in two ways: use normalize_unicode", "&eacute;: use decode_html_entities")
    examples = [
        Example(
            [
                {"text": "The Mona Lisa doesnâ€™t have eyebrows."},
                {"text": "voilÃ\xa0 le travail"},
                {"text": "naïve 数据"},
            ],
            [{"text": "The Mona Lisa doesn’t have eyebrows."}, {"text": "voilà le travail"}, {"text": "naïve 数据"}],
        )
    ]
    needs = "text"

    def due(self, text: pl.Expr) -> pl.Expr:
        seen = r"\x{A0}-\x{2FFF}\x{F8FF}\x{FB01}\x{FB02}\x{FFFD}"
        return text.str.contains(rf"[\x{{80}}-\x{{9F}}]|[ŒœÃÂ][^A-Za-z]|[{seen}--[—…]][{seen}]")

    def cleaned(self, text: str) -> str:
        from ftfy import fix_encoding

        before = ""
        while text != before:
            before, text = text, fix_encoding(text)
        return text


class RemoveControlCharacters(Cleaner):
    """Remove characters that control a device or are not meant to be seen; tab, line feed and carriage return stay.

    Vertical tab, form feed and Unicode's own line ends become line feeds. With `invisible` also zero-width spaces, soft
    hyphens, byte order marks, marks of direction and non-characters go; joiners stay, which Persian, Indic scripts and
    emoji need.
    """

    use_for = ("remove control characters", "strip zero-width characters", "remove BOM and null bytes", "去除控制字符")
    aliases = (
        "control characters",
        "zero-width",
        "invisible characters",
        "null bytes",
        "零宽字符",
        "控制符",
        "unseen signs",
        "看不见的字符",
    )
    not_for = ("runs of spaces: use collapse_whitespace",)
    examples = [
        Example([{"text": "a\x00b\x07\tc\u200b\ufeff"}, {"text": "p1\x0cp2"}], [{"text": "ab\tc"}, {"text": "p1\np2"}]),
        Example([{"text": "a\x1b\u200b"}], [{"text": "a\u200b"}], {"invisible": False}),
    ]

    invisible: bool = Field(default=True, description="Also remove what has no width.")

    def expr(self) -> pl.Expr:
        lines = pl.col(self.text).str.replace_all(r"[\x0B\x0C\x1C-\x1E\x{85}\x{2028}\x{2029}]", "\n")
        unseen = (
            r"\x{AD}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2069}\x{FEFF}\x{FFF9}-\x{FFFB}\x{FFFE}\x{FFFF}"
        )
        return lines.str.replace_all(rf"[\x00-\x08\x0E-\x1F\x7F-\x{{9F}}{unseen if self.invisible else ''}]", "")


class ReplacePattern(Cleaner):
    r"""Replace what a regular expression finds, once from left to right, by a text or by groups of what was found.

    The syntax is Rust's: linear time, no look-around and no back-references; `(?i)`, `(?m)` and `(?s)` set modes. In
    `by` `$1` or `${name}` is a group and `$$` a dollar sign. A pattern that does not compile is found by `dfcli check`.
    """

    use_for = ("replace by a regular expression", "regex substitution", "remove lines that match", "正则替换")
    aliases = (
        "find and replace",
        "regex replace",
        "substitution",
        "查找替换",
        "正则",
        "find text and replace it",
        "remove by regex",
        "批量替换",
    )
    not_for = ("rows that match: use where", "values computed by SQL: use compute")
    examples = [
        Example([{"text": "tel: 12-34"}], [{"text": "tel: #"}], {"pattern": r"\d+(-\d+)*", "by": "#"}),
        Example(
            [{"text": "a.b"}, {"text": "ab"}],
            [{"text": "a-b"}, {"text": "ab"}],
            {"pattern": r"(\w)\.(\w)"} | {"by": "$1-$2"},
        ),
        Example([{"text": "x\nAdvertisement\ny"}], [{"text": "x\ny"}], {"pattern": r"(?m)^Advertisement$\n?"}),
    ]

    pattern: Annotated[str, AfterValidator(_compiles)] = Field(min_length=1, description="What to find.")
    by: str = Field(default="", description="What to put in its place; nothing by default.")

    def expr(self) -> pl.Expr:
        return pl.col(self.text).str.replace_all(self.pattern, self.by)


class ConvertChinese(RowCleaner):
    """Write Chinese in simplified or traditional characters, word by word, with the dictionaries of OpenCC.

    `s` is simplified, `t` traditional as OpenCC has it, `tw` and `hk` that of Taiwan and Hong Kong; `twp` also takes
    Taiwan's words (軟體 for 软件), and `jp` is Japan's new characters. A few characters are the old form of another as
    well (么, 苧): they change again when the text is converted again.
    """

    use_for = ("simplified to traditional Chinese", "traditional to simplified", "OpenCC", "繁体转简体", "简体转繁体")
    aliases = (
        "Chinese conversion",
        "Hant to Hans",
        "简繁转换",
        "繁简互转",
        "Taiwan or Hong Kong characters",
        "港台字形",
        "繁体内容",
    )
    not_for = ("full-width letters: use normalize_unicode", "translation: use template")
    examples = [
        Example([{"text": "頭髮 乾隆皇后 OK"}, {"text": "plain"}], [{"text": "头发 乾隆皇后 OK"}, {"text": "plain"}]),
        Example([{"text": "皇后的头发和软件"}], [{"text": "皇后的頭髮和軟體"}], {"way": "s2twp"}),
    ]
    needs = "text"

    way: Literal[
        "s2t", "t2s", "s2tw", "tw2s", "s2hk", "hk2s", "s2twp", "tw2sp", "t2tw", "tw2t", "t2hk", "hk2t", "t2jp", "jp2t"
    ] = Field(default="t2s", description="From which characters to which: t2s makes them simplified.")

    def due(self, text: pl.Expr) -> pl.Expr:
        return text.str.contains(r"\p{Han}")

    def cleaned(self, text: str) -> str:
        return str(_converter(self.way).convert(text))


class StripQuotes(Cleaner):
    """Take away the pair of quotation marks around a whole text, and the whitespace there; pairs inside stay."""

    use_for = ("remove wrapping quotes", "unquote answers", "strip quotation marks", "去除首尾引号")
    aliases = (
        "quotation marks",
        "surrounding quotes",
        "引号",
        "answers in quotation marks",
        "答案带引号",
    )
    not_for = ("spaces around a text: use collapse_whitespace", "curly quotes: use normalize_punctuation")
    examples = [
        Example(
            [{"text": ' "yes" '}, {"text": "“是”"}, {"text": '"a" and "b"'}],
            [{"text": "yes"}, {"text": "是"}, {"text": '"a" and "b"'}],
        )
    ]

    def expr(self) -> pl.Expr:
        pairs = (('"', '"'), ("'", "'"), ("“", "”"), ("‘", "’"), ("«", "»"), ("「", "」"), ("『", "』"))
        inside = "|".join(rf"{opens}([^{opens}{closes}]*){closes}" for opens, closes in pairs)
        groups = "".join(f"${{{number}}}" for number in range(1, len(pairs) + 1))
        return settled(pl.col(self.text), lambda text: text.str.replace(rf"\A\s*(?:{inside})\s*\z", groups))


@cache
def _converter(way: str) -> OpenCC:
    from opencc import OpenCC

    return OpenCC(way)
