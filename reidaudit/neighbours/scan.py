"""Scan pairs of rows in tiles and give out those that lie near enough to matter.

A tile is (a block of query rows) x (a run of index rows), small enough for the processor's cache.
Categorical columns come first: they are compared as single bytes, and as every mismatch costs a
whole unit, most pairs are already too far apart to matter. Numbers are then compared only for the
pairs that are left, or for the whole tile where too many are left. Nothing is skipped that could
be within the limit, so the result is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reidaudit.encoding import EncodedTable, IntArray

QUERY_BLOCK = 64
INDEX_RUN = 4096
SEED_ROWS = 256
SPARSE_SHARE = 0.08
FARTHER_THAN_ALL = np.int32(2**31 - 1)

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows and their distances, ordered by query row.

    ``query`` is the row within the block, ``index`` the row of the index, ``distance`` int32 in
    units of ``1 / one``.
    """

    query: Positions
    index: Positions
    distance: IntArray

    def where(self, keep: npt.NDArray[np.bool_]) -> Pairs:
        """Return the pairs for which keep is true."""
        return Pairs(self.query[keep], self.index[keep], self.distance[keep])


class BlockScan:
    """One block of query rows against all rows of an index.

    Parameters
    ----------
    queries, index : EncodedTable
        Encoded together, with the same columns.
    groups : pair of int64 arrays, optional
        Group of each query and each index row; pairs of one group are left out, which is how a
        target is kept out of its own neighbourhood.
    """

    def __init__(
        self,
        queries: EncodedTable,
        index: EncodedTable,
        groups: tuple[Positions, Positions] | None = None,
    ) -> None:
        self.queries = queries
        self.index = index
        self.groups = groups
        shape = (queries.rows, min(INDEX_RUN, index.rows))
        self._count_type = np.uint8 if len(index.words) < 2**8 else np.uint16
        self._counts = np.empty(shape, dtype=self._count_type)
        self._flags = np.empty(shape, dtype=bool)
        self._capped = [
            bool((query == 2 * index.one).any() or (column == 2 * index.one).any())
            for query, column in zip(queries.numbers, index.numbers, strict=True)
        ]

    def runs(self) -> Iterator[tuple[int, int]]:
        """Yield the starts and stops of the index runs, in order."""
        for start in range(0, self.index.rows, INDEX_RUN):
            yield start, min(start + INDEX_RUN, self.index.rows)

    def seed(self) -> IntArray:
        """Return all distances to the first few index rows (int32, shape (block, few)).

        Rows of the query's own group are farther than all.
        """
        stop = min(SEED_ROWS, INDEX_RUN, self.index.rows)
        distances = self._add_numbers(self._mismatches(0, stop), 0, stop)
        if self.groups is not None:
            same = self.groups[0][:, None] == self.groups[1][None, :stop]
            distances[same] = FARTHER_THAN_ALL
        return distances

    def within(self, start: int, stop: int, limit: IntArray) -> Pairs:
        """Return the pairs of one run with a distance of at most ``limit`` (one for each query)."""
        counts = self._mismatches(start, stop)
        mismatches_allowed = np.minimum(limit // self.index.one, np.iinfo(self._count_type).max)
        flags = self._flags[:, : stop - start]
        np.less_equal(counts, mismatches_allowed[:, None].astype(self._count_type), out=flags)
        if not self.index.numbers or np.count_nonzero(flags) <= SPARSE_SHARE * flags.size:
            query, place = _true_places(flags)
            distance = counts[query, place] * np.int32(self.index.one)
            self._add_numbers_to_pairs(distance, query, place + start)
        else:
            distances = self._add_numbers(counts, start, stop)
            np.less_equal(distances, limit[:, None], out=flags)
            query, place = _true_places(flags)
            distance = distances[query, place]
        pairs = Pairs(query, place + start, distance)
        return self._of_other_groups(pairs.where(distance <= limit[query]))

    def measured(self, query: Positions, index: Positions) -> Pairs:
        """Return the given pairs with their distances, less those of one group."""
        distance = np.zeros(len(query), dtype=np.int32)
        for i in range(len(self.index.words)):
            distance += self.contribution_of_word(i, query, index)
        self._add_numbers_to_pairs(distance, query, index)
        return self._of_other_groups(Pairs(query, index, distance))

    def _add_numbers_to_pairs(self, distance: IntArray, query: Positions, index: Positions) -> None:
        for i in range(len(self.index.numbers)):
            distance += self.contribution_of_number(i, query, index)

    def _of_other_groups(self, pairs: Pairs) -> Pairs:
        if self.groups is None:
            return pairs
        return pairs.where(self.groups[0][pairs.query] != self.groups[1][pairs.index])

    def contribution_of_number(self, i: int, query: Positions, index: Positions) -> IntArray:
        """Return what the i-th number column adds to the distances of the given pairs."""
        difference: IntArray = np.abs(self.queries.numbers[i][query] - self.index.numbers[i][index])
        if self._capped[i]:
            np.minimum(difference, np.int32(self.index.one), out=difference)
        return difference

    def contribution_of_word(self, i: int, query: Positions, index: Positions) -> IntArray:
        """Return what the i-th word column adds to the distances of the given pairs."""
        differs = self.queries.words[i][query] != self.index.words[i][index]
        contribution: IntArray = differs * np.int32(self.index.one)
        return contribution

    def _mismatches(self, start: int, stop: int) -> npt.NDArray[Any]:
        counts = self._counts[:, : stop - start]
        flags = self._flags[:, : stop - start]
        counts.fill(0)
        for query, column in zip(self.queries.words, self.index.words, strict=True):
            np.not_equal(query[:, None], column[None, start:stop], out=flags)
            np.add(counts, flags.view(np.uint8), out=counts)
        return counts

    def _add_numbers(self, counts: npt.NDArray[Any], start: int, stop: int) -> IntArray:
        distances: IntArray = counts * np.int32(self.index.one)
        difference = np.empty_like(distances)
        columns = zip(self.queries.numbers, self.index.numbers, self._capped, strict=True)
        for query, column, capped in columns:
            np.subtract(query[:, None], column[None, start:stop], out=difference)
            np.absolute(difference, out=difference)
            if capped:
                np.minimum(difference, np.int32(self.index.one), out=difference)
            np.add(distances, difference, out=distances)
        return distances


def _true_places(flags: npt.NDArray[np.bool_]) -> tuple[Positions, Positions]:
    # flatnonzero on a contiguous array is several times faster than nonzero on two dimensions
    if flags.flags.c_contiguous:
        query, place = np.divmod(np.flatnonzero(flags), flags.shape[1])
    else:
        query, place = np.nonzero(flags)
    return query, place


def blocks(rows: int) -> list[tuple[int, int]]:
    """Return starts and stops of the query blocks."""
    return [(start, min(start + QUERY_BLOCK, rows)) for start in range(0, rows, QUERY_BLOCK)]
