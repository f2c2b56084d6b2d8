"""How many calls at once, how many a minute: arithmetic first, then before an endpoint's calls."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_model import Answer, Clock, Meter, Scripted, last, prompt

from dfcli.recipes.model import ModelSpec
from dfcli.runtime.models import Models
from dfcli.runtime.pacing import START, Level, Rate
from dfcli.runtime.replies import Replies
from dfcli.runtime.transports import Completion, Limits, Request, Transport, TransportError

BUSY = TransportError("rate_limit", "slow down", status=429, retry_after=1)


def test_the_level_triples_with_each_round_until_it_is_refused() -> None:
    level = Level(most=1000)
    assert int(level) == START
    for _ in range(START):
        level.answered()
    assert int(level) == 3 * START
    level.refused(in_flight=2 * START)
    assert int(level) == int(0.75 * (2 * START - 1))


def test_after_a_refusal_it_rises_by_one_a_round_and_near_the_refusal_by_far_less() -> None:
    level = Level(most=1000, known=8, ceiling=9)
    assert int(level) == 8
    for _ in range(8 * 10):
        level.answered()
    assert int(level) == 8
    while int(level) < 9:
        level.answered()
    level.refused(in_flight=9)
    rounds = 0
    while int(level) < 8:
        level.answered()
        rounds += 1
    assert 8 <= rounds <= 16


def test_what_was_found_is_what_a_later_run_begins_with() -> None:
    level = Level(most=64)
    level.refused(in_flight=9)
    assert level.found == 8
    assert int(Level(64, level.found, level.ceiling)) == 8
    fast = Level(64)
    for _ in range(100):
        fast.answered()
    assert (fast.found, fast.ceiling) == (64, None)


@given(st.integers(1, 100), st.lists(st.booleans(), max_size=300))
def test_the_level_stays_between_one_and_the_most(most: int, answers: list[bool]) -> None:
    level = Level(most)
    for good in answers:
        level.answered() if good else level.refused(int(level))
        assert 1 <= int(level) <= most


@given(st.integers(1, 500), st.lists(st.floats(0, 30), max_size=200))
def test_no_minute_has_more_than_its_rate(per_minute: int, pauses: list[float]) -> None:
    rate, now, sent = Rate(per_minute), 0.0, list[float]()
    for pause in pauses:
        now += pause
        now += rate.wait(now)
        rate.take(1, now)
        sent.append(now)
    windows = [sum(start <= each < start + 60 for each in sent) for start in sent]
    assert max(windows, default=0) <= per_minute + (per_minute == 1)


def test_what_was_reserved_and_not_used_is_given_back() -> None:
    rate = Rate(600)
    rate.take(100, now=0.0)
    late = rate.wait(0.0)
    rate.give_back(90)
    assert rate.wait(0.0) < late


class Capped(Transport):
    """Refuses calls beyond so many at once; each takes a moment."""

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self.flying = self.refused = self.answered = 0

    async def complete(self, request: Request) -> Completion:
        self.flying += 1
        try:
            if self.flying > self.cap:
                self.refused += 1
                raise TransportError("rate_limit", "too many at once", status=429, retry_after=1)
            await asyncio.sleep(0.001)
        finally:
            self.flying -= 1
        self.answered += 1
        return Completion(last(request))


def asked(folder: Path, transport: Transport, spec: ModelSpec, texts: list[str], clock: Clock | None = None) -> Meter:
    meter, replies = Meter(), Replies(folder / "replies.sqlite")
    with Models({"default": spec}, replies, transport=lambda _: transport, pace=(clock or Clock()).pace()) as m:
        assert all(each.values for each in m.ask("default", [prompt(text) for text in texts], meter))
    replies.close()
    return meter


def test_a_server_s_cap_costs_few_refusals_and_is_remembered(tmp_path: Path) -> None:
    spec, first = ModelSpec(model="test/m", concurrency=64), Capped(8)
    asked(tmp_path, first, spec, [f"a{n}" for n in range(100)])
    assert first.answered == 100
    assert first.refused <= 20
    second = Capped(8)
    asked(tmp_path, second, spec, [f"b{n}" for n in range(100)])
    assert second.answered == 100
    assert second.refused <= 3


def test_requests_and_tokens_a_minute_are_kept_to(tmp_path: Path) -> None:
    sent: list[float] = []
    clock = Clock()

    def answer(request: Request) -> Answer:
        sent.append(clock.time)
        return Completion("ok", "stop", 90, 10)

    asked(tmp_path, Scripted(answer), ModelSpec(model="test/m", rpm=60), [f"a{n}" for n in range(100)], clock)
    assert max(sum(start <= each < start + 60 for each in sent) for start in sent) <= 60
    sent.clear()
    spec = ModelSpec(model="test/n", tpm=1000, max_tokens=10, concurrency=1)
    asked(tmp_path, Scripted(answer), spec, [f"a{n}" for n in range(30)], clock)
    assert sent[-1] - sent[0] >= 60 * (30 * 100 - 1000 - 100) / 1000


def test_headers_that_say_nothing_is_left_pause_all_calls_until_they_say_there_is(tmp_path: Path) -> None:
    clock, sent = Clock(), list[float]()

    def answer(request: Request) -> Answer:
        sent.append(clock.time)
        empty = Limits(requests_left=0, requests_reset=7.0) if len(sent) == 3 else Limits(requests_left=5)
        return Completion("ok", "stop", 1, 1, limits=empty)

    asked(tmp_path, Scripted(answer), ModelSpec(model="test/m", concurrency=1), [f"a{n}" for n in range(5)], clock)
    assert sent == [0.0, 0.0, 0.0, 7.0, 7.0]


@pytest.mark.parametrize("concurrency", [1, 3, 64])
def test_never_more_calls_are_in_flight_than_the_recipe_allows(tmp_path: Path, concurrency: int) -> None:
    transport = Scripted(lambda request: "ok")
    asked(tmp_path, transport, ModelSpec(model="test/m", concurrency=concurrency), [f"a{n}" for n in range(200)])
    assert transport.most <= concurrency


def test_calls_are_let_through_first_come_first_served(tmp_path: Path) -> None:
    transport = Scripted(lambda request: "ok")
    asked(tmp_path, transport, ModelSpec(model="test/m", concurrency=4), [str(n) for n in range(200)])
    late = [abs(int(text) - place) for place, text in enumerate(transport.texts())]
    assert max(late) <= 2 * 4
