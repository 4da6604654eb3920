"""The distinct values of one column of one table: whatever is found out is found out once each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from reidaudit.data.cells import text_of_number
from reidaudit.data.column import Places, RawColumn, Values
from reidaudit.data.spelling import (
    FloatArray,
    booleans_in,
    canonical_text,
    numbers_in,
    seconds_in,
    text_of_seconds,
)

CodeArray = npt.NDArray[np.signedinteger[Any]]
"""Codes of values, 32 bits each, as no table of millions of rows has more; or counts and rows."""

MOST_SPELLINGS = 20
"""A column with more distinct values than there are spellings of true and false is not boolean."""


@dataclass(frozen=True)
class Distinct:
    """The distinct values of a column, read as numbers, moments and booleans as far as each goes.

    ``places`` (signed, shape (rows,)) says which of the distinct ``values`` stands in each row, -1
    for missing. Every reading is float64 with one entry for each distinct value, NaN where the
    value cannot be read so.
    """

    places: Places
    values: Values

    @classmethod
    def of(cls, part: RawColumn) -> Distinct:
        """Take over the distinct values of a column."""
        return cls(part.places, part.values)

    @cached_property
    def counts(self) -> CodeArray:
        """How many rows have each value."""
        present = self.places[self.places >= 0]
        return np.bincount(present, minlength=len(self.values)).astype(np.int64)

    @cached_property
    def numbers(self) -> FloatArray:
        """The values as numbers."""
        return self._numbers(codes_too=False)

    @cached_property
    def numbers_and_codes(self) -> FloatArray:
        """The values as numbers, those included that look like codes written in digits."""
        return self._numbers(codes_too=True)

    @cached_property
    def seconds(self) -> FloatArray:
        """The values as moments, in seconds since 1970."""
        if self._is_text:
            return seconds_in(self.values)
        if self.values.dtype.kind == "M":
            return self.values.astype("datetime64[us]").astype(np.int64) / 1e6
        return self._unread()

    @cached_property
    def booleans(self) -> FloatArray:
        """The values as 1 for true and 0 for false."""
        if len(self.values) > MOST_SPELLINGS:
            return self._unread()
        zeros_and_ones = np.where(np.isin(self.numbers, [0.0, 1.0]), self.numbers, np.nan)
        if not self._is_text:
            return zeros_and_ones
        return np.where(np.isnan(zeros_and_ones), booleans_in(self.values), zeros_and_ones)

    @cached_property
    def texts(self) -> list[str]:
        """The texts by which the values are known among categories."""
        if self._is_text:
            readings = zip(self.values, self.numbers.tolist(), self.seconds.tolist(), strict=True)
            return [canonical_text(*reading) for reading in readings]
        if self.values.dtype.kind == "M":
            return [text_of_seconds(moment) for moment in self.seconds.tolist()]
        return [text_of_number(number) for number in self.numbers.tolist()]

    @property
    def _is_text(self) -> bool:
        return self.values.dtype.kind == "O"

    def _numbers(self, *, codes_too: bool) -> FloatArray:
        if self._is_text:
            return numbers_in(self.values, codes_too=codes_too)
        return self.values if self.values.dtype.kind == "f" else self._unread()

    def _unread(self) -> FloatArray:
        return np.full(len(self.values), np.nan)
