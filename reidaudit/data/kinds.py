"""Decide what a column is, looking at all tables together, and give every value a code.

A kind holds for the column of all tables or for none. A column is a number only if every value in
every table is one; a code column with one stray letter is a category everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from reidaudit.data.column import RawColumn
from reidaudit.data.distinct import CodeArray, Distinct
from reidaudit.data.spelling import FloatArray
from reidaudit.vocabulary import Kind

__all__ = ["CodeArray", "FloatArray", "NotOfKindError", "ParsedColumn", "parse_column"]

T = TypeVar("T", np.int32, np.float64)

WORDS_IN_TEXT = 4
SHARE_ALIKE = 0.9
SHARE_UNLIKE = 0.5
NOUNS = {Kind.NUMERIC: "numbers", Kind.DATETIME: "dates"}


@dataclass(frozen=True)
class ParsedColumn:
    """One column of all tables, end to end in the order the tables were given.

    ``codes`` are equal exactly where the canonical values are equal; -1 is missing. They follow the
    order of the values: in the order of appearance the members, who come first, would have the low
    codes, and an attack could tell by them who is a member.
    ``numbers`` (float64, NaN where missing) exist for numeric and datetime columns.
    ``disagreement`` says how tables contradict each other, ``strays`` that a few values keep a
    column from being one of numbers or dates.
    """

    kind: Kind
    codes: CodeArray
    numbers: FloatArray | None
    disagreement: str | None = None
    strays: str | None = None


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
    parts : list of RawColumn
        The column in each table, as `reidaudit.data.read` gives it.
    declared : Kind, optional
        The kind that a person has declared; it is not questioned, but it must be possible.

    Raises
    ------
    NotOfKindError
        If a value cannot be read as the declared kind.
    """
    tables = [Distinct.of(part) for part in parts]
    if declared is not None:
        return _as_kind(declared, tables, _insist(declared, tables))
    for kind in (Kind.BOOLEAN, Kind.NUMERIC, Kind.DATETIME):
        readings = _read(kind, tables)
        shares = _shares(tables, readings)
        if shares and min(shares) == 1.0:
            return _as_kind(kind, tables, readings)
    parsed = _as_kind(_words_or_text(tables), tables, [])
    return ParsedColumn(parsed.kind, parsed.codes, None, _disagreement(tables), _strays(tables))


def _as_kind(kind: Kind, tables: list[Distinct], readings: list[FloatArray]) -> ParsedColumn:
    if not readings:
        return ParsedColumn(kind, _joined_codes(tables), None)
    readings = [read + 0.0 for read in readings]  # -0.0 equals 0.0 and has other bits
    levels = pd.factorize(np.concatenate(readings), sort=True)[0].astype(np.int32)
    codes = _of_rows(tables, levels, np.int32(-1))
    if kind is Kind.BOOLEAN:
        return ParsedColumn(kind, codes, None)
    return ParsedColumn(kind, codes, _of_rows(tables, np.concatenate(readings), np.float64(np.nan)))


def _joined_codes(tables: list[Distinct]) -> CodeArray:
    """Number the texts of all tables together; -1 stays -1."""
    texts = np.array([text for table in tables for text in table.texts], dtype=object)
    codes = pd.factorize(texts, sort=True)[0].astype(np.int32)
    return _of_rows(tables, codes, np.int32(-1))


def _of_rows(tables: list[Distinct], of_values: npt.NDArray[T], nothing: T) -> npt.NDArray[T]:
    """Spread what is known of each table's values, end to end, over the rows of all tables."""
    spread = np.empty(sum(len(table.places) for table in tables), dtype=of_values.dtype)
    row = value = 0
    for table in tables:
        own = np.append(of_values[value : value + len(table.values)], nothing)
        np.take(own, table.places, out=spread[row : row + len(table.places)], mode="wrap")
        row, value = row + len(table.places), value + len(table.values)
    return spread


def _read(kind: Kind, tables: list[Distinct]) -> list[FloatArray]:
    """Read all tables as a kind that is measured; no readings for the others."""
    if kind is Kind.NUMERIC:
        return [table.numbers for table in tables]
    if kind is Kind.DATETIME:
        return [table.seconds for table in tables]
    return [table.booleans for table in tables] if kind is Kind.BOOLEAN else []


def _insist(kind: Kind, tables: list[Distinct]) -> list[FloatArray]:
    """Read all tables as the declared kind; a declared number may look like a code."""
    if kind is Kind.NUMERIC:
        readings = [table.numbers_and_codes for table in tables]
    else:
        readings = _read(kind, tables)
    for place, reading in enumerate(readings):
        wrong = int(tables[place].counts[np.isnan(reading)].sum())
        if wrong:
            raise NotOfKindError(place, wrong)
    return readings


def _shares(tables: list[Distinct], readings: list[FloatArray]) -> list[float]:
    """Share of the values that are there and can be read, for each table that has values."""
    return [
        float(table.counts[~np.isnan(reading)].sum() / table.counts.sum())
        for table, reading in zip(tables, readings, strict=True)
        if table.counts.sum()
    ]


def _disagreement(tables: list[Distinct]) -> str | None:
    for kind, noun in NOUNS.items():
        shares = _shares(tables, _read(kind, tables))
        if shares and max(shares) >= SHARE_ALIKE and min(shares) < SHARE_UNLIKE:
            return f"holds {noun} in one table and words in another"
    return None


def _strays(tables: list[Distinct]) -> str | None:
    """What nearly all values are, if a few others keep the column from being that."""
    as_numbers = _shares(tables, [table.numbers_and_codes for table in tables])
    as_dates = _shares(tables, _read(Kind.DATETIME, tables))
    for kind, shares in ((Kind.NUMERIC, as_numbers), (Kind.DATETIME, as_dates)):
        if shares and SHARE_ALIKE <= min(shares) < 1.0:
            return NOUNS[kind]
    return None


def _words_or_text(tables: list[Distinct]) -> Kind:
    words = {text for table in tables for text in table.texts}
    spaces = sum(word.count(" ") for word in words)
    return Kind.TEXT if words and spaces / len(words) >= WORDS_IN_TEXT - 1 else Kind.CATEGORICAL
