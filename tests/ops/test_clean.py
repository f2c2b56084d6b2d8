"""What each cleaner of characters and patterns removes, and above all what it must leave."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dfcli.ops._cleaner import InPlace
from dfcli.ops.clean import ConvertChinese, FixMojibake, RemoveControlCharacters, ReplacePattern, StripQuotes
from dfcli.ops.clean_characters import (
    CollapsePunctuation,
    KeepCharacters,
    NormalizePunctuation,
    RemoveCharacters,
    RemoveEmoji,
    RemoveEmoticons,
    RemoveNumbers,
)
from dfcli.ops.scripted import Scripted


def cleaned(cleaner: InPlace, text: str) -> str:
    out: str = cleaner(pl.DataFrame({"text": [text]}), Scripted())["text"][0]
    return out


@pytest.mark.parametrize(
    "text",
    [
        "Windows XP, XD and QQ, oO",
        "too many, tot, Too, OoO",
        "8D, 3D and B2B at 12:30",
        "for (i = 0; i < n; i++) { x[:] = [] ; }",
        '{"a" :{ "b": 1 }, "c" :[ 2 ]}',
        "Kaine (; born 1958)",
        "x <3 and y =( z",
        "std::map, a:b, C:\\dir",
        "snake_T_case",
    ],
)
def test_what_only_resembles_an_emoticon_stays(text: str) -> None:
    assert cleaned(RemoveEmoticons(), text) == text


@pytest.mark.parametrize(
    "face", [":)", ":-(", ";-)", ":P", ":'(", ">:(", "(-:", "=D", ":o", "^_^", "-_-", "T_T", "o.O", "(^_^)", "(；ω；)"]
)
def test_an_emoticon_that_stands_alone_goes(face: str) -> None:
    assert cleaned(RemoveEmoticons(), f"well {face} then{face}") == f"well  then{face}"
    assert cleaned(RemoveEmoticons(), f"你好{face}。") == "你好。"


@pytest.mark.parametrize("kept", ["© 2020 ™ ®", "5 * 3 # 1", "↔ → ✓ ❖ ♯", "中文 العربية हिन्दी", "‼ ㊗ 〰", "C♯ ♪ ♔ ☐"])
def test_signs_that_are_text_are_no_emoji(kept: str) -> None:
    assert cleaned(RemoveEmoji(), kept) == kept


@pytest.mark.parametrize(
    "sign", ["😀", "👍🏽", "👩‍👩‍👧", "🏳️‍🌈", "🇩🇪", "🏴\U000e0067\U000e0062\U000e007f", "1️⃣", "❤️", "☺️", "🫠"]
)
def test_an_emoji_goes_with_all_its_parts(sign: str) -> None:
    assert cleaned(RemoveEmoji(), f"a{sign}b") == "ab"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("C++ a == b -- ## --help https://a/b __init__", "C++ a == b -- ## --help https://a/b __init__"),
        ("no... wait,, what?? 好！！。。", "no. wait, what? 好！。"),
        ("?!?!", "?!?!"),
    ],
)
def test_only_signs_of_sentences_are_collapsed(text: str, want: str) -> None:
    assert cleaned(CollapsePunctuation(), text) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("时间:12:30, 见a.b.", "时间：12:30, 见a.b."),
        ("好.好.好.", "好。好。好。"),
        ("老板@公司.com", "老板@公司.com"),
        ("他说“好”. 走!\n对?", "他说“好”。走！\n对？"),
        ("Hi, you.", "Hi, you."),
    ],
)
def test_chinese_sentences_get_full_width_signs(text: str, want: str) -> None:
    assert cleaned(NormalizePunctuation(language="zh"), text) == want


@pytest.mark.parametrize("text", ["COVID-19", "v1.2.3", "B2B", "192.168.1.1", "1.2.3", "1st", "x2 y3", "２x"])
def test_a_number_within_a_name_stays(text: str) -> None:
    assert cleaned(RemoveNumbers(), text) == text


@pytest.mark.parametrize("number", ["5", "-3", "1,200.50", "3%", "±2", "٣٤", "12’000", "1.234,5"])
def test_a_number_alone_goes(number: str) -> None:
    assert cleaned(RemoveNumbers(), f"共{number}。It is {number}, ({number})") == "共。It is , ()"


def test_characters_of_a_class_are_taken_as_they_are() -> None:
    assert cleaned(RemoveCharacters(characters="^]\\-["), "a^b]c\\d-e[f") == "abcdef"
    assert cleaned(KeepCharacters(kinds=("latin",), also="]^-"), "a]b^c-d1") == "a]b^c-d"


@given(st.text(max_size=30))
def test_only_what_is_asked_for_is_kept(text: str) -> None:
    kept = cleaned(KeepCharacters(kinds=("digits", "whitespace"), also="é"), text)
    assert all(each.isspace() or each.isdecimal() or each == "é" for each in kept)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("cafÃ© naÃ¯ve", "café naïve"),
        ("itâ€™s", "it’s"),
        ("ÃƒÂ©", "é"),
        ("São Paulo, Ångström, 数据, Â§", "São Paulo, Ångström, 数据, §"),
        ("AÑO, ÃO, l’été… “oui”", "AÑO, ÃO, l’été… “oui”"),
    ],
)
def test_only_broken_text_is_repaired(text: str, want: str) -> None:
    assert cleaned(FixMojibake(), text) == want


def test_every_text_that_ftfy_would_repair_gets_to_it() -> None:
    """The gate before ftfy lets pass what each accented letter and sign becomes when it is read as another encoding."""
    from ftfy import fix_encoding

    broken = []
    for sign in "éèüßñçåøÆœ’“”–—…€£°½µžšłąěőЖяαΩ中语日あ한😀\xa0«»":
        for wrong in ("latin-1", "windows-1252", "windows-1251"):
            try:
                broken.append(f"wo {sign}rd a{sign}".encode().decode(wrong))
            except UnicodeDecodeError:
                continue
    assert [cleaned(FixMojibake(), each) for each in broken] == [fix_encoding(fix_encoding(each)) for each in broken]


def test_joiners_stay_when_invisible_characters_go() -> None:
    text = "می\u200cخواهم क्\u200dष 👩\u200d👧"
    assert cleaned(RemoveControlCharacters(), text) == text
    assert cleaned(RemoveControlCharacters(), "a\u200bb\u00adc\u202ed\ufeff\r\n\te") == "abcd\r\n\te"


@pytest.mark.parametrize("pattern", ["(", "a(?=b)", r"(a)\1", "[z-a]"])
def test_a_pattern_that_rust_does_not_know_is_refused_when_it_is_read(pattern: str) -> None:
    with pytest.raises(ValidationError, match="not a regular expression"):
        ReplacePattern(pattern=pattern)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ('""', ""),
        ('"', '"'),
        ("“a” b”", "“a” b”"),
        ("'it's'", "'it's'"),
        ('"“a”"', "a"),
        ("「好」", "好"),
        ("“a'", "“a'"),
    ],
)
def test_only_a_pair_around_the_whole_text_is_taken_away(text: str, want: str) -> None:
    assert cleaned(StripQuotes(), text) == want


@pytest.mark.parametrize(
    ("way", "text", "want"),
    [
        ("t2s", "乾隆皇帝的頭髮很乾燥", "乾隆皇帝的头发很干燥"),
        ("s2t", "皇后在里面发现头发", "皇后在裏面發現頭髮"),
        ("s2tw", "里面", "裡面"),
        ("s2twp", "鼠标和软件", "滑鼠和軟體"),
        ("t2jp", "國學", "国学"),
    ],
)
def test_chinese_is_converted_word_by_word(way: Any, text: str, want: str) -> None:
    assert cleaned(ConvertChinese(way=way), text) == want


def test_a_cleaner_can_write_into_another_column() -> None:
    out = RemoveEmoji(text="raw", into="clean")(pl.DataFrame({"raw": ["a😀"]}), Scripted())
    assert out.to_dicts() == [{"raw": "a😀", "clean": "a"}]
    assert RemoveEmoji(text="raw")(pl.DataFrame({"raw": ["a😀"]}), Scripted()).to_dicts() == [{"raw": "a"}]
