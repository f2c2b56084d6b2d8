"""Wishes about what texts are worth and what harm is in them, by rules: no model is asked for any of these."""

from __future__ import annotations

from collections.abc import Iterator

from dfcli.agent.draft import Draft
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import DROP, DROP_ZH, MEASURE, Skill
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_FILL = (
    r"(?:\s*(?:out|all|any|anything|everything|the|away|of|with|that|containing|contains?"
    r"|contain|are|is|have|has|rows?|texts?|documents?|docs|pages?|pairs?|examples?|samples?"
    r"|answers?|responses?|outputs?|where|which|answer|response|model|the model|ones|also|as well as|含有?"
    r"|包含|带有?|有|所有的?|模型|掉|or|and|就是|是|里|中|the assistant|those|these|full of|full|lots of"
    r"|plenty of|some)(?=\s|[^\x00-\x7f]"
    r"|$))*\s*"
)
_CUT = rf"(?:{DROP}|{DROP_ZH}|no|without(?: any)?|filter|avoid|clean out|过滤|去除|free of|\b(?:and|or)\b|[,、和或])"
_REFUSAL = (
    r"(?:(?:model |ai |assistant )?refusals?|refus(?:e|es|ed|ing)(?: to (?:answer|help"
    r"|respond))?|i can(?:'?t|not) help|sorry,? (?:but )?i can(?:'?t|not)"
    r"|as an ai(?: language model)?|declin(?:e|es|ing)(?: to (?:answer|help))?|拒绝回答|拒答"
    r"|拒绝(?:类|性)?(?:的)?(?:回答|回复|样本|数据)?|(?:我)?无法(?:回答|提供帮助)"
    r"|作为(?:一个)?(?:ai|人工智能)(?:语言)?模型)(?:[- ](?:style|type"
    r"|like))?(?:['\"’”」]+)?(?: ?(?:answers?|responses?|replies|rows|boilerplate|phrases"
    r"|messages|的?(?:回答|回复|样本|数据)))?"
)
_TOXIC = (
    r"(?:toxic(?:ity)?|hateful|hate(?: speech)?|insults?|insulting|offensive|abusive|abuse"
    r"|harass(?:ing|ment)|threats?|threatening|辱骂|侮辱|仇恨(?:言论)?|有毒有害|有毒|攻击性|毒性|骂人"
    r"|人身攻击)(?:(?:\s*(?:,|/|and|or|、|和|或)\s*)(?:toxic|hateful|hate(?: speech)?|insults?"
    r"|insulting|offensive|abusive|harass(?:ing|ment)|threats?|辱骂|侮辱"
    r"|仇恨(?:言论)?))*(?: ?(?:content|texts?|comments?|messages|language|posts?|的?(?:内容"
    r"|文本|言论|评论)))?"
)
_PROFANE = (
    r"(?:profan(?:e|ity|ities)|swear(?:ing|s)?(?: words?)?|curse words?|bad words|nsfw"
    r"|porn(?:ographic|ography)?|adult|sexual|脏话|粗口|色情|敏感词|成人内容)(?: ?(?:content"
    r"|words?|texts?|stuff|language|的?(?:内容|文本)))?"
)
_INJECTION = (
    r"(?:prompt[- ]injections?|jailbreaks?(?: attempts)?|injected (?:prompts?|instructions)"
    r"|提示词?注入|注入攻击|越狱)(?: ?(?:attempts|attacks|prompts|texts?))?"
)
_CAPITALS = (
    r"(?:(?:consist(?:s|ing)?|written|made (?:up )?|being) )?(?:mostly|mainly|largely|entirely|completely|only"
    r"|almost only)(?: (?:of|in|out of))* (?:all[- ]caps|capital letters|capitals|upper[- ]?case(?: letters| text)?)"
    r"|shouting|(?:全|都是|全是|几乎都是|大部分是|大多是)大写(?:字母)?(?:的)?(?:文本|内容|网页|行)?"
)
_LOREM = r"(?:lorem[- ]ipsum|filler text|placeholder text)(?: (?:pages?|texts?|filler|placeholders?|documents?))?"
_SAME_LINES = (
    r"(?:the )?same (?:line|sentence|paragraph)s? (?:(?:is |are )?(?:repeated|repeating) )?(?:over and over(?: again)?"
    r"|again and again|repeatedly|many times)|(?:mostly |mainly )?(?:repeated|repeating) lines"
    r"|(?:反复|不断)?重复(?:同一|相同的?)行|同一行(?:反复|不断)?(?:重复|出现)"
)
_SUITES = {
    "gopher": (
        r"gopher(?:'s)?(?:[- ](?:style|like|type))?(?: (?:quality|repetition))?(?: (?:rules?|filters?|heuristics?))?",
        ("gopher_quality", "gopher_repetition"),
    ),
    "c4": (r"\bc4(?:'s)?(?: (?:rules?|filters?|heuristics?|cleaning))?", ("c4_lines", "c4_documents")),
    "fineweb": (r"fineweb(?:'s)?(?: (?:quality))?(?: (?:rules?|filters?|heuristics?))?", ("fineweb_quality",)),
    "refinedweb": (r"refined ?web(?:'s)?(?: (?:line))?(?: (?:rules?|filters?|corrections?))?", ("refinedweb_lines",)),
}
_REFUSALS = (
    "as an ai language model", "as an ai", "as a language model", "i'm sorry, but i can't",
    "i'm sorry but i can't", "i am sorry, but i cannot", "i'm sorry, but i cannot", "sorry, but i can't",
    "i cannot help with", "i can't help with", "i can't assist with", "i cannot assist with",
    "i'm unable to", "i am unable to", "i cannot provide", "i can't provide", "i cannot fulfill",
    "i can't fulfill", "i must decline", "i won't be able to", "i cannot answer", "i can't answer",
    "作为一个人工智能", "作为人工智能", "作为一个语言模型", "作为一个ai", "作为ai", "很抱歉，我无法",
    "抱歉，我无法", "对不起，我无法", "我不能回答", "我无法回答", "我无法提供", "抱歉，我不能",
    "对不起，我不能", "很抱歉，我不能",
)  # fmt: skip


