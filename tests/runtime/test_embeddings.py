"""Embeddings made in this process: by a tiny model that the tests make themselves, through the real library."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_model import make

from dfcli.errors import EnvironmentLacks, RecipeError, StepError
from dfcli.recipes.load import parse
from dfcli.recipes.model import ModelSpec, Recipe
from dfcli.runtime.engine import Options, run
from dfcli.runtime.events import RunDone
from dfcli.runtime.prices import FREE, price_of
from dfcli.runtime.transports import transport_for
from dfcli.runtime.transports.addresses import is_local, unbatched, uninstalled, unserved
from dfcli.runtime.transports.keys import key_variable
from dfcli.runtime.transports.local import Local, Named, named
from dfcli.runtime.world import Here

NAME = "sentence-transformers/all-MiniLM-L6-v2"
TEXTS = ["how many singers are there", "a dog ran", "", "count the singers in each city", "a dog ran"]
ASK = {"op": "ask", "prompt": "{{ text }}", "samples": 3}
NEAR = {"op": "centrality", "text": "answer", "model": "near"}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("model"))


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    """A copy of the model, for a test to spoil."""
    return shutil.copytree(tiny, tmp_path / "copy")


def spec(folder: Path) -> ModelSpec:
    return ModelSpec(model=f"sentence-transformers/{folder}")


def embed(model: ModelSpec, *batches: Sequence[str]) -> list[list[list[float]]]:
    """Return the vectors of batches of texts that are asked for at the same time."""

    async def work() -> list[list[list[float]]]:
        transport = transport_for(model)
        try:
            return [each.vectors for each in await asyncio.gather(*(transport.embed(model, each) for each in batches))]
        finally:
            await transport.close()

    return asyncio.run(work())


def test_each_text_has_a_vector_of_length_one_whatever_the_batch(tiny: Path) -> None:
    whole, one, two = embed(spec(tiny), TEXTS, TEXTS[:1], TEXTS[1:])
    assert [math.hypot(*each) for each in whole] == pytest.approx([1.0] * 5, abs=1e-6)
    assert [len(each) for each in whole] == [16] * 5
    assert whole[1] == whole[4] != whole[0]
    for vector, alone in zip(whole, [*one, *two], strict=True):
        assert vector == pytest.approx(alone, abs=1e-5)


def test_the_same_texts_have_the_same_vectors_to_the_bit(tiny: Path) -> None:
    assert embed(spec(tiny), TEXTS) == embed(spec(tiny), TEXTS)


def test_vectors_are_those_of_the_library(tiny: Path) -> None:
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(tiny), device="cpu").encode(TEXTS).tolist()
    wanted = [[each / math.hypot(*vector) for each in vector] for vector in plain]
    for got, want in zip(embed(spec(tiny), TEXTS)[0], wanted, strict=True):
        assert got == pytest.approx(want, abs=1e-5)


def test_no_texts_have_no_vectors(tiny: Path) -> None:
    assert embed(spec(tiny), []) == [[]]


def test_a_text_longer_than_the_model_takes_is_embedded_all_the_same(tiny: Path) -> None:
    ((vector,),) = embed(spec(tiny), ["dog " * 1000])
    assert math.hypot(*vector) == pytest.approx(1.0, abs=1e-6)


def test_nothing_is_printed(tiny: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from transformers.utils import logging

    bars: Any = logging
    bars.enable_progress_bar()
    embed(spec(tiny), TEXTS)
    assert capfd.readouterr() == ("", "")


def test_the_library_is_not_loaded_before_the_first_text() -> None:
    code = (
        "import sys; from dfcli.recipes.model import ModelSpec; from dfcli.runtime.transports import transport_for;"
        f"transport_for(ModelSpec(model={NAME!r})); print(*({{'torch', 'sentence_transformers'}} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


class Patient:
    """A model that has vectors only once the loop has gone on."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()

    def encode(self, texts: list[str], **_: bool) -> Any:
        import numpy as np

        return np.full((len(texts), 1), float(self.goes_on.wait(10)))


