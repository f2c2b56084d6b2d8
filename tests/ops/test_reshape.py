from collections import Counter
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.ops.base import ROW_ID
from dfcli.ops.reshape import Draw, ForEach
from dfcli.ops.scripted import Scripted


def rows(count: int) -> pl.DataFrame:
    return pl.DataFrame({ROW_ID: [str(n) for n in range(count)]})


def drawn(count: int = 3000, seed: int = 0, **options: Any) -> list[Any]:
    return Draw(into="style", **options)(rows(count), Scripted(seed=seed))["style"].to_list()


def test_each_row_meets_each_value_in_order() -> None:
    made = ForEach(values=(3, 1), into="n")(pl.DataFrame({"a": ["x", "y"]}), Scripted())
    assert made.rows() == [("x", 3), ("x", 1), ("y", 3), ("y", 1)]
    assert made.schema["n"] == pl.Int64()


def test_values_come_as_often_as_their_weights_say() -> None:
    counts = Counter(drawn(values=("a", "b", "c"), weights=(1, 2, 0)))
    assert counts["c"] == 0
    assert 0.6 < counts["b"] / 3000 < 0.73


def test_without_weights_all_come_alike() -> None:
    assert all(900 < count < 1100 for count in Counter(drawn(values=(1, 2, 3))).values())


def test_another_seed_draws_other_values() -> None:
    assert drawn(values=(1, 2, 3)) == drawn(values=(1, 2, 3))
    assert drawn(values=(1, 2, 3)) != drawn(values=(1, 2, 3), seed=1)


@given(st.integers(0, 50), st.integers(0, 50))
def test_what_a_row_gets_does_not_depend_on_the_rows_after_it(few: int, more: int) -> None:
    assert drawn(few, values=("a", "b")) == drawn(few + more, values=("a", "b"))[:few]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"values": ()}, "at least 1 item"),
        ({"values": ("a", "b"), "weights": (1,)}, "there are 1 for 2 values"),
        ({"values": ("a", "b"), "weights": (0, 0)}, "one at least must be more than 0"),
        ({"values": ("a", "b"), "weights": (1, -1)}, "greater than or equal to 0"),
    ],
)
def test_values_and_weights_that_say_nothing_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Draw(into="style", **options)
