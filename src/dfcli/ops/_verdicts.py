"""What a judge decided: which of a few labels, or yes or no, with its reasons around it.

A decision is stated in one of three ways, from the most to the least explicit: as a mark (`[[A]]`, `\\boxed{A}`,
`Verdict: A`, `The better answer is A`), as a line of its own, or in a sentence (`Output (a) is better`, `I prefer B`).
The most explicit way decides. All that is said in that way, and anything said after it, must agree; a sentence that
supposes, asks or denies decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from dfcli.errors import BadReply

_NOUN = (
    r"(?:output|assistant|response|answer|option|model|candidate|choice|system|solution|completion|text|summary"
    r"|translation|version|essay|story|code|query|sql|chatbot|agent|ai)"
)
_ADVERB = (
    r"(?:clearly|slightly|much|far|significantly|marginally|definitely|overall|generally|still|also|somewhat|a bit"
    r"|a little|considerably|obviously|ultimately|by far|therefore|thus|indeed|the|a|an|marginally|certainly)"
)
_BEST = r"(?:better|best|superior|preferable|preferred|stronger|winner)"
_THING = (
    r"(?:output|response|answer|option|choice|one|fit|match|assistant|model|candidate|solution|text|summary|translation"
    r"|version|query|completion)"
)
_AFTER_BEST = (
    rf"(?:\s+(?:of\s+the\s+two|among\s+the\s+two)|\s+{_THING})?(?:\s+than\s+(?:LABEL|the\s+other(?:\s+{_THING})?))?"
    r"(?=\s*(?:[.!;,:*_)\]\"'—–]|\n|\Z)|\s+(?:because|since|overall|here|and"
    rf"|as\s+(?:it|its|this|that|they|there|the|{_NOUN})|in\s+(?:general|this\s+case|all|every)"
    r"|for\s+(?:this|the(?:\s+given)?|that|executing)\s+(?:instruction|question|task|prompt|user|case)"
    r"|to\s+the\s+(?:given\s+)?(?:instruction|question|prompt))\b)"
)
"""What may follow `is better` when it is meant in general; LABEL stands for any of the labels."""

_HEADING = (
    r"\b(?:final\s+|my\s+|overall\s+)?(?:verdict|winner|decision|choice|judge?ment|preference|conclusion|answer"
    rf"|(?:better|best|preferred|winning|superior|stronger)(?:\s+{_NOUN}|\s+one)?)"
)
_END = r"(?=[*_`\"')\]]*\s*(?:[.;!]|,\s*(?:because|since|as|with)\b|—|\n|\Z|\s(?:because|since|as)\b))"
_DENIED = re.compile(
    r"\b(?:not|never|neither|nor|hardly|could|might|may|would|perhaps|maybe|possibly|probably|arguably|seems?)\b|n't",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\b(?:if|unless|whether|suppos\w+|assum\w+|cannot|unclear|unsure|impossible|depend\w*|claim\w*|asked|says?|said"
    r"|(?:hard|difficult)\s+to|not\s+(?:sure|clear|certain)|(?:some|one|you)\s+(?:might|may|could|would))\b"
    r"|can't|don't\s+(?:think|believe)|do\s+not\s+(?:think|believe)",
    re.IGNORECASE,
)
_I_SAY = re.compile(r"\bI\s+would\s+(?:say|conclude|argue|judge|choose|pick)\b", re.IGNORECASE)
_I_PREFER = r"\bI\s+(?:(?:would|will|'d)\s+)?(?:choose|prefer|pick|select|favou?r|vote\s+for|go\s+with)"
_TIES = {"tie", "draw", "equal", "tied"}
_EVEN = (
    r"\b(?:(?:it(?:'s|\s+is)|this\s+is|there\s+is|call\s+it|results?\s+in|ends?\s+in)\s+a\s+(?:tie|draw)\b"
    r"|neither\s+(?:of\s+them\s+|one\s+|\w+\s+)?is\s+(?:clearly\s+)?better\b"
    r"|(?P<weak>both|the\s+two)\b[^.\n]{0,60}\bequally\s+(?:good|bad|well|helpful|strong|weak)\b)"
)


class _Said(NamedTuple):
    """A statement: its label, where it stands, and how explicit it is (0 is most)."""

    label: str
    at: int
    rank: int


class Labels:
    """The labels a judge decides between."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        self._known = {_bare(each): each for each in labels}

    def decided(self, text: str) -> str:
        """Return the label that a text decides for; BadReply when it decides for none, or for several."""
        said = [*self._marks(text), *self._lines(text), *self._sentences(text)]
        against = {label for label, _ in self._denials(text)}
        if not said:
            raise BadReply(
                f"the reply does not say which it is: {self._listed}; end it with a line like [[{self.labels[0]}]]"
            )
        rank = min(each.rank for each in said)
        last = max(each.at for each in said if each.rank == rank)
        labels = {each.label for each in said if each.rank == rank or each.at > last}
        if len(labels) > 1:
            raise BadReply(f"the reply decides for more than one: {' and '.join(sorted(labels))}; decide for one")
        label = labels.pop()
        if label not in self.labels:
            raise BadReply(f"the reply decides for neither; it must be {self._listed}")
        if rank and label in against:
            raise BadReply(f"the reply speaks both for and against {label}; end it with a line like [[{label}]]")
        return label

    @property
    def _listed(self) -> str:
        return f"{', '.join(self.labels[:-1])} or {self.labels[-1]}"

    @cached_property
    def _any(self) -> str:
        """A label as it is written; a letter alone in its own case or as a capital."""
        longest = sorted(self.labels, key=len, reverse=True)
        return "|".join(
            rf"(?-i:{re.escape(each)}|{re.escape(each.upper())})"
            if len(each) == 1
            else re.escape(each).replace(r"\ ", r"\s+")
            for each in longest
        )

    @cached_property
    def _mention(self) -> str:
        """A label in a sentence: `Output (a)`, `Assistant B`, `(a)`, `A`; the label is the group `label`."""
        label = rf"(?P<label>(?<!\w)(?:{self._any}))(?!\w)"
        return rf"(?<!\w)[*_`\"']{{0,4}}(?:(?:the\s+)?{_NOUN}\s*)?[*_`\"'(\[]{{0,4}}{label}[*_`\"')\]]{{0,4}}"

    @cached_property
    def _after_best(self) -> str:
        label = rf"[*_`\"']{{0,4}}(?:(?:the\s+)?{_NOUN}\s*)?[*_`\"'(\[]{{0,4}}(?:{self._any})(?!\w)[*_`\"')\]]{{0,4}}"
        return _AFTER_BEST.replace("LABEL", label)

    def _marks(self, text: str) -> Iterator[_Said]:
        plain = rf"\s*(?:{_NOUN}\s*)?\(?(?P<label>{self._any})\)?\s*"
        brackets = rf"\[\[{plain}\]\]|\\boxed\{{(?:\\text\{{)?{plain.replace('?P<label>', '?P<boxed>')}\}}?\}}"
        for found in re.finditer(brackets, text, re.IGNORECASE):
            yield _Said(self._label(found["label"] or found["boxed"]), found.start(), 0)
        headed = rf"{_HEADING}[*_`\"']*\s*(?:is\b|:|=)[\s:*_]{{0,8}}{self._mention}{_END}"
        for found in re.finditer(headed, text, re.IGNORECASE):
            if not self._is_doubted(text, found):
                yield _Said(self._label(found["label"]), found.start(), 0)

    def _lines(self, text: str) -> Iterator[_Said]:
        """Yield the lines that hold a label and nothing else: the last one, or the first one with reasons after it."""
        lines = list(re.finditer(r"[^\n]*\S[^\n]*", text))
        alone = re.compile(rf"[\s#>-]*{self._mention}[*_`\"')\].!\s]*", re.IGNORECASE)
        for number in {0, len(lines) - 1}:
            line = lines[number]
            found = alone.fullmatch(line[0].strip()) if len(line[0]) < 500 else None
            if found is None:
                continue
            if number == len(lines) - 1 or self._opens(text, line):
                yield _Said(self._label(found["label"]), line.start(), 1)

    def _opens(self, text: str, line: re.Match[str]) -> bool:
        """Tell whether a first line is a verdict rather than a heading."""
        bare = line[0].strip()
        return (
            bare[0] not in "*_#>-"
            and re.match(r"\n\s*\n|\n\s*(?:explanation|reason|rationale|because)\b", text[line.end() :], re.IGNORECASE)
            is not None
        )

    def _sentences(self, text: str) -> Iterator[_Said]:
        for found in self._statements(text):
            if not self._is_doubted(text, found):
                yield _Said(self._label(found["label"]), found.start(), 2)
        tie = next((each for each in self.labels if _bare(each) in _TIES), "tie")
        for found in re.finditer(_EVEN, text, re.IGNORECASE):
            if not self._is_doubted(text, found):
                yield _Said(tie, found.start(), 3 if found["weak"] else 2)

    def _statements(self, text: str) -> Iterator[re.Match[str]]:
        better = (
            rf"{self._mention}\s+(?:is|was|wins\b)(?:\s+{_ADVERB})*(?:\s+{_BEST}{self._after_best}|(?<=wins){_END})"
        )
        prefer = rf"{_I_PREFER}\s+{self._mention}{_END}"
        for pattern in (better, prefer):
            yield from re.finditer(pattern, text, re.IGNORECASE)

    def _denials(self, text: str) -> Iterator[tuple[str, int]]:
        """Yield the labels that are said not to be better, or to be worse."""
        bad = rf"(?:not\s+(?:the\s+)?{_BEST}|worse|worst|inferior)"
        worse = rf"{self._mention}\s+(?:is|was)(?:\s+{_ADVERB})*\s+{bad}{self._after_best}"
        for found in re.finditer(worse, text, re.IGNORECASE):
            yield self._label(found["label"]), found.start()

    def _is_doubted(self, text: str, found: re.Match[str]) -> bool:
        """Tell whether a statement is one of those that suppose, ask, deny or quote something."""
        start = max(text.rfind(mark, 0, found.start()) for mark in ("\n", ". ", "! ", "? ")) + 1
        before = _I_SAY.sub("", text[start : found.start()])
        after = re.match(r"[^.!?\n]*", text[found.end() :])
        rest = (after[0] if after else "") + text[found.end() + (after.end() if after else 0) :][:1]
        quoted = bool(before.strip()) and found[0].lstrip("*_`")[:1] in "\"'"
        clause = re.split("[,;:—]", before)[-1]
        return bool(
            quoted
            or _SUPPOSED.search(before)
            or _DENIED.search(clause)
            or re.search(r"\?$|\b(?:unless|depend\w*)\b", rest)
        )

    def _label(self, written: str) -> str:
        return self._known[_bare(written)]


