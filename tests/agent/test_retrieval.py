"""What serves a wish is found: by names, phrases, other words for the same, and meaning; or nothing is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from answers import jsonl
from hypothesis import given
from hypothesis import strategies as st

from dfcli.agent import nodes, session
from dfcli.agent.evaluation.queries import KINDS, Answer, Query, answered, figures, queries
from dfcli.agent.retrieval.cards import Card, CardKind, catalogue
from dfcli.agent.retrieval.index import Index, index
from dfcli.agent.retrieval.meaning import Fused, local
from dfcli.agent.retrieval.shortlist import serving, shortlist
from dfcli.agent.retrieval.words import ideas, parts, stem, units, words
from dfcli.agent.review import Card as Shown
from dfcli.agent.state import plain
from dfcli.errors import EnvironmentLacks, UsageError
from dfcli.ops.contract import unfound

DEDUP = Card("dedup_exact", "operator", "Keep the first of equal rows.", "", ("remove duplicates", "精确去重"))
COUNT = Card("word_count", "operator", "Count the words of a text.", "", ("drop short texts", "按词数过滤文本"))
MASK = Card("mask_email", "template", "Replace addresses in a text.", "", ("remove personal data", "隐私脱敏"))
CLEAN = Card("text/clean", "recipe", "Web pages to a corpus.", "", ("tidy crawled pages",), ("crawl cleaning",))
CARDS = Index([DEDUP, COUNT, MASK, CLEAN])


def names(wish: str, cards: Index = CARDS, kinds: Sequence[CardKind] = ("operator", "template", "recipe")) -> list[str]:
    return [each.card.name for each in cards.search(wish, kinds=kinds)]


@pytest.mark.parametrize(
    ("wish", "first"),
    [
        ("remove duplicates", "dedup_exact"),
        ("duplicate", "dedup_exact"),
        ("DEDUP", "dedup_exact"),
        ("word_count", "word_count"),
        ("去重", "dedup_exact"),
        ("过滤掉太短的文本", "word_count"),
        ("personal", "mask_email"),
        ("crawling", "text/clean"),
        ("hide private details", "mask_email"),
        ("get rid of repeated rows", "dedup_exact"),
    ],
)
def test_a_wish_finds_cards_the_best_first(wish: str, first: str) -> None:
    assert names(wish)[0] == first


def test_a_word_that_most_cards_have_says_nothing() -> None:
    assert (names("text", index()), names("put the texts into", index())) == ([], [])
    assert names("count", index()) != []


@pytest.mark.parametrize("wish", ["astronomy", "mine bitcoin under the sea", "?!", "", "明天天气怎么样", "the of and"])
def test_nothing_is_found_where_nothing_is_near(wish: str) -> None:
    assert names(wish) == []


def test_nothing_is_found_among_no_cards() -> None:
    assert Index([]).search("anything") == []


def test_only_the_kinds_that_are_asked_for_are_found() -> None:
    assert "mask_email" in names("remove duplicates")
    assert set(names("remove duplicates", kinds=["operator"])) == {"dedup_exact", "word_count"}
    assert names("remove duplicates", kinds=["template"]) == ["mask_email"]
    assert names("crawled pages", kinds=["recipe"]) == ["text/clean"]


def test_no_more_are_found_than_are_asked_for() -> None:
    assert len(CARDS.search("remove duplicates from text", limit=1)) == 1


def test_a_hit_says_by_which_phrase_it_was_found() -> None:
    (hit, *_) = CARDS.search("please remove duplicates")
    assert (hit.card.name, hit.why) == ("dedup_exact", "remove duplicates")
    assert hit.score > 0


def test_what_a_card_is_not_for_leads_to_its_neighbour() -> None:
    red = Card("red", "operator", "Paint it.", "", ("paint walls",), (), ("wooden fences: use blue",))
    blue = Card("blue", "operator", "Colour it.", "", ("paint doors",))
    assert [each.card.name for each in Index([red, blue]).ranked("wooden fences")] == ["blue"]
    assert Index([replace(red, not_for=()), blue]).ranked("wooden fences") == []


def test_a_card_falls_behind_where_the_wish_is_what_it_is_not_for() -> None:
    red = Card("red", "operator", "Count things.", "", ("count apples",))
    blue = Card("blue", "operator", "Count things.", "", ("count apples",), (), ("count green apples here: use three",))
    for other, behind in ((blue, True), (replace(blue, not_for=()), False)):
        found = {each.card.name: each.score for each in Index([red, other]).ranked("count green apples here")}
        assert (found["blue"] < found["red"]) == behind


@pytest.mark.parametrize("each", catalogue(), ids=lambda each: each.name)
def test_a_card_is_found_by_its_name_and_each_of_its_phrases(each: Card) -> None:
    lost = [
        phrase
        for phrase in (each.name, *each.use_for, *each.aliases)
        if each.name not in [hit.card.name for hit in index().search(phrase, 3)]
    ]
    assert lost == []


def test_a_name_that_is_typed_in_full_comes_first() -> None:
    assert [each.name for each in catalogue() if names(each.name, index())[:1] != [each.name]] == []


@pytest.mark.parametrize("each", catalogue(), ids=lambda each: each.name)
def test_a_card_is_short_enough_for_a_planner(each: Card) -> None:
    text = each.text()
    latin = sum(character.isascii() for character in text)
    assert latin / 4 + (len(text) - latin) <= 300
    assert text.startswith(f"{each.name} ({each.kind}): ")


def test_a_card_tells_columns_and_options() -> None:
    (card,) = (each for each in catalogue() if each.name == "word_count")
    assert card.text().splitlines()[1:3] == [
        "reads text; writes word_count; rows: same",
        "options: text='text', into='word_count'",
    ]


@pytest.mark.parametrize("each", [each for each in catalogue() if each.kind == "recipe"], ids=lambda each: each.name)
def test_a_recipe_that_ships_says_what_it_is_for(each: Card) -> None:
    assert unfound(each.use_for, each.aliases, each.not_for) == ""
    assert each.doc
    known = {card.name for card in catalogue()}
    assert {name for _, name in each.neighbours()} <= known


def test_phrases_of_recipes_lead_to_one_card() -> None:
    owners: dict[str, set[str]] = {}
    for each in catalogue():
        for phrase in (*each.use_for, *each.aliases):
            owners.setdefault(phrase.casefold(), set()).add(each.name)
    assert {phrase: its for phrase, its in owners.items() if len(its) > 1} == {}


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("removes", "remov"),
        ("removing", "remov"),
        ("removed", "remov"),
        ("remove", "remov"),
        ("translation", "translat"),
        ("translate", "translat"),
        ("queries", "query"),
        ("dropping", "drop"),
        ("class", "class"),
        ("sql", "sql"),
        ("ids", "ids"),
    ],
)
def test_a_word_loses_its_ending(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


def test_text_without_spaces_is_searched_by_pairs_of_characters() -> None:
    assert list(words("去重texts, 数 ab_cd")) == ["去重", "text", "数", "ab", "cd"]


def test_the_same_idea_is_behind_words_of_both_languages() -> None:
    assert set(ideas("脱敏")) & set(ideas("anonymise")) & set(ideas("redacting"))
    assert not set(ideas("脱敏")) & set(ideas("shuffle"))


def test_a_request_has_parts() -> None:
    assert parts("mask names, then drop copies and shuffle") == ["mask names", "drop copies", "shuffle"]
    assert parts("先脱敏，然后去重。") == ["先脱敏", "去重"]


@given(st.text(max_size=60))
def test_any_text_can_be_searched_and_always_with_the_same_result(text: str) -> None:
    assert CARDS.search(text) == CARDS.search(text)
    assert {idea for unit in units(text) for idea in unit.ideas} == set(ideas(text))


@given(
    st.lists(st.sampled_from(["mask", "drop", "text", "words", "personal", "去重", "脱敏", "astronomy"]), max_size=8)
)
def test_a_card_has_all_or_less_of_a_wish(said: list[str]) -> None:
    shares = [CARDS.common(" ".join(said), each).share for each in CARDS.cards]
    assert all(0 <= each <= 1 + 1e-9 for each in shares)


def test_a_shortlist_has_the_best_of_each_part_first() -> None:
    found = [each.name for each in shortlist(["mask personal data, then shuffle rows"])]
    assert len(found) == 12 == len(set(found))
    assert {"mask_pii", "shuffle"} <= set(found[:4])


def test_a_planner_is_shown_what_there_is_even_where_nothing_is_near() -> None:
    wish = "bake a pizza in a stone oven by column"
    assert (index().search(wish), serving([wish])) == ([], [])
    assert shortlist([wish]) != []


def vectors(texts: Sequence[str]) -> list[list[float]]:
    """Embed by meaning, as a model would that knows two things alone: money, and all else."""
    return [[1.0, 0.0] if {"cash", "personal"} & {*text.lower().split()} else [0.1, 1.0] for text in texts]


def test_meaning_finds_what_no_word_does() -> None:
    many = Index([MASK, *(replace(COUNT, name=f"count_{n}") for n in range(20))])
    assert many.search("cash") == []
    (first, *_) = Fused(many, vectors).search("cash", 3)
    assert (first.card.name, first.why) == ("mask_email", "near in meaning")


def test_words_and_meaning_are_fused_by_their_ranks() -> None:
    fused = Fused(CARDS, vectors)
    found = {each.card.name: each.score for each in fused.search("remove duplicates")}
    assert found["dedup_exact"] == pytest.approx(1 / 61 + 1 / 61, abs=1e-5)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert fused.search("") == []


def test_nothing_is_near_in_meaning_when_all_is_equally_far() -> None:
    assert Fused(CARDS, lambda texts: [[1.0, 0.0] for _ in texts]).search("astronomy") == []


def test_a_model_that_is_a_folder_embeds(tmp_path: Path) -> None:
    script = """if True:
        import json, sys
        from pathlib import Path
        from tiny_model import make
        from dfcli.agent.retrieval.meaning import local
        embed = local(f"sentence-transformers/{make(Path(sys.argv[1]))}")
        print(json.dumps([embed(["how many singers", "a dog ran"]), embed(["how many singers"])]))
        """
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, check=True, cwd=Path(__file__).parents[1] / "runtime", capture_output=True)
    (one, other), (again,) = json.loads(done.stdout)
    assert len(one) == len(other) == 16
    assert one == pytest.approx(again, abs=1e-5)
    assert one != pytest.approx(other, abs=1e-2)


def test_a_model_that_is_not_here_is_told_and_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLacks, match="there is no folder"):
        local(f"sentence-transformers/{tmp_path}/none")
    with pytest.raises(EnvironmentLacks, match="is not on this machine, and a search fetches nothing"):
        local("sentence-transformers/no-such-model-anywhere")
    with pytest.raises(UsageError, match="does not run here"):
        local("openai/text-embedding-3-small")


def asked(folder: Path, text: str) -> tuple[session.Outcome, list[Shown]]:
    """Return what becomes of a request about twelve pages, and the cards that were shown."""
    jsonl(folder / "pages.jsonl", [{"text": f"<p>The garden of page {at} is full of roses.</p>"} for at in range(12)])
    shown: list[Shown] = []

    def accept(card: Shown) -> str:
        shown.append(card)
        return "accept"

    request = session.Request(text, ("pages.jsonl",))
    return session.work(request, folder, nodes.desk(request, folder, accept)), shown


def test_what_was_not_understood_is_shown_what_may_serve_it(tmp_path: Path) -> None:
    outcome, (card,) = asked(tmp_path, "remove html tags, and measure syllables")
    assert outcome.unread == card.unread == ("measure syllables",)
    assert outcome.serving == card.serving
    assert outcome.serving[0] == "syllable_count"
    assert len(outcome.serving) <= 5
    assert outcome.exit_code == session.UNMET


def test_what_was_understood_needs_no_suggestion(tmp_path: Path) -> None:
    outcome, (card,) = asked(tmp_path, "remove html tags")
    assert (outcome.exit_code, outcome.unread, outcome.serving, card.serving) == (session.VERIFIED, (), (), ())


def test_the_question_what_shall_be_done_names_what_may_serve(tmp_path: Path) -> None:
    outcome, shown = asked(tmp_path, "measure syllables")
    assert (outcome.exit_code, shown) == (session.UNCLEAR, [])
    assert "What may serve it: syllable_count, " in outcome.questions[0]
    outcome, _ = asked(tmp_path, "bake bread")
    assert outcome.questions[0].endswith("Nothing in the request was understood.")


def test_a_model_that_plans_is_given_a_dozen_cards(tmp_path: Path) -> None:
    request = session.Request("remove html tags and shuffle", ("pages.jsonl",), model="dfcli/echo")
    desk = nodes.desk(request, tmp_path, lambda card: "accept")
    found = nodes.retrieve(desk, {"request": plain(request), "unread": []})
    assert len(found["cards"]) == 12
    assert {"remove_html_tags", "shuffle"} <= set(found["cards"])
    alone = nodes.retrieve(desk, {"request": plain(replace(request, model=None)), "unread": []})
    assert alone == {"cards": [], "serving": []}


QUERIES = queries()


def test_there_are_queries_of_each_kind_in_two_languages() -> None:
    assert len(QUERIES) >= 170
    assert sum(each.language == "zh" for each in QUERIES) >= 60
    assert sum(not each.gold for each in QUERIES) >= 25
    assert {each.kind for each in QUERIES} == set(KINDS)
    assert all((each.kind == "out_of_catalogue") == (not each.gold) for each in QUERIES)
    calibrating = sum(each.calibrates for each in QUERIES)
    assert 0.4 < calibrating / len(QUERIES) < 0.6


def test_each_query_is_there_once_and_is_nobody_s_phrase() -> None:
    plain = [" ".join(each.text.casefold().split()) for each in QUERIES]
    assert len(set(plain)) == len(plain)
    phrases = {
        " ".join(phrase.casefold().split())
        for each in catalogue()
        for phrase in (each.name, *each.use_for, *each.aliases, *(said for said, _ in each.neighbours()))
    }
    assert phrases.isdisjoint(plain)


def test_what_queries_should_find_exists() -> None:
    assert {name for each in QUERIES for name in each.names} <= {each.name for each in catalogue()}


def test_queries_that_only_measure_find_what_they_should() -> None:
    found = figures(answered([each for each in QUERIES if not each.calibrates], index()))
    assert found.hit5 >= 0.92
    assert found.recall12 >= 0.95
    assert found.abstention_f1 >= 0.80


def test_figures_are_those_of_their_definitions() -> None:
    def answer(gold: str, *found: str) -> Answer:
        return Answer(Query("q", "exact", "en", (frozenset([gold]),) if gold else ()), found, found, 0.5)

    said = [
        answer("a", "a", "b"),
        answer("a", "b", "a"),
        answer("a", *"bcdef", "a"),
        answer("a"),
        answer(""),
        answer("", "z"),
    ]
    found = figures(said)
    assert (found.hit1, found.hit3, found.hit5) == (1 / 4, 2 / 4, 2 / 4)
    assert found.mrr == pytest.approx((1 + 1 / 2 + 1 / 6) / 4)
    assert found.recall12 == 3 / 4
    assert found.abstention_f1 == pytest.approx(2 * 1 / (2 * 1 + 1 + 1))
    assert (found.p50, found.p95) == (0.5, 0.5)
