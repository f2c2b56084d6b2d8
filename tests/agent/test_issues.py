"""What a recipe's mistake is called, and where it is: repair goes by that."""

from __future__ import annotations

from pathlib import Path

import pytest
from answers import jsonl

from dfcli.agent.verdict import Issue
from dfcli.agent.verify import verify

HEAD = "name: r\ninput: in.jsonl\noutput: out.jsonl\n"


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DFCLI_MODEL", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    jsonl(tmp_path / "in.jsonl", [{"id": 1, "text": "one", "tags": ["a"]}, {"id": 2, "text": "two", "tags": []}])
    return tmp_path


def issues(text: str, folder: Path) -> tuple[Issue, ...]:
    verdict = verify(text, folder, folder / "scratch", upto="static")
    assert verdict.level == ("draft" if verdict.issues else "static")
    return verdict.issues


STEPS = [
    ("- wordcount", "unknown_operator", "wordcount", "op", ""),
    ("- {op: word_count, txt: text}", "unknown_option", "word_count", "txt", ""),
    ("- {op: word_count, id: mine, into: 3}", "wrong_type", "mine", "into", ""),
    ("- {op: word_count, into: }", "yaml", "word_count", "into", ""),
    ("- {op: word_count, text: txt}", "unknown_column", "word_count", "text", "txt"),
    ("- {op: select, columns: [id]}\n- word_count", "unknown_column", "word_count", "text", "text"),
    ("- {op: word_count, text: id}", "type_mismatch", "word_count", "text", "id"),
    ("- {op: word_count, keep: word_cnt > 3}", "unknown_column", "word_count", "keep", "word_cnt"),
    ("- {op: word_count, keep: word_count > 'a'}", "type_mismatch", "word_count", "keep", ""),
    ("- {op: word_count, keep: word_count >}", "bad_condition", "word_count", "keep", ""),
    ("- {op: word_count, when: lenght > 3}", "unknown_column", "word_count", "when", "lenght"),
    ("- {op: where, condition: txt = 'a'}", "unknown_column", "where", "condition", "txt"),
    ("- {op: where, condition: text = }", "bad_condition", "where", "condition", ""),
    ("- {op: where}", "missing_option", "where", "", ""),
    ("- {op: sample, n: -1}", "bad_value", "sample", "n", ""),
    ("- {op: word_count, on_error: ignore}", "bad_value", "word_count", "on_error", ""),
    ("- {word_count: {}}", "no_operator", "step", "", ""),
    ("- {op: word_count, model: judge}", "useless_role", "word_count", "model", ""),
    ('- {op: ask, prompt: "{{ text }}", outputs: {a: str}}', "unknown_role", "ask", "model", ""),
    ('- {op: ask, model: big, prompt: "{{ text }}", outputs: {a: str}}', "unknown_role", "ask", "model", ""),
    ("- {op: word_count, id: a}\n- {op: char_count, id: a}", "duplicate_id", "a", "id", ""),
    ("- {op: word_count, into: '${name}'}", "unknown_variable", "word_count", "into", ""),
    ("- word_count\n- {op: sql_tables, database: shop.db}", "misplaced", "sql_tables", "op", ""),
    ("- {op: run_sql, sql: text, database: gone.db}", "missing_database", "run_sql", "op", ""),
    ("- {op: word_count, id: 1a b}", "bad_value", "word_count", "id", ""),
    ("- {recipe: gone.yaml}", "unknown_recipe", "step", "recipe", ""),
    ("- {repeat: 2, steps: [{op: word_count, txt: a}]}", "unknown_option", "word_count", "txt", ""),
    ("- {repeat: 2, until: wc > 1, steps: [word_count]}", "unknown_column", "repeat", "until", "wc"),
]


@pytest.mark.parametrize(("steps", "code", "step", "option", "column"), STEPS)
def test_a_mistake_in_a_step_is_known_by_its_code_step_option_and_column(
    folder: Path, steps: str, code: str, step: str, option: str, column: str
) -> None:
    found = issues(f"{HEAD}steps:\n{steps}\n", folder)
    assert [(each.code, each.step, each.option, each.column) for each in found][:1] == [(code, step, option, column)]
    assert found[0].sentence


BLOCKS = [
    ("steps: [word_count\n", "yaml", ""),
    ("", "no_steps", ""),
    ("steps: []\n", "no_steps", "steps"),
    ("stepz: [word_count]\nsteps: [word_count]\n", "unknown_key", "stepz"),
    ("seed: x\nsteps: [word_count]\n", "wrong_type", "seed"),
    ("checks: {rows: a lot}\nsteps: [word_count]\n", "bad_check", "checks.rows"),
    ("checks: {txt: unique}\nsteps: [word_count]\n", "bad_check", "checks.txt"),
    ("models: {default: {model: a/b, temprature: 1}}\nsteps: [word_count]\n", "unknown_option", "models.default"),
    ("models: {default: {model: a/b, api_key: sk-1}}\nsteps: [word_count]\n", "secret", "models.default"),
]


@pytest.mark.parametrize(("rest", "code", "option"), BLOCKS)
def test_a_mistake_outside_of_the_steps_is_known_by_its_code_and_key(
    folder: Path, rest: str, code: str, option: str
) -> None:
    found = issues(HEAD + rest, folder)
    assert [(each.code, each.step, each.option) for each in found] == [(code, "", option)]


@pytest.mark.parametrize(
    ("head", "code", "option", "column"),
    [
        ("input: gone.jsonl\n", "input_unreadable", "input", ""),
        ("input: in.jsonl\noutput: {path: o.jsonl, columns: [txt]}\n", "unknown_column", "output.columns", "txt"),
        ("input: in.jsonl\noutput: {path: o.jsonl, format: dpo}\n", "bad_output", "output.format", ""),
        ("output: o.jsonl\n", "no_input", "op", ""),
    ],
)
def test_a_mistake_about_the_data_is_known(folder: Path, head: str, code: str, option: str, column: str) -> None:
    (found,) = issues(f"{head}steps:\n- {{op: word_count, text: text}}\n", folder)
    assert (found.code, found.option, found.column) == (code, option, column)


def test_an_output_over_the_input_is_known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (found,) = issues("input: in.jsonl\noutput: in.jsonl\nsteps: [word_count]\n", folder)
    assert (found.code, found.option) == ("output_is_input", "output")


def test_all_mistakes_are_told_at_once_each_with_its_step(folder: Path) -> None:
    found = issues(
        f"{HEAD}steps:\n- {{op: word_count, txt: a}}\n- {{op: char_count, id: two, keep: nope > 1}}\n", folder
    )
    assert [(each.code, each.step) for each in found] == [("unknown_option", "word_count"), ("unknown_column", "two")]


def test_the_steps_of_a_block_before_others_end_there(folder: Path) -> None:
    text = "name: r\nsteps:\n- word_count\nsed: 1\ninput: in.jsonl\noutput: out.jsonl\n"
    (found,) = issues(text, folder)
    assert (found.code, found.step, found.option) == ("unknown_key", "", "sed")


def test_a_recipe_that_is_right_has_no_issue(folder: Path) -> None:
    assert issues(f"{HEAD}steps: [word_count]\n", folder) == ()
