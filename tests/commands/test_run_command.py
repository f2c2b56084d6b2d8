from __future__ import annotations

import pytest

from dfcli.commands.run import _words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["r.yaml", "--resume"], [["r.yaml"], ["--resume"]]),
        (["r.yaml", "--resume", "3"], [["r.yaml"], ["--resume", "3"]]),
        (["--resume", "run_sql", "r.yaml"], [["--resume", "run_sql"], ["r.yaml"]]),
        (["--resume", "r.yaml"], [["--resume"], ["r.yaml"]]),
        (["r.yaml", "--resume", "clean/where", "--json"], [["r.yaml"], ["--resume", "clean/where"], ["--json"]]),
        (["r.yaml", "--resume", "--json"], [["r.yaml"], ["--resume"], ["--json"]]),
        (["r.yaml", "--resume=3"], [["r.yaml"], ["--resume=3"]]),
        ([], []),
    ],
)
def test_resume_may_stand_without_a_step(arguments: list[str], words: list[list[str]]) -> None:
    assert list(_words(arguments)) == words
