"""Which language and which scripts texts are in, and how much they switch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dfcli.ops._scripts import LANGUAGES, main_scripts
from dfcli.ops.language import LanguageId, ScriptRatios
from dfcli.ops.scripted import Scripted
from dfcli.ops.switching import CodeSwitch

TEXTS = st.lists(
    st.one_of(
        st.none(),
        st.text(max_size=30),
        st.text(st.sampled_from("aбغ中かカ한नé1. \n\u0301\u200f"), max_size=30),
        st.sampled_from(["", " \n", "🙂", "This is quite an ordinary sentence.", "Это обычное предложение."]),
    ),
    max_size=8,
)
BORN_FREE = {
    "en": "All human beings are born free and equal in dignity and rights.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos.",
    "ru": "Все люди рождаются свободными и равными в своём достоинстве и правах.",
    "zh": "人人生而自由,在尊严和权利上一律平等。",
    "ja": "すべての人間は、生まれながらにして自由であり、尊厳と権利とについて平等である。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "ar": "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق.",
    "he": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतंत्रता और समानता प्राप्त है।",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια.",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "ka": "ყველა ადამიანი იბადება თავისუფალი და თანასწორი.",
    "chr": "ᏂᎦᏓ ᎠᏂᏴᏫ ᏂᎨᎫᏓᎸᎾ ᎠᎴ ᎤᏂᏠᏱ ᎤᎾᏕᎿ",
    "nqo": "ߡߐ߱ ߓߍ߯ ߛߏߡߓߊߟߌ ߟߊߘߎߢߊߣߍ߲",
}


def languages(texts: Sequence[str | None], **options: Any) -> list[str | None]:
    return told(texts, **options)["language"].to_list()


def told(texts: Sequence[str | None], **options: Any) -> pl.DataFrame:
    return LanguageId.model_validate(options)(table(texts), Scripted())


def switches(texts: Sequence[str | None], **options: Any) -> pl.DataFrame:
    return CodeSwitch.model_validate(options)(table(texts), Scripted())


def shares(texts: Sequence[str | None], **options: Any) -> pl.DataFrame:
    return ScriptRatios.model_validate(options)(table(texts), Scripted()).drop("text")


def table(texts: Sequence[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"text": texts}, schema={"text": pl.String})


@pytest.mark.parametrize(("code", "text"), BORN_FREE.items())
def test_a_sentence_is_in_its_language(code: str, text: str) -> None:
    assert languages([text]) == [code]


def test_case_line_breaks_digits_and_addresses_do_not_matter() -> None:
    plain = BORN_FREE["de"]
    noisy = f"https://www.example.com/about-us/the-team\n{plain.upper().replace(' ', chr(10))} 12345 me@example.com"
    assert languages([plain, noisy]) == ["de", "de"]


def test_an_address_takes_no_chinese_text_before_or_after_it_along() -> None:
    texts = ["这座石桥建于宋代，联系邮箱：bridge@example.com", "见https://example.com/a，内容都在那里"]
    assert languages(texts) == ["zh", "zh"]


@pytest.mark.parametrize("text", ["", " \n\t", "42", "🙂🙂", "?!…", "https://example.com/a", "\u200f"])
def test_a_text_without_letters_has_no_language_and_no_score(text: str) -> None:
    assert told([text]).row(0) == (text, None, None)


def test_letters_of_a_script_of_no_known_language_have_none_and_others_beside_them_do() -> None:
    assert languages(["ᚁᚂᚃᚄ", "𐐀𐐁𐐂", f"ᚁᚂ {BORN_FREE['th']}"]) == [None, None, "th"]


def test_null_stays_null() -> None:
    assert told([None]).row(0) == (None, None, None)
    assert switches([None]).row(0) == (None, None, None)
    assert set(shares([None]).row(0)) == {None}


def test_a_language_must_be_written_in_the_script_of_the_text() -> None:
    romanised = ["privet kak dela chto ty delaesh segodnya", "mera naam kya hai aap kaise hain", "ni hao ma wo hen hao"]
    assert {*languages(romanised)} <= {*LANGUAGES["Latin"].split()}


def test_kana_among_chinese_characters_is_japanese_and_kana_alone_too() -> None:
    assert languages(["東京都の人口", "カタカナ", "东京都人口"]) == ["ja", "ja", "zh"]


def test_most_letters_decide_between_scripts() -> None:
    texts = table(["GPT 模型在中文文本上的表现非常好", "The word мир is Russian", "123", None, "é"])["text"]
    assert main_scripts(texts).to_list() == ["Han", "Latin", None, None, "Latin"]


def test_languages_that_can_be_are_the_only_ones_told() -> None:
    found = told([*BORN_FREE.values(), "ok", "chat"], among=["fr", "en", "zh", "ru"])
    assert {*found["language"]} <= {"fr", "en", "zh", "ru", None}
    assert dict(zip(BORN_FREE, found["language"], strict=False)) | {"en": "en", "fr": "fr", "zh": "zh"} == dict(
        zip(BORN_FREE, found["language"], strict=False)
    )


def test_a_language_alone_in_its_script_is_certain_and_a_script_of_none_has_none() -> None:
    found = told(["oui", "да", "한국어"], among=["fr", "ru"])
    assert found["language"].to_list() == ["fr", "ru", None]
    assert found["language_score"].to_list() == [1.0, 1.0, None]


def test_a_choice_of_languages_raises_the_score() -> None:
    [free], [chosen] = (told(["the house"], among=codes)["language_score"] for codes in ([], ["en", "de", "fr"]))
    assert free < chosen <= 1


def test_a_code_of_no_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValidationError, match=r"eng: no language that can be told; these can: af am"):
        languages(["text"], among=["en", "eng"])


def test_only_the_first_characters_are_read() -> None:
    text = BORN_FREE["en"] * 3 + BORN_FREE["ru"] * 30
    assert [*languages([text], max_chars=100), *languages([text], max_chars=10_000)] == ["en", "ru"]


def test_a_word_of_a_megabyte_and_ten_thousand_equal_rows_pass() -> None:
    word = "a" * 1_000_000
    assert told([word], max_chars=2_000_000).height == 1
    assert switches([word])["code_switch"].to_list() == [0.0]
    assert shares([word])["script_latin"].to_list() == [1.0]
    assert languages([BORN_FREE["zh"]] * 10_000) == ["zh"] * 10_000


@settings(max_examples=60, deadline=None)
@given(texts=TEXTS, among=st.sampled_from([(), ("en", "zh"), ("ru",)]))
def test_there_is_a_score_from_0_to_1_just_where_there_is_a_language(
    texts: list[str | None], among: tuple[str, ...]
) -> None:
    for _, language, score in told(texts, among=among).iter_rows():
        assert (language is None) == (score is None)
        assert score is None or 0 <= score <= 1


@settings(max_examples=100, deadline=None)
@given(texts=TEXTS)
def test_shares_of_scripts_are_in_0_to_1_and_add_up_to_1_where_there_are_letters(texts: list[str | None]) -> None:
    for text, row in zip(texts, shares(texts).iter_rows(), strict=True):
        if text is None:
            assert set(row) == {None}
        else:
            assert all(0 <= share <= 1 for share in row)
            assert sum(row) == pytest.approx(table([text])["text"].str.contains(r"\pL").sum())


def test_a_share_is_of_letters_and_not_of_signs_digits_or_spaces() -> None:
    [row] = shares(["ab 中文, 12 🙂!"], scripts=["Han"]).rows(named=True)
    assert row == {"script_han": 0.5, "script_other": 0.5}


def test_letters_of_a_script_that_is_not_measured_are_others_in_whichever_text() -> None:
    assert shares(["abc", "абв", "ab вг"], scripts=["Cyrillic"])["script_other"].to_list() == [1.0, 0.0, 0.5]


def test_sentences_in_another_language_are_counted_by_number_and_the_main_one_by_length() -> None:
    texts = [f"{BORN_FREE['en']} {BORN_FREE['de']} {BORN_FREE['en']} {BORN_FREE['ru']}", BORN_FREE["fr"] * 5]
    found = switches(texts)
    assert found["code_switch"].to_list() == [0.5, 0.0]
    assert found["languages"].to_list() == [["en", "de", "ru"], ["fr"]]


def test_sentences_that_are_short_or_doubtful_do_not_count() -> None:
    text = f"{BORN_FREE['en']} Nein. {BORN_FREE['de']}"
    assert switches([text], min_chars=65)["languages"].to_list() == [[]]
    assert switches(["Ano ba ang ia sa mga el da ko"], min_score=1.0)["languages"].to_list() == [[]]


def test_sentences_are_told_among_the_languages_that_can_be() -> None:
    found = switches([BORN_FREE["en"] + BORN_FREE["zh"] + BORN_FREE["ru"]], among=["en", "zh"], min_chars=10)
    assert found["languages"].to_list() == [["en", "zh"]]


@settings(max_examples=40, deadline=None)
@given(texts=TEXTS)
def test_the_share_of_switches_is_below_1_and_0_with_one_language(texts: list[str | None]) -> None:
    for text, share, found in switches(texts, min_chars=2, min_score=0).iter_rows():
        assert (text is None) == (share is None) == (found is None)
        assert share is None or 0 <= share < 1
        assert share is None or (share == 0) == (len(found) <= 1)
