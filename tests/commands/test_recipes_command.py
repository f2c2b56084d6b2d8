from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import Call

from dfcli.recipes.zoo import recipes

SETS = {"text2sql/cross_dialect": ["server=duckdb:///cross_dialect/shop"]}


def test_every_recipe_is_listed_with_what_it_makes(dfcli: Call) -> None:
    lines = dfcli("recipes", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == list(recipes())
    assert all(line.endswith(".") for line in lines)
    listed = json.loads(dfcli("recipes", "list", "--json").out)
    assert [each["name"] for each in listed] == list(recipes())
    assert all(Path(each["file"]).is_file() for each in listed)


def test_a_recipe_is_shown_as_it_is(dfcli: Call) -> None:
    assert dfcli("recipes", "show", "text2sql/demo").out == recipes()["text2sql/demo"].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("demo", "no recipe is called 'demo'; did you mean 'text2sql/demo'?"),
        ("text2sql/dmo", "no recipe is called 'text2sql/dmo'; did you mean 'text2sql/demo'?"),
        ("nothing", "no recipe is called 'nothing'; dfcli recipes list shows them"),
    ],
)
def test_a_name_that_is_none_names_the_nearest(dfcli: Call, name: str, says: str) -> None:
    for verb in ("show", "copy"):
        done = dfcli("recipes", verb, name)
        assert (done.code, done.out, done.err) == (2, "", f"error: {says}\n")


@pytest.mark.parametrize("target", [None, "mine/shop.yaml"])
def test_a_copied_recipe_has_all_it_works_on(dfcli: Call, here: Path, target: str | None) -> None:
    done = dfcli("recipes", "copy", "text2sql/demo", *([target] if target else []))
    path = here / (target or "demo.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"Run it: dfcli run {target or 'demo.yaml'}"
    assert path.read_bytes() == recipes()["text2sql/demo"].read_bytes()
    assert dfcli("check", path, "--model", "dfcli/echo", "--model", "judge=dfcli/echo").code == 0


@pytest.mark.parametrize("name", list(recipes()))
def test_a_copy_needs_nothing_of_the_original(
    dfcli: Call, here: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DFCLI_MODEL", "dfcli/echo")
    assert dfcli("recipes", "copy", name).code == 0
    path = here / recipes()[name].name
    (here / "text.jsonl").write_text('{"text": "a"}\n', encoding="utf-8")
    sets = [f"--set={each}" for each in SETS.get(name, ())]
    found = dfcli("check", path, "--json", *sets)
    wrong = [each["sentence"] for each in json.loads(found.out) if "needs a key" not in each["sentence"]]
    assert wrong == []


def test_nothing_is_overwritten_and_nothing_half_copied(dfcli: Call, here: Path) -> None:
    (here / "demo").mkdir()
    (here / "demo" / "shop.sqlite").write_text("mine", encoding="utf-8")
    done = dfcli("recipes", "copy", "text2sql/demo")
    assert done.code == 2
    assert done.err.startswith("error: demo/shop.sqlite exists already, and nothing was written; name another file: ")
    assert [each.name for each in here.rglob("*")] == ["demo", "shop.sqlite"]


def test_a_second_copy_under_another_name_shares_the_files(dfcli: Call, here: Path) -> None:
    assert dfcli("recipes", "copy", "text2sql/demo").code == 0
    assert dfcli("recipes", "copy", "text2sql/demo").code == 2
    assert dfcli("recipes", "copy", "text2sql/demo", "again.yaml").code == 0
    assert (here / "again.yaml").is_file()


@pytest.mark.parametrize(("name", "near"), [("claen.yaml", "clean.yaml"), ("clean", "clean.yaml")])
def test_a_recipe_file_that_is_mistyped_names_the_nearest(dfcli: Call, here: Path, name: str, near: str) -> None:
    (here / "clean.yaml").touch()
    assert dfcli("run", name).err == (
        f"error: {name}: there is no such file, and no recipe of that name; did you mean {near!r}?\n"
    )


def test_the_schema_is_json_and_knows_every_operator(dfcli: Call) -> None:
    schema = json.loads(dfcli("schema").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "op.word_count" in schema["$defs"]


def test_a_recipe_is_copied_into_a_folder(dfcli: Call, here: Path) -> None:
    (here / "mine").mkdir()
    assert dfcli("recipes", "copy", "text/pretrain_filter", "mine").out.startswith("wrote mine/pretrain_filter.yaml\n")
    assert dfcli("recipes", "copy", "text/pretrain_filter", ".").code == 0
    assert (here / "pretrain_filter.yaml").read_bytes() == (here / "mine" / "pretrain_filter.yaml").read_bytes()
