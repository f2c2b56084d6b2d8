"""The agent as a graph: profile, read, clarify, plan, check, mock, sample, each with repair, then review and write.

Where a model plans, it interprets what was not read, and thinks of a second plan.

Nodes are plain functions of `nodes`; LangGraph decides which comes next and keeps the state after each, so that a
session that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from dfcli.agent import nodes
from dfcli.agent.nodes import Desk
from dfcli.agent.state import State
from dfcli.agent.thinking import nodes as thoughts

Node = Callable[[Desk, State], State]

NODES: Mapping[str, Node] = {
    "profile": nodes.profile,
    "read": nodes.read,
    "interpret": thoughts.interpret,
    "clarify": nodes.clarify,
    "retrieve": nodes.retrieve,
    "plan": nodes.plan,
    "think": thoughts.think,
    "synthesise": nodes.synthesise,
    "check": nodes.check,
    "mock": nodes.mock,
    "sample": nodes.sample,
    "repair": nodes.repair,
    "review": nodes.review,
    "write": nodes.write,
    "report": nodes.report,
}

LONGEST = 40
"""Nodes that a session goes through at most: three levels with four repairs each, and the rest."""


def run(desk: Desk, start: State, file: Path, key: str) -> Iterator[tuple[str, State]]:
    """Yield each node's name and what it found, from the start or from where an earlier session of this key stopped.

    What that session had found comes first, in the name of `START`.
    """
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import START

    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file, check_same_thread=False)) as connection:
        saver = SqliteSaver(connection)
        graph = _graph(desk, saver)
        config: Any = {"configurable": {"thread_id": key}, "recursion_limit": LONGEST}
        begun = graph.get_state(config)
        given = None if begun.next else start
        if begun.values and not begun.next:
            saver.delete_thread(key)
        if begun.next:
            yield START, begun.values
        for update in graph.stream(given, config, stream_mode="updates", durability="sync"):
            yield from update.items()
        saver.delete_thread(key)


def _graph(desk: Desk, saver: Any) -> Any:
    from langgraph.graph import END, START, StateGraph

    graph = StateGraph(State)
    for name, node in NODES.items():
        graph.add_node(name, partial(_call, name, node, desk))
    graph.add_edge(START, "profile")
    graph.add_edge("profile", "read")
    graph.add_conditional_edges("read", partial(_read, desk))
    graph.add_edge("interpret", "clarify")
    graph.add_conditional_edges("clarify", lambda state: "report" if _unclear(state) else "retrieve")
    graph.add_edge("retrieve", "plan")
    graph.add_conditional_edges("plan", partial(_planned, desk))
    graph.add_conditional_edges("think", partial(_made, desk))
    graph.add_conditional_edges("synthesise", lambda state: "report" if _ended(state) else "check")
    for level, following in (("check", "mock"), ("mock", "sample"), ("sample", "review")):
        graph.add_conditional_edges(level, partial(_after, level, following))
    graph.add_conditional_edges(
        "repair", lambda state: "check" if state.get("repairs") and state["repairs"][-1] else "review"
    )
    graph.add_conditional_edges("review", lambda state: "write" if state.get("decision") == "accept" else "report")
    graph.add_edge("write", "report")
    graph.add_edge("report", END)
    return graph.compile(checkpointer=saver)


def _call(name: str, node: Node, desk: Desk, state: State) -> State:
    desk.watch(name)
    return node(desk, state)


def _unclear(state: State) -> bool:
    return state.get("exit_code") == nodes.UNCLEAR


def _ended(state: State) -> bool:
    """Tell whether there is no recipe to go on with."""
    return _unclear(state) or not state.get("text")


def _read(desk: Desk, state: State) -> str:
    if state.get("refusal"):
        return "report"
    return "interpret" if desk.thinker else "clarify"


def _planned(desk: Desk, state: State) -> str:
    """Return where to go from a plan by rules: to the model's, where there is one."""
    return "think" if desk.thinker and not _ended(state) else _made(desk, state)


def _made(desk: Desk, state: State) -> str:
    """Return where to go from a plan: to what makes operators that are missing, where there is a model for that."""
    if _ended(state):
        return "report"
    return "synthesise" if desk.make and state.get("unread") else "check"


def _after(level: str, following: str, state: State) -> str:
    """Return where to go from a level: on, to repair, or to review with what there is."""
    if nodes.reached(state, level):
        return following
    return "repair" if state.get("rounds", 0) < nodes.ROUNDS else "review"
