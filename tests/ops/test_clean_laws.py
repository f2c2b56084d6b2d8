"""What holds of every cleaner: null stays null, cleaning twice is cleaning once, and long odd texts end soon."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfcli.ops._cleaner import InPlace, RowCleaner
from dfcli.ops.base import FAILED
from dfcli.ops.clean import (
    CollapseWhitespace,
    ConvertChinese,
    FixMojibake,
    Lowercase,
    NormalizeUnicode,
    RemoveControlCharacters,
    ReplacePattern,
    StripQuotes,
)
from dfcli.ops.clean_characters import (
    CollapsePunctuation,
    KeepCharacters,
    NormalizePunctuation,
    RemoveCharacters,
    RemoveEmoji,
    RemoveEmoticons,
    RemoveNumbers,
    RemovePunctuation,
)
from dfcli.ops.clean_markup import MarkdownToText, RemoveImageReferences, RemoveReferences
from dfcli.ops.clean_web import DecodeHtmlEntities, HtmlToText, RemoveEmails, RemoveHtmlTags, RemoveIps, RemoveUrls
from dfcli.ops.scripted import Scripted

SETTLED: list[InPlace] = [
    CollapseWhitespace(),
    CollapseWhitespace(keep_lines=True),
    FixMojibake(),
    Lowercase(),
    *(NormalizeUnicode(form=form) for form in ("NFC", "NFKC", "NFD", "NFKD")),
    RemoveControlCharacters(),
    RemoveControlCharacters(invisible=False),
    ReplacePattern(pattern=r"\d+", by="#"),
    StripQuotes(),
    CollapsePunctuation(),
    CollapsePunctuation(at_most=3),
    KeepCharacters(kinds=("chinese", "digits", "whitespace")),
    NormalizePunctuation(),
    NormalizePunctuation(language="zh"),
    RemoveCharacters(characters="abc-]^\\"),
    RemoveEmoji(),
    RemoveEmoticons(),
    RemoveNumbers(),
    RemoveNumbers(every_digit=True),
    RemovePunctuation(),
    DecodeHtmlEntities(),
    RemoveEmails(),
    RemoveHtmlTags(),
    RemoveHtmlTags(by=" "),
    RemoveIps(),
    RemoveUrls(),
    RemoveUrls(bare=True, by="[URL]"),
    RemoveImageReferences(),
    RemoveReferences(),
    RemoveReferences(kinds=("wiki", "footnotes", "numbers", "authors"), by=" "),
]
UNSETTLED: list[InPlace] = [
    HtmlToText(),
    MarkdownToText(),
    *(ConvertChinese(way=way) for way in ("s2t", "t2s", "s2tw")),
]
"""What shows markup becomes markup, and a few characters are the old form of another: see their docstrings."""

VISIBLE = """
a Ab 1 12 3.5 ٣ ² - ! ? . , 。 ， 好 头髮 软 é ﬁ İ ß Ａ １ Ã© â€™ Â 👩 🏽 🇩 © ☺ : :-) ;P ^_^ XP ( ) [ ]
{{ }} <ref> </ref> [1] [^1] [^1]: ![ ]( [[File: ]] < > <b> </b> <br/> <!-- --> <script> </script> & &amp; &lt; amp;
&#233; ＆quot； http:// www. a.com /x.png ?q=1 @ x@y.org mailto: 1.2.3.4 :: 2001:db8::1 :80 ' 「 » ` ``` * ** _ # |
--- $ data:image/png;base64, שלום
"""
PIECES = (
    *VISIBLE.split(),
    *(" ", "\n", "\r\n", "\t", "\u3000", "…", "e\u0301", "\xa0", "\x00", "\x85", "\u2028", "\u200b"),
    *("\u200d", "\ufe0f", "\u20e3", "{{cite web|", "<ref name=a/>", "(Doe, 2020)", '"', "“", "”", "# ", "> ", "- "),
    *("\u202e", "\\"),
)
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=14).map("".join)
COLUMNS = st.lists(st.one_of(st.none(), TEXTS), min_size=1, max_size=20)


def named(cleaner: InPlace) -> str:
    options = cleaner.model_dump(exclude_defaults=True)
    return "-".join([cleaner.op(), *map(str, options.values())])


def cleaned(cleaner: InPlace, texts: list[str | None]) -> list[str | None]:
    out = cleaner(pl.DataFrame({"text": texts}, schema={"text": pl.String()}), Scripted())
    assert FAILED not in out.columns or out[FAILED].null_count() == out.height
    return out["text"].to_list()


@pytest.mark.parametrize("cleaner", SETTLED, ids=named)
@settings(max_examples=60)
@given(texts=COLUMNS)
def test_cleaning_twice_is_cleaning_once(cleaner: InPlace, texts: list[str | None]) -> None:
    once = cleaned(cleaner, texts)
    assert cleaned(cleaner, once) == once


@pytest.mark.parametrize("cleaner", [*SETTLED, *UNSETTLED], ids=named)
@settings(max_examples=20)
@given(texts=COLUMNS)
def test_only_null_becomes_null_and_each_text_is_cleaned_alone(cleaner: InPlace, texts: list[str | None]) -> None:
    out = cleaned(cleaner, texts)
    assert [each is None for each in out] == [each is None for each in texts]
    assert cleaned(cleaner, texts[-1:]) == out[-1:]


@pytest.mark.parametrize("cleaner", [*SETTLED, *UNSETTLED], ids=named)
def test_plain_words_stay_as_they_are(cleaner: InPlace) -> None:
    text = "tea and cake for two" if not isinstance(cleaner, KeepCharacters | RemoveCharacters) else "茶"
    assert cleaned(cleaner, [text, "", text]) == [text, "", text]


@pytest.mark.parametrize("cleaner", [*SETTLED, *UNSETTLED], ids=named)
def test_one_word_of_a_megabyte_and_many_equal_rows_are_cleaned(cleaner: InPlace) -> None:
    word = "w" * 1_000_000
    kept = "" if isinstance(cleaner, KeepCharacters) else word
    assert cleaned(cleaner, [word]) == [kept]
    rows = 1_000 if isinstance(cleaner, RowCleaner) else 10_000
    assert len(set(cleaned(cleaner, ["<p>Hi &amp; bye :-) [1]</p>"] * rows))) == 1


@pytest.mark.parametrize("cleaner", [*SETTLED, *UNSETTLED], ids=named)
@pytest.mark.parametrize(
    "piece", ["<!--<b>", "<script><b>", "<ref>", "{{cite ", "![a](", "[", "1'", "http://a(", "**a"]
)
def test_what_opens_and_never_closes_takes_no_quadratic_time(cleaner: InPlace, piece: str) -> None:
    assert cleaned(cleaner, [piece * 4_000])[0] is not None


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["tea", "cake", "好", "for two.", "é", "(yes)", "ok,"]), min_size=1, max_size=9))
def test_markdown_loses_its_marks_and_no_word(words: list[str]) -> None:
    shown = " ".join(words)
    marked = f"# {shown}\n\n**{shown}**\n\n> {shown}\n\n[{shown}](http://a.b)\n\n```\n{shown}\n```"
    once = cleaned(MarkdownToText(), [marked])
    assert once == ["\n\n".join([shown] * 5)]
    assert cleaned(MarkdownToText(), once) == once


@settings(max_examples=60)
@given(st.text(st.sampled_from("皇后头发头髮里裡干乾燥面麵软件軟體发发，。a"), max_size=20))
def test_chinese_in_the_wanted_writing_stays(text: str) -> None:
    for way in ("t2s", "tw2t", "hk2t"):
        once = cleaned(ConvertChinese(way=way), [text])
        assert cleaned(ConvertChinese(way=way), once) == once
