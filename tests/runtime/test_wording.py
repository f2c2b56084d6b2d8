from __future__ import annotations

import pytest

from dfcli.runtime.events import Usage
from dfcli.runtime.wording import asked, cost, duration, money, per_row, plural, printable, ranked, short, shown, size


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0s"),
        (0.34, "0.3s"),
        (59.94, "59.9s"),
        (59.97, "1m 00s"),
        (185, "3m 05s"),
        (3600, "1h 00m"),
        (7620, "2h 07m"),
    ],
)
def test_a_duration_is_short(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0"), (950, "950"), (12_400, "12.4k"), (999_960, "1.0M"), (3_100_000, "3.1M"), (2e9, "2.0G")],
)
def test_a_large_number_is_short(number: float, said: str) -> None:
    assert short(number) == said


@pytest.mark.parametrize(("number", "said"), [(12, "12 B"), (1_400_000, "1.4 MB"), (2_500, "2.5 kB"), (3e9, "3.0 GB")])
def test_a_size_has_a_unit(number: float, said: str) -> None:
    assert size(number) == said


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [(1, "row", "1 row"), (2000, "row", "2,000 rows"), (0, "reply", "0 replies"), (1, "reply", "1 reply")],
)
def test_one_and_many(number: int, noun: str, said: str) -> None:
    assert plural(number, noun) == said


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        (Usage(calls=3, usd=0.0213), "$0.02"),
        (Usage(calls=3, usd=0.00042), "$0.0004"),
        (Usage(calls=3, usd=12.3456), "$12.35"),
        (Usage(calls=3), "$0.00"),
        (Usage(calls=3, unpriced=3), "cost unknown"),
        (Usage(calls=3, usd=0.5, unpriced=1), "$0.50 + unknown for 1 call"),
    ],
)
def test_a_cost_nobody_knows_is_never_nothing(usage: Usage, said: str) -> None:
    assert cost(usage) == said


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        (Usage(), ""),
        (Usage(reused=2), "2 replies reused"),
        (
            Usage(calls=28, retries=1, reused=3, tokens_in=12_000, tokens_out=3_400, usd=0.02),
            "28 calls, 1 retry, 15.4k tokens, $0.02, 3 replies reused",
        ),
        (
            Usage(calls=1, tokens_in=11_000, tokens_out=1_000, tokens_cached=8_000, unpriced=1),
            "1 call, 12.0k tokens, 8.0k of them cached, cost unknown",
        ),
    ],
)
def test_what_models_took_is_one_phrase(usage: Usage, said: str) -> None:
    assert asked(usage) == said


@pytest.mark.parametrize(
    ("usd", "said"),
    [(0, "$0.00"), (0.42, "$0.42"), (0.0021, "$0.0021"), (0.000034, "$0.000034"), (1e-9, "under $0.000001")],
)
def test_a_small_sum_has_as_many_digits_as_it_needs(usd: float, said: str) -> None:
    assert money(usd) == said


@pytest.mark.parametrize(
    ("spent", "rows", "said"),
    [
        (Usage(usd=0.42), 200, "$0.0021 per kept row"),
        (Usage(usd=0.42, unpriced=3), 200, "$0.0021 + unknown per kept row"),
        (Usage(usd=0.42), 0, ""),
        (Usage(), 200, ""),
        (Usage(unpriced=3), 200, ""),
    ],
)
def test_the_cost_of_a_kept_row_is_never_taken_for_nothing(spent: Usage, rows: int, said: str) -> None:
    assert per_row(spent, rows) == said


def test_a_terminal_obeys_no_text_from_data() -> None:
    assert printable("a\x1b[31mb\x07\r\n\tc\u202ed\x9be\ud800") == "a�[31mb��\n\tc�d�e�"
    assert printable("naïve 数据 🙂") == "naïve 数据 🙂"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("as it is", "as it is"),
        (["数", None, 1.5], '["数", null, 1.5]'),
        ("x\x1b[31m", "x�[31m"),
        ("ab" * 500, f"{'ab' * 10}… (1,000 characters)"),
    ],
)
def test_a_value_is_shown_as_text_of_a_bounded_length(content: object, said: str) -> None:
    assert shown(content, 20) == said


def test_the_commonest_reasons_come_first_and_the_rest_is_one() -> None:
    reasons = {"b": 2, "a": 2, "often": 9, "c": 1, "d": 1}
    assert list(ranked(reasons, 3)) == [("often", 9), ("a", 2), ("b", 2), ("2 more reasons", 2)]
    assert list(ranked({"only": 1}, 3)) == [("only", 1)]
