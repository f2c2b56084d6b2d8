"""A storm of faults: every row ends as an answer or a failure with its reason, and little is asked twice."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from benchmarks import server as wire
from benchmarks.server import BROKEN, Fault, Server, serving
from scripted_model import Answer, Clock, Meter, Scripted, last

from dfcli.errors import EnvironmentLacks
from dfcli.ops.base import Message, Prompt
from dfcli.ops.reading import Output, Outputs
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.models import Models
from dfcli.runtime.replies import Replies
from dfcli.runtime.transports import Completion, Request, TransportError

ROWS = 5000
SPEC = ModelSpec(model="test/m", concurrency=64, temperature=0.5)
OUTPUTS = Outputs({"number": Output.of("int"), "word": Output.of("str")})


def prompts(count: int) -> list[Prompt]:
    return [Prompt((Message("user", str(each)),), OUTPUTS.read, OUTPUTS.schema) for each in range(count)]


class Weather:
    """Answers 70% of requests well, and the rest in every way a server can fail; the same for the same seed."""

    def __init__(self, seed: int, share: float = 0.3) -> None:
        self._rng = random.Random(seed)
        self._share = share
        self.answered: Counter[str] = Counter()

    def __call__(self, request: Request) -> Answer:
        number = request.messages[0].content
        if self._rng.random() < self._share:
            return self._rng.choice(self._faults())
        self.answered[number] += 1
        return json.dumps({"number": int(number), "word": "ok"})

    def _faults(self) -> list[Answer]:
        return [
            TransportError("rate_limit", "slow down", status=429),
            TransportError("rate_limit", "slow down", status=429, retry_after=0.5),
            TransportError("transient", "internal error", status=500),
            TransportError("transient", "bad gateway", status=502),
            TransportError("transient", "no answer within 120 s"),
            TransportError("transient", "connection reset in mid-body"),
            "{not json",
            "",
            '{"number": "many"}',
            Completion('{"number": 1, "wo', "length", 3, 8),
        ]


def test_every_row_of_a_storm_ends_as_an_answer_or_with_a_reason(tmp_path: Path) -> None:
    weather, meter = Weather(seed=1), Meter()
    replies = Replies(tmp_path / "replies.sqlite")
    transport = Scripted(weather)
    with Models({"default": SPEC}, replies, transport=lambda _: transport, pace=Clock().pace()) as m:
        got = m.ask("default", prompts(ROWS), meter)
    assert len(got) == ROWS
    good = [each for each in got if each.values is not None]
    assert [each.values["number"] for each in good if each.values] == [n for n, each in enumerate(got) if each.values]
    assert all(each.failed for each in got if each.values is None)
    assert len(good) > 0.99 * ROWS
    assert max(weather.answered.values()) == 1
    assert len(transport.asked) <= 1.6 * ROWS
    stored = replies.get(each.key for each in good)
    assert len(stored) == len(good)
    with Models({"default": SPEC}, replies, transport=lambda _: Scripted(weather), pace=Clock().pace()) as m:
        assert (
            m.ask("default", [each for each, reply in zip(prompts(ROWS), got, strict=True) if reply.values], meter)
            == good
        )
    replies.close()


def test_a_storm_on_the_wire_is_no_worse(tmp_path: Path) -> None:
    rng = random.Random(2)
    faults: list[wire.Answer] = [
        Fault(429, "slow down"),
        Fault(429, "slow down", retry_after=0.01),
        Fault(500),
        Fault(502, "<html>bad gateway</html>"),
        Fault(BROKEN),
        "{not json",
        "",
        '{"number": "many"}',
        ('{"number": 1, "wo', "length"),
    ]

    def answer(text: str, time: int) -> wire.Answer:
        if rng.random() < 0.3:
            return rng.choice(faults)
        number = re.search(r"\d+", text)
        return json.dumps({"number": int(number[0]) if number else -1, "word": "ok"})

    replies, meter = Replies(tmp_path / "replies.sqlite"), Meter()
    with serving(Server(answer)) as server:
        spec = ModelSpec(model="openai/m", base_url=server.url, concurrency=64, temperature=0.5)
        with Models({"default": spec}, replies, pace=Clock().pace()) as m:
            got = m.ask("default", prompts(ROWS), meter)
        calls = server.calls + server.refused
    assert len(got) == ROWS
    assert all((each.values is None) == (each.failed is not None) for each in got)
    assert sum(each.values is not None for each in got) > 0.99 * ROWS
    assert calls <= 1.6 * ROWS
    assert len(replies.get(each.key for each in got)) == ROWS
    replies.close()


def test_a_key_that_is_refused_in_the_middle_stops_at_once_and_keeps_what_is_finished(tmp_path: Path) -> None:
    asked = 0

    def answer(request: Request) -> Answer:
        nonlocal asked
        asked += 1
        if asked > 300:
            return TransportError("fatal", "invalid key", status=401)
        return json.dumps({"number": int(last(request)), "word": "ok"})

    replies = Replies(tmp_path / "replies.sqlite")
    transport = Scripted(answer)
    with (
        Models({"default": SPEC}, replies, transport=lambda _: transport, pace=Clock().pace()) as m,
        pytest.raises(EnvironmentLacks, match="test/m refuses the key"),
    ):
        m.ask("default", prompts(2000), Meter())
    assert len(transport.asked) <= 300 + SPEC.concurrency
    well, meter = Scripted(lambda r: json.dumps({"number": int(last(r)), "word": "ok"})), Meter()
    with Models({"default": SPEC}, replies, transport=lambda _: well, pace=Clock().pace()) as m:
        assert all(each.values for each in m.ask("default", prompts(2000), meter))
    assert (meter.total.reused, len(well.asked)) == (300, 1700)
    replies.close()
