"""Personal data by rules: what a text holds of it, and texts in which it is masked.

An operator belongs here when it finds people's data by patterns and checksums; names and places are those of
`mask_entities`.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from dfcli.ops._cleaner import RowCleaner, merged
from dfcli.ops._pii import HINTS, KINDS, Pii, Span, find
from dfcli.ops.base import FAILED, Context, Example, Kind, Reads, Row, RowFunction, Writes

_SPANS = pl.List(pl.Struct({"kind": pl.String(), "start": pl.Int64(), "end": pl.Int64()}))


class FindPii(RowFunction):
    """Count the personal data in a text, and name its kinds; nothing is changed and nothing dropped.

    Kinds: `email`; `phone` (international, North American and grouped national numbers, Chinese mobile numbers, and any
    of 7 to 15 digits behind a word such as phone or 电话); `ip` (4 and 6, not behind the word version); `mac`;
    `credit_card` (issuers' starts and Luhn); `iban` (country's length, remainder by 97); `national_id` (US SSN, Chinese
    resident number, UK NINO, Spanish DNI and NIE, French INSEE, German tax number, Indian Aadhaar and PAN, Brazilian
    CPF, Italian fiscal code, by their checksums where they have one); `birth_date` (a date behind born or 出生);
    `crypto_address` (Base58Check, Bech32, Ethereum); `private_key`, `secret` (keys and tokens by their starts, and
    random values behind key, token or password); `url_credentials`. With `spans` the column `spans_into` lists each
    piece's kind, start and end in characters. An empty text has 0 pieces.
    """

    use_for = (
        "detect personal data",
        "count PII",
        "find e-mail addresses and phone numbers",
        "leaked keys",
        "检测个人信息",
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

    text: Annotated[Reads, pl.String] = "text"
    kinds: tuple[Pii, ...] = Field(default=KINDS, min_length=1, description="The kinds to look for; all by default.")
    count: Annotated[Writes, pl.Int64] = "pii_count"
    found: Annotated[Writes, pl.List(pl.String)] = "pii_kinds"
    spans: bool = Field(default=False, description="Also write where each piece stands.")
    spans_into: str = Field(default="pii_spans", description="The column for that.")

    def writes(self) -> dict[str, pl.DataType | None]:
        return super().writes() | ({self.spans_into: _SPANS} if self.spans else {})

    def value(self, row: Row) -> dict[str, Any]:
        return self._told(find(row[self.text], self.kinds))

    def _told(self, spans: list[Span]) -> dict[str, Any]:
        places = {self.spans_into: [each._asdict() for each in spans]} if self.spans else {}
        return {self.count: len(spans), self.found: sorted({each.kind for each in spans}), **places}

    def __call__(self, frame: pl.DataFrame, ctx: Context) -> pl.DataFrame:
        due = frame.select(_hinted(pl.col(self.text)).fill_null(True)).to_series()
        made = super().__call__(frame.filter(due), ctx)
        nothing = pl.DataFrame([self._told([])], schema=self.writes()).with_columns(
            pl.lit(None, pl.String).alias(FAILED)
        )
        others = pl.concat([nothing] * frame.height) if frame.height else nothing.clear()
        columns = [merged(others[name], due, made[name].cast(others.schema[name])) for name in others.columns]
        return frame.with_columns(columns)


class MaskPii(RowCleaner):
    """Put placeholders in the place of personal data, of the kinds that `find_pii` finds.

    how: `kind` writes <EMAIL>; `number` numbers the values of a text, so that equal ones stay equal: <EMAIL_1>; `hash`
    does so over all rows, by the first 12 digits of a keyed hash (BLAKE2b with `salt`): without a secret salt, short
    numbers can be guessed from it; `last_four` keeps the last four letters and digits: <CREDIT_CARD 1111>; `remove`
    leaves nothing. What is masked is found by rules, so what they miss stays.
    """

    use_for = (
        "mask personal information",
        "anonymize text",
        "redact PII",
        "replace e-mails and phone numbers",
        "隐私脱敏",
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
            [{"text": "a@example.org, b@example.org, a@example.org"}],
            [{"text": "<EMAIL_1>, <EMAIL_2>, <EMAIL_1>"}],
            {"how": "number"},
        ),
        Example([{"text": "电话：13800138000"}], [{"text": "电话：<PHONE 8000>"}], {"how": "last_four"}),
    ]

    kinds: tuple[Pii, ...] = Field(default=KINDS, min_length=1, description="The kinds to mask; all by default.")
    how: Literal["kind", "number", "hash", "last_four", "remove"] = Field(
        default="kind", description="What stands in place of a value."
    )
    salt: str = Field(
        default="", max_length=64, description="The key of the hash; the same value then has the same one."
    )

    def due(self, text: pl.Expr) -> pl.Expr:
        return _hinted(text)

    def cleaned(self, text: str) -> str:
        numbers: dict[tuple[str, str], int] = {}
        parts, end = [], 0
        for span in find(text, self.kinds):
            parts += [text[end : span.start], self._placeholder(span.kind, text[span.start : span.end], numbers)]
            end = span.end
        return "".join([*parts, text[end:]])

    def _placeholder(self, kind: Pii, value: str, numbers: dict[tuple[str, str], int]) -> str:
        name = kind.upper()
        match self.how:
            case "kind":
                return f"<{name}>"
            case "number":
                known = numbers.setdefault((kind, value), sum(each == kind for each, _ in numbers) + 1)
                return f"<{name}_{known}>"
            case "hash":
                keyed = hashlib.blake2b(value.encode(), key=self.salt.encode(), digest_size=6)
                return f"<{name}_{keyed.hexdigest()}>"
            case "last_four":
                kept = "".join(each for each in value if each.isalnum())[-4:]
                return f"<{name} {kept}>"
            case "remove":
                return ""


def _hinted(text: pl.Expr) -> pl.Expr:
    """Return which texts are worth looking at."""
    return pl.any_horizontal(text.str.contains(hint) for hint in HINTS)
