"""Wishes about the fields of chat formats: which column is whose turn, what stands beside them, how turns must be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.numbers import number
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DEDUP, DROP, DROP_ZH, ROWS, Skill
from dfcli.agent.skills.bounds import ONE, SUFFIXED, bound
from dfcli.agent.skills.condition_steps import filled
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_FIELDS = {
    "chosen": r"chosen|preferred|accepted|winning|正例|优选",
    "rejected": r"rejected|dispreferred|losing|负例|劣选",
    "system": r"system(?: (?:message|prompt))?|系统提示",
    "asked": r"human|users?|instruction|prompt|question|customer|用户|指令|提问|人类",
    "answered": r"gpt|assistant|output|response|answer|bot|completion|助手|机器人|回答|回复",
}
"""Fields of all chat formats, and what requests call them. The last two have another name in each format."""

_KEYS: Mapping[str, Mapping[str, str]] = {
    "dpo": {"asked": "prompt"},
    "messages": {"asked": "user", "answered": "assistant"},
    "sharegpt": {"asked": "human", "answered": "gpt"},
    "alpaca": {"asked": "instruction", "answered": "output"},
}
_CHAT = re.compile(
    r"share ?gpt|alpaca|\bdpo\b|chat ?ml|\bmessages\b|chat (?:format|data)|\bchosen\b|preference|conversations?|对话"
    r"|聊天|偏好",
    re.I,
)
_NOUN = r"(?: (?:one|ones|answers?|responses?|turns?|sides?|roles?|parts?|fields?|columns?|messages?))?"


class Chat(Skill):
    """What the fields of a chat format are, and what conversations are kept."""

    name = "chat"
    stage = ROWS

    def place(self, wish: Wish) -> float:
        """Return where a wish is built: fields are known before any step, equal conversations leave after the rest."""
        if "field" in wish.options or "beside" in wish.options:
            return 0
        return DEDUP if "repeats" in wish.options else self.stage

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield wishes where a chat format is spoken of; elsewhere these words mean other things."""
        if not _CHAT.search(text.said):
            return
        self._names_alone(text)
        yield from self._fields(text)
        yield from self._either(text)
        yield from self._beside(text)
        if any(each.role == "messages" for table in profile.tables[:1] for each in table.columns):
            yield from self._turns(text)

    def _names_alone(self, text: Text) -> None:
        """Take names of a format's own fields, which say no more than the format: `(user/assistant)`."""
        names = r"(?:prompt|chosen|rejected)"
        for found in text.find(
            rf"(?:(?:输出|得到|生成|写成)\s*|(?:as|with|in|into|to) (?:the )?(?:columns?|fields?) )"
            rf"{names}(?:\s*[,，、/]\s*(?:and )?{names}){{2}}(?:\s*(?:三列|三个字段|的))?|(?:for|to use (?:with"
            rf"|in)) (?:trl|axolotl"
            r"|llama-?factory|unsloth|openai|fine-?tuning)(?! format)"
            r"|[(（]\s*(?:(?:as|with|in)\s+)?(?:user\s*/\s*assistant|human\s*/\s*gpt|role\s*/\s*content|prompt\s*/\s*chosen\s*/\s*rejected"
            r"|instruction\s*/\s*(?:input\s*/\s*)?output)(?: (?:turns?|conversations?|pairs?|fields?|messages?))?"
            r"\s*(?:对话|格式|字段|轮次)?\s*[)）]"
        ):
            text.take(found.start(), found.end())

    def _fields(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for each column that is said to be a field: `good is the chosen one, bad the rejected`."""
        names = "|".join(f"(?P<{field}>{words})" for field, words in _FIELDS.items())
        back = "|".join(f"(?P<{field}_>{words})" for field, words in _FIELDS.items())
        ends = r"(?![A-Za-z0-9_])"
        links = (
            r"\s*(?:列|字段)?\s*(?:(?:is|are|as|becomes?|holds?|means|goes (?:in)?to|should (?:be|become)|for|maps to"
            r"|being) (?:the |an? )?|=|→|->|=>|:|：|作为|当作|当成|对应|充当|当|为|是|做)\s*(?:the )?"
        )
        forward = rf"(?:把|将)?(?P<col>{{COL}})(?:{links}|(?P<elided>\s+the\s+))(?:{names}){ends}{_NOUN}"
        backward = (
            rf"(?:the )?(?:{back}){ends}{_NOUN}\s*(?:is|are|=|←|<-|:|：|comes? from|from|用|取自|来自|取|是|为)\s*"
            rf"(?:the (?:column )?)?(?P<col_>{{COL}})"
        )
        for found in text.find(rf"[(（]?(?:{forward}|{backward})\s*[)）]?"):
            said = found.groupdict()
            named = text.named(said["col"] or said["col_"])
            field = next(each for each in _FIELDS if said.get(each) or said.get(f"{each}_"))
            spoken = said.get(field) or said.get(f"{field}_")
            if named and not (said["col_"] and spoken in text.columns):  # `output is from url` speaks of a column
                yield replace(
                    self.wish(text, found.start(), found.end(), field=field, column=named[0]), turn=0, excluded=False
                )

    def _either(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for rows where one of the fields that were named has nothing."""
        rows = r"(?: (?:all|any|the|those))*(?: [a-z]+)?"
        for found in text.find(
            rf"(?:{DROP})(?:{rows}) (?:where|whose|with|if|that (?:have|lack)|in which) (?:any |either |one |at least"
            r" one )?(?:one )?(?:of )?(?:the |these |those )?(?:two|them|both|either|sides?|fields?|turns?)(?: (?:is"
            r"|are|being))? (?:missing|empty|blank|null|absent)"
            rf"|(?:其中)?(?:任一|任何一个|有一个|缺一个|任意一[个方边]|有一[边方])(?:字段|列|边|方)?(?:为空|缺失|是空的?|没有)?的?\s*(?:都|就)?{DROP_ZH}"
        ):
            yield self.wish(text, found.start(), found.end(), either=True)

    def _beside(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for columns that are written beside a chat format's own."""
        for found in text.find(
            r"(?:(?:with|keep(?:ing)?|including|include|plus|along with|and) (?:the |their |its )?(?P<cols>{COLS})"
            r"(?: (?:columns?|fields?))?(?:,? (?:kept|next to (?:it|them)|beside (?:it|them)|alongside|preserved"
            r"|retained|as well|too|as (?:an )?extra(?: columns?| fields?)?|in (?:an )?extra columns?))"
            r"|(?:together with|along with|next to) (?:the |their )?(?P<cols2>{COLS})(?: (?:columns?|fields?))?"
            r"|(?:同时|并|也|且|一并)?(?:保留|带上|附上|连同|留着|附带)(?:原来的|原有的|原)?\s*(?P<cols3>{COLS})\s*(?:列|字段)?"
            r"(?=\s*(?:$|[，。；,.;!！)）])))"
        ):
            said = found.groupdict()
            columns = text.named(said["cols"] or said["cols2"] or said["cols3"])
            yield replace(self.wish(text, found.start(), found.end(), beside=columns), turn=0)

    def _turns(self, text: Text) -> Iterator[Wish]:
        """Yield wishes about the turns of conversations: how many, whose is the last, and that none is there twice."""
        for found in text.find(
            rf"(?:with|having|that have|contain(?:ing)?|有|含)?\s*(?:(?:{ONE})|(?:{SUFFIXED}))\s*(?:turns"
            rf"|messages|轮(?:对话)?|条消息)"
        ):
            limits = bound(found)
            yield self.wish(text, found.start(), found.end(), low=limits.low, high=limits.high, open=limits.open)
        who = r"(?P<who>assistant|gpt|model|bot|user|human|助手|用户|模型)"
        for found in text.find(
            rf"(?:and )?(?:whose|the|with the|where the|that) ?(?P<end>last|final|first) (?:turn"
            rf"|message)s? ?(?:is|are|being"
            rf"|must be|should be|comes?)?(?: (?:by|from|of|the|an?))* {who}(?:'s)?"
            rf"|(?:that )?(?P<end2>end|start|begin)(?:s|ing)? (?:with|on) (?:an? "
            rf"|the )?{who.replace('who>', 'who2>')}(?: (?:turn|message))?"
            rf"|(?P<end3>最后|第)一(?:轮|条|句)(?:消息|对话|话)?(?:必须|要|应该?)?(?:是|由|为"
            rf"|来自)?\s*{who.replace('who>', 'who3>')}(?:说的|发的|的)?"
        ):
            said = found.groupdict()
            place = (said["end"] or said["end2"] or said["end3"]).lower()
            user = (said["who"] or said["who2"] or said["who3"]).lower() in ("user", "human", "用户")
            last = place in ("last", "final", "end", "最后")
            yield self.wish(text, found.start(), found.end(), whose="last" if last else "first", user=user)
        for found in text.find(
            r"(?:(?:drop|remove) )?(?:exact )?(?:repeats?|duplicates?|copies)(?: of)?(?: the| a| an"
            r"| same)* conversations?"
            r"(?: (?:go|leave|are (?:out|dropped|removed)))?"
            r"|(?:完全)?(?:重复|一样|相同)的对话(?:都|也)?(?:去掉|删掉?|不要|只留一[份个条])?|对话(?:完全)?重复的(?:都|也)?(?:去掉|删掉?|不要)?"
        ):
            yield self.wish(text, found.start(), found.end(), repeats=True)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Note fields and columns, or add the step."""
        options = wish.options
        if "field" in options:
            for column in draft.known([options["column"]]):
                draft.fields[options["field"]] = column
        elif "beside" in options:
            draft.beside = [*draft.beside, *draft.known(options["beside"])]
        elif "either" in options:
            there = list(draft.fields.values()) or [
                each
                for each in (draft.role("instruction", "question", "prompt"), draft.role("response", "answer"))
                if each is not None
            ]
            tests = [filled(name, draft.columns[name]) for name in there]
            draft.step("where", wish.said, condition=" and ".join(tests), reason="missing")
        else:
            self._add_turns(wish, draft)

    def _add_turns(self, wish: Wish, draft: Draft) -> None:
        options, column = wish.options, draft.role("messages")
        if column is None:
            draft.ask("Which column holds the conversations?")
            return
        name = quoted_name(column)
        if "repeats" in options:
            draft.step("dedup_exact", wish.said, on=column)
        elif "whose" in options:
            place = f"array_length({name})" if options["whose"] == "last" else "1"
            key = "from" if "from:" in draft.columns[column].replace(" ", "") else "role"
            made = f"{options['whose']}_turn", f"{options['whose']}_{key}"
            draft.step("compute", wish.said, value=f"array_get({name}, {place})", into=made[0])
            draft.step("compute", wish.said, value=f'{made[0]}."{key}"', into=made[1])
            roles = ("user", "human") if options["user"] else ("assistant", "gpt")
            draft.step("where", wish.said, condition=f"{made[1]} in {roles!r}", reason=f"{options['whose']}_turn")
            draft.hidden.update(made)
            draft.columns.update(dict.fromkeys(made, "str"))
        else:
            sign = (">" if options["open"] else ">=", options["low"])
            sign = sign if options["low"] is not None else ("<" if options["open"] else "<=", options["high"])
            draft.step(
                "where",
                wish.said,
                condition=f"array_length({name}) {sign[0]} {int(number(str(sign[1])))}",
                reason="turns",
            )


def chat_fields(name: str, draft: Draft) -> dict[str, str | None]:
    """Return the columns of a chat format's fields: as they were named, else by their roles in the data."""
    keys = _KEYS.get(name, {})
    named = {keys.get(field, field): column for field, column in draft.fields.items()}
    usual = _usual(name, draft)
    if named and "messages" in usual:
        usual = {keys["asked"]: None, keys["answered"]: None}
    return usual | {key: draft.name(column) for key, column in named.items() if key in usual or key == "system"}


def _usual(name: str, draft: Draft) -> dict[str, str | None]:
    asked = draft.role("instruction", "question", "prompt", "title")
    answered = draft.role("response", "answer", "chosen", "text")
    system = draft.role("system")
    if name == "dpo":
        return {
            "prompt": draft.role("prompt", "instruction", "question"),
            "chosen": draft.role("chosen"),
            "rejected": draft.role("rejected"),
        }
    if draft.role("messages") and name in ("messages", "sharegpt"):
        return {"messages": draft.role("messages")}
    if name == "alpaca":
        there = "input" if "input" in draft.columns else None
        return {"instruction": asked, "input": there, "output": answered, "system": system}
    who = ("user", "assistant") if name == "messages" else ("human", "gpt")
    return {"system": system, who[0]: asked, who[1]: answered}


def missing_fields(name: str, draft: Draft) -> list[str]:
    """Return the fields without which a format cannot be written, that no column is known for."""
    fields = chat_fields(name, draft)
    return [key for key, column in fields.items() if column is None and key not in ("system", "input")]
