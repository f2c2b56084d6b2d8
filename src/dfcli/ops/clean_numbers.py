"""Write dates, amounts of money and measures in one way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import polars as pl
from pydantic import Field

from dfcli.ops._cleaner import Cleaner, settled
from dfcli.ops._rewriting import rewritten
from dfcli.ops.base import Example

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)
_BESIDE = r"[[\p{L}\p{N}_./?=&%@#~+\-]--\p{Han}]"
"""Inside a word, a version or an address: what makes numbers beside it something other than a date."""

_DATE = (
    rf"(?i)\b[0-9]{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_NAMES})\.?,? [0-9]{{4}}[0-9]*"
    rf"|\b(?:{_NAMES})\.? [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}}[0-9]*"
    r"|[0-9]+ ?年 ?[0-9]{1,2} ?月 ?[0-9]{1,2} ?[日号][a-z0-9]?"
    rf"|{_BESIDE}*[0-9][./-][0-9]+[./-][0-9]{_BESIDE}*"
)


class NormalizeDates(Cleaner):
    """Write dates as YYYY-MM-DD: those in numbers with the year last or first, with an English month, and in Chinese.

    12/03/2024 is the 12th of March, or with `day_first: false` the 3rd of December; where only one of the two is a date
    it is that one. Years have four digits. Versions (v1.2.3, 2024.1.2), addresses, names of files and dates that do
    not exist stay.
    """

    use_for = ("dates to ISO 8601", "normalize dates", "one date format", "日期格式统一")
    aliases = (
        "date formats",
        "ISO dates",
        "日期规范化",
        "统一日期",
        "dates in different formats",
        "日期写法不一",
    )
    not_for = ("columns of dates: use cast", "money and units: use normalize_units")
    examples = [
        Example(
            [
                {"text": "On 12/03/2024, March 5th, 2023 and 1 Jan 1999. Or 1.2.2024."},
                {"text": "2024年3月12日, v1.2.3, 10.0.0.1, 31.02.2024, a.b/2024/01/02"},
            ],
            [
                {"text": "On 2024-03-12, 2023-03-05 and 1999-01-01. Or 2024-02-01."},
                {"text": "2024-03-12, v1.2.3, 10.0.0.1, 31.02.2024, a.b/2024/01/02"},
            ],
        ),
        Example([{"text": "12/03/2024 and 25/12/2023"}], [{"text": "2024-12-03 and 2023-12-25"}], {"day_first": False}),
    ]
    version = 2

    day_first: bool = Field(default=True, description="Of two numbers that can both be the month the first is the day.")

    def expr(self) -> pl.Expr:
        return settled(pl.col(self.text), lambda text: rewritten(text, _DATE, self._written))

    def _written(self, pieces: Sequence[str]) -> Sequence[str]:
        return [self._iso(each) or each for each in pieces]

    def _iso(self, piece: str) -> str | None:
        if named := re.fullmatch(r"(?i)(\d{1,2})(?:st|nd|rd|th)? (?:of )?([a-z]+)\.?,? (\d{4})", piece):
            return _date(named[3], _month(named[2]), named[1])
        if named := re.fullmatch(r"(?i)([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", piece):
            return _date(named[3], _month(named[1]), named[2])
        if chinese := re.fullmatch(r"(?i)(\d{4}) ?年 ?(\d+) ?月 ?(\d+) ?[日号]([a-z0-9]?)", piece):
            made = _date(chinese[1], chinese[2], chinese[3])
            return f"{made} {chinese[4]}".rstrip() if made else None
        return self._of_numbers(piece)

    def _of_numbers(self, piece: str) -> str | None:
        bare = piece.rstrip(".")
        marks = piece[len(bare) :]
        if year_first := re.fullmatch(r"([0-9]{4})(?:([/-])([0-9]{1,2})\2|\.([0-9]{2})\.)([0-9]{1,2})", bare):
            made = _date(year_first[1], year_first[3] or year_first[4], year_first[5])
            return made and made + marks
        if not (numbers := re.fullmatch(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})", bare)):
            return None
        day, month = (numbers[1], numbers[3]) if self.day_first else (numbers[3], numbers[1])
        made = _date(numbers[4], month, day) or _date(numbers[4], day, month)
        return made and made + marks


def _month(name: str) -> str:
    return str(_MONTHS.index(name.lower()[:3]) + 1)


def _date(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


_CODES = """
$:USD US$:USD HK$:HKD A$:AUD AU$:AUD C$:CAD CA$:CAD NZ$:NZD S$:SGD NT$:TWD R$:BRL €:EUR £:GBP ¥:CNY ￥:CNY CN¥:CNY
JP¥:JPY ₹:INR ₽:RUB ₩:KRW
"""
_SIGNS = dict(each.split(":") for each in _CODES.split())
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
    "%": "percent per_cent",
    "USD": "dollars? 美元",
    "EUR": "euros? € 欧元",
    "GBP": "英镑",
    "JPY": "yen 日元",
    "CNY": "元 元人民币",
    "HKD": "港元 港币",
}
_OTHER_WORDS = "拉级高至到降饭粉线素件旦老宵首"
"""What follows 克, 升, 米 or 元 in words that are no units: 克拉, 升级, 米饭, 元素."""

_AMOUNT = r"[0-9]+(?:[.,][0-9]+)*"
_MANY = r" ?(?:thousand|million|billion|trillion|bn|mn|[kmb])"
_NAMES_OF_UNITS = sorted(
    ((name.replace("_", " "), symbol) for symbol, names in _UNITS.items() for name in names.split()),
    key=lambda each: -len(each[0]),
)
_NAMED = "|".join(name for name, _ in _NAMES_OF_UNITS)
_MEASURE = (
    rf"[A-Za-z]*[$€£¥￥₹₽₩] ?{_AMOUNT}(?:(?i:{_MANY})\b)?[\p{{L}}0-9$]*"
    rf"|(?i:{_AMOUNT} ?(?:{_NAMED})(?:[a-z0-9]+|[{_OTHER_WORDS}])?)"
)


class NormalizeUnits(Cleaner):
    """Write money as 12.50 USD and measures by their symbols: 5 km, 3 kg, 20 °C, 5%.

    Signs and names of currencies become ISO 4217 codes, $ that of the US and ¥ that of China. Names of units of length,
    weight, volume and temperature become symbols, in English and Chinese; numbers are not converted. A dollar sign that
    closes as well, as in LaTeX, stays.
    """

    use_for = ("normalize units", "currency symbols to codes", "kilometers to km", "单位规范化")
    aliases = (
        "currencies",
        "units of measure",
        "单位统一",
        "货币符号",
        "kg and kilograms",
        "单位写法不一",
    )
    not_for = ("dates: use normalize_dates", "remove numbers: use remove_numbers")
    examples = [
        Example(
            [
                {"text": "It cost $12.50, ran 5 kilometers and 3kgs."},
                {"text": "走了5公里，5 miles an hour, 3克拉, $5$"},
            ],
            [{"text": "It cost 12.50 USD, ran 5 km and 3 kg."}, {"text": "走了5 km，5 mi an hour, 3克拉, $5$"}],
        ),
        Example(
            [{"text": "HK$5, $3 million, 20 €, 100美元, 5 percent"}],
            [{"text": "5 HKD, 3 million USD, 20 EUR, 100 USD, 5%"}],
        ),
    ]
    version = 2

    def expr(self) -> pl.Expr:
        return settled(
            pl.col(self.text),
            lambda text: rewritten(text, _MEASURE, lambda pieces: [_measure(each) for each in pieces]),
        )


def _measure(piece: str) -> str:
    if money := re.fullmatch(rf"([A-Z]*[$€£¥￥₹₽₩]) ?({_AMOUNT}(?i:{_MANY})?)", piece):
        return f"{money[2]} {_SIGNS[money[1]]}" if money[1] in _SIGNS else piece
    found = re.fullmatch(rf"(?i)({_AMOUNT}) ?({_NAMED})", piece)
    if not found:
        return piece
    symbol = next(symbol for name, symbol in _NAMES_OF_UNITS if re.fullmatch(name, found[2], re.IGNORECASE))
    return f"{found[1]}%" if symbol == "%" else f"{found[1]} {symbol}"
