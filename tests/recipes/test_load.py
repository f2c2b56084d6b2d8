from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dfcli.errors import EnvironmentLacks, InputError, RecipeError, UsageError
from dfcli.ops.registry import Registry
from dfcli.recipes import zoo
from dfcli.recipes.load import parse
from dfcli.recipes.model import Budget, Check, Input, Lack, ModelSpec, Output, Recipe, Repeat
from dfcli.shipped import RECIPES

from .conftest import Known, Loads, Mistakes, Trim, WordCount

STEPS = "input: a.jsonl\nsteps:\n"


def ids(recipe: Recipe) -> list[str]:
    return [each.id for each in recipe.steps]


def test_every_block_of_a_recipe_is_read(loads: Loads) -> None:
    recipe = loads(
        """
name: my-recipe
doc: What it does.
seed: 7
models: {default: {model: a/b, temperature: 0.5}, judge: c/d}
budget: {usd: 5}
input: [a.jsonl, b.jsonl]
output: {path: out.parquet, columns: [text]}
steps:
- trim
- op: word_count
  id: words
  into: n_words
  when: n > 3
  keep: n_words >= 4
  on_error: fail
  checkpoint: true
- op: grade
  model: judge
checks:
  rows: at least 1
  text: [unique, not null]
"""
    )
    assert (recipe.name, recipe.doc, recipe.seed) == ("my-recipe", "What it does.", 7)
    assert recipe.models == {"default": ModelSpec(model="a/b", temperature=0.5), "judge": ModelSpec(model="c/d")}
    assert recipe.budget == Budget(usd=5)
    assert recipe.input == Input(path=("a.jsonl", "b.jsonl"))
    assert recipe.output == Output(path="out.parquet", columns=("text",))
    assert recipe.checks == (Check("rows", "at least 1"), Check("text", "unique"), Check("text", "not null"))
    assert [check.line for check in recipe.checks] == [21, 22, 22]
    trim, words, grade = recipe.flat()
    assert (trim.number, trim.id, trim.operator, trim.line) == (1, "trim", Trim(), 10)
    assert (words.number, words.id, words.operator) == (2, "words", WordCount(into="n_words"))
    assert (words.when, words.keep, words.on_error, words.checkpoint) == ("n > 3", "n_words >= 4", "fail", True)
    assert words.lines["keep"] == 15
    assert grade.model == "judge"


def test_a_recipe_without_a_name_is_called_after_its_file(loads: Loads) -> None:
    assert loads(STEPS + "- trim\n", file="my recipe.yaml").name == "my-recipe"


def test_steps_of_one_operator_get_numbered_ids(loads: Loads) -> None:
    assert ids(loads(STEPS + "- trim\n- trim\n- op: trim\n  id: last\n- trim\n")) == [
        "trim",
        "trim-2",
        "last",
        "trim-3",
    ]


def test_a_loop_shares_one_number_and_unrolls(loads: Loads) -> None:
    recipe = loads(STEPS + "- trim\n- repeat: 2\n  until: n > 3\n  steps: [word_count, trim]\n- trim\n")
    assert ids(recipe) == ["trim", "repeat", "trim-3"]
    assert [(step.number, step.label) for step in recipe.flat()] == [
        (1, "trim"),
        (2, "word_count#1"),
        (2, "trim-2#1"),
        (2, "word_count#2"),
        (2, "trim-2#2"),
        (3, "trim-3"),
    ]


@pytest.mark.parametrize(("condition", "kept"), [("true", "true"), ("${on}", "false"), ("n > ${n}", "n > 5")])
def test_a_condition_may_come_from_variables(loads: Loads, condition: str, kept: str) -> None:
    recipe = loads(f"vars: {{on: false, n: 5}}\n{STEPS}- op: trim\n  keep: {condition}\n")
    assert [step.keep for step in recipe.flat()] == [kept]


def test_a_model_given_by_the_caller_takes_the_role_and_keeps_its_sampling(loads: Loads) -> None:
    models = "models: {judge: {model: a/b, temperature: 0.2, base_url: 'http://x'}}\n"
    text = f"{models}{STEPS}- {{op: grade, model: judge}}\n"
    assert loads(text, models={"judge": "c/d"}).models == {"judge": ModelSpec(model="c/d", temperature=0.2)}


def test_the_environment_names_the_default_model_and_the_caller_overrules_it(loads: Loads) -> None:
    environ = {"DFCLI_MODEL": "env/model"}
    assert loads(STEPS + "- grade\n", environ=environ).models == {"default": ModelSpec(model="env/model")}
    assert loads(STEPS + "- grade\n", environ=environ, models={"default": "a/b"}).models["default"].model == "a/b"


