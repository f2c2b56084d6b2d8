"""Choose among siblings, the rows made of one row by `samples` and the like: one goes on, and says what the others did.

An operator belongs here when it compares the rows of a family with each other. Siblings that failed are no longer
there; those of a step with `on_error: keep` are, with nulls.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

import polars as pl
from pydantic import Field, field_validator

from dfcli.ops.base import FAMILY, Collapse, Example, Row, Writes
from dfcli.ops.expressions import Condition, Number, Value

Share = Annotated[float, Field(ge=0, le=1)]


def _rows(**columns: list[object]) -> list[Row]:
    """Return the rows of examples, siblings by their ids in `row`."""
    named = {"__row__" if name == "row" else name: values for name, values in columns.items()}
    return [dict(zip(named, values, strict=True)) for values in zip(*named.values(), strict=True)]


class Vote(Collapse):
    """Keep, of the rows made of one row, the first of those that agree with most: self-consistency (Wang et al. 2022).

    Each sibling votes for the value of `by`; one whose value is null has no vote. `votes` is the number of votes for
    the winner, from 1, and `vote_share` their share of the votes cast, more than 0 and at most 1. The siblings leave as
    `outvoted`. A whole family leaves as `no_votes` when nobody voted, as `no_majority` when the winner's share is less
    than `at_least`, and as `tied` when others have as many votes and `ties` is `drop`.
    """

    use_for = (
        "majority vote over samples",
        "self-consistency",
        "keep the answer most samples agree on",
        "agreement between samples",
        "多数投票",
        "自一致性",
    )
    aliases = (
        "majority",
        "consensus",
        "多数表决",
        "一致性投票",
        "agree among several answers",
        "most common answer",
        "最常见的答案",
        "多个回答取一致",
    )
    not_for = ("the sibling with the highest score: use best_of", "a share as a measure of difficulty: use pass_rate")
    examples = [
        Example(
            _rows(row=["1.1", "1.2", "1.3", "2.1", "2.2"], answer=["7", "12", "12", "no", "No"]),
            [{"answer": "12", "votes": 2, "vote_share": 2 / 3}, {"answer": "no", "votes": 2, "vote_share": 1.0}],
            {"by": "lower(answer)"},
        ),
        Example(
            _rows(row=["1.1", "1.2", "1.3", "2.1", "2.2"], answer=["a", None, "b", "c", None]),
            [{"answer": "c", "agreeing": 1, "agreement": 1.0}],
            {
                "by": "answer",
                "at_least": 0.6,
                "ties": "drop",
                "votes_into": "agreeing",
                "share_into": "agreement",
            },
        ),
    ]

    by: Value = Field(description="What they vote on: a column, or SQL over the columns, as in lower(answer).")
    at_least: Share = Field(
        default=0.0, description="The share of the votes cast, from 0 to 1, that the winner must have."
    )
    ties: Literal["first", "drop"] = Field(
        default="first", description="Of values with as many votes the one seen first wins; drop: none of them does."
    )
    votes_into: Annotated[Writes, pl.Int64] = "votes"
    share_into: Annotated[Writes, pl.Float64] = "vote_share"

    def exprs(self) -> dict[str, pl.Expr]:
        votes, cast = self._for_winner().sum(), self._value().count()
        return {
            self.votes_into: votes.over(FAMILY).cast(pl.Int64),
            self.share_into: pl.when((cast > 0).over(FAMILY)).then((votes / cast).over(FAMILY)),
        }

    def rules(self) -> dict[str, pl.Expr]:
        votes, cast = self._for_winner().sum(), self._value().count()
        alone = {"tied": (self._winners().len() == 1).over(FAMILY)} if self.ties == "drop" else {}
        return {
            "no_votes": (cast > 0).over(FAMILY),
            "no_majority": (votes / cast >= self.at_least).over(FAMILY),
            **alone,
            "outvoted": _first(self._for_winner()).over(FAMILY),
        }

    def _value(self) -> pl.Expr:
        return pl.sql_expr(self.by)

    def _winners(self) -> pl.Expr:
        """Return the values of a family with most votes, in the order they are first seen."""
        return self._value().drop_nulls().mode(maintain_order=True)

    def _for_winner(self) -> pl.Expr:
        return self._value() == self._winners().first()


class BestOf(Collapse):
    """Keep, of the rows made of one row, the one with the best score: best-of-n, or rejection sampling.

    Of siblings with the same score the first stays; a score that is null or not a number never wins. The siblings leave
    as `not_best`, and a family without any score as `no_score`. A condition scores 1 where it is met, else 0.
    """

    use_for = (
        "best of n samples",
        "rejection sampling",
        "keep the sample with the highest score",
        "select the best response",
        "择优采样",
    )
    aliases = (
        "best-of-n",
        "reject sampling",
        "highest-scoring sample",
        "拒绝采样",
        "取最优样本",
        "keep the winner",
        "one answer per question, the best",
        "每题只留最好的",
    )
    not_for = (
        "the answer that most siblings gave: use vote",
        "rows with a high score, whatever their siblings: use where",
    )
    examples = [
        Example(
            _rows(row=["1.1", "1.2", "1.3", "2.1"], answer=["a", "b", "c", "d"], score=[3, 5, 5, None]),
            [{"answer": "b", "score": 5}],
            {"score": "score"},
        ),
        Example(
            _rows(row=["1.1", "1.2", "2.1", "2.2"], answer=["a", "b b", "c", ""], ok=[True, True, False, True]),
            [{"answer": "a"}, {"answer": ""}],
            {"score": "case when ok then length(answer) end", "highest": False},
        ),
    ]

    score: Number = Field(description="A column, or SQL over the columns, as in helpfulness - 0.1 * hedges.")
    highest: bool = Field(default=True, description="The highest score is the best; false: the lowest.")

    def rules(self) -> dict[str, pl.Expr]:
        score = pl.sql_expr(self.score).cast(pl.Float64).fill_nan(None)
        best = score.max() if self.highest else score.min()
        return {
            "no_score": (score.count() > 0).over(FAMILY),
            "not_best": _first(score == best).over(FAMILY),
        }


class PassRate(Collapse):
    """Measure which share of the rows made of one row meet a condition, and keep the first of them.

    The share goes from 0 to 1; a sibling on which the condition is null does not meet it. `labels` name ranges of it by
    their upper bounds, the last of which is 1: with `{hard: 0.25, easy: 1}`, 0.25 is hard, and 0.26 easy. The siblings
    leave as `collapsed`.
    """

    use_for = (
        "pass rate over samples",
        "difficulty of a problem from several attempts",
        "share of samples that are correct",
        "通过率",
        "难度分级",
    )
    aliases = (
        "success rate",
        "pass@k",
        "difficulty by attempts",
        "solve rate",
        "通过率统计",
        "正确率",
        "how often a model succeeds",
        "share of right attempts",
        "questions always answered right",
        "做对的比例",
        "总是答对的题",
    )
    not_for = ("one of the siblings that meet the condition: use best_of", "the answer most siblings gave: use vote")
    examples = [
        Example(
            _rows(
                row=["1.1", "1.2", "2.1", "2.2", "3.1", "3.2"],
                question=["a", "a", "b", "b", "c", "c"],
                answer=["7", "9", "no", "so", "x", "x"],
                solution=["9", "9", "yes", "yes", "x", "x"],
            ),
            [
                {"question": "a", "answer": "7", "pass_rate": 0.5, "difficulty": "medium"},
                {"question": "b", "answer": "no", "pass_rate": 0.0, "difficulty": "hard"},
                {"question": "c", "answer": "x", "pass_rate": 1.0, "difficulty": "easy"},
            ],
            {"condition": "answer = solution", "labels": {"hard": 0.25, "medium": 0.75, "easy": 1.0}},
        ),
        Example(
            _rows(row=["1.1", "1.2", "1.3"], score=[4, None, 2]),
            [{"score": 4, "share_good": 1 / 3}],
            {"condition": "score >= 4", "into": "share_good"},
        ),
    ]

    condition: Condition = Field(description="What a sibling must meet, in SQL over its columns: answer = solution.")
    labels: dict[str, Share] | None = Field(
        default=None, min_length=1, description="Label: its upper bound, in rising order."
    )
    into: Annotated[Writes, pl.Float64] = "pass_rate"
    label_into: Annotated[Writes, pl.String] = Field(
        default="difficulty", description="Where the label goes, with labels."
    )

    @field_validator("labels")
    @classmethod
    def _rise_to_one(cls, labels: dict[str, float] | None) -> dict[str, float] | None:
        bounds = list((labels or {"": 1.0}).values())
        if any(low >= high for low, high in pairwise(bounds)):
            raise ValueError("the upper bounds must rise")
        if bounds[-1] != 1:
            raise ValueError("the last upper bound must be 1, so that every share has a label")
        return labels

    def writes(self) -> dict[str, pl.DataType | None]:
        columns = super().writes()
        return columns if self.labels else {self.into: columns[self.into]}

    def exprs(self) -> dict[str, pl.Expr]:
        share = pl.sql_expr(self.condition).fill_null(False).mean()
        label = pl.coalesce(pl.when(share <= bound).then(pl.lit(name)) for name, bound in (self.labels or {}).items())
        labelled = {self.label_into: label.over(FAMILY)} if self.labels else {}
        return {self.into: share.over(FAMILY), **labelled}

    def rules(self) -> dict[str, pl.Expr]:
        return {"collapsed": pl.col(FAMILY).is_first_distinct()}


def _first(chosen: pl.Expr) -> pl.Expr:
    """Return whether a row is the first of a family's chosen ones."""
    return chosen & (chosen.cum_sum() == 1)
