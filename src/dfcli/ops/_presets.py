"""Scorers that are known by name: which model, how its outputs are read, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["regression", "softmax", "sigmoid", "digits"]

Preset = Literal[
    "fineweb_edu",
    "nvidia_quality",
    "qurating",
    "reward_deberta",
    "toxicity",
    "toxic_bert",
    "deita_complexity",
    "deita_quality",
]


@dataclass(frozen=True)
class Scorer:
    """A published model: `pair` says that it rates a second text beside the first, `backbone` that its head is bare."""

    transformer: str
    how: How
    labels: tuple[str, ...] = ()
    pair: bool = False
    backbone: bool = False


SCORERS: dict[Preset, Scorer] = {
    "fineweb_edu": Scorer("HuggingFaceTB/fineweb-edu-classifier", "regression"),
    "nvidia_quality": Scorer("nvidia/quality-classifier-deberta", "softmax", ("high", "medium", "low"), backbone=True),
    "qurating": Scorer(
        "princeton-nlp/QuRater-1.3B",
        "regression",
        ("writing_style", "required_expertise", "facts_and_trivia", "educational_value"),
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
