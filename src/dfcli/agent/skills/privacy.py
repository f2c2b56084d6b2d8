"""Wishes about personal data: masked in the text, or rows with it left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DROP, DROP_ZH, PRIVACY, Skill
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_KINDS = {
    "email": r"e-?mails?(?: (?:address(?:es)?|ids?))?|邮箱(?:地址)?|电子邮件(?:地址)?|邮件地址",
    "phone": r"(?:tele)?phone(?: ?numbers?|s)?|mobile numbers?|phone nos?\.?|(?:手机|电话)(?:号码?)?|联系电话",
    "ip": r"ip(?: address(?:es)?|s)?|ip\s*地址",
    "credit_card": r"credit ?cards?(?: numbers?)?|card numbers?|(?:信用卡|银行卡)(?:号码?)?",
    "iban": r"ibans?|bank accounts?(?: numbers?)?|银行账号",
    "national_id": (
        r"national ids?(?: numbers?)?|id(?:entity)? (?:card )?numbers?|ssns?"
        r"|social security numbers?|passports?(?: numbers?)?|身份证(?:号码?)?"
    ),
    "secret": r"(?:api )?keys?|secrets?|tokens?|credentials|passwords?|密钥|密码",
}
_ALL = (
    r"(?:any |all |the )?(?:pii|personal(?:ly)? (?:identifiable )?(?:data|info(?:rmation)?"
    r"|details)|private (?:data|info(?:rmation)?|details)|sensitive (?:personal )?(?:data"
    r"|info(?:rmation)?)|contact (?:data|details|info(?:rmation)?)|个人(?:隐私)?信息"
    r"|隐私(?:信息|数据)?|敏感信息|联系方式|个人数据)"
)
_KIND = "|".join(_KINDS.values())
_LIST = (
    rf"(?:{_KIND})(?:(?:\s*(?:,\s*and|,|、|和|及|与|或|/|&)\s*|\s+(?:and|or|nor)\s+"
    rf"|(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff]))(?:any |all |the "
    rf"|every |each |no )?(?:{_KIND}))*"
)
_MASK = (
    r"(?:mask(?:ed|ing)?(?: out)?|anonymi[sz](?:e|ed|ing)|redact(?:ed|ing)?|scrub(?:bed|bing)?"
    r"|hide|obfuscate|replace|censor|pseudonymi[sz]e|black out|de-?identify|脱敏|匿名化?|打码"
    r"|屏蔽|遮盖|掩码|隐藏|替换掉?|抹掉)"
)
_ROWS = (
    r"(?:rows?|texts?|documents?|docs?|records?|samples?|lines|posts?|messages?|tickets?"
    r"|anything|everything|those|entries|行|数据|文本|样本|记录)"
)
_FILL = r"(?:\s*(?:out|all|any|the|every|away|each|of|from|有|所有的?|其中的|文本中的|里的|里面的|中的|对|把|将))*\s*"
_TAIL = (
    r"(?: (?:with|by) (?:an? )?(?:placeholders?|tags?|\[?<?[A-Z_]+>?\]?))?(?: (?:in|from"
    r"|of)(?: the)? {COLS}(?: (?:columns?|fields?|texts?))?)?"
)


class Privacy(Skill):
    """Personal data."""

    name = "privacy"
    stage = PRIVACY

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish to mask kinds of personal data, or to leave out the rows that hold some."""
        what = (
            rf"(?P<all>{_ALL})(?:\s*[（(:：,，]?\s*(?:such as|like|e\.?g\.?,?|including|i\.?e\.?,?|如"
            rf"|例如|包括|比如)?\s*(?P<some>{_LIST})\s*(?:等)?[)）]?)?|(?P<list>{_LIST})(?:\s*(?:等"
            rf"|and other)\s*(?P<rest>{_ALL})?)?"
        )
        rows = (
            rf"(?:(?:{DROP}|{DROP_ZH}){_FILL}{_ROWS}?\s*(?:that |which )?(?:with|contain(?:ing|s)?"
            r"|hav(?:e|ing)|includ(?:ing|e)|that mention|含有?|包含|带有?|涉及到?|泄露|透露"
            rf"|有)\s*{_FILL}(?:{what})(?:\s*的(?:行|数据|文本|样本|记录))?)"
        )
        whole = (
            rf"(?:含有?|包含|带有?|有|出现|涉及到?|泄露了?|透露了?)\s*(?:{what})的?(?:\s*(?:整条|整行|整个|那些|行|数据|样本"
            rf"|记录|都|全部|一律|直接))*\s*(?:{DROP_ZH}|删)"
            rf"|{_ROWS} (?:that |which )?(?:with|contain(?:ing)?|hav(?:e|ing)|mention(?:ing)?) (?:any "
            rf"|an? )?(?:{what.replace('?P<', '?P<b_')})"
            r"(?: (?:should|must|have to|can|need to))? (?:go|be (?:dropped|removed)|are out|out)"
        )
        for pattern in (rows, whole):
            for found in text.find(pattern):
                yield self._wish(text, found, drop=True)
        for found in text.find(
            rf"(?:,|，|、|\bor\b|\band\b|和|或|及)\s*(?:with |any |containing |含有?|涉及到?)*(?:{what})(?: (?:in"
            rf"|inside) (?:it|them))?"
            rf"(?:\s*的)?(?:\s*(?:行|样本|数据|记录|内容)?(?:{DROP_ZH}))?"
        ):
            before = text.before(found.start(), far=True)
            if re.search(
                rf"\b(?:{_ROWS}|pages?|any \w+|answers?|questions?)\b[^.;]*\b(?:with|contain|hav)|涉及|含|有毒",
                before + found[0],
            ):
                yield self._wish(text, found, drop=True)
        for found in text.find(
            rf"(?:that |which |and )*(?:mentions?|contains?|ha(?:s|ve)|includes?|holds?|with) (?:no|neither) (?:{what})"
        ):
            yield self._wish(text, found, drop=True)
        self._spared(text)
        self._unmasked(text)
        yield from self._masked(text, what)

    def _spared(self, text: Text) -> None:
        """Take what must be left as it is: nothing has to be done for it."""
        spared = (
            rf"(?:but |and )?(?:leave|keep)\s+(?:the |all |any )?(?:{_LIST}|urls?|links?"
            r"|names?)(?: (?:alone|as (?:is|they are)|untouched|intact|in))"
            r"|(?:but |and )?(?:don'?t|do not) (?:touch|change|alter) (?:the |any )?"
            rf"(?:{_LIST}|urls?|links?|names?)"
            rf"|(?:{_LIST}|网址|链接)(?:保持|保留)?(?:不变|不动|原样|别动|不要动)"
        )
        for found in text.find(spared):
            text.take(found.start(), found.end())

    def _unmasked(self, text: Text) -> None:
        """Take `don't just mask them` where the rows are to leave."""
        for found in text.find(
            r"[,，]?\s*(?:而)?(?:不要|别|不用)(?:打码|脱敏)|,? ?(?:don'?t|do not"
            r"|not) (?:just )?mask(?:ed)?(?: (?:it|them))?"
        ):
            if any(word in text.said[: found.start()] for word in ("删", "drop", "remov", "out", "去掉", "不要")):
                text.take(found.start(), found.end())

    def _masked(self, text: Text, what: str) -> Iterator[Wish]:
        said = list(self._said_to_mask(text, what))
        yield from said
        if said:
            for found in text.find(
                rf"(?:{what})(?:\s*(?:也|都)*(?:一样|如此|同理|照做|同样处理)|,? (?:too|as well|likewise))"
            ):
                yield self._wish(text, found)
        for found in text.find(
            rf"(?:{what})\s*(?:(?:should|must|need to|has to|have to) be |are |is |to be |都?要?(?:做"
            r"|进行)?|信息)?\s*(?:masked|anonymi[sz]ed|redacted|scrubbed|hidden|removed|脱敏|匿名化?"
            r"|打码|屏蔽|掩码|替换|处理掉|不(?:能|得|许|可|应该?|要)(?:被)?(?:泄露|外泄|暴露|看到|看见|公开|可见))"
        ):
            yield self._wish(text, found)
        yield from self._free_of(text)

    def _said_to_mask(self, text: Text, what: str) -> Iterator[Wish]:
        """Yield wishes that a verb of masking tells."""
        for pattern in (
            rf"{_MASK}{_FILL}(?:{what}){_TAIL}",
            (
                rf"(?:{what})\s*(?:都|全部|统一|一律|也)*(?:用|以|换成|替换[成为]|改成)[^，。；,;]{{0,4}}?(?:占位符|星号|[*＊]+|标记|掩码|xxx)"
                r"\s*(?:来)?(?:替换|代替|替代|遮住|盖住)?(?:掉)?"
            ),
        ):
            for found in text.find(pattern):
                yield self._wish(text, found)

    def _free_of(self, text: Text) -> Iterator[Wish]:
        """Yield wishes for texts without any personal data, and for rows without kinds that are named."""
        for found in text.find(
            rf"(?:(?:{DROP}|{DROP_ZH}|no|without|free of|clean|zero|去|清除){_FILL}|(?:must"
            r"|should) not (?:contain|have"
            rf"|include)(?: any)? )(?P<all>{_ALL})(?P<some>(?!))?(?P<list>(?!))?{_TAIL}|(?P<free>pii"
            r"|personal data|privacy)[- ](?:free|safe)"
        ):
            yield self._wish(text, found)
        for found in text.find(
            rf"(?:{DROP}|{DROP_ZH}){_FILL}(?P<list>(?!{_KINDS['email']}\s*(?:$"
            rf"|[.;,。；，]))(?:{_LIST})){_TAIL}(?P<all>(?!))?(?P<some>(?!))?"
        ):
            if re.search(
                _KINDS["phone"] + "|" + _KINDS["national_id"] + "|" + _KINDS["credit_card"], found["list"], re.I
            ):
                yield self._wish(text, found)

    def _wish(self, text: Text, found: re.Match[str], *, drop: bool = False) -> Wish:
        said = {name.removeprefix("b_"): each for name, each in found.groupdict().items() if each}
        listed = said.get("list") or said.get("some") or ""
        kinds = (
            []
            if said.get("rest")
            else [kind for kind, pattern in _KINDS.items() if re.search(pattern, listed, re.A | re.I)]
        )
        columns = text.named(text.said[found.start() : found.end()]) or text.named(text.after(found.end()))
        return self.wish(text, found.start(), found.end(), kinds=kinds, drop=drop, columns=columns)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add a step that masks, or one that finds and keeps what has none."""
        named = draft.known(wish.options["columns"])
        columns = named or self._texts(draft)
        kinds = {"kinds": wish.options["kinds"]} if wish.options["kinds"] else {}
        for column in columns:
            if wish.options["drop"]:
                into = "pii_count" if column == columns[0] else f"{column}_pii_count"
                found = {} if column == columns[0] else {"found": f"{column}_pii_kinds"}
                step = draft.step("find_pii", wish.said, text=column, count=into, **found, **kinds)
                step["keep"] = f"{into} = 0"
                draft.check(into, "at most 0")
            else:
                draft.step("mask_pii", wish.said, text=column, **kinds)

    def _texts(self, draft: Draft) -> list[str]:
        """Return all columns of prose: personal data hides in each of them."""
        main = draft.text()
        found = [main] if main else []
        for name, kind in draft.columns.items():
            profiled = draft.profiled(name)
            prose = (
                profiled is not None
                and (profiled.mean_chars or 0) >= 20
                and profiled.role not in ("id", "url", "date", "sql", "code")
            )
            if kind == "str" and prose and name not in found:
                found.append(name)
        return found
