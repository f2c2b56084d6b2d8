"""How our verdict on predicted SQL agrees with the labels of IBM's text2sql-eval-toolkit on Archer questions.

    python benchmarks/archer.py FILE

FILE is archer_llm_predictions.jsonl: per line the frame that the gold query gave and the one that the predicted query
gave, as JSON. A predicted frame that is missing is wrong, as its query failed. Prints for each convention and label how
many verdicts agree, and a line for each that does not. The verdict is made from the two frames and the text of the gold
query before any label is looked at.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

from dfcli.ops._results import Convention, difference, is_ordered
from dfcli.ops.database import Result

Line = Mapping[str, Any]
LABELS = (
    "execution_accuracy",
    "non_empty_execution_accuracy",
    "subset_non_empty_execution_accuracy",
    "bird_execution_accuracy",
)


class Judged(NamedTuple):
    """A line, and why its prediction is wrong; None where it is right."""

    line: Line
    reason: str | None


def judge(line: Line, convention: Convention) -> Judged:
    """Compare the two frames of a line; its labels are taken out first."""
    seen = {name: line[name] for name in ("gold_sql", "gold_df", "predicted_df")}
    if seen["predicted_df"] is None:
        return Judged(line, "sql_error: there is no predicted frame")
    gold = seen["gold_sql"][0]
    ordered = "order by" in gold.lower() if convention == "spider" else is_ordered(gold, "sqlite")
    frames = (frame(seen["gold_df"]), frame(seen["predicted_df"]))
    return Judged(line, difference(*frames, ordered=ordered, convention=convention))


def frame(text: str) -> Result:
    """Return a JSON frame in split orientation as a result."""
    read = json.loads(text)
    return Result(tuple(map(str, read["columns"])), tuple(map(tuple, read["data"])))


def disagreements(cases: Sequence[Judged], label: str) -> Iterator[str]:
    """Yield a line for each verdict that is not the label's."""
    for line, reason in cases:
        if line[label] is not None and bool(line[label]) != (reason is None):
            verdicts = f"label {line[label]}  ours {int(reason is None)}"
            yield f"    {line['question_id']}  {verdicts}  {reason or 'equal'}  [{line['pipeline']}]"


def main() -> None:
    """Compare with each label in each convention."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    lines = [json.loads(line) for line in parser.parse_args().file.read_text(encoding="utf-8").splitlines()]
    for convention in get_args(Convention):
        cases = [judge(line, convention) for line in lines]
        print(f"{convention}: {sum(each.reason is None for each in cases)} of {len(cases)} right")
        for label in LABELS:
            told = list(disagreements(cases, label))
            labelled = sum(line[label] is not None for line in lines)
            print(f"  {label}: {labelled - len(told)} of {labelled} agree", *told, sep="\n")


if __name__ == "__main__":
    main()
