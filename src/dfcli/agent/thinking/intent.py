"""What nobody understood is said again by the model in words that rules read; they read it as they read any request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dfcli.agent.profile import Profile
from dfcli.agent.reading import read
from dfcli.agent.spec import Spec, Wish
from dfcli.agent.synthesis.model import Ask
from dfcli.agent.thinking import asking
from dfcli.agent.thinking.asking import Matter

MOST = 8
"""Parts of a request that a model is asked about."""

_NEVER = ("budgets",)
"""Skills whose wishes a model's words never become: what may be spent is for the person to say."""

_NAMED = re.compile(r"[\w./\\-]+\.[A-Za-z]\w*|\w+://\S+|[~/\\]\S+")


@dataclass(frozen=True)
class Understood:
    """A spec with what the model understood, and a sentence about each part that it did."""

    spec: Spec
    sentences: tuple[str, ...] = ()


def parts_of(spec: Spec) -> tuple[str, ...]:
    """Return the parts of a request that nobody understood: all of it where nothing at all was."""
    return spec.unread or (() if spec.wanted else (spec.request,))


def interpret(ask: Ask, spec: Spec, profile: Profile, matter: Matter) -> Understood:
    """Return a spec with wishes for those of its unread parts that the model can say in words that rules read."""
    parts = parts_of(spec)
    found = asking.meanings(ask, matter, parts[:MOST]) if parts else None
    if found is None:
        return Understood(spec)
    meant = {each.part - 1: each.means for each in found.parts if each.means and 0 < each.part <= len(parts)}
    wishes, sentences, left = list(spec.wishes), [], []
    for place, words in enumerate(parts):
        read_now = wishes_of(meant.get(place) or "", words, spec, profile)
        wishes += read_now
        if read_now:
            sentences.append(f"understood by the model: “{words}” means “{meant[place]}”")
        else:
            left.append(words)
    wishes.sort(key=lambda each: each.at)
    unread = left if spec.unread else ()
    return Understood(replace(spec, wishes=tuple(wishes), unread=tuple(unread)), tuple(sentences))


def wishes_of(meaning: str, words: str, spec: Spec, profile: Profile) -> tuple[Wish, ...]:
    """Return the wishes that a part of a request has in other words; none where rules do not read all of these."""
    if not meaning.strip() or any(each not in spec.request for each in _foreign(meaning, profile)):
        return ()
    found = read(meaning, profile)
    if found.refusal or found.unread or found.questions or not found.wanted:
        return ()
    if any(each.skill in _NEVER or "path" in each.options for each in found.wanted):
        return ()
    at = max(spec.request.find(words), 0)
    return tuple(_placed(found.wanted, words, at, spec.wishes))


def _placed(wishes: Sequence[Wish], words: str, at: int, others: Sequence[Wish]) -> Iterator[Wish]:
    """Yield wishes where the words stand that they are for, in the turn of what is said before them."""
    turn = max((each.turn for each in others if each.at < at), default=0)
    for each in wishes:
        yield replace(each, said=words, at=at, turn=turn + each.turn)


def _foreign(meaning: str, profile: Profile) -> list[str]:
    """Return what in some words looks like the name of a file, and is no column."""
    columns = {each.name for table in profile.tables for each in table.columns}
    inner = {f"{each.name}.{path}" for table in profile.tables for each in table.columns for path in each.fields}
    return [each for each in _NAMED.findall(meaning) if each.rstrip(".,;") not in columns | inner]
