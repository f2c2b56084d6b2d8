"""Whether what looks like a number of a person or a bank is one: checksums and rules of those who give them out."""

from __future__ import annotations

import hashlib
import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from math import log2

_IBANS = """
AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DK:18 DO:28
EE:20 EG:29 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26
IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30
NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 SA:24 SC:31 SE:24 SI:19 SK:24 SM:27 ST:25 SV:28 TL:23
TN:24 TR:26 UA:29 VA:22 VG:24 XK:20 BI:27 DJ:27 FK:18 HN:28 MN:20 NI:28 OM:23 RU:33 SD:18 SO:23 YE:30
"""
_IBAN_LENGTHS = dict(each.split(":") for each in _IBANS.split())
"""Characters of an account number by country (the IBAN registry of SWIFT)."""

_CARDS = "4 51 52 53 54 55 22 23 24 25 26 27 34 37 6011 64 65 62 35 30 36 38 39 1800 2131 50 56 57 58 63 67"
_CARD_STARTS = tuple(_CARDS.split())
_NO_VALUE = r"[$%{<*.\[]|https?:|os\.|process\.|env\b|your|example|x{4}"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def digits(text: str) -> str:
    """Return the digits of a text."""
    return "".join(each for each in text if "0" <= each <= "9")


def is_card(text: str) -> bool:
    """Tell whether 13 to 19 digits are a payment card: a start that issuers use, and Luhn's checksum."""
    plain = digits(text)
    return 13 <= len(plain) <= 19 and plain.startswith(_CARD_STARTS) and len(set(plain)) > 1 and luhn(plain)


def is_short_card(text: str) -> bool:
    """Tell whether twelve digits can be a Maestro card, the shortest there is: Luhn's checksum."""
    return len(set(text)) > 1 and luhn(text)


def luhn(plain: str) -> bool:
    """Tell whether digits end in the check digit of Luhn (ISO 7812)."""
    doubled = (int(each) * (2 if place % 2 else 1) for place, each in enumerate(reversed(plain)))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def iban_length(country: str) -> int:
    """Return how many characters account numbers of a country have, 0 where there are none."""
    return int(_IBAN_LENGTHS.get(country, 0))


def is_iban(text: str) -> bool:
    """Tell whether a text is an account number: its country's length, and the remainder 1 by 97 (ISO 13616)."""
    plain = text.replace(" ", "").replace("-", "")
    if len(plain) != iban_length(plain[:2]) or not plain.isalnum():
        return False
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


def is_ip(text: str) -> bool:
    """Tell whether a text is an address of a machine, version 4 or 6."""
    try:
        return bool(IPv6Address(text) if ":" in text else IPv4Address(text))
    except AddressValueError:
        return False


def is_public_ip(text: str) -> bool:
    """Tell whether an address leads to a machine in the public network, by the registries of IANA."""
    return ip_address(text).is_global


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
    """Tell whether a value looks drawn by chance: 3 bits a character, and letters with digits or odd signs.

    What only stands for a value is none: a variable, a template's gap, an address, stars.
    """
    if re.match(rf"{_NO_VALUE}|[\w.+-]+@[\w.-]+\.[a-z]{{2,24}}$", text, re.I):
        return False
    odd = any(each.isdigit() or each in "!@#$%^&*+=?~" for each in text)
    return odd and any(map(str.isalpha, text)) and entropy(text) >= 3


def is_token(text: str) -> bool:
    """Tell whether what starts like a token goes on like one: 2 bits a character, a digit or capitals alone."""
    return (text.isupper() or any(map(str.isdigit, text))) and entropy(text) >= 2


def entropy(text: str) -> float:
    """Return how many bits a character of a text has by the shares of its different characters."""
    shares = [text.count(each) / len(text) for each in set(text)]
    return -sum(each * log2(each) for each in shares)
