"""Wishes about the text of a column: markup, links, whitespace, and whatever else is cut or repaired in place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import CLEAN, DROP_ZH, Skill
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_CUT = (
    r"(?:strip|remove|delete|drop|clean(?: up| out)?|get rid of|cut(?: out)?|take out"
    r"|throw (?:out|away)|eliminate|erase|without|no|去掉|去除|删除|删掉|清除|清理|清洗|移除"
    r"|剥离|剔除|不要|过滤掉?|去(?![重年世]))"
)
_FIX = r"(?:fix|repair|correct|clean(?: up)?|resolve|mend|handle|修复|修正|纠正|处理|解决|修一下)"
_NORMAL = (
    r"(?:normali[sz]e|unify|standardi[sz]e|squeeze|collapse|clean(?: up)?|trim|fix"
    r"|tidy(?: up)?|规范化?|统一|归一化|合并|压缩|清理|整理)"
)
_FILL = (
    r"(?:\s*(?:all|any|of|the|out|from|stray|leftover|left-over|remaining|embedded|inline|raw"
    r"|those|these|every|and|所有的?|全部|掉|文本中的|[\u4e00-\u9fff]{0,3}里面?的|[\u4e00-\u9fff]{0,3}中的|残留的?|多余的?|,|、|和|以及|及|与|跟|/"
    r"|or|\+|&|plus|as well as|along with))*\s*"
)


class _Rule(NamedTuple):
    """What is said, the operator that does it, and its place among the others: markup goes before whitespace."""

    rank: int
    pattern: str
    op: str
    options: Mapping[str, Any] = {}


_NOUNS: tuple[_Rule, ...] = (
    _Rule(
        10,
        (
            r"html\s*(?:标签|标记|代码)|(?<![\u4e00-\u9fff])标签|(?<=去掉)标签|html(?: (?:tags?|markup|code"
            r"|elements?|stuff))?(?!\s*(?:entit"
            r"|实体))|<[a-z]+> tags?|网页标签|markup(?! language)|tags?(?=\s*(?:[.,;]|$|and\b|or\b))"
        ),
        "html_to_text",
    ),
    _Rule(12, r"(?:html )?entit(?:y|ies)(?! names)|html\s*实体|实体(?:字符|编码)", "decode_html_entities"),
    _Rule(14, r"markdown(?: (?:syntax|formatting|markup))?|markdown\s*(?:标记|格式|语法)", "markdown_to_text"),
    _Rule(
        18,
        (
            r"control (?:chars?|characters?)|invisible characters?|zero[- ]width(?: (?:chars?"
            r"|characters?|spaces?))?|non-?printable(?: characters?)?|控制字符|不可见字符|零宽字符"
        ),
        "remove_control_characters",
    ),
    _Rule(32, r"e-?mails?(?: addresses)?|邮箱(?:地址)?|电子邮件(?:地址)?", "remove_emails"),
    _Rule(30, r"urls?|links?|hyperlinks?|web addresses|网址|链接|网页地址|超链接", "remove_urls"),
    _Rule(34, r"emojis?|emoticons?|表情(?:符号)?|颜文字|smileys?", "remove_emoji"),
    _Rule(38, r"image (?:references|links|tags)|图片(?:引用|链接)", "remove_image_references"),
    _Rule(
        40,
        (
            r"(?:(?:cookie|privacy|navigation|nav|footer|header|menu|boilerplate|subscribe|share"
            r"|social)[- /]*(?:and|/|,)?\s*)+(?:banners?|lines?|notices?|text|bars?|menus?|junk|stuff"
            r"|buttons?|crap|footers?|headers?|links)|[\"“][^\"”]{3,60}[\"”] (?:lines?|links?|buttons?|notices?)"
            r"|(?:lines? of )?boilerplate(?: lines?)?|样板(?:文字|文本"
            r"|内容)?|导航栏?|页脚"
            r"|navigation(?! \w+ing)|cookie\s*(?:提示|声明|横幅|弹窗)|广告(?:文字|行|语)?|模板(?:文字|文本|内容)"
        ),
        "remove_boilerplate_lines",
    ),
    _Rule(42, r"(?:code )?licen[sc]e headers?|copyright headers?|版权(?:头|声明)", "remove_license_header"),
    _Rule(
        44,
        (
            r"citations?|reference (?:marks|numbers|markers)|footnotes?"
            r"|\[\d+\](?:-style)? (?:citations?|references?|markers?)|引用标记|脚注|参考文献标记"
            r"|引文标号"
        ),
        "remove_references",
    ),
    _Rule(45, r"bibliograph(?:y|ies)|reference (?:lists?|sections?)|参考文献(?:列表)?", "remove_bibliography"),
    _Rule(46, r"tables?(?: text)?|表格(?:文本)?", "remove_table_text"),
    _Rule(48, r"latex comments?", "remove_latex_comments"),
    _Rule(50, r"repeated sentences|duplicate(?:d)? sentences|重复(?:的)?句子", "remove_repeated_sentences"),
    _Rule(52, r"(?:standalone )?(?:numbers|digits)|数字", "remove_numbers"),
    _Rule(54, r"stop ?words|停用词", "remove_stop_words"),
    _Rule(56, r"punctuation(?: marks)?|标点(?:符号)?", "remove_punctuation"),
    _Rule(
        60,
        (
            r"(?:extra|redundant|excess(?:ive)?|double|multiple|superfluous|trailing|leading|surplus"
            r"|weird|messy|repeated|unnecessary)\s*(?:white ?spaces?|spaces?"
            r"|blanks?)(?: and (?:line breaks|newlines|tabs|blank lines))?|white ?spaces?|空白(?:字符"
            r"|符)?|多余的?空[格白行]|空格"
        ),
        "collapse_whitespace",
    ),
)
"""Things that are cut out: a verb of cutting goes before them."""

_PHRASES: tuple[_Rule, ...] = (
    _Rule(
        5,
        (
            rf"(?:{_FIX}{_FILL})?(?:mojibake|(?:broken|bad|wrong|messed[- ]up|garbled|mangled"
            r"|double) (?:encoding|characters?|utf-?8|unicode)s?|(?:character )?encoding (?:errors?"
            r"|issues?|problems?|glitches)|garbled (?:text|characters?)|乱码|编码(?:错误"
            r"|问题))(?:问题)?"
        ),
        "fix_mojibake",
    ),
    _Rule(
        10,
        (
            r"(?:convert|turn|transform|extract) (?:the )?html (?:in)?to (?:plain |clean )?text"
            r"|(?:plain )?text (?:out of|from) (?:the )?html|html\s*(?:转换?成?|变成|到)(?:纯)?文本"
            r"|(?:提取|抽取)\s*html\s*(?:中的)?(?:正文|文本)"
        ),
        "html_to_text",
    ),
    _Rule(
        12,
        (
            r"(?:decode|unescape|resolve|convert|fix|解码|转换|还原)(?: (?:all|the"
            r"|any))*\s*(?:html )?(?:entit(?:y|ies)|html\s*实体)|&amp;\S* (?:back )?(?:in)?to\s\S+"
            r"|unescape html"
        ),
        "decode_html_entities",
    ),
    _Rule(
        14,
        r"(?:convert |turn |strip )?markdown (?:in)?to (?:plain )?text|markdown\s*转(?:成|为)?(?:纯)?文本",
        "markdown_to_text",
    ),
    _Rule(
        20,
        (
            rf"(?:{_NORMAL}(?: (?:the|all|to))*\s*)unicode(?: (?:to )?(?:NFK?[CD]))?"
            r"|\bNFK?C\b(?: normali[sz](?:e|ation))?|unicode normali[sz]ation|(?:规范化?|统一"
            r"|归一化)\s*unicode|unicode\s*(?:规范化|归一化|标准化)"
        ),
        "normalize_unicode",
    ),
    _Rule(
        22,
        (
            r"(?:full[- ]?width|全角)(?:\s*(?:characters?|字符|标点(?:符号)?|字母|数字"
            r"|punctuation))?\s*(?:in)?(?:to|转换?(?:成"
            r"|为)?)\s*(?:half[- ]?width|半角)"
        ),
        "normalize_unicode",
        {"form": "NFKC"},
    ),
    _Rule(
        24,
        (
            r"(?:统一|转换?|变|改|换)(?:成|为)\s*简体(?:中文|字)?"
            r"|(?:convert |turn |transform )?(?:traditional(?: chinese)?(?: characters)?|繁体(?:中文"
            r"|字)?)\s*(?:都|统一|全部)?(?:in)?(?:to|转换?(?:成|为)?|→)\s*(?:simplified(?: chinese)?|简体(?:中文|字)?)"
        ),
        "convert_chinese",
    ),
    _Rule(
        24,
        (
            r"(?:convert |turn |transform )?(?:simplified(?: chinese)?(?: characters)?|简体(?:中文"
            r"|字)?)\s*(?:in)?(?:to|转换?(?:成|为)?|→)\s*(?:traditional(?: chinese)?|繁体(?:中文|字)?)"
        ),
        "convert_chinese",
        {"way": "s2t"},
    ),
    _Rule(
        61,
        (
            r"(?:trim|strip|remove|cut|drop) (?:the )?leading (?:and|or|/) trailing (?:white ?spaces?|spaces?|blanks)"
            r"|(?:trim|strip)(?:(?: off)? (?:the )?(?:leading and trailing |stray |outer |surrounding "
            r"|extra )?(?:white ?spaces?|spaces?|blanks)"
            r"(?: at both ends)?)?(?: (?:from|in|of|off))?(?: (?:it|them|both|all|that"
            r"|values))?(?! (?:html|urls?|the|tags?|markup|emo|markdown|e-?mail))"
            r"|去除?首尾的?空[白格](?:字符)?|去掉首尾的?空[白格](?:字符)?"
        ),
        "trim",
    ),
    _Rule(26, r"(?:expand|spell out|展开)(?: (?:all|the|english))*\s*(?:contractions|缩写)", "expand_contractions"),
    _Rule(
        28,
        (
            rf"(?:{_NORMAL}(?: (?:all|the))*\s*)(?:quotes?(?: and dashes)?|quotation marks|curly quotes"
            r"|smart quotes|punctuation|标点(?:符号)?)|(?:turn|convert|change|make|replace)(?: (?:the"
            r"|all))* (?:curly|smart|typographic"
            r"|fancy) quotes? (?:(?:in)?to|with|by)?(?: \w+)? ?(?:straight|plain|ascii)(?: (?:ones|quotes))?"
            r"|(?:straighten|ascii-?fy) quotes"
        ),
        "normalize_punctuation",
    ),
    _Rule(
        47,
        (
            r"(?:join|repair|fix|merge|rejoin|unwrap) (?:the )?(?:broken |wrapped |hyphenated "
            r"|hard )*(?:lines|line ?breaks|line wraps|hyphenation)|(?:合并|修复)(?:断行|换行|折行)"
        ),
        "repair_lines",
    ),
    _Rule(
        57,
        (
            r"(?:collapse|squeeze|reduce|shorten|合并|压缩)(?: (?:the|all|runs of))*\s*(?:repeated"
            r"|multiple|consecutive|重复的?|连续的?)\s*(?:punctuation(?: marks)?|exclamation marks"
            r"|标点(?:符号)?)(?:[!?]+)?"
        ),
        "collapse_punctuation",
    ),
    _Rule(
        58,
        (
            r"(?:convert |turn |change |make |put )?(?:the |all |every)?\s*(?:text |it "
            r"|everything )?(?:(?:in)?to )?lower[- ]?case(?:d)?(?: the text| text| it| everything)?"
            r"|lowercasing|(?:转换?(?:成|为)?|变成|全部|统一)?小写(?:化)?"
        ),
        "lowercase",
    ),
    _Rule(
        60,
        (
            rf"{_NORMAL}(?: (?:up|all|the|any|extra|repeated|multiple|consecutive|double|redundant"
            rf"|runs? of))*\s*(?:white ?spaces?|spaces|spacing|blank(?:s| space| runs?)"
            r"|空白(?:字符|符)?|空格|空行)(?:字符)?"
            r"(?:(?:,|,? and|,? or|/|和|、)\s*(?:the )?(?:newlines|new lines|line ?breaks|tabs|blank lines"
            r"|换行符?|空行))*"
        ),
        "collapse_whitespace",
    ),
    _Rule(
        26,
        (
            r"(?:correct|fix|repair) (?:the )?(?:spelling|typos?|misspellings?)|spell[- ]?check"
            r"|纠正拼写|修正错别字|拼写(?:纠正|检查|修正)"
        ),
        "correct_spelling",
    ),
    _Rule(55, r"lemmati[sz]e|lemmati[sz]ation|词形还原", "lemmatize_words"),
    _Rule(55, r"\bstem(?:ming)?(?: (?:the )?words)?\b|词干(?:提取|化)", "stem_words"),
    _Rule(
        29,
        (
            r"(?:normali[sz]e|unify|standardi[sz]e|convert|统一|规范化?)(?: (?:all"
            r"|the))*\s*(?:dates?(?: formats?)?(?: to (?:iso|yyyy-mm-dd))?|日期(?:格式)?)"
        ),
        "normalize_dates",
    ),
    _Rule(
        29, r"(?:normali[sz]e|unify|standardi[sz]e|统一|规范化?)(?: (?:all|the))*\s*(?:units?|单位)", "normalize_units"
    ),
)
"""Whole phrases."""

_TRIM = "trim"
"""Spaces at both ends, which an expression takes away; no operator's name."""

