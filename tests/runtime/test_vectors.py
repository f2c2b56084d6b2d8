"""What a provider has embedded is stored, and neither asked for nor paid twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_model import Clock, Meter

from dfcli.errors import StepError
from dfcli.recipes.load import parse
from dfcli.recipes.model import ModelSpec, Recipe
from dfcli.runtime.engine import Options, run
from dfcli.runtime.estimate import estimate
from dfcli.runtime.events import RunDone
from dfcli.runtime.models import Models
from dfcli.runtime.replies import Replies
from dfcli.runtime.transports import Completion, Embedding, Request, Transport, TransportError
from dfcli.runtime.vectors import vector, wanted

SPEC = ModelSpec(model="test/m", attempts=1, concurrency=1)
NEAR = {"op": "centrality", "text": "answer", "model": "near"}
NUMBERS = st.floats(width=32, allow_nan=False)


class Provider(Transport):
    """Embeds a text as its length and a third, remembers what it embedded, and refuses what it is told to."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused
        self.embedded: list[str] = []

    async def complete(self, request: Request) -> Completion:
        return Completion("x" * (1 + request.sample), "stop", 3, 2)

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        if self.refused and self.refused in texts:
            raise TransportError("bad_request", "not this text")
        self.embedded += texts
        return Embedding([[float(len(each)), 1 / 3] for each in texts], 7)


@contextmanager
def models(folder: Path, transport: Transport, spec: ModelSpec = SPEC, **more: Any) -> Iterator[Models]:
    replies = Replies(folder / "replies.sqlite")
    try:
        with Models({"default": spec}, replies, transport=lambda _: transport, pace=Clock().pace(), **more) as m:
            yield m
    finally:
        replies.close()


@given(st.lists(NUMBERS, max_size=20), st.text())
def test_a_vector_in_single_precision_comes_back_to_the_bit(numbers: list[float], text: str) -> None:
    (one,) = wanted(SPEC, [text])
    assert vector(one.found(numbers, 0)) == numbers


def test_a_text_is_sent_once_in_all_runs_and_its_vector_stays_the_same(tmp_path: Path) -> None:
    provider, meter, again = Provider(), Meter(), Meter()
    with models(tmp_path, provider) as m:
        first = m.embed("default", ["a", "bb", "a"], meter)
    with models(tmp_path, provider) as m:
        assert m.embed("default", ["bb", "ccc", "a"], again) == [first[1], m.embed("default", ["ccc"])[0], first[0]]
    assert provider.embedded == ["a", "bb", "ccc"]
    assert (meter.total.calls, meter.total.reused, meter.total.tokens_in) == (1, 0, 7)
    assert (again.total.calls, again.total.reused, again.total.tokens_in) == (1, 2, 7)


@pytest.mark.parametrize(
    ("other", "asked"),
    [({"temperature": 0.5}, 1), ({"timeout": 5.0}, 1), ({"model": "test/n"}, 2), ({"base_url": "http://x/v1"}, 2)],
)
def test_a_vector_is_that_of_a_model_at_an_address(tmp_path: Path, other: dict[str, Any], asked: int) -> None:
    provider = Provider()
    for spec in (SPEC, SPEC.model_copy(update=other)):
        with models(tmp_path, provider, spec) as m:
            m.embed("default", ["a"])
    assert len(provider.embedded) == asked


def test_what_was_embedded_before_a_failure_is_not_paid_again(tmp_path: Path) -> None:
    texts = [str(number) for number in range(200)]
    with models(tmp_path, refusing := Provider("100")) as m, pytest.raises(StepError, match="not this text"):
        m.embed("default", texts)
    with models(tmp_path, willing := Provider()) as m:
        m.embed("default", texts)
    assert len(refusing.embedded) == 200 - 64
    assert willing.embedded == texts[64:128]


def test_what_is_computed_in_this_process_is_not_stored(tmp_path: Path) -> None:
    echo = ModelSpec(model="dfcli/echo")
    with models(tmp_path, provider := Provider(), echo) as m:
        m.embed("default", ["a"])
        m.embed("default", ["a"])
        assert (provider.embedded, m.used) == (["a", "a"], set())


def recipe(folder: Path) -> Recipe:
    (folder / "in.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n', encoding="utf-8")
    ask = {"op": "ask", "prompt": "{{ text }}", "samples": 3}
    price = {"input": 1_000_000, "output": 0}
    roles = {"default": "test/writer", "near": {"model": "test/near", "price": price}}
    output = str(folder / "out.jsonl")
    return parse(
        {"name": "r", "input": "in.jsonl", "output": output, "models": roles, "steps": [ask, NEAR]}, folder=folder
    )


def go(made: Recipe, **options: Any) -> tuple[RunDone, list[dict[str, Any]]]:
    *_, done = run(made, Options(runs=made.folder / "runs", **options))
    assert isinstance(done, RunDone)
    lines = (made.folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
    return done, [json.loads(line) for line in lines]


def test_a_fresh_run_takes_its_embeddings_from_the_store(tmp_path: Path) -> None:
    provider, made = Provider(), recipe(tmp_path)
    _, first = go(made, transport=lambda _: provider)
    sent = list(provider.embedded)
    done, again = go(made, transport=lambda _: provider, fresh=True)
    assert (sorted(sent), provider.embedded, again) == (["x", "xx", "xxx"], sent, first)
    assert (done.steps[1].usage.calls, done.steps[1].usage.reused, done.spent.usd) == (0, 3, 0.0)


def test_a_recording_holds_embeddings(tmp_path: Path) -> None:
    made, file, silent = recipe(tmp_path), tmp_path / "recording.jsonl", Provider("x")
    _, first = go(made, transport=lambda _: Provider(), record=file)
    moved = replace(Options(), runs=tmp_path / "elsewhere", replay=file, transport=lambda _: silent)
    *_, done = run(made, moved)
    assert isinstance(done, RunDone)
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()] == first
    assert silent.embedded == []


def test_a_recording_without_the_embedding_of_a_text_says_which(tmp_path: Path) -> None:
    made, file = recipe(tmp_path), tmp_path / "recording.jsonl"
    go(made, transport=lambda _: Provider(), record=file)
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if '"content":"xx"' not in line]
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(StepError, match=r"no embedding of 1 text\(s\) for the model role 'near'; the first of them is"):
        go(made, replay=file, fresh=True)


def test_an_estimate_counts_texts_and_no_words_and_leaves_out_what_is_stored(tmp_path: Path) -> None:
    made = recipe(tmp_path)
    before = estimate(made, Options(runs=tmp_path / "runs"))
    near = before.steps[1]
    assert (near.label, near.takes.calls.high, near.takes.tokens_out.high) == ("centrality", 1, 0)
    assert near.takes.usd.low > 0
    go(made, transport=lambda _: Provider())
    after = estimate(made, Options(runs=tmp_path / "runs")).steps[1]
    assert (after.takes.calls.high, after.takes.stored.high) == (0, 3)
