"""How good the agent's recipes are: the evaluation suite, or a part of it.

    python -m benchmarks.agent                         the set core, with the edits
    python -m benchmarks.agent --set heldout --json
    python -m benchmarks.agent --family text2sql --level hard
    python -m benchmarks.agent --task clean-easy-en
    python -m benchmarks.agent --set planned           with a model that plans, whose replies the tasks hold

No model and no key: recipes run with simulated models. Exit code 1 when a task failed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from dfcli.agent.evaluation.planned import SET as PLANNED
from dfcli.agent.evaluation.planned import evaluate as planned
from dfcli.agent.evaluation.report import figures, report
from dfcli.agent.evaluation.suite import Part, evaluate


def function(name: str) -> Any:
    """Return the function that `module:name` names."""
    module, _, attribute = name.partition(":")
    found = getattr(importlib.import_module(module), attribute, None)
    if found is None:
        sys.exit(f"{module} has no function {attribute!r}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", default="core")
    parser.add_argument("--family")
    parser.add_argument("--level")
    parser.add_argument("--task")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--once", action="store_true", help="do not give each request a second time")
    parser.add_argument("--agent", default="dfcli.agent.session:work", help="module:function of (request, folder)")
    parser.add_argument("--editor", help="module:function of (request, recipe, folder), for the edits")
    given = parser.parse_args()
    part = Part(given.set, given.family, given.level, given.task)
    editor = function(given.editor) if given.editor else None
    if given.set == PLANNED:
        with tempfile.TemporaryDirectory() as folder:
            results = [thought for _, thought in planned(part.tasks(), Path(folder), twice=not given.once)]
    else:
        results = list(evaluate(part, function(given.agent), editor, twice=not given.once))
    print(json.dumps(figures(results), indent=2, ensure_ascii=False) if given.json else report(results))
    sys.exit(0 if all(each.passed for each in results) else 1)


if __name__ == "__main__":
    main()
