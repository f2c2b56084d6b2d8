"""Speed, memory, recall and growth of deduplication, on text made from a fixed seed.

    python benchmarks/text_dedup.py speed --documents 50000
    python benchmarks/text_dedup.py recall
    python benchmarks/text_dedup.py growth

Each operator runs in a process of its own, from a Parquet file to another. MB per CPU second counts both cores' time,
reading and writing included; the peak is the resident memory's, of which a process that has done nothing takes what
the line `nothing` says.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from dfcli.ops.base import Whole
from dfcli.ops.decontaminate import Decontaminate
from dfcli.ops.dedup import DedupExact
from dfcli.ops.dedup_meaning import DedupVectors
from dfcli.ops.dedup_near import DedupMinhash, DedupNgrams, DedupSimhash
from dfcli.ops.dedup_parts import DedupLines, DedupParagraphs, DedupSentences, DedupSubstrings
from dfcli.ops.scripted import Scripted

BENCHMARK = {"bench.jsonl": [{"q": " ".join(f"word{row}x{each}" for each in range(20))} for row in range(1000)]}
OPERATORS: dict[str, Whole | None] = {
    "nothing": None,
    "dedup_exact": DedupExact(on="text"),
    "dedup_exact normalised": DedupExact(on="text", normalise=("case", "whitespace", "punctuation")),
    "dedup_lines": DedupLines(),
    "dedup_paragraphs": DedupParagraphs(),
    "dedup_sentences": DedupSentences(),
    "dedup_substrings": DedupSubstrings(),
    "dedup_ngrams": DedupNgrams(),
    "dedup_ngrams every 16": DedupNgrams(every=16),
    "dedup_simhash": DedupSimhash(),
    "dedup_minhash none": DedupMinhash(verify="none"),
    "dedup_minhash signature": DedupMinhash(),
    "dedup_minhash jaccard": DedupMinhash(verify="jaccard"),
    "dedup_vectors": DedupVectors(vector="vector"),
    "decontaminate": Decontaminate(files="bench.jsonl"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "recall", "growth", "one"])
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--documents", type=int, default=50_000)
    given = parser.parse_args()
    if given.what == "one":
        one(*given.rest)
    else:
        {"speed": lambda: speed(given.documents), "recall": recall, "growth": growth}[given.what]()


def documents(count: int, words: int, seed: int = 1) -> list[str]:
    """Return texts of about so many words, of which a fifth are copies, edited or not."""
    rng = Random(seed)
    known = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(20_000)]
    texts: list[str] = []
    for number in range(count):
        if number > 100 and rng.random() < 0.2:
            texts.append(edited(texts[rng.randrange(number)], rng.choice((0, 0, 1, 3)), rng))
            continue
        lines = []
        for _ in range(max(rng.randint(words // 2, 3 * words // 2) // 20, 1)):
            lines.append(" ".join(rng.choices(known, k=rng.randint(10, 30))).capitalize() + ".")
        texts.append("\n".join(lines))
    return texts


def edited(text: str, changes: int, rng: Random) -> str:
    words = text.split(" ")
    for _ in range(changes):
        words[rng.randrange(len(words))] = f"edit{rng.randrange(10**6)}"
    return " ".join(words)


def measured(name: str, source: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "one", name, str(source)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def one(name: str, source: str) -> None:
    """Run one operator from file to file, and print what it took."""
    operator, frame = OPERATORS[name], pl.scan_parquet(source)
    started, wall = time.process_time(), time.perf_counter()
    target = Path(source).with_suffix(".out.parquet")
    if operator is not None:
        operator.over(frame, Scripted(files=BENCHMARK)).sink_parquet(target)
    left = pl.scan_parquet(target).select(pl.len()).collect().item() if operator is not None else 0
    spent = {"cpu": time.process_time() - started, "wall": time.perf_counter() - wall}
    print(json.dumps({**spent, "peak": peak(), "left": left}))


def peak() -> int:
    """Return the most memory this program has held, in MB; what its parent held before does not count."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    return int(status["VmHWM"].split()[0]) // 1024


