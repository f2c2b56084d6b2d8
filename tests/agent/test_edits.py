from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfcli.agent.edits import (
    EDITS,
    AddCheck,
    Edit,
    EditError,
    InsertStep,
    MendLine,
    MergeKeys,
    MoveStep,
    RemoveStep,
    RenameColumn,
    RenameOption,
    ReplaceStep,
    SetCondition,
    SetInput,
    SetModel,
    SetOperator,
    SetOption,
    SetOutput,
    SetPrompt,
    SetVar,
    UnsetOption,
    apply,
    edits_from,
)
from dfcli.agent.outline import checks, outline
from dfcli.agent.spans import compose, spots
from dfcli.recipes import yaml
from dfcli.shipped import RECIPES

SHIPPED = sorted(RECIPES.rglob("*.yaml"))
RECIPE = """# head
name: "quoted"   # why
input:   data.jsonl

steps:
    # A step with a comment.
    - op: word_count     # counts
      keep: "word_count > 3"

    # The second.
    - language_id
    - op: ask
      prompt: |
          Say {{ text }}.

          Twice.
      outputs: {said: str}   # flow
    # The loop.
    - repeat: 2
      until: said <> ''
      steps:
        - op: lowercase
          text: said
        - collapse_whitespace  # pinned

# About the checks.
checks:
  rows: at least 1
"""


def changed(before: str, after: str) -> tuple[set[str], set[str]]:
    """Return the lines that only one of two texts has."""
    return set(before.splitlines()) - set(after.splitlines()), set(after.splitlines()) - set(before.splitlines())


def data(text: str) -> Any:
    return yaml.read(text, "")[0]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda each: each.stem)
def test_no_edits_leave_every_shipped_recipe_as_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert apply(text, []) == text


@pytest.mark.parametrize("path", SHIPPED, ids=lambda each: each.stem)
def test_an_option_of_any_step_of_any_shipped_recipe_changes_only_that_step(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for spot in spots(compose(text), text):
        if not spot.op:
            continue
        after = apply(text, [SetOption(step=spot.id, name="brand_new", value=[1, "a: b"])])
        gone, new = changed(text, after)
        assert [each.strip() for each in new if "brand_new" in each]
        assert len(new) <= 2
        assert all(each.strip() == f"- {spot.op}" for each in gone)
        bare = any(each.strip() == f"- op: {spot.op}" for each in new)
        back = after if bare else apply(after, [UnsetOption(step=spot.id, name="brand_new")])
        assert bare or back == text


@pytest.mark.parametrize("path", SHIPPED, ids=lambda each: each.stem)
def test_a_step_put_in_and_taken_out_leaves_every_shipped_recipe_as_it_was(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for spot in spots(compose(text), text):
        step = {"op": "lowercase", "id": "brand-new"}
        for insert in (InsertStep(step=step, after=spot.id), InsertStep(step=step, before=spot.id)):
            with_step = apply(text, [insert])
            assert apply(with_step, [RemoveStep(step="brand-new")]) == text


@pytest.mark.parametrize(
    ("edit", "gone", "new"),
    [
        (SetOption(step="word_count", name="text", value="body"), set(), {"      text: body"}),
        (
            SetOption(step="language_id", name="max_chars", value=5),
            {"    - language_id"},
            {"    - op: language_id", "      max_chars: 5"},
        ),
        (
            SetOption(step=2, name="among", value=["en", "no"]),
            {"    - language_id"},
            {"    - op: language_id", "      among: [en, no]"},
        ),
        (SetOption(step="lowercase", name="text", value="x: y"), {"          text: said"}, {'          text: "x: y"'}),
        (
            SetCondition(step="word_count", key="keep", condition="word_count > 9"),
            {'      keep: "word_count > 3"'},
            {'      keep: "word_count > 9"'},
        ),
        (
            SetCondition(step="repeat", key="until", condition="a = 1"),
            {"      until: said <> ''"},
            {"      until: a = 1"},
        ),
        (SetCondition(step="word_count", key="keep", condition=None), {'      keep: "word_count > 3"'}, set()),
        (
            SetPrompt(step="ask", prompt="One line"),
            {"      prompt: |", "          Say {{ text }}.", "          Twice."},
            {"      prompt: One line"},
        ),
        (
            SetPrompt(step="ask", prompt="Two\nlines\n"),
            {"          Say {{ text }}.", "          Twice."},
            {"        Two", "        lines"},
        ),
        (SetModel(role="default", model="a/b"), set(), {"models: {default: a/b}"}),
        (SetInput(path="other.csv"), {"input:   data.jsonl"}, {"input:   other.csv"}),
        (SetInput(format="csv"), {"input:   data.jsonl"}, {"input: {path: data.jsonl, format: csv}"}),
        (SetOutput(path="o.jsonl"), set(), {"output: o.jsonl"}),
        (AddCheck(subject="rows", phrase="at most 5"), {"  rows: at least 1"}, {"  rows: [at least 1, at most 5]"}),
        (AddCheck(subject="said", phrase="not null"), set(), {"  said: not null"}),
        (SetVar(name="n", default=3), set(), {"vars: {n: 3}"}),
        (SetOperator(step="language_id", op="char_count"), {"    - language_id"}, {"    - char_count"}),
        (
            ReplaceStep(step="word_count", by={"op": "char_count", "into": "n"}),
            {"    - op: word_count     # counts", '      keep: "word_count > 3"'},
            {"    - op: char_count", "      into: n"},
        ),
        (RemoveStep(step="language_id"), {"    # The second.", "    - language_id"}, set()),
        (
            RenameOption(step="word_count", old="keep", new="when"),
            {'      keep: "word_count > 3"'},
            {'      when: "word_count > 3"'},
        ),
    ],
    ids=lambda each: each.edit if hasattr(each, "edit") else "",
)
def test_an_edit_changes_only_its_lines(edit: Edit, gone: set[str], new: set[str]) -> None:
    after = apply(RECIPE, [edit])
    found = changed(RECIPE, after)
    assert found == (gone, new) or (found[0], {" ".join(each.split()) for each in found[1]}) == (
        gone,
        {" ".join(each.split()) for each in new},
    )
    assert data(after) is not None


def test_a_step_moves_with_its_comment() -> None:
    after = apply(RECIPE, [MoveStep(step="language_id", before="word_count")])
    assert after.index("# The second.") < after.index("- language_id") < after.index("# A step with a comment.")
    assert sorted(after.splitlines()) == sorted(RECIPE.splitlines())
    assert apply(after, [MoveStep(step="language_id", after=2)]) == RECIPE


def test_a_renamed_column_is_renamed_in_options_conditions_prompts_checks_and_output() -> None:
    text = """input: a.jsonl
output: {path: b.jsonl, columns: [text, n]}
steps:
- op: word_count
  into: n
  keep: n > 1 and text <> 'text' and length(text) > 2
- op: ask
  prompt: "text: {{ text }} {{ text | upper }} {{ other.text }}{% if text %}x{% endif %}"
- op: dedup_exact
  on: [text, n]
checks:
  text: [not null]
  each: text <> 'text'
"""
    after = data(apply(text, [RenameColumn(old="text", new="body text")]))
    count, ask, dedup = after["steps"]
    assert count["text"] == "body text"
    assert count["keep"] == """n > 1 and "body text" <> 'text' and length("body text") > 2"""
    assert ask["prompt"].startswith("text: {{ body text }} {{ body text | upper }} {{ other.text }}{% if body text %}")
    assert dedup["on"] == ["body text", "n"]
    assert after["output"]["columns"] == ["body text", "n"]
    assert after["checks"] == {"body text": ["not null"], "each": "\"body text\" <> 'text'"}


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (SetOption(step="word_cuont", name="x", value=1), "no step 'word_cuont'; did you mean 'word_count'?"),
        (SetOption(step=9, name="x", value=1), "no step 9"),
        (UnsetOption(step="word_count", name="min"), "no option 'min'"),
        (SetOption(step="collapse_whitespace", name="text", value="x"), "is pinned"),
        (RemoveStep(step="collapse_whitespace"), "is pinned"),
        (RenameColumn(old="nothing", new="x"), "nothing in the recipe names"),
        (RenameColumn(old="text", new="x"), "is pinned"),
        (SetCondition(step="word_count", key="until", condition="a"), "takes no until"),
        (SetPrompt(step="word_count", prompt="a"), "has no prompt"),
        (MendLine(line=7, text="      keep: word_count < 3"), "may differ in marks"),
        (MergeKeys(line=2), "no key stands on line 2"),
        (RenameOption(step=None, old="checks", new="check"), "a check stays"),
        (SetOption(step="word_count", name="id", value="language_id"), "has the id"),
    ],
)
def test_what_cannot_be_edited_is_said(edit: Edit, says: str) -> None:
    with pytest.raises(EditError, match=says):
        apply(RECIPE, [edit])


