"""A run that is killed with SIGKILL goes on where it was: a short form of `benchmarks/kill_resume.py`."""

from benchmarks.kill_resume import campaign


def test_killed_runs_end_with_the_same_bytes_and_ask_nothing_twice() -> None:
    counts = campaign(kills=4, latency=0.05, seed=3)
    assert (counts.kills, counts.different, counts.asked_again, counts.refused) == (4, 0, 0, 0)
    assert counts.finished >= 1
