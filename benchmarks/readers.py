"""How well the readers of replies agree with the authors of real model outputs.

    python benchmarks/readers.py --data FOLDER        (or DFCLI_DATA=FOLDER)

FOLDER holds judge/llmbar_raw_judgments.jsonl, judge/vicuna_gpt4_reviews.jsonl, math/tora_gsm8k_outputs.jsonl and
llm_raw_outputs/gorilla_pseudo_json.jsonl. Prints how many replies are read as they are labelled (agreed), otherwise
(disagreed), not at all (unread), and how many have no label and are read all the same, or not (none). `--show` prints
all but the agreed ones. No label is looked at in reading.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dfcli.errors import BadReply
from dfcli.ops.reading import Output, Outputs

Line = Mapping[str, Any]
FIELDS = ("domain", "api_call", "api_provider", "explanation", "code")


class Case(NamedTuple):
    """A reply, what it was labelled with (None: unreadable to the authors too), and what was read, or why nothing."""

    reply: str
    label: Any
    read: Any = None
    why: str = ""


def _outputs(how: str, **outputs: Any) -> Outputs:
    return Outputs({name: Output.of(each) for name, each in outputs.items()}, how)


def _read(outputs: Outputs, reply: str, label: Any) -> Case:
    try:
        return Case(reply, label, [*outputs.read(reply).values()])
    except BadReply as error:
        return Case(reply, label, None, str(error))


def verdicts(lines: list[Line]) -> Iterator[Case]:
    """Read which output is better; the authors' winner is told by its place before the two were swapped."""
    outputs = _outputs("verdict(a, b)", winner="str")
    for line in lines:
        if line["raw_judgment"] is not None:
            first, second = ("b", "a") if line["swapped"] else ("a", "b")
            label = {"1": [first], "2": [second]}.get(line["winner_by_authors"])
            yield _read(outputs, line["raw_judgment"], label)


def reviews(lines: list[Line]) -> Iterator[Case]:
    """Read two scores."""
    score = {"type": "float", "min": 1, "max": 10}
    outputs = _outputs("numbers", first=score, second=score)
    for line in lines:
        yield _read(outputs, line["raw_review"], [float(each) for each in line["score_by_authors"]])


def last_blocks(lines: list[Line]) -> Iterator[Case]:
    """Read the last Python block; it is right when Python parses it."""
    outputs = _outputs("code(python)", code="str")
    for line in lines:
        case = _read(outputs, line["output"], "parses")
        yield case._replace(read="parses" if _parses(case.read[0]) else "does not parse") if case.read else case


def last_numbers(lines: list[Line]) -> Iterator[Case]:
    """Read the number stated as the answer; the authors' is what stands in the box, or the last one."""
    outputs = _outputs("number", answer="float")
    for line in lines:
        label = _number(line["model_pred"])
        yield _read(outputs, line["output"], None if label is None else [label])


def fields(lines: list[Line]) -> Iterator[Case]:
    """Read the fields that the models were asked for; labelled are the replies in which all five stand as keys."""
    outputs = _outputs("json", **dict.fromkeys(FIELDS, "str"))
    for line in lines:
        reply = _unescaped(line["raw_output"])
        label = "fields" if all(re.search(rf"['\"]{name}['\"]\s*:", reply) for name in FIELDS) else None
        case = _read(outputs, reply, label)
        yield case if case.read is None else case._replace(read="fields")


def _unescaped(text: str) -> str:
    """Return an output without the escapes, and the quote at its end, that storing it put on once more."""
    text = text.removesuffix('"').removesuffix("'")
    for escaped, plain in (("\\n", "\n"), ('\\"', '"'), ("\\'", "'")):
        text = text.replace(escaped, plain)
    return text


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


def _number(text: str) -> float | None:
    fraction = re.fullmatch(r"\\frac\{(\d+)\}\{(\d+)\}", text)
    try:
        return int(fraction[1]) / int(fraction[2]) if fraction else float(text)
    except ValueError:
        return None


MEASURES: tuple[tuple[str, Callable[[list[Line]], Iterator[Case]]], ...] = (
    ("judge/llmbar_raw_judgments.jsonl", verdicts),
    ("judge/vicuna_gpt4_reviews.jsonl", reviews),
    ("math/tora_gsm8k_outputs.jsonl", last_blocks),
    ("math/tora_gsm8k_outputs.jsonl", last_numbers),
    ("llm_raw_outputs/gorilla_pseudo_json.jsonl", fields),
)


def report(name: str, measure: str, cases: list[Case], show: bool) -> None:
    """Print one line of counts, and the cases behind those that are not agreement."""
    kinds = Counter(_kind(case) for case in cases)
    readable = sum(case.label is not None for case in cases)
    share = f"{kinds['agreed'] / readable:8.2%} of {readable} labelled" if readable else ""
    counts = "  ".join(f"{kind} {kinds[kind]}" for kind in ("agreed", "disagreed", "unread", "read", "none"))
    print(f"{name}  {measure}\n    {len(cases)} replies  {counts}  {share}")
    for case in cases if show else ():
        if _kind(case) in ("disagreed", "unread", "none"):
            print(f"    {_kind(case)}: label {case.label}, read {case.read} {case.why}\n        …{case.reply[-300:]!r}")


def _kind(case: Case) -> str:
    if case.read is None:
        return "none" if case.label is None else "unread"
    if case.label is None:
        return "read"
    return "agreed" if case.read == case.label else "disagreed"


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("DFCLI_DATA"), help="the folder with the files")
    parser.add_argument("--show", action="store_true", help="print the replies that are not agreed upon")
    given = parser.parse_args()
    if given.data is None:
        parser.error("give --data FOLDER, or set DFCLI_DATA")
    for name, measure in MEASURES:
        lines = [json.loads(line) for line in (Path(given.data) / name).read_text(encoding="utf-8").splitlines()]
        report(name, measure.__name__, list(measure(lines)), given.show)


if __name__ == "__main__":
    main()
