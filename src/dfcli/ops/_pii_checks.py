"""Whether what looks like a number of a person or a bank is one: checksums and rules of those who give them out."""

from __future__ import annotations

import hashlib
from datetime import date
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from math import log2

_IBANS = """
:
AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DK:18 DO:28
EE:20 EG:29 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26
IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30
NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 SA:24 SC:31 SE:24 SI:19 SK:24 SM:27 ST:25 SV:28 TL:23
TN:24 TR:26 UA:29 VA:22 VG:24 XK:20
"""
_IBAN_LENGTHS = dict(each.split(":") for each in _IBANS.split())
"""Characters of an account number by country (the IBAN registry of SWIFT)."""

_CARDS = "4 51 52 53 54 55 22 23 24 25 26 27 34 37 6011 64 65 62 35 30 36 38 39 1800 2131 50 56 57 58 63 67"
_CARD_STARTS = tuple(_CARDS.split())
_TIMES = (
    *((0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6)),
    *((3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1)),
    *((6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4)),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
"""Verhoeff's table of products in the dihedral group of order 10, and his permutation (1969)."""

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_FISCAL_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def digits(text: str) -> str:
    """Return the digits of a text."""
    return "".join(each for each in text if "0" <= each <= "9")


def is_card(text: str) -> bool:
    """Tell whether 13 to 19 digits are a payment card: a start that issuers use, and Luhn's checksum."""
    plain = digits(text)
    return 13 <= len(plain) <= 19 and plain.startswith(_CARD_STARTS) and len(set(plain)) > 1 and _luhn(plain)


def _luhn(plain: str) -> bool:
    doubled = (int(each) * (2 if place % 2 else 1) for place, each in enumerate(reversed(plain)))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def iban_length(country: str) -> int:
    """Return how many characters account numbers of a country have, 0 where there are none."""
    return int(_IBAN_LENGTHS.get(country, 0))


def is_iban(text: str) -> bool:
    """Tell whether a text is an account number: its country's length, and the remainder 1 by 97 (ISO 13616)."""
    plain = text.replace(" ", "")
    if len(plain) != iban_length(plain[:2]) or not plain.isalnum():
        return False
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


def is_ip(text: str) -> bool:
    """Tell whether a text is an address of a machine, version 4 or 6."""
    try:
        return bool(IPv6Address(text) if ":" in text else IPv4Address(text))
    except AddressValueError:
        return False


def is_us_ssn(text: str) -> bool:
    """Tell whether nine digits can be a US social security number: no part of zeros, no area 666 or from 900."""
    plain = digits(text)
    return plain[:3] not in ("000", "666") and plain[0] != "9" and plain[3:5] != "00" and plain[5:] != "0000"


def is_chinese_id(text: str) -> bool:
    """Tell whether 18 characters are a Chinese resident identity number: a date and the checksum of GB 11643."""
    total = sum(int(each) * (2 ** (17 - place) % 11) for place, each in enumerate(text[:17]))
    return _is_date(text[6:10], text[10:12], text[12:14]) and "10X98765432"[total % 11] == text[17].upper()


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


def is_coin_address(text: str) -> bool:
    """Tell whether a text is an address of a cryptocurrency: Base58Check, Bech32 (BIP 173, 350), or Ethereum's hex."""
    if text.startswith("0x"):
        return True
    return _bech32(text.lower()) if text[:3].lower() == "bc1" else _base58(text)


def _base58(text: str) -> bool:
    number = 0
    for each in text:
        number = number * 58 + _BASE58.index(each)
    raw = number.to_bytes(40, "big")[-25:]
    return hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:]


def _bech32(text: str) -> bool:
    values = [3, 3, 0, 2, 3, *(_BECH32.index(each) for each in text[3:])]
    check = 1
    for each in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ each
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)


def is_random(text: str) -> bool:
    """Tell whether a text looks drawn by chance: 3 bits a character, and letters with digits or signs."""
    shares = [text.count(each) / len(text) for each in set(text)]
    kinds = (any(map(str.isalpha, text)), any(map(str.isdigit, text)) or any(not each.isalnum() for each in text))
    return all(kinds) and -sum(each * log2(each) for each in shares) >= 3


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        return date(int(year), int(month), int(day)).year >= 1900
    except ValueError:
        return False
