"""What a model costs, by recipe, by the user's file, by litellm's table; and what nobody knows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dfcli.errors import InputError
from dfcli.recipes.model import ModelSpec, Price
from dfcli.runtime.prices import VARIABLE, price_of

OWN = """\
# what we pay
gpt-4.1-mini: {input: 7, output: 9}
acme/large: {input: 1, output: 2, cached: 0.5}
openai/llama: {input: 0, output: 0}
"""


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep this machine's own prices out, and return where the user's are looked for."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "dfcli").mkdir()
    return tmp_path / "dfcli" / "prices.yaml"


def price(model: str, base_url: str | None = None) -> Price | None:
    return price_of(ModelSpec(model=model, base_url=base_url))


def test_the_recipe_comes_first_then_the_user_s_file_then_the_table(settings: Path) -> None:
    listed = price("gpt-4.1-mini")
    assert listed is not None
    settings.write_text(OWN, encoding="utf-8")
    assert price("gpt-4.1-mini") == Price(input=7, output=9) != listed
    free = Price(input=0, output=0)
    assert price_of(ModelSpec(model="gpt-4.1-mini", price=free)) == free


def test_the_file_may_be_named_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.yaml").write_text(OWN, encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "mine.yaml"))
    assert price("acme/large") == Price(input=1, output=2, cached=0.5)


def test_a_file_without_prices_changes_nothing(settings: Path) -> None:
    settings.write_text("# nothing yet\n\n", encoding="utf-8")
    assert price("acme/large") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a/b: {input: 1}\n", ":1: the price of a/b: output is missing"),
        ("a/b:\n  input: 1\n  output: -2\n", ":3: the price of a/b: output "),
        ("a/b: {inputs: 1, input: 1, output: 2}\n", ":1: the price of a/b: unknown option 'inputs'; did you mean"),
        ("x: {input: 1, output: 1}\na/b: 0.5\n", ":2: the price of a/b must be {input: …, output: …} in US dollars"),
        ("a/b: {input: 1, output: 1}\na/b: {input: 1, output: 1}\n", ":2: a/b stands here twice, first on line 1"),
        ("- a/b\n", ":1: a price file maps the names of models to prices; this is a list"),
        ("a/b: {input: '1', output: 1}\n", ":1: the price of a/b: input "),
        ("a/b: {input: 1, output: 1}\nc/d: *x\n", ":2: not YAML: "),
    ],
)
def test_what_is_wrong_with_the_file_is_said_with_its_line(settings: Path, text: str, says: str) -> None:
    settings.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        price("a/b")
    assert str(raised.value).startswith(f"{settings}{says}")


def test_a_named_file_that_is_not_there_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere.yaml"))
    with pytest.raises(InputError, match=r"nowhere\.yaml: the price file, which DFCLI_PRICES names, cannot be read"):
        price("gpt-4.1-mini")


def test_the_table_s_prices_are_per_million_tokens() -> None:
    known = price("anthropic/claude-sonnet-4-5")
    assert known is not None
    assert known.cached is not None
    assert 0.01 < known.cached < known.input < known.output < 1000


@pytest.mark.parametrize(
    ("model", "same"),
    [
        ("openai/gpt-4.1-mini", "gpt-4.1-mini"),
        ("anthropic/claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("openai/gpt-4.1-mini-2099-01-31", "gpt-4.1-mini"),
        ("claude-sonnet-4-5@20990131", "claude-sonnet-4-5"),
        ("openai/ft:gpt-4.1-mini-2025-04-14:acme::x1", "ft:gpt-4.1-mini-2025-04-14"),
    ],
)
def test_a_model_has_its_price_under_each_of_its_names(model: str, same: str) -> None:
    assert price(model) == price(same) is not None


def test_names_in_the_user_s_file_go_by_the_same_rule(settings: Path) -> None:
    settings.write_text(OWN, encoding="utf-8")
    assert price("openai/gpt-4.1-mini") == price("gpt-4.1-mini-2099-01-31") == Price(input=7, output=9)


@pytest.mark.parametrize(
    "model",
    [
        "openai/never-heard-of-it",
        "never-heard-of-it",
        "groq/gpt-4.1-mini",  # another provider's model of that name
        "gpt-4.1-mini-of-our-own",
        "ollama/llama3",  # two zeros in the table: nobody entered a price
        "sample_spec",
    ],
)
def test_a_price_nobody_knows_is_none(model: str) -> None:
    assert price(model) is None


def test_a_server_of_one_s_own_has_no_listed_price_but_may_have_one_s_own(settings: Path) -> None:
    assert price("openai/gpt-4.1-mini", "http://localhost:8000") is None
    settings.write_text(OWN, encoding="utf-8")
    assert price("openai/gpt-4.1-mini", "http://localhost:8000") is None
    assert price("openai/llama", "http://localhost:8000") == Price(input=0, output=0)


def test_the_offline_model_is_free() -> None:
    assert price("dfcli/echo") == Price(input=0, output=0)


def test_a_price_is_known_without_loading_litellm() -> None:
    asked = "from dfcli.runtime.prices import price_of; from dfcli.recipes.model import ModelSpec"
    code = (
        f"{asked}; import sys; print(price_of(ModelSpec(model='gpt-4.1-mini')) is not None, 'litellm' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