class Quality(Skill):
    """Published quality rules, refusals, and harm found by rules."""

    name = "quality"
    stage = MEASURE + 5

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield one wish per kind of rule."""
        for name, (pattern, _) in _SUITES.items():
            for found in text.find(
                r"(?:(?:apply|use|run|with|by|using|pass(?:ing)?|应用|使用|用"
                rf"|按照?)(?: (?:the|usual|standard|common|well-known|\x00+))* ?)?(?:{pattern})(?:\s*(?:规则|过滤"
                rf"|质量规则|过滤规则))*"
                r"(?:\s*[(（][^()（）\d]{3,120}[)）])?"
            ):
                yield self.wish(text, found.start(), found.end(), suite=name)
        harms = {
            "refusals": _REFUSAL,
            "toxicity": _TOXIC,
            "profanity": _PROFANE,
            "injection": _INJECTION,
            "capitals": _CAPITALS,
            "lorem": _LOREM,
            "same_lines": _SAME_LINES,
        }
        for name, said in harms.items():
            pattern = f"(?:{said})"
            for found in text.find(
                rf"(?:{_CUT}){_FILL}(?:[\"'‘“「]?){pattern}|[\"'‘“「]?{pattern}[\"'’”」]?\s*(?:(?:should"
                r"|must|need to) (?:go|be (?:removed|dropped))|:? ?(?:are )?out\b|去掉|删除|删掉|剔除"
                rf"|过滤掉?|移除|去除|不要)|(?:any |every |all |the )?(?:rows?|texts?|answers?|pages?|samples?"
                rf"|outputs?|ones|anything|those) (?:that )?"
                rf"(?:with|contain(?:s|ing)?|ha(?:s|ve|ving)|includ(?:es?|ing)) (?:any )?{pattern}(?: in (?:the "
                rf"|their )?{{WHO}})?(?= (?:must|should|has|have"
                r"|needs?|can|are|is|goes?)\b)"
            ):
                columns = text.named(text.after(found.end()))
                yield self.wish(text, found.start(), _examples(text, found.end()), harm=name, columns=columns)
        for found in text.find(
            rf"(?:{_CUT}|{DROP_ZH})?{_FILL}(?:刷屏(?:灌水)?|灌水|复读|同一个(?:字|词)重复\S{{0,5}}"
            rf"|反复重复(?:同一\S{{1,4}})?)的?(?:内容|文本|数据)?"
            rf"(?:\s*[（(][^）)]*[）)])?(?:的)?(?:\s*(?:都)?(?:{DROP_ZH}|删))?"
            rf"|(?:{_CUT}){_FILL}(?:repetitive|self-repeating|repeating themselves"
            r"|that repeat themselves|loops?|looping|重复啰嗦|自我重复|复读机?)(?: ?(?:texts?|answers?"
            r"|responses?|content|rows|documents|的?(?:文本|回答|内容)))?|(?:texts?|answers?"
            r"|responses?|outputs?)? ?(?:that |which )?(?:repeat(?:s|ing)? (?:itself|themselves)"
            r"|loops? forever)"
        ):
            yield self.wish(text, found.start(), found.end(), harm="repetition", columns=[])

        for found in text.find(
            rf"(?:{_CUT}){_FILL}(?:mostly|mainly|largely|full of|just|only"
            r"|nothing but) (?:made (?:up )?of )?(?:symbols?|special "
            r"characters|punctuation|non-?letters|gibberish|garbage)(?: ?(?:pages|texts?|rows|ones|(?:and"
            r"|or) (?:punctuation"
            r"|digits|numbers)))*(?: (?:instead of|rather than|and not|not) (?:words|text|letters|prose))?"
            rf"|(?:{DROP_ZH})?(?:大部分|大多|几乎|主要)(?:都)?是(?:符号|标点|特殊字符"
            rf"|乱七八糟的字符)的?(?:网页|文本|内容|行|数据)?(?:{DROP_ZH})?"
        ):
            yield self.wish(text, found.start(), found.end(), harm="symbols", columns=[])

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the steps of a suite, or a count that must be 0."""
        if "suite" in wish.options:
            column = draft.text()
            profiled = draft.profiled(column) if column else None
            language = {"language": "zh"} if profiled is not None and profiled.language == "zh" else {}
            for op in _SUITES[wish.options["suite"]][1]:
                draft.step(op, wish.said, text=column, **(language if op.startswith(("gopher", "fineweb")) else {}))
            return
        columns = draft.texts(wish.options["columns"])
        getattr(self, f"_{wish.options['harm']}")(wish, draft, columns[0] if columns else None)

    def _refusals(self, wish: Wish, draft: Draft, named: str | None) -> None:
        column = named or draft.role("response", "answer", "chosen") or draft.text()
        step = draft.step("phrase_count", wish.said, text=column, phrases=list(_REFUSALS), into="refusals")
        step["keep"] = "refusals = 0"
        draft.check("refusals", "at most 0")

    def _toxicity(self, wish: Wish, draft: Draft, named: str | None) -> None:
        step = draft.step("toxicity_rules", wish.said, text=named or draft.text())
        step["keep"] = "toxicity = 0"
        draft.assume("insults and threats are those that rules find; judge_safety asks a model instead, and finds more")
        draft.check("toxicity", "at most 0")

    def _profanity(self, wish: Wish, draft: Draft, named: str | None) -> None:
        column = named or draft.text()
        profiled = draft.profiled(column) if column else None
        language = {"language": "zh"} if profiled is not None and profiled.language == "zh" else {}
        step = draft.step("blocklist", wish.said, text=column, **language)
        step["keep"] = "blocklist_count = 0"
        draft.check("blocklist_count", "at most 0")

    def _capitals(self, wish: Wish, draft: Draft, named: str | None) -> None:
        step = draft.step("capital_words", wish.said, text=named or draft.text())
        step["keep"] = "capital_words <= 0.5"
        draft.assume("a text is in capitals when more than half of its words are")

    def _lorem(self, wish: Wish, draft: Draft, named: str | None) -> None:
        step = draft.step("web_traces", wish.said, text=named or draft.text())
        step["keep"] = "web_lorem_ipsum = 0"

    def _same_lines(self, wish: Wish, draft: Draft, named: str | None) -> None:
        step = draft.step("repeated_text", wish.said, text=named or draft.text())
        step["keep"] = "repeat_lines <= 0.3"
        draft.assume(
            "lines are repeated when more than 30 % of a text's lines came in it before, as Gopher's rules say"
        )

    def _injection(self, wish: Wish, draft: Draft, named: str | None) -> None:
        step = draft.step("prompt_injection", wish.said, text=named or draft.meant(wish.said) or draft.text())
        step["keep"] = "injection_count = 0"
        draft.check("injection_count", "at most 0")

    def _repetition(self, wish: Wish, draft: Draft, named: str | None) -> None:
        column = named or draft.meant(wish.said) or draft.text()
        profiled = draft.profiled(column) if column else None
        language = {"language": "zh"} if profiled is not None and profiled.language == "zh" else {}
        step = draft.step("ngram_repetition", wish.said, text=column, n=3, into="repetition", **language)
        step["keep"] = "repetition <= 0.5"
        draft.assume("a text repeats itself when more than half of its 3-grams are repetitions")

    def _symbols(self, wish: Wish, draft: Draft, named: str | None) -> None:
        step = draft.step("text_ratios", wish.said, text=named or draft.text(), shares=["letters", "whitespace"])
        step["keep"] = "ratio_letters + ratio_whitespace >= 0.6"
        draft.assume("a text is mostly symbols when less than 60 % of its characters are letters and spaces")


def _examples(text: Text, end: int) -> int:
    """Return where examples in quotes or brackets end that follow a kind of harm: `refusals ("As an AI…", "Sorry")`."""
    quoted = r"[\"“'‘「][^\"”’」]{1,80}[\"”'’」]"
    found = text.pattern(
        rf"\s*(?:[,:：]|such as|like|e\.g\.|如|例如|比如)?\s*(?:的)?[（(]?\s*(?:such as|like|e\.g\.,?|如|例如"
        rf"|比如|像)?\s*{quoted}(?:\s*(?:,|、|and|or|或|和)?\s*{quoted})*"
        r"\s*(?:这类|之类|等等?|etc\.?|and so on|一类)*(?:的)?\s*[）)]?"
    ).match(text.rest, end)
    if found is None:  # what was named may itself stand in quotes: `"As an AI I cannot…" answers`
        found = text.pattern(
            r"[^\"“”\n\x00]{0,60}[\"”’](?: (?:type|style|kind|sort)(?: of)?)?(?: ?(?:answers?|responses?|replies"
            r"|rows|phrases|的?(?:回答|回复)))?"
        ).match(text.rest, end)
    return found.end() if found else end