_RANK = {rule.op: rule.rank for rule in (*_NOUNS, *_PHRASES)}
_WHERE = (
    r"(?:(?: from| in| out of| of| on| within| inside| for)(?: the| each| every"
    r"| all)*\s+{COLS}(?: (?:columns?|fields?|texts?))?)?"
)


class Cleaning(Skill):
    """Text in place: what is cut out of it, and what is repaired."""

    name = "cleaning"
    stage = CLEAN

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per operator; `strip urls, emails and html` is three."""
        for rule in _PHRASES:
            for found in text.find(rf"(?:{rule.pattern}){_WHERE}"):
                yield self._wish(text, found.start(), found.end(), rule)
        yield from self._named_first(text)
        verbs = list(text.find(_CUT))
        for verb in verbs:
            yield from self._objects(text, verb.start(), verb.end())

    def _named_first(self, text: Text) -> Iterator[Wish]:
        """Yield what stands before its verb: `html and urls out`, 链接、邮箱全部清除."""
        nouns = "|".join(rule.pattern for rule in _NOUNS)
        listed = (
            rf"(?:\b|(?<=[^\x00-\x7f]))(?:{nouns})(?:(?:\s*(?:,|、|和|以及|及|与|/|&|\+)\s*"
            rf"|\s+and\s+)(?:the )?(?:{nouns}))*"
        )
        gone = (
            rf"(?:\s*(?:(?:should|must|needs? to|ha(?:s|ve) to|are|is|to|be|all|get|gets) )*(?:out(?! of)|off|gone"
            rf"|removed|stripped|deleted"
            rf"|cleaned(?: out| up)?|cut(?: out)?)(?![a-z])|\s*(?:都|全部?|统统|一律|要|给我|也)*\s*(?:{DROP_ZH}"
            rf"|清理|清洗掉?|删了?|去了|抹[掉去除]|清空))"
        )
        for found in text.find(rf"(?P<where>{{WHO}}\s*(?:里面?|中)?的?\s*)?(?P<list>{listed}){gone}"):
            for rule in _NOUNS:
                one = re.search(rf"(?<![A-Za-z])(?:{rule.pattern})(?![A-Za-z])", found["list"], re.A | re.I)
                if one is not None and one[0].lower() not in text.columns:
                    yield self._wish(text, found.start(), found.end(), rule)

    def _objects(self, text: Text, start: int, at: int) -> Iterator[Wish]:
        """Yield what a verb of cutting has for objects, one after the other: `strip urls, emoji and html tags`."""
        while True:
            for rule in _NOUNS:
                found = text.pattern(
                    rf"{_FILL}(?:\b|(?<=[^\x00-\x7f]))(?P<noun>{rule.pattern})(?![A-Za-z])(?!\s*(?:columns?|fields?|列|字段)){_WHERE}"
                ).match(text.rest, at)
                if found is not None and found["noun"].lower() not in text.columns:
                    yield self._wish(text, start, found.end(), rule)
                    start = at = found.end()
                    break
            else:
                return

    def _wish(self, text: Text, start: int, end: int, rule: _Rule) -> Wish:
        words = text.said[start:end]
        said_both = re.search(r"\b(?:both|it|them|that)\b", words + text.said[end : end + 9], re.I)
        columns = text.named(words) or (text.last(start) if said_both else [])
        where = re.match(r"\s*(?:from|in|of|on)\s+(?:the |each |every |all )?(\w+)", text.said[end : end + 40], re.I)
        return self.wish(
            text, start, end, op=rule.op, options=dict(rule.options), columns=columns, where=where[1] if where else ""
        )

    def place(self, wish: Wish) -> float:
        """Return the place of the operator among the others."""
        return self.stage + _RANK.get(wish.options["op"], 50) / 10

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add a step per column."""
        named = draft.known(wish.options["columns"])
        columns: list[str | None] = [*named] or [draft.meant(wish.options["where"]) or draft.text()]
        for column in columns:
            if column is None:
                draft.ask("Which column holds the text that is to be cleaned?")
            else:
                self.step(draft, wish, column)

    def step(self, draft: Draft, wish: Wish, column: str) -> None:
        """Add the step for one column, but not twice."""
        if wish.options["op"] == _TRIM:
            draft.step("compute", wish.said, value=f"trim({quoted_name(column)})", into=column)
            return
        given = {"op": wish.options["op"], "text": column, **wish.options["options"]}
        if not any(each["op"] == given["op"] and each.get("text", "text") == column for each in draft.steps):
            draft.step(given.pop("op"), wish.said, **given)
