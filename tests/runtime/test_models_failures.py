"""Retries, waiting and giving up: dfcli owns all of it, transports send once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from scripted_model import Answer, Clock, Meter, Scripted, last, prompt

from dfcli.errors import DfcliError, EnvironmentLacks, StepError
from dfcli.ops.base import Reply
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.models import Models
from dfcli.runtime.replies import Replies
from dfcli.runtime.transports import Completion, Embedding, Request, Transport, TransportError

SPEC = ModelSpec(model="test/m", concurrency=4, attempts=3)
DOWN = TransportError("transient", "the server is down", status=500)


@contextmanager
def models(folder: Path, transport: Transport, clock: Clock | None = None, spec: ModelSpec = SPEC) -> Iterator[Models]:
    replies = Replies(folder / "replies.sqlite")
    pace = (clock or Clock()).pace()
    try:
        with Models({"default": spec}, replies, transport=lambda _: transport, pace=pace) as m:
            yield m
    finally:
        replies.close()


def ask(m: Models, *texts: str, meter: Meter | None = None) -> list[Reply]:
    return m.ask("default", [prompt(text) for text in texts], meter or Meter())


def first_times(number: int, error: Exception) -> Callable[[Request], Answer]:
    """Answer each prompt with an error a number of times, then properly."""
    seen: Counter[str] = Counter()

    def answer(request: Request) -> Answer:
        seen[last(request)] += 1
        return error if seen[last(request)] <= number else last(request).upper()

    return answer


def test_a_passing_failure_is_tried_again_after_longer_and_longer_waits(tmp_path: Path) -> None:
    clock, meter, transport = Clock(), Meter(), Scripted(first_times(2, DOWN))
    with models(tmp_path, transport, clock) as m:
        assert ask(m, "a", meter=meter)[0].text == "A"
    assert clock.slept == [2.0, 4.0]
    assert (meter.total.calls, meter.total.retries, meter.total.tokens_in) == (3, 2, 3)


def test_every_first_call_failing_costs_two_calls_each(tmp_path: Path) -> None:
    transport = Scripted(first_times(1, DOWN))
    with models(tmp_path, transport) as m:
        assert all(each.values for each in ask(m, *map(str, range(100))))
    assert len(transport.asked) == 200


def test_a_server_that_says_when_to_come_back_is_believed(tmp_path: Path) -> None:
    clock = Clock()
    with models(tmp_path, Scripted(first_times(1, TransportError("transient", "busy", retry_after=33))), clock) as m:
        ask(m, "a")
    assert clock.slept == [33]


def test_attempts_used_up_fail_the_row_and_it_is_asked_again_next_time(tmp_path: Path) -> None:
    transport = Scripted(lambda r: DOWN if last(r) == "b" else last(r).upper())
    with models(tmp_path, transport) as m:
        good, bad = ask(m, "a", "b")
    assert (good.text, bad.values, bad.failed) == ("A", None, "transient: the server is down")
    assert transport.texts().count("b") == 3
    again = Scripted(lambda r: last(r).upper())
    with models(tmp_path, again) as m:
        assert [each.text for each in ask(m, "a", "b")] == ["A", "B"]
    assert again.texts() == ["b"]


def test_too_many_calls_wait_without_using_up_attempts(tmp_path: Path) -> None:
    clock, transport = Clock(), Scripted(first_times(8, TransportError("rate_limit", "slow down", status=429)))
    with models(tmp_path, transport, clock) as m:
        assert ask(m, "a")[0].text == "A"
    assert len(transport.asked) == 9
    assert clock.slept == [2, 4, 8, 16, 32, 60, 60, 60]


def test_one_refusal_pauses_the_whole_endpoint_and_no_row_is_lost(tmp_path: Path) -> None:
    clock = Clock()
    refused_at: list[float] = []

    def answer(request: Request) -> Answer:
        if clock.time < 10:
            refused_at.append(clock.time)
            return TransportError("rate_limit", "slow down", status=429, retry_after=10)
        return last(request).upper()

    transport = Scripted(answer)
    with models(tmp_path, transport, clock) as m:
        assert all(each.values for each in ask(m, *map(str, range(100))))
    assert len(refused_at) <= SPEC.concurrency
    assert len(transport.asked) == 100 + len(refused_at)


def test_refusals_of_calls_sent_together_are_one_refusal(tmp_path: Path) -> None:
    clock, transport = Clock(), Scripted(first_times(1, TransportError("rate_limit", "slow down", status=429)))
    with models(tmp_path, transport, clock) as m:
        ask(m, *"abcd")
    assert max(clock.slept) == 2


def test_a_server_that_refuses_for_good_is_not_waited_for_without_end(tmp_path: Path) -> None:
    clock, transport = Clock(), Scripted(lambda _: TransportError("rate_limit", "slow down", status=429))
    with models(tmp_path, transport, clock) as m:
        assert ask(m, "a")[0].failed == "rate_limit: slow down"
    assert 900 <= clock.time <= 1000


def test_a_call_that_hangs_is_given_up(tmp_path: Path) -> None:
    class Hanging(Transport):
        async def complete(self, request: Request) -> Completion:
            await asyncio.sleep(60)
            return Completion("too late")

    spec = ModelSpec(model="test/m", timeout=0.02, attempts=2)
    with models(tmp_path, Hanging(), spec=spec) as m:
        assert ask(m, "a")[0].failed == "transient: no answer within 0.02 s"


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (
            TransportError("fatal", "Incorrect API key", status=401),
            EnvironmentLacks,
            "test/m at http://here refuses the key in MY_KEY (401): Incorrect API key",
        ),
        (
            TransportError("fatal", "no such model", status=404),
            StepError,
            "test/m at http://here cannot be asked: no such model; what is finished is kept",
        ),
    ],
)
def test_a_fatal_failure_stops_everything_at_once_with_one_sentence(
    tmp_path: Path, error: TransportError, kind: type[DfcliError], sentence: str
) -> None:
    transport = Scripted(lambda r: error if last(r) == "50" else last(r))
    spec = SPEC.model_copy(update={"base_url": "http://here", "api_key_env": "MY_KEY"})
    with models(tmp_path, transport, spec=spec) as m:
        with pytest.raises(kind) as caught:
            ask(m, *map(str, range(1000)))
        assert str(caught.value) == sentence
        with pytest.raises(kind):
            ask(m, "new")
        landed = [text for text in transport.texts() if text != "50"]
        assert [each.text for each in ask(m, *landed)] == landed
    assert 50 <= len(transport.asked) <= 51 + SPEC.concurrency


def test_a_model_that_mostly_fails_stops_the_run_with_the_reason(tmp_path: Path) -> None:
    transport = Scripted(lambda r: last(r) if int(last(r)) < 100 else DOWN)
    with (
        models(tmp_path, transport) as m,
        pytest.raises(StepError, match="test/m: 21 of the last 40 calls failed, the last because: the server is down"),
    ):
        ask(m, *map(str, range(1000)))
    assert len(transport.asked) < 100 + SPEC.attempts * (21 + 2 * SPEC.concurrency)


def test_a_model_that_fails_from_the_start_is_not_asked_for_every_row(tmp_path: Path) -> None:
    transport = Scripted(lambda _: TransportError("bad_request", "unknown parameter", status=400))
    with models(tmp_path, transport) as m, pytest.raises(StepError, match="20 of the last 20 calls failed"):
        ask(m, *map(str, range(1000)))


def test_prompts_refused_for_their_content_stop_nothing(tmp_path: Path) -> None:
    with models(tmp_path, Scripted(lambda _: TransportError("content_filter", "flagged"))) as m:
        assert {each.failed for each in ask(m, *map(str, range(50)))} == {"content_filter: flagged"}


def test_a_transport_with_a_bug_is_not_asked_for_every_row(tmp_path: Path) -> None:
    transport = Scripted(lambda _: ZeroDivisionError("a bug"))
    with models(tmp_path, transport) as m, pytest.raises(ZeroDivisionError):
        ask(m, *map(str, range(1000)))
    assert len(transport.asked) <= 2 * SPEC.concurrency


class Vectors(Transport):
    """Embeds a text as its length, and fails as told."""

    def __init__(self, *errors: TransportError) -> None:
        self.errors = list(errors)
        self.batches: list[int] = []

    async def complete(self, request: Request) -> Completion:
        raise AssertionError("this model is asked for vectors only")

    async def embed(self, spec: ModelSpec, texts: object) -> Embedding:
        assert isinstance(texts, list)
        self.batches.append(len(texts))
        if self.errors:
            raise self.errors.pop()
        return Embedding([[float(len(each))] for each in texts], len(texts))


def test_embeddings_come_in_order_in_batches_with_retries(tmp_path: Path) -> None:
    transport, meter = Vectors(DOWN), Meter()
    with models(tmp_path, transport) as m:
        assert m.embed("default", ["x" * number for number in range(150)], meter) == [[float(n)] for n in range(150)]
        assert m.embed("default", []) == []
    assert sorted(transport.batches) == [22, 64, 64, 64]
    assert (meter.total.calls, meter.total.retries, meter.total.tokens_in) == (4, 1, 150)


def test_texts_that_cannot_be_embedded_stop_the_step(tmp_path: Path) -> None:
    with models(tmp_path, Vectors(*[DOWN] * 5)) as m, pytest.raises(StepError, match="cannot be embedded: the server"):
        m.embed("default", ["a"])


def test_a_model_without_embeddings_says_so(tmp_path: Path) -> None:
    with models(tmp_path, Scripted(last)) as m, pytest.raises(StepError, match="this model makes no embeddings"):
        m.embed("default", ["a"])
