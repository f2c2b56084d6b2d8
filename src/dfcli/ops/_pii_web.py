"""Rules for what people and their machines are reached by in a network: mail, addresses, hosts, folders of users."""

from __future__ import annotations

from dfcli.ops import _pii_checks as checks
from dfcli.ops._pii_rule import Rule

_VERSION = (
    r"(?:\b(?:versions?|ver|v|release|rel|build|firmware|section|chapter|clause)\.?\s*|§\s*|版本号?[\s:：]*|[0-9]\.)"
)
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}"
_ENDINGS = "com|org|net|edu|gov|mil|int|info|biz|io|dev|app|ai|xyz|online|site|shop|blog|cloud|tech"
_HEX = "[0-9A-Fa-f]"


def _is_email(text: str) -> bool:
    name, _, host = text.rpartition("@")
    return ".." not in text and not name.endswith(".") and "-." not in host and ".-" not in host


def _is_user(text: str) -> bool:
    common = ("user", "username", "users", "admin", "administrator", "root", "ubuntu", "public", "shared", "default")
    return text.lower() not in (*common, "runner", "guest", "name", "yourname", "you", "me", "all")


def _is_address_v6(text: str) -> bool:
    groups = [each for each in text.split(":") if each]
    return sum(any(map(str.isdigit, each)) for each in groups) >= 2 and checks.is_ip(text)


WEB_RULES: tuple[Rule, ...] = (
    Rule(
        "email",
        "@",
        r"[A-Za-z0-9_%+][A-Za-z0-9_.%+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}",
        _is_email,
        before=r"\w%+",
        after="(?![A-Za-z0-9-])",
    ),
    Rule(
        "email",
        r"(?i:[\[({] ?at ?[\])}])",
        r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63} ?[\[({] ?at ?[\])}] ?"
        r"(?:[A-Za-z0-9-]{1,63}(?:\.| ?[\[({] ?dot ?[\])}] ?)){1,8}"
        r"[A-Za-z]{2,24}",
        any_case=True,
        after="(?![A-Za-z0-9-])",
    ),
    Rule(
        "mac",
        rf"[:-]{_HEX}{{2}}[:-]",
        rf"{_HEX}{{2}}(?:(?::{_HEX}{{2}}){{5}}|(?:-{_HEX}{{2}}){{5}})",
        before=r"\w:-",
        after=r"(?![\w:-])",
    ),
    Rule(
        "ip",
        r"[0-9]\.[0-9]{1,3}\.[0-9]",
        r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}",
        checks.is_ip,
        before=r"\w.-",
        after=r"(?![\w-]|\.[0-9])",
        never=_VERSION,
    ),
    Rule(
        "ip",
        f":{_HEX}{{0,4}}:",
        rf"(?:{_HEX}{{1,4}}:){{7}}{_HEX}{{1,4}}|(?:{_HEX}{{1,4}}:){{1,7}}(?::{_HEX}{{1,4}}){{1,6}}",
        _is_address_v6,
        before=r"\w:.",
        after=r"(?![\w:])",
    ),
    Rule(
        "user_name",
        r"/home/|[/\\]Users[/\\]",
        r"(?:/home/|/Users/|[A-Za-z]:[/\\]{1,2}Users[/\\]{1,2})(?P<value>[A-Za-z][A-Za-z0-9._-]{1,31})[/\\]",
        _is_user,
        before=r"\w.",
        after="",
    ),
    Rule("domain", "://", rf"https?://(?P<value>{_HOST}[A-Za-z]{{2,24}})", any_case=True, after="(?![A-Za-z0-9-])"),
    Rule("domain", "(?i:www[.])", rf"www\.{_HOST}[A-Za-z]{{2,24}}", any_case=True, after="(?![A-Za-z0-9-])"),
    Rule(
        "domain",
        rf"(?i:\.(?:{_ENDINGS}))",
        rf"{_HOST}(?:{_ENDINGS})(?:\.[A-Za-z]{{2}})?",
        before=r"\w@.-",
        after=r"(?![\w@-]|\.[A-Za-z0-9])",
        any_case=True,
    ),
)
