"""Wishes about two columns of a row that say the same: an answer that only repeats its question."""

from __future__ import annotations

from collections.abc import Iterator

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import CLEAN, DROP, DROP_ZH, Skill, drops
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text


class Equalities(Skill):
    """Rows whose two texts are equal, but for case and spaces around them."""

    name = "equalities"
    stage = CLEAN + 8

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish per pair of columns."""
        rows = (
            r"(?:(?:all |any |the |those )*(?:rows?|examples?|pairs?|samples?|records?|ones|those|items) (?:where"
            r"|whose|in which)(?: the)? )?"
        )
        for found in text.find(
            rf"(?:{DROP} )?{rows}(?P<one>{{WHO}}) (?:merely |just |only |simply |exactly |literally )*"
            r"(?P<not>(?:does not|doesn'?t|is not|isn'?t) )?(?:repeats?|copy|copies|echo(?:es)?|equals?|parrots?"
            r"|(?:is |are )?(?:the same as|identical"
            r" to|equal to|a copy of)) (?:the |its |their )?(?P<other>{WHO})(?: (?:verbatim|word for word|exactly))?"
            rf"|(?:{DROP_ZH})?(?P<one2>{{WHO}})\s*(?:只是|仅仅?|完全|就是|直接)*\s*(?:重复|照抄|复述|等于|与|和|跟)\s*(?:了)?(?P<other2>{{WHO}})\s*(?:完全)?(?:相同|一样|一致)?的?"
        ):
            said = found.groupdict()
            one, other = text.named(said["one"] or said["one2"]), text.named(said["other"] or said["other2"])
            words = [said["one"] or said["one2"], said["other"] or said["other2"]]
            if said["one2"] and not any(
                each in found[0] for each in ("重复", "照抄", "复述", "相同", "一样", "一致", "等于")
            ):
                continue
            unequal = drops(text, found.start(), default=True) or found[0].lower().startswith(("drop", "remove"))
            yield self.wish(
                text,
                found.start(),
                found.end(),
                columns=[*one[:1], *other[:1]],
                words=words,
                unequal=unequal != bool(said["not"]),
            )

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the condition; ask where the columns are not known."""
        columns = draft.known(wish.options["columns"])
        if len(columns) < 2:
            columns = [each for each in map(draft.meant, wish.options["words"]) if each]
        if len(set(columns)) < 2:
            draft.ask(f"Which two columns does {wish.said!r} compare?")
            return
        one, other = (f"lower(trim({quoted_name(each)}))" for each in columns[:2])
        sign = "<>" if wish.options["unequal"] else "="
        draft.step("where", wish.said, condition=f"{one} {sign} {other}", reason="repeats")
