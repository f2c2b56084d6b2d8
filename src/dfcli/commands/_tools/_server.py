"""The tools over the Model Context Protocol, on stdin and stdout."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import anyio
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import CallToolRequestParams, CallToolResult, ListToolsResult, TextContent, Tool, ToolAnnotations
from pydantic import ValidationError

from dfcli.commands._tools import catalogue, recipes
from dfcli.commands._tools.answers import Refused
from dfcli.commands._tools.catalogue import Arguments
from dfcli.commands._tools.folder import Folder
from dfcli.errors import DfcliError
from dfcli.ops.sentences import sentences

_TOOLS: tuple[type[Arguments], ...] = (
    *(catalogue.SearchOperators, catalogue.ShowCard, catalogue.ListRecipes, catalogue.ShowRecipe),
    *(recipes.CheckRecipe, recipes.PreviewRecipe, recipes.RunSample, recipes.EditRecipe, recipes.PlanRecipe),
)
_WRITES = (recipes.EditRecipe, recipes.PlanRecipe)
_ORDER = (
    "Look for operators with search_operators before you write a step, and at each with show_card. Write the recipe "
    "(plan_recipe makes a first one), then check_recipe, preview_recipe and run_sample until nothing is wrong."
)


def name_of(tool: type[Arguments]) -> str:
    """Return the name of a tool: `SearchOperators` is search_operators."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", tool.__name__).lower()


TOOLS: Mapping[str, type[Arguments]] = {name_of(each): each for each in _TOOLS}


def called(name: str, arguments: Mapping[str, Any], folder: Folder) -> tuple[dict[str, Any], bool]:
    """Return what a tool answers, and whether that is an error."""
    tool = TOOLS.get(name)
    if tool is None:
        return Refused(f"there is no tool {name!r}", valid=list(TOOLS)).answer(), True
    try:
        return tool.model_validate(arguments)(folder), False  # type: ignore[operator]  # each tool can be called
    except ValidationError as error:
        wrong = "; ".join(each.sentence for each in sentences(error, dict(arguments)))
        return Refused(
            wrong, valid=list(tool.model_fields), then=f"call {name} again with right arguments"
        ).answer(), True
    except Refused as error:
        return error.answer(), True
    except DfcliError as error:
        return Refused(str(error), then="mend what the sentence names, and call it again").answer(), True


def described(name: str, tool: type[Arguments]) -> Tool:
    """Return a tool as the protocol lists it."""
    schema = _untitled(tool.model_json_schema())
    schema.pop("description", None)
    read_only = tool not in _WRITES
    hints = ToolAnnotations(read_only_hint=read_only, destructive_hint=False, open_world_hint=tool is recipes.RunSample)
    return Tool(name=name, description=(tool.__doc__ or "").strip(), input_schema=schema, annotations=hints)


def _untitled(schema: Any) -> Any:
    """Return a schema without titles, which only repeat the names of fields."""
    if isinstance(schema, dict):
        kept = {key: each for key, each in schema.items() if key != "title" or not isinstance(each, str)}
        return {key: _untitled(each) for key, each in kept.items()}
    return [_untitled(each) for each in schema] if isinstance(schema, list) else schema


def serve(folder: Folder) -> None:
    """Answer until stdin ends; what else is printed goes to stderr."""
    anyio.run(_serve, folder)


async def _serve(folder: Folder) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # processes that are started may print as well
    sys.stdout = sys.stderr

    async def tools(context: Any, params: Any) -> ListToolsResult:
        return ListToolsResult(tools=[described(name, tool) for name, tool in TOOLS.items()])

    async def call(context: Any, params: CallToolRequestParams) -> CallToolResult:
        found, wrong = await anyio.to_thread.run_sync(called, params.name, params.arguments or {}, folder)
        text = json.dumps(found, ensure_ascii=False, default=str)
        return CallToolResult(content=[TextContent(type="text", text=text)], is_error=wrong)

    server: Server[Any] = Server(
        "dfcli", version=version("dfcli"), instructions=_ORDER, on_list_tools=tools, on_call_tool=call
    )
    async with stdio_server(stdout=anyio.wrap_file(answers)) as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
