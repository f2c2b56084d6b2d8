"""Personal data by rules: what a text holds of it, and texts in which it is masked.

An operator belongs here when it finds people's data by patterns and checksums; names and places are those of
`mask_entities`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from dfcli.errors import EnvironmentLacks
from dfcli.ops._cleaner import InPlace
from dfcli.ops._pii import USUAL, Pii, Span, find_all
from dfcli.ops._pii_checks import is_public_ip
from dfcli.ops.base import FAILED, Context, Example, Kind, Reads, Row, RowFunction, Writes

_SPANS = pl.List(pl.Struct({"kind": pl.String(), "start": pl.Int64(), "end": pl.Int64()}))
_WRITTEN_IN_WAYS = frozenset(("phone", "credit_card", "iban", "national_id"))


class _Pii(RowFunction):
    """What both operators share: Polars finds the texts in which there may be something, before Python reads them."""

    version: ClassVar[int] = 2

    text: Annotated[Reads, pl.String] = Field(default="text", description="The column that holds the text.")
    kinds: tuple[Pii, ...] = Field(
        default=USUAL, min_length=1, description="The kinds to look for; all but domain by default."
    )
    public_ips: bool = Field(
        default=False, description="Leave addresses of no public network alone: 192.168.0.1, 127.0.0.1, ::1."
    )

    def value(self, row: Row) -> Any:
        return self(pl.DataFrame({self.text: [row[self.text]]}), None).row(0, named=True)  # type: ignore[arg-type]

    def _spans(self, texts: pl.Series) -> Mapping[int, list[Span]]:
        found = find_all(texts, self.kinds)
        if not self.public_ips:
            return found
        return {place: [each for each in spans if _counts(each, texts[place])] for place, spans in found.items()}


def _counts(span: Span, text: str) -> bool:
    return span.kind != "ip" or is_public_ip(text[span.start : span.end])


class FindPii(_Pii):
    """Count the personal data in a text, and name its kinds; nothing is changed and nothing dropped.

    Kinds: `email` (also with [at] and [dot]); `phone` (international, North American and grouped national numbers,
    Chinese mobile numbers, and any of 7 to 15 digits behind a word such as phone or 电话); `ip` (4 and 6, not behind
    the word version); `mac`; `credit_card` (issuers' starts and Luhn); `iban` (country's length, remainder by 97);
    `national_id` (by checksum: Chinese, Spanish, French, Italian, Brazilian, Finnish, Swedish, Belgian, Mexican,
    Taiwanese, Hong Kong and Singaporean numbers, Indian Aadhaar; by form: US SSN, UK NINO, Indian PAN, Korean; by
    checksum behind their names: German tax number, PESEL, BSN, TFN, NHS, Canadian SIN, and those without groups);
    `birth_date` (a date behind born or 出生); `crypto_address` (Base58Check, Bech32, Ethereum); `private_key`, `secret`
    (keys and tokens by their starts, and random values behind key, token or password); `url_credentials`; `user_name`
    (of a home folder in a path); `domain` (host names, only where asked for). With `spans` the column `spans_into`
    lists each piece's kind, start and end in characters. An empty text has 0 pieces.
    """

    use_for = (
        "detect personal data",
        "count PII",
        "find e-mail addresses and phone numbers",
        "leaked keys",
        "检测个人信息",
    )
    aliases = (
        "PII detection",
        "privacy scan",
        "sensitive data",
        "leaked credentials",
        "隐私检测",
        "敏感信息检测",
        "leaks",
        "信息泄露",
        "泄露检测",
        "are there phone numbers in it",
        "leaked passwords",
        "secrets in text",
        "privacy audit",
        "有没有手机号",
        "密码泄漏",
        "隐私审计",
    )
    not_for = ("replace what is found: use mask_pii", "names of people and places: use mask_entities")
    examples = [
        Example(
            [{"text": "Write to ada@example.org or call 202-555-0143."}, {"text": "version 1.2.3.4"}, {"text": None}],
            [
                {"pii_count": 2, "pii_kinds": ["email", "phone"]},
                {"pii_count": 0, "pii_kinds": []},
                {"pii_count": None, "pii_kinds": None},
            ],
        ),
        Example(
            [{"text": "我的手机是13800138000"}],
            [{"pii_count": 1, "pii_kinds": ["phone"], "pii_spans": [{"kind": "phone", "start": 5, "end": 16}]}],
            {"spans": True},
        ),
    ]
    kind: ClassVar[Kind] = "evaluate"

    count: Annotated[Writes, pl.Int64] = "pii_count"
    found: Annotated[Writes, pl.List(pl.String)] = "pii_kinds"
    spans: bool = Field(default=False, description="Also write where each piece stands.")
    spans_into: str = Field(default="pii_spans", description="The column for that.")

    def writes(self) -> dict[str, pl.DataType | None]:
        return super().writes() | ({self.spans_into: _SPANS} if self.spans else {})

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        texts = frame[self.text].cast(pl.String())
        found = self._spans(texts)
        told = [None if empty else self._told(found.get(place, [])) for place, empty in enumerate(texts.is_null())]
        columns = [
            pl.Series(name, [each and each[name] for each in told], dtype=kind) for name, kind in self.writes().items()
        ]
        return frame.with_columns(*columns, pl.lit(None, pl.String()).alias(FAILED))

    def _told(self, spans: list[Span]) -> dict[str, Any]:
        places = {self.spans_into: [each._asdict() for each in spans]} if self.spans else {}
        return {self.count: len(spans), self.found: sorted({each.kind for each in spans}), **places}


class MaskPii(InPlace, _Pii):
    """Put placeholders in the place of personal data, of the kinds that `find_pii` finds.

    how: `kind` writes <EMAIL>; `number` numbers the values of a text, so that equal ones stay equal: <EMAIL_1>; `hash`
    does so over all rows, by the first 12 digits of a keyed hash (BLAKE2b); `last_four` keeps the last four letters and
    digits: <CREDIT_CARD 1111>; `remove` leaves nothing. The hash's key stands in the environment variable that
    `key_from` names; without a key, short numbers can be guessed from their hashes. Values are equal without regard to
    case, and phones, cards, accounts and national numbers without regard to spaces and signs. What is masked is found
    by rules, so what they miss stays.
    """

    use_for = (
        "mask personal information",
        "anonymize text",
        "redact PII",
        "replace e-mails and phone numbers",
        "隐私脱敏",
    )
    aliases = (
        "PII masking",
        "anonymisation",
        "redaction",
        "de-identification",
        "hide private data",
        "phone numbers",
        "credit cards",
        "脱敏",
        "匿名化",
        "手机号打码",
        "隐藏个人信息",
        "身份证号脱敏",
        "泄露的个人信息",
        "hide phone numbers",
        "private details",
        "remove identities",
        "personal data before training",
        "去掉个人信息",
        "遮住电话号码",
        "身份证号打码",
    )
    not_for = (
        "count only: use find_pii",
        "names of people and places: use mask_entities",
        "e-mails alone: use remove_emails",
    )
    examples = [
        Example(
            [{"text": "Mail ada@example.org, card 4111 1111 1111 1111."}, {"text": "Nothing."}],
            [{"text": "Mail <EMAIL>, card <CREDIT_CARD>."}, {"text": "Nothing."}],
        ),
        Example(
            [{"text": "a@example.org, b@example.org, A@Example.org"}],
            [{"text": "<EMAIL_1>, <EMAIL_2>, <EMAIL_1>"}],
            {"how": "number"},
        ),
        Example([{"text": "电话：13800138000"}], [{"text": "电话：<PHONE 8000>"}], {"how": "last_four"}),
    ]

    how: Literal["kind", "number", "hash", "last_four", "remove"] = Field(
        default="kind", description="What stands in place of a value."
    )
    key_from: str = Field(default="", description="The environment variable with the key of the hash; none by default.")

    def outside(self, ctx: Context) -> str:
        return hashlib.blake2b(self._key(), person=b"dfcli outside").hexdigest() if self.key_from else ""

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        texts = frame[self.text].cast(pl.String())
        masked = {place: self._masked(texts[place], spans) for place, spans in self._spans(texts).items()}
        made = texts.scatter(list(masked), list(masked.values())) if masked else texts
        return frame.with_columns(made.alias(self.into), pl.lit(None, pl.String()).alias(FAILED))

    def _masked(self, text: str, spans: list[Span]) -> str:
        numbers: dict[tuple[str, str], int] = {}
        parts, end = [], 0
        for span in spans:
            parts += [text[end : span.start], self._placeholder(span.kind, text[span.start : span.end], numbers)]
            end = span.end
        return "".join([*parts, text[end:]])

    def _placeholder(self, kind: Pii, value: str, numbers: dict[tuple[str, str], int]) -> str:
        name = kind.upper()
        match self.how:
            case "kind":
                return f"<{name}>"
            case "number":
                same = (kind, _same(kind, value))
                known = numbers.setdefault(same, sum(each == kind for each, _ in numbers) + 1)
                return f"<{name}_{known}>"
            case "hash":
                keyed = hashlib.blake2b(_same(kind, value).encode(), key=self._key(), digest_size=6)
                return f"<{name}_{keyed.hexdigest()}>"
            case "last_four":
                kept = "".join(each for each in value if each.isalnum())[-4:]
                return f"<{name} {kept}>"
            case "remove":
                return ""

    def _key(self) -> bytes:
        """Return the key of the hash, of any length; EnvironmentLacks when its variable is not set."""
        if not self.key_from:
            return b""
        if not (key := os.environ.get(self.key_from)):
            raise EnvironmentLacks(f"mask_pii takes its key from the environment variable {self.key_from}: set it")
        return hashlib.blake2b(key.encode(), person=b"dfcli key").digest()


def _same(kind: str, value: str) -> str:
    """Return what is equal for two ways to write a value; keys and passwords are written in one way only."""
    if kind in ("private_key", "secret", "url_credentials", "crypto_address"):
        return value
    plain = value.casefold()
    return "".join(each for each in plain if each.isalnum()) if kind in _WRITTEN_IN_WAYS else plain
