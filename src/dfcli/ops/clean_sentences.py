"""Clean text sentence by sentence: repetitions, one sentence per line, sentences that were broken into lines."""

from __future__ import annotations

import polars as pl
from pydantic import Field

from dfcli.ops._cleaner import Cleaner, settled
from dfcli.ops._rewriting import HOLE
from dfcli.ops.base import Example

_LATIN_END = r"[.!?…؟।]+[\"'”’»)\]]*"
_CHINESE_END = r"[。！？]+[\"'”’»）)\]】」』]*"


class RemoveRepeatedSentences(Cleaner):
    """Remove sentences that a text has had before, of at least `min_chars` letters and digits.

    Sentences are compared by their letters and digits, without case; they end with a mark that space follows, a Chinese
    mark, or a line.
    """

    use_for = ("repeated sentences in a document", "remove repetition", "a model that repeats itself", "去除重复句子")
    aliases = (
        "looping output",
        "复读",
        "句子重复",
        "says the same again and again",
        "stuck in a loop",
        "重复输出",
        "the same sentence twice",
        "says it again",
        "degenerate output",
        "同一句话多次",
        "车轱辘话",
    )
    not_for = ("sentences that many documents share: use dedup_sentences", "how much repeats: use repeated_text")
    examples = [
        Example(
            [{"text": "It rains. It is cold. It rains. Yes. Yes."}, {"text": "下雨了。天冷。下雨了。"}],
            [{"text": "It rains. It is cold. Yes."}, {"text": "下雨了。天冷。"}],
            {"min_chars": 3},
        ),
        Example([{"text": "1.5 million of people. 2.5 million of people."}], [{}]),
    ]
    version = 2

    min_chars: int = Field(default=10, ge=1, description="Sentences of fewer letters and digits stay.")

    def expr(self) -> pl.Expr:
        return settled(pl.col(self.text), self._once_each)

    def _once_each(self, text: pl.Expr) -> pl.Expr:
        key = pl.element().str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", "")
        stays = (key.str.len_chars() < self.min_chars) | key.is_first_distinct()
        ended = text.str.replace_all(rf"{_LATIN_END}[^\S\n]+|{_CHINESE_END}|\n", "${0}" + HOLE)
        left = ended.str.split(HOLE).list.eval(pl.element().filter(stays)).list.join("")
        return (
            pl.when(left.str.len_bytes() < text.str.len_bytes()).then(left.str.strip_chars_end(" \t")).otherwise(text)
        )


_BEFORE_NAMES = (
    "Mr|Mrs|Ms|Mx|Dr|Prof|Rev|Hon|Gen|Col|Capt|Cpt|Lt|Sgt|Sen|Rep|Gov|Pres|St|Mt|Messrs|vs|cf|e\\.g|i\\.e|viz"
)
_BEFORE_NUMBERS = (
    "No|Nos|Fig|Figs|Eq|Eqs|Vol|Vols|Sec|Ch|Art|p|pp|ca|approx|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
)
_BEFORE_SMALL = "etc|al|Inc|Ltd|Co|Corp|Bros|Jr|Sr|Ph\\.D|a\\.m|p\\.m|approx|est|dept|ed|eds|resp|incl|max|min"


