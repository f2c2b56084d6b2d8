"""What cleaners of web pages, markdown and references remove, and above all what they must leave."""

from __future__ import annotations

import polars as pl
import pytest

from dfcli.ops._cleaner import InPlace
from dfcli.ops.clean_markup import MarkdownToText, RemoveImageReferences, RemoveReferences
from dfcli.ops.clean_web import DecodeHtmlEntities, HtmlToText, RemoveEmails, RemoveHtmlTags, RemoveIps, RemoveUrls
from dfcli.ops.scripted import Scripted


def cleaned(cleaner: InPlace, text: str) -> str:
    out: str = cleaner(pl.DataFrame({"text": [text]}), Scripted())["text"][0]
    return out


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("&lt;b&gt; &amp;amp; &#x1F600; &hellip;", "<b> & 😀 …"),
        ("&copy 2020, R&D, AT&T, a&b;c", "© 2020, R&D, AT&T, a&b;c"),
        ("&amp;amp;amp;lt;", "<"),
        ("&#0; &#x110000; &#xD800; &bogus;", "\ufffd \ufffd \ufffd &bogus;"),
    ],
)
def test_entities_are_decoded_as_browsers_do(text: str, want: str) -> None:
    assert cleaned(DecodeHtmlEntities(), text) == want


@pytest.mark.parametrize("text", ["a < b > c", "<think>x</think>", "List<String> x", "1<2>0", "<>", "a<c and d>e"])
def test_what_is_no_tag_of_html_stays(text: str) -> None:
    assert cleaned(RemoveHtmlTags(), text) == text
    assert cleaned(HtmlToText(), text) == text


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("<p class='a>b'>x</p>", "b'>x"),
        ("<script>if (a<b) {}</script>x<STYLE>p{}</STYLE >", "x"),
        ("a<!-- <b>x</b> -->b", "ab"),
        ("<!DOCTYPE html><html><body>x</body></html>", "x"),
        ("<<b>b>x", "x"),
        ("<!-- never closed <b>x</b>", "<!-- never closed x"),
    ],
)
def test_tags_go_and_the_text_between_them_stays(text: str, want: str) -> None:
    assert cleaned(RemoveHtmlTags(), text) == want


PAGE = """<html><head><title>T</title><style>p{}</style></head><body><nav><a href="/">Home</a></nav>
<main><article><h1>Tea</h1><p>Green &amp; black tea, as it is drunk
in the <a href="http://x.y/z">afternoon</a> by most people who like it at all.</p>
<table><tr><td>a</td><td>b</td></tr></table><img src="p.png" alt="A cup"></article></main>
<script>track()</script><footer>Imprint</footer></body></html>"""


def test_a_page_becomes_what_a_reader_sees() -> None:
    text = cleaned(HtmlToText(), PAGE)
    assert "Green & black tea, as it is drunk in the afternoon by" in text
    assert "Home" in text
    assert not any(each in text for each in ("<", "track", "p{}", "http", "A cup"))


def test_what_is_around_the_content_goes_when_asked() -> None:
    text = cleaned(HtmlToText(main_content=True, links=True, alt_texts=True), PAGE)
    assert "http://x.y/z" in text
    assert "A cup" in text
    assert "Home" not in text
    assert "Imprint" not in text


@pytest.mark.parametrize("page", ["<div>" * 20_000, "<p>\x00a", "<b", "<table><tr><td>" * 2_000, "<!--", "<a href='"])
def test_broken_html_is_data(page: str) -> None:
    assert isinstance(cleaned(HtmlToText(), page), str)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("(see https://a.org/x_(y)).", "(see )."),
        ("https://a.org/?q=a,b;c!", "!"),
        ("见https://a.cn/路径。好", "见路径。好"),
        ("url='http://a.b/c.png'\\n", "url=''\\n"),
        ('<a href="http://a.b">', '<a href="">'),
        ("HTTP://A.B ftp://c.d www.e.f/g", "  "),
        ("httpx://, www, http:// a and/or b", "httpx://, www, http:// a and/or b"),
    ],
)
def test_an_address_ends_where_its_sentence_goes_on(text: str, want: str) -> None:
    assert cleaned(RemoveUrls(), text) == want


@pytest.mark.parametrize("text", ["a.py, file.de.html", "me@example.com", "end.It is", "v1.co", "x.com_y", "e.g. this"])
def test_what_is_no_bare_address_stays(text: str) -> None:
    assert cleaned(RemoveUrls(bare=True), text).replace("v1.co", "") == text.replace("v1.co", "")


@pytest.mark.parametrize("text", ["@home", "a@b", "a @ b.c", "user@host:22", "x@1.2"])
def test_what_is_no_mail_address_stays(text: str) -> None:
    assert cleaned(RemoveEmails(), text) == text


@pytest.mark.parametrize("address", ["a@b.org", "A.B+tag@Sub.Example.CO.UK", "mailto:x_y@z.io", "user%x@a-b.com"])
def test_a_mail_address_goes_and_the_quotes_around_it_stay(address: str) -> None:
    assert cleaned(RemoveEmails(), f"'mail':'{address}', ({address})。") == "'mail':'', ()。"