def test_calls_to_other_models_go_on_meanwhile() -> None:
    async def work() -> list[list[float]]:
        local, model = Local(ModelSpec(model=NAME)), Patient()
        local._model = model
        task = asyncio.create_task(local.embed(ModelSpec(model=NAME), ["a"]))
        await asyncio.sleep(0)
        model.goes_on.set()
        return (await task).vectors

    assert asyncio.run(work()) == [[1.0]]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLacks, match=f"cannot be loaded: there is no folder {tmp_path}/none"):
        embed(spec(tmp_path / "none"), ["a"], ["b"])


def test_a_folder_that_is_no_such_model_is_not_guessed_at(copy: Path) -> None:
    (copy / "modules.json").unlink()
    with pytest.raises(EnvironmentLacks, match=r"has no modules\.json, so it is no sentence-transformers model"):
        embed(spec(copy), ["a"])


def test_a_damaged_model_is_a_sentence(copy: Path) -> None:
    (copy / "model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(EnvironmentLacks, match=r"copy cannot be loaded: \w+"):
        embed(spec(copy), ["a"])


@pytest.mark.parametrize("file", ["modules.json", "config.json"])
def test_code_that_comes_with_a_model_is_not_run(copy: Path, file: str) -> None:
    ran = copy / "ran"
    (copy / "own.py").write_text(f"open({str(ran)!r}, 'w').close()\nclass Own: pass\n", encoding="utf-8")
    data = json.loads((copy / file).read_text(encoding="utf-8"))
    if file == "modules.json":
        data[0]["type"] = "own.Own"
    else:
        data |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own"}}
    (copy / file).write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(EnvironmentLacks, match="it brings code of its own, which dfcli does not run"):
        embed(spec(copy), ["a"])
    assert not ran.exists()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which models of the Hub are kept, and no network."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("name", "kept"), [("tiny", "sentence-transformers--tiny"), ("me/tiny@v2", "me--tiny")])
def test_a_model_of_the_hub_that_is_here_needs_no_network(hub: Path, tiny: Path, name: str, kept: str) -> None:
    folder = hub / f"models--{kept}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / ("v2" if "@" in name else "main")).write_text("0123456789", encoding="utf-8")
    shutil.copytree(tiny, folder / "snapshots" / "0123456789")
    assert embed(ModelSpec(model=f"sentence-transformers/{name}"), TEXTS) == embed(spec(tiny), TEXTS)


def test_without_network_a_model_that_is_not_here_cannot_be_loaded(hub: Path) -> None:
    with pytest.raises(EnvironmentLacks, match=f"^{NAME} cannot be loaded: it is not on this machine, and the Hugging"):
        embed(ModelSpec(model=NAME), ["a"])


@pytest.mark.parametrize(
    ("model", "want"),
    [
        ("all-MiniLM-L6-v2", Named("sentence-transformers/all-MiniLM-L6-v2")),
        ("BAAI/bge-m3", Named("BAAI/bge-m3")),
        ("BAAI/bge-m3@5617a9f", Named("BAAI/bge-m3", "5617a9f")),
        ("/models/a@b", Named(folder=Path("/models/a@b"))),
        ("./mine", Named(folder=Path.cwd() / "mine")),
        ("~/mine", Named(folder=Path.home() / "mine")),
    ],
)
def test_a_name_is_a_folder_or_a_model_of_the_hub(model: str, want: Named) -> None:
    assert named(f"sentence-transformers/{model}") == want


def test_a_local_model_has_no_key_and_no_price() -> None:
    model = ModelSpec(model=NAME)
    assert (is_local(model), key_variable(model), price_of(model)) == (True, None, FREE)
    assert isinstance(transport_for(model), Local)


@pytest.mark.parametrize(
    "elsewhere", [{"base_url": "http://localhost:1/v1"}, {"transport": "litellm"}, {"model": "openai/sentence"}]
)
def test_a_model_of_that_name_may_be_elsewhere(elsewhere: dict[str, str]) -> None:
    assert not is_local(ModelSpec.model_validate({"model": NAME, **elsewhere}))


def test_ways_to_reach_it_that_there_are_not_are_mistakes() -> None:
    assert "cannot be reached with `transport: direct`" in str(unserved(ModelSpec(model=NAME, transport="direct")))
    assert "has no batch API" in str(unbatched(ModelSpec(model=NAME, batch=True)))


def test_a_missing_extra_is_said_with_what_to_install() -> None:
    sentence = f"{NAME} runs in this process and needs an extra: pip install 'dfcli[embed]'"
    assert uninstalled(ModelSpec(model=NAME), lambda extra: [extra]) == sentence
    assert uninstalled(ModelSpec(model=NAME)) is None
    assert uninstalled(ModelSpec(model="openai/x"), lambda extra: [extra]) is None


def recipe(folder: Path, *steps: Any, **models: Any) -> Recipe:
    (folder / "in.jsonl").write_text("".join(f'{{"text": "t{n}"}}\n' for n in range(7)), encoding="utf-8")
    data = {"name": "r", "input": "in.jsonl", "output": str(folder / "out.jsonl"), "steps": list(steps)}
    return parse({**data, "models": {"default": "dfcli/echo", **models}}, folder=folder, world=Here())


def go(made: Recipe, **options: Any) -> RunDone:
    *_, done = run(made, replace(Options(runs=made.folder / "runs"), **options))
    assert isinstance(done, RunDone)
    return done


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_sample_nearest_to_the_others_goes_on(tiny: Path, tmp_path: Path) -> None:
    best = {"op": "best_of", "score": "centrality"}
    done = go(recipe(tmp_path, ASK, NEAR, best, near=spec(tiny).model))
    assert [each.dropped for each in done.steps] == [{}, {}, {"not_best": 14}]
    assert {row["text"] for row in rows(tmp_path)} == {f"t{n}" for n in range(7)}
    assert [(each.role, each.usage.calls, each.usage.usd, each.usage.unpriced) for each in done.models][1] == (
        ("near", 1, 0.0, 0)
    )


def test_the_model_is_part_of_what_decides_a_checkpoint(tiny: Path, copy: Path, tmp_path: Path) -> None:
    def reused(model: Path) -> list[bool]:
        return [
            each.parts == each.parts_reused for each in go(recipe(tmp_path, ASK, NEAR, near=spec(model).model)).steps
        ]

    assert [reused(tiny), reused(tiny), reused(copy)] == [[False, False], [True, True], [True, False]]


@pytest.mark.parametrize("part_rows", [1, 2, 4, 100])
def test_siblings_are_measured_together_however_the_rows_are_cut(tmp_path: Path, part_rows: int) -> None:
    made = recipe(tmp_path, ASK, {"op": "sample", "fraction": 1.0}, NEAR, near="dfcli/echo")
    go(made, part_rows=100, ask_rows=100)
    want = rows(tmp_path)
    assert max(row["centrality"] for row in want) < 1
    go(made, part_rows=part_rows, ask_rows=part_rows, fresh=True)
    assert rows(tmp_path) == want


def test_siblings_that_were_put_apart_cannot_be_measured(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="centrality: the siblings were put apart by step 'sort'; centrality before"):
        recipe(tmp_path, ASK, {"op": "sort", "by": "answer"}, NEAR, near="dfcli/echo")


def test_a_folder_that_is_not_there_is_found_by_the_check(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="none cannot be loaded: there is no folder /no/model/none"):
        recipe(tmp_path, ASK, NEAR, near="sentence-transformers//no/model/none")


def test_asking_it_in_words_is_a_mistake_that_the_check_finds(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=f"ask: {NAME} makes embeddings and answers no prompts"):
        recipe(tmp_path, ASK, default=NAME)


def test_asking_it_in_words_stops_a_run_that_was_not_checked(tmp_path: Path) -> None:
    unchecked = replace(recipe(tmp_path, ASK), models={"default": ModelSpec(model=NAME)})
    with pytest.raises(StepError, match="makes embeddings and answers no prompts"):
        go(unchecked)


def test_a_step_that_embeds_needs_a_model(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no model has the role 'near'"):
        recipe(tmp_path, ASK, NEAR)