class SplitSentences(Cleaner):
    """Write each sentence of a text on a line of its own, without blank lines; nothing else is lost.

    A sentence ends with a mark that space follows, a Chinese mark, or a line. It does not end with a title (Dr.), an
    initial (J. F. Kennedy, U.S. Army), an abbreviation that belongs to the number behind it (Fig. 3, No. 5), or one
    such as etc. before a small letter.
    """

    use_for = ("one sentence per line", "sentence splitting", "sentence segmentation", "按句分行")
    aliases = (
        "sentence splitter",
        "segment sentences",
        "分句",
        "断句",
        "each sentence on its own line",
        "一句一行",
    )
    not_for = ("count sentences: use sentence_count", "broken lines: use repair_lines")
    examples = [
        Example(
            [
                {"text": "One. Two!  Three?\n\nFour"},
                {"text": "一。二！"},
                {"text": "Dr. J. Doe saw Fig. 3. He left. 👍"},
            ],
            [
                {"text": "One.\nTwo!\nThree?\nFour"},
                {"text": "一。\n二！"},
                {"text": "Dr. J. Doe saw Fig. 3.\nHe left.\n👍"},
            ],
        )
    ]
    version = 2

    def expr(self) -> pl.Expr:
        text = pl.col(self.text).str.replace_all(rf"({_LATIN_END})([^\S\n]+)", f"${{1}}{HOLE}${{2}}")
        for pattern, by in (
            (rf"\b({_BEFORE_NAMES}|\p{{Lu}})\.{HOLE}", "${1}."),
            (rf"\b({_BEFORE_NUMBERS})\.{HOLE}([^\S\n]+[0-9])", "${1}.${2}"),
            (rf"\b({_BEFORE_SMALL})\.{HOLE}([^\S\n]+\p{{Ll}})", "${1}.${2}"),
            (_CHINESE_END, "${0}" + HOLE),
            (rf"{HOLE}[^\S\n]*", "\n"),
            (r"[^\S\n]*\n\s*", "\n"),
        ):
            text = text.str.replace_all(pattern, by)
        return text.str.strip_chars()


class RepairLines(Cleaner):
    """Join lines that were broken inside a sentence, as in text from PDF files, and words that were hyphenated there.

    A line is joined to the next when it ends without a mark and the next begins with a small letter, or when Chinese
    stands on both sides. A hyphen between a letter and a small letter on the next line goes with the break. With
    `paragraphs` the same holds across blank lines, as pages leave them. A list of words in small letters looks like a
    broken sentence; `min_chars` leaves such short lines alone.
    """

    use_for = ("join broken lines", "line breaks inside sentences", "dehyphenation", "text from PDF", "合并断行")
    aliases = (
        "hard line breaks",
        "hyphenation",
        "PDF text",
        "wrapped lines",
        "断行",
        "PDF换行",
        "PDF line breaks",
        "text broken across lines",
        "hyphen at the end of lines",
        "PDF换行错乱",
        "一句话被拆成多行",
    )
    not_for = ("all line breaks: use collapse_whitespace", "one sentence per line: use split_sentences")
    examples = [
        Example(
            [{"text": "This sen-\ntence was broken\nhere. A new\n\nParagraph"}, {"text": "这是一\n句话。\n新的"}],
            [{"text": "This sentence was broken here. A new\n\nParagraph"}, {"text": "这是一句话。\n新的"}],
        ),
        Example(
            [{"text": "It ends on the\n\nnext page."}], [{"text": "It ends on the next page."}], {"paragraphs": True}
        ),
        Example([{"text": "tea\nrice\nmilk"}], [{"text": "tea\nrice\nmilk"}], {"min_chars": 20}),
    ]
    version = 2

    paragraphs: bool = Field(default=False, description="Also join what blank lines divide.")
    min_chars: int = Field(default=1, ge=1, le=200, description="Lines of fewer characters are not joined to the next.")

    def expr(self) -> pl.Expr:
        return settled(pl.col(self.text), self._joined, lambda text: text.str.contains("\n", literal=True))

    def _joined(self, text: pl.Expr) -> pl.Expr:
        broken = r"[^\S\n]*\n\s*" if self.paragraphs else r"[^\S\n]*\n[^\S\n]*"
        before = rf"(?m)(^[^\n]{{{self.min_chars - 1},}}" if self.min_chars > 1 else "("
        for pattern, by in (
            (rf"{before}\p{{L}})[-\u00ad\u2010]{broken}(\p{{Ll}})", "${1}${2}"),
            (rf"{before}[\p{{L}}\p{{N}},;)\]'’”\"]){broken}(\p{{Ll}})", "${1} ${2}"),
            (rf"{before}[\p{{Han}}，、；]){broken}(\p{{Han}})", "${1}${2}"),
        ):
            text = text.str.replace_all(pattern, by)
        return text
