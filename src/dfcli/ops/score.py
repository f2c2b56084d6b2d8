"""Count what a text consists of, without a model: each operator adds numbers per row; a step's `keep` drops.

A null text has null measures.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import polars as pl
from pydantic import Field

from dfcli.ops._encodings import counted, fingerprint
from dfcli.ops._passages import paragraphs, sentence_count
from dfcli.ops.base import Context, Example, Kind, Operator, Reads, Score, Writes

_CLOSED = r"""["'”’»）)\]】」』]*$"""


class WordCount(Score):
    """Count the words of a text: the runs of characters between whitespace."""

    use_for = ("count words", "keep texts of a certain length", "drop short documents", "按词数过滤文本")
    aliases = (
        "number of words",
        "word length of a text",
        "too short",
        "too long",
        "词数",
        "太短",
        "单词数",
        "too few words",
        "at least 50 words",
        "one-word texts",
        "词太少",
    )
    not_for = ("languages written without spaces: use char_count",)
    examples = [Example([{"text": "one two"}, {"text": " "}], [{"word_count": 2}, {"word_count": 0}])]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "word_count"

    def exprs(self) -> dict[str, pl.Expr]:
        return {self.into: pl.col(self.text).str.count_matches(r"\S+").cast(pl.Int64)}


class CharCount(Score):
    """Count the characters of a text, as Unicode code points."""

    use_for = ("count characters", "text length", "limit the length of documents", "按字符数过滤文本")
    aliases = (
        "character length",
        "number of letters",
        "string length",
        "字符数",
        "文本长度",
        "字数统计",
        "very short texts",
        "overlong texts",
        "minimum length",
        "maximum length",
        "文本过短",
        "文本过长",
        "长度限制",
    )
    not_for = ("languages written with spaces: use word_count",)
    examples = [
        Example([{"text": "naïve 数据"}, {"text": ""}], [{"char_count": 8}, {"char_count": 0}]),
        Example([{"text": "a b\n\tc"}], [{"char_count": 3}], {"whitespace": False}),
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "char_count"
    whitespace: bool = Field(default=True, description="Count whitespace as well.")

    def exprs(self) -> dict[str, pl.Expr]:
        text = pl.col(self.text)
        measured = text if self.whitespace else text.str.replace_all(r"\s+", "")
        return {self.into: measured.str.len_chars().cast(pl.Int64)}


class LineStats(Score):
    """Measure the lines of a text; blank lines do not count, and spaces around a line are ignored.

    `line_count`: the lines. `line_mean_chars`: their mean length in characters.
    Shares of the lines, from 0 to 1: `line_end_punct_share` ends in punctuation that ends a sentence, or in a closing
    quote or bracket after it; `line_ellipsis_share` ends in an ellipsis; `line_bullet_share` starts with a bullet;
    `line_short_share` has fewer than `short` characters; `line_repeat_share` repeats an earlier line of the text.
    A text without lines has null shares and a null mean.
    """

    use_for = ("detect menus and boilerplate", "share of lines ending in punctuation", "repeated lines", "行级统计特征")
    aliases = (
        "line statistics",
        "bullet points",
        "menu lines",
        "行统计",
        "pages of links and menus",
        "many short lines",
        "列表页",
        "全是导航的页面",
    )
    not_for = ("the length of the whole text: use word_count",)
    examples = [
        Example(
            [{"text": "Home\nA line that ends in a full stop, as text does.\n\nHome"}, {"text": ""}],
            [
                {"line_count": 3, "line_end_punct_share": 1 / 3, "line_short_share": 2 / 3, "line_repeat_share": 1 / 3},
                {"line_count": 0, "line_end_punct_share": None, "line_short_share": None, "line_repeat_share": None},
            ],
        ),
        Example(
            [{"body": "- one\n• two\nread on …\n好。"}],
            [{"n_bullet_share": 0.5, "n_ellipsis_share": 0.25, "n_end_punct_share": 0.25, "n_mean_chars": 5.25}],
            {"text": "body", "prefix": "n_"},
        ),
    ]

    text: Annotated[Reads, pl.String] = "text"
    prefix: str = Field(default="line_", description="What the names of the written columns start with.")
    short: int = Field(default=30, ge=1, description="Lines with fewer characters are short.")

    def writes(self) -> dict[str, pl.DataType | None]:
        shares = ("mean_chars", "end_punct_share", "ellipsis_share", "bullet_share", "short_share", "repeat_share")
        return {f"{self.prefix}count": pl.Int64(), **{self.prefix + share: pl.Float64() for share in shares}}

    def exprs(self) -> dict[str, pl.Expr]:
        lines = pl.col(self.text).str.extract_all(r"[^\r\n]*\S[^\r\n]*")
        each = pl.element().str.strip_chars()
        values = {
            "count": lines.list.len().cast(pl.Int64),
            "mean_chars": lines.list.eval(each.str.len_chars()).list.mean(),
            "end_punct_share": _share(lines, each.str.contains("[.!?。！？؟।]" + _CLOSED) & ~_trails_off(each)),
            "ellipsis_share": _share(lines, _trails_off(each)),
            "bullet_share": _share(lines, each.str.contains(r"^[-*•‣▪◦●○·–—]")),
            "short_share": _share(lines, each.str.len_chars() < self.short),
            "repeat_share": 1 - lines.list.eval(each).list.n_unique() / lines.list.len().replace(0, None),
        }
        return {self.prefix + name: value for name, value in values.items()}


class ByteCount(Score):
    """Count the bytes of a text in UTF-8: its size in a file."""

    use_for = ("count bytes", "size of a text in UTF-8", "megabytes of text", "文本字节数")
    aliases = ("byte length", "text size", "字节大小")
    not_for = ("characters, as people count them: use char_count",)
    examples = [Example([{"text": "naïve 数据"}, {"text": ""}], [{"byte_count": 13}, {"byte_count": 0}])]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "byte_count"

    def exprs(self) -> dict[str, pl.Expr]:
        return {self.into: pl.col(self.text).str.len_bytes().cast(pl.Int64)}


class LineCount(Score):
    """Count the lines of a text; blank ones count only with `blank`. A line ends with \\n, \\r\\n or \\r.

    With `blank` a last line without a break counts as well, and an empty text has none.
    """

    use_for = ("count lines", "number of non-blank lines", "drop texts with few lines", "统计行数")
    aliases = ("number of lines", "行数")
    not_for = ("what the lines are like: use line_stats", "blocks between blank lines: use paragraph_count")
    examples = [
        Example([{"text": "one\n\n two"}, {"text": " \n"}], [{"line_count": 2}, {"line_count": 0}]),
        Example([{"text": "one\r\n\r\ntwo\n"}, {"text": ""}], [{"n": 3}, {"n": 0}], {"blank": True, "into": "n"}),
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "line_count"
    blank: bool = Field(default=False, description="Count blank lines as well.")

    def exprs(self) -> dict[str, pl.Expr]:
        pattern = r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$" if self.blank else r"[^\r\n]*\S[^\r\n]*"
        return {self.into: pl.col(self.text).str.count_matches(pattern).cast(pl.Int64)}


class ParagraphCount(Score):
    """Count the paragraphs of a text: the blocks between blank lines."""

    use_for = ("count paragraphs", "number of text blocks", "drop texts of one paragraph", "统计段落数")
    aliases = ("number of paragraphs", "段落数")
    not_for = ("single lines: use line_count",)
    examples = [Example([{"text": "a\nb\n \n\nc\n"}, {"text": "\n"}], [{"paragraph_count": 2}, {"paragraph_count": 0}])]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "paragraph_count"

    def exprs(self) -> dict[str, pl.Expr]:
        return {self.into: paragraphs(pl.col(self.text)).list.len().cast(pl.Int64)}


class SentenceCount(Score):
    """Count the sentences of a text, in languages that end them with . ! ? … or with 。 ！ ？.

    A sentence holds at least one letter or digit. It ends at such a mark, with the closing quotes and brackets after
    it, where whitespace or the end of the text follows (after a Chinese mark at once), and at the end of a line. So
    3.5 is no end, and "Dr. Who" is two sentences: there is no list of abbreviations.
    """

    use_for = ("count sentences", "number of sentences", "keep texts of several sentences", "统计句子数")
    aliases = ("句子数",)
    not_for = ("lines: use line_count", "how long sentences are: use sentence_stats")
    examples = [
        Example(
            [{"text": 'It rose by 3.5 percent. "Why?" Nobody knew'}, {"text": "你好。再见！"}, {"text": "..."}],
            [{"sentence_count": 3}, {"sentence_count": 2}, {"sentence_count": 0}],
        )
    ]

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "sentence_count"

    def exprs(self) -> dict[str, pl.Expr]:
        return {self.into: sentence_count(pl.col(self.text))}


class TokenCount(Operator):
    """Count the tokens that a model's tokenizer makes of a text; special tokens in it count as ordinary text.

    `cl100k_base`, `o200k_base` and `p50k_base` (OpenAI) and `anthropic` and `deepseek` come with dfcli and need no
    network. Any other tokenizer is a file `tokenizer.json` of Hugging Face's tokenizers, named by its path; relative
    paths start at the working folder. The tokens that such a file adds around each text are not counted.
    """

    use_for = ("count tokens", "length in tokens", "fit the context window", "tiktoken", "统计token数")
    aliases = (
        "tokens",
        "tokenizer",
        "context length",
        "token数",
        "上下文长度",
        "too long for the model",
        "cost in tokens",
        "超出上下文",
    )
    not_for = ("words between spaces: use word_count",)
    examples = [
        Example([{"text": "Hello world"}, {"text": ""}], [{"token_count": 2}, {"token_count": 0}]),
        Example([{"text": "你好"}], [{"n": 1}], {"tokenizer": "o200k_base", "into": "n"}),
    ]
    kind: ClassVar[Kind] = "evaluate"

    text: Annotated[Reads, pl.String] = "text"
    into: Annotated[Writes, pl.Int64] = "token_count"
    tokenizer: str = Field(
        default="cl100k_base", description="The name of a tokenizer, or the path of a tokenizer.json."
    )

    def outside(self, ctx: Context) -> str:
        return fingerprint(self.tokenizer)

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        texts = frame[self.text].to_list()
        counts = iter(counted(self.tokenizer, [each for each in texts if each is not None]))
        found = [None if each is None else next(counts) for each in texts]
        return frame.with_columns(pl.Series(self.into, found, dtype=pl.Int64()))


def _share(lines: pl.Expr, test: pl.Expr) -> pl.Expr:
    return lines.list.eval(test).list.mean()


def _trails_off(line: pl.Expr) -> pl.Expr:
    return line.str.contains(r"(\.\.\.|…)" + _CLOSED)
