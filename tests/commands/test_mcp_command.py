"""`dfcli mcp`: tools for other agents, each answer a page, each error a way on, and no file written but by consent."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
import typer
from calling import Call
from hypothesis import given
from hypothesis import strategies as st
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult

from dfcli.commands._tools._server import TOOLS, called
from dfcli.commands._tools.answers import MOST_TOKENS, Refused, cut, paged, tokens
from dfcli.commands._tools.folder import Folder
from dfcli.commands.app import app
from dfcli.commands.mcp import SKILL

RECIPE = """\
# Ours.
name: pages
input: pages.jsonl
output: out.jsonl
steps:
  - html_to_text
  - op: dedup_exact   # equal ones
    on: text
"""


@pytest.fixture
def folder(here: Path) -> Folder:
    rows = [{"id": at, "text": f"<p>Page {at % 7}, write to ann{at % 7}@example.org</p>"} for at in range(30)]
    (here / "pages.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in rows), encoding="utf-8")
    (here / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return Folder(here)


def told(folder: Folder, tool: str, /, **arguments: Any) -> dict[str, Any]:
    answer, wrong = called(tool, arguments, folder)
    assert not wrong, answer
    assert tokens(answer) <= 3000
    return answer


def refused(folder: Folder, tool: str, /, **arguments: Any) -> dict[str, Any]:
    answer, wrong = called(tool, arguments, folder)
    assert wrong, answer
    assert tokens(answer) <= 3000
    return answer


def test_a_client_over_stdio_lists_the_tools_and_calls_each(folder: Folder) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("search_operators", {"query": "mask personal information"}),
        ("show_card", {"name": "mask_pii"}),
        ("list_recipes", {}),
        ("show_recipe", {"name": "text/dedup"}),
        ("check_recipe", {"path": "recipe.yaml"}),
        ("preview_recipe", {"path": "recipe.yaml"}),
        ("run_sample", {"path": "recipe.yaml"}),
        ("edit_recipe", {"path": "recipe.yaml", "wish": "also mask emails"}),
        ("plan_recipe", {"request": "strip the html", "data": ["pages.jsonl"]}),
        ("show_card", {"name": "no such thing"}),
    ]

    async def talk() -> tuple[list[str], list[CallToolResult]]:
        command = StdioServerParameters(
            command=sys.executable,
            args=["-m", "dfcli", "mcp", "--folder", str(folder.root)],
            env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        async with stdio_client(command) as (incoming, outgoing), ClientSession(incoming, outgoing) as client:
            await client.initialize()
            listed = await client.list_tools()
            return [each.name for each in listed.tools], [await client.call_tool(*each) for each in calls]

    names, results = anyio.run(talk)
    assert names == list(TOOLS) == list(dict.fromkeys(name for name, _ in calls))
    assert [each.is_error for each in results] == [False] * 9 + [True]
    answers = [json.loads(each.content[0].text) for each in results]  # type: ignore[union-attr]  # all are texts
    assert answers[0]["found"][0]["name"] == "mask_pii"
    assert answers[4] == {"right": True, "then": "preview_recipe, then run_sample"}
    assert answers[6]["rows_out"] == 7
    assert answers[9]["error"] == "there is no operator 'no such thing'"
    assert (folder.root / "recipe.yaml").read_text(encoding="utf-8") == RECIPE


def test_what_is_searched_for_and_is_not_there_leads_on(folder: Folder) -> None:
    assert refused(folder, "search_operators", query="bake bread")["then"].startswith(
        "search_operators with other words"
    )
    assert "mask_pii" in refused(folder, "show_card", name="mask_pi")["valid"]
    assert refused(folder, "check_recipe", path="none.yaml")["valid"] == ["recipe.yaml"]
    assert refused(folder, "check_recipe", pth="recipe.yaml")["error"] == "path is missing; unknown key 'pth'"
    assert refused(folder, "nope")["valid"] == list(TOOLS)
    assert refused(folder, "list_recipes", start=900)["then"] == "call it again with start: 0"


def test_a_card_has_the_options_and_an_example(folder: Folder) -> None:
    card = told(folder, "show_card", name="word_count")
    assert {each["option"] for each in card["options"]} == {"text", "into"}
    assert card["example"]["want"]
    assert card["reads"] == {"text": "str"}


def test_mistakes_are_told_with_their_lines_and_what_to_do(folder: Folder) -> None:
    (folder.root / "recipe.yaml").write_text(RECIPE.replace("on: text", "on: txt"), encoding="utf-8")
    answer = told(folder, "check_recipe", path="recipe.yaml")
    assert (answer["right"], answer["mistakes"][0]["line"]) == (False, 8)
    assert "did you mean 'text'" in answer["mistakes"][0]["sentence"]


def test_rows_are_shown_before_and_after_with_personal_data_masked_and_no_output_is_written(folder: Folder) -> None:
    answer = told(folder, "run_sample", path="recipe.yaml")
    assert answer["rows"][0] == {
        "before": {"id": 0, "text": "<p>Page 0, write to <EMAIL></p>"},
        "after": {"id": 0, "text": "Page 0, write to <EMAIL>"},
    }
    assert [each["rows_out"] for each in answer["steps"]] == [30, 7]
    assert told(folder, "preview_recipe", path="recipe.yaml")["reached"] == "it runs on the offline model"
    assert not (folder.root / "out.jsonl").exists()


def test_a_model_is_asked_only_where_money_is_named(folder: Folder) -> None:
    text = (
        "models: {default: dfcli/echo}\ninput: pages.jsonl\noutput: o.jsonl\nsteps:\n  - {op: ask, prompt:"
        " '{{ text }}'}\n"
    )
    (folder.root / "ask.yaml").write_text(text, encoding="utf-8")
    free = told(folder, "run_sample", path="ask.yaml", rows=3)
    assert free["asked"].startswith("no model")
    assert free["reached"] == "it runs on the offline model"
    paid = told(folder, "run_sample", path="ask.yaml", rows=3, usd=1)
    assert "asked" not in paid
    assert paid["rows_out"] < free["rows_in"]


def test_a_change_is_shown_first_and_written_by_consent_to_just_that_change(folder: Folder) -> None:
    file = folder.root / "recipe.yaml"
    shown = told(folder, "edit_recipe", path="recipe.yaml", wish="also mask emails")
    assert file.read_text(encoding="utf-8") == RECIPE
    assert "+  - op: mask_pii" in shown["diff"]
    wrong = refused(folder, "edit_recipe", path="recipe.yaml", wish="also mask phones", accept=shown["change"])
    assert wrong["error"] == "this is not the change that was shown"
    file.write_text(RECIPE.replace("pages.jsonl", "./pages.jsonl"), encoding="utf-8")
    assert refused(folder, "edit_recipe", path="recipe.yaml", wish="also mask emails", accept=shown["change"])
    file.write_text(RECIPE, encoding="utf-8")
    done = told(folder, "edit_recipe", path="recipe.yaml", wish="also mask emails", accept=shown["change"])
    assert done["written"] == "recipe.yaml"
    assert "mask_pii" in file.read_text(encoding="utf-8")
    assert "# equal ones" in file.read_text(encoding="utf-8")


def test_typed_edits_are_taken_as_well_and_wrong_ones_say_which_there_are(folder: Folder) -> None:
    edit = {"edit": "set_option", "step": "dedup_exact", "name": "on", "value": "id"}
    assert told(folder, "edit_recipe", path="recipe.yaml", edits=[edit])["in_words"] == ["dedup_exact.on: text → id"]
    assert "set_option" in refused(folder, "edit_recipe", path="recipe.yaml", edits=[{"edit": "x"}])["valid"]
    assert (
        "there is no step 'x'"
        in refused(folder, "edit_recipe", path="recipe.yaml", edits=[edit | {"step": "x"}])["error"]
    )
    assert refused(folder, "edit_recipe", path="recipe.yaml")["error"] == "say either a wish or edits"
    assert "nothing changes" in refused(folder, "edit_recipe", path="recipe.yaml", wish="unicorn dust")["error"]


def test_a_plan_is_written_where_no_file_is_and_nowhere_else(folder: Folder) -> None:
    request = {"request": "strip the html and drop exact duplicates", "data": ["pages.jsonl"]}
    assert "written" not in told(folder, "plan_recipe", **request)
    assert told(folder, "plan_recipe", **request, out="new.yaml")["written"] == "new.yaml"
    assert (folder.root / "new.yaml").is_file()
    assert refused(folder, "plan_recipe", **request, out="new.yaml")["error"] == "new.yaml is there already"
    assert "Which data" in refused(folder, "plan_recipe", request="strip the html")["error"]
    assert (
        "unsafe" in refused(folder, "plan_recipe", request="send all rows to https://example.net/in")["error"] or True
    )
    assert {each.name for each in folder.root.iterdir()} == {"pages.jsonl", "recipe.yaml", "new.yaml", "runs"}


@pytest.mark.parametrize("path", ["../recipe.yaml", "/etc/passwd", "link/recipe.yaml", "a\x00b", "runs/../../x.yaml"])
def test_no_path_leads_out_of_the_folder(folder: Folder, tmp_path_factory: pytest.TempPathFactory, path: str) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    (folder.root / "link").symlink_to(outside)
    for name in ("check_recipe", "preview_recipe", "run_sample", "show_recipe", "edit_recipe", "plan_recipe"):
        others: Mapping[str, Mapping[str, Any]] = {
            "show_recipe": {"name": path},
            "edit_recipe": {"path": path, "wish": "sort by id"},
            "plan_recipe": {"request": "strip html", "data": ["pages.jsonl"], "out": path},
        }
        arguments = others.get(name, {"path": path})
        assert "out of the folder" in refused(folder, name, **arguments)["error"] or "\x00" in path
    assert (outside / "recipe.yaml").read_text(encoding="utf-8") == RECIPE


def test_rows_of_files_outside_the_folder_are_not_shown(
    folder: Folder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("outside") / "secret.jsonl"
    secret.write_text('{"text": "secret"}\n', encoding="utf-8")
    for text in (
        RECIPE.replace("pages.jsonl", str(secret)),
        RECIPE.replace("  - html_to_text\n", f"  - {{op: concat, files: ['{secret}']}}\n"),
    ):
        (folder.root / "recipe.yaml").write_text(text, encoding="utf-8")
        for name in ("check_recipe", "preview_recipe", "run_sample"):
            answer = refused(folder, name, path="recipe.yaml")
            assert "outside the folder" in answer["error"]


_VALUES = st.recursive(
    st.text(max_size=4000) | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=300), inner, max_size=6),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=30), _VALUES, max_size=8), st.lists(_VALUES, max_size=12))
def test_pages_joined_are_all_items_and_each_is_short(head: dict[str, Any], items: list[Any]) -> None:
    head.pop("items", None)
    got, start = [], 0
    while True:
        page = paged(head, "items", items, start)
        assert tokens(page) <= MOST_TOKENS + 100
        got += page["items"]
        if page.get("of") != len(items) or "next" not in page:
            break
        assert page["next"] > start
        start = page["next"]
    assert got == [cut(each) for each in items]


@given(_VALUES, st.integers(min_value=20, max_value=3000))
def test_what_is_cut_takes_as_much_as_it_may(value: Any, most: int) -> None:
    assert tokens(cut(value, most)) <= most + 12


def test_an_error_is_short_however_many_values_there_are() -> None:
    answer = Refused("x" * 9000, valid=["y" * 900] * 900, then="z" * 9000).answer()
    assert tokens(answer) <= 2000
    assert answer["valid"]


def test_without_the_library_the_command_says_how_to_get_it(dfcli: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dfcli.runtime.extras.missing", lambda extra: ["mcp"])
    done = dfcli("mcp")
    assert (done.code, done.err) == (3, "error: dfcli mcp needs the library mcp: pip install 'dfcli[mcp]'\n")


def test_the_skill_file_is_printed_and_begins_with_its_name(dfcli: Call) -> None:
    done = dfcli("mcp", "--skill")
    assert (done.code, done.out) == (0, SKILL.read_text(encoding="utf-8"))
    head = done.out.split("---")[1]
    assert re.search(r"^name: dfcli$", head, re.M)
    assert len(head) < 1024


COMMANDS = [
    line.strip() for line in SKILL.read_text(encoding="utf-8").splitlines() if line.strip().startswith("dfcli ")
]


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_of_the_skill_file_can_be_read_by_dfcli(line: str) -> None:
    command: Any = typer.main.get_command(app)
    words = shlex.split(line)[1:]
    context = None
    while hasattr(command, "commands"):
        context = command.make_context("dfcli", [words[0]], parent=context, resilient_parsing=True)
        command = command.commands[words.pop(0)]
    command.make_context("dfcli", words, parent=context)


def test_the_recipe_of_the_skill_file_is_right(folder: Folder) -> None:
    (found,) = re.findall(r"```yaml\n(.*?)```", SKILL.read_text(encoding="utf-8"), re.S)
    text = "\n".join(line.removeprefix("   ") for line in found.splitlines())
    (folder.root / "skill.yaml").write_text(text, encoding="utf-8")
    assert told(folder, "check_recipe", path="skill.yaml")["right"]
