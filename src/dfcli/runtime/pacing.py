"""When the next call to an endpoint may be sent: how many at once, how many a minute, and after which pause.

`Level` and `Rate` are arithmetic and know no clock; `Gate` puts them before an endpoint's calls, on the loop.
"""

from __future__ import annotations

import asyncio
from collections import deque

from dfcli.recipes.model import ModelSpec
from dfcli.runtime.halt import Halt
from dfcli.runtime.transports import Limits

START = 16
"""Calls in flight that a run begins with when nothing is known of an endpoint."""

STEEP = 2
"""How many more calls each answer then allows, until the first refusal."""

CUT = 0.75
PROBE = 20
"""Near the level at which an endpoint last refused, the level rises this many times more slowly."""

FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0
WINDOW = 60.0
_SHORTEST = 1e-3


class Level:
    """How many calls an endpoint bears at once, found by trying as TCP finds a line's capacity.

    It triples with each round of answers until the first refusal, which cuts it; then it rises by one a round, and
    near the level of the last refusal by far less. `known` is the level that an earlier run found, `ceiling` the one at
    which it was refused, if it was.
    """

    def __init__(self, most: int, known: int | None = None, ceiling: int | None = None) -> None:
        self._most = most
        self._level = float(min(most, max(known or 0, START) if ceiling is None else known or START))
        self.ceiling = ceiling
        self._steep = ceiling is None

    def __int__(self) -> int:
        return int(self._level)

    @property
    def found(self) -> int:
        """What a later run may begin with."""
        return int(self._level) if self.ceiling is None else max(1, min(self.ceiling - 1, self._most))

    def answered(self) -> None:
        """Take note of an answer."""
        if self._steep:
            step = float(STEEP)
        elif self.ceiling is not None and self._level >= self.ceiling - 1:
            step = 1 / (PROBE * self._level)
        else:
            step = 1 / self._level
        self._level = min(self._most, self._level + step)
        if self.ceiling is not None and self._level > 1.25 * self.ceiling + 1:
            self.ceiling = None

    def refused(self, in_flight: int) -> None:
        """Take note of a burst of refusals, which so many calls in flight met."""
        self.ceiling = max(2, min(in_flight, int(self._level)))
        self._level = max(1.0, CUT * (self.ceiling - 1))
        self._steep = False


class Rate:
    """At most so much in any minute, in a short burst at most a second's worth; `give_back` takes what was too much."""

    def __init__(self, per_minute: int) -> None:
        self._burst = max(1.0, per_minute / WINDOW)
        self._per_second = max(per_minute - self._burst, 1.0) / WINDOW
        self._left = self._burst
        self._at: float | None = None

    def wait(self, now: float) -> float:
        """Return the seconds until something may be taken."""
        self._fill(now)
        seconds = (1.0 - self._left) / self._per_second
        return seconds if seconds > _SHORTEST else 0.0

    def take(self, amount: float, now: float) -> None:
        """Take an amount; more than is left is paid back by a longer wait."""
        self._fill(now)
        self._left -= amount

    def give_back(self, amount: float) -> None:
        """Put back what was reserved and not used (or, negative, take what was used besides)."""
        self._left += amount

    def _fill(self, now: float) -> None:
        if self._at is not None:
            self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now


class Gate:
    """Lets calls through to one endpoint as it bears them; it lives on the loop."""

    def __init__(self, spec: ModelSpec, halt: Halt, known: int | None = None, ceiling: int | None = None) -> None:
        self.level = Level(spec.concurrency, known, ceiling)
        self._halt = halt
        self._pace = halt.pace
        self._requests = Rate(spec.rpm) if spec.rpm else None
        self._tokens = Rate(spec.tpm) if spec.tpm else None
        self._rated = bool(spec.rpm or spec.tpm)
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._paused_until = -1.0
        self._bursts = 0
        self._in_a_row = 0

    @property
    def counts_tokens(self) -> bool:
        """Whether it must be told how many tokens a call takes."""
        return self._tokens is not None

    async def enter(self, tokens: int) -> int:
        """Wait until a call of so many tokens may be sent, and take its place; return what `refused` wants to know."""
        if self._in_flight < int(self.level) and not self._waiting:
            self._in_flight += 1
        else:
            place = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            await place
        if self._wait() > 0 or self._rated:
            try:
                await self._cool(tokens)
            except BaseException:
                self.leave()
                raise
        return self._bursts

    def leave(self) -> None:
        """Give a place up; free ones go to those who wait, first come, first served."""
        self._in_flight -= 1
        while self._waiting and self._in_flight < int(self.level):
            self._in_flight += 1
            self._waiting.popleft().set_result(None)

    def answered(self, expected: int, tokens: int, limits: Limits | None) -> None:
        """Take note of an answer, of how many tokens it took, and of what its headers say is left."""
        self._in_a_row = 0
        self.level.answered()
        if self._tokens is not None:
            self._tokens.give_back(expected - tokens)
        if limits is not None:
            self._hold(limits.requests_left, limits.requests_reset)
            self._hold(limits.tokens_left, limits.tokens_reset)

    def refused(self, burst: int, asked_for: float | None) -> float:
        """Take note of a refusal for too many calls, and keep all from being sent for a while; return how long.

        `burst` is what the call was let through with: refusals of calls sent together count as one.
        """
        now = self._pace.now()
        if burst == self._bursts:
            self._bursts += 1
            self._in_a_row += 1
            self.level.refused(self._in_flight + 1)  # the refused call has left its place already
            wait = self.backoff(self._in_a_row) if asked_for is None else asked_for * (1 + self._pace.chance() / 10)
            self._paused_until = max(self._paused_until, now + wait)
        elif asked_for is not None:
            self._paused_until = max(self._paused_until, now + asked_for)
        return max(0.0, self._paused_until - now)

    def backoff(self, number: int) -> float:
        """Return how long to wait after the number-th failure in a row."""
        longest: float = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (number - 1))
        return longest * (0.5 + self._pace.chance() / 2)

    def _hold(self, left: int | None, reset: float | None) -> None:
        if left == 0 and reset:
            self._paused_until = max(self._paused_until, self._pace.now() + min(reset, LONGEST_WAIT))

    async def _cool(self, tokens: int) -> None:
        while (left := self._wait()) > 0:
            await self._halt.rest(left)
            self._halt.check()
        now = self._pace.now()
        if self._requests is not None:
            self._requests.take(1, now)
        if self._tokens is not None:
            self._tokens.take(tokens, now)

    def _wait(self) -> float:
        now = self._pace.now()
        rates = [each.wait(now) for each in (self._requests, self._tokens) if each is not None]
        return max([self._paused_until - now, *rates])
