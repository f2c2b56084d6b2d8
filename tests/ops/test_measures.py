"""Counts, lengths, shares and matches: each is its definition, on any text, and has a value for texts of nothing."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dfcli.errors import EnvironmentLacks
from dfcli.ops import diversity, measure_patterns, measure_text, measure_words, readability, score, web_traces
from dfcli.ops.base import FAILED, Operator
from dfcli.ops.measure_patterns import LineShare, PatternCount, PatternShare, PhraseCount, WordShare
from dfcli.ops.measure_text import LineLengths, TextRatios
from dfcli.ops.measure_words import CapitalWords, StopWords, SymbolRatio, UnpunctuatedRun, WordLengths
from dfcli.ops.registry import classes_in
from dfcli.ops.score import CharCount, LineCount, SentenceCount, TokenCount
from dfcli.ops.scripted import Scripted
from dfcli.ops.web_traces import HtmlEntities, WebTraces

CONTEXT = Scripted()
NEEDED: Mapping[str, Mapping[str, Any]] = {
    "pattern_count": {"pattern": r"\d"},
    "pattern_share": {"pattern": r"\d+"},
    "line_share": {"pattern": "^a"},
    "phrase_count": {"phrases": ["ab", "abc"]},
}
MODULES = (score, measure_text, measure_words, measure_patterns, web_traces, diversity, readability)
MEASURES = [
    cls(**NEEDED.get(cls.op(), {})) for module in MODULES for cls in classes_in(module) if cls.op() != "dale_chall"
]
SHARES = ("share", "ratio_", "repeat", "capital", "_short", "_long", "hdd", "diversity")
TEXTS = st.text(st.sampled_from("aAbB é好1#…{}.!?,\n\r\t 。-'&;:") | st.characters(exclude_categories=["Cs"]))


def measured(operator: Operator, *texts: str | None) -> list[dict[str, Any]]:
    out = operator(pl.DataFrame({"text": texts}, schema={"text": pl.String}), CONTEXT)
    assert FAILED not in out.columns or out[FAILED].null_count() == out.height
    return out.select(list(operator.writes())).to_dicts()


def one(operator: Operator, text: str | None) -> Any:
    (row,) = measured(operator, text)
    return next(iter(row.values()))


@pytest.mark.parametrize("operator", MEASURES, ids=lambda each: each.op())
def test_a_null_text_has_null_measures(operator: Operator) -> None:
    assert measured(operator, None) == [dict.fromkeys(operator.writes())]


@pytest.mark.parametrize("operator", MEASURES, ids=lambda each: each.op())
def test_nothing_has_counts_and_shares_of_zero_and_no_means(operator: Operator) -> None:
    for name, value in measured(operator, "")[0].items():
        nothing = (0, 0.0, False, None)
        assert value in nothing, name
        if any(part in name for part in ("share", "ratio_", "repeat", "count")) and operator.op() != "line_stats":
            assert value is not None, name


@pytest.mark.parametrize("operator", MEASURES, ids=lambda each: each.op())
def test_a_word_of_a_megabyte_and_many_equal_texts_are_measured(operator: Operator) -> None:
    word = "a" * 1_000_000
    rows = measured(operator, word, *["to be, or not to be"] * 10_000, "שלום עולם \u202e!", "👩\u200d👧 \u0301")
    assert len(rows) == 10_003
    assert rows[1] == rows[10_000]


@pytest.mark.parametrize("operator", MEASURES, ids=lambda each: each.op())
@given(texts=st.lists(TEXTS, max_size=4))
def test_shares_lie_between_0_and_1_and_no_number_is_odd(operator: Operator, texts: list[str]) -> None:
    for row in measured(operator, *texts):
        for name, value in row.items():
            if isinstance(value, float):
                assert math.isfinite(value), name
            if value is not None and any(part in name for part in SHARES) and not name.startswith("symbol_ratio"):
                assert 0 <= value <= 1 or isinstance(value, int), name


@given(text=TEXTS)
def test_each_share_of_characters_is_counted_by_unicodes_categories(text: str) -> None:
    tests = {
        "letters": lambda char: unicodedata.category(char)[0] == "L",
        "digits": lambda char: unicodedata.category(char) == "Nd",
        "alphanumeric": lambda char: unicodedata.category(char)[0] in "LN",
        "capitals": lambda char: unicodedata.category(char) == "Lu",
        "punctuation": lambda char: unicodedata.category(char)[0] == "P",
        "symbols": lambda char: unicodedata.category(char)[0] == "S",
        "whitespace": str.isspace,
        "non_ascii": lambda char: not char.isascii(),
        "special": lambda char: unicodedata.category(char)[0] not in "LM",
        "brackets": lambda char: char in "(){}[]⟨⟩",
        "curly": lambda char: char in "{}",
        "control": lambda char: unicodedata.category(char)[0] == "C" and not char.isspace(),
    }
    (row,) = measured(TextRatios(), text)
    for kind, test in tests.items():
        assert row[f"ratio_{kind}"] == pytest.approx(sum(map(test, text)) / max(len(text), 1)), kind


def test_shares_of_more_texts_than_are_counted_at_a_time_stay_with_their_rows() -> None:
    texts = ["1" * (number % 3) + "a" for number in range(9000)]
    found = [row["digits"] for row in measured(TextRatios(shares=("digits",), prefix=""), *texts)]
    assert found == [pytest.approx((len(text) - 1) / len(text)) for text in texts]


@given(text=TEXTS)
def test_characters_without_whitespace_are_fewer_by_the_whitespace(text: str) -> None:
    # Python calls four separators space that Unicode's property White_Space does not hold.
    spaces = sum(char.isspace() and char not in "\x1c\x1d\x1e\x1f" for char in text)
    assert one(CharCount(whitespace=False), text) == len(text) - spaces


@pytest.mark.parametrize(
    ("text", "lines", "blank"),
    [("", 0, 0), ("\n", 0, 1), ("a", 1, 1), ("a\n", 1, 1), ("a\r\n\rb", 2, 3), ("\n\n a \n", 1, 3)],
)
def test_lines_end_with_any_line_break(text: str, lines: int, blank: int) -> None:
    assert (one(LineCount(), text), one(LineCount(blank=True), text)) == (lines, blank)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It is 3.5 m. So what?! Yes", 3),
        ('He said: "No." She left.', 2),
        ("Wait... what? (Really.) Ok", 4),
        ("一。二！三？四", 4),
        ("他说：“好。”走了。", 2),
        ("Heading\nA sentence.", 2),
        ("?!. ...", 0),
        ("See example.com.", 1),
    ],
)
def test_sentences_end_at_a_mark_before_space_and_at_chinese_marks(text: str, count: int) -> None:
    assert one(SentenceCount(), text) == count


def test_lines_are_as_long_as_they_stand() -> None:
    (row,) = measured(LineLengths(long_chars=3), " ab \nabcde\n\n")
    assert row == {"line_length_mean": 4.5, "line_length_max": 5, "line_length_min": 4, "line_length_long": 1.0}


@given(words=st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1)))
def test_lengths_of_words_are_those_between_spaces(words: list[str]) -> None:
    (row,) = measured(WordLengths(), " ".join(words))
    sizes = [len(each) for each in words]
    mean = pytest.approx(sum(sizes) / len(sizes)) if sizes else None
    assert (row["word_length_mean"], row["word_length_max"]) == (mean, max(sizes, default=None))


@pytest.mark.parametrize(
    ("text", "share"),
    [("NASA ok", 0.5), ("B2B! 12", 0.5), ("ÉTÉ Été", 0.5), ("I am", 0.5), ("12 --", 0.0), ("你好 A", 0.5)],
)
def test_a_word_is_in_capitals_when_it_has_one_and_no_small_letter(text: str, share: float) -> None:
    assert one(CapitalWords(), text) == share
    assert share == sum(word.isupper() for word in text.split()) / len(text.split())


def test_stop_words_are_found_with_either_apostrophe() -> None:
    assert one(StopWords(), "Don't shout, it’s late") == 2


def test_ratios_of_symbols_count_words_as_asked() -> None:
    assert measured(SymbolRatio(), "#a,b c")[0]["symbol_ratio_hash"] == 0.5
    assert measured(SymbolRatio(words="tokens"), "#a,b c")[0]["symbol_ratio_hash"] == 0.2


def test_a_stretch_ends_at_chinese_punctuation_too() -> None:
    assert [one(UnpunctuatedRun(), text) for text in ("a b c。d e", "a b，c", "one\ntwo three")] == [3, 2, 2]


def test_shares_of_words_lines_and_characters_take_any_pattern() -> None:
    assert one(WordShare(pattern=r"^\p{Han}+$"), "你好 a 1") == pytest.approx(1 / 3)
    assert measured(LineShare(pattern="end$"), "the end \nend.\nend") == [{"line_share": 2 / 3, "line_matches": 2}]
    assert one(PatternShare(pattern="(?i)A+"), "aAb") == pytest.approx(2 / 3)
    assert one(PatternCount(pattern="(?m)^a"), "a\nab\nb") == 2


@pytest.mark.parametrize("cls", [PatternCount, PatternShare, WordShare, LineShare])
@pytest.mark.parametrize("pattern", ["(", "(?=a)", r"(a)\1"])
def test_a_pattern_that_cannot_be_searched_for_is_refused(cls: type[Operator], pattern: str) -> None:
    with pytest.raises(ValidationError, match="regular expression"):
        cls(pattern=pattern)  # type: ignore[call-arg]  # each of them has it


@pytest.mark.parametrize(
    ("phrases", "case", "count"),
    [(["ab"], False, 3), (["ab"], True, 1), (["a.c"], False, 0), (["ab", "abc"], False, 3), (["İ"], False, 0)],
)
def test_phrases_are_found_letter_by_letter(phrases: list[str], case: bool, count: int) -> None:
    assert one(PhraseCount(phrases=tuple(phrases), case=case), "ABC xab Ab") == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a&nbsp;b", 1),
        ("&NBSP b", 1),
        ("&ltd", 0),
        ("＆amp；", 1),
        ("&#x2019; &#39;", 2),
        ("AT&T; R&D", 0),
        ("a & b;", 0),
    ],
)
def test_entities_count_with_a_semicolon_or_by_a_common_name(text: str, count: int) -> None:
    assert one(HtmlEntities(), text) == count


def test_traces_of_web_pages_are_counted_whatever_their_case() -> None:
    (row,) = measured(
        WebTraces(prefix=""), "JAVASCRIPT off\n\nTerms of Use\nLOREM ipsum {a} HTTPS://x.y www.z.w awww.q"
    )
    assert row == {
        "lines": 3,
        "javascript_lines": 1,
        "javascript_share": 1 / 3,
        "policy_lines": 1,
        "policy_share": 1 / 3,
        "lorem_ipsum": 1,
        "curly": 2,
        "urls": 2,
    }


@pytest.mark.parametrize("name", ["cl100k_base", "o200k_base", "p50k_base", "anthropic", "deepseek"])
def test_tokenizers_count_without_a_network_and_take_marks_of_theirs_as_text(name: str) -> None:
    counter = TokenCount(tokenizer=name)
    hello, special, empty = (row["token_count"] for row in measured(counter, "Hello world", "<|endoftext|>", ""))
    assert (hello, empty) == (2, 0)
    assert special >= 1
    assert len(counter.outside(CONTEXT)) == 64


def test_a_tokenizer_may_be_a_file(tmp_path: Any) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert one(TokenCount(tokenizer=str(tmp_path / "tokenizer.json")), "a b, a") == 4


def test_a_tokenizer_that_is_not_there_is_named(tmp_path: Any) -> None:
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(EnvironmentLacks, match=r"no tokenizer 'gpt9'.*cl100k_base"):
        measured(TokenCount(tokenizer="gpt9"), "a")
    with pytest.raises(EnvironmentLacks, match=r"not a tokenizer\.json"):
        measured(TokenCount(tokenizer=str(tmp_path / "broken.json")), "a")
