"""Installed plugins: what they bring is found, and one that is broken is named and breaks nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

OPERATOR = '''
from dfcli.ops.base import Reads, Score, Writes
import polars as pl


class {name}(Score):
    """Say nothing."""

    text: Reads = "text"
    into: Writes = "said"

    def exprs(self) -> dict[str, pl.Expr]:
        return {{self.into: pl.lit("")}}
'''
TEMPLATE = "---\ndoc: Say hello.\noutputs: {said: str}\n---\nHello {{ text }}\n"
RECIPE = "doc: Nothing much.\ninput: a.jsonl\nsteps: [fine]\n"

PLUGINS: Mapping[str, Mapping[str, str]] = {
    "good": {
        "good/__init__.py": "from pathlib import Path\nHERE = Path(__file__).parent\n",
        "good/ops.py": OPERATOR.format(name="Fine"),
        "good/good_hello.j2": TEMPLATE,
        "good/good/little.yaml": RECIPE,
        "entry_points.txt": (
            "[dfcli.operators]\ngood = good.ops\n"
            "[dfcli.templates]\ngood = good:HERE\n"
            "[dfcli.recipes]\ngood = good:HERE\n"
        ),
    },
    "raising": {
        "raising.py": '\nraise OSError("no \\x1b[31mlicence")\n',
        "entry_points.txt": "[dfcli.operators]\nraising = raising\n[dfcli.recipes]\nraising = raising:RECIPES\n",
    },
    "misspelt": {
        "misspelt.py": "import dfcli\n\ndef broken(:\n",
        "entry_points.txt": "[dfcli.operators]\nmisspelt = misspelt\n",
    },
    "gone": {
        "entry_points.txt": "[dfcli.operators]\ngone = no_such_module\n[dfcli.templates]\ngone = no_such_module:X\n",
    },
    "odd": {
        "odd.py": "from pathlib import Path\nTEXT = 'recipes'\nNOWHERE = Path(__file__).parent / 'nowhere'\n",
        "entry_points.txt": "[dfcli.recipes]\nodd = odd:TEXT\nodder = odd:NOWHERE\n[dfcli.templates]\nodd = odd:TEXT\n",
    },
    "taking": {
        "taking.py": OPERATOR.format(name="WordCount"),
        "entry_points.txt": "[dfcli.operators]\naaa = taking\n",
    },
    "untyped": {
        "untyped/__init__.py": "from pathlib import Path\nHERE = Path(__file__).parent\n",
        "untyped/untyped_bad.j2": "---\ndoc: X.\noutputs:\n  a: string\nsampels: 2\n---\nHello\n",
        "entry_points.txt": "[dfcli.templates]\nuntyped = untyped:HERE\n",
    },
}

Plugged = Callable[..., str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a distribution per plugin, as an installer leaves them."""
    root = tmp_path_factory.mktemp("site")
    for name, files in PLUGINS.items():
        for file, text in files.items():
            path = root / (f"{name}-1.0.dist-info/{file}" if file == "entry_points.txt" else file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (root / f"{name}-1.0.dist-info" / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8"
        )
    return root


@pytest.fixture(scope="module")
def plugged(site: Path) -> Plugged:
    """Call dfcli in a process of its own that sees the plugins."""

    def plugged(*arguments: str, code: int = 0) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "dfcli", *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *sys.path])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr
        return (ran.stdout + ran.stderr).replace(f"{site}/", "")

    return plugged


@pytest.fixture(scope="module")
def listed(plugged: Plugged) -> str:
    return plugged("ops", "list")


def test_a_good_plugin_is_found_among_broken_ones(listed: str, plugged: Plugged) -> None:
    assert "  fine  " in listed
    assert "  good_hello  " in listed
    assert "  word_count  " in listed
    assert "good/little" in [each["name"] for each in json.loads(plugged("recipes", "list", "--json"))]


@pytest.mark.parametrize(
    "line",
    [
        "raising: raising.py:2: OSError: no �[31mlicence",
        "misspelt: misspelt.py:3: SyntaxError: invalid syntax",
        "gone: no_such_module: ModuleNotFoundError: No module named 'no_such_module'",
        "odd: odd:TEXT: AttributeError: 'str' object has no attribute 'rglob'",
        "aaa: taking: there is an operator 'word_count' already, and names are unique; begin this one with aaa_",
        "untyped_bad: untyped/untyped_bad.j2:4: outputs.a: unknown type 'string': a type is str, int, float, bool, "
        "date, datetime, list[<type>], or a mapping of names to types; "
        "5: unknown key 'sampels'; did you mean 'samples'?",
    ],
)
def test_a_broken_plugin_is_named_with_its_place(listed: str, line: str) -> None:
    assert f"\nbroken plugin {line}\n" in listed


def test_doctor_names_broken_plugins_those_with_recipes_too(plugged: Plugged) -> None:
    lines = plugged("doctor").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("recipes"))
    assert lines[start].endswith(" at hand, 3 broken plugins")
    assert lines[start + 1 : start + 4] == [
        "           odd: odd:TEXT: TypeError: it names 'recipes', and should name a pathlib.Path",
        "           odder: odd:NOWHERE: FileNotFoundError: there is no folder nowhere",
        "           raising: raising.py:2: OSError: no �[31mlicence",
    ]
    assert any(line.startswith("           misspelt: misspelt.py:3: SyntaxError") for line in lines)


def test_a_recipe_with_an_unknown_operator_hears_of_the_plugins_it_may_be_in(plugged: Plugged, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("input: a.jsonl\nsteps: [missing_op]\n", encoding="utf-8")
    assert "it may be in what could not be loaded: the plugin " in plugged("check", str(tmp_path / "r.yaml"), code=2)


def test_showing_a_broken_template_says_what_is_wrong_with_it(plugged: Plugged) -> None:
    said = plugged("ops", "show", "untyped_bad", code=2)
    assert said.startswith("error: untyped/untyped_bad.j2:4: outputs.a: unknown type 'string'")
