"""What is shown to a person before a recipe is written, and what they may say to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dfcli.agent.certificate import certificate
from dfcli.agent.thinking.bounds import Thought
from dfcli.agent.verdict import Verdict


@dataclass(frozen=True)
class Card:
    """A recipe before it is written: its text, the verdict on it, and what was taken for granted.

    `out` is where it is to go, `before` what stands there now. `rows` is how many rows the data have, where that is
    known. `file` is the text with its certificate, as it would be written; `tried` is the text as it can be run now,
    where new files of it lie elsewhere until it is accepted. `thought` is what was used of the model that plans,
    `serving` names what may serve what was not understood.
    """

    text: str
    verdict: Verdict
    assumptions: tuple[str, ...]
    unread: tuple[str, ...]
    repairs: tuple[str, ...]
    out: Path
    before: str | None = None
    rows: int | None = None
    tried: str = ""
    thought: Thought | None = None
    serving: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """What would be written: the certificate, then the text."""
        return certified(self.text, self.verdict)


Review = Callable[[Card], str]
"""Whoever reviews: returns `accept`, `reject`, or another text of the recipe, which is then checked and shown."""


def certified(text: str, verdict: Verdict) -> str:
    """Return a recipe's text with what was found out about it at its head."""
    head = "\n".join(certificate(verdict, asks="\nmodels:" in text))
    return f"{head}\n{text}"


_CERTIFIES = (
    "# Checked by dfcli agent",
    "# Sample: ",
    "# Does not hold: ",
    "# Not measured: ",
    "# In the way: ",
    "# To know: ",
    "# … and ",
)


def recertified(text: str, verdict: Verdict) -> str:
    """Return a text whose head says what was found out about it now; one that never had such a head stays as it is."""
    lines = text.splitlines(keepends=True)
    if not lines or not lines[0].startswith(_CERTIFIES[0]):
        return text
    while lines and lines[0].startswith(_CERTIFIES):
        lines.pop(0)
    return certified("".join(lines), verdict)
