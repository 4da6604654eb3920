"""How numbers, dates and booleans are spelled in text.

The rules are ours and not a library's, so that a value means the same in every table, whichever
library or version read it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from reidaudit.data.cells import LARGEST_EXACT_INTEGER, text_of_number

FloatArray = npt.NDArray[np.float64]

NUMBER = re.compile(
    r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?", re.ASCII | re.IGNORECASE
)
PLAIN_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d{0,14})(?:\.\d*)?", re.ASCII)
"""Numbers as nearly all are written, which cannot be codes: one glance is enough."""
INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
LEADING_ZERO = re.compile(r"[+-]?0\d", re.ASCII)
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BOOLEANS = {"true": 1.0, "false": 0.0}


def numbers_in(words: Iterable[str], *, codes_too: bool = False) -> FloatArray:
    """Read words as numbers; NaN where a word is none.

    Parameters
    ----------
    words : iterable of str
        Trimmed texts.
    codes_too : bool
        Also read what is written in digits but more likely a code: leading zeros (a postcode), and
        numbers that would run together as floats: integers above 2**53, exponents above 308.
    """
    return np.array([_number(word, codes_too) for word in words], dtype=np.float64)


def seconds_in(words: Iterable[str]) -> FloatArray:
    """Read words as ISO 8601 dates in UTC, in seconds since 1970; NaN where a word is none."""
    dates = [_date(word) for word in words]
    return np.array([np.nan if date is None else _seconds(date) for date in dates])


def booleans_in(words: Iterable[str]) -> FloatArray:
    """Read words as 1 for true and 0 for false; NaN where a word is neither."""
    return np.array([BOOLEANS.get(word.lower(), np.nan) for word in words])


def canonical_text(word: str, number: float, seconds: float) -> str:
    """Return the one text by which a value is known among categories.

    So ``1``, ``1.0`` and ``1.00`` are one category, and so are two spellings of a moment. Words
    with letters stay as they are: ``1e5`` may be a hexadecimal code.
    """
    if number == number and word.lower() == word.upper():
        return text_of_number(number)
    return text_of_seconds(seconds) if seconds == seconds else word


def text_of_seconds(seconds: float) -> str:
    """Return the one text by which a moment is known."""
    try:
        moment = EPOCH + timedelta(microseconds=round(seconds * 1e6))
    except OverflowError:
        return f"{text_of_number(seconds)} s"
    return moment.replace(tzinfo=None).isoformat()


def _number(word: str, codes_too: bool) -> float:
    if PLAIN_NUMBER.fullmatch(word):
        return float(word)
    if not NUMBER.fullmatch(word) or (_is_code(word) and not codes_too):
        return np.nan
    return float(word)


def _is_code(word: str) -> bool:
    if INTEGER.fullmatch(word) and abs(int(word)) > LARGEST_EXACT_INTEGER:
        return True
    is_infinite = math.isinf(float(word)) and any(letter.isdigit() for letter in word)
    return is_infinite or LEADING_ZERO.match(word) is not None


def _date(word: str) -> datetime | None:
    if not ISO_DATE.fullmatch(word):
        return None
    try:
        date = datetime.fromisoformat(word)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _seconds(date: datetime) -> float:
    return (date - EPOCH) // timedelta(microseconds=1) / 1e6
