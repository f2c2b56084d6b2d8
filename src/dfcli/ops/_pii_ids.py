"""Rules for the numbers that states give to people; one without letters and without groups needs a word before it."""

from __future__ import annotations

from collections.abc import Callable

from dfcli.ops import _pii_id_checks as checks
from dfcli.ops._pii_numbers import DIGITS
from dfcli.ops._pii_rule import Rule, cued

_HINTED = (
    "[0-9]{2}(?:[A-Za-z][0-9]{2}| ?[0-9]{2} ?[0-9]{2} ?[A-Za-z]|[0-9]{2}[A-Z]|[0-9]{4}[A-Z0-9(]|[0-9]{4}[HM][A-Z])"
)
_DATED = "[0-9]{6}[-+A-FYXWVU][0-9]{3}|[0-9]{2}[.][0-9]{2}[.][0-9]{2}-"


def _grouped(core: str, holds: Callable[[str], bool], before: str = r"\w-", after: str = r"(?![\w-])") -> Rule:
    """Return a rule for a number that is told by its groups, or is long enough for its checksum."""
    return Rule("national_id", DIGITS, core, holds, before, after)


def _lettered(core: str, holds: Callable[[str], bool] = bool, hint: str = _HINTED) -> Rule:
    """Return a rule for a number that is told by its letters."""
    return Rule("national_id", hint, core, holds)


def _named(core: str, holds: Callable[[str], bool], *words: str) -> Rule:
    """Return a rule for a number that is told by the words before it."""
    return Rule("national_id", DIGITS, core, holds, r"\w-", r"(?![\w-])", cue=cued(*words))


ID_RULES: tuple[Rule, ...] = (
    _grouped("[0-9]{3}-[0-9]{2}-[0-9]{4}", checks.is_us_ssn),
    _named("[0-9]{9}|[0-9]{3} [0-9]{2} [0-9]{4}", checks.is_us_ssn, "ssn", "social security"),
    _grouped("[1-9][0-9]{16}[0-9Xx]", checks.is_chinese_id, "0-9A-Za-z", "(?![0-9A-Za-z])"),
    _lettered("[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]", checks.is_nino),
    _lettered("(?:[0-9]{8}|[XYZ][0-9]{7})-?[A-HJ-NP-TV-Z]", checks.is_spanish_id, "[0-9]{7}-?[A-Z]"),
    _grouped("[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]) ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}", checks.is_insee),
    _named(
        "[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
        checks.is_german_tax_id,
        *("steuer", "steuer-id", "steuer-idnr", "steueridentifikationsnummer", "steuernummer", "tax id", "idnr"),
    ),
    _grouped("[2-9][0-9]{3} [0-9]{4} [0-9]{4}", checks.is_aadhaar, after=r"(?![\w-]| [0-9])"),
    _named("[2-9][0-9]{11}|[2-9][0-9]{3}-[0-9]{4}-[0-9]{4}", checks.is_aadhaar, "aadhaa?r"),
    _lettered("[A-Z]{3}[ABCFGHLJPT][A-Z][0-9]{4}[A-Z]", hint="[0-9]{4}[A-Z]"),
    _grouped(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", checks.is_cpf, r"\w."),
    _named("[0-9]{11}", checks.is_cpf, "cpf"),
    Rule(
        "national_id",
        _HINTED,
        "[A-Z]{6}[0-9]{2}[A-EHLMPR-T][0-9]{2}[A-Z][0-9]{3}[A-Z]",
        checks.is_fiscal_code,
        any_case=True,
    ),
    _lettered("[STFG][0-9]{7}[A-Z]", checks.is_singaporean),
    Rule("national_id", _HINTED, "[A-Z]{1,2}[0-9]{6}[(][0-9A][)]", checks.is_hong_kong, after=""),
    _lettered("[A-Z][12][0-9]{8}", checks.is_taiwanese, "[A-Z][12][0-9]{8}"),
    _lettered("[A-Z]{4}[0-9]{6}[HM][A-Z]{5}[A-Z0-9][0-9]", checks.is_curp),
    _lettered("[0-9]{6}-[1-8][0-9]{6}", checks.is_korean, _DATED),
    _lettered("[0-9]{6}[-+A-FYXWVU][0-9]{3}[0-9A-Y]", checks.is_finnish, _DATED),
    _lettered("(?:19|20)?[0-9]{6}[-+][0-9]{4}", checks.is_swedish, _DATED),
    _lettered(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}", checks.is_belgian, _DATED),
    _named("[0-9]{11}", checks.is_pesel, "pesel"),
    _named("[0-9]{9}", checks.is_bsn, "bsn", "burgerservicenummer", "sofinummer"),
    _named("[0-9]{3} ?[0-9]{3} ?[0-9]{3}", checks.is_tfn, "tfn", "tax file"),
    _named("[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}", checks.is_nhs, "nhs"),
    _named("[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}", checks.is_sin, "sin", "social insurance"),
)
