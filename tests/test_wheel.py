"""The wheel alone, in an environment without this checkout, does what the README promises."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `bin` folder of an environment with the wheel and the dependencies, but not this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    venv.create(folder / "env", with_pip=False, symlinks=True)
    (wheel,) = folder.glob("*.whl")
    home = next((folder / "env").glob("lib/python*/site-packages"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(home), str(wheel)], check=True)
    # The dependencies are linked, not downloaded: tests run offline. dfcli itself is left out.
    linked = folder / "dependencies"
    linked.mkdir()
    for each in Path(sysconfig.get_path("purelib")).iterdir():
        if "dfcli" not in each.name and each.suffix != ".pth":
            (linked / each.name).symlink_to(each)
    (home / "dependencies.pth").write_text(str(linked), encoding="utf-8")
    return folder / "env" / "bin"


def dfcli(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(installed / "python"), "-m", "dfcli", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_demo_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    ran = dfcli(installed, tmp_path, "demo")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "question" in ran.stdout
    assert (tmp_path / "dfcli-demo" / "runs" / "text2sql-demo" / "report.html").is_file()


def test_the_recipes_and_operators_are_in_it(installed: Path, tmp_path: Path) -> None:
    assert "text2sql/demo" in dfcli(installed, tmp_path, "recipes", "list").stdout
    assert "judge_helpfulness" in dfcli(installed, tmp_path, "ops", "list").stdout
