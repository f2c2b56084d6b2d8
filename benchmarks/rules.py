"""A recipe of ten expression steps against the same work as one hand-written lazy Polars query.

    python benchmarks/rules.py --gb 1 --rounds 3

The input is JSON Lines made from a fixed seed. Prints the ratio of wall times (both are measured in this one run, in
turn, each in a process of its own) and the recipe's peak memory at a quarter, a half and the whole of the input.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

STEPS: list[dict[str, Any]] = [
    {"op": "char_count", "keep": "char_count >= 200"},
    {"op": "where", "condition": "text not like '%javascript%'"},
    {"op": "word_count", "keep": "word_count between 40 and 100000"},
    {"op": "where", "condition": "char_count >= 3 * word_count and char_count <= 10 * word_count"},
    {"op": "line_stats", "keep": "line_end_punct_share >= 0.1"},
    {"op": "where", "condition": "line_bullet_share <= 0.9"},
    {"op": "where", "condition": "line_short_share <= 0.67"},
    {"op": "collapse_whitespace", "keep": "text <> ''"},
    {"op": "char_count", "into": "clean_chars", "keep": "clean_chars >= 200"},
    {"op": "word_count", "into": "clean_words", "keep": "clean_words >= 40"},
]


def make(path: Path, size: int, seed: int = 1) -> None:
    """Write about `size` bytes of text like that of the web, from a seed."""
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(5000)]
    with path.open("w", encoding="utf-8") as file:
        written = number = 0
        while written < size:
            written += file.write(json.dumps({"id": number, "text": _document(rng, words)}, ensure_ascii=False) + "\n")
            number += 1


def _document(rng: random.Random, words: list[str]) -> str:
    lines = []
    for _ in range(rng.randint(1, 14)):
        line = " ".join(rng.choices(words, k=rng.randint(2, 30)))
        lines.append(f"- {line}" if rng.random() < 0.1 else line.capitalize() + rng.choice([".", ".", "", " ..."]))
    if rng.random() < 0.05:
        lines.append("please enable javascript")
    return rng.choice(["\n", "\n\n", " \n"]).join(lines)


def by_recipe(source: Path, folder: Path) -> None:
    """Do the work as a recipe."""
    from dfcli import recipe, run

    data = {"name": "rules", "input": str(source), "output": str(folder / "recipe.parquet"), "steps": STEPS}
    run(recipe(data), runs=folder / "runs").done()


def by_hand(source: Path, folder: Path) -> None:
    """Do the work as one query."""
    import polars as pl

    text = pl.col("text")
    lines = text.str.extract_all(r"[^\r\n]*\S[^\r\n]*")
    each = pl.element().str.strip_chars()
    closed = r"""["'”’»）)\]】」』]*$"""
    trails = each.str.contains(r"(\.\.\.|…)" + closed)
    shares = {
        "line_count": lines.list.len().cast(pl.Int64),
        "line_mean_chars": lines.list.eval(each.str.len_chars()).list.mean(),
        "line_end_punct_share": lines.list.eval(each.str.contains("[.!?。！？؟।]" + closed) & ~trails).list.mean(),
        "line_ellipsis_share": lines.list.eval(trails).list.mean(),
        "line_bullet_share": lines.list.eval(each.str.contains(r"^[-*•‣▪◦●○·–—]")).list.mean(),
        "line_short_share": lines.list.eval(each.str.len_chars() < 30).list.mean(),
        "line_repeat_share": 1 - lines.list.eval(each).list.n_unique() / lines.list.len().replace(0, None),
    }
    query = (
        pl.scan_ndjson(source)
        .with_columns(char_count=text.str.len_chars().cast(pl.Int64))
        .filter(pl.col("char_count") >= 200, ~text.str.contains("javascript", literal=True))
        .with_columns(word_count=text.str.count_matches(r"\S+").cast(pl.Int64))
        .filter(pl.col("word_count").is_between(40, 100_000))
        .filter(pl.col("char_count").is_between(3 * pl.col("word_count"), 10 * pl.col("word_count")))
        .with_columns(**shares)
        .filter(pl.col("line_end_punct_share") >= 0.1)
        .filter(pl.col("line_bullet_share") <= 0.9, pl.col("line_short_share") <= 0.67)
        .with_columns(text=text.str.replace_all(r"\s+", " ").str.strip_chars())
        .filter(text != "")
        .with_columns(clean_chars=text.str.len_chars().cast(pl.Int64))
        .filter(pl.col("clean_chars") >= 200)
        .with_columns(clean_words=text.str.count_matches(r"\S+").cast(pl.Int64))
        .filter(pl.col("clean_words") >= 40)
    )
    query.sink_parquet(folder / "hand.parquet")


def measured(what: str, source: Path, folder: Path) -> tuple[float, float]:
    """Return the seconds and peak megabytes of one way of doing the work, in a process of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.rules", "--work", what, str(source), str(folder)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(printed[0]), float(printed[1])


def compare(source: Path, folder: Path, rounds: int) -> None:
    """Print the ratio of wall times over some rounds, in turn."""
    recipe, hand = [], []
    for _ in range(rounds):
        recipe.append(measured("by_recipe", source, folder)[0])
        kept = _rows(folder / "recipe.parquet")
        hand.append(measured("by_hand", source, folder)[0])
        assert kept == _rows(folder / "hand.parquet"), "the two ways must keep the same rows"
    ratios = [a / b for a, b in zip(recipe, hand, strict=True)]
    print(f"rows kept            {kept}")
    print(f"recipe / hand-written query, wall time: median {statistics.median(ratios):.2f} "
          f"(from {min(ratios):.2f} to {max(ratios):.2f}, {rounds} rounds)")  # fmt: skip


def _rows(path: Path) -> int:
    import polars as pl

    height: int = pl.scan_parquet(path).select(pl.len()).collect().item()
    return height


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gb", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", nargs=3, metavar=("WHAT", "INPUT", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        what, source, folder = arguments.work
        started = time.perf_counter()
        {"by_recipe": by_recipe, "by_hand": by_hand}[what](Path(source), Path(folder))
        seconds = time.perf_counter() - started
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root, "work")
        for share in (0.25, 0.5, 1.0):
            source = Path(root, f"{share}.jsonl")
            make(source, int(arguments.gb * share * 1e9))
            _, peak = measured("by_recipe", source, folder)
            print(f"{arguments.gb * share:5.2f} GB: peak memory of the recipe {peak:6.0f} MB")
        compare(source, folder, arguments.rounds)


if __name__ == "__main__":
    main()
