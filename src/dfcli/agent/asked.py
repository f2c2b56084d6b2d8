"""What a request says that the gates of a sample go by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """What the request wants that loosens or tightens a gate.

    `any_share` says that any share of the rows may be kept ("the best 10 of a million"), `same_text` that a model may
    leave texts as they are ("correct what is wrong"), `same_score` that all rows may have one score, `repeats` that
    written texts may be alike ("name the topic"), `answer_in_question` that the answer may stand in the question
    (multiple choice, extraction). `language` is the ISO 639 code of the language that written texts must be in.
    """

    any_share: bool = False
    same_text: bool = False
    same_score: bool = False
    repeats: bool = False
    answer_in_question: bool = False
    language: str = ""
