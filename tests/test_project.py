"""What holds for the project as a whole."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import dfcli

ROOT = Path(__file__).parents[1]
HEAVY = ("polars", "litellm", "langgraph", "torch", "pydantic", "jinja2", "ruamel", "aiohttp")


def loaded(code: str) -> set[str]:
    """Return the top-level modules that a program loads."""
    show = "import sys; print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    program = f"try:\n    {code}\nfinally:\n    {show}"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    return set(ran.stderr.split())


def test_help_loads_nothing_heavy() -> None:
    modules = loaded("import sys; sys.argv = ['dfcli', '--help']; from dfcli.commands.app import main; main()")
    assert "typer" in modules
    assert modules.isdisjoint(HEAVY)


def test_checking_the_demo_loads_no_model_client() -> None:
    command = "['dfcli', 'check', 'text2sql/demo']"
    modules = loaded(f"import sys; sys.argv = {command}; from dfcli.commands.app import main; main()")
    assert "polars" in modules
    assert modules.isdisjoint({"litellm", "langgraph", "torch", "openai"})


def test_listing_the_operators_loads_nothing_of_an_extra() -> None:
    modules = loaded("import sys; sys.argv = ['dfcli', 'ops', 'list']; from dfcli.commands.app import main; main()")
    assert "polars" in modules
    heavy = {"sqlglot", "duckdb", "sqlalchemy", "sentence_transformers", "torch", "transformers", "numpy", "spacy"}
    assert modules.isdisjoint(
        heavy | {"fasttext", "ftfy", "sacrebleu", "tiktoken", "tokenizers", "opencc", "markdown_it"}
    )


def test_what_the_package_offers_is_there() -> None:
    assert all(getattr(dfcli, name) is not None for name in dfcli.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nosuch'"):
        _ = dfcli.nosuch


def test_each_import_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    always = {_plain(each) for each in project["dependencies"]} | {"pydantic-core"}  # pydantic pins its own core
    extras = {_plain(each) for extra in project["optional-dependencies"].values() for each in extra}
    extras |= {"transformers", "huggingface-hub"}  # sentence-transformers is made of them
    owners = packages_distributions()
    missing = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in (ROOT / "src").rglob("*.py")
        for module, inside in _imports(path)
        if module not in sys.stdlib_module_names
        and (always | extras if inside or _is_loaded_late(path) else always).isdisjoint(
            map(_plain, owners.get(module, [module]))
        )
    }
    assert missing == set()


def _is_loaded_late(path: Path) -> bool:
    """Tell whether a module is one that others load inside a function, or start a process with."""
    return path.name.startswith("_") and path.name != "__init__.py"


def _plain(requirement: str) -> str:
    name = "".join(each if each.isalnum() or each in "-_." else " " for each in requirement).split()[0]
    return name.lower().replace("_", "-")


def _imports(path: Path) -> set[tuple[str, bool]]:
    """Return the top-level modules a file imports, but those it can do without, and whether inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    optional = {
        inner for each in ast.walk(tree) if isinstance(each, ast.Try) for part in each.body for inner in ast.walk(part)
    }
    functions = (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    inside = {inner for each in functions for inner in ast.walk(each)}
    typing = {
        inner
        for each in ast.walk(tree)
        if isinstance(each, ast.If) and ast.unparse(each.test) == "TYPE_CHECKING"
        for inner in ast.walk(each)
    }
    found = set()
    for node in ast.walk(tree):
        if node in optional:
            continue
        if isinstance(node, ast.Import):
            found |= {(alias.name.partition(".")[0], node in inside | typing) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add((node.module.partition(".")[0], node in inside | typing))
    return {each for each in found if each[0] != "dfcli"}
