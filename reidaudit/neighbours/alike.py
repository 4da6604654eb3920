"""Rows that agree in all categories: usually few, and usually among them the nearest.

A category that differs costs a whole unit, so once a query has found its neighbours at less than
one unit among the rows that agree with it in every category, no other row can come nearer. Those
rows are found by sorting, without looking at all pairs; only the queries that are left over are
scanned against the whole index.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.data.canonical import KeyArray, RowKeys, row_keys
from reidaudit.encoding import EncodedTable
from reidaudit.neighbours.scan import BlockScan, Pairs, Positions

MOST_SHARE = 1 / 16
PAIRS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Alike:
    """For every query row, the index rows that agree with it in certain categories.

    They are ``order[start[q]:stop[q]]``. Where they would be more than a sixteenth of the index
    nothing is listed: comparing all rows in bulk is then quicker.
    """

    order: Positions
    start: Positions
    stop: Positions
    is_listed: npt.NDArray[np.bool_]

    def pairs(self, first: int, last: int, scan: BlockScan) -> Pairs:
        """Return the pairs of the queries from first to before last, with their distances.

        ``scan`` must hold just these queries; query rows are counted within it.
        """
        sizes = self._sizes()[first:last]
        query = np.repeat(np.arange(last - first), sizes)
        offset = np.arange(len(query)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        index = self.order[self.start[first:last][query] + offset]
        return scan.measured(query, index)

    def chunks(self) -> list[tuple[int, int]]:
        """Cut the queries into runs with a bounded number of pairs each."""
        sizes = self._sizes()
        whole = np.cumsum(sizes) // PAIRS_AT_ONCE
        whole += np.arange(len(sizes)) // PAIRS_AT_ONCE
        cuts = np.flatnonzero(np.diff(whole)) + 1
        ends = [*cuts.tolist(), len(sizes)]
        return list(zip([0, *ends[:-1]], ends, strict=True))

    def _sizes(self) -> Positions:
        return np.where(self.is_listed, self.stop - self.start, 0)


class AlikeFinder:
    """Finds rows that agree in all categories, or in all but one.

    Parameters
    ----------
    queries, index : EncodedTable
        Encoded together.
    """

    def __init__(self, queries: EncodedTable, index: EncodedTable) -> None:
        self.word_columns = index.word_columns
        self.rows = index.rows
        self.query_rows = queries.rows
        self._keys = (
            ()
            if not index.words
            else row_keys(
                [column.astype(np.int64) for column in queries.words],
                [column.astype(np.int64) for column in index.words],
            )
        )

    def find(self, except_column: int | None = None) -> Alike:
        """Return the rows that agree in all word columns, or in all but the given one."""
        if not self.word_columns:
            nowhere = np.zeros(self.query_rows, dtype=np.int64)
            return Alike(nowhere[:0], nowhere, nowhere, nowhere > 0)
        queries, index = (_key(keys, self._place(except_column)) for keys in self._keys)
        order = np.argsort(index, kind="stable")
        start = np.searchsorted(index[order], queries, "left")
        stop = np.searchsorted(index[order], queries, "right")
        is_listed = stop - start <= self.rows * MOST_SHARE
        return Alike(order, start, stop, is_listed)

    def _place(self, column: int | None) -> int | None:
        return None if column is None else self.word_columns.index(column)


def _key(keys: RowKeys, without: int | None) -> KeyArray:
    return keys.whole if without is None else keys.without(without)
