"""Personal data: what is found, what only looks like it, and what becomes of it."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.errors import EnvironmentLacks
from dfcli.ops._pii import KINDS, find, find_all
from dfcli.ops.pii import FindPii, MaskPii
from dfcli.ops.scripted import Scripted

FOUND = [
    ("write to ada.lovelace+x@mail.example.co.uk.", "email", "ada.lovelace+x@mail.example.co.uk"),
    ("邮件：dushuhui@example.com，谢谢", "email", "dushuhui@example.com"),
    ("+44 20 7946 0958", "phone", "+44 20 7946 0958"),
    ("(202) 555-0143 x12", "phone", "(202) 555-0143 x12"),
    ("001-202-555-0143", "phone", "001-202-555-0143"),
    ("03.93.92.16.85", "phone", "03.93.92.16.85"),
    ("请打13800138000", "phone", "13800138000"),
    ("My mobile is 9472 7916", "phone", "9472 7916"),
    ("服务器192.0.2.17上", "ip", "192.0.2.17"),
    ("ask 1.1.1.1", "ip", "1.1.1.1"),
    ("::1 is 2001:db8::1", "ip", "2001:db8::1"),
    ("at 2001:db8::ff00:42:8329 now", "ip", "2001:db8::ff00:42:8329"),
    ("00:1A:2B:3C:4D:5E", "mac", "00:1A:2B:3C:4D:5E"),
    ("00-1a-2b-3c-4d-5e", "mac", "00-1a-2b-3c-4d-5e"),
    ("card 4111 1111 1111 1111", "credit_card", "4111 1111 1111 1111"),
    ("3782-822463-10005", "credit_card", "3782-822463-10005"),
    ("GB82 WEST 1234 5698 7654 32 AND MORE", "iban", "GB82 WEST 1234 5698 7654 32"),
    ("DE89370400440532013000", "iban", "DE89370400440532013000"),
    ("457-55-5462", "national_id", "457-55-5462"),
    ("her SSN is 457555462", "national_id", "457555462"),
    ("身份证11010519491231002X。", "national_id", "11010519491231002X"),
    ("AB 12 34 56 C", "national_id", "AB 12 34 56 C"),
    ("12345678Z", "national_id", "12345678Z"),
    ("X1234567L", "national_id", "X1234567L"),
    ("2 55 08 14 168 025 38", "national_id", "2 55 08 14 168 025 38"),
    ("Steuer-ID: 86 095 742 719", "national_id", "86 095 742 719"),
    ("2341 2341 2346", "national_id", "2341 2341 2346"),
    ("ABCPE1234F", "national_id", "ABCPE1234F"),
    ("529.982.247-25", "national_id", "529.982.247-25"),
    ("RSSMRA85T10A562S", "national_id", "RSSMRA85T10A562S"),
    ("born on 12 March 1990", "birth_date", "12 March 1990"),
    ("出生日期：1990年3月12日", "birth_date", "1990年3月12日"),
    ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "crypto_address", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "crypto_address", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    ("0x52908400098527886E0F7030069857D2E4169EE7", "crypto_address", "0x52908400098527886E0F7030069857D2E4169EE7"),
    ("AKIAIOSFODNN7EXAMPLE", "secret", "AKIAIOSFODNN7EXAMPLE"),
    ("ghp_" + "a1B2" * 9, "secret", "ghp_" + "a1B2" * 9),
    ('api_key = "q8Zr1Lw0Xn5Tt2Kd"', "secret", "q8Zr1Lw0Xn5Tt2Kd"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "secret", None),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----", "private_key", None),
    ("https://ada:pa55word@example.org/", "url_credentials", "ada:pa55word"),
    ("'ada@example.org'", "email", "ada@example.org"),
    ("ada [at] example [dot] org", "email", None),
    ("the token is ada@example.org", "email", "ada@example.org"),
    ("Maestro card 587428561654", "credit_card", "587428561654"),
    ("(02) 3234 5678", "phone", None),
    ("0049 30 901820", "phone", None),
    ("Tel:202-555-0143", "phone", "202-555-0143"),
    ("tel=13800138000", "phone", "13800138000"),
    ("电话:+86 138 0013 8000", "phone", "+86 138 0013 8000"),
    ("-----BEGIN PRIVATE KEY-----\n" + "MIIB" * 16 + "\n" + "AAAA" * 16, "private_key", None),
    ("Bearer aB3dE5gH7jK9mN1p", "secret", "aB3dE5gH7jK9mN1p"),
    ("密码：tR7!kq2Zw", "secret", "tR7!kq2Zw"),
    ("né le 12 mars 1990", "birth_date", "12 mars 1990"),
    ("cat /home/alovelace/notes.txt", "user_name", "alovelace"),
    ("C:\\Users\\Ada\\notes.txt", "user_name", "Ada"),
    ("visit www.example.org", "domain", "www.example.org"),
    ("S1234567D", "national_id", None),
    ("A123456(3)", "national_id", None),
    ("A123456789", "national_id", None),
    ("BOXW310820HNERXN09", "national_id", None),
    ("900101-1234567", "national_id", None),
    ("131052-308T", "national_id", None),
    ("811218-9876", "national_id", None),
    ("85.07.30-033.28", "national_id", None),
    ("PESEL 44051401359", "national_id", "44051401359"),
    ("BSN: 111222333", "national_id", "111222333"),
    ("TFN 123 456 782", "national_id", "123 456 782"),
    ("NHS number 943 476 5919", "national_id", "943 476 5919"),
    ("SIN 046 454 286", "national_id", "046 454 286"),
    ("CPF 52998224725", "national_id", "52998224725"),
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_each_kind_is_found_as_it_is_written(text: str, kind: str, value: str | None) -> None:
    assert [(each.kind, text[each.start : each.end]) for each in find(text, KINDS)] == [(kind, value or text)]


@pytest.mark.parametrize(
    "text",
    [
        "version 1.2.3.4 and v10.0.0.1 and 1.2.3.4.5",
        "256.1.1.1 and 1.2.3",
        "from 2010-2014, on 2024-03-12, 12.03.2024 and 12/03/2024",
        "3.14159265358979 and 1,234,567,890 and 1234567890123",
        "4111 1111 1111 1112",
        "GB82 WEST 1234 5698 7654 33",
        "000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567",
        "12345678A, BG123456C",
        "std::vector a::b 12:30:45 abc::def",
        "password: see the manual, token = something",
        "a@b, @home, me at example.org",
        "ISBN 978-0-306-40615-7",
        "order 0123 456 789",
        "card 587428561655 and 587428561654",
        "your registration number is 2454806",
        "HDFC BANK A/C No. 00632000001783",
        "password: see-the-manual, token: ${API_TOKEN}, secret = os.environ['SECRET1'], key: https://example.org/1",
        "the token is important for security",
        "/home/user/notes and https://example.com/home/ada/",
        "S1234567E, A123456(4), A123456788, BOXW310820HNERXN08, 131052-308S, 811218-9875, 85.07.30-033.29",
        "PESEL 44051401358, BSN 111222334, TFN 123 456 783, NHS 401 023 2138, SIN 123 456 783, 44051401359",
        "1111111111111111",
        "",
        "just words",
    ],
)
def test_what_only_looks_like_it_is_left(text: str) -> None:
    assert [(each.kind, text[each.start : each.end]) for each in find(text)] == []


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_polars_finds_the_texts_that_hold_something(text: str, kind: str, value: str | None) -> None:
    assert find_all(pl.Series([None, text, ""]), KINDS) == {1: find(text, KINDS)}


@given(st.lists(st.text(alphabet="0123456789 .-+()@:/\\abcfxyzAKIZ\n是电\u00a0é", max_size=60), max_size=4))
def test_texts_together_are_as_each_alone(texts: list[str]) -> None:
    found = find_all(pl.Series(texts, dtype=pl.String()), KINDS)
    assert [found.get(place, []) for place in range(len(texts))] == [find(text, KINDS) for text in texts]


@given(st.lists(st.sampled_from([text for text, _, _ in FOUND]) | st.text(max_size=9), max_size=5))
def test_pieces_stand_in_order_and_apart(pieces: list[str]) -> None:
    spans = find(" ".join(pieces), KINDS)
    assert all(first.end <= second.start for first, second in pairwise(spans))


def masked(text: str, **options: object) -> str:
    """Return a text as the operator leaves it."""
    frame = MaskPii.model_validate(options)(pl.DataFrame({"text": [text]}), Scripted())
    made: str = frame["text"].item()
    return made


@pytest.mark.parametrize("how", ["kind", "number", "hash", "last_four", "remove"])
@given(
    pieces=st.lists(st.sampled_from([text for text, _, _ in FOUND]) | st.text(max_size=10), max_size=5),
)
def test_masking_twice_is_masking_once(how: str, pieces: list[str]) -> None:
    once = masked(" | ".join(pieces), how=how)
    assert masked(once, how=how) == once


def test_equal_values_have_equal_hashes_in_all_rows_and_others_by_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PII_KEY", "k" * 100)
    options = {"how": "hash", "key_from": "PII_KEY"}
    first, second = masked("a@example.org", **options), masked("Ask A@example.org!", **options)
    assert first in second
    monkeypatch.setenv("PII_KEY", "other")
    assert first != masked("a@example.org", **options)


def test_another_key_makes_another_checkpoint_and_none_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = MaskPii(how="hash", key_from="PII_KEY")
    monkeypatch.setenv("PII_KEY", "one")
    first = operator.outside(Scripted())
    monkeypatch.setenv("PII_KEY", "two")
    assert first != operator.outside(Scripted())
    monkeypatch.delenv("PII_KEY")
    with pytest.raises(EnvironmentLacks, match="PII_KEY"):
        operator.outside(Scripted())


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("+44 20 7946 0958, +442079460958", "<PHONE_1>, <PHONE_1>"),
        ("4111 1111 1111 1111 or 4111-1111-1111-1111", "<CREDIT_CARD_1> or <CREDIT_CARD_1>"),
        ("password=aB3$xY9z0 password=Ab3$xY9z0", "password=<SECRET_1> password=<SECRET_2>"),
    ],
)
def test_a_value_written_in_two_ways_has_one_number(text: str, want: str) -> None:
    assert masked(text, how="number") == want


def test_addresses_of_no_public_network_can_stay() -> None:
    text = "8.8.8.8 192.168.0.1 2001:4860:4860::8888 fe80::1"
    assert masked(text, public_ips=True) == "<IP> 192.168.0.1 <IP> fe80::1"
    assert masked(text) == "<IP> <IP> <IP> <IP>"


def test_of_many_pieces_in_one_text_none_is_lost() -> None:
    pieces = ["202-555-0143", "303-555-0199", "13800138000", "13900139000", "+44 20 7946 0958", "+41 44 668 18 00"]
    for between in (" ", ", ", " / ", "\n", "/"):
        assert masked(between.join(pieces)) == between.join(["<PHONE>"] * len(pieces))


def test_two_accounts_after_each_other_are_two() -> None:
    assert masked("GB82WEST12345698765432 DE89370400440532013000") == "<IBAN> <IBAN>"


def test_domains_are_found_only_where_asked_for() -> None:
    text = "See https://example.org/a, www.example.co.uk and example.com; e.g. this.that or a.py"
    assert masked(text) == text
    assert masked(text, kinds=["domain"]) == "See https://<DOMAIN>/a, <DOMAIN> and <DOMAIN>; e.g. this.that or a.py"


def test_only_the_named_kinds_are_masked() -> None:
    assert masked("a@example.org 192.0.2.17", kinds=["ip"]) == "a@example.org <IP>"


def test_counting_keeps_nulls_and_says_nothing_of_plain_rows() -> None:
    frame = pl.DataFrame({"text": [None, "", "none", "a@example.org and b@example.org", None]})
    rows = FindPii(spans=True)(frame, Scripted()).select("pii_count", "pii_kinds").rows()
    assert rows == [(None, None), (0, []), (0, []), (2, ["email"]), (None, None)]


@pytest.mark.parametrize("piece", ["a", "1", "1-", "a.", "A1", "1:", "@", "eyJ", "x@y.", "1 ", "1(", "token is ", "中"])
def test_a_text_of_a_megabyte_is_read_once(piece: str) -> None:
    text = piece * (1_000_000 // len(piece)) + " ada@example.org"
    assert find_all(pl.Series([text]))[0][-1].kind == "email"


def test_there_is_a_rule_for_each_kind() -> None:
    assert {kind for _, kind, _ in FOUND} == set(KINDS)
