"""A recipe whose run went wrong: what the run says is wrong, and what rules can mend of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from dfcli.agent import nodes
from dfcli.agent.repair import repair
from dfcli.agent.run_issues import issues_of_run
from dfcli.agent.session import UNMET, VERIFIED, Outcome, Request
from dfcli.agent.verdict import Verdict
from dfcli.agent.verify import verify


def fix(request: Request, recipe: Path, run: Path, folder: Path) -> Outcome:
    """Return a recipe's text repaired, with the verdict on it; nothing is written.

    `run` is the folder of a run of it. What the run says is wrong stands in the verdict as long as the recipe is as it
    was: whether a mended recipe does better on all rows, only its next run can tell. UsageError where there is no run.
    """
    text = (folder / recipe).read_text(encoding="utf-8")
    found = issues_of_run(run)
    scratch = folder / "runs" / "agent" / nodes.key(request, folder)

    def check(changed: str) -> Verdict:
        return verify(changed, (folder / recipe).parent, scratch, upto="mock")

    try:
        repaired = repair(text, check)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    verdict = repaired.verdict
    if repaired.text == text:
        verdict = replace(verdict, issues=(*verdict.issues, *found))
    wrong = verdict.errors or verdict.unmet
    return Outcome(UNMET if wrong else VERIFIED, repaired.text, None, verdict, assumptions=tuple(repaired.steps))
