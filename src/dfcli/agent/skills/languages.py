"""Wishes about the language that texts are in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import MEASURE, Skill, drops
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

LANGUAGES = {
    "en": r"english|英文|英语|英語",
    "zh": r"(?:simplified |traditional |mandarin )?chinese|mandarin|中文|汉语|简体中文|中文内容",
    "de": r"german|德文|德语",
    "fr": r"french|法文|法语",
    "es": r"spanish|西班牙文|西班牙语",
    "it": r"italian|意大利文|意大利语",
    "pt": r"portuguese|葡萄牙文|葡萄牙语",
    "ru": r"russian|俄文|俄语",
    "ja": r"japanese|日文|日语",
    "ko": r"korean|韩文|韩语",
    "ar": r"arabic|阿拉伯文|阿拉伯语",
    "nl": r"dutch|荷兰文|荷兰语",
    "pl": r"polish|波兰文|波兰语",
    "tr": r"turkish|土耳其文|土耳其语",
    "vi": r"vietnamese|越南文|越南语",
    "hi": r"hindi|印地文|印地语",
}
ANY = "|".join(LANGUAGES.values())
_ONE = "|".join(f"(?P<{code}>{pattern})" for code, pattern in LANGUAGES.items())
_THINGS = (
    r"(?:(?: |的|-)*(?:language|only|texts?|rows?|ones|documents?|docs?|pages?|posts?|reviews?"
    r"|comments?|content|entries|samples|articles|paragraphs|tweets|tickets|messages|speaking"
    r"|网页|文本|内容|数据|文章|评论|样本|部分|行|记录|回答|网站))*"
)
_NON = (
    r"(?P<non>non[- ]?|not in |isn'?t (?:in )?|aren'?t (?:in )?|is not (?:in )?"
    r"|are not (?:in )?|other than |except(?: for)?(?: the)? (?:\w+ )?|anything (?:but|not) (?:in )?|非|不是)"
)
_BEFORE = r"(?:(?:only|just|written|all|in|the|that (?:is|are)|which (?:is|are)|是|为|只|仅)\s*)*"


def code(words: str) -> str | None:
    """Return the ISO code of the first language that some words name."""
    found = re.search(_ONE, words, re.A | re.I)
    return next((name for name in LANGUAGES if found[name]), None) if found else None


class Languages(Skill):
    """Texts in certain languages only, or in any but those."""

    name = "languages"
    stage = MEASURE + 1

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish for the languages to keep, or to leave out."""
        one = rf"(?:(?<![A-Za-z])(?:{ANY})(?![a-z]))"
        several = rf"{one}(?:(?:\s*(?:,|、|和|或|/|与|及)\s*|\s+(?:and|or)\s+){one})*"
        for found in text.find(rf"{_NON}?{_BEFORE}(?P<langs>{several}){_THINGS}"):
            words, near = found["langs"], text.before(found.start(), far=True)[-60:]
            if _is_other(near, text.after(found.end())):
                continue
            if text.pattern(r"\s*[(（]\s*{COL}\s*(?:is|=|==|为|是)").match(text.rest, found.end()):
                text.take(found.start(), found.end())  # the column that is named tells
                continue
            codes = [name for name, pattern in LANGUAGES.items() if re.search(pattern, words, re.A | re.I)]
            drop = (
                (not drops(text, found.start(), default=True))
                if found["non"]
                else drops(text, found.start(), default=False)
            )
            context = text.before(found.start()) + " " + text.after(found.end())
            yield self.wish(
                text, found.start(), found.end(), codes=codes, drop=drop, columns=text.named(context), context=context
            )

        if any(text.pattern(rf"(?:{ANY})").finditer(text.said)):
            self._remarks(text)

    def _remarks(self, text: Text) -> None:
        """Take what says once more that it is the text whose language counts, and that other languages leave."""
        for found in text.find(
            r"(?:the )?{COL}(?: (?:column|field))? (?:(?:can ?not|can'?t|should not|shouldn'?t|is not to|must not) be"
            r" (?:relied (?:up)?on|trusted|believed)|is (?:not reliable|unreliable|often wrong|wrong|useless))"
            r"|(?:so )?(?:please )?(?:detect|identify|determine|recogni[sz]e|work out) (?:the )?languages?"
            r"(?: (?:yourself|by yourself|on your own|from the text|of (?:the|each) text))?"
            r"|(?:and )?(?:no|drop|remove|not) (?:all |any |the )?other languages?(?: please)?"
            r"|(?:别的|其[他它]|其余)(?:的)?(?:语种|语言|语系)的?(?:文本|内容|文档|数据)?(?:都|一律|全部?|统统)*(?:不要|不留|删掉?|去掉|剔除)(?:了)?"
        ):
            text.take(found.start(), found.end())

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add a step that tells languages apart, and what is kept."""
        context = wish.options["context"]
        column = next(iter(draft.texts(wish.options["columns"])), None) or draft.meant(context) or draft.text()
        if column is None:
            draft.ask("Which column holds the text whose language is meant?")
            return
        codes = wish.options["codes"]
        told = draft.role("language")
        into = "language" if told is None and "language" not in draft.columns else "detected_language"
        extra = {"score": f"{into}_score"} if into != "language" else {}
        named = f"'{codes[0]}'" if len(codes) == 1 else f"({', '.join(repr(each) for each in codes)})"
        sign = {(False, 1): "=", (True, 1): "<>"}.get((wish.options["drop"], len(codes)))
        kept = f"{sign or ('not in' if wish.options['drop'] else 'in')} {named}"
        if any(each["op"] == "language_id" and each["keep"].endswith(f" {kept}") for each in draft.steps):
            return  # it was said twice
        step = draft.step("language_id", wish.said, text=column, into=into, **extra)
        step["keep"] = f"{into} {kept}"
        if not wish.options["drop"]:
            draft.check(into, f"one of {', '.join(codes)}")


def _is_other(before: str, after: str) -> bool:
    """Tell whether a language is named for another reason: what is translated, or what models shall write."""
    return bool(
        re.search(
            (
                r"(?:translat\w+|convert\w*|answer(?:s|ed)?|respond|reply|write|written by|generate\w*"
                r"|speak)\b[^.;]*$|(?:统一|转|转换|变|改|换)(?:成|为)?\s*$|翻译?[^。；]*$|译成?[^。；]*$|(?:生成|用|写)[^。；，]{0,4}$"
            ),
            before,
            re.A | re.I,
        )
        or re.match(r"\s*(?:translations?|names?|stop ?words|翻译|译文)", after, re.A | re.I)
    )
