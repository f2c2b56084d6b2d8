"""Wishes for a whole: a corpus for pre-training, a set for fine-tuning. They add what such a set needs besides."""

from __future__ import annotations

from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import CLEAN, Skill
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_VERB = (
    r"(?:clean(?:ed)?(?: up)?|prepare|filter|process|curate|tidy(?: up)?|refine|make|turn"
    r"|build|get|清洗|整理|处理|过滤|准备|清理)"
)
_THING = (
    r"(?:(?: |的)*(?:this|these|the|my|our|it|up|out|raw|scraped|messy|noisy|a|an|web"
    r"|crawl(?:ed)?|pages?|dump|texts?|corpus|data(?:set)?|documents?|docs|articles?|file|into"
    r"|网页|文本|数据|语料|爬取的?|这批|这些|这份)(?=\s|[^\x00-\x7f]|$|[.,;]))*"
)


class Goals(Skill):
    """Whole data sets."""

    name = "goals"
    stage = CLEAN

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield the goal that a request names."""
        pretrain = (
            r"(?:for |as |into |to |用于|做|作为)?(?:an? )?(?:(?:llm |language model "
            r"|model )?pre-?train(?:ing)?(?: (?:corpus|data(?:set)?|set|text))?|预训练(?:语料|数据)?)"
        )
        for found in text.find(rf"(?:{_VERB}{_THING}\s*)?{pretrain}"):
            yield self.wish(text, found.start(), found.end(), goal="pretrain")
        sft = (
            r"(?:(?:for |as |into |用于|做)?(?:an? )?(?:sft|(?:supervised )?fine-?tun(?:e|ing)"
            r"|instruction[- ]tuning|微调|指令微调)(?:[- ](?:data(?:set)?|set|ready|filter(?:ing)?"
            r"|corpus|training))*(?:数据集?|语料|训练)?)"
        )
        for found in text.find(rf"(?:{_VERB}{_THING}\s*)?{sft}"):
            yield self.wish(text, found.start(), found.end(), goal="sft")
        for found in text.find(
            r"(?:clean(?: up)?|tidy(?: up)?|清洗|清理)(?: (?:up|this|these|the|my|our|it|them|raw"
            r"|scraped|messy|noisy|web|crawl(?:ed)?|pages?|dump|texts?|data(?:set)?|documents?"
            r"|articles?|file|corpus))+|(?:清洗|清理)(?:这批|这些|一下|这份|网页|文本|数据|语料|爬虫"
            r"|的)+"
        ):
            yield self.wish(text, found.start(), found.end(), goal="clean")

    def place(self, wish: Wish) -> float:
        """Return a place after the cleaning that is asked for by name, which may be part of the whole."""
        return self.stage + 8

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the repairs that harm no text, and for a corpus what makes it one."""
        column = draft.text()
        if column is None or wish.options["goal"] == "sft":
            return
        plain = any(each.get("op") == "html_to_text" for each in draft.steps)
        entities = () if plain else ("decode_html_entities",)
        for op in ("fix_mojibake", *entities, "remove_control_characters"):
            self._once(draft, op, wish.said, column)
        if wish.options["goal"] == "pretrain":
            draft.assume(
                "for pre-training, broken characters are repaired and empty and equal texts leave; no "
                "more rules were asked for"
            )
            self._once(draft, "collapse_whitespace", wish.said, column, keep_lines=True)

    def _once(self, draft: Draft, op: str, why: str, column: str, **options: object) -> None:
        if not any(each["op"] == op and each.get("text", "text") == column for each in draft.steps if "op" in each):
            draft.step(op, why, text=column, **options)
