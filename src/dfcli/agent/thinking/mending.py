"""Edits that a model proposes where rules know none: told what is wrong and what was tried, never the rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dfcli.agent.edits import Edit, apply, edits_from
from dfcli.agent.outline import outline
from dfcli.agent.spans import EditError
from dfcli.agent.synthesis.model import Ask
from dfcli.agent.thinking import asking
from dfcli.agent.thinking.asking import Matter
from dfcli.agent.thinking.cards import cards
from dfcli.agent.thinking.names import Names
from dfcli.agent.thinking.planning import MARK
from dfcli.agent.verdict import Verdict
from dfcli.errors import StepError


@dataclass
class Mender:
    """Proposes edits for `repair`; what it proposed before is told with the next question.

    An edit that would open what the request does not name is not made. `given` are the operators that its edits gave to
    steps.
    """

    ask: Ask
    matter: Matter
    names: Names
    tried: list[str] = field(default_factory=list)
    given: set[str] = field(default_factory=set)

    def __call__(self, text: str, verdict: Verdict) -> Sequence[Edit]:
        """Return the edits for a text; StepError where the model gives none that may be made."""
        found = asking.edits(
            self.ask, self.matter, cards(self._wishes(text, verdict), _ops(text)), text, verdict, self.tried
        )
        if found is None or not found.edits:
            raise StepError("the model knows no edit")
        data = [each.data() for each in found.edits]
        self.tried.append(json.dumps(data, ensure_ascii=False))
        if strange := next(filter(None, map(self._strange, data)), ""):
            raise StepError(f"the model's edits open {strange}, which the request does not name")
        self.given.update(op for each in data if (op := _op(each)))
        return edits_from(self.names.shown(list(map(_with_id, data))))

    def edited(self, text: str, verdict: Verdict) -> str:
        """Return a text after the model's edits, or as it was where it knows none that can be made."""
        try:
            return apply(text, self(text, verdict))
        except (EditError, StepError):
            return text

    def _wishes(self, text: str, verdict: Verdict) -> list[str]:
        """Return what operators may be wanted for: the request, and the names that nothing in the catalogue has."""
        found = outline(text)
        ops = {each.id: each.op for each in found.steps} if found else {}
        unknown = [ops.get(each.step, "") for each in verdict.errors if each.code == "unknown_operator"]
        return [*(each.replace("_", " ") for each in unknown if each), self.matter.request]

    def _strange(self, edit: dict[str, Any]) -> str:
        named = {str(edit["name"]): edit["value"]} if edit["edit"] == "set_option" and "name" in edit else {}
        step = edit.get("by", edit.get("step"))
        return self.names.strange({**named, **(step if isinstance(step, dict) else {})})


def _with_id(edit: dict[str, Any]) -> dict[str, Any]:
    """Return an edit whose new step keeps the id that the one in its place was given for the time of mending."""
    if edit["edit"] != "replace_step" or not str(edit.get("step", "")).startswith(MARK):
        return edit
    return {**edit, "by": {**edit.get("by", {}), "id": edit["step"]}}


def _op(edit: dict[str, Any]) -> str:
    """Return the operator that an edit gives to a step that is there."""
    return str(edit.get("by", {}).get("op", "") or (edit.get("op", "") if edit["edit"] == "set_operator" else ""))


def _ops(text: str) -> list[str]:
    found = outline(text)
    return [each.op for each in found.steps] if found else []
