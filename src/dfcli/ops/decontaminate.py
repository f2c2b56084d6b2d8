"""Remove texts that have passages of benchmarks in them."""

from __future__ import annotations

from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from dfcli.ops.base import HIDDEN, Context, Example, Reads, Rows, Whole, declared_schema

_RIDDLE = "What goes on four legs in the morning, on two at noon, and on three at night?"


class Decontaminate(Whole):
    """Drop texts that share a run of `ngram` words with a text of the benchmark `files`; 13 words, as for GPT-3.

    Words are compared without case and signs (Brown et al. 2020, appendix C); a Chinese character is a word. A text of
    a benchmark that has fewer words counts as one run where it has `shortest` words at least, and not at all where it
    has fewer. A text leaves when a greater share of its words than `share` is in such runs. mode: mark keeps all rows
    and writes the share, 0.0 for a text without words; the file, row and column that the first run is from; and the
    run as it stands in lower case. Memory: 16 bytes for each run of the benchmarks.
    """

    use_for = (
        "benchmark decontamination",
        "remove test set leakage",
        "n-gram overlap with evaluation data",
        "评测集去污染",
    )
    aliases = (
        "benchmark leakage",
        "test contamination",
        "eval overlap",
        "data leakage",
        "数据泄漏",
        "测试集污染",
        "去污染",
        "evaluation questions in the training set",
        "test data seen in training",
        "cheating on the benchmark",
        "测试集题目出现在训练集",
        "与评测集重合",
    )
    not_for = ("texts that repeat each other: use dedup_ngrams", "rows whose key is in a file: use join")
    examples = [
        Example(
            [{"text": f"As they say: {_RIDDLE.upper()}"}, {"text": "A riddle."}, {"text": None}],
            [{"text": "A riddle."}, {"text": None}],
            {"files": "bench.jsonl"},
            files={"bench.jsonl": [{"question": _RIDDLE, "answer": "a man"}]},
        ),
        Example(
            [{"text": "x x One two, three! x"}, {"text": "two three"}, {"text": None}],
            [
                {
                    "contamination_share": 0.5,
                    "contamination_source": "bench.jsonl row 2 question",
                    "contamination_words": "one two, three",
                },
                {"contamination_share": 0.0, "contamination_source": None, "contamination_words": None},
                {"contamination_share": None, "contamination_source": None, "contamination_words": None},
            ],
            {"files": ["bench.jsonl"], "columns": ["question"], "shortest": 3, "mode": "mark"},
            files={"bench.jsonl": [{"question": "two three"}, {"question": "One two three"}]},
        ),
    ]
    kind = "filter"
    rows = "fewer"
    drop_reason = "contaminated"

    text: Annotated[Reads, pl.String] = "text"
    files: str | tuple[str, ...] = Field(description="Path of a benchmark file, or several, relative to the recipe.")
    columns: tuple[str, ...] = Field(
        default=(), description="The benchmark's columns to look at; all texts by default."
    )
    ngram: int = Field(default=13, ge=1, description="How many words in a row are an overlap.")
    shortest: int = Field(default=8, ge=1, description="Benchmark texts with fewer words are not looked for.")
    share: float = Field(
        default=0.0, ge=0, lt=1, description="Texts leave of whose words more than this is in overlaps."
    )
    mode: Literal["drop", "mark"] = "drop"
    prefix: str = Field(
        default="contamination_", description="What the names of the columns start with that mark writes."
    )

    def effect(self) -> Rows:
        return "same" if self.mode == "mark" else "fewer"

    def writes(self) -> dict[str, pl.DataType | None]:
        kinds = {"share": pl.Float64(), "source": pl.String(), "words": pl.String()}
        return {self.prefix + name: kind for name, kind in kinds.items()} if self.mode == "mark" else {}

    def schema_after(self, given: pl.Schema, ctx: Context) -> pl.Schema:
        return declared_schema(self, given)

    def outside(self, ctx: Context) -> str:
        return " ".join(ctx.content(path) for path in self._paths())

    def over(self, frame: pl.LazyFrame, ctx: Context) -> pl.LazyFrame:
        from dfcli.ops import _dedup_benchmark

        benchmark = pl.concat([self._texts(path, ctx) for path in self._paths()])
        known = _dedup_benchmark.indexes(benchmark["text"], self.ngram, self.shortest)
        met = _dedup_benchmark.met(frame, self.text, known)
        if self.mode == "drop":
            return frame.filter(met["share"] <= self.share)
        sources = benchmark["source"].gather(met["source"])
        columns = {"share": met["share"], "source": sources, "words": met["words"]}
        present = pl.col(self.text).is_not_null()
        return frame.with_columns(
            pl.when(present).then(each.alias(name)).alias(self.prefix + name) for name, each in columns.items()
        )

    def _texts(self, path: str, ctx: Context) -> pl.DataFrame:
        """Return the texts of a benchmark file, and for each where it is from."""
        rows = ctx.read(path).select(pl.all().exclude(HIDDEN))
        names = self.columns or [name for name, kind in rows.collect_schema().items() if kind == pl.String]
        row = pl.int_range(1, pl.len() + 1).cast(pl.String)
        parts = [
            rows.select(text=name, source=pl.format("{} row {} {}", pl.lit(path), row, pl.lit(name))) for name in names
        ]
        return pl.concat([pl.LazyFrame(schema={"text": pl.String, "source": pl.String}), *parts]).collect()

    def _paths(self) -> tuple[str, ...]:
        return (self.files,) if isinstance(self.files, str) else self.files
