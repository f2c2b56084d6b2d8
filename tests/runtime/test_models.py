"""Asking models: from the store, over a transport, once each, in order, and within the budget."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_model import NUMBER, Answer, Clock, Meter, Scripted, as_number, last, number_prompt, prompt

from dfcli.errors import BudgetReached, EnvironmentLacks, Interrupted, StepError, UsageError
from dfcli.ops.base import Message, Prompt, Reply
from dfcli.ops.reading import Output, Outputs
from dfcli.recipes.model import Budget, ModelSpec, Price
from dfcli.runtime.events import Usage
from dfcli.runtime.models import Models
from dfcli.runtime.replies import Facts, Replies
from dfcli.runtime.transports import Choice, Completion, Request, TransportError

SPEC = ModelSpec(model="test/m", concurrency=4)
NATIVE = Facts("json_schema")
OWN = SPEC.model_copy(update={"base_url": "http://here"})


@contextmanager
def models(
    folder: Path, transport: Scripted, spec: ModelSpec = SPEC, facts: Facts = NATIVE, **more: Any
) -> Iterator[Models]:
    """Models with a store in a folder, of an endpoint known to take schemas; `reopen` by calling it again."""
    replies = Replies(folder / "replies.sqlite")
    replies.remember(json.dumps([spec.model, spec.base_url]), facts)
    try:
        with Models(
            {"default": spec}, replies, transport=lambda _: transport, **({"pace": Clock().pace()} | more)
        ) as m:
            yield m
    finally:
        replies.close()


def shout(request: Request) -> str:
    return last(request).upper()


def ask(m: Models, *prompts: Prompt, on_usage: Callable[[Usage], None] = lambda usage: None) -> list[Reply]:
    return m.ask("default", prompts, on_usage)


def values(replies: list[Reply]) -> list[Any]:
    return [None if each.values is None else next(iter(each.values.values())) for each in replies]


def test_replies_come_in_the_order_of_the_prompts(tmp_path: Path) -> None:
    with models(tmp_path, Scripted(shout)) as m:
        assert values(ask(m, *map(prompt, "zyxwvutsrq"))) == list("ZYXWVUTSRQ")


def test_no_prompts_no_calls(tmp_path: Path) -> None:
    with models(tmp_path, Scripted(shout)) as m:
        assert ask(m) == []


def test_a_stored_reply_is_not_asked_for_again_after_reopening(tmp_path: Path) -> None:
    with models(tmp_path, Scripted(shout)) as m:
        first = ask(m, prompt("a"), prompt("b"))
    second, meter = Scripted(shout), Meter()
    with models(tmp_path, second) as m:
        assert ask(m, prompt("b"), prompt("c"), prompt("a"), on_usage=meter)[::2] == first[::-1]
    assert second.texts() == ["c"]
    assert (meter.total.calls, meter.total.reused) == (1, 2)
    assert (meter.total.tokens_in, meter.total.tokens_out, meter.total.unpriced) == (3, 2, 1)


def test_an_all_stored_run_makes_no_transport(tmp_path: Path) -> None:
    with models(tmp_path, Scripted(shout)) as m:
        ask(m, prompt("a"))

    def refuse(spec: ModelSpec) -> Scripted:
        raise EnvironmentLacks("no key here")

    with Models({"default": SPEC}, m.replies.__class__(tmp_path / "replies.sqlite"), transport=refuse) as again:
        assert values(ask(again, prompt("a"))) == ["A"]
        with pytest.raises(EnvironmentLacks, match="no key here"):
            ask(again, prompt("new"))
    again.replies.close()


def test_equal_prompts_share_one_call_unless_they_are_samples_or_twins(tmp_path: Path) -> None:
    transport, meter = Scripted(shout), Meter()
    with models(tmp_path, transport) as m:
        same = ask(m, *[prompt("a")] * 10, prompt("a", sample=1), prompt("a", twin="1"), on_usage=meter)
    assert values(same) == ["A"] * 12
    assert len(transport.asked) == 3
    assert (meter.total.calls, meter.total.reused) == (3, 9)
    assert len({each.key for each in same}) == 3


def test_threads_that_ask_the_same_share_the_calls_and_the_limit(tmp_path: Path) -> None:
    transport = Scripted(shout)
    prompts = [prompt(str(number)) for number in range(50)]
    with models(tmp_path, transport, SPEC.model_copy(update={"concurrency": 3})) as m:
        got: list[list[Any]] = []
        threads = [threading.Thread(target=lambda: got.append(values(ask(m, *prompts)))) for _ in range(5)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert got == [[str(number) for number in range(50)]] * 5
    assert sorted(transport.texts(), key=int) == [str(number) for number in range(50)]
    assert transport.most <= 3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefg"), max_size=12), max_size=4), st.integers(1, 4))
def test_order_is_kept_and_no_key_is_asked_for_twice(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]], concurrency: int
) -> None:
    transport = Scripted(shout)
    spec = SPEC.model_copy(update={"concurrency": concurrency})
    with models(tmp_path_factory.mktemp("law"), transport, spec) as m:
        for batch in batches:
            assert values(ask(m, *map(prompt, batch))) == [each.upper() for each in batch]
    assert sorted(transport.texts()) == sorted({each for batch in batches for each in batch})
    assert transport.most <= concurrency


def test_roles_of_one_model_and_address_share_its_limit(tmp_path: Path) -> None:
    transport = Scripted(shout)
    specs = {"default": SPEC, "judge": SPEC.model_copy(update={"temperature": 0.0, "concurrency": 2})}
    replies = Replies(tmp_path / "r.sqlite")
    with Models(specs, replies, transport=lambda _: transport) as m:
        assert values(m.ask("judge", [prompt("a")], Meter())) == ["A"]
        assert values(m.ask("default", [prompt("a")], Meter())) == ["A"]
        with pytest.raises(UsageError, match="no model for the role 'juge'; did you mean 'judge'"):
            m.ask("juge", [prompt("a")], Meter())
    replies.close()
    assert [each.spec.temperature for each in transport.asked] == [0.0, None]


def test_of_two_processes_that_asked_the_same_both_use_the_reply_stored_first(tmp_path: Path) -> None:
    def answer(request: Request) -> str:
        with models(tmp_path, Scripted(lambda _: "theirs")) as other:
            ask(other, prompt("a"))
        return "ours"

    with models(tmp_path, Scripted(answer)) as m:
        assert values(ask(m, prompt("a"))) == ["theirs"]


def test_a_store_that_breaks_stops_everything(tmp_path: Path) -> None:
    def answer(request: Request) -> str:
        with sqlite3.connect(tmp_path / "replies.sqlite") as other:
            other.execute("drop table if exists replies")
        other.close()
        return "x"

    transport = Scripted(answer)
    with models(tmp_path, transport) as m, pytest.raises(StepError, match="a reply cannot be stored"):
        ask(m, *(prompt(str(number)) for number in range(1000)))
    assert len(transport.asked) <= 3 * SPEC.concurrency


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    code = "import sys, dfcli.runtime.models; sys.exit(bool({'litellm', 'aiohttp', 'openai'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_closing_closes_the_transports(tmp_path: Path) -> None:
    transport = Scripted(shout)
    with models(tmp_path, transport) as m:
        ask(m, prompt("a"))
    assert transport.closed


# --- replies that are no answers -----------------------------------------------------------------------------------


def test_a_bad_reply_is_shown_to_the_model_once(tmp_path: Path) -> None:
    transport, meter = Scripted(lambda r: "7" if len(r.messages) > 2 else "seven"), Meter()
    with models(tmp_path, transport) as m:
        (reply,) = ask(m, number_prompt("?"), on_usage=meter)
    assert (reply.values, reply.text) == ({"number": 7}, "7")
    assert [each.role for each in transport.asked[1].messages] == ["system", "user", "assistant", "user"]
    assert transport.asked[1].messages[2].content == "seven"
    assert "'seven' is not a whole number" in last(transport.asked[1])
    assert (meter.total.calls, meter.total.retries) == (2, 1)


def test_a_correction_is_reused_like_any_reply(tmp_path: Path) -> None:
    with models(tmp_path, Scripted(lambda r: "7" if len(r.messages) > 2 else "seven")) as m:
        first, used = ask(m, number_prompt("?")), set(m.used)
    transport, meter = Scripted(shout), Meter()
    with models(tmp_path, transport) as m:
        assert ask(m, number_prompt("?"), on_usage=meter) == first
        assert m.used == used
    assert transport.asked == []
    assert (meter.total.calls, meter.total.reused) == (0, 2)


def test_a_correction_that_does_not_help_is_followed_by_one_fresh_sample(tmp_path: Path) -> None:
    counted: list[str] = []

    def answer(request: Request) -> Answer:
        counted.append(last(request))
        return "7" if counted.count("?") == 2 else "seven"

    transport = Scripted(answer)
    with models(tmp_path, transport) as m:
        (reply,) = ask(m, number_prompt("?"))
    assert reply.values == {"number": 7}
    assert [len(each.messages) for each in transport.asked] == [2, 4, 2]
    again = Scripted(shout)
    with models(tmp_path, again) as m:
        assert ask(m, number_prompt("?")) == [reply]
    assert again.asked == []


def test_no_fresh_sample_is_drawn_at_temperature_zero(tmp_path: Path) -> None:
    transport = Scripted(lambda _: "seven")
    with models(tmp_path, transport, SPEC.model_copy(update={"temperature": 0})) as m:
        assert ask(m, number_prompt("?"))[0].values is None
    assert len(transport.asked) == 2


@pytest.mark.parametrize("text", ["seven", "", " ", "\ud83d", "nul \0"])
def test_bad_replies_to_the_last_fail_the_row_with_its_text_kept(tmp_path: Path, text: str) -> None:
    transport = Scripted(lambda _: text)
    with models(tmp_path, transport) as m:
        bad, good = m.ask("default", [number_prompt("?"), prompt("x" if text.strip() else "y")], Meter())
    assert bad.values is None
    assert bad.failed is not None
    assert bad.failed.startswith("bad_reply: ")
    assert "is not a whole number" in bad.failed
    assert bad.text == text.replace("\ud83d", "�")
    assert all(each.content.strip() for request in transport.asked for each in request.messages)
    assert len([each for each in transport.asked if each.schema]) == 3
    assert good.failed is None or not text


def test_a_mended_reader_costs_no_call(tmp_path: Path) -> None:
    with models(tmp_path, Scripted(lambda _: "seven")) as m:
        ask(m, number_prompt("?"))
    mended = Prompt(number_prompt("?").messages, lambda text: {"number": {"seven": 7}[text]}, NUMBER)
    transport = Scripted(shout)
    with models(tmp_path, transport) as m:
        assert values(ask(m, mended)) == [7]
    assert transport.asked == []


def test_a_reader_that_breaks_costs_one_row(tmp_path: Path) -> None:
    broken = Prompt((Message("user", "?"),), lambda text: {"number": json.loads("[" * 100_000)})
    with models(tmp_path, Scripted(shout)) as m:
        bad, good = ask(m, broken, prompt("a"))
    assert bad.failed is not None
    assert bad.failed.startswith("bad_reply: it cannot be read (RecursionError")
    assert good.values == {"answer": "A"}


def test_a_cut_off_reply_is_asked_for_once_more_with_twice_the_room(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        room = request.spec.max_tokens or 0
        return Completion("A whole one.") if room >= 20 else Completion("A wh", "length", 3, 10)

    transport, spec = Scripted(answer), SPEC.model_copy(update={"max_tokens": 10})
    with models(tmp_path, transport, spec) as m:
        (reply,) = ask(m, prompt("?"))
    assert (reply.text, reply.failed) == ("A whole one.", None)
    assert [each.spec.max_tokens for each in transport.asked] == [10, 20]
    again = Scripted(answer)
    with models(tmp_path, again, spec) as m:
        assert ask(m, prompt("?")) == [reply]
    assert again.asked == []


def test_without_a_limit_of_its_own_the_room_is_twice_what_came(tmp_path: Path) -> None:
    transport = Scripted(lambda r: Completion("half", "length", 3, 100) if r.spec.max_tokens is None else "whole")
    with models(tmp_path, transport) as m:
        assert values(ask(m, prompt("?"))) == ["whole"]
    assert transport.asked[1].spec.max_tokens == 200


@pytest.mark.parametrize(
    "second", [Completion("half", "length", 3, 20), TransportError("context_length", "too long for the model")]
)
def test_a_reply_cut_off_twice_is_never_an_answer(tmp_path: Path, second: Answer) -> None:
    spec = SPEC.model_copy(update={"max_tokens": 10})
    transport = Scripted(lambda r: Completion('{"number"', "length", 3, 10) if r.spec.max_tokens == 10 else second)
    with models(tmp_path, transport, spec) as m:
        (reply,) = ask(m, prompt("?"))
    assert (reply.values, reply.failed) == (None, "truncated: the reply was cut off by its length")
    assert len(transport.asked) == 2
    again = Scripted(lambda _: "whole")
    with models(tmp_path, again, spec) as m:
        assert values(ask(m, prompt("?"))) == ["whole"]
    assert [each.spec.max_tokens for each in again.asked] == [20]


def test_a_reply_cut_off_by_a_server_that_counts_nothing_is_no_answer_either(tmp_path: Path) -> None:
    for _ in range(2):
        transport = Scripted(lambda _: Completion("half", "length", 0, 0))
        with models(tmp_path, transport) as m:
            assert ask(m, prompt("?"))[0].failed == "truncated"
        assert len(transport.asked) == 1


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (Completion("", "content_filter"), "content_filter"),
        (TransportError("content_filter", "flagged"), "content_filter: flagged"),
        (TransportError("context_length", "9 tokens over"), "context_length: 9 tokens over"),
        (TransportError("bad_request", "no such thing", status=400), "bad_request: no such thing"),
    ],
)
def test_a_refused_prompt_fails_its_row_with_one_call_and_is_asked_again_next_time(
    tmp_path: Path, answer: Answer, failed: str
) -> None:
    transport = Scripted(lambda r: answer if last(r) == "b" else shout(r))
    with models(tmp_path, transport) as m:
        first, bad, third = ask(m, prompt("a"), prompt("b"), prompt("c"))
        assert m.replies.get([bad.key])[bad.key].failed == failed.split(":")[0]
    assert (bad.values, bad.failed) == (None, failed)
    assert values([first, third]) == ["A", "C"]
    assert sorted(transport.texts()) == ["a", "b", "c"]
    again = Scripted(shout)
    with models(tmp_path, again) as m:
        assert values(ask(m, prompt("a"), prompt("b"))) == ["A", "B"]
    assert again.texts() == ["b"]


# --- structured output ---------------------------------------------------------------------------------------------


def test_a_model_that_takes_schemas_gets_it_natively_and_the_prompt_as_it_is(tmp_path: Path) -> None:
    transport = Scripted(lambda _: "1")
    with models(tmp_path, transport) as m:
        ask(m, number_prompt("?"))
    assert transport.asked[0].schema == NUMBER
    assert transport.asked[0].messages == number_prompt("?").messages


def test_another_model_gets_it_as_the_last_lines_of_the_prompt(tmp_path: Path) -> None:
    transport = Scripted(lambda r: "1" if len(r.messages) > 2 else "one")
    with models(tmp_path, transport, facts=Facts("text")) as m:
        assert values(ask(m, number_prompt("?"))) == [1]
    system, user, *turns = transport.asked[1].messages
    assert system.content == "Count."
    assert user.content.startswith("?\n\nAnswer with one JSON object")
    assert user.content.endswith(json.dumps(NUMBER, separators=(",", ":")))
    assert "JSON Schema" not in "".join(each.content for each in turns)
    assert all(each.schema is None for each in transport.asked)


@pytest.mark.parametrize(("mode", "native", "sent"), [("text", True, False), ("json_schema", False, True)])
def test_the_recipe_may_say_how_the_schema_is_sent(tmp_path: Path, mode: str, native: bool, sent: bool) -> None:
    transport = Scripted(lambda _: "1", native=native)
    with models(tmp_path, transport, ModelSpec(model="test/m", schema_mode=mode)) as m:  # type: ignore[arg-type]
        ask(m, number_prompt("?"))
    assert (transport.asked[0].schema is not None) is sent


def modes(transport: Scripted) -> list[str]:
    return [each.mode for each in transport.asked]


def test_a_model_is_asked_in_the_best_way_it_takes_and_that_is_remembered(tmp_path: Path) -> None:
    refused = TransportError("bad_request", "response_format is not supported", status=400)
    transport = Scripted(lambda r: refused if r.mode in ("json_schema", "tool") else '{"number": 1}')
    prompts = [Prompt((Message("user", str(n)),), lambda text: json.loads(text), NUMBER) for n in range(10)]
    with models(tmp_path, transport, OWN, Facts()) as m:
        assert values(ask(m, *prompts)) == [1] * 10
    assert modes(transport) == ["json_schema", "tool", *["json"] * 10]
    again = Scripted(lambda _: '{"number": 2}')
    with models(tmp_path, again, OWN, Facts()) as m:
        assert values(ask(m, *prompts, Prompt((Message("user", "new"),), lambda text: json.loads(text), NUMBER)))[
            9:
        ] == [1, 2]
    assert modes(again) == ["json"]


def test_a_model_that_passes_over_the_schema_is_asked_in_the_next_way(tmp_path: Path) -> None:
    transport = Scripted(lambda r: "1" if r.mode == "text" else "Let me think about it.")
    with models(tmp_path, transport, OWN, Facts()) as m:
        assert values(ask(m, *(number_prompt(str(n)) for n in range(20)))) == [1] * 20
    assert modes(transport).count("text") >= 19
    assert len(transport.asked) <= 20 + 2 * 3
    again = Scripted(shout)
    with models(tmp_path, again, OWN, Facts()) as m:
        assert values(ask(m, *(number_prompt(str(n)) for n in range(20)))) == [1] * 20
    assert again.asked == []


def test_a_model_that_is_known_to_take_schemas_is_not_asked_in_another_way_for_bad_replies(tmp_path: Path) -> None:
    transport = Scripted(lambda _: "no number")
    with models(tmp_path, transport, facts=Facts()) as m:
        ask(m, *(number_prompt(str(n)) for n in range(5)))
    assert set(modes(transport)) == {"json_schema"}


def test_one_bad_reply_does_not_make_a_model_be_asked_in_another_way(tmp_path: Path) -> None:
    transport = Scripted(lambda r: "hm" if last(r) == "0" else '{"number": 1}')
    reader = Prompt((), lambda text: json.loads(text), NUMBER).read
    with models(tmp_path, transport, OWN, Facts()) as m:
        ask(m, *(Prompt((Message("user", str(n)),), reader, NUMBER) for n in range(5)))
    assert set(modes(transport)) == {"json_schema"}


def test_a_schema_refused_later_on_is_sent_in_the_next_way(tmp_path: Path) -> None:
    refused = TransportError("bad_request", "response_format is not supported", status=400)
    transport = Scripted(lambda r: refused if r.schema else "1")
    spec = SPEC.model_copy(update={"concurrency": 1})
    with models(tmp_path, transport, spec) as m:
        assert values(ask(m, *(number_prompt(str(n)) for n in range(10)))) == [1] * 10
    assert sum(each.schema is not None for each in transport.asked) <= 4  # two workers, two ways


def test_a_schema_refused_against_the_recipe_s_word_fails_the_row(tmp_path: Path) -> None:
    refused = TransportError("bad_request", "response_format is not supported", status=400)
    with models(tmp_path, Scripted(lambda _: refused), ModelSpec(model="test/m", schema_mode="json_schema")) as m:
        assert ask(m, number_prompt("?"))[0].failed == "bad_request: response_format is not supported"


def test_replies_that_were_mended_are_counted_again_each_time_they_are_read(tmp_path: Path) -> None:
    outputs = Outputs({"number": Output.of("int"), "word": Output.of("str")})
    near = Prompt((Message("user", "?"),), outputs.read, outputs.schema)
    meter = Meter()
    with models(tmp_path, Scripted(lambda _: "{'number': 7, 'word': 'seven',}")) as m:
        assert ask(m, near, on_usage=meter)[0].values == {"number": 7, "word": "seven"}
        assert meter.total.repaired == 1
        ask(m, near, on_usage=meter)
    assert (meter.total.repaired, meter.total.calls) == (2, 1)


# --- several samples in one request --------------------------------------------------------------------------------


def row_of(text: str, number: int) -> list[Prompt]:
    """The prompts of one row with so many samples, as a step makes them."""
    first = prompt(text)
    return [Prompt(first.messages, first.read, None, sample) for sample in range(number)]


def test_the_samples_of_a_row_come_in_one_request_where_the_provider_can(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        further = tuple(Choice(f"{last(request)}{n}") for n in range(1, request.n))
        return Completion(f"{last(request)}0", "stop", 10, 2 * request.n, further=further)

    transport, meter = Scripted(answer, several=True), Meter()
    prompts = [*row_of("a", 3), *row_of("b", 1), *row_of("c", 2)]
    with models(tmp_path, transport) as m:
        assert values(ask(m, *prompts, on_usage=meter)) == ["a0", "a1", "a2", "b0", "c0", "c1"]
    assert sorted(each.n for each in transport.asked) == [1, 2, 3]
    assert (meter.total.calls, meter.total.tokens_in, meter.total.tokens_out) == (3, 30, 12)
    again = Scripted(answer, several=True)
    with models(tmp_path, again) as m:
        assert values(ask(m, *prompts, *row_of("a", 4)))[6:] == ["a0", "a1", "a2", "a0"]
    assert [each.n for each in again.asked] == [1]


def test_samples_that_do_not_come_together_are_asked_for_one_by_one(tmp_path: Path) -> None:
    short = Scripted(lambda r: Completion("x", further=(Choice("y"),) if r.n > 1 else ()), several=True)
    with models(tmp_path, short) as m:
        assert values(ask(m, *row_of("a", 4))) == ["x", "y", "x", "x"]
    assert [each.n for each in short.asked] == [4, 1, 1]
    refused = TransportError("bad_request", "n must be 1", status=400)
    unable = Scripted(lambda r: refused if r.n > 1 else "one", several=True)
    with models(tmp_path, unable) as m:
        assert values(ask(m, *row_of("b", 3), *row_of("c", 3))) == ["one"] * 6
    assert [each.n for each in unable.asked if each.n > 1] in ([3], [3, 3])  # both rows may be under way


# --- budget and cost -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "calls", "sentence"),
    [
        (Budget(calls=3), 3, "3 of 3 calls"),
        (Budget(tokens=12), 2, "10 of 12 tokens, and the next call may take 3"),
        (Budget(usd=0.00003), 2, "2.6e-05 of 3e-05 US dollars, and the next call may take 1.1e-05"),
    ],
)
def test_nothing_is_sent_once_the_budget_is_used_up(tmp_path: Path, budget: Budget, calls: int, sentence: str) -> None:
    transport = Scripted(shout)
    spec = SPEC.model_copy(update={"concurrency": 1, "max_tokens": 2, "price": Price(input=1, output=5)})
    with models(tmp_path, transport, spec, budget=budget) as m:
        with pytest.raises(BudgetReached, match=f"the budget is used up: {sentence}"):
            ask(m, *(prompt(str(number)) for number in range(10)))
        used = m.usage
        with pytest.raises(BudgetReached):
            ask(m, prompt("new"))
        assert values(ask(m, *(prompt(text) for text in transport.texts()))) == transport.texts()
    assert len(transport.asked) == used.calls == calls
    fresh = Scripted(shout)
    with models(tmp_path, fresh, spec, budget=budget, spent=used) as m, pytest.raises(BudgetReached):
        ask(m, *(prompt(str(number)) for number in range(10)))
    assert fresh.asked == []


def test_calls_in_flight_cannot_overrun_a_budget_of_calls(tmp_path: Path) -> None:
    transport = Scripted(shout)
    with models(tmp_path, transport, budget=Budget(calls=7)) as m, pytest.raises(BudgetReached):
        ask(m, *(prompt(str(number)) for number in range(100)))
    assert len(transport.asked) == 7


def test_a_money_budget_needs_a_price(tmp_path: Path) -> None:
    transport = Scripted(shout)
    wanted = r"budget\.usd needs the price of test/m"
    with models(tmp_path, transport, budget=Budget(usd=1)) as m, pytest.raises(UsageError, match=wanted):
        ask(m, prompt("a"))
    assert transport.asked == []


@pytest.mark.parametrize(
    ("own", "file", "usd", "unpriced"),
    [
        (Price(input=1_000_000, output=0), "test/m: {input: 9, output: 9}", 3.0, 0),
        (None, "test/m: {input: 0, output: 1_000_000}", 2.0, 0),
        (None, "test/other: {input: 9, output: 9}", 0.0, 1),
    ],
)
def test_cost_is_by_the_recipe_s_price_then_the_user_s_and_else_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: Price | None, file: str, usd: float, unpriced: int
) -> None:
    (tmp_path / "prices.yaml").write_text(file, encoding="utf-8")
    monkeypatch.setenv("DFCLI_PRICES", str(tmp_path / "prices.yaml"))
    meter = Meter()
    spec = SPEC.model_copy(update={"price": own})
    with models(tmp_path, Scripted(shout), spec, spent=Usage(calls=5, usd=1.0)) as m:
        ask(m, prompt("a"), on_usage=meter)
        ask(m, prompt("a"), on_usage=meter)
        assert (m.usage.calls, m.usage.usd) == (6, 1.0 + usd)
    assert (meter.total.usd, meter.total.unpriced, meter.total.reused) == (usd, unpriced, 1)


# --- recordings ----------------------------------------------------------------------------------------------------


def record(folder: Path, answer: Callable[[Request], Answer], *prompts: Prompt) -> tuple[Path, list[Reply]]:
    with models(folder, Scripted(answer)) as m:
        replies = ask(m, *prompts)
        m.replies.record(m.used, folder / "r.jsonl")
    return folder / "r.jsonl", replies


def test_a_recording_gives_the_same_replies_without_any_model(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        match last(request):
            case "filtered":
                return Completion("", "content_filter")
            case "cut":
                return Completion("cu", "length", 1, 5)
            case "wrong":
                return "three"
            case _:
                return "7"

    prompts = (number_prompt("?"), prompt("filtered"), prompt("cut"), number_prompt("wrong"))
    path, replies = record(tmp_path, answer, *prompts)
    (tmp_path / "replies.sqlite").unlink()
    transport, meter = Scripted(shout), Meter()
    with models(tmp_path, transport, replay=path) as m:
        assert ask(m, *prompts, on_usage=meter) == replies
        m.replies.close()
    assert transport.asked == []
    assert meter.total.calls == 0
    assert [each.failed for each in replies][1:3] == [
        "content_filter",
        "truncated: the reply was cut off by its length",
    ]


def test_a_prompt_that_was_not_recorded_stops_the_run(tmp_path: Path) -> None:
    path, _ = record(tmp_path, shout, prompt("a"))
    with models(tmp_path, Scripted(shout), replay=path) as m, pytest.raises(StepError) as caught:
        ask(m, prompt("a"), prompt("Tell me\n  about rivers " + "x" * 100), prompt("c"))
    assert str(caught.value) == (
        f"{path}: no reply to 2 prompt(s) for the model role 'default'; the first of them ends in"
        f' "Tell me about rivers {"x" * 59}…": the recipe, a template or the data changed since the recording'
    )


def test_a_correction_that_was_not_recorded_fails_its_row_only(tmp_path: Path) -> None:
    path, _ = record(tmp_path, lambda _: "seven", prompt("ignored"), Prompt(number_prompt("?").messages, as_number))
    lines = [line for line in path.read_text().splitlines() if "cannot be used" not in line]
    assert len(lines) == 3  # the fresh sample is there, but nothing leads to it
    path.write_text("\n".join(lines))
    with models(tmp_path, Scripted(shout), replay=path) as m:
        (reply,) = ask(m, Prompt(number_prompt("?").messages, as_number))
    assert reply.failed == "bad_reply: 'seven' is not a whole number"
    assert reply.text == "seven"


# --- interrupts and kills ------------------------------------------------------------------------------------------


def test_after_an_interrupt_calls_in_flight_land_and_nothing_more_is_sent(tmp_path: Path) -> None:
    def answer(request: Request) -> str:
        if last(request) == "5":
            m.interrupt()
        return shout(request)

    transport = Scripted(answer)
    with models(tmp_path, transport) as m:
        with pytest.raises(Interrupted):
            ask(m, *(prompt(str(number)) for number in range(1000)))
        stored = ask(m, *(prompt(text) for text in transport.texts()))
        assert values(stored) == transport.texts()
        with pytest.raises(Interrupted):
            ask(m, prompt("new"))
    assert 6 <= len(transport.asked) <= 6 + 2 * SPEC.concurrency


def test_an_interrupt_ends_a_long_wait_at_once(tmp_path: Path) -> None:
    waiting = threading.Event()

    def answer(request: Request) -> Answer:
        waiting.set()
        return TransportError("rate_limit", "slow down", retry_after=600)

    replies = Replies(tmp_path / "r.sqlite")
    with Models({"default": SPEC}, replies, transport=lambda _: Scripted(answer)) as m:
        caught: list[BaseException] = []

        def work() -> None:
            try:
                ask(m, prompt("a"))
            except Interrupted as error:
                caught.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        assert waiting.wait(5)
        m.interrupt()
        thread.join(5)
        assert [type(each) for each in caught] == [Interrupted]
    replies.close()


KILLED = """
import os, sys, signal
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from scripted_model import Scripted, prompt
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.models import Models
from dfcli.runtime.replies import Facts, Replies

def answer(request):
    if len(transport.asked) > 300:
        os.kill(os.getpid(), signal.SIGKILL)
    os.write(1, (request.messages[-1].content + "\\n").encode())
    return "x"

transport = Scripted(answer)
specs = {"default": ModelSpec(model="test/m", concurrency=8)}
models = Models(specs, Replies(Path(sys.argv[1])), transport=lambda _: transport)
models.ask("default", [prompt(str(number)) for number in range(1000)], lambda usage: None)
"""


def test_a_killed_process_has_lost_only_what_was_in_flight(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "replies.sqlite"), str(Path(__file__).parent)]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    answered = killed.stdout.split()
    transport = Scripted(shout)
    with models(tmp_path, transport, ModelSpec(model="test/m", concurrency=8)) as m:
        got = ask(m, *(prompt(str(number)) for number in range(1000)))
    assert all(each.values for each in got)
    assert len(answered) >= 300 - 8
    # In flight: 8 calls, and as many that have landed and wait for their commit.
    assert len(set(answered) & set(transport.texts())) <= 16
    assert len(transport.asked) <= 1000 - 300 + 16
