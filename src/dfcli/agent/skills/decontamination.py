"""Wishes about overlap with a benchmark."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DEDUP, Skill
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text


class Decontamination(Skill):
    """Texts that overlap with a benchmark."""

    name = "decontamination"
    stage = DEDUP + 5

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish for the benchmark files named."""
        names = [each.path for each in profile.tables[1:]]
        files = "|".join(re.escape(name) for name in names) or r"[\w./-]+\.(?:jsonl|json|csv|parquet|txt)"
        file = rf"(?P<file>[`\"']?(?:{files})[`\"']?)"
        for pattern in (
            (
                r"de-?contaminat\w+(?: (?:it|the data|them))?(?: (?:against|with|from"
                r"|using))?(?: (?:the )?(?:benchmark|test|eval(?:uation)?)(?: (?:set|file"
                rf"|data))*)?\s*{file}"
            ),
            (
                r"(?:overlap\w*|appear\w*|in common|leak\w*|occur\w*|contaminat\w+)(?: (?:with|in|into"
                r"|from|by))?(?: (?:the )?(?:benchmark|test|eval(?:uation)?)(?: (?:set|file|data"
                rf"|questions))*)?(?: (?:in|of))?\s*{file}"
            ),
            (
                rf"(?:与|和|同|跟|针对)\s*(?:测试集|评测集|基准)?\s*{file}\s*(?:中的?)?(?:测试集|评测集"
                r"|数据)?\s*(?:有)?(?:重叠|重合|重复|泄漏|泄露|污染)"
            ),
            rf"(?:去污染|去除污染)[^。；]{{0,8}}{file}",
            rf"{file}[^。；，]{{0,10}}(?:去污染|污染)",
        ):
            for found in text.find(pattern):
                yield self.wish(text, found.start(), found.end(), file=found["file"].strip("`\"'"))

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step, with shorter runs where texts are short."""
        column = draft.meant(wish.said) or draft.text()
        profiled = draft.profiled(column) if column else None
        short = profiled is not None and (profiled.mean_chars or 0) < 200
        draft.step(
            "decontaminate", wish.said, text=column, files=[wish.options["file"]], **({"ngram": 8} if short else {})
        )
