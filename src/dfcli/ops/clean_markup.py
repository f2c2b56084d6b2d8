"""Clean text of markup other than HTML: markdown, references of wikis and papers, images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl
from pydantic import Field

from dfcli.ops._cleaner import CJK, RowCleaner
from dfcli.ops._markdown import Plain
from dfcli.ops._passes import PassRemover
from dfcli.ops.base import Example

_LABEL = r"\[[^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)*\]"
_TARGET = r"\((?:[^()\n]|\([^()\n]*\))*\)"
_PICTURE = r"\.(?:png|jpe?g|gif|webp|svg|bmp|tiff?|ico|avif|heic)\b"
_IMAGES = (
    rf"\[!{_LABEL}{_TARGET}\]{_TARGET}",
    rf"!{_LABEL}(?:{_TARGET}|\[[^\[\]\n]*\])",
    rf"(?mi)^ {{0,3}}\[[^\[\]\n^][^\[\]\n]*\]:[ \t]*<?[^\s<>]+{_PICTURE}[^\s<>]*>?(?:[ \t]+\"[^\"\n]*\")?[ \t]*$\n?",
    r"(?i)<img\b[^<>]*>",
    r"(?is)<svg\b[^<>]*>.*?</svg\s*>",
    r"(?i)\[\[(?:File|Image|Datei|Bild|Fichier|Archivo|Файл|文件|图像|檔案|ファイル):"
    r"(?:[^\[\]]|\[\[[^\[\]]*\]\]|\[[^\[\]]*\])*\]\]",
    r"\\includegraphics\*?\s*(?:\[[^\[\]]*\])?\s*\{[^{}]*\}",
    r"(?m)^[ \t]*\.\. (?:\|[^|\n]*\| )?(?:image|figure)::[^\n]*(?:\n[ \t]+:[a-z-]+:[^\n]*)*\n?",
    r"(?i)(?-u:\b)data:image/[a-z0-9.+-]+(?:;[a-z0-9=-]+)*,[A-Za-z0-9+/=%_-]*",
    rf"(?i)https?://[^\s<>\"()\[\]{CJK}]+{_PICTURE}(?:[?#][^\s<>\"()\[\]{CJK}]*[^\s<>\"'()\[\]{CJK}.,;:!?*])?",
)

Reference = Literal["wiki", "footnotes", "numbers", "authors"]

_INNER = r"(?:[^{}]|\{\{(?:[^{}]|\{\{[^{}]*\}\})*\}\})*"
_SOURCES = "cite|citation|sfn|harv|efn|refn|reflist|refbegin|refend|notelist|fact|cn|rp|来源请求|來源請求"
_NOTE = r"(?:[0-9]{1,3}|(?:fn|note|ref)[\w.:-]{0,50})"
_ARRAY = r"\[-?0|\[-[0-9]|=\s*\[|\[\[|,\s*[0-9.]+\],\s*\[|\[[0-9]+\]\s*(?:[=+*/]|\.\w)"
_SOMEONE = (
    r"\p{Lu}[^()\p{Nd};\n]{0,80}(?:,|et al\.,?) ?(?:1[5-9]|20)[0-9]{2}[a-z]?(?:, ?(?:pp?\. ?)?[0-9]+(?:[-–][0-9]+)?)?"
)
_REFERENCES: dict[Reference, tuple[str, ...]] = {
    "wiki": (
        r"(?i)<ref(?:\s[^<>]*)?/>|</?references(?:\s[^<>]*)?/?>",
        r"(?is)<ref(?:\s[^<>]*)?>.*?</ref\s*>",
        rf"(?i)\{{\{{\s*(?:{_SOURCES})[\p{{L}} _]*(?:\|{_INNER})?\}}\}}",
    ),
    "footnotes": (
        rf"(?m)^\[\^{_NOTE}\]:[^\n]*(?:\n(?: {{4}}|\t)[^\n]*)*\n?",
        rf"[ \t]*(?:\[\^{_NOTE}\]|\^\[[^\[\]\n]*\p{{L}}{{2}} [\p{{L}}\p{{Nd}}][^\[\]\n]*\])",
    ),
    "numbers": (
        r"(?i)[ \t]*\[(?:citation needed|clarification needed|(?:note|nb|n) [0-9]{1,3}|来源请求|來源請求)\]",
        r"(?P<before>[.,;:!?)\"”’'%。，、；：！？）」』》]|\p{Han}|[\p{L}\p{Nd}]{2})[ \t]*"
        r"(?:[ \t]*\[[1-9][0-9]{0,2}(?:[ \t]*[,，;–—-][ \t]*[1-9][0-9]{0,2})*\])+"
        r"(?P<after>\z|\n|[ \t]*(?:[\p{L}\p{Nd}\"“”‘’'),;:!?，。、；：！？…—]|\.(?:\s|\z))|[ \t]+\()",
    ),
    "authors": (rf"[ \t]*\((?:see(?: also)? |e\.g\.,? |cf\. )?{_SOMEONE}(?:; ?{_SOMEONE})*\)",),
}


class MarkdownToText(RowCleaner):
    """Turn a markdown document into the text that a reader sees (CommonMark; tables and strikethrough as on GitHub).

    Marks of headings, emphasis, quotes and code go, a link leaves its text, list items keep `-` or their number, cells
    are parted by ` | `; front matter and HTML tags go. Formulas between $, \\( or \\[, what is in code, the star of 2*3
    and the spaces that begin a line stay. A text without any mark stays as it is; markdown that shows markdown (in
    code, or by backslashes) becomes text that a second pass takes for markdown: that is in the nature of it.
    """

    use_for = ("markdown to plain text", "strip markdown", "remove markdown formatting", "Markdown转纯文本")
    aliases = (
        "markdown stripping",
        "plain text of markdown",
        "去除Markdown格式",
        "asterisks and hash marks",
        "headings and bullets",
        "星号和井号",
    )
    not_for = ("HTML: use html_to_text", "footnotes and [12]: use remove_references")
    examples = [
        Example(
            [
                {"text": "# Tea\n\nHot *and* **strong**, see [here](http://a.b).\n\n* one\n* `x_y`\n\n> said"},
                {"text": "| a | b |\n|---|---|\n| 1 | $a_1*b*2$ |"},
                {"text": "2 * 3 * 4, snake_case_name\n  as it is"},
            ],
            [
                {"text": "Tea\n\nHot and strong, see here.\n\n- one\n- x_y\n\nsaid"},
                {"text": "a | b\n1 | $a_1*b*2$"},
                {"text": "2 * 3 * 4, snake_case_name\n  as it is"},
            ],
        ),
        Example(
            [{"text": "[a](b.html) ![c](d.png)\n\n```py\nx\n```"}],
            [{"text": "a (b.html) c"}],
            {"links": True, "alt_texts": True, "code": False},
        ),
    ]

    code: bool = Field(default=True, description="Keep blocks of code.")
    links: bool = Field(default=False, description="Write the target of each link behind it.")
    alt_texts: bool = Field(default=False, description="Write the texts that stand for images.")

    def due(self, text: pl.Expr) -> pl.Expr:
        return text.str.contains(r"[*_`#\[\]<>~|\\&]|(?m)^[ \t]*(?:[-+=]|[0-9]{1,9}[.)])|^(?: {4}|\t)")

    def cleaned(self, text: str) -> str:
        return Plain(self.code, self.links, self.alt_texts).text(text)


class RemoveImageReferences(PassRemover):
    """Remove what puts an image into a text.

    These are images of markdown, their link around them and their definitions, of HTML (img, svg), of wikis
    ([[File:…]]), LaTeX (\\includegraphics) and reStructuredText; images as data: URIs, and addresses of image files.
    """

    use_for = ("remove image references", "strip markdown images", "delete img tags", "base64 images", "去除图片引用")
    aliases = ("images", "figures", "picture links", "图片链接")
    not_for = ("all tags: use remove_html_tags", "all addresses: use remove_urls")
    examples = [
        Example(
            [
                {
                    "text": 'a ![b](c_(1).png "d") e <img src="x"> [[File:F.jpg|thumb|A [[b]]]]见https://h.org/i.JPG?w=1，好'
                }
            ],
            [{"text": "a  e  见，好"}],
        ),
        Example([{"text": "[![build](b.svg)](http://ci) \\includegraphics[width=1in]{f.pdf}"}], [{"text": " "}]),
        Example([{"text": "international organisation a.png"}], [{"text": "international organisation a.png"}]),
        Example([{"text": "data:image/png;base64,iVBOR+/="}], [{"text": "[image]"}], {"by": "[image]"}),
    ]

    def patterns(self) -> Sequence[str]:
        return _IMAGES

    def marks(self) -> Sequence[str]:
        return ("![", "]:", "<img", "<svg", "[[", "\\includegraphics", ".. ", "data:image", "://")


class RemoveReferences(PassRemover):
    """Remove references to sources, with the spaces before them.

    `wiki`: <ref> with what is in it, {{cite}} and its kin. `footnotes`: those of markdown, [^1] or [^note1], and their
    texts. `numbers`: [12], [1, 3–5] behind a word or the end of a sentence, and [citation needed]; all numbers stay in
    a text with signs of an array, such as [0], = [ or [[, but a list [5, 3] in prose goes: leave `numbers` out where
    there is code. `authors`: (Smith et al., 2019; Doe, 2020).
    """

    use_for = ("remove citations", "strip wiki references", "delete footnote marks", "去除引用标记", "去除脚注")
    aliases = (
        "citation marks",
        "footnotes",
        "reference numbers",
        "引用",
        "脚注",
        "[1] and [2] in text",
        "bracketed numbers",
        "wiki footnotes",
        "方括号数字",
        "维基脚注",
    )
    not_for = ("images: use remove_image_references", "the list of sources at the end: use remove_bibliography")
    examples = [
        Example(
            [
                {"text": 'It is.<ref name="a">{{cite web|u=x}}</ref> So<ref name=b />{{Cite book|t={{lang|de|y}}}}.'},
                {"text": "Known [1, 3–5]. Paris[12][13] is x[1]; 是[2]。\n[1] Ref"},
                {"text": "words[1] of words = [1, 2]"},
                {"text": "A[^1] b.\n\n[^1]: Note.\n"},
            ],
            [
                {"text": "It is. So."},
                {"text": "Known. Paris is x[1]; 是。\n[1] Ref"},
                {"text": "words[1] of words = [1, 2]"},
                {"text": "A b.\n\n"},
            ],
        ),
        Example(
            [{"text": "So it is (see Smith et al., 2019; Doe, 2020a, p. 3), (1999) and [1]."}],
            [{"text": "So it is, (1999) and [1]."}],
            {"kinds": ["authors"]},
        ),
    ]

    kinds: tuple[Reference, ...] = Field(
        default=("wiki", "footnotes", "numbers"), min_length=1, description="Which ones."
    )

    def patterns(self) -> Sequence[str]:
        return [pattern for kind in sorted(self.kinds) if kind != "numbers" for pattern in _REFERENCES[kind]]

    def marks(self) -> Sequence[str]:
        return {"authors": ("(",)}.get(self.kinds[0], ("<ref", "{{", "[", "</ref")) if len(self.kinds) == 1 else "<{[("

    def rewritten(self, text: pl.Expr) -> pl.Expr:
        text = super().rewritten(text)
        if "numbers" not in self.kinds:
            return text
        return pl.when(text.str.contains(_ARRAY)).then(text).otherwise(self.without(text, _REFERENCES["numbers"]))