@pytest.mark.parametrize(
    "text", ["v1.2.3.4", "1.2.3", "256.1.1.1", "1.2.3.4.5", "12:30:45", "x[::2]", "a[1::3]", "std::b"]
)
def test_versions_times_and_slices_are_no_addresses(text: str) -> None:
    assert cleaned(RemoveIps(), text) == text


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "10.0.0.1:8080", "192.168.0.0/16", "2001:db8::1", "fe80::", "::1", "::ffff:10.0.0.1"),
        *("2001:db8::/32", "2001:0db8:85a3:0000:0000:8a2e:0370:7334"),
    ],
)
def test_an_address_of_a_machine_goes(address: str) -> None:
    assert cleaned(RemoveIps(), f"at {address}, ({address}) 在{address}。") == "at , () 在。"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("international organisation photo.png", "international organisation photo.png"),
        ('a ![x [y]](z.png) b ![q][r]\n\n[r]: c/d.jpg "t"\nend', "a  b \n\nend"),
        ("[text](page.html) [r]: http://a.b/page", "[text](page.html) [r]: http://a.b/page"),
        ("<IMG SRC=x alt='a'><svg viewBox='0'><path d='M'/></svg>b", "b"),
        ("[[File:A.jpg|thumb|see [[B]] and [c d]]]x [[Page|p]]", "x [[Page|p]]"),
        (".. image:: a.png\n   :alt: A\nText", "Text"),
        ("数组![图](a.png)！", "数组！"),
        ("see https://a.b/c.JPEG?w=1&h=2, not https://a.b/c.html", "see , not https://a.b/c.html"),
    ],
)
def test_images_go_and_words_and_links_stay(text: str, want: str) -> None:
    assert cleaned(RemoveImageReferences(), text) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("A<ref>b <i>c</i></ref>d<ref name='x'/>e<references/>", "Ade"),
        (
            "A<ref>{{cite web|title={{lang|fr|{{x}}}}}}</ref>.{{Citation needed|date=1}} {{Infobox|a}}",
            "A. {{Infobox|a}}",
        ),
        ("It is [1][2], [3] and so [citation needed].", "It is, and so."),
        ("见文献[1,2]。", "见文献。"),
        ("x[1] f(a)[i] [link](u) [1990] [a]", "x[1] f(a)[i] [link](u) [1990] [a]"),
        ("It is [1], [2]; [3], [4].", "It is,;,."),
        ("words[1] and words[0]", "words[1] and words[0]"),
        ("[^abc] [^0-9]+ ^[a-z]+$ x^[2]", "[^abc] [^0-9]+ ^[a-z]+$ x^[2]"),
        ("A[^1] b^[a note here] c[^fn-2].\n\n[^1]: One\n    more\n[^fn-2]: Two\nEnd", "A b c.\n\nEnd"),
    ],
)
def test_references_go_and_arrays_and_patterns_stay(text: str, want: str) -> None:
    assert cleaned(RemoveReferences(), text) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("Title\n=====\n\nSub\n---\nx", "Title\n\nSub\n\nx"),
        ("1. a\n2. b\n   - c\n\n     d\n", "1. a\n2. b\n   - c\n     d"),
        ("~~old~~ ***new*** `a*b*c` \\*x\\*", "old new a*b*c *x*"),
        ("```py\n# kept *as* is\n```", "# kept *as* is"),
        ("    indented *code*", "    indented *code*"),
        ("2*3 and 4*5, snake_case, f(*args, **kw)", "2*3 and 4*5, snake_case, f(*args, **kw)"),
        ("$a_{1}*b*c_{2}$ and \\(x\\_y\\) cost $5 or $6 *now*", "$a_{1}*b*c_{2}$ and \\(x\\_y\\) cost $5 or $6 now"),
        ("<div>\n<b>x</b>\n</div>\n\ny <i>z</i> <think>", "x\n\ny z <think>"),
        ("---\ntitle: x\ntags: [a]\n---\n# Real", "Real"),
        ("---\n\n# Real", "Real"),
        ("[a][r] <http://b.c>\n\n[r]: http://d.e", "a http://b.c"),
        ("> quote\n> more\n\n**这是**重点", "quote\nmore\n\n这是重点"),
        ("*a*  \nb", "a\nb"),
        ("# a\n\nx\n  y", "a\n\nx\n  y"),
        ("&amp; &copy; A&B", "& © A&B"),
    ],
)
def test_markdown_becomes_what_a_reader_sees(text: str, want: str) -> None:
    assert cleaned(MarkdownToText(), text) == want


def test_blocks_of_code_go_when_asked() -> None:
    assert cleaned(MarkdownToText(code=False), "a\n\n```\nx\n```\n\n    y\n\nb `c`") == "a\n\nb c"


@pytest.mark.parametrize("text", ["> " * 5_000 + "deep", "- " * 3_000 + "deep", "[" * 20_000, "*a " * 5_000])
def test_deep_markdown_is_data(text: str) -> None:
    assert isinstance(cleaned(MarkdownToText(), text), str)
