"""How good the operators are that the agent makes: twenty wishes that none serves, ten hidden cases each.

    python -m benchmarks.agent_synthesis --shop module:function
    python -m benchmarks.agent_synthesis --shop module:function --task roman-numerals

`function` takes a task and returns the `Shop` it is made in: the model that is asked, the gate, the sandbox. Exit
code 1 when a hidden case does not hold.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.agent import function
from dfcli.agent.evaluation.synthesised import Measured, Task, measure, report, tasks
from dfcli.agent.synthesis.coding import Shop
from dfcli.agent.synthesis.making import make
from dfcli.ops.registry import installed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shop", required=True, help="module:function of (task)")
    parser.add_argument("--task", help="only this one")
    given = parser.parse_args()
    shop_of = function(given.shop)
    found: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        for task in (each for each in tasks() if given.task in (None, each.id)):
            found += _measured(task, shop_of(task), Path(folder))
    print(report(found))
    sys.exit(0 if found and all(each.whole for each in found) else 1)


def _measured(task: Task, shop: Shop, folder: Path) -> Iterator[Measured]:
    return measure([task], lambda each: make(each.missing, shop, installed(), folder), shop.run)


if __name__ == "__main__":
    main()