def test_the_set_of_edits_is_closed_and_survives_json() -> None:
    given = [
        {"edit": "set_option", "step": "a", "name": "b", "value": {"c": [1]}},
        {"edit": "insert_step", "step": "lowercase", "after": 2},
    ]
    read = edits_from(given)
    assert [each.model_dump(mode="json", exclude_unset=True) for each in read] == given
    with pytest.raises(EditError, match="these are no edits"):
        edits_from([{"edit": "remove_check", "subject": "rows"}])
    assert not any("remove_check" in str(each) for each in EDITS)


@pytest.mark.parametrize(
    "edit", [SetOption(step=1, name="x", value=1), RemoveStep(step=1), AddCheck(subject="a", phrase="unique")]
)
def test_a_text_that_is_no_yaml_is_not_edited(edit: Edit) -> None:
    with pytest.raises(EditError, match="not YAML, line 2"):
        apply("steps:\n\t- lowercase\n", [edit])


def test_a_line_is_mended_only_in_its_marks() -> None:
    broken = "input: a.jsonl\nsteps:\n- op:lowercase\n  text: x\nchecks:\n  rows: at least 5\n"
    assert apply(broken, [MendLine(line=3, text="- op: lowercase")]).splitlines()[2] == "- op: lowercase"
    with pytest.raises(EditError, match="its words stay"):
        apply(broken, [MendLine(line=6, text="  rows: at least 1")])


def test_keys_that_stand_twice_are_merged_without_a_check_lost() -> None:
    text = "steps:\n- op: lowercase\n  keep: a > 1\n  keep: b = 2 or c\nchecks:\n  a: unique\n  a: not null\n"
    after = data(apply(text, [MergeKeys(line=4), MergeKeys(line=6)]))
    assert after["steps"][0]["keep"] == "a > 1 and (b = 2 or c)"
    assert after["checks"] == {"a": ["unique", "not null"]}


plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
)
nested = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc:# '", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=nested, step=st.sampled_from(["word_count", "language_id", "ask", "lowercase"]))
def test_any_value_reads_back_as_it_was_given(value: object, step: str) -> None:
    after = apply(RECIPE, [SetOption(step=step, name="brand_new", value=value)])
    found = outline(after)
    assert found is not None
    assert next(each for each in found.steps if each.id == step).keys["brand_new"] == value
    again = apply(after, [SetOption(step=step, name="brand_new", value=1)])
    assert checks(again) == checks(RECIPE)
