"""Verbs that stand after what leaves, or is masked, are read as if they stood before it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.agent.inversion import inverted
from dfcli.agent.wording import worded


def read(request: str) -> str:
    return inverted(worded(request, ())).text


@pytest.mark.parametrize(
    ("request_", "as_read"),
    [
        ("Pages in Dutch should go.", "remove Pages in Dutch."),
        ("Texts of one word are useless to us", "remove Texts of one word"),
        ("Emojis have no place in the training data.", "remove Emojis."),
        ("Links do not belong here; sort by id.", "remove Links; sort by id."),
        ("Phone numbers must not be visible any more", "mask Phone numbers"),
        ("IP addresses need to be anonymised, please.", "mask IP addresses, please."),
        (
            "Sort by date, and rows that have no title must be removed.",
            "Sort by date, and remove rows that have no title.",
        ),
        ("Some rows are empty. Those should go.", "remove Some rows are empty."),
        ("The posts still contain tracking links. Strip those.", "Strip tracking links."),
    ],
)
def test_a_verb_after_its_object_comes_before_it(request_: str, as_read: str) -> None:
    assert read(request_).lower() == as_read.lower()


@pytest.mark.parametrize(
    "request_",
    [
        "Nothing else should go.",
        "Only the first row may be removed.",
        "Keep pages that must be read.",
        'The phrase "links should go" stays.',
        "Remove html. It should be fast.",
    ],
)
def test_what_no_verb_can_stand_before_stays(request_: str) -> None:
    assert read(request_) == request_


@given(
    st.lists(
        st.sampled_from(["pages", "should go", ".", " and ", "those ", "remove ", "it", '"', "都删掉", ", ", "\n"])
    )
)
def test_each_character_knows_where_it_comes_from(parts: list[str]) -> None:
    request = " ".join(parts)
    found = inverted(worded(request, ()))
    assert len(found.origin) == len(found.text) + 1
    assert found.original(request, 0, len(found.text)) == request[found.origin[0] :] or not found.text
