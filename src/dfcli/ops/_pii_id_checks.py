"""Whether a number is one that a state gives to a person: checksums, dates, and what is never given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dfcli.ops._pii_checks import digits, luhn

_TIMES = (
    *((0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6)),
    *((3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1)),
    *((6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4)),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
"""Verhoeff's table of products in the dihedral group of order 10, and his permutation (1969)."""

_FISCAL_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def is_us_ssn(text: str) -> bool:
    """Tell whether nine digits can be a US social security number: no part of zeros, no area 666 or from 900."""
    plain = digits(text)
    return plain[:3] not in ("000", "666") and plain[0] != "9" and plain[3:5] != "00" and plain[5:] != "0000"


def is_chinese_id(text: str) -> bool:
    """Tell whether 18 characters are a Chinese resident identity number: a date and the checksum of GB 11643."""
    total = sum(int(each) * (2 ** (17 - place) % 11) for place, each in enumerate(text[:17]))
    return _is_date(text[6:8], text[8:10], text[10:12], text[12:14]) and "10X98765432"[total % 11] == text[17].upper()


def is_nino(text: str) -> bool:
    """Tell whether a text is a British national insurance number: not one of the starts that are never given."""
    return text[:2].upper() not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ")


def is_spanish_id(text: str) -> bool:
    """Tell whether a text is a Spanish DNI or NIE: its letter is that of the number by 23."""
    plain = text.upper().replace("-", "")
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]


def is_insee(text: str) -> bool:
    """Tell whether a text is a French INSEE number: its key makes it up to 97."""
    plain = text.upper().replace(" ", "").replace("2A", "19", 1).replace("2B", "18", 1)
    return len(plain) == 15 and plain.isdigit() and 97 - int(plain[:13]) % 97 == int(plain[13:])


def is_german_tax_id(text: str) -> bool:
    """Tell whether eleven digits are a German tax number: the check digit of ISO 7064, MOD 11,10."""
    plain, product = digits(text), 10
    for each in plain[:10]:
        product = ((int(each) + product) % 10 or 10) * 2 % 11
    return len(plain) == 11 and plain[0] != "0" and (11 - product) % 10 == int(plain[10])


def is_aadhaar(text: str) -> bool:
    """Tell whether twelve digits are an Indian Aadhaar number: Verhoeff's checksum."""
    plain, check = digits(text), 0
    for place, each in enumerate(reversed(plain)):
        turned = int(each)
        for _ in range(place % 8):
            turned = _TURN[turned]
        check = _TIMES[check][turned]
    return len(plain) == 12 and plain[0] not in "01" and check == 0


def is_cpf(text: str) -> bool:
    """Tell whether eleven digits are a Brazilian CPF: its two check digits."""
    plain = digits(text)
    return len(plain) == 11 and len(set(plain)) > 1 and plain[9:] == _cpf_digit(plain[:9]) + _cpf_digit(plain[:10])


def _cpf_digit(before: str) -> str:
    total = sum(int(each) * (len(before) + 1 - place) for place, each in enumerate(before))
    return str(total * 10 % 11 % 10)


def is_fiscal_code(text: str) -> bool:
    """Tell whether sixteen characters are an Italian fiscal code: the check letter of its odd and even places."""
    plain = text.upper()
    values = [int(each) if each.isdigit() else ord(each) - ord("A") for each in plain[:15]]
    total = sum(_FISCAL_ODD[each] if place % 2 == 0 else each for place, each in enumerate(values))
    return chr(ord("A") + total % 26) == plain[15]


def is_singaporean(text: str) -> bool:
    """Tell whether a text is a Singaporean NRIC or FIN of the series S, T, F, G: its letter is a sum's by 11."""
    total = weighed(text[1:8], (2, 7, 6, 5, 4, 3, 2)) + 4 * (text[0] in "TG")
    return ("JZIHGFEDCBA" if text[0] in "ST" else "XWUTRQPNMLK")[total % 11] == text[8]


def is_korean(text: str) -> bool:
    """Tell whether a text can be a Korean resident number: a date; numbers given since 2020 have no checksum."""
    return _is_date("20" if text[7] in "3478" else "19", text[:2], text[2:4], text[4:6])


def is_finnish(text: str) -> bool:
    """Tell whether a text is a Finnish personal code: a date, and a sign by 31."""
    sign = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[7:10]) % 31]
    return sign == text[10] and _is_date("20", text[4:6], text[2:4], text[:2])


def is_curp(text: str) -> bool:
    """Tell whether a text is a Mexican CURP: a date, and the check digit of its places."""
    values = ["0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ".index(each) for each in text[:17]]
    total = sum(each * (18 - place) for place, each in enumerate(values))
    return -total % 10 == int(text[17]) and _is_date("20", text[4:6], text[6:8], text[8:10])


def is_hong_kong(text: str) -> bool:
    """Tell whether a text is a Hong Kong identity number: its sum goes by 11."""
    plain = text.replace("(", "").replace(")", "").rjust(9)
    values = [36 if each == " " else int(each, 36) for each in plain]
    return sum(each * (9 - place) for place, each in enumerate(values)) % 11 == 0


def is_taiwanese(text: str) -> bool:
    """Tell whether a text is a Taiwanese identity number: its sum goes by 10."""
    area = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(text[0]) + 10
    return (area // 10 + weighed(f"{area % 10}{text[1:]}", (9, 8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def is_pesel(text: str) -> bool:
    """Tell whether eleven digits are a Polish PESEL: a date, whose month tells the century, and a check digit."""
    month = f"{int(text[2:4]) % 20:02}"
    return weighed(text, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0 and _is_date("20", text[:2], month, text[4:6])


def is_bsn(text: str) -> bool:
    """Tell whether nine digits are a Dutch BSN: its sum goes by 11."""
    return len(set(text)) > 1 and weighed(digits(text), (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def is_tfn(text: str) -> bool:
    """Tell whether nine digits are an Australian tax file number: its sum goes by 11."""
    return weighed(digits(text), (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def is_nhs(text: str) -> bool:
    """Tell whether ten digits are a number of the NHS: its sum goes by 11."""
    return weighed(digits(text), (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def is_sin(text: str) -> bool:
    """Tell whether nine digits are a Canadian social insurance number: Luhn's checksum."""
    return len(set(digits(text))) > 1 and luhn(digits(text))


def is_swedish(text: str) -> bool:
    """Tell whether a text is a Swedish personal number: a date, of which 60 may be added to the day, and Luhn's sum."""
    plain = digits(text)[-10:]
    return luhn(plain) and _is_date("20", plain[:2], plain[2:4], f"{int(plain[4:6]) % 60:02}")


def is_belgian(text: str) -> bool:
    """Tell whether eleven digits are a Belgian national number: its key makes it up to 97."""
    plain = digits(text)
    return int(plain[9:]) in (97 - int(plain[:9]) % 97, 97 - int(f"2{plain[:9]}") % 97)


def weighed(plain: str, weights: Sequence[int]) -> int:
    """Return the sum of digits, each times its weight."""
    return sum(int(each) * weight for each, weight in zip(plain, weights, strict=True))


def _is_date(century: str, year: str, month: str, day: str) -> bool:
    try:
        return date(int(century + year), int(month), int(day)).year >= 1900
    except ValueError:
        return False
