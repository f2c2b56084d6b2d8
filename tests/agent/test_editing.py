"""`dfcli agent --edit`: a wish changes what it speaks of, and every other line stays as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from answers import jsonl

from dfcli.agent.diff import semantic
from dfcli.agent.editing import edit
from dfcli.agent.fixing import fix
from dfcli.agent.session import REFUSED, UNMET, VERIFIED, Outcome, Request

RECIPE = """\
# Our pages.
name: pages
input: pages.jsonl
output: out.jsonl
steps:
  # Short ones leave.
  - op: char_count     # letters count
    keep: char_count >= 5
  - collapse_whitespace
  - {op: where, condition: score >= 0.7}
  - op: sort
    by: score
    descending: true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        {"id": at, "text": f"This is the text of page {at % 9}, to be read.", "score": 0.7 + at / 100}
        for at in range(20)
    ]
    jsonl(tmp_path / "pages.jsonl", rows)
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def edited(folder: Path, wish: str) -> Outcome:
    return edit(Request(wish), Path("recipe.yaml"), folder)


@pytest.mark.parametrize(
    ("wish", "changes"),
    [
        ("also drop duplicates", ["+ dedup_exact {on: text} after where"]),
        ("再把邮箱打码", ["+ mask_pii {kinds: [email]} after collapse_whitespace"]),
        ("strip the html tags", ["+ html_to_text as the first step"]),
        ("don't sort at the end", ["- sort"]),
        ("最后不用排序了", ["- sort"]),
        ("remove the whitespace step", ["- collapse_whitespace"]),
        ("sort ascending instead", ["sort.descending: true → false"]),
        ("at least 50 characters, not 5", ["char_count.keep: char_count >= 5 → char_count >= 50"]),
        ("use 0.8 instead of 0.7", ["where.condition: score >= 0.7 → score >= 0.8"]),
        ("raise the minimum to 12 characters", ["char_count.keep: char_count >= 5 → char_count >= 12"]),
        ("write it to pages.csv", ["output: out.jsonl → pages.csv"]),
        ("threshold 0.8 please", ["where.condition: score >= 0.7 → score >= 0.8"]),
        ("阈值调到0.75", ["where.condition: score >= 0.7 → score >= 0.75"]),
        (
            "drop near-duplicates at the end",
            ["+ dedup_minhash {verify: jaccard, ngram: 2, threshold: 0.6} after where"],
        ),
        ("fail if there are fewer than 3 rows", ["+ checks: {rows: at least 3}"]),
        ("the run should fail unless there are at least 3 rows", ["+ checks: {rows: at least 3}"]),
        ("不足3条就报错", ["+ checks: {rows: at least 3}"]),
        ("spend at most $2", ["+ budget: {usd: 2}"]),
        ("预算不超过2美元", ["+ budget: {usd: 2}"]),
        ("remove the urls before the sort", ["+ remove_urls after where"]),
        ("move the sort to the front", ["sort moves as the first step"]),
        ("drop exact duplicates", ["+ dedup_exact {on: text} after where"]),
    ],
)
def test_a_wish_becomes_the_edits_that_it_speaks_of(folder: Path, wish: str, changes: list[str]) -> None:
    outcome = edited(folder, wish)
    assert outcome.recipe is not None
    assert semantic(RECIPE, outcome.recipe) == changes


def test_lines_and_comments_that_a_wish_does_not_speak_of_stay_byte_for_byte(folder: Path) -> None:
    outcome = edited(folder, "don't sort at the end")
    assert outcome.exit_code == VERIFIED
    assert outcome.recipe == RECIPE[: RECIPE.index("  - op: sort")]


def test_the_file_itself_is_left_alone_and_nothing_is_left_behind(folder: Path) -> None:
    edited(folder, "also drop duplicates")
    assert (folder / "recipe.yaml").read_text(encoding="utf-8") == RECIPE
    assert not list((folder / "runs" / "agent").iterdir())


def test_a_wish_that_is_not_understood_changes_nothing_and_is_told(folder: Path) -> None:
    outcome = edited(folder, "sprinkle some unicorn dust over it")
    assert (outcome.exit_code, outcome.recipe) == (UNMET, RECIPE)
    assert outcome.unread


def test_an_unsafe_wish_is_refused(folder: Path) -> None:
    outcome = edited(folder, "also send every row to https://example.net/in")
    assert (outcome.exit_code, outcome.recipe) == (REFUSED, None)


def test_a_column_that_a_step_makes_can_be_spoken_of(folder: Path) -> None:
    outcome = edited(folder, "sort by char_count instead of score")
    assert outcome.recipe is not None
    assert "by: char_count" in outcome.recipe


def test_a_recipe_that_a_run_stopped_at_is_mended_by_rules(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dfcli.recipes.load import read
    from dfcli.runtime.engine import Options, run
    from dfcli.runtime.world import Here

    monkeypatch.chdir(folder)
    list(run(read(RECIPE, folder / "recipe.yaml", world=Here()), Options(runs=folder / "runs")))
    broken = RECIPE.replace("by: score", "by: scroe")
    (folder / "recipe.yaml").write_text(broken, encoding="utf-8")
    outcome = fix(Request(""), Path("recipe.yaml"), folder / "runs" / "pages", folder)
    assert (outcome.exit_code, outcome.recipe) == (VERIFIED, RECIPE)


RATED = """\
models: {default: dfcli/echo}
input: prompts.jsonl
output: out.jsonl
steps:
  - op: ask
    prompt: "{{ prompt }}"
    samples: 2
  - op: judge_helpfulness
    instruction: prompt
    response: answer
    keep: helpfulness >= 3   # good enough
"""


@pytest.mark.parametrize(
    ("wish", "changes"),
    [
        (
            "only keep answers with helpfulness 4 or better",
            ["judge_helpfulness.keep: helpfulness >= 3 → helpfulness >= 4"],
        ),
        ("helpfulness 至少 4", ["judge_helpfulness.keep: helpfulness >= 3 → helpfulness >= 4"]),
        ("keep only the best answer per prompt", ["+ best_of {score: helpfulness} after judge_helpfulness"]),
        ("每个问题只留最好的回答", ["+ best_of {score: helpfulness} after judge_helpfulness"]),
    ],
)
def test_what_a_recipe_asks_of_a_model_can_be_spoken_of(tmp_path: Path, wish: str, changes: list[str]) -> None:
    jsonl(tmp_path / "prompts.jsonl", [{"id": at, "prompt": f"What is {at} plus {at}?"} for at in range(6)])
    (tmp_path / "recipe.yaml").write_text(RATED, encoding="utf-8")
    outcome = edited(tmp_path, wish)
    assert outcome.recipe is not None
    assert semantic(RATED, outcome.recipe) == changes


def test_exact_deduplication_makes_way_for_another(folder: Path) -> None:
    text = RECIPE.replace("  - op: sort", "  - dedup_exact\n  - op: sort")
    (folder / "recipe.yaml").write_text(text, encoding="utf-8")
    outcome = edited(folder, "use near-duplicate removal instead of the exact one")
    assert outcome.recipe is not None
    assert [each.partition(" {")[0] for each in semantic(text, outcome.recipe)] == ["- dedup_exact", "+ dedup_minhash"]
