"""What a run has used of its budget.

A call's likely tokens and cost are reserved before it is sent, and settled when it has landed, so that calls in flight
cannot overrun a budget by more than they were misjudged. Only the loop's thread does either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

from dfcli.errors import BudgetReached, UsageError
from dfcli.recipes.model import Budget, Price
from dfcli.runtime.events import Usage


class Reserved(NamedTuple):
    """What a call, or a batch of them, is expected to take at most."""

    tokens: int
    usd: float
    calls: int = 1


class Spending:
    """The usage so far, over all resumes of a run, and its limits; `limited` tells whether there are any."""

    def __init__(self, budget: Budget | None, spent: Usage | None) -> None:
        self.spent = Usage()
        self.spent.add(spent or Usage())
        self._budget = budget or Budget()
        self.limited = self._budget != Budget()
        self._flying: list[Reserved] = []
        self._landed = asyncio.Event()

    async def reserve(
        self, model: str, price: Price | None, tokens_in: int, tokens_out: int, calls: int = 1
    ) -> Reserved:
        """Count calls about to be sent; BudgetReached when the budget has no room for them, whatever lands."""
        if self._budget.usd is not None and price is None:
            raise UsageError(
                f"budget.usd needs the price of {model}, which nobody knows; give the model, or your price file,"
                " `price: {input: …, output: …}` in US dollars per million tokens"
            )
        reserved = _reserved(price, tokens_in, tokens_out, calls)
        while (full := next(self._full(reserved), None)) is not None:
            if not self._flying:
                raise BudgetReached(f"the budget is used up: {full}; what is finished is kept, raise it to go on")
            self._landed.clear()
            await self._landed.wait()
        self._flying.append(reserved)
        return reserved

    def hold(self, price: Price | None, tokens_in: int, tokens_out: int, calls: int) -> Reserved:
        """Count calls that an earlier run has sent already, so there is no question of room."""
        reserved = _reserved(price, tokens_in, tokens_out, calls)
        self._flying.append(reserved)
        return reserved

    def settle(self, reserved: Reserved, usage: Usage) -> None:
        """Count what a reserved call took, now that it has landed."""
        self._flying.remove(reserved)
        self.spent.add(usage)
        self._landed.set()

    def _full(self, more: Reserved) -> Iterator[str]:
        """Yield what of the budget has no room for a call besides what was spent and what is in flight."""
        if not self.limited:
            return
        spent, flying = self.spent, self._flying
        tokens = spent.tokens_in + spent.tokens_out
        for what, used, held, next_, limit in (
            ("calls", spent.calls, sum(each.calls for each in flying), more.calls, self._budget.calls),
            ("tokens", tokens, sum(each.tokens for each in flying), more.tokens, self._budget.tokens),
            ("US dollars", spent.usd, sum(each.usd for each in flying), more.usd, self._budget.usd),
        ):
            if limit is not None and used + held + next_ > limit:
                call = "call" if more.calls == 1 else f"batch of {more.calls:,} calls"
                besides = "" if next_ == 1 else f", and the next {call} may take {next_:,.4g}"
                yield f"{used:,.6g} of {limit:,.6g} {what}{besides}"


def _reserved(price: Price | None, tokens_in: int, tokens_out: int, calls: int) -> Reserved:
    return Reserved(tokens_in + tokens_out, cost(price, tokens_in, tokens_out) if price else 0.0, calls)


def cost(price: Price, tokens_in: float, tokens_out: float, tokens_cached: float = 0) -> float:
    """Return US dollars; `tokens_cached` of `tokens_in` were in the provider's cache."""
    cached = price.input if price.cached is None else price.cached
    return ((tokens_in - tokens_cached) * price.input + tokens_cached * cached + tokens_out * price.output) / 1e6
