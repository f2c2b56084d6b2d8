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
    """What a call is expected to take at most."""

    tokens: int
    usd: float


class Spending:
    """The usage so far, over all resumes of a run, and its limits."""

    def __init__(self, budget: Budget | None, spent: Usage | None) -> None:
        self.spent = Usage()
        self.spent.add(spent or Usage())
        self._budget = budget or Budget()
        self._flying: list[Reserved] = []
        self._landed = asyncio.Event()

    @property
    def limited(self) -> bool:
        """Whether there is a budget to keep to."""
        return self._budget != Budget()

    async def reserve(self, model: str, price: Price | None, tokens_in: int, tokens_out: int) -> Reserved:
        """Count a call about to be sent; BudgetReached when the budget has no room for it, whatever lands."""
        if self._budget.usd is not None and price is None:
            raise UsageError(
                f"budget.usd needs the price of {model}, which nobody knows; give the model, or your price file,"
                " `price: {input: …, output: …}` in US dollars per million tokens"
            )
        reserved = Reserved(tokens_in + tokens_out, cost(price, tokens_in, tokens_out) if price else 0.0)
        while (full := next(self._full(reserved), None)) is not None:
            if not self._flying:
                raise BudgetReached(f"the budget is used up: {full}; what is finished is kept, raise it to go on")
            self._landed.clear()
            await self._landed.wait()
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
            ("calls", spent.calls, len(flying), 1, self._budget.calls),
            ("tokens", tokens, sum(each.tokens for each in flying), more.tokens, self._budget.tokens),
            ("US dollars", spent.usd, sum(each.usd for each in flying), more.usd, self._budget.usd),
        ):
            if limit is not None and used + held + next_ > limit:
                besides = "" if next_ == 1 else f", and the next call may take {next_:,.4g}"
                yield f"{used:,.6g} of {limit:,.6g} {what}{besides}"


def cost(price: Price, tokens_in: float, tokens_out: float, tokens_cached: float = 0) -> float:
    """Return US dollars; `tokens_cached` of `tokens_in` were in the provider's cache."""
    cached = price.input if price.cached is None else price.cached
    return ((tokens_in - tokens_cached) * price.input + tokens_cached * cached + tokens_out * price.output) / 1e6
