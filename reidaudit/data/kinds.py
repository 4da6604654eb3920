"""Decide what a column is, looking at all tables together, and give every value a code.

A kind holds for the column of all tables or for none. A column is a number only if every value in
every table is one; a code column with one stray letter is a category everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reidaudit.data.read import LARGEST_EXACT_INTEGER, RawColumn
from reidaudit.vocabulary import Kind

FloatArray = npt.NDArray[np.float64]
CodeArray = npt.NDArray[np.int64]

TRUE_WORDS = frozenset({"true", "1", "1.0"})
FALSE_WORDS = frozenset({"false", "0", "0.0"})
ISO_DATE = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?"
LEADING_ZERO = r"-?0\d+"
WORDS_IN_TEXT = 4
SHARE_ALIKE = 0.9
SHARE_UNLIKE = 0.5


@dataclass(frozen=True)
class ParsedColumn:
    """One column of all tables, end to end in the order the tables were given.

    ``codes`` are equal exactly where the canonical values are equal; -1 is missing.
    ``numbers`` (float64, NaN where missing) exist for numeric and datetime columns.
    """

    kind: Kind
    codes: CodeArray
    numbers: FloatArray | None
    disagreement: str | None = None


class NotOfKindError(ValueError):
    """A declared kind that the values of one table do not have; ``table`` is its position."""

    def __init__(self, table: int, count: int) -> None:
        super().__init__(f"{count} values of table {table} do not have the declared kind")
        self.table = table
        self.count = count


def parse_column(parts: list[RawColumn], declared: Kind | None = None) -> ParsedColumn:
    """Settle kind, codes and numbers of one column.

    Parameters
    ----------
    parts : list of arrays
        The column in each table, as `reidaudit.data.read` gives it.
    declared : Kind, optional
        The kind that a person has declared; it is not questioned, but it must be possible.

    Raises
    ------
    NotOfKindError
        If a value cannot be read as the declared kind.
    """
    reading = _Reading(parts)
    if declared is None:
        kind, disagreement = reading.infer()
    else:
        kind, disagreement = declared, None
        reading.insist(kind)
    if kind in (Kind.NUMERIC, Kind.DATETIME):
        numbers = reading.numbers if kind is Kind.NUMERIC else reading.seconds
        return ParsedColumn(kind, _codes_of_numbers(numbers), numbers, disagreement)
    if kind is Kind.BOOLEAN:
        return ParsedColumn(kind, reading.boolean_codes(), None, disagreement)
    return ParsedColumn(kind, reading.text_codes, None, disagreement)


class _Reading:
    """One column of all tables, read as numbers, dates and words as far as each goes."""

    def __init__(self, parts: list[RawColumn]) -> None:
        self.table = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        self.missing = np.concatenate([pd.isna(part) for part in parts])
        self.numbers = np.concatenate([_numbers_of(part) for part in parts])
        self.seconds = np.concatenate([_seconds_of(part) for part in parts])
        texts = np.concatenate([_texts_of(part) for part in parts])
        codes, words = pd.factorize(texts, use_na_sentinel=True)
        self.text_codes: CodeArray = codes.astype(np.int64)
        self.words: list[str] = [str(word) for word in words]

    def infer(self) -> tuple[Kind, str | None]:
        if self.missing.all():
            return Kind.CATEGORICAL, None
        if {word.lower() for word in self.words} <= TRUE_WORDS | FALSE_WORDS:
            return Kind.BOOLEAN, None
        for kind, values in ((Kind.NUMERIC, self.numbers), (Kind.DATETIME, self.seconds)):
            shares = self._shares_read(values)
            if min(shares) == 1.0:
                return kind, None
            if max(shares) >= SHARE_ALIKE and min(shares) < SHARE_UNLIKE:
                noun = "numbers" if kind is Kind.NUMERIC else "dates"
                return self._words_or_text(), f"holds {noun} in one table and words in another"
        return self._words_or_text(), None

    def insist(self, kind: Kind) -> None:
        if kind is Kind.NUMERIC:
            wrong = ~self.missing & np.isnan(self.numbers)
        elif kind is Kind.DATETIME:
            wrong = ~self.missing & np.isnan(self.seconds)
        elif kind is Kind.BOOLEAN:
            wrong = ~self.missing & (self.boolean_codes() < 0)
        else:
            return
        if wrong.any():
            table = int(self.table[wrong][0])
            raise NotOfKindError(table, int((wrong & (self.table == table)).sum()))

    def boolean_codes(self) -> CodeArray:
        lookup = np.array(
            [1 if w.lower() in TRUE_WORDS else 0 if w.lower() in FALSE_WORDS else -1
             for w in self.words] + [-1]
        )  # fmt: skip
        return lookup[self.text_codes].astype(np.int64)

    def _shares_read(self, values: FloatArray) -> list[float]:
        present = ~self.missing
        read = present & ~np.isnan(values)
        counts = np.bincount(self.table[present], minlength=int(self.table.max()) + 1)
        hits = np.bincount(self.table[read], minlength=len(counts))
        return [float(hit / count) for hit, count in zip(hits, counts, strict=True) if count]

    def _words_or_text(self) -> Kind:
        spaces = np.array([word.count(" ") for word in self.words])
        return Kind.TEXT if spaces.mean() >= WORDS_IN_TEXT - 1 else Kind.CATEGORICAL


def _numbers_of(part: RawColumn) -> FloatArray:
    if part.dtype.kind == "f":
        return part.astype(np.float64)
    if part.dtype.kind == "M":
        return np.full(len(part), np.nan)
    codes, words = pd.factorize(part, use_na_sentinel=True)
    series = pd.Series(words, dtype=object).astype(str)
    numbers = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, copy=True)
    # a postcode 01234 is a code, and integers beyond 2**53 would run together as floats
    not_a_number = series.str.fullmatch(LEADING_ZERO).to_numpy(dtype=bool) | (
        series.str.fullmatch(r"[+-]?\d+").to_numpy(dtype=bool)
        & (np.abs(numbers) > LARGEST_EXACT_INTEGER)
    )
    numbers[not_a_number] = np.nan
    return np.append(numbers, np.nan)[codes]


def _seconds_of(part: RawColumn) -> FloatArray:
    if part.dtype.kind == "f":
        return np.full(len(part), np.nan)
    if part.dtype.kind == "M":
        return _seconds_since_1970(part)
    codes, words = pd.factorize(part, use_na_sentinel=True)
    series = pd.Series(words, dtype=object).astype(str)
    looks_iso = series.str.fullmatch(ISO_DATE).to_numpy(dtype=bool)
    seconds = np.full(len(series), np.nan)
    if looks_iso.any():
        dates = pd.to_datetime(series[looks_iso], format="ISO8601", utc=True, errors="coerce")
        seconds[looks_iso] = _seconds_since_1970(dates.dt.tz_localize(None).to_numpy())
    return np.append(seconds, np.nan)[codes]


def _seconds_since_1970(dates: npt.NDArray[Any]) -> FloatArray:
    seconds = dates.astype("datetime64[us]").astype(np.int64) / 1e6
    return np.where(np.isnat(dates), np.nan, seconds)


def _texts_of(part: RawColumn) -> npt.NDArray[np.object_]:
    if part.dtype.kind == "O":
        return part
    texts = np.empty(len(part), dtype=object)
    present = ~pd.isna(part)
    if part.dtype.kind == "f":
        texts[present] = [
            str(int(value)) if float(value).is_integer() else repr(float(value))
            for value in part[present]
        ]
    else:
        texts[present] = [pd.Timestamp(value).isoformat() for value in part[present]]
    return texts


def _codes_of_numbers(numbers: FloatArray) -> CodeArray:
    # adding 0.0 turns -0.0 into 0.0, which are equal numbers with different bits
    codes, _ = pd.factorize(numbers + 0.0, use_na_sentinel=True)
    return codes.astype(np.int64)


def looks_like(pattern: str, words: pd.Series[str]) -> float:
    """Share of the given texts that match the whole pattern, in [0, 1]."""
    return float(words.str.fullmatch(pattern, flags=re.IGNORECASE).mean()) if len(words) else 0.0
