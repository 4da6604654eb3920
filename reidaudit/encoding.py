"""Columns as whole numbers: fixed-point positions for numbers, codes for everything else.

Distances are sums over columns. In floating point such a sum depends on the order of its terms,
so that equal distances differ in the last bit, ties come and go, and the answer depends on how the
work was cut up. In fixed point every sum is exact: ties are ties, leaving a column out is a
subtraction, and any tiling gives the same bits (docs/decisions/001-fixed-point-distances.md).

Two encodings, after J. C. Gower, A General Coefficient of Similarity (Biometrics, 1971):

``gower``
    A number is its place in the range of the pool, so a difference is a share of the range.
``normal``
    A number is the normal score of its mid-rank in the pool (B. L. van der Waerden, Order Tests for
    the Two-Sample Problem, 1952): long tails do not squeeze the rest of the column together, and
    people at the edge still lie further apart than people in the crowd.

In both a category differs by 0 or 1, and missing differs by 0 from missing and by 1 from present.
Positions are learned from the pool of members and controls together, never from the release and
never from the labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from reidaudit.data.column import RawColumn
from reidaudit.data.kinds import CodeArray, FloatArray
from reidaudit.data.schema import ColumnSpec
from reidaudit.stacked import Stacked

EncodingName = Literal["gower", "normal"]
IntArray = npt.NDArray[np.int32]
WordArray = npt.NDArray[Any]
"""Codes of one categorical column, in the smallest unsigned type that holds them."""

MOST_BITS = 24
NINE_TENTHS_PER_QUARTILES = 2.44
BITS_OF_A_SUM = 30
MANY_LEVELS = 30
ROWS_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class EncodedTable:
    """A table ready for distances, column by column.

    ``words[i]`` (unsigned, shape (n,)) are codes, ``numbers[i]`` (int32, shape (n,)) positions in
    [0, one], with 2 * one for missing. ``word_columns`` and ``number_columns`` say which audited
    column each one is. ``one`` is the largest contribution of a column to a distance.
    """

    rows: int
    one: int
    words: Sequence[WordArray]
    numbers: Sequence[IntArray]
    word_columns: tuple[int, ...]
    number_columns: tuple[int, ...]

    def only(self, columns: Sequence[int]) -> EncodedTable:
        """Return the table with only the given audited columns."""
        words = [i for i, column in enumerate(self.word_columns) if column in columns]
        numbers = [i for i, column in enumerate(self.number_columns) if column in columns]
        return EncodedTable(
            self.rows,
            self.one,
            tuple(self.words[i] for i in words),
            tuple(self.numbers[i] for i in numbers),
            tuple(self.word_columns[i] for i in words),
            tuple(self.number_columns[i] for i in numbers),
        )

    def first(self, rows: int) -> EncodedTable:
        """Return only so many of the first rows."""
        return self.between(0, rows)

    def take(self, rows: npt.NDArray[np.int64]) -> EncodedTable:
        """Return the given rows, in the given order."""
        return EncodedTable(
            len(rows),
            self.one,
            tuple(column[rows] for column in self.words),
            tuple(column[rows] for column in self.numbers),
            self.word_columns,
            self.number_columns,
        )

    def between(self, start: int, stop: int) -> EncodedTable:
        """Return a run of rows, without copying them."""
        return replace(
            self,
            rows=stop - start,
            words=tuple(column[start:stop] for column in self.words),
            numbers=tuple(column[start:stop] for column in self.numbers),
        )

    def with_rows_of(self, other: EncodedTable) -> EncodedTable:
        """Return the table with the rows of another, encoded alike, below its own."""
        return replace(
            self,
            rows=self.rows + other.rows,
            words=Stacked(self.words, other.words),
            numbers=Stacked(self.numbers, other.numbers),
        )


@dataclass(frozen=True)
class PlainColumns:
    """Codes and numbers of the audited columns of one table, before encoding."""

    codes: Sequence[CodeArray]
    numbers: Sequence[FloatArray | None]

    def first(self, rows: int) -> PlainColumns:
        """Return only so many of the first rows."""
        return PlainColumns(
            tuple(codes[:rows] for codes in self.codes),
            tuple(None if numbers is None else numbers[:rows] for numbers in self.numbers),
        )

    def take(self, rows: npt.NDArray[np.int64]) -> PlainColumns:
        """Return the given rows, in the given order."""
        return PlainColumns(
            tuple(codes[rows] for codes in self.codes),
            tuple(None if numbers is None else numbers[rows] for numbers in self.numbers),
        )

    def with_rows(self, other: PlainColumns, rows: npt.NDArray[np.int64]) -> PlainColumns:
        """Return the table with some rows of another below its own."""
        below = other.take(rows)
        return PlainColumns(Stacked(self.codes, below.codes), Stacked(self.numbers, below.numbers))


def encode(
    specs: Sequence[ColumnSpec],
    pool: PlainColumns,
    others: Sequence[PlainColumns],
    name: EncodingName,
    beside: Sequence[EncodedTable] | None = None,
) -> tuple[EncodedTable, ...]:
    """Encode the pool and other tables alike, with positions learned from the pool.

    Parameters
    ----------
    specs : sequence of ColumnSpec
        The audited columns.
    pool : PlainColumns
        Members and controls together.
    others : sequence of PlainColumns
        The release, and the reference table where there is one.
    name : {'gower', 'normal'}
        How numbers become positions.
    beside : sequence of EncodedTable, optional
        The same tables in the other encoding. Categories are the same in both, so that their codes
        are taken from there and not held twice.

    Returns
    -------
    tuple of EncodedTable
        The pool first, then the others in order.
    """
    one = 1 << min(MOST_BITS, BITS_OF_A_SUM - max(len(specs) - 1, 1).bit_length())
    plain = [pool, *others]
    word_columns = tuple(j for j, spec in enumerate(specs) if not spec.is_number)
    number_columns = tuple(j for j, spec in enumerate(specs) if spec.is_number)
    words: list[Sequence[WordArray]]
    if beside is None:
        words = [_encode_words([table.codes[j] for table in plain]) for j in word_columns]
    else:
        words = list(zip(*(table.words for table in beside), strict=True))
    numbers = [
        _encode_numbers([_numbers(table, j) for table in plain], one, name) for j in number_columns
    ]
    return tuple(
        EncodedTable(
            len(table.codes[0]),
            one,
            tuple(column[place] for column in words),
            tuple(column[place] for column in numbers),
            word_columns,
            number_columns,
        )
        for place, table in enumerate(plain)
    )


def fixed_tolerance(spec: ColumnSpec, pool: FloatArray, one: int) -> int:
    """Return how far, in the ``gower`` encoding, a guess may lie from the truth and be right.

    The tolerance is a share of the column's own spread: the span that would hold nine tenths of the
    pool if it were normal with the quartiles it has. Neither outliers, nor a code such as 9999 for
    "unknown", nor the guess itself can stretch it. It stays below one, so that missing is never
    near enough to a number.
    """
    # quartered, so that no difference is larger than the largest float
    present = pool[np.isfinite(pool)] / 4
    low, high = _robust_range(present)
    if high <= low:
        return 0
    lower, upper = np.quantile(present, [0.25, 0.75])
    spread = NINE_TENTHS_PER_QUARTILES * float((upper - lower) / (high - low))
    return min(round(spec.tolerance * spread * one), one - 1)


def _numbers(table: PlainColumns, column: int) -> FloatArray:
    numbers = table.numbers[column]
    assert numbers is not None
    return numbers


def _encode_words(columns: list[CodeArray]) -> list[WordArray]:
    """Number the codes that stand in some row, missing first."""
    present = np.zeros(max(int(codes.max(initial=-1)) for codes in columns) + 2, dtype=bool)
    for codes in columns:
        present[codes] = True  # -1, which is missing, is the last
    numbers = np.append(present[-1] + np.cumsum(present[:-1]) - 1, 0)
    words = numbers.astype(np.min_scalar_type(max(int(present.sum()) - 1, 0)))
    return [words[codes] for codes in columns]


def _encode_numbers(columns: list[FloatArray], one: int, name: EncodingName) -> list[IntArray]:
    pool = columns[0]
    if name == "gower":
        low, high = _robust_range(pool[np.isfinite(pool)])
        return [_spread(column, lambda v: _share_of_range(v, low, high), one) for column in columns]
    ordered = np.sort(pool[~np.isnan(pool)])
    return [_spread(column, lambda v: _normal_score(v, ordered), one) for column in columns]


def _spread(column: FloatArray, share_of: Callable[[FloatArray], FloatArray], one: int) -> IntArray:
    """Find the position of every distinct number once; columns repeat themselves."""
    spread = np.empty(len(column), dtype=np.int32)
    for start in range(0, len(column), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        distinct = RawColumn.of(column[rows])
        order = np.argsort(distinct.values)  # neighbours are quickly found one after the other
        positions = np.empty(len(order) + 1, dtype=np.int32)
        positions[order] = _fixed(share_of(distinct.values[order]), one)
        positions[-1] = 2 * one
        spread[rows] = positions[distinct.places]
    return spread


def _robust_range(present: FloatArray) -> tuple[float, float]:
    """Leave out one value at each end, so that one outlier cannot squeeze all others together.

    Of many distinct values the outermost are left out, in however many rows they stand (a code for
    unknown, such as 9999, stands in many); of few, as on a scale from 1 to 5, only one row.
    """
    if len(present) == 0:
        return 0.0, 0.0
    distinct = np.sort(pd.unique(present))
    ordered = distinct if len(distinct) >= MANY_LEVELS else np.sort(present)
    if len(ordered) > 2 and ordered[1] < ordered[-2]:
        return float(ordered[1]), float(ordered[-2])
    return float(distinct[0]), float(distinct[-1])


def _share_of_range(values: FloatArray, low: float, high: float) -> FloatArray:
    if high <= low:
        # a constant column: whatever differs from the constant differs wholly
        return np.where(np.isnan(values), np.nan, (values != low).astype(np.float64))
    if not np.isfinite(high - low):
        # the ends lie further apart than the largest float; quarters do not
        return _share_of_range(values / 4, low / 4, high / 4)
    with np.errstate(over="ignore"):
        return np.clip((values - low) / (high - low), 0.0, 1.0)


def _normal_score(values: FloatArray, ordered: FloatArray) -> FloatArray:
    """Normal scores, from 0 for what is below the pool to 1 for what is above it."""
    outermost = 1 / (4 * max(len(ordered), 1))
    ranks = np.clip(mid_ranks(values, ordered), outermost, 1 - outermost)
    scores: FloatArray = (ndtri(ranks) / -ndtri(outermost) + 1) / 2
    return scores


def mid_ranks(values: FloatArray, ordered: FloatArray) -> FloatArray:
    """Return the share of some ordered numbers below each value, those equal to it counted half.

    Parameters
    ----------
    values : float64 array
        NaN where missing, which stays so.
    ordered : float64 array
        Ascending, without missing ones; with none at all every rank is 0.
    """
    if len(ordered) == 0:
        return np.where(np.isnan(values), np.nan, 0.0)
    below = np.searchsorted(ordered, values, side="left")
    not_above = np.searchsorted(ordered, values, side="right")
    return np.where(np.isnan(values), np.nan, (below + not_above) / (2.0 * len(ordered)))


def _fixed(shares: FloatArray, one: int) -> IntArray:
    positions = np.where(np.isnan(shares), 2.0, shares) * one
    fixed: IntArray = np.rint(positions).astype(np.int32)
    return fixed
