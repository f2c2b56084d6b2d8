from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.recipes.columns import Columns, fits
from dfcli.recipes.conditions import wrong_with

SCHEMA = pl.Schema(
    {
        "text": pl.String(),
        "n": pl.Int64(),
        "x": pl.Float64(),
        "ok": pl.Boolean(),
        "tags": pl.List(pl.String()),
        "who": pl.Struct({"age": pl.Int64()}),
        "day": pl.Date(),
        "order": pl.Int64(),
    }
)


@pytest.mark.parametrize(
    "condition",
    [
        "n > 3",
        "n > 3 -- enough",
        "x > 3 and not ok",
        "ok",
        "true",
        "text = 'a' or text is null",
        "text like '%a%' and text not in ('b', 'c')",
        "text ~ '^a' and length(text) between 1 and 5",
        "n in (1, 2) and n % 2 = 0 and n / 2 > 0",
        "cast(text as int) > 3",
        "case when ok then n else 2 end > 3",
        "coalesce(n, 0) > 1 and greatest(n, 2) > 1",
        "tags[1] = 'x' and array_length(tags) > 2",
        "array_contains(tags, 'x')",
        "who.age > 3",
        "day > date '2025-01-31' and extract(year from day) > 2000",
        '"order" > 3',
        "upper(text) = 'A' and round(x, 1) > 0.5",
    ],
)
def test_a_condition_on_one_row_is_right(condition: str) -> None:
    assert wrong_with(condition, Columns(SCHEMA)).sentences == []


@pytest.mark.parametrize(
    "condition",
    [
        "count(*) > 3",
        "sum(n) > 3",
        "n > max(n)",
        "n > avg(n)",
        "first(n) = n",
        "row_number() over (order by n) > 3",
        "max(n) over (partition by text) > 3",
        "quantile_cont(n, 0.5) > 1",
        "count(distinct text) > 2",
        "unnest(tags) = 'x'",
    ],
)
def test_a_condition_over_several_rows_is_refused(condition: str) -> None:
    (sentence,) = wrong_with(condition, Columns(SCHEMA)).sentences
    assert sentence == f'"{condition}" goes over many rows; a condition looks at one row at a time'


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ("n", "is int, not true or false; n is int"),
        ("'a'", "is str, not true or false"),
        ("null", "is null, not true or false"),
        ("n >= '4'", "compares a number with text; n is int"),
        ("text > 3", "compares a number with text; text is str"),
        ("n between '1' and '2'", "compares a number with text; n is int"),
        ("text in (1, 2)", "looks for a value among values of another type; text is str"),
        ("ok = 'true'", "compares true or false with text; ok is bool"),
        ("tags = 'x'", "compares a list or object with something else; tags is list[str]"),
        ("text ~ '['", "has a pattern that is no regular expression; text is str"),
        ("n >", "is no SQL condition"),
        ("", "is no SQL condition"),
        ("n > 3; drop table x", "is no SQL condition: ; is not expected there"),
        ("n > 3 && ok", "is no SQL condition: and is written and, not &&"),
        ("text = 'a", "is no SQL condition: a quote or comment is not closed"),
        ("len(text) > 3", "is no SQL condition: there is no SQL function len; did you mean 'length'?"),
        ("n > (select 3 from t)", "is no SQL condition: it cannot select from tables"),
        ("exists (select 1)", "selects from tables, which a condition cannot"),
        (
            "order > 3",
            "is no SQL condition: order is a word of SQL itself; a column of that name stands in double quotes",
        ),
        ("columns('.*') > 3", "gives several answers, and a condition is one"),
    ],
)
def test_a_condition_that_does_not_fit_says_how(condition: str, what: str) -> None:
    assert wrong_with(condition, Columns(SCHEMA)).sentences == [f'"{condition}" {what}']


def test_every_missing_column_is_named() -> None:
    sentences, missing, _ = wrong_with(
        "tex = 'a' and m > 3", Columns(pl.Schema({"text": pl.String(), "n": pl.Int64()}))
    )
    assert missing == ["tex", "m"]
    assert sentences == [
        "no column 'tex' here; did you mean 'text'? columns: text, n",
        "no column 'm' here; columns: text, n",
    ]


def test_where_columns_are_not_known_only_the_sql_is_checked() -> None:
    known = Columns(pl.Schema({"n": pl.Int64()}), more=True)
    assert wrong_with("anything = 3", known).sentences == []
    assert wrong_with("n = 'a'", known).sentences == ["\"n = 'a'\" compares a number with text; n is int"]
    assert wrong_with("anything = ", known).sentences == ['"anything =" is no SQL condition']


@given(st.text(alphabet="n text'\"()=<>+-*%,.ando19[]", max_size=20))
def test_whatever_the_condition_the_answer_is_a_sentence(condition: str) -> None:
    sentences, missing, _ = wrong_with(condition, Columns(SCHEMA))
    assert all(sentences)
    assert set(missing).isdisjoint(SCHEMA)


@pytest.mark.parametrize(
    ("given", "wanted", "does"),
    [
        (pl.String(), None, True),
        (pl.Int32(), pl.Int64(), True),
        (pl.UInt8(), pl.Float64(), True),
        (pl.Float64(), pl.Int64(), False),
        (pl.Null(), pl.String(), True),
        (pl.Categorical(), pl.String(), False),
        (pl.List(pl.Int32()), pl.List(pl.Int64()), True),
        (pl.List(pl.String()), pl.List(pl.Int64()), False),
        (pl.Struct({"a": pl.Int64(), "b": pl.String()}), pl.Struct({"a": pl.Int64()}), True),
        (pl.Struct({"b": pl.String()}), pl.Struct({"a": pl.Int64()}), False),
    ],
)
def test_a_column_does_where_its_type_can_stand_for_the_wanted_one(
    given: pl.DataType, wanted: pl.DataType | None, does: bool
) -> None:
    assert fits(given, wanted) is does
