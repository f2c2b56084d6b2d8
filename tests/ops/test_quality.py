"""The quality suites: what each rule counts, who leaves by which rule, and that fast counts equal plain ones."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, TypeVar

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfcli.ops._english_tokens import tokens_of
from dfcli.ops.base import DROPPED, Operator
from dfcli.ops.cases import Case
from dfcli.ops.quality import GopherQuality
from dfcli.ops.quality_lines import RefinedwebLines
from dfcli.ops.quality_reference import ReferenceRules
from dfcli.ops.quality_repetition import GopherRepetition
from dfcli.ops.quality_signals import RedpajamaSignals
from dfcli.ops.quality_web import C4Documents, C4Lines, FinewebQuality

PLAIN = "That is what the first of the lines has to say, and with it comes a word more "
ODD = [
    None,
    "",
    " \n\t",
    "x" * 1_000_000,
    "שלום עולם " * 30,
    "\u200b\u2028\x1c\x85",
    "🙂" * 40,
    "- \n• \n...\n…\n#",
    "{" * 9,
    "\n\n\n",
]
Made = TypeVar("Made", bound=Operator)


def made(cls: type[Made], **options: Any) -> Made:
    """Return an operator with some options."""
    return cls(**options)


SUITES: list[Operator] = [
    *(made(GopherQuality, profile=each) for each in ("paper", "datatrove", "nemo")),
    *(made(GopherRepetition, profile=each) for each in ("paper", "datatrove", "nemo")),
    *(made(FinewebQuality, profile=each) for each in ("paper", "datatrove")),
    *(made(C4Documents, profile=each) for each in ("paper", "datatrove")),
    *(made(C4Lines, profile=each) for each in ("paper", "datatrove")),
    made(GopherQuality, language="zh", signals=True),
    made(GopherRepetition, language="zh", signals=True),
    made(RefinedwebLines),
    made(RedpajamaSignals),
]
words = st.lists(st.sampled_from(["a", "b", "cc", "the", "数", "…", "d.", "e e", "\n", "\n\n"]), max_size=60).map(
    " ".join
)


def run(operator: Operator, *texts: str | None) -> pl.DataFrame:
    frame = pl.DataFrame({"text": list(texts)}, schema={"text": pl.String})
    return operator(frame, Case(type(operator), type(operator).examples[0]).context)


def reason(operator: Operator, text: str | None) -> Any:
    return run(operator, text)[DROPPED][0]


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.identity()[:60])
def test_every_text_has_an_outcome_and_no_text_changes_another(suite: Operator) -> None:
    together = run(suite, *ODD, *["the same text, " * 9] * 20)
    alone = pl.concat([run(suite, text) for text in ODD])
    assert together.head(len(ODD)).equals(alone)
    assert together.tail(20).n_unique() == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PLAIN * 3, None),
        (PLAIN, "too_few_words"),
        ("the and be to of " * 20, "words_too_short"),
        ("the and incomprehensibilities notwithstanding " * 20, "words_too_long"),
        ("the and " + "# lines " * 30, "too_many_hashes"),
        ("the and " + "line... " * 60, "too_many_ellipses"),
        ("- the line and more\n" * 20, "too_many_bullet_lines"),
        ("and so the story of them all goes on for very long times ...\n" * 9, "too_many_ellipsis_lines"),
        ("the and 1234 5678 " * 20, "too_few_alphabetic_words"),
        ("words words words " * 20, "too_few_stop_words"),
        (None, "null_text"),
    ],
)
def test_a_document_leaves_by_the_first_gopher_rule_it_breaks(text: str | None, expected: str | None) -> None:
    assert reason(made(GopherQuality), text) == expected


def test_a_threshold_itself_is_still_kept() -> None:
    text = "the and word four " * 12 + "last two"
    assert (reason(made(GopherQuality), text), reason(made(GopherQuality, min_words=51), text)) == (
        None,
        "too_few_words",
    )


def test_tools_disagree_about_the_same_text() -> None:
    text = "- another line of the text and something more\n" * 12
    found = [reason(made(GopherQuality, profile=each), text) for each in ("paper", "datatrove", "nemo")]
    assert found == ["too_many_bullet_lines", "gopher_too_many_bullets", None]


@pytest.mark.parametrize(
    ("chunk", "tokens"),
    [
        ("can't", ["ca", "n't"]),
        ("don’t.", ["do", "n’t", "."]),
        ('"Hello,"', ['"', "Hello", ",", '"']),
        ("U.S.", ["U.S."]),
        ("well-known", ["well", "-", "known"]),
        ("http://a.com/x?y=z,", ["http://a.com/x?y=z", ","]),
        ("10km", ["10", "km"]),
        ("$5.50", ["$", "5.50"]),
        ("hello:)", ["hello", ":)"]),
        ("end.Next", ["end", ".", "Next"]),
        ("a/b", ["a", "/", "b"]),
        ("9pm", ["9", "pm"]),
        ("...", ["..."]),
    ],
)
def test_english_tokens_are_those_of_spacy(chunk: str, tokens: list[str]) -> None:
    assert tokens_of(chunk) == tokens


@given(st.text(st.characters(exclude_categories=["Z", "Cc", "Cs"]), min_size=1, max_size=30))
def test_tokens_lose_no_character(chunk: str) -> None:
    assert "".join(tokens_of(chunk)) == chunk


@settings(deadline=None)
@given(st.lists(words, min_size=1, max_size=6))
def test_repeated_n_grams_are_counted_as_plain_python_counts_them(texts: list[str]) -> None:
    out = run(made(GopherRepetition, signals=True, drop=False), *texts)
    for row, text in zip(out.to_dicts(), texts, strict=True):
        for n in range(2, 11):
            name = f"gopher_{'top' if n < 5 else 'duplicate'}_{n}_gram_share"
            assert row[name] == pytest.approx(plain_share(text.split(), n)), (text, n)


@settings(deadline=None)
@given(st.lists(words, min_size=1, max_size=6))
def test_datatrove_counts_n_grams_from_the_second_on_and_without_overlaps(texts: list[str]) -> None:
    out = run(made(GopherRepetition, profile="datatrove", signals=True, drop=False), *texts)
    for row, text in zip(out.to_dicts(), texts, strict=True):
        tokens = [token for chunk in text.split() for token in tokens_of(chunk)]
        for n in range(5, 11):
            counted = plain_in_turn(tokens, n) / max(len(text), 1)
            assert row[f"gopher_duplicate_{n}_gram_share"] == pytest.approx(counted), (text, n)


@settings(deadline=None)
@given(st.lists(st.one_of(words, st.text(max_size=40)), min_size=1, max_size=5))
def test_shares_lie_between_nothing_and_all(texts: list[str]) -> None:
    for operator in (made(GopherRepetition, signals=True, drop=False), made(FinewebQuality, signals=True, drop=False)):
        out = run(operator, *texts).select(pl.col(r"^.*_share$"))
        assert out.select(pl.all_horizontal(pl.all().is_between(0, 1))).to_series().all()


def test_repeated_lines_and_paragraphs_leave_in_the_order_of_each_tool() -> None:
    text = "One line here.\nOne line here.\nAnother.\n\nA.\n\nA.\n\nA.\n\nA."
    assert reason(made(GopherRepetition), text) == "duplicate_lines"
    assert reason(made(GopherRepetition, profile="datatrove"), text) == "dup_para_frac"


def test_signals_are_whole_although_rows_leave() -> None:
    out = run(made(GopherQuality, signals=True), "too short", None)
    assert out["gopher_word_count"].to_list() == [2, None]
    assert out[DROPPED].to_list() == ["too_few_words", "null_text"]


def test_c4_lines_stay_only_with_words_and_a_mark() -> None:
    text = (
        "We like to sing songs.\nToo few words.\nThis line trails off here...\nIt has our privacy policy in it.\n“So”"
    )
    assert run(made(C4Lines), text)["text"][0] == "We like to sing songs."


def test_c4_keeps_to_the_line_where_datatrove_stops_a_page() -> None:
    page = "It is a line of text. " * 6
    assert reason(made(C4Documents), page + "\nlorem ipsum") == "lorem_ipsum"
    assert reason(made(C4Documents, profile="datatrove"), page + "\nlorem ipsum") is None
    assert (
        reason(made(C4Documents, profile="datatrove"), page + "\nThis has a { in it.\nA lorem ipsum is here.")
        == "curly_bracket"
    )


@given(st.lists(st.sampled_from(["One two three four five.", "Home", "Javascript is on this page.", ""]), max_size=8))
def test_c4_lines_twice_are_c4_lines_once(lines: list[str]) -> None:
    once = run(made(C4Lines), "\n".join(lines))["text"][0]
    assert run(made(C4Lines), once)["text"][0] == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A short line.\nNext line.", "too_many_short_lines"),
        ("no mark at the end of this line, which is long enough", "few_lines_end_in_a_mark"),
        ("A line that comes again, of some length.\n" * 2, "duplicate_line_chars"),
        ("Incomprehensibilities-and-other-words.\nUncharacteristically-long-lines-too.", "too_many_newlines"),
        ("This is a line of a page that says something.", None),
    ],
)
def test_a_document_leaves_by_the_first_fineweb_rule_it_breaks(text: str, expected: str | None) -> None:
    assert reason(made(FinewebQuality), text) == expected


@pytest.mark.parametrize("line", ["MAIN MENU HERE", "12.05.2024", "1,234 comments", "Home", "Add to cart"])
def test_refinedweb_removes_lines_of_no_prose(line: str) -> None:
    assert run(made(RefinedwebLines, max_flagged_share=1), f"A line of prose.\n{line}")["text"][0] == "A line of prose."


def test_reference_rules_find_what_their_names_say() -> None:
    base = (
        "The first sentence of this little text stands right here. It goes on with the second of them all. "
        "And that is the last of the words in it!"
    )
    rules = made(ReferenceRules, blocklist=("very bad", "坏词"), max_blocked=0).rules()
    for more, name in {
        "": None,
        " &nbsp;": "html_entity",
        " a \u200e": "special_characters",
        " U+1F600 and &ltd": None,
        " very bad": "blocked_words",
        " 说坏词": "blocked_words",
        " Copyright": "watermark",
        " lorem Ipsum": "lorem_ipsum",
        " says:": "ends_in_colon",
        " {}{}{}": "curly_brackets",
    }.items():
        held = pl.DataFrame({"text": [base + more]}).select(**rules).row(0, named=True)
        assert next((rule for rule, holds in held.items() if not holds), None) == name, (more, json.dumps(held))


def test_redpajama_entropy_and_duplicates_follow_their_definitions() -> None:
    row = run(made(RedpajamaSignals), "a b c d e, a b c d e!").to_dicts()[0]
    assert row["rps_unigram_entropy"] == pytest.approx(1.6094379)
    assert (row["rps_frac_chars_dupe_5grams"], row["rps_frac_chars_dupe_6grams"]) == (1.0, 0.0)
    assert row["rps_frac_unique_words"] == 0.5


def plain_share(text: list[str], n: int) -> float:
    """Return the share of characters in repeated n-grams, up to 4 words in the most frequent one only."""
    grams = [tuple(text[at : at + n]) for at in range(len(text) - n + 1)]
    counts = Counter(grams)
    wanted = {gram for gram, count in counts.items() if count > 1}
    if n < 5 and wanted:
        wanted = {max(counts, key=lambda gram: counts[gram])}
    covered = {at + step for at, gram in enumerate(grams) if gram in wanted for step in range(n)}
    return sum(len(text[at]) for at in covered) / (sum(map(len, text)) or 1)


def plain_in_turn(text: list[str], n: int) -> int:
    seen: set[str] = set()
    at = chars = 0
    while at <= len(text) - n:
        gram = "".join(text[at : at + n])
        if gram in seen:
            chars += len(gram)
            at += n
        else:
            seen.add(gram)
            at += 1
    return chars
