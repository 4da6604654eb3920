"""Values that identify a person wherever they stand: mails, phones, accounts, cards, national ids.

Values are recognised by how they are written, whatever the column is called, and with caution: a
column needs nine tenths of its distinct values of one pattern. Of random digits 9 % pass a test
modulo 11 and 10 % a Luhn test, so that nine tenths never do. What has no check digit must have
what such a value is written with: an at sign, a plus, separators. Plain digits are never a phone
number, and so no column of amounts or ages is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reidaudit.data.check_digits import (
    IBAN_LENGTHS,
    is_bsn,
    is_card,
    is_codice_fiscale,
    is_dni,
    is_german_tax_id,
    is_iban,
    is_nhs_number,
    is_nir,
    is_personnummer,
    is_pesel,
    is_phone,
)

OTHERS_ONE_IN = 10
"""At most one distinct value in this many may be of no pattern, or of another one."""
FEWEST_VALUES = 20
"""Distinct values below which nothing is recognised."""
MOST_IN_TEXT = 8
"""Identifiers of one text that are looked up; a longer list is hardly about one person."""
SEPARATORS = str.maketrans("", "", " \u00a0.-/+")
PHONE_SEPARATORS = str.maketrans("", "", " \u00a0.-/()")


@dataclass(frozen=True)
class Pattern:
    """One way in which a value identifies a person.

    Attributes
    ----------
    name : str
        Stable; it is part of the names of outcomes.
    words : str
        What such values are, in plain words.
    shape : re.Pattern
        How a value is written, in capitals where it has letters.
    spell : callable
        Turns a value as it is written into the one spelling by which it is known.
    holds : callable
        Whether a value in that spelling keeps the rules of its standard.
    hint : re.Pattern or None
        What every text holds in which there is such a value, and few others: it is quickly found.
        None where values are not looked for inside longer texts.
    """

    name: str
    words: str
    shape: re.Pattern[str]
    spell: Callable[[str], str]
    holds: Callable[[str], bool]
    hint: re.Pattern[str] | None = None

    def read(self, text: str) -> str | None:
        """Return a text that is such a value, in its one spelling, else None."""
        capitals = text.upper()
        return self._checked(capitals) if self.shape.fullmatch(capitals) else None

    def find(self, text: str) -> list[str]:
        """Return the first `MOST_IN_TEXT` distinct values inside a text, in their one spelling."""
        if self.hint is None or not self.hint.search(text):
            return []
        found = (self._checked(match[0]) for match in self.shape.finditer(text))
        return list(dict.fromkeys(value for value in found if value is not None))[:MOST_IN_TEXT]

    def _checked(self, written: str) -> str | None:
        value = self.spell(written)
        return value if self.holds(value) else None


def pattern_of(values: Sequence[str]) -> Pattern | None:
    """Return the first pattern that nearly all of some distinct values have, if there is one.

    Parameters
    ----------
    values : sequence of str
        Fewer than `FEWEST_VALUES` never have one, nor do values of which more than one in
        `OTHERS_ONE_IN` cannot be read.
    """
    for pattern in PATTERNS:
        if nearly_all(map(pattern.read, values), len(values)):
            return pattern
    return None


def nearly_all(readings: Iterable[object], count: int) -> bool:
    """Tell whether enough of so many readings are there; stops as soon as it cannot be."""
    misses = 0
    for reading in readings:
        misses += not reading
        if misses > count // OTHERS_ONE_IN:
            return False
    return count >= FEWEST_VALUES


# --- the one spelling of a value ---------------------------------------------------------------


def _bare(written: str) -> str:
    return written.translate(SEPARATORS)


def _as_iban(written: str) -> str:
    """Leave out words in capitals that follow in a text and look like more of the number."""
    iban, length = "", IBAN_LENGTHS.get(written[:2])
    for group in written.split(" "):
        iban += group
        if len(iban) == length:
            break
    return iban


def _without_century(written: str) -> str:
    return _bare(written)[-10:]


def _as_dialled(written: str) -> str:
    """The zero in ``+44 (0)20`` is not dialled, and 00 means a plus."""
    number = written.replace("(0)", "").translate(PHONE_SEPARATORS)
    return f"+{number[2:]}" if number.startswith("00") else number


# --- the patterns ------------------------------------------------------------------------------

_GAP = r"(?:[ \u00a0]?[/-][ \u00a0]?|[ \u00a0.])"
_PHONE = (
    # none begins inside another number or one of its groups, unless by a plus, and none is a date
    r"(?<![.,/+-])(?:(?=\+)|(?<!\d[ \u00a0]))(?!\d\d([ ./-])\d\d\1\d{4})(?:"
    r"\+[1-9]\d{6,14}"
    rf"|(?:\+|00)[1-9]\d{{0,5}}(?:{_GAP}\d{{1,10}}|{_GAP}?\(\d{{1,5}}\){_GAP}?\d{{2,10}})"
    rf"(?:{_GAP}\d{{2,10}}){{0,4}}"
    # North America: area code and exchange begin with 2 to 9
    rf"|(?:1{_GAP})?(?:\([2-9]\d\d\)[ .-]?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{{4}}"
    # elsewhere: only where a zero is dialled before the area code; 612 345 678 may be an amount
    rf"|(?:0[1-9]\d{{0,4}}{_GAP}|\(0[1-9]\d{{0,4}}\){_GAP}?)\d{{2,8}}(?:{_GAP}\d{{2,8}}){{0,3}}"
    r")(?!:|[.,]\d)"
)
"""After ITU-T E.123, which says how numbers are written down."""
_MAIL = r"(?<!\+)\w[\w.+%&'-]{0,63}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}"
"""RFC 5321, section 4.1.2, without quoted local parts and addresses in brackets."""
_SSN = r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}"
"""Social Security Administration, POMS RM 10201.035; it has no check digit."""
_IBAN = r"[A-Z]{2}\d\d(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?"
_NIR = r"[12378] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d"
_CODICE_FISCALE = r"[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPR-T][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]"
"""Where two people had the same code, letters L to V stand for digits."""
_NHS_NUMBER = r"(?:3[2-9]|[4679]\d)\d[ -]?\d{3}[ -]?\d{4}"
"""Ranges in use or for tests; most of the rest could be ISBNs, which have the same check."""


def _pattern(
    name: str,
    words: str,
    shape: str,
    holds: Callable[[str], bool],
    spell: Callable[[str], str] = _bare,
    hint: str | None = None,
) -> Pattern:
    alone = re.compile(rf"(?<!\w)(?:{shape})(?!\w)")
    return Pattern(name, words, alone, spell, holds, None if hint is None else re.compile(hint))


PATTERNS = (
    _pattern("iban", "IBANs", _IBAN, is_iban, _as_iban, r"[A-Z]{2}\d\d ?[A-Z\d]{4}"),
    _pattern("card", "payment card numbers", r"\d(?:[ -]?\d){12,18}", is_card),
    _pattern("nir", "French social security numbers", _NIR, is_nir),
    _pattern("codice_fiscale", "Italian tax codes", _CODICE_FISCALE, is_codice_fiscale),
    _pattern(
        "german_tax_id",
        "German tax numbers",
        r"[1-9]\d ?\d{3} ?\d{3} ?\d{3}",
        is_german_tax_id,
    ),
    _pattern("pesel", "Polish PESEL numbers", r"\d{11}", is_pesel),
    _pattern("dni", "Spanish identity numbers", r"(?:\d{8}|[XYZ]-?\d{7})-?[A-Z]", is_dni),
    _pattern(
        "personnummer",
        "Swedish personal identity numbers",
        r"(?:18|19|20)?\d{6}[+-]?\d{4}",
        is_personnummer,
        _without_century,
    ),
    _pattern("nhs_number", "NHS numbers", _NHS_NUMBER, is_nhs_number),
    _pattern("bsn", "Dutch citizen service numbers", r"\d{9}|\d{4}\.\d\d\.\d{3}", is_bsn),
    _pattern("ssn", "US social security numbers", _SSN, bool),
    _pattern("mail", "mail addresses", _MAIL, bool, str.casefold, "@"),
    _pattern(
        "phone", "phone numbers", _PHONE, is_phone, _as_dialled, r"[+(0-9][0-9 \u00a0./()-]{7}"
    ),
)
"""Numbers with check digits come first: what passes them is nothing else."""
