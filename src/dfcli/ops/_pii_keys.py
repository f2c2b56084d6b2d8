"""Rules for what opens something: private keys, tokens, passwords, and passwords in addresses."""

from __future__ import annotations

from dfcli.ops import _pii_checks as checks
from dfcli.ops._pii_rule import Rule

_BLOCK = (
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[A-Za-z0-9+/=:.,() \t\r\n\\-]{0,8000}?-----END [A-Z ]{0,40}-----"
    r"|(?:[\s\\nr]{0,4}[A-Za-z0-9+/=]{32,80}){0,200})"
)
_TOKENS = {
    "AKIA|ASIA": r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    "gh[pousr]_": r"gh[pousr]_[A-Za-z0-9]{36,255}",
    "github_pat_": r"github_pat_[A-Za-z0-9_]{22,255}",
    "glpat-": r"glpat-[A-Za-z0-9_-]{20,255}",
    "hf_": r"hf_[A-Za-z0-9]{30,40}",
    "sk-": r"sk-[A-Za-z0-9_-]{20,255}",
    "[sr]k_": r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}",
    "AIza": r"AIza[A-Za-z0-9_-]{35}",
    "xox": r"xox[abprs]-[A-Za-z0-9-]{10,255}",
    "npm_": r"npm_[A-Za-z0-9]{36}",
    "pypi-": r"pypi-[A-Za-z0-9_-]{50,255}",
    "SG[.]": r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}",
    "ya29": r"ya29\.[A-Za-z0-9_-]{20,255}",
    "dop_v1_": r"dop_v1_[a-f0-9]{64}",
    "hooks[.]slack": r"hooks\.slack\.com/services/[A-Za-z0-9/]{20,80}",
    "eyJ": r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
}
"""The tokens of services by what they start with: AWS, GitHub, GitLab, OpenAI, Stripe, Google, Slack, and others."""

_STARTS = "|".join(_TOKENS)
_NAMES = (
    r"(?:api[_-]?key|secret(?:[_-]?(?:access[_-]?)?key)?|access[_-]?key|account[_-]?key|auth[_-]?token"
    r"|token|passw(?:or)?d|passwd|pwd|密码|口令)"
)
_NAMED = r"(?i:(?:key|secret|token|passwo?r?d|pwd|密码|口令)['\"]? {0,3}(?:[:=：]|is|是))"
_VALUE = r"(?P<value>[^ \t\r\n\f\v'\",;<>()，。；]{8,200})"

KEY_RULES: tuple[Rule, ...] = (
    Rule("private_key", "PRIVATE KEY", _BLOCK, before="-", after=""),
    *(
        Rule("secret", _STARTS, token, checks.is_token, before=r"A-Za-z0-9_-", after=r"(?![\w-])")
        for token in _TOKENS.values()
    ),
    Rule(
        "secret",
        _NAMED,
        rf"{_NAMES}['\"]? {{0,3}}(?:[:=：]|=>|\bis\b|是) {{0,3}}['\"]?{_VALUE}",
        checks.is_random,
        before="A-Za-z",
        after="",
        any_case=True,
    ),
    Rule("secret", "(?i:bearer)", rf"bearer {_VALUE}", checks.is_random, before="A-Za-z", after="", any_case=True),
    Rule(
        "url_credentials",
        "://",
        r"[a-z][a-z0-9+.-]{1,20}://(?P<value>[^ \t\r\n\f\v/:@]{1,100}:[^ \t\r\n\f\v/@]{1,100})@",
        before="a-z",
        after="",
        any_case=True,
    ),
)