def _bare(text: str) -> str:
    return " ".join(text.split()).casefold()


_YES = {"yes": True, "true": True, "no": False, "false": False}
_YES_MARK = re.compile(
    r"\[\[\s*(?P<a>yes|no|true|false)\s*\]\]|\\boxed\{(?:\\text\{)?(?P<b>yes|no|true|false)\}"
    r"|\b(?:answer|verdict|decision|conclusion|judge?ment)[*_`\"']*\s*(?:is\b|:)\s*:?[\s*_`\"'(]{0,8}(?P<c>yes|no|true|false)\b"
    r"(?=[*_`\"')]*\s*(?:[.,;!—]|\n|\Z|\s(?:because|since|as)\b))",
    re.IGNORECASE,
)
_YES_FIRST = re.compile(r"[\s*_`\"'(#]{0,8}(yes|no|true|false)\b[*_`\"')]*\s*(?:[.,;:!—–]|-\s|\n|\Z)", re.IGNORECASE)
_YES_LAST = re.compile(r"(?:\A|\n)[ \t*_`\"'(#>-]{0,8}(yes|no|true|false)[*_`\"').!]{0,8}\Z", re.IGNORECASE)
_YES_ANYWHERE = re.compile(r"(?<![\w'-])(yes|no|true|false)\b(?=[*_`\"')]*\s*(?:[.,;:!?—]|\n|\Z))", re.IGNORECASE)
_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|probabl[ye]|possibly|not\s+sure|unsure|unclear|depend\w*|part(?:ly|ially)|mostly"
    r"|to\s+some\s+extent)\b",
    re.IGNORECASE,
)


def yes_or_no(text: str) -> bool:
    """Return whether a text answers yes; BadReply when it does not answer, or answers both."""
    found = [*_YES_MARK.finditer(text), *filter(None, [_YES_FIRST.match(text), _YES_LAST.search(text)])]
    answers = {_YES[next(filter(None, each.groups())).lower()] for each in found}
    if not answers:
        raise BadReply("the reply says neither yes nor no: begin it with one of them")
    answers |= {_YES[each[1].lower()] for each in _YES_ANYWHERE.finditer(text)}
    if len(answers) > 1:
        raise BadReply("the reply says both yes and no: say one of them")
    if any(_HEDGE.search(_sentence(text, each.start())) for each in found):
        raise BadReply("the reply does not decide: say yes or no")
    return answers.pop()


def _sentence(text: str, at: int) -> str:
    start = max(text.rfind(mark, 0, at) for mark in ("\n", ". ")) + 1
    return re.split(r"[.!?\n](?:\s|\Z)", text[start:].lstrip(), maxsplit=1)[0]
