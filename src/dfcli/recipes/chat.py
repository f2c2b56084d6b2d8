"""Formats that fine-tuning tools read: how the columns of a result become their fields.

    alpaca    instruction, input, output (and system)
    messages  messages: a list of {role, content}, roles system, user, assistant
    sharegpt  conversations: a list of {from, value}, from system, human, gpt
    dpo       prompt, chosen, rejected

A field is the column of its name, or the one that the output's `fields` gives for it. In `messages` and `sharegpt`, a
column `messages` that holds whole conversations does instead of the single turns. Source: the formats' definitions in
the documentation of Stanford Alpaca, FastChat (ShareGPT) and TRL.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import get_args

import polars as pl

from dfcli.errors import did_you_mean
from dfcli.ops.types import name_of
from dfcli.recipes.model import ChatFormat, Output

_FIELDS: Mapping[ChatFormat, Mapping[str, bool]] = {
    "alpaca": {"instruction": True, "input": False, "output": True, "system": False},
    "messages": {"system": False, "user": True, "assistant": True},
    "sharegpt": {"system": False, "human": True, "gpt": True},
    "dpo": {"prompt": True, "chosen": True, "rejected": True},
}
"""The fields of each format, and whether it needs them."""

_TALK = "messages"
_TURNS = {"messages": ("messages", "role", "content"), "sharegpt": ("conversations", "from", "value")}
_SHAREGPT = {"user": "human", "assistant": "gpt"}


def chat_format(output: Output) -> ChatFormat | None:
    """Return the chat format an output is written in, None when it is written as it is."""
    return output.format if output.format in get_args(ChatFormat) else None  # type: ignore[return-value]  # just tested


def fields(output: Output, columns: Collection[str], *, more: bool = False) -> dict[str, str]:
    """Return the column of each field that an output has; ValueError says which one it lacks.

    With `more` there may be columns besides the given ones, and a needed field is taken to be there.
    """
    chat = chat_format(output)
    assert chat is not None
    known = {**_FIELDS[chat], **({_TALK: False} if chat in _TURNS else {})}
    for name in output.fields:
        if name not in known:
            raise ValueError(
                f"fields: {chat} has no field {name!r}{did_you_mean(name, known)}; it has {', '.join(known)}"
            )
    named = {name: output.fields.get(name, name) for name in known}
    wanted = [name for name in known if name in output.fields]
    found = {name: column for name, column in named.items() if column in columns or (name in wanted and more)}
    if _TALK in found:
        return {_TALK: found[_TALK]}
    for name, needed in known.items():
        if name not in found and (name in wanted or (needed and not more)):
            raise ValueError(_lacking(chat, name, named[name], columns))
    return found


def shaped(output: Output, schema: pl.Schema) -> list[pl.Expr]:
    """Return the columns of a chat format as expressions over a result's columns; ValueError where they do not fit."""
    chat, found = chat_format(output), fields(output, schema)
    for name, column in found.items():
        if name != _TALK and schema[column] != pl.String:
            raise ValueError(f"{chat} takes text, and the column {column!r} is {name_of(schema[column])}")
    others = [pl.col(name) for name in output.columns or ()]
    if chat in _TURNS:
        whole = _TALK in found
        return [_conversation(chat, found[_TALK], schema) if whole else _turns(chat, found), *others]
    texts = [pl.col(column).alias(name) for name, column in found.items()]
    blank = [pl.lit("").alias("input")] if chat == "alpaca" and "input" not in found else []
    return [*texts[:1], *blank, *texts[1:], *others]


def _turns(chat: str, found: Mapping[str, str]) -> pl.Expr:
    into, who, what = _TURNS[chat]
    turn = {name: pl.struct(pl.lit(name).alias(who), pl.col(column).alias(what)) for name, column in found.items()}
    talk = pl.concat_list([each for name, each in turn.items() if name != "system"])
    if "system" in turn:
        given = pl.col(found["system"]).fill_null("") != ""
        talk = pl.when(given).then(pl.concat_list([turn["system"], talk])).otherwise(talk)
    return talk.alias(into)


def _conversation(chat: str, column: str, schema: pl.Schema) -> pl.Expr:
    into, who, what = _TURNS[chat]
    kind = schema[column]
    inner = kind.inner if isinstance(kind, pl.List) else None
    if not isinstance(inner, pl.Struct) or not {"role", "content"} <= {each.name for each in inner.fields}:
        raise ValueError(f"the column {column!r} must be a list of objects with role and content, not {name_of(kind)}")
    role = pl.element().struct.field("role")
    speaker = role.replace(_SHAREGPT) if chat == "sharegpt" else role
    each = pl.struct(speaker.alias(who), pl.element().struct.field("content").alias(what))
    return pl.col(column).list.eval(each).alias(into)


def _lacking(chat: str, name: str, column: str, columns: Collection[str]) -> str:
    if name != column:
        return f"fields: there is no column {column!r}{did_you_mean(column, columns)}"
    return f"format {chat} needs a column {name!r}; name yours: fields: {{{name}: …}}"
