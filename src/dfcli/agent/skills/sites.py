"""Wishes about the web sites that rows come from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.agent.draft import Draft, quoted_name
from dfcli.agent.profile import Profile
from dfcli.agent.skills.base import ROWS, Skill, drops
from dfcli.agent.spec import Wish
from dfcli.agent.text import Text

_DOMAIN = r"(?<![@\w./-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,12}(?![\w/@-]|\.\w)"
_FILE = re.compile(
    r"\.(?:jsonl?|ndjson|csv|tsv|parquet|arrow|feather|ipc|txt|gz|zst|ya?ml|db|sqlite3?|duckdb|md|py)$", re.I
)
_LIST = (
    rf"[\"'`“]?{_DOMAIN}[\"'`”]?(?:(?:\s*(?:,|、|/|和|及|与|或)\s*|,?\s+(?:and|or|nor)\s+)[\"'`“]?{_DOMAIN}[\"'`”]?)*"
)
_MAY = (
    r"(?: (?:may|must|should|can|is allowed to|shall)(?: not|n't)? (?:end up|appear|be|stay|remain|get|go|land)"
    r"(?: (?:in|into) (?:the |our |my )?(?:[a-z]+ )?(?:data|dataset|set|mix|corpus|output|file|result))?)?"
)


class Sites(Skill):
    """Rows from some web sites only, or from none of them."""

    name = "sites"
    stage = ROWS + 1

    def read(self, text: Text, profile: Profile) -> Iterator[Wish]:
        """Yield a wish for the domains that are named, where the data have a column of addresses."""
        for found in text.find(
            r"(?:(?:keep|drop|remove|only|exclude|nothing|skip|delete|no|filter out)\s+)?(?:(?:all|any|the"
            r"|everything|anything"
            r"|rows?|pages?|documents?|texts?|articles?|posts?|ones|those|that|which|are|is|come|comes"
            r"|whose {COL}|来自|域名[是为]?|{COL}|网址)"
            rf"\s*)*(?P<not>not )?(?:from|on|at|hosted (?:on|at|by)|来自|in|is|points? to|belongs? to|contains?"
            rf"|是|为|包含|属于)\s*(?P<sites>{_LIST})"
            rf"{_MAY}(?:\s*(?:的|上的|站点|网站|网页|页面)*(?:网页|页面|文章|数据|内容|行)?)"
        ):
            sites = [each[0].lower() for each in re.finditer(_DOMAIN, found["sites"], re.A | re.I)]
            if any(_FILE.search(each) for each in sites):
                continue
            leave = drops(text, found.start("sites"), default=False) != bool(found["not"])
            yield self.wish(text, found.start(), found.end(), sites=sites, drop=leave)

    def build(self, wish: Wish, draft: Draft) -> None:
        """Add the step; ask where no column holds addresses."""
        column = draft.role("url")
        if column is None:
            draft.ask(f"Which column holds the addresses that {wish.said!r} is about?")
        elif wish.options["drop"]:
            none: dict[str, list[str]] = {"words": [], "parts": [], "soft_words": []}
            draft.step("url_blocklist", wish.said, url=column, domains=wish.options["sites"], **none)
        else:
            hosts = "|".join(re.escape(each) for each in wish.options["sites"])
            pattern = rf"(?i)^(?:[a-z]+://)?(?:[^/?#]*\.)?(?:{hosts})(?:[:/?#]|$)"
            condition = f"regexp_like({quoted_name(column)}, '{pattern}')"
            draft.step("where", wish.said, condition=condition, reason="other_site")
