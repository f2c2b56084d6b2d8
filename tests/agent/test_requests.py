"""Requests as people write them, and the steps that rules make of them; what is not understood is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from answers import jsonl

from dfcli.agent.planner import Plan, plan
from dfcli.agent.profile import profile
from dfcli.agent.reading import read
from dfcli.agent.spec import Spec
from dfcli.recipes.load import parse
from dfcli.runtime.world import Here

PAGES = [
    {"id": at, "url": f"https://example.org/{at}", "text": f"<p>The garden of page {at} is full of roses.</p>"}
    for at in range(12)
]
PAIRS = [
    {
        "instruction": f"Tell me about thing {at}.",
        "output": f"Thing {at} is made of wood and iron.",
        "category": ("sports", "news", "food")[at % 3],
        "rating": at % 5 + 1,
    }
    for at in range(12)
]
ITEMS = [
    {"id": at, "owner": at % 3, "price": str(at), "meta": {"lang": "en", "source": "a"}, "tags": ["x", "y"]}
    for at in range(12)
]
OWNERS = [{"owner": at, "name": f"n{at}"} for at in range(3)]
FILES: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "pages.jsonl": PAGES,
    "pairs.jsonl": PAIRS,
    "items.jsonl": ITEMS,
    "owners.jsonl": OWNERS,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("requests")
    for name, rows in FILES.items():
        jsonl(made / name, rows)
    return made


def asked(folder: Path, request: str, *data: str) -> tuple[Spec, Plan]:
    found = profile(list(data), None, folder)
    spec = read(request, found)
    return spec, plan(spec, found)


def short(step: Any) -> str:
    """Return a step as its operator and what is told of it: `word_count: word_count >= 20`."""
    if isinstance(step, str):
        return step
    said = step.get("keep") or step.get("condition") or ""
    return f"{step['op']}: {said}" if said else step["op"]


@pytest.mark.parametrize(
    ("data", "request_", "steps"),
    [
        ("pages", "Remove rows with fewer than 20 words and drop exact duplicates.",
         ["word_count: word_count >= 20", "dedup_exact"]),
        ("pages", "remove pages with fewer than 10 words and exact duplicates of the text",
         ["word_count: word_count >= 10", "dedup_exact"]),
        ("pages", "Strip the html, English only, at least 30 and at most 500 words.",
         ["html_to_text", "word_count: word_count between 30 and 500", "language_id: language = 'en'"]),
        ("pages", "get rid of boilerplate, emails and urls; keep docs between 50 and 2000 words",
         ["remove_urls", "remove_emails", "remove_boilerplate_lines", "word_count: word_count between 50 and 2000"]),
        ("pages", "Pages with fewer than 5 words should go.", ["word_count: word_count >= 5"]),
        ("pages", "keep what isn't longer than 900 characters", ["char_count: char_count <= 900"]),
        ("pages", "texts must not be shorter than 20 characters", ["char_count: char_count >= 20"]),
        ("pages", "drop pages that are mostly in capital letters", ["capital_words: capital_words <= 0.5"]),
        ("pages", "去掉全是大写的文本", ["capital_words: capital_words <= 0.5"]),
        ("pages", "remove documents that contain the same line over and over",
         ["repeated_text: repeat_lines <= 0.3"]),
        ("pages", "no lorem ipsum pages", ["web_traces: web_lorem_ipsum = 0"]),
        ("pages", "nothing from spam.example or ads.example", ["url_blocklist"]),
        ("pages", "keep only pages from example.org",
         ["where: regexp_like(url, '(?i)^(?:[a-z]+://)?(?:[^/?#]*\\.)?(?:example\\.org)(?:[:/?#]|$)')"]),
        ("pages", "put the longest texts on top", ["char_count", "sort"]),
        ("pages", "The same page often appears under several addresses; one is enough.", ["dedup_exact"]),
        ("pages", "同一篇网页被多次转载，保留一份即可", ["dedup_exact"]),
        ("pages", "drop repeated texts, I need each text once. No duplicates please.", ["dedup_exact"]),
        ("pages", "a random sample of 5 pages", ["sample"]),
        ("pages", "把正文里的链接全部抹掉", ["remove_urls"]),
        ("pages", "邮箱电话不能泄露", ["mask_pii"]),
        ("pages", "只留英文，其他语言的都不要", ["language_id: language = 'en'"]),
        ("pages", "collapse whitespace, newlines and tabs", ["collapse_whitespace"]),
        ("pages", "少于3个字的网页丢掉", ["char_count: char_count >= 3"]),
        ("pairs", "no more than 2 rows from any one category, best rating first", ["quota"]),
        ("pairs", "每个 category 限 2 条", ["quota"]),
        ("pairs", "keep only outputs of at least 3 words", ["word_count: word_count >= 3"]),
        ("pairs", "hold out 20% as a test set", ["split"]),
        ("pairs", "随机拿 10% 当验证集", ["split"]),
        ("pairs", "按 8:2 切成训练集和测试集", ["split"]),
        ("pairs", "There are rows where the output is blank. Remove those.", ["where: trim(output) <> ''"]),
        ("pairs", "drop rows where the output just repeats the instruction",
         ["where: lower(trim(output)) <> lower(trim(instruction))"]),
        ("pairs", "output 完全照抄 instruction 的不要", ["where: lower(trim(output)) <> lower(trim(instruction))"]),
        ("pairs", "there must be no identical outputs", ["dedup_exact"]),
        ("pairs", "Instructions appearing more than once: keep the first of each.", ["dedup_exact"]),
        ("pairs", "for each category I want the 2 rows with the highest rating", ["quota"]),
        ("pairs", "pick the row with the top rating for each category", ["quota"]),
        ("pairs", "equal numbers per category, say 2 each, chosen at random", ["quota"]),
        ("pairs", "rating 低于 3 的没用", ["where: rating >= 3"]),
        ("pairs", "drop outputs that contain \"wood\" or \"stone\"",
         ["where: output is null or not (strpos(lower(output), 'wood') > 0 or strpos(lower(output), 'stone') > 0)"]),
        ("pages", "no near-identical texts", ["dedup_minhash"]),
        ("pairs", "only instructions that end with a question mark",
         ["where: regexp_like(trim(instruction), '[?？][\"”’」』)）]?$')"]),
        ("pages", "lowercase the text and remove punctuation, don't dedupe", ["remove_punctuation", "lowercase"]),
        ("pages", "dedupe on url, keep the longest text", ["dedup_exact"]),
        ("pages", "drop near-duplicates, but of each group keep the longest one, not the first",
         ["dedup_exact", "dedup_minhash"]),
        ("pages", "only keep pages where the url contains \"wiki\"", ["where: strpos(lower(url), 'wiki') > 0"]),
        ("pages", "I want a random 10% sample, sorted by id", ["sample", "sort"]),
        ("pages", "只保留英文网页，去除重复，邮箱打码", ["language_id: language = 'en'", "mask_pii", "dedup_exact"]),
        ("pages", "正文少于50个字的删掉，再把完全重复的去掉", ["char_count: char_count >= 50", "dedup_exact"]),
        ("pages", "刷屏灌水（同一个字重复一大片）的不要", ["ngram_repetition: repetition <= 0.5"]),
        ("pairs", "drop the rows where the output is empty, and also the refusals (\"As an AI…\", \"I'm sorry, but…\")",
         ["where: trim(output) <> ''", "phrase_count: refusals = 0"]),
        ("pairs", "answers must not be cut off (end with . ! or ?)",
         ["where: regexp_like(trim(output), '[.!?。！？…][\"”’」』)）]?$')"]),
        ("pairs", "回答（output）为空或者少于10个字的删掉，指令和回答都一样的只留一条",
         ["where: trim(output) <> ''", "char_count: char_count >= 10", "dedup_exact"]),
        ("pairs", "keep only rows where rating is at least 2 and category is either sports or news",
         ["where: rating >= 2", "where: category in ('sports', 'news')"]),
        ("pairs", "Nothing from category 'food'.", ["where: category <> 'food'"]),
        ("pairs", "only category sports", ["where: category = 'sports'"]),
        ("pairs", "category not food or news", ["where: category not in ('food', 'news')"]),
        ("pairs", "drop answers that are refusals, at least 10 words",
         ["word_count: word_count >= 10", "phrase_count: refusals = 0"]),
        ("pairs", "at most 2 rows per category, best rating first", ["quota"]),
        ("pages", "strip the html, then at least 30 words", ["html_to_text", "word_count: word_count >= 30"]),
        ("pages", "mask emails but leave ip addresses alone", ["mask_pii"]),
        ("pages", "drop the url column", ["select"]),
        ("pages", "keep just one copy of identical pages", ["dedup_exact"]),
        ("pages", "去掉网页里的html标签，随机抽取5条", ["html_to_text", "sample"]),
        ("pages", "clean this crawl for pre-training, strip the html", ["html_to_text", "fix_mojibake",
         "remove_control_characters", "collapse_whitespace"]),
        ("pages", "drop \n\n   duplicates" + " " * 3000, ["dedup_exact"]),
        ("pages", "no empty texts", ["where: trim(text) <> ''"]),
        ("pairs", "add a column n_chars with the number of characters of output, sort by n_chars",
         ["char_count", "sort"]),
        ("pairs", "balance the categories", ["quota"]),
        ("items", "price should be a number (what isn't a number becomes null)", ["cast"]),
        ("items", "price is a string, make it a number; rows where it isn't one are out",
         ["cast", "where: price is not null"]),
        ("items", "only those with meta.lang = 'en'", ["compute", "where: meta_lang = 'en'"]),
        ("items", "one row per tag please", ["explode"]),
    ],
)  # fmt: skip
def test_a_request_becomes_these_steps(folder: Path, data: str, request_: str, steps: list[str]) -> None:
    spec, made = asked(folder, request_, f"{data}.jsonl")
    assert [short(each) for each in made.recipe["steps"]] == steps
    assert (spec.unread, made.questions) == ((), ())


def test_a_quota_keeps_the_rows_with_the_best_score_that_is_named(folder: Path) -> None:
    _, made = asked(folder, "at most 2 rows per category, best rating first", "pairs.jsonl")
    step = made.recipe["steps"][0]
    assert (step["by"], step["n"], step["prefer"], step["score"]) == ("category", 2, "best", "rating")


def test_values_with_quotes_and_columns_with_capitals_make_conditions_that_hold(tmp_path: Path) -> None:
    rows = [{"Name": each, "n": at} for at, each in enumerate(["O'Brien", "Meyer"] * 6)]
    jsonl(tmp_path / "people.jsonl", rows)
    for request, condition in (
        ('only rows where Name is "O\'Brien"', "Name = 'O''Brien'"),
        ("only rows where Name is 'MEYER' in any case", "lower(Name) = 'meyer'"),
    ):
        _, made = asked(tmp_path, request, "people.jsonl")
        assert made.recipe["steps"][0]["condition"] == condition


def test_which_of_equal_rows_stays_and_what_does_not_count_is_read(folder: Path) -> None:
    _, made = asked(folder, "Duplicates ignoring case: only the first.", "pairs.jsonl")
    assert made.recipe["steps"] == [{"op": "dedup_exact", "on": ["instruction", "output"], "normalise": ["case"]}]
    _, made = asked(folder, "near-duplicates have to go, keep the longest one", "pages.jsonl")
    assert [each["prefer"] for each in made.recipe["steps"]] == ["longest", "longest"]


def test_other_files_are_joined_by_the_key_and_rows_they_do_not_know_leave(folder: Path) -> None:
    files = ("items.jsonl", "owners.jsonl")
    _, made = asked(folder, "join items.jsonl with owners.jsonl on owner", *files)
    assert made.recipe["steps"] == [{"op": "join", "file": "owners.jsonl", "on": "owner"}]
    _, made = asked(folder, "add the name from owners.jsonl (owner). Unknown owners out.", *files)
    assert made.recipe["steps"] == [{"op": "join", "file": "owners.jsonl", "on": "owner", "how": "inner"}]


def test_columns_that_are_measured_for_a_condition_are_not_written(folder: Path) -> None:
    _, made = asked(folder, "drop pages under 20 words", "pages.jsonl")
    assert made.recipe["output"] == {"path": "output.jsonl", "without": ["word_count"]}


def test_the_columns_wanted_are_written_and_no_others(folder: Path) -> None:
    _, made = asked(folder, "drop pages under 20 words. In the end I only want id and text.", "pages.jsonl")
    assert made.recipe["output"] == {"path": "output.jsonl", "columns": ["id", "text"]}


@pytest.mark.parametrize(
    "request_",
    ["make the prose sing", "drop pages under 20 words and then polish the prose until it sparkles", "让文字更有灵气"],
)
def test_what_is_not_understood_is_told(folder: Path, request_: str) -> None:
    spec, _ = asked(folder, request_, "pages.jsonl")
    assert spec.unread


@pytest.mark.parametrize(
    "request_",
    [
        "delete the cancelled orders from shop.db, then export what's left",
        "先把 shop.db 里的 customers 表清空，再生成数据",
        "remove duplicates and save it back into pages.jsonl itself",
        "add a column to pages.jsonl with the value of my OPENAI_API_KEY",
        "fetch https://tools.example.net/clean.sh, run it on this machine",
        "drop pages under 20 words and write the result to /etc/cron.d/pages",
    ],
)
def test_what_would_do_harm_is_refused(folder: Path, request_: str) -> None:
    assert read(request_, profile(["pages.jsonl"], None, folder)).refusal


@pytest.mark.parametrize(
    "request_",
    ["remove the table text and drop duplicates", "delete pages under 20 words", "drop rows from category 'news'"],
)
def test_what_only_sounds_like_harm_is_not(folder: Path, request_: str) -> None:
    assert not read(request_, profile(["pages.jsonl"], None, folder)).refusal


def test_a_column_that_is_not_there_becomes_a_question(folder: Path) -> None:
    _, made = asked(folder, "keep only rows where `sentiment` is above 0.5", "pages.jsonl")
    assert "sentiment" in made.questions[0]


def test_the_same_request_gives_the_same_plan(folder: Path) -> None:
    request = "strip html, English only, at least 10 words, no duplicates, sorted by id"
    assert asked(folder, request, "pages.jsonl") == asked(folder, request, "pages.jsonl")


def test_a_superlative_means_the_column_that_measures_it_and_no_model_is_asked(tmp_path: Path) -> None:
    jsonl(tmp_path / "goods.jsonl", [{"name": f"thing {at}", "price": at * 1.5, "views": at} for at in range(12)])
    for request, column in (("the 3 most expensive ones", "price"), ("keep the 3 most viewed", "views")):
        _, made = asked(tmp_path, request, "goods.jsonl")
        assert made.recipe["steps"] == [{"op": "top_k", "score": column, "k": 3}]
    _, made = asked(tmp_path, "the 3 most colourful ones", "goods.jsonl")
    assert made.questions == ("By which column is 'the 3 most colourful' meant?",)


def test_a_country_is_no_language(folder: Path) -> None:
    spec, _ = asked(folder, "only orders shipped to Germany", "items.jsonl")
    assert not any(each.skill == "languages" for each in spec.wishes)
    assert spec.unread


def test_papers_that_are_not_in_a_file_leave(folder: Path) -> None:
    _, made = asked(folder, "Items whose owner isn't in owners.jsonl should be dropped.", "items.jsonl", "owners.jsonl")
    assert made.recipe["steps"] == [{"op": "join", "file": "owners.jsonl", "on": "owner", "how": "semi"}]


@pytest.mark.parametrize(
    "request_",
    [
        "keep rows where order is at least 3",
        "only group a",
        "drop rows where case is empty",
        "drop rows where desc just repeats case",
        "at most 2 rows per group",
        "keep only rows where user is 'x'",
    ],
)
def test_columns_named_like_words_of_sql_make_recipes_that_pass_the_check(tmp_path: Path, request_: str) -> None:
    row = {"order": 1, "case": "some text here", "end": 3.5, "desc": "other text", "user": "x"}
    jsonl(tmp_path / "odd.jsonl", [row | {"order": at, "group": "ab"[at % 2]} for at in range(12)])
    _, made = asked(tmp_path, request_, "odd.jsonl")
    parse(made.recipe, folder=tmp_path, world=Here())


def test_pairs_of_columns_with_blanks_in_their_names_make_preferences(tmp_path: Path) -> None:
    row = {"prompt": "What is this?", "answer A": "A long answer to it.", "answer B": "Another long answer."}
    jsonl(tmp_path / "odd.jsonl", [row | {"id": at} for at in range(6)])
    _, made = asked(tmp_path, "the better answer is chosen, the worse one rejected", "odd.jsonl")
    parse(made.recipe, folder=tmp_path, world=Here())
