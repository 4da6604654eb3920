"""The rules by which numbers of people, accounts and cards are told from other digits.

Every function takes a number without separators, in capitals and of the right shape, as
`reidaudit.data.patterns` makes sure, and says whether it keeps the rules of its standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|(?:5[0-8]|2[2-7])\d{14}|3[47]\d{13}|3[0689]\d{12}|35\d{14}|6\d{15,18}"
)
"""Prefixes and lengths of the payment schemes, so that no IMEI (35, 15 digits) is a card."""
IBAN_REGISTRY = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
    "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 "
    "IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 "
    "MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 "
    "SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)
"""Country and length, of the IBAN registry of SWIFT, the registration authority of ISO 13616."""
IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in IBAN_REGISTRY.split()}
DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
FISCAL_ODD = (
    *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18),
    *(20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
)
"""What letters A to Z, and digits 0 to 9 likewise, count at odd places of a codice fiscale."""


def is_iban(iban: str) -> bool:
    """ISO 13616-1: the length of its country, and 1 modulo 97 (ISO/IEC 7064 MOD 97-10)."""
    if len(iban) != IBAN_LENGTHS.get(iban[:2]):
        return False
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def is_card(number: str) -> bool:
    """ISO/IEC 7812-1: a payment card's prefix and length, and the Luhn digit of its annex B."""
    return CARD.fullmatch(number) is not None and has_luhn_digit(number)


def is_nhs_number(number: str) -> bool:
    """NHS Data Dictionary, "NHS number": weights 10 to 2, check digit modulo 11."""
    return _weighted(number, range(10, 0, -1)) % 11 == 0


def is_bsn(number: str) -> bool:
    """The Dutch eleven-test of the RvIG: weights 9 to 2, and -1 for the last digit."""
    return number.strip("0") != "" and _weighted(number, (*range(9, 1, -1), -1)) % 11 == 0


def is_nir(number: str) -> bool:
    """INSEE, for the French NIR: a key modulo 97; Corsica's 2A and 2B count as 19 and 18."""
    body = number[:13].replace("2A", "19").replace("2B", "18")
    return int(body) % 97 == 97 - int(number[13:])


def is_dni(number: str) -> bool:
    """Real Decreto 1553/2005: a letter modulo 23; X, Y and Z of a NIE count as 0, 1 and 2."""
    body = number[:-1].translate(str.maketrans("XYZ", "012"))
    return DNI_LETTERS[int(body) % 23] == number[-1]


def is_personnummer(number: str) -> bool:
    """Skatteverket SKV 704, ten digits: a date, its day + 60 for coordination numbers; Luhn."""
    return _is_day(int(number[2:4]), int(number[4:6]) % 60) and has_luhn_digit(number)


def is_german_tax_id(number: str) -> bool:
    """Section 139b AO and the BZSt's rules: ISO/IEC 7064 MOD 11,10.

    Exactly one digit stands twice or three times among the first ten.
    """
    most = max(number[:10].count(digit) for digit in number[:10])
    if most not in (2, 3) or len(set(number[:10])) != 11 - most:
        return False
    product = 10
    for digit in number[:10]:
        product = 2 * ((product + int(digit)) % 10 or 10) % 11
    return (product + int(number[10])) % 10 == 1


def is_pesel(number: str) -> bool:
    """Polish act on population records of 2010: a date, its century in the month; modulo 10."""
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    is_day = _is_day(int(number[2:4]) % 20, int(number[4:6]))
    return is_day and _weighted(number, weights) % 10 == 0


def is_codice_fiscale(code: str) -> bool:
    """Italian ministerial decree of 23 December 1976, no. 13813: a check letter modulo 26."""
    counts = [int(letter) if letter.isdigit() else ord(letter) - ord("A") for letter in code]
    total = sum(FISCAL_ODD[count] for count in counts[0:15:2]) + sum(counts[1:15:2])
    return total % 26 == counts[15]


def is_phone(number: str) -> bool:
    """ITU-T E.164: at most 15 digits after the plus; in national notation 9 to 11."""
    digits = len(number.lstrip("+"))
    return 8 <= digits <= 15 if number.startswith("+") else 9 <= digits <= 11


def has_luhn_digit(number: str) -> bool:
    """ISO/IEC 7812-1, annex B: every second digit from the right is doubled; 0 modulo 10."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (doubled + sum(map(int, number[-1::-2]))) % 10 == 0


def _weighted(number: str, weights: Iterable[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31