def speed(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.parquet"
        texts = documents(count, 470)
        rng = Random(2)
        vectors = [[rng.gauss(0, 1) for _ in range(64)] for _ in texts]
        rows = pl.DataFrame({"text": texts, "vector": pl.Series(vectors, dtype=pl.List(pl.Float32))})
        rows.write_parquet(source)
        megabytes = sum(len(text.encode()) for text in texts) / 1e6
        print(f"{count} documents, {megabytes:.0f} MB")
        print(f"{'':24} {'MB/CPU s':>9} {'MB/s':>7} {'peak MB':>8} {'left':>7}")
        for name in OPERATORS:
            found = measured(name, source)
            rates = f"{megabytes / found['cpu']:9.1f} {megabytes / found['wall']:7.1f}"
            print(f"{name:24} {rates} {found['peak']:8} {found['left']:7}", flush=True)


def growth() -> None:
    names = ("nothing", "dedup_exact", "dedup_lines", "dedup_simhash", "dedup_minhash none", "dedup_minhash signature")
    print(f"{'CPU µs per document':24} " + " ".join(f"{name:>23}" for name in names[1:]) + "   (peak MB)")
    with tempfile.TemporaryDirectory() as folder:
        for count in (10_000, 100_000, 1_000_000):
            source = Path(folder) / "in.parquet"
            pl.DataFrame({"text": documents(count, 40)}).write_parquet(source)
            each = [measured(name, source) for name in names]
            cells = (f"{one['cpu'] / count * 1e6:14.1f} ({one['peak']:6})" for one in each[1:])
            print(f"{count:24} " + " ".join(cells), flush=True)


def shingled(text: str, length: int = 5) -> set[tuple[str, ...]]:
    words = text.lower().split()
    return {tuple(words[place : place + length]) for place in range(len(words) - length + 1)}


def recall() -> None:
    """Plant pairs of known similarity, and count what is found of them and what is found besides."""
    rng, texts, similar = Random(3), [], []
    base = documents(3000, 150, seed=4)[:3000]
    for text in (" ".join(each.replace(".", "").split()) for each in base):
        words = text.split()
        twin = edited(" ".join(words), rng.choice((1, 1, 2, 3, 4, 5, 6)), rng)
        first, second = shingled(text), shingled(twin)
        texts += [text, twin]
        similar.append(len(first & second) / len(first | second))
    grid = [(low, low + 0.05) for low in (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)]
    print("found of pairs whose Jaccard similarity is from …; precision: pairs at least as similar as 0.7 of all found")
    print(f"{'':28}" + "".join(f"{low:7.2f}" for low, _ in grid) + "  recall  precision")
    rows = pl.DataFrame({"text": texts})
    truth = {name: shingled(text) for name, text in enumerate(texts)}
    for name in ("none", "signature", "jaccard"):
        marked = DedupMinhash.model_validate({"threshold": 0.7, "verify": name, "mode": "mark"})(rows, Scripted())
        clusters = marked["duplicate_cluster"].to_list()
        found = [clusters[2 * pair] == clusters[2 * pair + 1] for pair in range(len(similar))]
        shares = [share(hit for hit, each in zip(found, similar, strict=True) if low <= each < up) for low, up in grid]
        all_above = share(hit for hit, each in zip(found, similar, strict=True) if each >= 0.7)
        right = share(_jaccard(truth[a], truth[b]) >= 0.7 for a, b in _pairs(clusters))
        print(f"dedup_minhash {name:14}" + "".join(f"{each:7.3f}" for each in shares), f"{all_above:7.3f} {right:9.3f}")


def _pairs(clusters: list[str]) -> list[tuple[int, int]]:
    groups: dict[str, list[int]] = {}
    for number, cluster in enumerate(clusters):
        groups.setdefault(cluster, []).append(number)
    return [pair for members in groups.values() for pair in combinations(members, 2)]


def _jaccard(first: set[tuple[str, ...]], second: set[tuple[str, ...]]) -> float:
    return len(first & second) / max(len(first | second), 1)


def share(hits: Any) -> float:
    """Return which share of some truths holds; not a number where there are none."""
    counted = list(hits)
    return sum(counted) / len(counted) if counted else float("nan")


if __name__ == "__main__":
    main()
