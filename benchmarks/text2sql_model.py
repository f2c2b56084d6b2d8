"""A scripted model for the Text-to-SQL recipes: it answers each shipped template from a table of cases.

A template is known by the first value that it asks for. Nothing is left to chance: where a model would vary, the
number of the sample and a hash of the question decide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Literal

from benchmarks._planted import Case
from dfcli.recipes.model import ModelSpec
from dfcli.runtime.transports import Completion, Embedding, Request, Transport
from dfcli.runtime.transports.echo import vector

Evasion = Literal["says so", "constant", "constant from a table", "invents", "something else"]
"""What the model does instead of repairing a query for a question that the database cannot answer."""

USELESS = "Is anything worth mentioning?"

Seen = Mapping[str, str]
"""What a prompt shows: the parts of the user's message by their headings."""

_HEADING = re.compile(
    r"^(Schema|Complexity|Table|Strategy|Style|Question|Evidence|Query|Error|Message|Result|Its result|A trans\w+)\b",
    re.MULTILINE,
)

_ONE_WORD = {"Complexity", "Table", "Strategy", "Style"}


class Scripted(Transport):
    """A model that knows some questions, and evades all others; `asked` counts its calls.

    `strict` says how it judges: by whether the query is known to be right for the question, or never refusing. `vary`
    makes the variation of a query; by default it returns the query as it is. `translations` are queries by the one
    that they say in another dialect.
    """

    def __init__(
        self,
        cases: Sequence[Case],
        *,
        strict: bool = False,
        evasion: Evasion = "says so",
        vary: Callable[[str, str], str] = lambda sql, strategy: sql,
        translations: Mapping[str, str] | None = None,
    ) -> None:
        self._cases = tuple(cases)
        self._by_question = {case.question: case for case in cases}
        self._by_sql = {sql: case for case in cases for sql in (case.gold, *case.right, *case.wrong)}
        self._strict = strict
        self._evasion = evasion
        self._vary = vary
        self._translations = translations or {}
        self.asked = 0

    async def complete(self, request: Request) -> Completion:
        self.asked += 1
        text = json.dumps(self._answer(request), ensure_ascii=False)
        tokens = sum(len(each.content) for each in request.messages) // 4
        return Completion(text, "stop", tokens, len(text) // 4, request.spec.model)

    async def embed(self, spec: ModelSpec, texts: Sequence[str]) -> Embedding:
        self.asked += 1
        return Embedding([vector(text) for text in texts], sum(map(len, texts)) // 4)

    def takes_schema(self, spec: ModelSpec) -> bool:
        return True

    async def close(self) -> None:
        """Nothing is open."""

    def _answer(self, request: Request) -> dict[str, Any]:
        assert request.schema is not None
        outputs = list(request.schema["properties"])
        seen = parts(next(each.content for each in request.messages if each.role == "user"))
        answers = {
            "sql_purpose": self._write,
            "variation_purpose": self._varied,
            "question": self._ask,
            "question_score_reason": self._score,
            "consistent_reason": self._judge,
            "sql_reasoning": self._think,
            "answerable": self._attempt,
            "fix_note": self._fix,
            "translation_note": self._translate,
            "linked_tables": self._link,
        }
        return dict(zip(outputs, answers[outputs[0]](seen, request.sample), strict=True))

    def _write(self, seen: Seen, sample: int) -> tuple[Any, ...]:
        """Write one of the queries over the table, and every fifth time one that fails."""
        about = [case for case in self._cases if re.search(rf"\b{seen['Table']}\b", case.gold)] or list(self._cases)
        number = chance(seen["Table"] + seen.get("Complexity", "")) + sample
        if number % 5 == 4:
            return "Somebody makes a mistake.", f"SELECT nothing FROM {seen['Table']}"
        case = about[number % len(about)]
        return f"Somebody asks: {case.question}", case.gold

    def _varied(self, seen: Seen, sample: int) -> tuple[Any, ...]:
        return "Somebody wants to know.", self._vary(seen["Query"], seen["Strategy"])

    def _ask(self, seen: Seen, sample: int) -> tuple[Any, ...]:
        """Ask a known query's question, but a useless one in one of three samples; of an unknown query show it."""
        case = self._by_sql.get(seen["Query"])
        if case and sample % 3 == chance(seen["Query"]) % 3:
            return USELESS, ""
        return (case.question, case.evidence) if case else (f"What does this give: {seen['Query']}?", "")

    def _score(self, seen: Seen, sample: int) -> tuple[Any, ...]:
        return ("It asks for nothing.", 1) if seen["Question"] == USELESS else ("It reads well.", 4)

    def _judge(self, seen: Seen, sample: int) -> tuple[Any, ...]:
        case = self._by_question.get(seen["Question"])
        right = case is not None and seen["Query"] in (case.gold, *case.right)
        agreed = right or not self._strict
        return "The query returns what is asked." if agreed else "It answers something else.", agreed

    def _think(self, seen: Seen, sample: int) -> tuple[Any, ...]:
        """Be right in two of three samples, in other words each time; which is wrong depends on the question."""
        case = self._known(seen["Question"])
        lot = chance(case.question)
        ways = case.wrong if case.wrong and sample % 3 == lot % 3 else (case.right or (case.gold,))
        return f"1. Asked: {case.question}\n2. Attempt: {sample}.", ways[(lot + sample) % len(ways)]

    def _attempt(self, seen: Seen, sample: int) -> tuple[Any, ...]:
        """Be right in a share of ten samples that depends on the question, from one to all."""
        case = self._known(seen["Question"])
        right = sample % 10 <= chance(case.question) % 10 or not case.wrong
        return True, case.gold if right else case.wrong[sample % len(case.wrong)]

    def _fix(self, seen: Seen, sample: int) -> tuple[Any, ...]:
        """Repair a known question's query; else evade."""
        if case := self._by_question.get(seen["Question"]):
            return "A name was wrong.", True, case.gold
        tables = re.findall(r"^CREATE (?:TABLE|VIEW) (\S+)", seen["Schema"], re.MULTILINE)
        told, sql = {
            "says so": (False, ""),
            "constant": (True, "SELECT 'I cannot answer that' AS answer"),
            "constant from a table": (True, f"SELECT 'I cannot answer that' AS answer FROM {tables[0]} LIMIT 1"),
            "invents": (True, f"SELECT answer FROM answers_{chance(seen['Query'])}"),
            "something else": (True, f"SELECT COUNT(*) FROM {tables[-1]}"),
        }[self._evasion]
        return "I did what I could.", told, sql

    def _translate(self, seen: Seen, sample: int) -> tuple[Any, ...]:
        """Translate a query that it has a translation of; else say the same again."""
        return "It says the same.", self._translations.get(seen["Query"], seen["Query"])

    def _link(self, seen: Seen, sample: int) -> tuple[Any, ...]:
        tables = re.findall(r"^CREATE (?:TABLE|VIEW) (\S+)", seen["Schema"], re.MULTILINE)
        return [each for each in tables if each in self._known(seen["Question"]).gold], []

    def _known(self, question: str) -> Case:
        """Return a question's case; one of nothing but a query that reads no table where it is not known."""
        shown = re.fullmatch(r"What does this give: (.+)\?", question, re.DOTALL)
        return self._by_question.get(question) or Case(question, "", shown[1] if shown else "SELECT NULL")


def parts(user: str) -> Seen:
    """Return what a prompt shows by the words that begin its lines; of a word that comes twice the last."""
    found: dict[str, str] = {}
    places = [*_HEADING.finditer(user)]
    for place, after in zip(places, [*places[1:], None], strict=True):
        text = user[place.end() : after.start() if after else len(user)].partition(":")[2].strip()
        found[place[1]] = text.partition("\n")[0].removesuffix(".") if place[1] in _ONE_WORD else text
    return found


def chance(text: str) -> int:
    """Return a number that a text decides."""
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big")
