"""What a run has used of its budget.

A call is reserved before it is sent and settled when it has landed; only the loop's thread does either.
"""

from __future__ import annotations

from dfcli.errors import BudgetReached, UsageError
from dfcli.recipes.model import Budget, Price
from dfcli.runtime.events import Usage


class Spending:
    """The usage so far, over all resumes of a run, and its limits."""

    def __init__(self, budget: Budget | None, spent: Usage | None) -> None:
        self.spent = Usage()
        self.spent.add(spent or Usage())
        self._budget = budget

    def reserve(self, model: str, price: Price | None) -> None:
        """Count a call about to be sent; BudgetReached when the budget has no room for it."""
        budget, spent = self._budget, self.spent
        if budget is not None:
            if budget.usd is not None and price is None:
                raise UsageError(
                    f"budget.usd needs the price of {model}, which nobody knows; give the model"
                    " `price: {input: …, output: …}` in US dollars per million tokens"
                )
            tokens = spent.tokens_in + spent.tokens_out
            _hold("calls", spent.calls, budget.calls)
            _hold("tokens", tokens, budget.tokens)
            _hold("US dollars", spent.usd, budget.usd)
        spent.calls += 1

    def settle(self, usage: Usage) -> None:
        """Count what a reserved call took, now that it has landed."""
        self.spent.add(usage)
        self.spent.calls -= usage.calls


def cost(price: Price, tokens_in: int, tokens_out: int) -> float:
    """Return US dollars."""
    return (tokens_in * price.input + tokens_out * price.output) / 1e6


def _hold(what: str, used: float, limit: float | None) -> None:
    if limit is not None and used >= limit:
        raise BudgetReached(
            f"the budget is used up: {used:,.6g} of {limit:,.6g} {what}; what is finished is kept,"
            " raise the budget and run again to go on"
        )
