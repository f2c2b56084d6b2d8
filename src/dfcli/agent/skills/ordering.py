"""Wishes about the order of the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import ORDER, Skill
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text


class Ordering(Skill):
    """The order of the rows."""

    name = "ordering"
    stage = ORDER

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish to sort or to shuffle."""
        down = (
            r"(?P<down>desc(?:ending(?:ly)?)?(?: order)?|(?:in )?descending order"
            r"|(?:in )?reverse(?: order)?|high(?:est)?[- ](?:to[- ]low(?:est)?|first)|(?:largest"
            r"|biggest|longest|newest|latest|most recent|best|greatest) (?:ones )?first"
            r"|new(?:est)? to old(?:est)?|from (?:the )?(?:most|highest|largest|best|biggest|greatest|newest|longest)"
            r"(?: \w+)? to (?:the )?(?:least|lowest|smallest|worst|fewest|oldest|shortest)|(?:从高到低|由高到低"
            r"|由大到小|从多到少|由多到少|从大到小|降序|倒序|从新到旧)(?:排列|排序)?)"
        )
        up = (
            r"(?P<up>asc(?:ending(?:ly)?)?(?: order)?|(?:in )?ascending order"
            r"|low(?:est)?[- ](?:to[- ]high(?:est)?|first)|from (?:the )?(?:least|lowest|smallest|worst|fewest"
            r"|oldest|shortest)"
            r"(?: \w+)? to (?:the )?(?:most|highest|largest|best|biggest|greatest|newest|longest)|(?:smallest"
            r"|shortest|oldest|earliest"
            r"|lowest) first|old(?:est)? to new(?:est)?|alphabetical(?:ly)?|a-z|(?:从低到高|从小到大"
            r"|升序|从旧到新)(?:排列|排序)?)"
        )
        order = rf"(?:\s*[,(（，]?\s*(?:in )?(?:{down}|{up})[)）]?)?"
        for pattern in (
            (
                r"(?:sort(?:ed|ing)?|order(?:ed|ing)?|rank(?:ed)?|arrange)(?: (?:alphabetically|numerically"
                r"|chronologically|them all|it|them|the (?:rows|data"
                r"|result|output|file|rest|remaining|others)|remaining|rows|everything|all|the|results?"
                r"|output))*\s*(?:(?:in )?(?:descending|ascending)(?: order)?\s*)?(?:by|on"
                rf"|according to) (?:the )?(?P<by>{{WHOS}})(?: (?:column|field))?{order}"
            ),
            (
                rf"(?:按照?|根据|依据|以)?\s*(?P<by>{{WHOS}})\s*(?:列|字段)?\s*(?:进行|来"
                rf"|的)?\s*{order}\s*(?:排序|排列"
                rf"|排)?{order.replace('?P<down>', '?P<down2>').replace('?P<up>', '?P<up2>')}"
            ),
            r"(?:按照?)?(?:(?P<down>从高到低|从大到小|从多到少|降序|倒序)|(?P<up>从低到高|从小到大|从少到多|升序))(?:排列|排序|排)",
            (
                r"(?:(?P<down>biggest|largest|highest|greatest|most)|(?P<up>smallest|lowest|least"
                r"|fewest)) (?P<by>{COL})(?: (?:come|go|at the top|on"
                r" top))? ?first"
            ),
            (
                r"(?:(?:sort(?:ed)?|order(?:ed)?|put|with|place|list(?:ed)?|have)(?: (?:them|it|the|rows"
                r"|everything|all|by))* )?"
                r"(?P<down>(?:newest|latest|most recent|longest|highest)(?: ones| rows| texts"
                r"| documents)? (?:first|(?:on|at the) top)"
                r"|最新的?(?:在|排)?(?:最)?前面?)|(?P<up>(?:oldest|shortest|lowest|earliest)(?: ones"
                r"| rows| texts| documents)? (?:first|(?:on|at the) top))"
            ),
        ):
            for found in text.find(pattern):
                said = found.groupdict()
                said_order = re.search(r"排|序|从.到|由.到|[a-z]", found[0].replace(said.get("by") or "", ""), re.I)
                if said_order is None:
                    continue
                falling = bool(said.get("down") or said.get("down2") or re.search(r"\bdescending\b", found[0], re.I))
                columns = text.named(said["by"]) if said.get("by") else []
                if not columns and not said.get("by") and not found[0].isascii():
                    columns = text.last(found.start())[-1:]
                words = said.get("by") or found[0]
                yield self.wish(text, found.start(), found.end(), by=columns, descending=falling, words=words)
        for found in text.find(
            r"shuffl(?:e|ed|ing)(?: (?:the )?(?:rows|data|order|result|output|it|them|everything))?"
            r"|(?:in )?(?:a )?random order|randomi[sz]e the order|打乱(?:顺序|数据)?|随机(?:顺序|排序"
            r"|打乱)|乱序"
        ):
            yield self.wish(text, found.start(), found.end(), shuffle=True)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step."""
        if "shuffle" in wish.options:
            draft.step("shuffle", wish.said)
            return
        by = draft.known(wish.options["by"])
        if not by and not wish.options["by"]:
            role = draft.meant(wish.options["words"])
            by = [role] if role else self._by_length(wish, draft)
        by = [self._as_number(each, wish, draft) for each in by]
        if by:
            draft.step("sort", wish.said, by=by[0] if len(by) == 1 else by, descending=wish.options["descending"])
        elif not wish.options["by"]:
            draft.ask(f"By which column is {wish.said!r} meant?")

    def _by_length(self, wish: Wish, draft: Draft) -> list[str]:
        """Return a column of lengths where the longest or shortest texts come first; nothing otherwise."""
        text = draft.text()
        if text is None or re.search(r"longest|shortest|最长|最短", wish.options["words"], re.I) is None:
            return []
        if not any(each["op"] == "char_count" and each.get("text", "text") == text for each in draft.steps):
            draft.step("char_count", wish.said, text=text)
        return ["char_count"]

    def _as_number(self, column: str, wish: Wish, draft: Draft) -> str:
        """Return a column to sort by: short texts that are said to be great or small are sorted as numbers."""
        profiled = draft.profiled(column)
        sized = re.search(r"high|low|larg|great|small|bigg|大|小|高|低", wish.said.replace(column, ""), re.I)
        short = (
            profiled is not None and profiled.role not in ("date", "name", "id") and (profiled.mean_chars or 99) <= 12
        )
        if not sized or not short or draft.columns[column] != "str" or (profiled is not None and profiled.values):
            return column
        into = f"{column}_number"
        draft.step("compute", wish.said, value=f"try_cast({quoted_name(column)} as double)", into=into)
        draft.hidden.add(into)
        return into
