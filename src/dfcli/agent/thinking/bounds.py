"""What a session may use of the model that plans, and what it has used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """What a session may use at most: calls, tokens, US dollars (None where nobody counts them), seconds of waiting."""

    calls: int = 8
    tokens: int = 60_000
    usd: float | None = 0.5
    seconds: float = 180.0


@dataclass(frozen=True)
class Thought:
    """What was used of the model that plans, over all the interruptions of a session.

    `reused` counts replies that were stored already, and cost nothing. `usd` is None where the price is not known.
    `stopped` says why the model was not asked further, where something kept it from that.
    """

    model: str
    calls: int = 0
    reused: int = 0
    tokens: int = 0
    usd: float | None = 0.0
    seconds: float = 0.0
    stopped: str = ""
