"""Recall and precision of `find_pii` by type, on texts with the spans of what is in them.

    python -m benchmarks.quality_pii pii_presidio_synth.jsonl

The labelled file has rows with `text` and `spans` (type, start, end). A piece is found when one of its kind overlaps
it; a find is right when a labelled piece of its kind overlaps it. Labels that rules do not look for (names, places,
ages) are left out, and dates count for birth_date only where a find stands on one. Speed is that of the operator on the
same texts, repeated, and on English-like texts from a seed, of which one in ten holds something.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from dfcli.ops._pii import KINDS as EVERY
from dfcli.ops._pii import Span, find
from dfcli.ops.pii import MaskPii
from dfcli.ops.scripted import Scripted

KINDS = {
    "EMAIL_ADDRESS": "email",
    "CREDIT_CARD": "credit_card",
    "PHONE_NUMBER": "phone",
    "IP_ADDRESS": "ip",
    "US_SSN": "national_id",
    "IBAN_CODE": "iban",
    "DOMAIN_NAME": "domain",
}


def figures(data: Path) -> Iterator[str]:
    """Yield lines on each kind, and the speed."""
    rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    labelled, met, found, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        spans = find(row["text"], EVERY)
        for each in row["spans"]:
            if kind := KINDS.get(each["type"]):
                labelled[kind] += 1
                met[kind] += any(span.kind == kind and _overlap(span, each) for span in spans)
        for span in spans:
            dates = {"birth_date"} if span.kind == "birth_date" else set()
            found[span.kind] += 1
            right[span.kind] += any(
                (KINDS.get(each["type"]) == span.kind or (dates and each["type"] == "DATE_TIME"))
                and _overlap(span, each)
                for each in row["spans"]
            )
    yield f"{len(rows)} texts"
    yield f"{'kind':16} {'labelled':>8} {'recall':>7} {'found':>6} {'precision':>9}"
    for kind in sorted(set(labelled) | set(found)):
        recall = f"{met[kind] / labelled[kind]:7.3f}" if labelled[kind] else "      –"
        precision = f"{right[kind] / found[kind]:9.3f}" if found[kind] else "        –"
        yield f"{kind:16} {labelled[kind]:8} {recall} {found[kind]:6} {precision}"
    yield f"mask_pii: {_speed([row['text'] for row in rows]):.1f} MB per CPU second on these texts"
    yield f"mask_pii: {_speed(_plain_texts(10_000), times=3):.1f} MB per CPU second on English-like texts"


def _overlap(span: Span, label: dict[str, Any]) -> bool:
    return bool(span.start < label["end"] and label["start"] < span.end)


def _plain_texts(count: int) -> list[str]:
    """Return texts of some 300 words that are drawn from a seed; one in ten holds something of people's data."""
    rng = random.Random(1)
    words = [
        "".join(rng.choices("etaoinshrdlucmfwypvbgkqjxz", range(26, 0, -1), k=rng.randint(2, 9))) for _ in range(5000)
    ]
    words += ["key", "phone", "token", "born", "1998", "2024", "10", "3,500", "12:30"] * 5
    held = ("ada@example.org", "202-555-0143", "4111 1111 1111 1111", "8.8.8.8", "born on 12 March 1990")
    return [
        " ".join([*rng.choices(words, k=300), *([rng.choice(held)] if at % 10 == 0 else [])]) for at in range(count)
    ]


def _speed(texts: list[str], times: int = 20) -> float:
    frame = pl.DataFrame({"text": texts * times})
    started = time.process_time()
    MaskPii()(frame, Scripted())
    return float(frame["text"].str.len_bytes().sum()) / 1e6 / (time.process_time() - started)


if __name__ == "__main__":
    for line in figures(Path(sys.argv[1])):
        print(line, flush=True)
