"""Equality of rows: 64-bit keys that are equal where all canonical values are equal.

Every code of every column draws a random 64-bit number, and a row's key is their sum (Zobrist
hashing: A. Zobrist, A New Hashing Method with Application for Game Playing, 1970). Two different
rows share a key with probability 2**-64, so that for a million rows against a million the chance
of one false match anywhere is below one in ten million. The key of a row without column j is the
sum less that column's number, which makes "all but one column equal" as cheap as "all equal".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from reidaudit.data.kinds import CodeArray

KeyArray = npt.NDArray[np.uint64]
HASH_SEED = 0x5EED


@dataclass(frozen=True)
class RowKeys:
    """Keys of the rows of one table.

    ``whole`` (uint64, shape (n,)) stands for the row; ``parts[j]`` is what column j adds to it.
    """

    whole: KeyArray
    parts: tuple[KeyArray, ...]

    def without(self, column: int) -> KeyArray:
        """Return the keys of the rows with one column left out."""
        return self.whole - self.parts[column]

    def only(self, columns: Sequence[int]) -> KeyArray:
        """Return the keys of the rows with only the given columns."""
        keys = np.zeros(len(self.whole), dtype=np.uint64)
        for column in columns:
            keys += self.parts[column]
        return keys

    def first(self, rows: int) -> RowKeys:
        """Return the keys of so many of the first rows."""
        return RowKeys(self.whole[:rows], tuple(part[:rows] for part in self.parts))

    def with_rows_of(self, other: RowKeys, rows: npt.NDArray[np.int64]) -> RowKeys:
        """Return the keys with those of some rows of another table below."""
        pairs = zip(self.parts, other.parts, strict=True)
        return RowKeys(
            np.concatenate([self.whole, other.whole[rows]]),
            tuple(np.concatenate([own, more[rows]]) for own, more in pairs),
        )


def row_keys(*tables: Sequence[CodeArray]) -> tuple[RowKeys, ...]:
    """Key the rows of several tables that share their columns and codes.

    Parameters
    ----------
    *tables : sequences of int64 arrays
        One array of codes for each column; -1 is missing, which equals missing.
    """
    parts: list[list[KeyArray]] = [[] for _ in tables]
    for place, part in _parts_of_keys(tables):
        parts[place].append(part)
    return tuple(RowKeys(np.sum(table, axis=0, dtype=np.uint64), tuple(table)) for table in parts)


def whole_keys(*tables: Sequence[CodeArray]) -> tuple[KeyArray, ...]:
    """Key the rows as `row_keys` does, without keeping what each column adds.

    Parameters
    ----------
    *tables : sequences of int64 arrays
        One array of codes for each column; -1 is missing, which equals missing.
    """
    keys = tuple(np.zeros(len(table[0]), dtype=np.uint64) for table in tables)
    for place, part in _parts_of_keys(tables):
        np.add(keys[place], part, out=keys[place])
    return keys


def _parts_of_keys(tables: Sequence[Sequence[CodeArray]]) -> Iterator[tuple[int, KeyArray]]:
    """Yield what each column adds to the keys of each table, and which table that is."""
    rng = np.random.default_rng(HASH_SEED)
    for columns in zip(*tables, strict=True):
        highest = max(int(codes.max(initial=-1)) for codes in columns)
        numbers = np.roll(rng.integers(0, 2**64, size=highest + 2, dtype=np.uint64), -1)
        for place, codes in enumerate(columns):
            yield place, numbers[codes]  # the last is that of -1, missing


def stand_in(keys: KeyArray, others: KeyArray) -> npt.NDArray[np.bool_]:
    """Tell which of the keys stand among others, of which there may be far more."""
    shared = others[pd.Series(others, copy=False).isin(keys).to_numpy()]
    return np.asarray(pd.Series(keys, copy=False).isin(shared))
