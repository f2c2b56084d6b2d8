"""Scorers that are known by name: which model, how its outputs are read, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["regression", "softmax", "sigmoid", "label", "digits"]
Long = Literal["cut", "mean"]

Preset = Literal[
    "fineweb_edu",
    "fineweb_mixtral_edu",
    "fineweb_nemotron_edu",
    "nvidia_quality",
    "nvidia_domain",
    "nvidia_multilingual_domain",
    "nvidia_content_type",
    "qurating",
    "reward_deberta",
    "toxicity",
    "toxic_bert",
    "deita_complexity",
    "deita_quality",
]


@dataclass(frozen=True)
class Scorer:
    """A published model: `pair` says that it rates a second text beside the first, `backbone` that its head is bare.

    Labels are found by their names in what the model says of itself, whatever their order there.
    """

    transformer: str
    how: How
    labels: tuple[str, ...] = ()
    pair: bool = False
    backbone: bool = False
    max_tokens: int | None = None
    long: Long = "cut"


SCORERS: dict[Preset, Scorer] = {
    "fineweb_edu": Scorer("HuggingFaceTB/fineweb-edu-classifier", "regression"),
    "fineweb_mixtral_edu": Scorer("nvidia/nemocurator-fineweb-mixtral-edu-classifier", "regression"),
    "fineweb_nemotron_edu": Scorer("nvidia/nemocurator-fineweb-nemotron-4-edu-classifier", "regression"),
    "nvidia_quality": Scorer("nvidia/quality-classifier-deberta", "softmax", ("high", "medium", "low"), backbone=True),
    "nvidia_domain": Scorer("nvidia/domain-classifier", "label", backbone=True),
    "nvidia_multilingual_domain": Scorer("nvidia/multilingual-domain-classifier", "label", backbone=True),
    "nvidia_content_type": Scorer("nvidia/content-type-classifier-deberta", "label", backbone=True),
    "qurating": Scorer(
        "princeton-nlp/QuRater-1.3B",
        "regression",
        ("writing_style", "required_expertise", "facts_and_trivia", "educational_value"),
        max_tokens=512,
        long="mean",
    ),
    "reward_deberta": Scorer("OpenAssistant/reward-model-deberta-v3-large-v2", "regression", pair=True),
    "toxicity": Scorer("s-nlp/roberta_toxicity_classifier", "softmax", ("neutral", "toxic")),
    "toxic_bert": Scorer(
        "unitary/toxic-bert",
        "sigmoid",
        ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"),
    ),
    "deita_complexity": Scorer("hkust-nlp/deita-complexity-scorer", "digits"),
    "deita_quality": Scorer("hkust-nlp/deita-quality-scorer", "digits", pair=True),
}
