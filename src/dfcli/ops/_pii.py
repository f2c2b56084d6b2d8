"""Personal data in a text by rules: patterns, and behind them checksums, cues and what a number must not be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from dfcli.ops import _pii_checks as checks

Pii = Literal[
    "private_key",
    "secret",
    "url_credentials",
    "email",
    "iban",
    "national_id",
    "credit_card",
    "crypto_address",
    "mac",
    "ip",
    "birth_date",
    "phone",
]
"""Kinds of personal data; where two are found at one place, the one named first counts."""

KINDS: tuple[Pii, ...] = get_args(Pii)


class Span(NamedTuple):
    """A piece of personal data: its kind, and where it stands, in characters."""

    kind: Pii
    start: int
    end: int


@dataclass(frozen=True)
class Rule:
    """What a kind looks like; the group `value`, where there is one, is the piece itself.

    `hint` is a plain pattern without which there is none of it in a text.
    `cue` must stand in the 40 characters before, `never` must not stand in the 20 before; `holds` checks the piece.
    """

    kind: Pii
    hint: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = bool
    cue: re.Pattern[str] | None = None
    never: re.Pattern[str] | None = None

    def found(self, text: str) -> Iterator[Span]:
        """Yield the pieces of this kind."""
        group = "value" if "value" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text):
            before = text[max(match.start() - 40, 0) : match.start()]
            named = self.cue is None or self.cue.search(before)
            if named and not (self.never and self.never.search(before[-20:])) and self.holds(match[group]):
                yield Span(self.kind, *match.span(group))


def _words(*words: str) -> re.Pattern[str]:
    """Return a pattern for one of some words, followed by anything but letters up to what it announces."""
    latin = "|".join(each for each in words if each.isascii())
    others = "|".join(each for each in words if not each.isascii()) or r"(?!)"
    return re.compile(
        rf"(?:\b(?:{latin})\b|(?:{others}))(?:\W|\b(?:is|are|at|on|me|my|the|no|nr|number)\b|是|为)*$", re.I
    )


_PHONE_CUE = _words(
    *("phone", "telephone", "tel", "mobile", "cell", "fax", "call", "text", "whatsapp", "sms", "dial", "ring"),
    *("contact", "desk", "office", "hotline", "answering"),
    *("telefon", "handy", "téléphone", "teléfono", "telefono", "number", "reach"),
    *("电话", "手机", "手机号", "联系", "致电", "拨打", "传真", "電話", "手機"),
)
_NOT_A_PHONE = _words(
    "isbn", "issn", "doi", "order", "invoice", "version", "figure", "table", "section", "page", "pages"
)
_VERSION = re.compile(r"(?:\b(?:versions?|ver|v|release|rel|build|section|chapter)\.?\s*|版本\s*|[0-9]\.)$", re.I)
_BORN = re.compile(
    r"(?:\bborn\b|\bbirth\b|birthda(?:y|te)|\bd\.?o\.?b\b|geboren|né[e]? le|nacid[oa]|出生|生日)\D{0,20}$", re.I
)
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    rf"[0-9]{{1,4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,4}}|[0-9]{{1,2}}\.? {_MONTHS},? [0-9]{{4}}|{_MONTHS} [0-9]{{1,2}},? "
    r"[0-9]{4}|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日"
)
_KEYS = (
    r"(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}|glpat-[\w-]{20,255}"
    r"|hf_[A-Za-z0-9]{30,40}|sk-[A-Za-z0-9_-]{20,255}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}|AIza[\w-]{35}|xox[abprs]-[A-Za-z0-9-]{10,255}"
    r"|npm_[A-Za-z0-9]{36}|eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,2000}"
)
_NAMED_KEY = r"(?:api[_-]?key|secret(?:[_-]?key)?|access[_-]?key|auth[_-]?token|token|passw(?:or)?d|passwd|pwd)"


def _rule(
    kind: Pii, hint: str, pattern: str, holds: Callable[[str], bool] = bool, flags: int = 0, **more: re.Pattern[str]
) -> Rule:
    return Rule(kind, hint, re.compile(pattern, flags | re.ASCII), holds, **more)


_AMERICAN = r"(?:1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}(?:\s*(?:x|ext\.?)\s*[0-9]{1,6})?"


def _is_phone(text: str) -> bool:
    """Tell whether a number by itself is one to call: international, North American, national with 0, or Chinese."""
    count, plain = len(checks.digits(text)), text.strip()
    if re.match(r"(?:\+|00)[ (]?[1-9]", plain):
        return 8 <= count <= 15
    number = checks.digits(re.split(r"\s*(?:x|ext)", plain)[0])
    grouped = re.search(r"[0-9][)\s./-]+[0-9]", plain) is not None
    american = re.fullmatch(_AMERICAN, plain) and grouped
    chinese = re.fullmatch(r"1[3-9][0-9]{9}", number)
    groups = re.split(r"[^0-9]+", plain.strip("()"))
    national = re.match("0[1-9]", number) and grouped and 9 <= len(number) <= 11 and max(map(len, groups)) >= 2
    return bool(american or chinese or national) and not _is_a_date(plain)


def _is_called(text: str) -> bool:
    """Tell whether a number behind a word such as phone can be one."""
    return 7 <= len(checks.digits(text)) <= 15 and not _is_a_date(text)


def _is_a_date(text: str) -> bool:
    year_first = r"(?:19|20)[0-9]{2}([-/. ])[0-9]{1,2}\1[0-9]{1,2}.*"
    return re.fullmatch(rf"{year_first}|[0-9]{{1,2}}([-/.])[0-9]{{1,2}}\2(?:19|20)[0-9]{{2}}", text) is not None


def _is_address_v6(text: str) -> bool:
    groups = [each for each in text.split(":") if each]
    return sum(any(map(str.isdigit, each)) for each in groups) >= 2 and checks.is_ip(text)


_NUMBER = (
    r"(?<![\w.+/:=#%$€£-])(?:\+|00)?\(?[0-9](?:[ \u00a0./-]{0,2}\(?[0-9]\)?){6,16}(?:\s*(?:x|ext\.?)\s*[0-9]{1,6})?"
    r"(?![\w%-]|[.,/][0-9])"
)
_DIGITS = "[0-9](?:[ \u00a0./()-]{0,3}[0-9]){6}"
_STARTS = "AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|hf_|sk-|[sr]k_|AIza|xox[abprs]-|npm_|eyJ"
_HEX = "[0-9A-Fa-f]:[0-9A-Fa-f:]{2}|(?:[0-9A-Fa-f]{2}-){3}"
RULES: tuple[Rule, ...] = (
    _rule(
        "private_key",
        "PRIVATE KEY",
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,8000}?-----END [A-Z ]{0,40}-----",
    ),
    _rule("secret", _STARTS, rf"(?<![\w-])(?:{_KEYS})(?![\w-])"),
    _rule(
        "secret",
        "(?i:key|secret|token|passw|pwd)",
        rf"(?<![A-Za-z]){_NAMED_KEY}['\"]?\s{{0,3}}(?:[:=]|=>|is)\s{{0,3}}['\"]?(?P<value>[^\s'\",;<>()]{{8,200}})",
        checks.is_random,
        re.I,
    ),
    _rule(
        "url_credentials",
        "@",
        r"(?<![a-z])[a-z][a-z0-9+.-]{1,20}://(?P<value>[^\s/:@]{1,100}:[^\s/@]{1,100})@",
        flags=re.I,
    ),
    _rule(
        "email",
        "@",
        r"(?<![\w.%+'-])[\w%+'-][\w.%+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])",
    ),
    _rule("iban", "[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}", r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}"),
    _rule("national_id", _DIGITS, r"(?<![\w-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![\w-])", checks.is_us_ssn),
    _rule(
        "national_id", _DIGITS, r"(?<![\w-])[0-9]{9}(?![\w-])", checks.is_us_ssn, cue=_words("ssn", "social security")
    ),
    _rule("national_id", _DIGITS, r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])", checks.is_chinese_id),
    _rule(
        "national_id",
        "[A-Z]{2} ?[0-9]{2} ?[0-9]{2}",
        r"(?<!\w)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D](?!\w)",
        checks.is_nino,
    ),
    _rule(
        "national_id",
        "[XYZ0-9][0-9]{7}",
        r"(?<!\w)(?:[0-9]{8}|[XYZ][0-9]{7})-?[A-HJ-NP-TV-Z](?!\w)",
        checks.is_spanish_id,
    ),
    _rule(
        "national_id",
        _DIGITS,
        r"(?<!\w)[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]) ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?!\w)",
        checks.is_insee,
    ),
    _rule(
        "national_id",
        _DIGITS,
        r"(?<!\w)[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}(?!\w)",
        checks.is_german_tax_id,
        cue=re.compile(r"(?:steuer|tax id|idnr)[^0-9]*$", re.I),
    ),
    _rule("national_id", _DIGITS, r"(?<![\w-])[2-9][0-9]{3} [0-9]{4} [0-9]{4}(?![\w-]| [0-9])", checks.is_aadhaar),
    _rule(
        "national_id",
        _DIGITS,
        r"(?<![\w-])[2-9][0-9]{11}(?![\w-])",
        checks.is_aadhaar,
        cue=re.compile(r"aadhaa?r\D*$", re.I),
    ),
    _rule("national_id", "[A-Z]{5}[0-9]{4}[A-Z]", r"(?<!\w)[A-Z]{3}[ABCFGHLJPT][A-Z][0-9]{4}[A-Z](?!\w)"),
    _rule("national_id", _DIGITS, r"(?<![\w.])[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}(?![\w-])", checks.is_cpf),
    _rule(
        "national_id",
        "[A-Za-z]{6}[0-9]{2}[A-Za-z][0-9]{2}",
        r"(?<!\w)[A-Z]{6}[0-9]{2}[A-EHLMPR-T][0-9]{2}[A-Z][0-9]{3}[A-Z](?!\w)",
        checks.is_fiscal_code,
        re.I,
    ),
    _rule(
        "credit_card",
        _DIGITS,
        r"(?<![\w.+-])(?:[0-9]{4}(?P<a>[ -])[0-9]{4}(?P=a)[0-9]{4}(?P=a)[0-9]{4}(?:(?P=a)[0-9]{3})?"
        r"|[0-9]{4}(?P<b>[ -])[0-9]{6}(?P=b)[0-9]{5}|[0-9]{13,19})(?![\w-]|[.,][0-9])",
        checks.is_card,
    ),
    _rule(
        "crypto_address",
        "0x[0-9a-fA-F]{8}|bc1[a-z0-9]{8}|[13][1-9A-HJ-NP-Za-km-z]{25}",
        r"(?<!\w)(?:0x[0-9a-fA-F]{40}|bc1[ac-hj-np-z02-9]{11,71}|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?!\w)",
        checks.is_coin_address,
    ),
    _rule("mac", _HEX, r"(?<![\w:-])[0-9A-Fa-f]{2}(?:([:-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}(?![\w:-])"),
    _rule(
        "ip",
        r"[0-9]\.[0-9]{1,3}\.[0-9]",
        r"(?<![\w.-])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w-]|\.[0-9])",
        checks.is_ip,
        never=_VERSION,
    ),
    _rule("ip", _HEX, r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![\w:])", _is_address_v6),
    _rule(
        "birth_date",
        "(?i:born|birth|dob[^a-z]|d[.]o[.]b|geboren|n[ée]e? le|nacid|出生|生日)",
        rf"(?<![\w-])(?:{_DATE})(?![\w-])",
        flags=re.I,
        cue=_BORN,
    ),
    _rule("phone", _DIGITS, _NUMBER, _is_phone, never=_NOT_A_PHONE),
    _rule("phone", _DIGITS, _NUMBER, _is_called, cue=_PHONE_CUE),
)

HINTS = tuple(dict.fromkeys(each.hint for each in RULES))
"""Cheap patterns that Polars reads as well, each of which says that some rules are worth a try."""


def find(text: str, kinds: Sequence[Pii] = KINDS) -> list[Span]:
    """Return the pieces of personal data in a text, in order; none overlaps another."""
    taken: list[Span] = []
    hinted = {hint for hint in HINTS if re.search(hint, text)}
    for rule in RULES:
        if rule.kind in kinds and rule.hint in hinted:
            taken += [each for each in _fitted(rule, text) if not any(_overlap(each, other) for other in taken)]
    return sorted(taken, key=lambda each: each.start)


def _fitted(rule: Rule, text: str) -> Iterator[Span]:
    if rule.kind != "iban":
        yield from rule.found(text)
        return
    for span in rule.found(text):
        if end := _end_of_iban(text, span):
            yield span._replace(end=end)


def _end_of_iban(text: str, span: Span) -> int:
    """Return where an account number ends, for what follows may look like more of it; 0 where it is none."""
    left, end = checks.iban_length(text[span.start : span.start + 2]), span.start
    while left and end < span.end:
        left -= text[end] != " "
        end += 1
    whole = left == 0 and checks.is_iban(text[span.start : end])
    return end if whole and not text[end : end + 1].isalnum() else 0


def _overlap(first: Span, second: Span) -> bool:
    return first.start < second.end and second.start < first.end