def test_a_model_for_a_role_that_nothing_asks_for_is_a_mistake(mistakes: Mistakes) -> None:
    found = mistakes(f"models: {{judge: a/b}}\n{STEPS}- {{op: grade, model: judge}}\n", models={"jugde": "c/d"})
    assert found == ["r.yaml: --model jugde=…: no step asks for a model of the role 'jugde'; did you mean 'judge'?"]


def test_python_data_may_hold_operators(registry: Registry) -> None:
    steps = [Trim(), {"op": WordCount(into="k"), "keep": "k > 3"}, "trim"]
    recipe = parse({"input": "a", "steps": steps}, registry=registry, world=Known())
    assert [step.operator for step in recipe.flat()] == [Trim(), WordCount(into="k"), Trim()]
    assert [step.keep for step in recipe.flat()] == [None, "k > 3", None]


def test_python_data_may_hold_tuples(registry: Registry) -> None:
    recipe = parse({"input": ("a", "b"), "steps": ({"op": "select", "columns": ("n",)},)}, registry=registry)
    assert recipe.input == Input(path=("a", "b"))


def test_what_is_left_over_beside_an_operator_instance_is_a_mistake(registry: Registry) -> None:
    with pytest.raises(RecipeError, match=r"steps\[0\].text: trim: unknown key 'text'"):
        parse({"input": "a", "steps": [{"op": Trim(), "text": "x"}]}, registry=registry)


OTHER = """vars: {column: text, least: {type: int}}
models: {x: 5}
steps:
- op: word_count
  text: ${column}
  min: ${least}
- trim
"""


