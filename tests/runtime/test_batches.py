"""Asking in a provider's batches: sent once, collected whoever sent them, and what is missing is sent again."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from scripted_batches import Batching, Provider
from scripted_model import Answer, Clock, Meter, Scripted, last, number_prompt, prompt

from dfcli.errors import BudgetReached, EnvironmentLacks, Interrupted, RecipeError, StepError, UsageError
from dfcli.ops.base import Message, Prompt, Reply
from dfcli.recipes.load import parse
from dfcli.recipes.model import Budget, ModelSpec, Price
from dfcli.recipes.roles import overridden
from dfcli.runtime.batches import ATTEMPTS
from dfcli.runtime.engine import Options, run
from dfcli.runtime.events import Event, Noted, RunDone
from dfcli.runtime.models import Models
from dfcli.runtime.pending import Pending
from dfcli.runtime.prices import BATCH_PRICE, price_of
from dfcli.runtime.replies import Replies, Stored
from dfcli.runtime.transports import Completion, Progress, Request, TransportError
from dfcli.runtime.world import Here

SPEC = ModelSpec(model="test/m", batch=True)
EXPIRED, FAILED = Progress(True, "expired"), Progress(True, "failed", why="the file is not well")


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def models(folder: Path, provider: Provider, spec: ModelSpec = SPEC, **more: Any) -> Iterator[Models]:
    """Models with a store in a folder; a new run begins by calling it again."""
    replies = Replies(folder / "replies.sqlite")
    try:
        with Models(
            {"default": spec}, replies, transport=lambda _: Batching(provider), **({"pace": Clock().pace()} | more)
        ) as m:
            yield m
    finally:
        replies.close()


def shout(request: Request) -> str:
    return last(request).upper()


def ask(m: Models, *prompts: Prompt, on_usage: Any = lambda usage: None) -> list[Reply]:
    return m.ask("default", prompts, on_usage)


def values(replies: list[Reply]) -> list[Any]:
    return [None if each.values is None else next(iter(each.values.values())) for each in replies]


def notes(m: Models) -> list[str]:
    return [m.notes.get() for _ in range(m.notes.qsize())]


def open_batches(folder: Path) -> list[Any]:
    with sqlite3.connect(folder / "replies.sqlite") as store:
        found = store.execute("select id from batches where state = 'open'").fetchall()
        left = store.execute("select count(*) from batched").fetchone()
    store.close()
    assert bool(found) == bool(left[0])
    return [each for (each,) in found]


def test_all_prompts_go_in_one_batch_and_the_replies_come_in_their_order(tmp_path: Path) -> None:
    provider, meter = Provider(shout), Meter()
    with models(tmp_path, provider) as m:
        assert values(ask(m, *map(prompt, "zyxwvu"), on_usage=meter)) == list("ZYXWVU")
        assert [each.partition(";")[0] for each in notes(m)] == [
            "test/m: batch batch_0 of 6 prompts is in flight",
            "test/m: batch batch_0 is over: 6 of 6 prompts answered",
        ]
        assert m.in_batches == 0
    assert [each.texts() for each in provider.sent] == [list("zyxwvu")]
    assert (meter.total.calls, meter.total.reused, meter.total.tokens_in, meter.total.unpriced) == (6, 0, 60, 6)
    assert provider.calls.count("poll") == 3
    assert open_batches(tmp_path) == []


def test_replies_of_single_calls_are_reused_and_the_other_way_round(tmp_path: Path) -> None:
    single, provider = Scripted(shout), Provider(shout)
    plain = SPEC.model_copy(update={"batch": False})
    replies = Replies(tmp_path / "replies.sqlite")
    with Models({"default": plain}, replies, transport=lambda _: single) as m:
        ask(m, prompt("a"))
    with models(tmp_path, provider) as m:
        assert values(ask(m, prompt("a"), prompt("b"))) == ["A", "B"]
    with Models({"default": plain}, replies, transport=lambda _: single) as m:
        assert values(ask(m, prompt("a"), prompt("b"))) == ["A", "B"]
    replies.close()
    assert (single.texts(), provider.texts()) == (["a"], ["b"])


def test_equal_prompts_are_sent_once_and_samples_each(tmp_path: Path) -> None:
    provider, meter = Provider(shout), Meter()
    with models(tmp_path, provider) as m:
        got = ask(m, prompt("a"), prompt("a"), prompt("a", sample=1), prompt("a", twin="1"), on_usage=meter)
    assert values(got) == ["A"] * 4
    assert len(provider.sent[0].requests) == 3
    assert (meter.total.calls, meter.total.reused) == (3, 1)


def test_threads_that_ask_the_same_share_the_batches(tmp_path: Path) -> None:
    provider, meter, got = Provider(shout), Meter(), []
    with models(tmp_path, provider) as m:

        def work() -> None:
            got.append(values(ask(m, *(prompt(str(number)) for number in range(40)), on_usage=meter)))

        threads = [threading.Thread(target=work) for _ in range(6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert got == [[str(number) for number in range(40)]] * 6
    assert sorted(provider.texts(), key=int) == [str(number) for number in range(40)]
    assert (meter.total.calls, meter.total.reused) == (40, 200)


def test_a_question_that_was_answered_since_it_was_looked_for_is_not_sent_again(tmp_path: Path) -> None:
    replies = Replies(tmp_path / "replies.sqlite")
    pending = Pending(replies)
    replies.put([Stored("landed", "{}", "text"), Stored("refused", "{}", None, failed="transient", why="busy")])
    assert pending.take("mark", "place", dict.fromkeys(("landed", "refused", "new"), "{}")) == {"refused", "new"}
    assert pending.marks(["landed", "refused", "new"]) == {"refused": "mark", "new": "mark"}
    replies.close()


@pytest.mark.parametrize(("limits", "sizes"), [((3, 1000), [3, 3, 1]), ((100, 20), [2, 2, 2, 1]), ((9, 5), [1] * 7)])
def test_batches_are_as_large_as_the_provider_takes_them(
    tmp_path: Path, limits: tuple[int, int], sizes: list[int]
) -> None:
    provider = Provider(shout, most_requests=limits[0], most_bytes=limits[1])
    prompts = [prompt(f"{number:09}x") for number in range(7)]
    with models(tmp_path, provider) as m:
        assert len(values(ask(m, *prompts))) == 7
    assert sorted(len(each.requests) for each in provider.sent) == sorted(sizes)


def test_corrections_and_more_room_go_into_a_second_batch(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        if last(request) == "long":
            return Completion("4", "stop" if request.spec.max_tokens == 8 else "length", 10, 4)
        return "7" if len(request.messages) > 2 or last(request) == "good" else "seven"

    provider, meter = Provider(answer), Meter()
    with models(tmp_path, provider) as m:
        got = ask(m, *map(number_prompt, ["good", "bad", "long"]), on_usage=meter)
        used = set(m.used)
    assert values(got) == [7, 7, 4]
    assert [len(each.requests) for each in provider.sent] == [3, 2]
    assert (meter.total.calls, meter.total.retries) == (5, 2)
    with models(tmp_path, provider) as m:
        assert ask(m, *map(number_prompt, ["good", "bad", "long"])) == got
        assert m.used == used
    assert len(provider.sent) == 2


def test_a_schema_that_is_refused_is_sent_in_the_next_way_and_that_is_remembered(tmp_path: Path) -> None:
    refused = TransportError("bad_request", "response_format is not supported", status=400)
    reader = number_prompt("").read

    def answer(request: Request) -> Answer:
        return refused if request.mode in ("json_schema", "tool") else "1"

    provider = Provider(answer)
    with models(tmp_path, provider) as m:
        prompts = [Prompt((Message("user", str(n)),), reader, number_prompt("").schema) for n in range(30)]
        assert values(ask(m, *prompts)) == [1] * 30
    assert [{each.mode for each in sent.requests.values()} for sent in provider.sent] == [
        {"json_schema"},
        {"tool"},
        {"json"},
    ]


# --- what is missing is sent again ---------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [EXPIRED, FAILED, Progress(True, "cancelled"), Progress(True, "completed")])
def test_of_a_batch_that_ends_early_the_answers_are_kept_and_the_rest_is_sent_again(
    tmp_path: Path, end: Progress
) -> None:
    provider, meter = Provider(shout, ends={0: end}), Meter()
    provider.answer = lambda request: None if len(provider.sent) == 1 and last(request) in "bd" else shout(request)
    with models(tmp_path, provider) as m:
        assert values(ask(m, *map(prompt, "abcd"), on_usage=meter)) == list("ABCD")
    assert [each.texts() for each in provider.sent] == [list("abcd"), list("bd")]
    assert (meter.total.calls, meter.total.retries, meter.total.reused) == (6, 2, 0)


def test_a_prompt_that_gets_no_answer_again_and_again_fails_with_its_kind_and_the_others_go_on(tmp_path: Path) -> None:
    provider = Provider(lambda request: None if last(request) == "b" else shout(request), ends={0: EXPIRED, 2: FAILED})
    with models(tmp_path, provider) as m:
        a, b = ask(m, prompt("a"), prompt("b"))
    assert (values([a]), b.values, b.failed) == (["A"], None, "transient: the batch is failed: the file is not well")
    assert [each.texts() for each in provider.sent] == [["a", "b"], *[["b"]] * (ATTEMPTS["transient"] - 1)]
    provider.answer = shout
    with models(tmp_path, provider) as m:
        assert values(ask(m, prompt("a"), prompt("b"))) == ["A", "B"]


def test_a_provider_without_room_is_waited_for(tmp_path: Path) -> None:
    full = Progress(True, "failed", why="Enqueued token limit reached for m; try again later")
    provider = Provider(shout, ends=dict.fromkeys(range(6), full))
    provider.answer = lambda request: None if len(provider.sent) <= 6 else shout(request)
    with models(tmp_path, provider) as m:
        assert values(ask(m, prompt("a"))) == ["A"]
    assert len(provider.sent) == 7


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (Completion("", "content_filter", 9, 0), "content_filter"),
        (TransportError("content_filter", "flagged", status=400), "content_filter: flagged"),
        (TransportError("context_length", "too long", status=400), "context_length: too long"),
        (TransportError("bad_request", "no such thing", status=400), "bad_request: no such thing"),
    ],
)
def test_a_refused_prompt_fails_alone_and_is_not_sent_again(tmp_path: Path, answer: Answer, failed: str) -> None:
    provider = Provider(lambda request: answer if last(request) == "b" else shout(request))
    with models(tmp_path, provider) as m:
        a, b = ask(m, prompt("a"), prompt("b"))
    assert (values([a]), b.failed) == (["A"], failed)
    assert len(provider.sent) == 1


def test_when_most_of_a_batch_is_refused_the_run_stops_with_the_reason(tmp_path: Path) -> None:
    refused = TransportError("bad_request", "seed is not known", status=400)
    provider = Provider(lambda request: shout(request) if last(request) == "0" else refused)
    prompts = [prompt(str(number)) for number in range(30)]
    with models(tmp_path, provider) as m, pytest.raises(StepError, match=r"29 of 30 calls in batches .* seed is not"):
        ask(m, *prompts)
    provider.answer = shout
    with models(tmp_path, provider) as m:
        assert values(ask(m, *prompts)) == [str(number) for number in range(30)]
    assert len(provider.sent[1].requests) == 29


def test_a_key_that_is_refused_stops_the_run_and_leaves_no_batch(tmp_path: Path) -> None:
    def refuse(what: str) -> None:
        raise TransportError("fatal", "wrong key", status=401)

    with models(tmp_path, Provider(shout, on=refuse)) as m, pytest.raises(EnvironmentLacks, match="refuses the key"):
        ask(m, prompt("a"))
    assert open_batches(tmp_path) == []


def test_a_batch_that_the_provider_lost_is_sent_again(tmp_path: Path) -> None:
    provider = Provider(shout)
    killed_at(tmp_path, provider, "poll", prompt("a"))
    provider.sent.clear()
    with models(tmp_path, provider) as m:
        assert values(ask(m, prompt("a"))) == ["A"]
    assert len(provider.sent) == 1


def test_looking_goes_on_through_passing_failures(tmp_path: Path) -> None:
    failing = Counter[str]()

    def on(what: str) -> None:
        failing[what] += 1
        if what != "submitted" and failing[what] in (1, 3):
            raise TransportError("transient" if failing[what] == 1 else "rate_limit", "not now")

    provider = Provider(shout, on=on)
    with models(tmp_path, provider) as m:
        assert values(ask(m, *map(prompt, "abcdef"))) == list("ABCDEF")
    assert len(provider.sent) == 1


def test_when_a_batch_cannot_be_looked_at_the_run_stops_and_it_stays_in_flight(tmp_path: Path) -> None:
    def on(what: str) -> None:
        if what == "poll":
            raise TransportError("transient", "no connection")

    provider = Provider(shout, on=on)
    with models(tmp_path, provider) as m, pytest.raises(StepError, match="stays in flight, and running again collects"):
        ask(m, prompt("a"))
    assert open_batches(tmp_path) == ["batch_0"]
    provider.on = lambda what: None
    with models(tmp_path, provider) as m:
        assert values(ask(m, prompt("a"))) == ["A"]
    assert len(provider.sent) == 1


# --- killed, interrupted, and picked up ----------------------------------------------------------------------------


def killed_at(folder: Path, provider: Provider, what: str, *prompts: Prompt, after: int = 1) -> None:
    """Ask, and break off as a killed process does when the provider does something for the `after`-th time."""
    times = Counter[str]()

    def on(done: str) -> None:
        times[done] += 1
        if done == what and times[done] == after:
            raise Killed

    provider.on = on
    with models(folder, provider) as m, pytest.raises(Killed):
        ask(m, *prompts)
    provider.on = lambda what: None


@pytest.mark.parametrize(
    ("what", "after", "batches"),
    [("submit", 1, 1), ("submitted", 1, 1), ("poll", 1, 1), ("poll", 2, 1), ("result", 1, 1), ("result", 3, 1)],
)
def test_wherever_a_run_is_killed_the_next_one_sends_no_batch_twice(
    tmp_path: Path, what: str, after: int, batches: int
) -> None:
    provider, prompts = Provider(shout), [prompt(each) for each in "abcd"]
    killed_at(tmp_path, provider, what, *prompts, after=after)
    meter = Meter()
    with models(tmp_path, provider) as m:
        assert values(ask(m, *prompts, on_usage=meter)) == list("ABCD")
        assert m.in_batches == 0
    assert len(provider.sent) == batches
    assert (meter.total.calls, meter.total.reused) == (4, 0)
    assert open_batches(tmp_path) == []


def test_a_batch_in_flight_is_collected_for_prompts_in_another_order_beside_new_ones(tmp_path: Path) -> None:
    provider = Provider(shout)
    killed_at(tmp_path, provider, "poll", *map(prompt, "abcd"))
    with models(tmp_path, provider) as m:
        assert values(ask(m, *map(prompt, "dexa"))) == list("DEXA")
        assert "test/m: batch batch_0 of 4 prompts, which was sent before, is waited for" in notes(m)
        assert values(ask(m, *map(prompt, "bc"))) == list("BC")
    assert [each.texts() for each in provider.sent] == [list("abcd"), ["e", "x"]]


def test_a_connection_lost_while_a_batch_is_sent_does_not_send_it_twice(tmp_path: Path) -> None:
    lost = iter([True])

    def on(what: str) -> None:
        if what == "submitted" and next(lost, False):
            raise TransportError("transient", "the connection was lost")

    provider = Provider(shout, on=on)
    with models(tmp_path, provider) as m:
        assert values(ask(m, prompt("a"))) == ["A"]
    assert len(provider.sent) == 1


def test_a_provider_that_keeps_no_list_may_be_sent_a_batch_again(tmp_path: Path) -> None:
    provider = Provider(shout, lists=False)
    killed_at(tmp_path, provider, "submitted", prompt("a"))
    with models(tmp_path, provider) as m:
        assert values(ask(m, prompt("a"))) == ["A"]
    assert len(provider.sent) == 2


def test_a_batch_that_cannot_be_sent_stops_the_run_and_is_looked_for_by_the_next(tmp_path: Path) -> None:
    def on(what: str) -> None:
        if what in ("submitted", "find"):
            raise TransportError("transient", "no connection")

    provider = Provider(shout, on=on)
    with models(tmp_path, provider) as m, pytest.raises(StepError, match="no connection"):
        ask(m, prompt("a"))
    provider.on = lambda what: None
    with models(tmp_path, provider) as m:
        assert values(ask(m, prompt("a"))) == ["A"]
    assert len(provider.sent) == 1


def test_another_living_process_that_is_sending_a_batch_is_waited_for(tmp_path: Path) -> None:
    provider = Provider(shout)
    killed_at(tmp_path, provider, "submitted", prompt("a"))
    clock = Clock()

    async def sleep(seconds: float) -> None:
        with sqlite3.connect(tmp_path / "replies.sqlite") as store:  # the other one comes to write down the id
            store.execute("update batches set id = 'batch_0'")
        store.close()
        await Clock.sleep(clock, seconds)

    with sqlite3.connect(tmp_path / "replies.sqlite") as store:
        store.execute("update batches set owner = 1")
    store.close()
    pace = clock.pace().__class__(now=lambda: 0.0, sleep=sleep, chance=lambda: 1.0)
    with models(tmp_path, provider, pace=pace) as m:
        assert values(ask(m, prompt("a"))) == ["A"]
    assert len(provider.sent) == 1
    assert "find" not in provider.calls


def test_an_interrupt_leaves_the_batch_in_flight_and_says_so(tmp_path: Path) -> None:
    def on(what: str) -> None:
        if what == "poll":
            m.interrupt()

    provider = Provider(shout, on=on)
    with models(tmp_path, provider) as m:
        with pytest.raises(Interrupted, match="batch_0 of test/m is in flight with 2 prompts, and running again"):
            ask(m, prompt("a"), prompt("b"))
        assert m.in_batches == 2
    provider.on = lambda what: None
    with models(tmp_path, provider) as m:
        assert values(ask(m, prompt("a"), prompt("b"))) == ["A", "B"]
    assert len(provider.sent) == 1


def recipe_run(folder: Path, provider: Provider) -> Iterator[Event]:
    (folder / "in.jsonl").write_text("".join(f'{{"text": "t{n}"}}\n' for n in range(25)), encoding="utf-8")
    step = {"op": "ask", "prompt": "{{ text }}"}
    data = {"name": "r", "input": "in.jsonl", "models": {"default": {"model": "openai/m", "batch": True}}}
    options = Options(folder / "runs", part_rows=20, ask_rows=5, transport=lambda _: Batching(provider))
    return run(parse(data | {"steps": [step]}, folder=folder), options)


def test_a_run_sends_large_parts_and_says_that_batches_are_in_flight(tmp_path: Path) -> None:
    provider = Provider(shout, looks=1)
    events = list(recipe_run(tmp_path, provider))
    assert sorted(len(each.requests) for each in provider.sent) == [5, 20]
    told = sorted(each.sentence.partition("_")[0] for each in events if isinstance(each, Noted))
    assert told == ["openai/m: batch batch"] * 4
    assert isinstance(events[-1], RunDone)
    assert events[-1].rows == 25


def test_an_interrupted_run_says_what_is_in_flight_and_the_next_one_collects_it(tmp_path: Path) -> None:
    provider = Provider(shout, looks=10**9)
    running = recipe_run(tmp_path, provider)
    notes = (each for each in running if isinstance(each, Noted))
    assert [next(notes).sentence.partition("_")[0] for _ in range(2)] == ["openai/m: batch batch"] * 2
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(Interrupted, match="25 prompts in batches at the provider will be collected then"):
        list(running)
    provider.looks = 1
    done = list(recipe_run(tmp_path, provider))[-1]
    assert isinstance(done, RunDone)
    assert done.rows == 25
    assert len(provider.sent) == 2


# --- money ---------------------------------------------------------------------------------------------------------

PRICED = SPEC.model_copy(update={"price": Price(input=1e6, output=1e6), "max_tokens": 4})


def test_a_call_in_a_batch_costs_half(tmp_path: Path) -> None:
    meter = Meter()
    with models(tmp_path, Provider(shout), PRICED) as m:
        ask(m, *map(prompt, "abcd"), on_usage=meter)
        assert m.usage.usd == 4 * 14 * BATCH_PRICE
    assert meter.total.usd == 4 * 14 * BATCH_PRICE
    listed = ModelSpec(model="openai/gpt-4.1-mini")
    whole, half = price_of(listed), price_of(listed.model_copy(update={"batch": True}))
    assert whole is not None
    assert half is not None
    assert (half.input, half.output, half.cached) == (
        whole.input * BATCH_PRICE,
        whole.output * BATCH_PRICE,
        (whole.cached or 0) * BATCH_PRICE,
    )


@pytest.mark.parametrize("budget", [Budget(calls=3), Budget(tokens=19), Budget(usd=9)])
def test_a_batch_that_the_budget_has_no_room_for_is_not_sent(tmp_path: Path, budget: Budget) -> None:
    provider = Provider(shout)
    with models(tmp_path, provider, PRICED, budget=budget) as m, pytest.raises(BudgetReached, match="budget"):
        ask(m, *map(prompt, "abcd"))
    assert provider.sent == []
    assert open_batches(tmp_path) == []


def test_batches_are_sent_as_long_as_the_budget_has_room_and_what_they_took_is_known(tmp_path: Path) -> None:
    provider = Provider(shout, most_requests=2)
    with models(tmp_path, provider, PRICED, budget=Budget(calls=5)) as m:
        with pytest.raises(BudgetReached, match="4 of 5 calls, and the next batch of 2 calls may take 2"):
            ask(m, *map(prompt, "abcdef"))
        spent = m.usage
    assert (spent.calls, len(provider.sent)) == (4, 2)
    with models(tmp_path, provider, PRICED, budget=Budget(calls=6), spent=spent) as m:
        assert values(ask(m, *map(prompt, "abcdef"))) == list("ABCDEF")
        assert m.usage.calls == 6
    assert len(provider.sent) == 3


def test_a_batch_that_was_sent_before_counts_against_the_budget(tmp_path: Path) -> None:
    provider = Provider(shout)
    killed_at(tmp_path, provider, "poll", prompt("a"), prompt("b"))
    with models(tmp_path, provider, PRICED, budget=Budget(calls=2)) as m:
        assert values(ask(m, prompt("a"), prompt("b"))) == ["A", "B"]
        assert m.usage.calls == 2
        with pytest.raises(BudgetReached):
            ask(m, prompt("c"))


def test_tokens_are_estimated_where_the_server_counts_none(tmp_path: Path) -> None:
    meter = Meter()
    with models(tmp_path, Provider(lambda _: Completion("x", "stop", 1, 1, estimated=True))) as m:
        ask(m, prompt("a" * 400), on_usage=meter)
    assert 100 < meter.total.tokens_in < 200


# --- who can be asked so -------------------------------------------------------------------------------------------


def test_a_model_without_batches_is_a_usage_error(tmp_path: Path) -> None:
    replies = Replies(tmp_path / "replies.sqlite")
    spec = ModelSpec(model="anthropic/claude", batch=True)
    with (
        Models({"default": spec}, replies, transport=lambda _: Scripted(shout)) as m,
        pytest.raises(UsageError, match="anthropic/claude has no batch API"),
    ):
        ask(m, prompt("a"))
    replies.close()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": "openai/gpt-4.1-mini"}, None),
        ({"model": "groq/x"}, None),
        ({"model": "openai/x", "base_url": "http://127.0.0.1:9/v1"}, None),
        ({"model": "deepseek/x"}, "has no batch API that dfcli can use, which groq/…, openai/… and servers"),
        ({"model": "anthropic/x"}, "has no batch API"),
        ({"model": "dfcli/echo"}, "has no batch API"),
        ({"model": "anthropic/x", "base_url": "http://127.0.0.1:9"}, "has no batch API"),
        ({"model": "openai/x", "transport": "direct"}, "leave out either `batch: true` or `transport: direct`"),
    ],
)
def test_a_check_says_which_models_cannot_be_asked_in_batches(
    tmp_path: Path, given: dict[str, Any], said: str | None
) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "x"}\n', encoding="utf-8")
    step = {"op": "ask", "prompt": "{{ text }}"}
    data = {"input": "in.jsonl", "models": {"default": {**given, "batch": True}}, "steps": [step]}
    try:
        found = [each.sentence for each in parse(data, folder=tmp_path, world=Here()).check()]
    except RecipeError as error:
        found = [each.sentence for each in error.problems]
    assert len(found) == (said is not None)
    assert all(f"models: {given['model']}" in each and str(said) in each for each in found)


def test_another_model_on_the_command_line_is_not_asked_in_batches() -> None:
    assert overridden({"default": SPEC}, {"default": "dfcli/echo"}) == {"default": ModelSpec(model="dfcli/echo")}


def test_batch_does_not_decide_what_a_model_answers() -> None:
    assert SPEC.identity() == SPEC.model_copy(update={"batch": False}).identity()
    assert json.dumps(SPEC.identity())
