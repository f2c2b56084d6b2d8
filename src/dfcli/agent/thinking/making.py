"""What makes missing operators, with the model that plans as the one that is asked."""

from __future__ import annotations

from pathlib import Path

from dfcli.agent.synthesis.coding import Shop
from dfcli.agent.synthesis.filling import Make
from dfcli.agent.synthesis.making import make
from dfcli.agent.synthesis.model import Missing, Outcome
from dfcli.agent.thinking.thinker import Thinker
from dfcli.ops.code_gate import MODULES, refused
from dfcli.ops.registry import installed


def maker(thinker: Thinker, scratch: Path) -> Make:
    """Return what a session takes to make missing operators; functions are tried in the sandbox, where it is strong."""

    def made(missing: Missing) -> Outcome:
        from dfcli.agent.synthesis.sandboxed import run, weakness

        return make(missing, Shop(thinker, refused, run, MODULES, weakness()), installed(), scratch)

    return made
