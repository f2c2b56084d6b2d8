"""What is asked again and what is not: each case of `benchmarks/durability.py`, in short."""

from pathlib import Path

import pytest
from benchmarks.durability import CASES, b, verdict


@pytest.mark.parametrize("case", sorted(set(CASES) - {"B"}))
def test_nothing_is_asked_twice_and_nothing_old_is_used(case: str, tmp_path: Path) -> None:
    found = verdict(case, 24 if case != "H" else 60, tmp_path)
    assert found.holds, found.found


def test_a_kill_costs_no_more_than_the_calls_in_flight(tmp_path: Path) -> None:
    found = verdict("B", 40, tmp_path, case=lambda project: b(project, kills=2))
    assert found.holds, found.found
