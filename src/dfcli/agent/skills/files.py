"""Wishes about files: rows of others, joined or added, and what is written in which format, in which parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.numbers import number, share
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import ORDER, OUTPUT, Skill
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

PATH = r"[`\"'“]?(?P<path>[\w./\\-]+\.(?:jsonl|json|csv|tsv|parquet|arrow)(?:\.gz|\.zst)?)[`\"'”]?"
_FORMATS = {
    "alpaca": r"alpaca",
    "sharegpt": r"share ?gpt",
    "messages": (
        r"(?:openai(?:'s)?|chat ?ml|chat|messages?|conversation(?:al)?|对话|聊天)(?: messages?"
        r"| chat| fine-?tuning)*"
    ),
    "dpo": r"dpo|preference(?: pairs?)?|chosen\s*/\s*rejected|偏好对?",
    "parquet": r"parquet",
    "csv": r"csv",
    "tsv": r"tsv",
    "jsonl": r"json ?lines|jsonl|ndjson",
}
_FORMAT = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _FORMATS.items())


class Parts(Skill):
    """Training, validation and test rows."""

    name = "parts"
    stage = ORDER + 5

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish for a split."""
        by = (
            r"(?:[^.;。；\n]{0,50}?(?:by|on|grouped by|group by|per|so that (?:the same|each|no)"
            r"|keeping (?:each|every|the same|all)|with the same|without (?:the same|any|one|a single)"
            r"|never (?:put|have) the same|按照?|根据|同一个?"
            r"|相同)\s*(?:the )?(?:same )?(?P<by>{COLS})(?: (?:landing|ending up|appearing|being|falling|going"
            r"|to be|stays?|staying) (?:together"
            r"|in (?:the same|two|both|several|more than one|different|separate) (?:parts?|sets?|splits?|sides?)))?"
            r"(?:\s*的?(?:样本|数据|行)?(?:必须|要|都|应)*(?:在|放在|分到|归到|落在)同一(?:个)?(?:部分|集合|份|边|集)|\s*的?(?:样本|数据|行)?(?:不要|不能|不得|别|不可)(?:跨|分到不同|出现在不同)(?:的)?(?:集合|部分|集)?)?)?"
        )
        numbers = r"(?P<shares>{N}\s*%?(?:\s*[/:：]\s*{N}\s*%?){1,2}|\d+%(?:[^.;。；\n]{1,25}?\d+%){1,2})"
        names = (
            r"(?:[^.;。；\n]{0,30}?(?P<names>train\w*(?:\s*(?:/|,|and|&|、|和|, and)\s*(?:val\w*|dev"
            r"|test\w*|eval\w*|hold-?out)){1,2}|训练集?(?:\s*(?:/|,|，|和|、|与)\s*(?:验证集?"
            r"|测试集?)){1,2}))?"
        )
        yield from self._held_out(text)
        for pattern in (
            rf"(?P<names>train\w*\s*(?:/|,|and|&|-)\s*(?:val\w*|dev|test\w*)(?:\s*(?:/|,|and"
            rf"|&)\s*test\w*)?) split(?: of)?\s*[(（]?{numbers}[)）]?{by}",
            rf"(?:split|divide|partition|carve|cut|划分|切分|拆分|切(?:成)?|分割|分成|分为)[^.;。；\n]{{0,40}}?{numbers}{names}{by}",
            (
                rf"(?:按照?|以)?\s*{numbers}\s*(?:的?比例)?\s*(?:train\S*\s*)?(?:split|划分|切分|拆分|切成?|分割|分成|分为"
                rf"|的?比例[^。；，\n]{{0,6}}(?:划分|切分|拆分|分))[^.;。；，\n]{{0,6}}{names}{by}"
            ),
            rf"(?:an? |the )?{numbers} (?P<names>train\w*\s*(?:/|-|and)\s*(?:val\w*|dev|test\w*"
            rf"|eval\w*))(?: split)?{by}",
            (
                r"(?:split|divide|划分|切分|拆分)(?: (?:it|the data|them|rows|the rows|into|in|up"
                rf"|数据))*\s*(?:成|为)?{names}{by}"
            ),
            (
                r"(?:add|make|create|need|with|hold out|留出)[^.;。；\n]{0,12}(?:train|test|validation"
                r"|hold-?out|验证集|测试集)[^.;。；\n]{0,12}(?:split|set"
                r"|column)(?P<names>(?!))?(?P<shares>(?!))?"
            )
            + by,
        ):
            for found in text.find(pattern):
                said = found.groupdict()
                if re.search(r"sentences?|lines?|paragraphs?|words|句", found[0], re.I) and not said.get("shares"):
                    continue
                yield self.wish(
                    text,
                    found.start(),
                    found.end(),
                    shares=_shares(said.get("shares") or "", text.said[found.start() : found.end()]),
                    by=text.named(said["by"]) if said.get("by") else [],
                    stratify=bool(re.search(r"stratif|分层", found[0] + text.after(found.end()), re.I)),
                )

    def _held_out(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for a part that is set aside: `hold out 5% as a test set`, 拿10%当验证集."""
        unit = r"\s*(?P<unit>%|％|percent|per cent|成)"
        for found in text.find(
            rf"(?:hold|set|put|keep|leave|reserve|take)(?: (?:out|aside|back|apart))? (?:about "
            rf"|a random )?(?P<n>{{N}}){unit}"
            r"(?: (?:of|from) (?:it|them|the (?:rows|data|rest|examples|whole)|all(?: rows)?))?(?: (?:out|aside|back))?"
            r" (?:as|for) (?:an? |the |our )?(?:separate |own |held-out )?"
            r"(?P<part>test|validat\w+|val|dev\w*|eval\w*|hold-?out)(?:ing)?(?: (?:set|split|part|data|rows))?"
            rf"|(?:再)?(?:随机)?(?:拿|留出?|取|抽取?|切出?|划出?)(?:出"
            rf"|其中)?(?:的)?\s*(?P<n2>{{N}}){unit.replace('unit', 'unit2')}"
            r"(?:的)?(?:数据|样本)?\s*(?:来)?(?:当|作为?|做成?|用作|用于)\s*(?P<part2>验证|测试|开发|评估)(?:集|用)?"
        ):
            said = found.groupdict()
            one = share(
                said["n"] or said["n2"],
                (said["unit"] or said["unit2"]).lower().replace("％", "%").replace("per cent", "percent"),
            )
            part = said["part"] or said["part2"]
            name = "test" if re.match(r"test|hold|测试", part, re.I) else "validation"
            shares = {"train": round(1 - one, 6), name: round(one, 6)}
            yield self.wish(text, found.start(), found.end(), shares=shares, by=[], stratify=False)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step; equal keys stay together."""
        by = draft.known(wish.options["by"])
        key = by or [draft.role("id") or draft.text() or next(iter(draft.columns), "")]
        options: dict[str, object] = {
            "key": key[0] if len(key) == 1 else key,
            "shares": wish.options["shares"],
            "exact": True,
        }
        if wish.options["stratify"] and by:
            options |= {"key": draft.role("id") or draft.text(), "stratify": by[0]}
        if not by:
            draft.assume(f"rows with equal values of {key[0]!r} stay in the same part")
        draft.step("split", wish.said, **options)
        draft.show("split")
        draft.check("split", f"one of {', '.join(wish.options['shares'])}")


class Outputs(Skill):
    """The file that is written."""

    name = "outputs"
    stage = OUTPUT

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield wishes for a path and for a format."""
        given = {each.path for each in profile.tables}
        into = (
            r"(?:(?:save|write|export|output|store|put|dump|result|保存|写入?|导出|输出|存)(?: (?:it"
            r"|them|the (?:result|output|rows|data)|everything|result|results|out|all))*\s*(?:as|to"
            r"|in(?:to)?|=|:|at|on|到|为|成|至)*\s*|(?:into|to) )(?:the )?(?:file |文件)?"
        )
        for found in text.find(rf"{into}{PATH}"):
            if found["path"] not in given:
                yield self.wish(text, found.start(), found.end(), path=found["path"])
        for found in text.find(rf"(?<=[,，:：(（]) ?{PATH}(?=\s*(?:[)）.。;；]|$))"):
            if found["path"] not in given:
                yield self.wish(text, found.start(), found.end(), path=found["path"])
        verb = (
            r"(?:(?:convert(?:ed|ing)?|export(?:ed)?|turn|transform(?:ed)?|format(?:ted)?|save|write"
            r"|output|reshape|put|change|make|give me|want|need|转换?|导出|输出|整理|保存|存成?为?|写成|转成|拼成"
            r"|做成|组成|拼接成"
            r"|变成)(?: (?:[\x00]+|it|them|the (?:result|output|rows|data|file|pairs)|this|these|everything"
            r"|all|the|alpaca|sharegpt|rows?|data|result|output|file|from|my|final))*\s*(?:(?:in)?to"
            r"|as|in|成|为|到)?\s*(?:an? |the )?)"
        )
        noun = (
            r"(?:[- ]?(?:style|compatible|ready))?(?: ?(?:对话|聊天|chat|conversations?|records?)(?= ?(?:format"
            r"|格式|[.,;，。；]|out of|$)))?"
            r"(?: ?(?:format|schema|layout|files?|jsonl?"
            r"|data(?:set)?|structure|training (?:data|file)|格式|文件|数据))+"
        )
        for found in text.find(
            rf"{verb}?(?:{_FORMAT}){noun}"
            rf"|(?:{verb}|\bas (?:an? )?|[(（]|格式\s*(?:为|是|用|：|:)?\s*)(?:{_FORMAT.replace('?P<', '?P<b_')})"
            rf"(?![\w])(?:格式|[)）])?"
        ):
            said = found.groupdict()
            name = next((each for each in _FORMATS if said.get(each) or said.get(f"b_{each}")), None)
            if name == "messages" and re.search(r"\bmessages?\s+(?:column|field)", found[0], re.I):
                continue
            yield self.wish(text, found.start(), found.end(), format=name)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Set the output's path or format, and which columns are its fields."""
        if "path" in wish.options:
            draft.output["path"] = wish.options["path"]
            return
        name = wish.options["format"]
        if name in ("parquet", "csv", "tsv", "jsonl"):
            draft.output["ending"] = name
            return
        if name == "messages" and not re.search(r"openai|chat ?ml|messages", wish.said, re.I):
            draft.assume("a chat format is OpenAI's: a column messages of objects with role and content")
        draft.output["format"] = name


def _shares(words: str, said: str) -> dict[str, float]:
    """Return the parts and their shares: `90/10` of train and test, or validation where that is named."""
    values = [float(number(each)) for each in re.findall(r"\d+(?:\.\d+)?", words)]
    valid = re.search(r"\bval\w*|\bdev\b|eval|验证", said, re.I)
    names = (
        ["train", "validation", "test"]
        if len(values) == 3 or (not values and valid and re.search(r"test|测试", said, re.I))
        else ["train", "validation" if valid else "test"]
    )
    values = values or ([0.8, 0.1, 0.1] if len(names) == 3 else [0.9, 0.1])
    total = sum(values)
    return {name: round(value / total, 4) for name, value in zip(names, values, strict=False)}
