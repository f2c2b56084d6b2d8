"""What makes missing operators, with the model that plans as the one that is asked."""

from __future__ import annotations

from pathlib import Path

from dfcli.agent.synthesis.coding import Shop
from dfcli.agent.synthesis.filling import Make
from dfcli.agent.synthesis.making import make
from dfcli.agent.synthesis.model import Gate, Run
from dfcli.agent.thinking.thinker import Thinker
from dfcli.ops.registry import installed


def maker(thinker: Thinker, gate: Gate, run: Run, modules: tuple[str, ...], scratch: Path, weak: str = "") -> Make:
    """Return what a session takes to make missing operators; `weak` says why the sandbox is not strong."""
    shop = Shop(thinker, gate, run, modules, weak)
    return lambda missing: make(missing, shop, installed(), scratch)
