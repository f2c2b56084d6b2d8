"""Wishes about the values of columns: comparisons, categories, missing values, what a text contains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Column, Profile
from dfcli.agent.skills import condition_steps
from dfcli.agent.skills.base import CLEAN, DROP, DROP_ZH, KEEP, ROWS, Skill, drops, drops_words
from dfcli.agent.skills.bounds import BETWEEN, ONE, SUFFIXED, bound, demanded, kept
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text, unquoted

_IS = r"(?: (?:column|field))?\s*(?:is|are|was|equals?|=|==|为|是|等于|列)?\s*"
_THING = r"(?: (?:rows?|records?|entries|items|ones|values?|lines|examples?|samples?))?"
_MISSING = r"(?:missing|empty|blank|null|nan|none|n/a|no|absent|缺失|为空|空值|空|没有|缺少)"


class Conditions(Skill):
    """Rows by the values of their columns."""

    name = "conditions"
    stage = ROWS

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per condition."""
        yield from self._ended(text)
        yield from self._linked(text)
        yield from self._missing(text, profile)
        yield from self._true(text, profile)
        yield from self._compared(text, profile)
        yield from self._known(text, profile)
        yield from self._equal(text, profile)

    def _missing(self, text: Text, profile: Profile) -> Iterator[Wish]:
        rows = (
            r"(?:rows?|records?|entries|ones|lines|examples?|samples?|pairs?|items|those|anything"
            r"|[a-z]{3,}s(?= with)|行|数据"
            r"|记录|样本)?"
        )
        for pattern in (
            (
                rf"(?:(?:{DROP}|{DROP_ZH}|skip|ignore|no|without|filter(?: out)?)(?: (?:all|any|the"
                rf"|those))*\s*)?{rows}\s*(?:where "
                r"|with |that (?:have|has|are) |whose |having |which (?:have|has) |without )?(?:an? |the "
                r"|any )?(?:(?:missing|empty|blank|null|no|without)(?:(?: or |/| and |, )(?:missing|empty"
                r"|blank|null))*)\s+(?:an? )?(?:(?:values? )?(?:in "
                rf"|for )?(?:the )?)?(?P<cols>{{WHOS}})(?: (?:values?|fields?|columns?))?(?! (?:or"
                r"|and) (?:duplicate|dupl))"
            ),
            (
                rf"(?:(?:{DROP}|{DROP_ZH}|skip)(?: (?:all|any|the|those))*\s*)?{rows}\s*(?:where |whose "
                r"|if |when |that have )?(?:the |their |either "
                rf"|any of )?(?P<cols>{{WHOS}}(?: or {{WHO}})*)(?: (?:column"
                r"|field|value))?s?(?: (?:is|are|=|==|being))?(?: (?:sometimes|often|occasionally|either"
                r"|just|still|all))*"
                r" (?:missing|empty|blank|null|none|nan)(?:(?:,? or |/|, ?)(?:missing|empty|blank|null"
                r"|whitespace(?: only)?"
                r"|nothing(?: but \w+)?|nan|none|n/a))*[)\]]?(?:\s*[:,]?\s*(?:->|→|-|–)?\s*(?:out|(?:drop"
                r"|remove|skip|toss|lose"
                r")(?: (?:those|these|them|it))?)(?![\w]))?"
            ),
            (
                r"(?P<cols>{WHOS})\s*(?:列|字段)?\s*(?:中|的)?\s*(?:有|存在|是|为|任一|都)?\s*(?:缺失|为空"
                r"|空值|空的?|没有(?:值|内容)|是空的?)(?:的|值)*\s*(?:行|数据|记录"
                r"|样本)?(?:\s*(?:都)?(?:去掉|删除|删掉|剔除|过滤掉?|丢弃|移除|丢掉|不要))?"
            ),
            rf"(?:{DROP_ZH})\s*(?:所有)?\s*(?:没有|缺少|缺失)\s*(?P<cols>{{WHOS}})\s*(?:的)?\s*(?:行|数据|记录|样本)?",
            (
                r"(?P<cols>{COLS}) (?:must|should|may|can)(?: ?not| never)? (?:be )?(?:non-?(?:empty|null)"
                r"|filled|present|set|empty|null|missing|blank)"
            ),
            (
                r"(?:both |all of )?(?:the |whose )?(?P<cols>{COLS}) (?:are |is |must be )?(?:required|non-?empty"
                r"|present|filled"
                r"|(?:isn'?t|aren'?t|not) (?:empty|null|missing|blank))"
            ),
        ):
            for found in text.find(pattern):
                yield self.wish(
                    text, found.start(), found.end(), missing=text.named(found["cols"]), context=found["cols"]
                )
        anything = (
            r"(?:(?:missing|empty|null|nan|blank)(?: (?:or|and) (?:missing|empty|null"
            r"|blank))?(?: (?:values?|fields?|cells?|data|rows?|records?|texts?|entries|lines"
            r"|documents|pages|responses?|answers?|ones|strings?|bodies))?|nulls|空值|缺失值?|空(?:行"
            r"|文本|内容|数据|白行|的)|incomplete (?:rows?|records?|pairs?|entries)|不完整的?(?:行"
            r"|数据|记录|样本)?)"
        )
        sides = (
            r"(?:without|with no|no|missing|lacking|with empty) (?:any )?(?:text|content"
            r"|values?)?(?: (?:on|in|at|for) (?:either|any|one|both)(?:"
            r" of)?(?: the)? (?:sides?|ends?|of them))"
        )
        for found in text.find(rf"(?:(?:{DROP})(?: (?:all|any|the|those|ones|rows|pairs))* )?{sides}"):
            yield self.wish(text, found.start(), found.end(), missing=[], context="incomplete pair")
        verb = (
            rf"(?:(?:{DROP}|{DROP_ZH}|no|without|filter|skip|ignore|handle|clean(?: up)?)(?: (?:all|any"
            r"|the|out|rows?|records?|entries|those|lines|examples|samples|pairs|where|with"
            r"|that (?:have|are|contain)|containing|having|which (?:are|have)|some (?:of them )?(?:are"
            r"|is)))*\s*(?:有|含有|所有"
            r"|包含)?\s*)"
        )
        for found in text.find(rf"{verb}{anything}"):
            yield self.wish(text, found.start(), found.end(), missing=[], context=found[0] + text.after(found.end()))

    def _ended(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for texts that come to their end: `must not be cut off`, 结尾必须是句号, 没写完的不要."""
        marks = (
            r"(?:(?:[.!?。！？]|a )?(?:full stop|period|question mark|exclamation (?:mark|point)|sentence[- ]final "
            r"punctuation|punctuation(?: mark)?|句号|问号|感叹号|叹号|标点|[.!?。！？])(?:\s*(?:,|/|or"
            r"|、|或者?|和)?\s*)?)+"
        )
        for pattern in (
            (
                r"(?:(?P<who>{WHO})\s*)?(?:(?:must|should|may|can)(?: ?not|n't) be |not |never |aren'?t |isn'?t )?"
                r"(?:cut[- ]off|truncated|incomplete sentences?|unfinished|cut short)(?:(?: in)? mid-?sentence)?"
                r"(?:\s*[,(（]?\s*(?:i\.?e\.?,? |so |they |must |should )*(?:end|finish)(?:s|ing)? (?:with"
                rf"|in|on) (?:an? )?{marks}[)）]?)?"
            ),
            (
                r"(?:(?P<who>{WHO})\s*)?(?:must |should |has to |have to |that |which |don'?t |do not |doesn'?t )*"
                rf"(?:end|finish)(?:s|ing)? (?:with|in|on) (?:an? )?{marks}"
            ),
            (
                rf"(?:(?P<who>{{WHO}})\s*)?(?:的)?(?:结尾|末尾|最后)(?:必须|要|应该?|得)?(?:是|为|有"
                rf"|以)?\s*{marks}\s*(?:结尾|结束)?"
                r"(?:[,，]?\s*(?:没写完|没说完|不完整|被截断|截断)的?(?:不要|去掉|删掉?)?)?"
            ),
            r"(?:(?P<who>{WHO})\s*)?(?:没写完|没说完|被?截断|戛然而止)的?(?:\s*(?:不要|去掉|删掉?|剔除))?",
        ):
            for found in text.find(pattern):
                who = found["who"] or text.before(found.start())
                yield self.wish(text, found.start(), found.end(), ends=who, marks=_marks(found[0]))

    def _linked(self, text: Text) -> Iterator[Wish]:
        """Yield a wish for rows whose texts hold links: `no outputs with URLs in them`."""
        links = r"(?:urls?|links?|hyperlinks?|web addresses|网址|链接)"
        for pattern in (
            rf"(?:{DROP}|no|without) (?:any |all |the |those )?(?P<who>{{WHOS}}|rows?|records?|ones"
            r"|examples?|texts?|anything)"
            r" (?:that |which )?(?:with|contain(?:s|ing)?|ha(?:s|ve|ving)|includ(?:es?"
            rf"|ing)) (?:any )?{links}(?: in (?:them|it))?",
            rf"(?P<who>{{WHOS}})?\s*(?:中|里)?(?:含有?|包含|带有?|有)\s*{links}\s*的\s*(?:整条|样本"
            rf"|数据|行)?(?:都)?(?:{DROP_ZH}|删)",
        ):
            for found in text.find(pattern):
                yield self.wish(text, found.start(), found.end(), links=found["who"] or "")

    def _true(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish per column of true and false that is spoken of as such: `users that opted_out`."""
        for column in (each for table in profile.tables for each in table.columns if _is_truth(each)):
            spelled = re.escape(column.name).replace("_", "[_ ]")
            for found in text.find(
                r"(?:(?:that|who|which|whose) )(?:(?:are|is|were|have"
                rf"|has)(?P<not> not)? )?{spelled}(?! ?(?:=|is|are)\b)"
            ):
                drop = drops(text, found.start(), default=False)
                negated = bool(found["not"]) != drop
                yield self.wish(
                    text, found.start(), found.end(), true=column.name, negated=negated, later=later(column, profile)
                )

    def _compared(self, text: Text, profile: Profile) -> Iterator[Wish]:
        between = BETWEEN
        for pattern in (
            rf"(?P<col>{{COL}})(?: (?:column|field|values?))?\s*(?:is|are|of|in|为|是|在|列|:|was)?\s*(?:{between})",
            (
                rf"(?P<col>{{COL}})(?: (?:column|field|values?))?\s*(?:(?:is|are|of|has to be|must be"
                rf"|should be|为|是|列|was) ?)?\s*(?:{ONE})(?P<pct> ?%)?"
            ),
            rf"(?P<col>{{COL}})\s*(?:is|are|of|为|是|在|:)?\s*(?:{SUFFIXED})",
            rf"(?:{ONE})\s*(?:for |in |on |的)?(?:the )?(?P<col>{{COL}})",
            rf"(?:{SUFFIXED})\s*(?:for |in |on |的|个)?(?:the )?(?P<col>{{COL}})",
        ):
            for found in text.find(pattern):
                if _has_numbers(profile, text.named(found["col"])[0]):
                    drop = drops(text, found.start(), default=False, listed=not demanded(found))
                    limits = kept(bound(found), drop=drop)
                    yield self.wish(
                        text,
                        found.start(),
                        found.end(),
                        column=text.named(found["col"])[0],
                        low=limits.low,
                        high=limits.high,
                        open=limits.open,
                    )

    def _equal(self, text: Text, profile: Profile) -> Iterator[Wish]:
        quotes = "[\"'“‘「『]"
        value = (
            rf"(?P<values>[\[({{]\s*{{VALUE}}(?:\s*,\s*{{VALUE}})*\s*[\])}}]|{{VALUE}}(?:(?:\s*(?:,|、)\s*(?={quotes})"
            r"|\s*/\s*|\s*(?:、|或者?|和|及)\s*|\s+or\s+"
            r"|\s*,\s*or\s+){VALUE})*)(?P<loose>[,(（]? ?(?:the )?(?:case varies"
            r"|in any case|any case|ignoring case|case[- ]insensitive(?:ly)?|大小写(?:不限|不敏感|不一|均可))[)）]?)?"
        )
        not_ = (
            r"(?P<not>(?:is not|isn'?t|are not|aren'?t|not|!=|<>|≠|is different from|other than|不是"
            r"|不为|不等于|非)\s*(?:in\s*|equal to\s*)?)"
        )
        is_ = (
            r"(?:(?:is|are|equals?|being|==?|:|为|是|等于|属于|in\b)\s*(?:either |one of |exactly "
            r"|equal to |in |any of )?[\[({]?\s*)"
        )
        for found in text.find(rf"(?P<col>{{COL}})(?: (?:column|field|value))?\s*(?:{not_}|{is_}){value}"):
            if re.match(
                r"(?:a|an|the|too|very|at|more|less|unique|sorted|required|plain|clean|not|no|only|texts?|strings?|numeric|numbers?)\b",
                found["values"],
                re.I,
            ):
                continue
            if not _is_value(text, profile, found):
                continue
            wish = self._equality(
                text, found, text.named(found["col"])[0], _values(found["values"]), negated=found["not"] is not None
            )
            yield replace(wish, options={**wish.options, "loose": found["loose"] is not None})
        for found in text.find(
            rf"(?:(?:{DROP}|{KEEP}|{DROP_ZH})(?: \w+){{0,3}}? |nothing )?(?:from|with|of"
            rf"|in) (?:the )?(?P<col>{{COL}})\s*(?P<values>(?={quotes}){{VALUE}}(?:(?: or "
            rf"|, )(?={quotes}){{VALUE}})*)"
        ):
            wish = self._equality(text, found, text.named(found["col"])[0], _values(found["values"]), negated=False)
            dropped = drops_words(found[0]) or found[0].lower().startswith("nothing")
            yield replace(wish, options={**wish.options, "negated": wish.options["negated"] or dropped})

    def _known(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish for a column's name right before one of its values: `only category sports`."""
        for column in (each for table in profile.tables for each in table.columns if each.values):
            values = "|".join(re.escape(each) for each in sorted(column.values, key=lambda each: (-len(each), each)))
            name = re.escape(column.name)
            for found in text.find(
                rf"(?:nothing (?:from|in|of) (?:the )?)?(?<![\w.]){name}s?\s*(?P<not>(?:is )?not |不是"
                rf"|非)?[\"'“]?(?P<values>(?:{values})[\"'”]?(?:(?:,| or|,? and|、|或|和)\s*[\"'“]?"
                rf"(?:{values})[\"'”]?)*)(?![\w])"
            ):
                yield self._equality(
                    text,
                    found,
                    column.name,
                    _values(re.sub(r"\band\b", ",", found["values"])),
                    negated=bool(found["not"]),
                )

    def _equality(self, text: Text, found: re.Match[str], column: str, values: list[str], *, negated: bool) -> Wish:
        drop = (
            drops(text, found.end(), default=False)
            if not text.named(text.before(found.start()))
            else drops(text, found.start(), default=False)
        )
        wish = self.wish(text, found.start(), found.end(), column=column, values=values, negated=negated != drop)
        if wish.excluded:  # `not from channel test` asks for the other channels
            wish = replace(wish, excluded=False, options={**wish.options, "negated": not wish.options["negated"]})
        return wish

    def categories(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish for each value of a category that the request names, with its verb."""
        for column, each in _categories(profile):
            if len(each.strip()) < 2:
                continue
            spelled = re.escape(each).replace(r"\ ", " ")
            edge = r"(?<![\w])" if each.isascii() else ""
            thing = (
                r"(?:(?: |的)*(?:rows?|records?|ones|articles?|posts?|reviews?|tickets?|items|examples?"
                r"|entries|samples|documents|questions?|categor(?:y|ies)|class|labels?|messages|类别?|数据"
                r"|文章|评论|行|样本|部分))*"
            )
            for found in text.find(
                (
                    rf"(?:{DROP}|{KEEP}|{DROP_ZH}|保留|只要|只留|选出)(?: (?:all|the|rows|only|just|those|with"
                    r"|in|from|of))*\s*(?P<not>non[- ]|not "
                    rf"|非)?{edge}[\"'“]?(?P<values>{spelled})(?![\w])[\"'”]?{thing}"
                )
                if each.isascii()
                else rf"(?P<not>非)?[\"'“「]?(?P<values>{spelled})[\"'”」]?{thing}"
            ):
                yield self._equality(text, found, column, [each], negated=bool(found["not"]))

    def place(self, wish: Wish) -> float:
        """Return a place after cleaning for what is empty: a text may be so once its markup is gone."""
        return (CLEAN + 9 if {"missing", "ends"} & set(wish.options) else self.stage) + float(
            wish.options.get("later", 0)
        )

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add a `where` step; rows that meet the condition stay."""
        condition_steps.add(wish, draft)


_TRUTHS = frozenset(["true", "false", "yes", "no", "y", "n", "0", "1", "是", "否", "t", "f"])


def _is_truth(column: Column) -> bool:
    return column.type == "bool" or (
        0 < len(column.values) <= 2 and {each.lower() for each in column.values} <= _TRUTHS
    )


def later(column: Column, profile: Profile) -> int:
    """Return 0 for a column of the rows themselves; one of another file is there once that is joined."""
    return 0 if column in profile.tables[0].columns else 1


def _has_numbers(profile: Profile, name: str) -> bool:
    """Tell whether a column can be compared with a number: not where it holds texts that are long, or lists."""
    column = next((each for table in profile.tables for each in table.columns if each.name == name), None)
    return column is None or (column.type == "str" and (column.mean_chars or 0) <= 20) or column.type in _NUMBERS


_NUMBERS = ("int", "float", "bool", "date", "datetime", "duration")


def _is_value(text: Text, profile: Profile, found: re.Match[str]) -> bool:
    """Tell whether what stands after `is` is a value: in quotes, after a sign, a number, a name, or known to be one."""
    said = text.said[found.start("values") : found.end("values")]
    between = text.said[found.end("col") : found.start("values")]
    name = text.named(found["col"])[0]
    column = next((each for table in profile.tables for each in table.columns if each.name == name), None)
    known = {each.lower() for each in column.values} if column is not None else set()
    if re.search(r"[\"'“‘「『=≠>\[]", said + between) or column is None or "." in name:
        return True
    words = [each.lower() for each in _values(said)]
    if known:
        return set(words) <= known or not said.isascii()
    return any(each.isdigit() or each.isupper() for each in said) or (not said.isascii())


def _values(words: str) -> list[str]:
    found = re.split(r"\s*(?:,|、|/|或者?|和|及)\s*|\s+or\s+", words.strip(" []{}()"))
    return [unquoted(each) for each in found if each.strip() and each.strip().lower() != "or"]


def _categories(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield the values of columns that hold few different ones, the longest first."""
    found = [(each.name, value) for table in profile.tables[:1] for each in table.columns for value in each.values]
    yield from sorted(found, key=lambda pair: -len(pair[1]))


class Categories(Conditions):
    """Rows of a category that is named by its value alone: `only sports`. Read last, so that no value can take words
    that mean something else."""

    name = "categories"

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per value named."""
        yield from self.categories(text, profile)


def _marks(said: str) -> str:
    """Return the marks that a text is to end with, as characters; empty for any that end a sentence."""
    kinds = {"?？": r"question mark|问号|[?？]", "!！": r"exclamation|感叹号|叹号", ".。": r"period|full stop|句号"}
    named = [marks for marks, pattern in kinds.items() if re.search(pattern, said, re.I)]
    return "" if re.search(r"punctuation|标点|cut|截断|没写完|没说完", said, re.I) else "".join(named)
