"""How many recipes with seeded faults the agent repairs, by the type of the fault, in how many rounds, without a model.

python -m benchmarks.agent_repair            a table by type
python -m benchmarks.agent_repair --each     also a line for each recipe: what was done
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from dfcli.agent.evaluation.seeded import Fault, attempt, faults, is_right, write_files
from dfcli.agent.repair import Repaired, repair


@dataclass(frozen=True)
class Result:
    fault: Fault
    repaired: Repaired
    right: bool


def measure(fault: Fault, folder: Path) -> Result:
    """Repair one recipe by rules alone, and tell whether it does the right thing then."""
    write_files(fault, folder)
    tries = iter(range(10**6))
    found = repair(fault.text, lambda text: attempt(text, folder, folder / f"try-{next(tries)}").verdict)
    return Result(fault, found, is_right(fault, found.text, folder, folder / "judged"))


def measured() -> list[Result]:
    """Repair all recipes with seeded faults."""
    results = []
    for fault in faults():
        with tempfile.TemporaryDirectory() as folder:
            results.append(measure(fault, Path(folder)))
    return results


def main() -> None:
    results = measured()
    if "--each" in sys.argv:
        for each in results:
            told = "ok   " if each.right else "WRONG"
            print(f"{told} {each.fault.id:32} {each.repaired.rounds} {'; '.join(each.repaired.steps)}")
    by_type: dict[str, list[bool]] = defaultdict(list)
    for each in results:
        for kind in each.fault.types if len(each.fault.types) == 1 else ["(two faults)"]:
            by_type[kind].append(each.right)
    for kind, found in sorted(by_type.items()):
        print(f"{kind:20} {sum(found):3} of {len(found):3}")
    right = [each for each in results if each.right]
    print(f"{'all':20} {len(right):3} of {len(results):3}  {len(right) / len(results):.2f}")
    claims = [each for each in results if not each.right and each.repaired.verdict.level == "sample"]
    print(f"median rounds of those repaired: {median(each.repaired.rounds for each in right)}; without a model: 1.00")
    print(f"passes its check, and does another thing: {len(claims)} of {len(results)}")


if __name__ == "__main__":
    main()
