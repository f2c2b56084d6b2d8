"""What becomes of a part of a request that nothing serves: what is there is taken first, code is written last."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dfcli.agent.retrieval.cards import cards
from dfcli.agent.retrieval.index import Index
from dfcli.agent.synthesis import asking
from dfcli.agent.synthesis.asking import Unanswered
from dfcli.agent.synthesis.coding import Shop, code
from dfcli.agent.synthesis.model import Function, Missing, Outcome, Proposal
from dfcli.agent.synthesis.shapes import Decision
from dfcli.agent.synthesis.templating import template
from dfcli.agent.synthesis.values import is_simple, shown
from dfcli.errors import BudgetReached, StepError
from dfcli.ops.base import Operator
from dfcli.ops.registry import Registry

NEAR = 8
"""Operators that are looked at before anything is written."""


def make(missing: Missing, shop: Shop, registry: Registry, scratch: Path) -> Outcome:
    """Return a step for what is missing, with the files it needs, or a sentence why there is none.

    `scratch` is for files in passing.
    """
    try:
        proposal = propose(missing, shop, registry)
        if proposal.function is None:
            return _of_step(proposal)
        if proposal.kind == "template":
            return template(missing, proposal.function, shop.ask, scratch)
        if shop.weak:
            return refused(f"it needs code, and code runs in a strong sandbox alone: {shop.weak}")
        return code(missing, proposal.function, shop)
    except (Unanswered, BudgetReached, StepError) as error:
        return refused(str(error))


def propose(missing: Missing, shop: Shop, registry: Registry) -> Proposal:
    """Return what is to be done: a step with an operator that is there, or a function, by a prompt or by code."""
    operators = registry.operators()
    near = Index(cards(operators)).ranked(missing.words)[:NEAR]
    found = asking.decision(shop.ask, missing, [listed(each.card.name, operators[each.card.name]) for each in near])
    if found.kind == "none":
        return Proposal("none", found.reason or "nothing was proposed")
    if found.kind == "existing":
        return _existing(found, operators)
    return _new(found, missing, registry)


def listed(name: str, cls: type[Operator]) -> str:
    """Return an operator as a model is told of it: its options with their defaults, and what it does."""
    options = ", ".join(
        option if info.is_required() else f"{option}={'…' if info.default_factory else shown(info.default)}"
        for option, info in cls.model_fields.items()
    )
    return f"{name}({options}): {(cls.__doc__ or '').strip().partition(chr(10))[0]}"


def refused(why: str) -> Outcome:
    """Return that nothing was made, and why."""
    return Outcome("refused", why)


def _existing(found: Decision, operators: Mapping[str, type[Operator]]) -> Proposal:
    if found.op not in operators:
        return Proposal("none", f"the model named an operator {found.op!r}, which does not exist")
    return Proposal("existing", found.reason, {"op": found.op, **{each.name: each.data for each in found.options}})


def _new(found: Decision, missing: Missing, registry: Registry) -> Proposal:
    """Return the function of a decision, unless it reads what is not there, or what no function can be given."""
    if unknown := [each for each in found.inputs if each not in missing.columns]:
        return Proposal("none", f"there is no column {', '.join(map(repr, unknown))}")
    if odd := [each for each in found.inputs if not is_simple(missing.columns[each])]:
        return Proposal("none", f"{odd[0]!r} holds {missing.columns[odd[0]]}, which no function is given")
    inputs: dict[str, Any] = {each: missing.columns[each] for each in found.inputs}
    name = found.name or ""
    if name in registry.names():
        name = f"{name}_of_row"
    function = Function(name, found.doc or "", inputs, found.output or "", found.type)
    return Proposal(found.kind, found.reason, function=function)


def _of_step(proposal: Proposal) -> Outcome:
    if not proposal.step:
        return refused(proposal.reason)
    return Outcome(
        "existing", f"by {proposal.step['op']}, as the model understood it: {proposal.reason}", proposal.step
    )
