"""A request while it is read: skills take the parts that they understand, and what is left is told to the user.

Patterns are regular expressions in a short form: a space stands for any whitespace (with `?` for none, too), `{N}` for
a number, `{COL}` for a column of the data (by name, or in backticks), `{COLS}` for several, `{WHO}` and
`{WHOS}` for columns or words for what they hold (answer, 回答), `{VALUE}` for a word or a quoted text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dfcli.agent.numbers import NUMBER
from dfcli.agent.roles import ROLE_WORDS

TAKEN = "\x00"
_ROLES = "|".join(ROLE_WORDS.values())
_QUOTES = "\"'`“”‘’「」『』"
_VALUE = (
    r"(?:\"[^\"]+\"|“[^”]+”|「[^」]+」|『[^』]+』|[\"'“‘「『](?:[^\"'“”‘’「」『』]+)[\"'”’」』]"
    r"|[\w%+-]+(?:\.[\w%+-]+)*)"
)
_AND = r"(?:\s*(?:,\s*and|,|、|，|/|\+|&)\s*|\s+and\s+|\s*(?:和|及|与|以及)\s*)"
_BREAKS = re.compile(
    r"[.;!?。；！？\n](?=\s|$|[^\x00-\x7f])|[;；！？。\n]|,|，|\bbut\b|\bthen\b|\balso\b|\band\b|然后|再|并且|同时|但",
    re.A | re.I,
)
_TURNS = re.compile(
    r"\b(?:and then|then|after (?:that|this|which)|afterwards|finally|lastly|next|at the end|in the end)\b"
    r"|然后|接着|之后|最后|随后|[，,。；]\s*再|并再",
    re.A | re.I,
)


@dataclass
class Text:
    """The words of a request, and which of them have been taken.

    `columns` are those of the data, in order, fields of objects as `meta.lang`; `called` are names that the request
    gives to some of them.
    """

    said: str
    columns: Sequence[str] = ()
    rest: str = field(init=False)
    called: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rest = self.said
        self._known: dict[str, re.Pattern[str]] = {}

    def pattern(self, short: str) -> re.Pattern[str]:
        """Return the regular expression that a short form stands for."""
        if short not in self._known:
            full = short.replace(" ?", r"\s*").replace(" ", r"\s+")
            for name, meaning in self._meanings().items():
                full = full.replace(name, meaning)
            self._known[short] = re.compile(full, re.A | re.I)
        return self._known[short]

    def find(self, short: str) -> Iterator[re.Match[str]]:
        """Yield where a pattern matches in what is not taken; a match that is used must be taken before the next."""
        at = 0
        while found := self.pattern(short).search(self.rest, at):
            yield found
            at = max(found.end(), found.start() + 1)

    def take(self, start: int, end: int) -> str:
        """Mark a part as understood; return its words."""
        self.rest = self.rest[:start] + TAKEN * (end - start) + self.rest[end:]
        return " ".join(self.said[start:end].split())

    def before(self, at: int, *, far: bool = False) -> str:
        """Return the words of the same clause before a place, or with `far` of the same sentence, taken or not."""
        breaks = re.compile(r"[.;!?。；！？\n]\s") if far else _BREAKS
        starts = [found.end() for found in breaks.finditer(self.said, 0, at)]
        return self.said[starts[-1] if starts else 0 : at]

    def after(self, at: int) -> str:
        """Return the words of the same clause from a place on, taken or not."""
        found = _BREAKS.search(self.said, at)
        return self.said[at : found.start() if found else len(self.said)]

    def turn(self, at: int) -> int:
        """Return how many words of order stand before a place."""
        return sum(found.start() <= at for found in _TURNS.finditer(self.said))

    def left(self) -> Iterator[tuple[int, str]]:
        """Yield the parts that nobody took, with their places."""
        for found in re.finditer(rf"[^{TAKEN}]+", self.rest):
            start = found.start()
            for part in re.split(rf"((?:{_BREAKS.pattern}))", found[0], flags=re.A | re.I):
                if part and not _BREAKS.fullmatch(part):
                    yield start, part
                start += len(part)

    def call(self, old: str, new: str) -> None:
        """Let a column be spoken of by another name from now on."""
        self.called[new] = old
        self._known.clear()

    def add(self, name: str) -> None:
        """Let a column be spoken of that is made on the way."""
        self.columns = [*self.columns, name]
        self._known.clear()

    def spelled(self, names: Sequence[str]) -> str:
        """Return a pattern for some of the columns, under all the names that they are called by; empty for none."""
        said = [*names, *(new for new, old in self.called.items() if old in names)]
        ordered = sorted(dict.fromkeys(said), key=lambda name: (-len(name), name))
        spelled = [re.escape(each.strip()).replace(r"\ ", " ").replace("_", "[_ ]") for each in ordered]
        bare = "|".join(_bare(name, each) for name, each in zip(ordered, spelled, strict=True))
        return rf"(?:`(?:{'|'.join(spelled)})`|{bare})" if ordered else ""

    def named(self, words: str | None) -> list[str]:
        """Return the columns that some words name, in order: `title and url`, `` `price` ``."""
        found = [_unbracketed(unquoted(each[0])) for each in self.pattern("{COL}").finditer(words or "")]
        return list(dict.fromkeys(self._actual(each) for each in found))

    def nearest(self, start: int, end: int) -> list[str]:
        """Return the column that a clause speaks of around a part of it: named last before it, else first after it.

        A word for what a column holds that stands nearer than any name is left to whoever knows the roles.
        """
        after = re.split(r"\b(?:or|and|if|when)\b|或|且|和", self.after(end), maxsplit=1, flags=re.I)[0]
        for words, place in ((self.before(start), -1), (after, 0)):
            found = [each[0] for each in self.pattern("{WHO}").finditer(words)]
            if found:
                return self.named(found[place])
        return []

    def last(self, at: int) -> list[str]:
        """Return the columns named last before a place, those that stand together: what `it` or `both` means."""
        several = list(self.pattern("{COLS}").finditer(self.said, 0, at))
        return self.named(several[-1][0]) if several else []

    def _actual(self, name: str) -> str:
        if name in self.columns:
            return name
        known = {_plain(each): each for each in self.columns} | {_plain(new): old for new, old in self.called.items()}
        plain = _plain(name)
        return known.get(plain) or known.get(plain.removesuffix("s")) or known.get(f"{plain}s") or name

    def _meanings(self) -> Mapping[str, str]:
        names = sorted({*self.columns, *self.called}, key=lambda name: (-len(name), name))
        spelled = [re.escape(each.strip()).replace(r"\ ", " ").replace("_", "[_ ]") for each in names]
        bare = "|".join(_bare(name, each) for name, each in zip(names, spelled, strict=True))
        quoted = rf"[{_QUOTES}]\s*(?:{'|'.join(spelled)})\s*[{_QUOTES}]|" if spelled else ""
        column = rf"(?:{quoted}`[^`]+`{'|' + bare if bare else ''})"
        column = rf"(?:[(（]\s*{column}\s*[)）]|{column})"
        who = rf"(?:{column}|{_ROLES})"
        return {
            "{N}": NUMBER,
            "{COLS}": rf"(?:{column}(?:{_AND}{column})*)",
            "{COL}": column,
            "{WHOS}": rf"(?:{who}(?:(?:{_AND}|\s+or\s+|\s*或者?\s*)(?:the\s+)?{who})*)",
            "{WHO}": who,
            "{VALUE}": _VALUE,
            "{AND}": _AND,
        }


def unquoted(text: str) -> str:
    """Return a text without the quotes around it."""
    return text.strip().strip(_QUOTES)


def _unbracketed(name: str) -> str:
    return unquoted(name[1:-1]) if name[:1] in "(（" and name[-1:] in ")）" else name


def _bare(name: str, spelled: str) -> str:
    """Return a pattern for a column's name without quotes; a name that is an article only where no noun follows."""
    if not name.isascii():
        return spelled
    if name.lower() in ("a", "i"):
        return rf"(?:(?<=and ){name}(?![\w])|(?<![\w]){name}(?= (?:and|or|are|is|columns?)\b| ?[,/=<>]))"
    if len(name) > 3 and name.endswith("s") and not name.endswith("ss"):
        spelled = spelled[:-1]
    plural = "s?" if len(name) > 3 and name[-1].isalpha() and not name.endswith("ss") else ""
    return rf"(?<![\w.]){spelled}{plural}(?![\w])"


def _plain(name: str) -> str:
    return re.sub(r"[\s_]+", " ", name.strip().lower())
