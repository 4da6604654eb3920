"""Equality of rows: 64-bit keys that are equal where all canonical values are equal.

Every code of every column draws a random 64-bit number, and a row's key is their sum (Zobrist
hashing: A. Zobrist, A New Hashing Method with Application for Game Playing, 1970). Two different
rows share a key with probability 2**-64, so that for a million rows against a million the chance
of one false match anywhere is below one in ten million. The key of a row without column j is the
sum less that column's number, which makes "all but one column equal" as cheap as "all equal".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from reidaudit.data.kinds import CodeArray

KeyArray = npt.NDArray[np.uint64]
HASH_SEED = 0x5EED


@dataclass(frozen=True)
class RowKeys:
    """Keys of the rows of one table.

    ``whole`` (uint64, shape (n,)) stands for the row. What a column adds to it is looked up when it
    is wanted: ``codes[j]`` are those of column j, and ``numbers[j]`` (uint64) what each of them
    drew, the last one that of -1.
    """

    whole: KeyArray
    codes: Sequence[CodeArray]
    numbers: tuple[KeyArray, ...]

    def part(self, column: int) -> KeyArray:
        """Return what one column adds to the keys of the rows."""
        part: KeyArray = self.numbers[column][self.codes[column]]
        return part

    def without(self, column: int) -> KeyArray:
        """Return the keys of the rows with one column left out."""
        return self.whole - self.part(column)

    def only(self, columns: Sequence[int]) -> KeyArray:
        """Return the keys of the rows with only the given columns."""
        keys = np.zeros(len(self.whole), dtype=np.uint64)
        for column in columns:
            keys += self.part(column)
        return keys

    def first(self, rows: int) -> RowKeys:
        """Return the keys of so many of the first rows."""
        return self.between(0, rows)

    def between(self, start: int, stop: int) -> RowKeys:
        """Return the keys of a run of rows, without copying them."""
        codes = tuple(column[start:stop] for column in self.codes)
        return RowKeys(self.whole[start:stop], codes, self.numbers)

    def followed_by(self, below: KeyArray, codes: Sequence[CodeArray]) -> RowKeys:
        """Return the keys with those of further rows below.

        Parameters
        ----------
        below : uint64 array
            The keys of the further rows.
        codes : sequence of signed integer arrays
            Of all rows, one for each column.
        """
        return RowKeys(np.concatenate([self.whole, below]), codes, self.numbers)


def row_keys(*tables: Sequence[CodeArray]) -> tuple[RowKeys, ...]:
    """Key the rows of several tables that share their columns and codes.

    Parameters
    ----------
    *tables : sequences of signed integer arrays
        One array of codes for each column; -1 is missing, which equals missing.
    """
    numbers = tuple(_draw_numbers(tables))
    return tuple(_keyed(tuple(codes), numbers) for codes in tables)


def _keyed(codes: tuple[CodeArray, ...], numbers: tuple[KeyArray, ...]) -> RowKeys:
    of_nothing = RowKeys(np.zeros(len(codes[0]), dtype=np.uint64), codes, numbers)
    return replace(of_nothing, whole=of_nothing.only(range(len(codes))))


def _draw_numbers(tables: Sequence[Sequence[CodeArray]]) -> Iterator[KeyArray]:
    """Draw a number for every code of each column; the last one is that of -1, missing."""
    rng = np.random.default_rng(HASH_SEED)
    for columns in zip(*tables, strict=True):
        highest = max(int(codes.max(initial=-1)) for codes in columns)
        yield np.roll(rng.integers(0, 2**64, size=highest + 2, dtype=np.uint64), -1)


def stand_in(keys: KeyArray, others: KeyArray) -> npt.NDArray[np.bool_]:
    """Tell which of the keys stand among others, of which there may be far more.

    NumPy's own test of membership takes seven times as long on keys spread over 64 bits.
    """
    shared = others[pd.Series(others, copy=False).isin(keys).to_numpy()]
    return np.asarray(pd.Series(keys, copy=False).isin(shared))