def test_another_recipe_comes_in_place_with_ids_of_its_own(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(OTHER)
    recipe = loads(STEPS + "- trim\n- {recipe: other.yaml, set: {least: 3}}\n- {recipe: other.yaml, set: {least: 4}}\n")
    assert ids(recipe) == ["trim", "other/word_count", "other/trim", "other-2/word_count", "other-2/trim"]
    assert [each.number for each in recipe.steps] == [1, 2, 3, 4, 5]
    assert [step.operator for step in recipe.flat()][1] == WordCount(min=3)


@pytest.mark.parametrize(
    ("set", "sentence"),
    [
        ("{}", "r.yaml:3: recipe: least has no default; set it with set: {least: …}"),
        ("{least: x}", "r.yaml:3: recipe: least must be an int, not 'x'"),
        (
            "{least: 3, colum: n}",
            "r.yaml:3: recipe: set: {colum: …}: there is no variable 'colum'; did you mean 'column'?",
        ),
        ("{least: 12}", "other.yaml:6: word_count: min must be at most 9, not 12"),
        (
            "{least: 3, column: txt}",
            "other.yaml:5: other/word_count: no column 'txt' here; did you mean 'text'? columns: text, n, tags, day",
        ),
    ],
)
def test_mistakes_of_an_inclusion_stand_where_they_are_made(
    mistakes: Mistakes, tmp_path: Path, set: str, sentence: str
) -> None:
    (tmp_path / "other.yaml").write_text(OTHER)
    assert mistakes(f"{STEPS}- {{recipe: other.yaml, set: {set}}}\n") == [sentence]


def test_recipes_that_include_each_other_are_a_mistake(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("steps:\n- recipe: r.yaml\n")
    assert mistakes(STEPS + "- recipe: b.yaml\n") == [
        "b.yaml:2: recipe: r.yaml includes itself: r.yaml → b.yaml → r.yaml"
    ]


def test_a_loop_inside_an_included_recipe_cannot_stand_in_a_loop(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("steps:\n- repeat: 2\n  steps: [trim]\n")
    found = mistakes(STEPS + "- repeat: 2\n  steps:\n  - recipe: b.yaml\n")
    assert found == ["b.yaml:2: b/repeat: a repeat cannot stand inside another"]


LOCAL = """
import polars as pl
from dfcli.ops.base import Map, Reads, Writes

class Shout(Map):
    '''Make a text loud.'''

    text: Reads = "text"
    into: Writes = "text"

    def expr(self) -> pl.Expr:
        return pl.col(self.text).str.to_uppercase()
"""


def test_local_files_bring_operators(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(LOCAL)
    recipe = loads("operators: [./mine.py]\n" + STEPS + "- shout\n")
    assert [step.operator.op() for step in recipe.flat()] == ["shout"]
    assert recipe.registry is not None
    assert recipe.registry.local == (tmp_path / "mine.py",)


def test_a_local_file_that_breaks_is_the_only_mistake_about_its_operators(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import polars\nraise ValueError('no')\n")
    found = mistakes("operators: ./mine.py\n" + STEPS + "- shout\n- op: trim\n  keep: n >\n")
    assert found == [
        "r.yaml:1: operators: mine.py:2: ValueError: no",
        'r.yaml:6: trim: keep: "n >" is no SQL condition',
    ]


TEMPLATE = "---\ndoc: Judge.\noutputs: {verdict: str}\n---\nJudge {{ draft }}"


def test_a_template_beside_the_recipe_takes_the_place_of_an_operators_own(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "mine.j2").write_text(TEMPLATE)
    text = f"models: {{default: a/b}}\n{STEPS}- op: grade\n  template: mine.j2\n  draft: text\n  keep: verdict = 'ok'\n"
    (step,) = loads(text).flat()
    assert step.operator.reads() == {"text": None}
    assert list(step.operator.writes()) == ["verdict"]


def test_a_template_must_give_what_the_operator_gives(registry: Registry, mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "write_it.j2").write_text(TEMPLATE.replace("verdict", "draft_two"))
    (tmp_path / "mine.j2").write_text(TEMPLATE)
    registry.templates["write_it"] = tmp_path / "write_it.j2"
    found = mistakes(f"{STEPS}- op: write_it\n  template: mine.j2\n")
    assert found == ["r.yaml:4: write_it: the template 'mine.j2' does not give draft_two"]


def test_a_broken_template_and_a_misspelt_one_are_named(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "mine.j2").write_text("no front matter")
    found = mistakes(f"{STEPS}- op: grade\n  template: mine.j2\n- op: grade\n  template: mien.j2\n")
    assert found == [
        "r.yaml:4: grade: mine.j2:1: a template starts with front matter between two lines of ---",
        "r.yaml:6: grade: there is no template 'mien.j2'; did you mean 'mine.j2'?",
    ]


class Lacking(Known):
    def __init__(self, error: Exception | None = None, lacks: Sequence[tuple[int | None, str]] = ()) -> None:
        super().__init__()
        self.error, self.found = error, lacks

    def input_schema(self, given: Input, folder: Path) -> Any:
        if self.error:
            raise self.error
        return super().input_schema(given, folder)

    def lacks(self, recipe: Recipe) -> list[Lack]:
        if self.error:
            raise self.error
        steps = list(recipe.flat())
        return [Lack(None if number is None else steps[number], sentence) for number, sentence in self.found]


@pytest.mark.parametrize(
    ("world", "sentence", "code"),
    [
        (Lacking(InputError("a.jsonl is not there")), "r.yaml:1: a.jsonl is not there", 2),
        (Lacking(EnvironmentLacks("no database")), "r.yaml:1: no database", 3),
        (Lacking(lacks=[(1, "trim needs an extra")]), "r.yaml:4: trim needs an extra", 3),
        (Lacking(lacks=[(None, "input is the output")]), "r.yaml:1: input is the output", 2),
    ],
)
def test_what_the_world_lacks_is_told_and_decides_the_exit_code(
    loads: Loads, tmp_path: Path, world: Lacking, sentence: str, code: int
) -> None:
    with pytest.raises(RecipeError) as caught:
        loads(STEPS + "- word_count\n- trim\n", world=world)
    assert str(caught.value).replace(f"{tmp_path}/", "") == sentence
    assert caught.value.exit_code == code


def test_a_mistake_besides_what_is_lacking_makes_it_a_wrong_recipe(loads: Loads) -> None:
    with pytest.raises(RecipeError) as caught:
        loads(STEPS + "- word_count\n- op: trim\n  keep: x\n", world=Lacking(lacks=[(0, "a key is missing")]))
    assert [each.line for each in caught.value.problems] == [5, 3]
    assert caught.value.exit_code == 2


def test_the_zoo_holds_every_shipped_recipe_by_its_place_in_the_folder() -> None:
    shipped = {path.relative_to(RECIPES).with_suffix("").as_posix(): path for path in RECIPES.rglob("*.yaml")}
    assert {name: path for name, path in zoo.recipes().items() if path.is_relative_to(RECIPES)} == shipped


def test_a_name_that_the_zoo_does_not_have_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no recipe is called 'no/such'"):
        zoo.find("no/such")


def test_a_long_recipe_loads_quickly(loads: Loads) -> None:
    steps = "".join(f"- op: word_count\n  into: n{each}\n  keep: n{each} >= 4\n" for each in range(20))
    loads(STEPS + steps)
    started = time.process_time()
    loads(STEPS + steps)
    assert time.process_time() - started < 1  # ten times what it takes


def test_a_repeat_is_frozen_data(loads: Loads) -> None:
    (loop,) = loads(STEPS + "- repeat: 3\n  id: again\n  steps: [trim]\n").steps
    assert isinstance(loop, Repeat)
    assert (loop.id, loop.loop.times, loop.loop.until) == ("again", 3, None)
