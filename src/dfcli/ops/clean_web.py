"""Clean text from the web: HTML and its entities, addresses of pages, mail and machines."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

import polars as pl
from pydantic import Field

from dfcli.ops._cleaner import CJK, Remover, RowCleaner
from dfcli.ops._passes import TAGS, PassRemover
from dfcli.ops.base import Example

_ENTITY = r"[&＆](?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31})"
_A_TAG = re.compile(rf"{TAGS[-1]}|<!--")
_WIDE_ENTITY = re.compile(r"[&＆](#?[0-9A-Za-z]{1,32})[;；]")
_NO_ADDRESS = rf"\s<>\"`\\{CJK}"
_BARE = "com|org|net|edu|gov|int|io|info|biz|co|dev|app|ai|cn|de|uk|fr|jp|ru|eu|us|in|br|it|es|nl|pl|ca|au|ch|se|tv|me"


class DecodeHtmlEntities(RowCleaner):
    """Write the characters that HTML entities stand for: & for &amp;, é for &eacute; or &#233;.

    Entities written twice (&amp;lt;) are decoded twice; those in full-width signs (＆nbsp；) are read too, and names
    without a semicolon as browsers read them. A no-break space becomes a space.
    """

    use_for = ("decode html entities", "unescape HTML", "&amp; and &nbsp; in text", "解码HTML实体")
    aliases = (
        "html unescape",
        "entity decoding",
        "HTML转义字符",
        "实体解码",
        "ampersand codes",
        "&lt",
        "and &gt",
        "",
        "尖括号转义",
    )
    not_for = ("tags: use html_to_text or remove_html_tags",)
    examples = [
        Example(
            [{"text": "Tom &amp; Jerry&nbsp;&lt;3 &amp;eacute; &#x4F60;＆quot；"}, {"text": "AT&T R&D"}],
            [{"text": 'Tom & Jerry <3 é 你"'}, {"text": "AT&T R&D"}],
        )
    ]

    def due(self, text: pl.Expr) -> pl.Expr:
        return text.str.contains(_ENTITY)

    def cleaned(self, text: str) -> str:
        return decoded(text)


class HtmlToText(RowCleaner):
    """Turn an HTML document or fragment into the text that a reader sees: paragraphs, list items and tables by lines.

    Scripts, styles and comments go, entities are decoded; with `main_content` also navigation, headers, footers and
    advertising, by the rules of resiliparse. A text without a tag of HTML keeps its lines and spaces, and only
    entities in it are decoded. HTML that shows HTML becomes text that a second pass takes for HTML: that is in the
    nature of it.
    """

    use_for = ("html to text", "extract text from web pages", "strip HTML", "网页转文本", "HTML转纯文本")
    aliases = (
        "HTML extraction",
        "web page text",
        "web scraping output",
        "readable text",
        "网页正文",
        "HTML提取",
        "main content of a page",
        "page source to text",
        "网页源码转文字",
        "正文抽取",
    )
    not_for = ("tags removed and nothing else: use remove_html_tags", "markdown: use markdown_to_text")
    examples = [
        Example(
            [
                {"text": "<h1>Tea</h1><script>x()</script><p>Hot &amp; <b>strong</b></p><ul><li>one<li>two</ul>"},
                {"text": "Set<T> &amp;\n\n c"},
            ],
            [{"text": "Tea\n\nHot & strong\n\n  • one\n  • two"}, {"text": "Set<T> &\n\n c"}],
        )
    ]
    needs = "text"

    main_content: bool = Field(default=False, description="Leave away what is around the content of a page.")
    links: bool = Field(default=False, description="Write the target of each link beside it.")
    alt_texts: bool = Field(default=False, description="Write the texts that stand for images.")

    def due(self, text: pl.Expr) -> pl.Expr:
        return text.str.contains(rf"{TAGS[-1]}|<!--|{_ENTITY}")

    def cleaned(self, text: str) -> str:
        from resiliparse.extract.html2text import extract_plain_text

        if not _A_TAG.search(text):
            return decoded(text)
        extracted: str = extract_plain_text(
            text.replace("\x00", ""),
            preserve_formatting=True,
            main_content=self.main_content,
            links=self.links,
            alt_texts=self.alt_texts,
        )
        return extracted


class RemoveHtmlTags(PassRemover):
    """Remove the tags of HTML, comments, and scripts and styles with what is in them; the text between tags stays.

    Only names of HTML elements make a tag, so a < b and <think> stay. Tags nested in tags go to a depth of 20.
    """

    use_for = ("remove html tags", "strip tags", "delete markup", "去除HTML标签")
    aliases = (
        "tag stripping",
        "angle brackets",
        "去标签",
        "HTML标记",
        "tags left in text",
        "<br> and <p>",
        "残留标签",
    )
    not_for = ("paragraphs and lists as lines: use html_to_text", "&amp;: use decode_html_entities")
    examples = [
        Example([{"text": 'a<br/><a href="x">link</a> <!-- c --> 1<2>0'}], [{"text": "alink  1<2>0"}]),
        Example([{"text": "a<br>b<style>p {}</style> <think>"}], [{"text": "a b  <think>"}], {"by": " "}),
    ]

    def patterns(self) -> Sequence[str]:
        return TAGS

    def marks(self) -> Sequence[str]:
        return ("<",)


class RemoveUrls(Remover):
    """Remove addresses of web pages and files: http, https and ftp ones, and what begins with www.

    Punctuation that ends the sentence, an unmatched closing bracket and Chinese text after an address stay. With `bare`
    also addresses without either go (example.com/page), if their last part is a common top-level domain in lower case.
    """

    use_for = ("remove urls", "strip links", "delete web addresses", "去除网址", "去除链接")
    aliases = (
        "links",
        "hyperlinks",
        "web addresses",
        "链接",
        "网址",
        "http addresses in text",
        "网页地址",
    )
    not_for = ("links of markdown, their text kept: use markdown_to_text", "e-mail addresses: use remove_emails")
    examples = [
        Example(
            [
                {"text": "See https://a.org/x_(y)?q=1. Or (www.b.com), 见http://c.cn/d，好www.d.cn"},
                {"text": "e.g. a/b"},
            ],
            [{"text": "See . Or (), 见，好"}, {"text": "e.g. a/b"}],
        ),
        Example(
            [{"text": "at example.com/page, b.de.html"}],
            [{"text": "at [URL], b.de.html"}],
            {"bare": True, "by": "[URL]"},
        ),
    ]

    bare: bool = Field(default=False, description="Also remove addresses that do not begin with http or www.")

    def pattern(self) -> str:
        part = (
            rf"(?:[^{_NO_ADDRESS}()]|\([^{_NO_ADDRESS}()]*\))*(?:[^{_NO_ADDRESS}().,;:!?'*\]]|\([^{_NO_ADDRESS}()]*\))"
        )
        host = rf"(?:[a-z0-9][a-z0-9-]*\.)+(?-i:{_BARE})"
        after = r"(?P<after>\z|[^a-z0-9._@-]|\.(?:\z|[^a-z0-9]))"
        bare = rf"|(?P<before>\A|[^a-z0-9@./_-]){host}(?:/(?:{part})?)?{after}" if self.bare else ""
        return rf"(?i)(?:https?|ftp)://{part}|(?-u:\b)www\.{part}{bare}"

    def gate(self, text: pl.Expr) -> pl.Expr | None:
        marks = text.str.contains_any(["://", "www."], ascii_case_insensitive=True)
        return text.str.contains(".", literal=True) if self.bare else marks


class RemoveEmails(Remover):
    """Remove e-mail addresses, also ones after mailto:."""

    use_for = ("remove e-mail addresses", "strip emails", "delete mail addresses", "去除邮箱地址")
    aliases = ("email removal", "mail addresses", "邮箱")
    not_for = ("web addresses: use remove_urls",)
    examples = [
        Example(
            [{"text": "Write to A.b+c@X-y.co.uk. Or 请发'a@b.cn'，@home x@y"}],
            [{"text": "Write to . Or 请发''，@home x@y"}],
        ),
        Example([{"text": "mailto:me@here.org"}], [{"text": "<EMAIL>"}], {"by": "<EMAIL>"}),
    ]

    def pattern(self) -> str:
        return r"(?:mailto:)?[A-Za-z0-9_](?:[A-Za-z0-9._%+&~-]*[A-Za-z0-9_+-])?@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"

    def gate(self, text: pl.Expr) -> pl.Expr | None:
        return text.str.contains("@", literal=True)


class RemoveIps(Remover):
    """Remove addresses of machines: IPv4, each number to 255, and IPv6, full or shortened, with port or prefix length.

    What is part of a longer number or of a name, as in v1.2.3.4 or 1.2.3.4.5, is none. A shortened IPv6 address is one
    in a range that is given out (2000 to 3fff, fc00 to ffff), ::1 or ::ffff: with an IPv4 address; so x[0::2] stays.
    """

    use_for = ("remove IP addresses", "strip IPv4 and IPv6", "delete network addresses", "去除IP地址")
    aliases = ("IP addresses", "IP地址")
    not_for = ("web addresses: use remove_urls",)
    examples = [
        Example([{"text": "from 192.168.1.10:80, 10.0.0.1 and 2001:db8::1."}], [{"text": "from ,  and ."}]),
        Example(
            [{"text": "v1.2.3.4 1.2.3.4.5 300.1.1.1 12:30:45 x[::2] y[0::2] ::"}],
            [{"text": "v1.2.3.4 1.2.3.4.5 300.1.1.1 12:30:45 x[::2] y[0::2] ::"}],
        ),
    ]

    def pattern(self) -> str:
        octet = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
        group = "[0-9A-Fa-f]{1,4}"
        first = r"(?:[23][0-9A-Fa-f]{3}|[fF][c-fC-F][0-9A-Fa-f]{2})"
        short = "|".join(rf"{first}(?::{group}){{{n}}}::(?:{group}(?::{group}){{0,{5 - n}}})?" for n in range(6))
        six = rf"(?:{group}:){{7}}{group}|{short}|::(?:1|[fF]{{4}}:(?:{octet}\.){{3}}{octet})"
        ends = rf"$|[\s)\]}}>,;!?\"'/{CJK}]"
        return (
            rf"(?P<before>^|[\s(\[{{<,;=@/\"'{CJK}])"
            rf"(?:(?:{octet}\.){{3}}{octet}(?::[0-9]{{1,5}}|/[0-9]{{1,2}})?|(?:{six})(?:/[0-9]{{1,3}})?)"
            rf"(?P<after>[.:]?(?:{ends}))"
        )

    def gate(self, text: pl.Expr) -> pl.Expr | None:
        return text.str.contains(r"[0-9]\.[0-9]|[0-9A-Fa-f]:[0-9A-Fa-f:]|::")


def decoded(text: str) -> str:
    """Return a text with its HTML entities decoded, until there are none."""
    before = ""
    while text != before:
        before, text = text, html.unescape(_WIDE_ENTITY.sub(r"&\1;", text)).replace("\xa0", " ")
    return text
