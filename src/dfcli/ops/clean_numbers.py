"""Write dates, amounts of money and measures in one way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import polars as pl
from pydantic import Field

from dfcli.ops._cleaner import Cleaner
from dfcli.ops._rewriting import rewritten
from dfcli.ops.base import Example

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)
_DATE = (
    rf"(?i)[0-9]{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_NAMES})\.?,? [0-9]{{4}}[0-9]*"
    rf"|\b(?:{_NAMES})\.? [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}}[0-9]*"
    r"|[0-9]{4} ?年 ?[0-9]{1,2} ?月 ?[0-9]{1,2} ?日|[0-9]+(?:[./-][0-9]+)+[./-]?[\p{L}0-9]*"
)


class NormalizeDates(Cleaner):
    """Write dates as YYYY-MM-DD: those in numbers with the year last or first, with an English month, and in Chinese.

    12/03/2024 is the 12th of March, or with `day_first: false` the 3rd of December; where only one of the two is a date
    it is that one. Numbers of other kinds, such as versions, addresses of machines and dates that do not exist, stay.
    """

    use_for = ("dates to ISO 8601", "normalize dates", "one date format", "日期格式统一")
    not_for = ("columns of dates: use cast", "money and units: use normalize_units")
    examples = [
        Example(
            [
                {"text": "On 12/03/2024, March 5th, 2023 and 1 Jan 1999."},
                {"text": "2024年3月12日, v1.2.3, 10.0.0.1, 31.02.2024"},
            ],
            [
                {"text": "On 2024-03-12, 2023-03-05 and 1999-01-01."},
                {"text": "2024-03-12, v1.2.3, 10.0.0.1, 31.02.2024"},
            ],
        ),
        Example([{"text": "12/03/2024 and 25/12/2023"}], [{"text": "2024-12-03 and 2023-12-25"}], {"day_first": False}),
    ]

    day_first: bool = Field(default=True, description="Of two numbers that can both be the month the first is the day.")

    def expr(self) -> pl.Expr:
        return rewritten(pl.col(self.text), _DATE, self._written)

    def _written(self, pieces: Sequence[str]) -> Sequence[str]:
        return [self._iso(each) or each for each in pieces]

    def _iso(self, piece: str) -> str | None:
        if named := re.fullmatch(r"(?i)(\d{1,2})(?:st|nd|rd|th)? (?:of )?([a-z]+)\.?,? (\d{4})", piece):
            return _date(named[3], _month(named[2]), named[1])
        if named := re.fullmatch(r"(?i)([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", piece):
            return _date(named[3], _month(named[1]), named[2])
        if year_first := re.fullmatch(r"(\d{4})(?: ?年 ?|([/.]))(\d{1,2})(?: ?月 ?|\2)(\d{1,2})(?: ?日)?", piece):
            return _date(year_first[1], year_first[3], year_first[4])
        if not (numbers := re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", piece)):
            return None
        day, month = (numbers[1], numbers[3]) if self.day_first else (numbers[3], numbers[1])
        return _date(numbers[4], month, day) or _date(numbers[4], day, month)


def _month(name: str) -> str:
    return str(_MONTHS.index(name.lower()[:3]) + 1)


def _date(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


_CURRENCIES = {
    "US$": "USD",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "CNY",
    "￥": "CNY",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
}
_UNITS = {
    "km": "kilometers? kilometres? kms 公里 千米",
    "m": "meters? metres? 米",
    "cm": "centimeters? centimetres? 厘米",
    "mm": "millimeters? millimetres? 毫米",
    "kg": "kilograms? kilogrammes? kgs kilos? 公斤 千克",
    "g": "grams? grammes? 克",
    "L": "liters? litres? 升",
    "mL": "milliliters? millilitres? 毫升",
    "mi": "miles?",
    "ft": "feet foot",
    "lb": "pounds? lbs",
    "°C": "degrees_celsius 摄氏度",
    "°F": "degrees_fahrenheit 华氏度",
}
_AMOUNT = r"[0-9]+(?:[.,][0-9]+)*"
_NAMED = "|".join(name.replace("_", " ") for names in _UNITS.values() for name in names.split())
_MEASURE = rf"(?:US\$|[$€£¥￥₹₽₩]) ?{_AMOUNT}[\p{{L}}0-9]*|(?i:{_AMOUNT} ?(?:{_NAMED})[a-z0-9]*)"


class NormalizeUnits(Cleaner):
    """Write money as 12.50 USD and measures by their symbols: 5 km, 3 kg, 20 °C.

    Signs of currencies become ISO 4217 codes, $ that of the US and ¥ that of China. Names of units of length, weight,
    volume and temperature become symbols, in English and Chinese; numbers are not converted.
    """

    use_for = ("normalize units", "currency symbols to codes", "kilometers to km", "单位规范化")
    not_for = ("dates: use normalize_dates", "remove numbers: use remove_numbers")
    examples = [
        Example(
            [{"text": "It cost $12.50, ran 5 kilometers and 3kgs."}, {"text": "走了5公里，5 miles an hour, $5M"}],
            [{"text": "It cost 12.50 USD, ran 5 km and 3 kg."}, {"text": "走了5 km，5 mi an hour, $5M"}],
        )
    ]

    def expr(self) -> pl.Expr:
        return rewritten(pl.col(self.text), _MEASURE, lambda pieces: [_measure(each) for each in pieces])


def _measure(piece: str) -> str:
    if money := re.fullmatch(rf"(US\$|[$€£¥￥₹₽₩]) ?({_AMOUNT})", piece):
        return f"{money[2]} {_CURRENCIES[money[1]]}"
    for symbol, names in _UNITS.items():
        named = "|".join(names.split()).replace("_", " ")
        if found := re.fullmatch(rf"(?i)({_AMOUNT}) ?(?:{named})", piece):
            return f"{found[1]} {symbol}"
    return piece
