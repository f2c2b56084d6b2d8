"""Rules for numbers of people that no state gives out: accounts, cards, coins, phones, and dates of birth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dfcli.ops import _pii_checks as checks
from dfcli.ops._pii_rule import Rule, Span, cued

DIGITS = "[0-9](?:[ \u00a0./()-]{0,4}[0-9]){6}"
"""Seven digits, near each other."""

_PHONE_CUE = cued(
    *("phone", "telephone", "tel", "mobile", "cell", "fax", "call", "text", "whatsapp", "sms", "dial", "ring"),
    *("contact", "desk", "office", "hotline", "answering", "reach", "telefon", "handy", "telefono", "celular"),
    *("(?:my|your|his|her|our|their|this|following|new|old|a|the) number", "mob", "tlf", "gsm", "whats app"),
    *("téléphone", "teléfono", "móvil", "电话", "手机", "联系", "致电", "拨打", "传真", "電話", "手機", "微信"),
)
_NOT_A_PHONE = cued("isbn", "issn", "doi", "order", "invoice", "version", "figure", "table", "section", "page", "pages")
_BORN = (
    r"(?:born|birth(?:day|date)?|dob|d\.o\.b|geboren|geburtsdatum|née? |naissance|nacid[oa]|nacimiento|出生|生日)"
    r"[^0-9]{0,25}?"
)
_MONTH = r"[A-Za-zÀ-ÿ]{3,10}\.?"
_DATE = (
    rf"[0-9]{{1,4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,4}}"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th|er|\.)? (?:of |de )?{_MONTH},? (?:de )?"
    rf"[0-9]{{4}}|{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}}|[0-9]{{4}} ?年 ?[0-9]{{1,2}} ?月 ?[0-9]{{1,2}} ?日"
)
_EXTENSION = r"(?: {0,2}(?:x|ext\.?) {0,2}[0-9]{1,6})?"
_AMERICAN = (
    r"(?:\+?1[ .-]?)?(?:\([2-9][0-9]{2}\)[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}|[2-9][0-9]{2}[ .-][2-9][0-9]{2}[ .-][0-9]{4}"
    rf"|[2-9][0-9]{{2}}[ .-][2-9][0-9]{{6}}){_EXTENSION}"
)
_CHINESE = r"(?:(?:\+|00)86[ -]?)?1[3-9][0-9](?:[0-9]{8}|[ -][0-9]{4}[ -][0-9]{4})"
_MORE = r"(?:[ \u00a0./-]{0,2}\(?[0-9]\)?)"
_NUMBER = rf"(?:\+|00)?\(?[0-9]{_MORE}{{6,16}}{_EXTENSION}"
_INTERNATIONAL = rf"\+ ?\(?[1-9]{_MORE}{{6,16}}{_EXTENSION}"
_NATIONAL = rf"(?:00|\(?0\)?)[ -]?\(?[1-9]\)?{_MORE}{{6,16}}{_EXTENSION}"
_END = r"(?![\w%-]|[.,/][0-9])"
_APART = r"\w.+/=#%$€£-"
_NEAR = r"\w.+#%$€£-"
_NEAR_END = r"(?![\w%-]|[.,][0-9])"


class _Account(Rule):
    """An international account number, which ends where its country says: what follows may look like more of it."""

    def found(self, text: str) -> Iterator[Span]:
        at = 0
        while match := self.pattern.search(text, at):
            end = _end_of_iban(text, match.start(), match.end())
            at = end or match.start() + 4
            if end:
                yield Span(self.kind, match.start(), end)


def _end_of_iban(text: str, start: int, most: int) -> int:
    """Return where an account number ends, or 0 where there is none."""
    left, end = checks.iban_length(text[start : start + 2].upper()), start
    while left and end < most:
        left -= text[end] not in " -"
        end += 1
    whole = left == 0 and checks.is_iban(text[start:end])
    return end if whole and not (text[end : end + 1].isascii() and text[end : end + 1].isalnum()) else 0


def _is_international(text: str) -> bool:
    return 8 <= len(checks.digits(_main(text))) <= 15


def _is_national(text: str) -> bool:
    """Tell whether a number by itself is one to call: with 00 or 0 before it, and written in groups."""
    plain, number = text.strip(), checks.digits(_main(text))
    grouped = re.search(r"[0-9][)\s./-]+[0-9]", plain) is not None
    groups = re.split(r"[^0-9]+", plain.strip("()"))
    national = re.match("0[1-9]", number) and 9 <= len(number) <= 11 and max(map(len, groups)) >= 2
    abroad = re.match("00[1-9]", number) and 10 <= len(number) <= 17
    return bool(grouped and (national or abroad)) and not _is_a_date(plain)


def _is_called(text: str) -> bool:
    """Tell whether a number behind a word such as phone can be one."""
    return 7 <= len(checks.digits(_main(text))) <= 15 and not _is_a_date(text)


def _main(text: str) -> str:
    """Return a number without its extension."""
    return re.split(r"\s*(?:x|ext)", text)[0]


def _is_a_date(text: str) -> bool:
    year_first = r"(?:19|20)[0-9]{2}([-/. ])[0-9]{1,2}\1[0-9]{1,2}.*"
    return re.fullmatch(rf"{year_first}|[0-9]{{1,2}}([-/.])[0-9]{{1,2}}\2(?:19|20)[0-9]{{2}}", text) is not None


NUMBER_RULES: tuple[Rule, ...] = (
    _Account(
        "iban",
        "[0-9]{2}(?:[ -]?[A-Z0-9]){4}",
        r"[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){11,30}",
        before="A-Za-z0-9",
        after="",
    ),
    Rule(
        "credit_card",
        DIGITS,
        r"[0-9]{4}(?:(?: [0-9]{4}){3}(?: [0-9]{3})?|(?:-[0-9]{4}){3}(?:-[0-9]{3})?"
        r"| [0-9]{6} [0-9]{5}|-[0-9]{6}-[0-9]{5})"
        r"|[0-9]{13,19}",
        checks.is_card,
        before=r"\w.+-",
        after=r"(?![\w-]|[.,][0-9])",
    ),
    Rule(
        "credit_card",
        DIGITS,
        "[0-9]{12}",
        checks.is_short_card,
        before=r"\w.+-",
        after=r"(?![\w-]|[.,][0-9])",
        cue=cued("card", "maestro", "debit", "银行卡", "信用卡"),
    ),
    Rule(
        "crypto_address",
        "0x[0-9a-fA-F]{8}|bc1[a-z0-9]{8}|[13][1-9A-HJ-NP-Za-km-z]{25}",
        r"0x[0-9a-fA-F]{40}|bc1[ac-hj-np-z02-9]{11,71}|[13][1-9A-HJ-NP-Za-km-z]{25,34}",
        checks.is_coin_address,
    ),
    Rule(
        "birth_date",
        "(?i:born|birth|dob|d[.]o[.]b|gebor|geburt|née? |naissance|nacid|nacim|出生|生日)",
        rf"{_BORN}(?P<value>{_DATE})",
        any_case=True,
        after=r"(?![\w-])",
    ),
    Rule("phone", DIGITS, _INTERNATIONAL, _is_international, before=r"\w+", after=_END),
    Rule("phone", DIGITS, _AMERICAN, before=_NEAR, after=_NEAR_END, never=_NOT_A_PHONE),
    Rule("phone", DIGITS, _CHINESE, before=_NEAR, after=_NEAR_END, never=_NOT_A_PHONE),
    Rule("phone", DIGITS, _NATIONAL, _is_national, before=_APART, after=_END, never=_NOT_A_PHONE),
    Rule("phone", DIGITS, _NUMBER, _is_called, before=_APART, after=_END, cue=_PHONE_CUE),
)
