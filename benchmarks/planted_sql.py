"""What a Text-to-SQL recipe makes of planted queries: the wrong ones it lets through, and the right ones it drops.

    python -m benchmarks.planted_sql
    python -m benchmarks.planted_sql --judge strict --each

The plants are the seeds of `recipes/text2sql/refine.yaml`, run as it is with a scripted model that reasons right in two
of three samples, varies nothing, and as a judge agrees with everything: so what is dropped is dropped by execution.
`same result` counts the wrong queries that give gold's rows on this data by chance, as a check of its own finds; of
these none can be told by execution. Queries that are right but sort rows that the question leaves tied are a line of
their own, as are wrong ones that leave out a sort.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks._planted import SHOP, Label, Plant, bases, cases, plants, same_result
from benchmarks.text2sql_model import Scripted
from dfcli import api
from dfcli.runtime.left import WHY, left

REFINE = SHOP.parents[1] / "refine.yaml"


@dataclass(frozen=True)
class Fate:
    """What became of a plant: None if it was let through, else the step and the reason that it left for."""

    plant: Plant
    why: str | None
    same: bool


def fates(planted: Sequence[Plant], model: Scripted, folder: Path, recipe: Path = REFINE) -> list[Fate]:
    """Run the recipe over the plants and return what became of each."""
    seeds = folder / "plants.jsonl"
    seeds.write_text("".join(json.dumps(each.as_seed) + "\n" for each in planted), encoding="utf-8")
    built = api.load(recipe, sets={"input": str(seeds), "output": str(folder / "out.jsonl")})
    run = api.run(built, runs=folder / "runs", transport=lambda spec: model)
    done = run.done()
    if failed := {step.label: step.failed for step in done.steps if step.failed}:
        raise SystemExit(f"rows failed, so nothing can be said of what is dropped: {failed}")
    kept = set(run.frame().filter(strategy="seed")["sql"])
    why = _reasons(done.folder)
    return [_fate(each, kept, why) for each in planted]


def _fate(plant: Plant, kept: set[str], why: dict[str, str]) -> Fate:
    same = plant.label == "wrong" and same_result(plant)
    assert (plant.sql in kept) != (plant.sql in why), f"neither kept nor dropped, or both: {plant.sql}"
    return Fate(plant, why.get(plant.sql), same)


def _reasons(run: Path) -> dict[str, str]:
    """Return by query why a seed left; seeds that were outvoted by their own siblings are still there."""
    found: dict[str, str] = {}
    for each in left(run, "dropped", 1_000_000):
        rows = each.first
        if "strategy" in rows.columns:
            rows = rows.filter(pl.col("strategy").fill_null("seed") == "seed")
        for row in rows.filter(~pl.col(WHY).is_in(["outvoted", "collapsed", "not_best"])).to_dicts():
            error = f" ({row['sql_error']})" if row.get("sql_error") else ""
            found[row["sql"]] = f"{each.step}: {row[WHY]}{error}"
    return found


def table(found: Sequence[Fate], label: Label) -> list[str]:
    """Return a line per kind of plant of a label, with the counts."""
    word = "let through" if label == "wrong" else "dropped"
    kinds = Counter(each.plant.kind for each in found if each.plant.label == label)
    lines = [f"{label}", f"  {'kind':32} planted  {word:>11}  same result"]
    for kind, planted in sorted(kinds.items()):
        of_kind = [each for each in found if each.plant.label == label and each.plant.kind == kind]
        bad = sum((each.why is None) == (label == "wrong") for each in of_kind)
        lines.append(f"  {kind:32} {planted:7}  {bad:11}  {sum(each.same for each in of_kind):11}")
    return lines


def reasons(found: Sequence[Fate], label: Label) -> list[str]:
    """Return a line per reason that plants of a label left for."""
    counts = Counter(each.why for each in found if each.plant.label == label and each.why)
    return [f"  {count:5}  {why}" for why, count in counts.most_common()]


def summary(found: Sequence[Fate]) -> list[str]:
    """Return the two shares that count, and what stands beside them."""
    wrong = [each for each in found if each.plant.label == "wrong"]
    told = [each for each in wrong if not each.same]
    right = [each for each in found if each.plant.label == "right"]
    tied = [each for each in found if each.plant.label == "tied"]
    same = [each for each in wrong if each.same]
    through = [each for each in told if each.why is None]
    unsorted = sum(each.plant.kind == "sort missing" for each in through)
    return [
        f"wrong let through   {_share(len(through), len(told))}, of which without a sort that is asked for: {unsorted}",
        f"right dropped       {_share(sum(each.why is not None for each in right), len(right))}",
        f"wrong, gold's rows  {_share(sum(each.why is None for each in same), len(same))} let through: not to be told",
        f"right, ties         {_share(sum(each.why is not None for each in tied), len(tied))} dropped",
    ]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / max(whole, 1):.1%})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", choices=["blind", "strict"], default="blind")
    parser.add_argument("--each", action="store_true", help="also list each plant that went wrong")
    arguments = parser.parse_args()
    model = Scripted(cases(bases()), strict=arguments.judge == "strict")
    with tempfile.TemporaryDirectory() as folder:
        found = fates(plants(bases()), model, Path(folder))
    print(f"{len({each.plant.case.gold for each in found})} golds, {arguments.judge} judge, {model.asked} calls\n")
    labels: tuple[Label, ...] = ("wrong", "right", "tied")
    for label in labels:
        print("\n".join([*table(found, label), "", *reasons(found, label), ""]))
    if arguments.each:
        for each in (each for each in found if (each.why is None) == (each.plant.label == "wrong") and not each.same):
            print(f"{each.plant.kind}: {each.plant.sql}\n  {each.why or 'let through'}")
    print("\n".join(summary(found)))


if __name__ == "__main__":
    main()
