"""The gates of a sample run that look at what a model wrote: each yields an issue where the sample does not pass it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from dfcli.agent.asked import Asked
from dfcli.agent.roles import Facts, Role, roles
from dfcli.agent.texts import is_in
from dfcli.agent.verdict import Issue
from dfcli.agent.written import Written, normal

FEWEST = 5
"""Values that a gate about what values have in common needs at least."""

NON_NULL = 0.95
DISTINCT = 0.3
ECHOES = 0.5
LEAKS = 0.3
SAME_SCORE, SCORED = 0.95, 10
IN_LANGUAGE = 0.8

_WORDY = 15
"""Characters of a text, on average, from which on equal ones are no labels."""

_ANSWER = 4
"""Characters of an answer from which on it is not in the question by chance."""


def gates(found: list[Written], asked: Asked) -> Iterator[Issue]:
    """Yield the gates that what a model wrote does not pass."""
    single: tuple[Callable[[Written, Asked], Issue | None], ...] = (_nulls, _alike, _echoes, _one_score, _language)
    for each in found:
        yield from filter(None, (gate(each, asked) for gate in single))
    yield from _leaks(found, asked)


def _nulls(given: Written, asked: Asked) -> Issue | None:
    """Values are there in nearly all rows that did not fail."""
    nulls = given.values.is_null().arg_true().to_list()
    height = given.values.len()
    if len(nulls) <= (1 - NON_NULL) * height:
        return None
    return _issue("null_values", given, nulls, f"is null in {len(nulls)} of {height} rows")


def _alike(given: Written, asked: Asked) -> Issue | None:
    """Texts differ where what they were made from differs."""
    texts = list(given.texts()) if given.is_text and given.free else []
    if asked.repeats or not _are_wordy(text for _, text in texts):
        return None
    sources = len({tuple(sorted(given.before[place].items())) for place, _ in texts})
    counts = Counter(normal(text) for _, text in texts)
    if sources < FEWEST or len(counts) >= DISTINCT * sources:
        return None
    most = counts.most_common(1)[0][0]
    places = [place for place, text in texts if normal(text) == most]
    return _issue("near_constant", given, places, f"has {len(counts)} different texts for {sources} different inputs")


def _echoes(given: Written, asked: Asked) -> Issue | None:
    """Texts are more than a copy of what was read."""
    texts = list(given.texts()) if given.is_text and given.free and not asked.same_text else []
    copied = [place for place, text in texts if _is_copied(text, given.before[place].values())]
    if len(copied) < 2 or len(copied) <= ECHOES * len(texts):
        return None
    return _issue("echo", given, copied, f"only repeats what the step read in {len(copied)} of {len(texts)} rows")


def _is_copied(text: str, sources: Iterable[str]) -> bool:
    plain = normal(text)
    return bool(plain) and any(plain == normal(each) for each in sources)


def _one_score(given: Written, asked: Asked) -> Issue | None:
    """Scores tell rows apart."""
    scores = given.values.drop_nulls()
    if asked.same_score or not scores.dtype.is_numeric() or scores.len() < SCORED:
        return None
    value, count = Counter(scores.to_list()).most_common(1)[0]
    if count <= SAME_SCORE * scores.len():
        return None
    places = (given.values == value).arg_true().to_list()
    return _issue(
        "one_score", given, places, f"is {value} in {count} of {scores.len()} rows, and so tells nothing apart"
    )


def _language(given: Written, asked: Asked) -> Issue | None:
    """Texts are in the language that was asked for."""
    if not asked.language or not given.is_text or not given.free:
        return None
    told = {place: is_in(text, asked.language) for place, text in given.texts()}
    wrong = [place for place, right in told.items() if right is False]
    known = sum(right is not None for right in told.values())
    if not wrong or known - len(wrong) >= IN_LANGUAGE * known:
        return None
    return _issue("wrong_language", given, wrong, f"is not in {asked.language!r} in {len(wrong)} of {known} rows")


def _leaks(found: list[Written], asked: Asked) -> Iterator[Issue]:
    """Yield where questions that a model wrote hold their answers."""
    for given in found:
        if not given.is_text or asked.answer_in_question:
            continue
        named = roles([Facts(name, kind) for name, kind in given.frame.schema.items()])
        if named.get(given.column) not in ("question", "instruction"):
            continue
        for answer in (name for name, role in named.items() if _answers(role)):
            yield from _leak(given, answer)


def _answers(role: Role) -> bool:
    return role in ("answer", "response")


def _leak(given: Written, answer: str) -> Iterator[Issue]:
    pairs = [(normal(text), normal(str(given.frame[answer][place] or "")), place) for place, text in given.texts()]
    told = [place for question, text, place in pairs if len(text) >= _ANSWER and text in question]
    if len(told) >= 2 and len(told) > LEAKS * len(pairs):
        yield _issue("leak", given, told, f"holds the text of {answer} in {len(told)} of {len(pairs)} rows")


def _are_wordy(texts: Iterator[str]) -> bool:
    lengths = [len(text) for text in texts]
    return bool(lengths) and sum(lengths) >= _WORDY * len(lengths)


def _issue(code: str, given: Written, places: list[int], what: str) -> Issue:
    sentence = f"{given.step.id}: {given.column} {what}"
    return Issue(code, sentence, given.step.id, given.column, rows=given.rows(places))
