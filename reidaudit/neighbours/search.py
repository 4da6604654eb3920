"""The k nearest rows of an index, exactly, with ties counted."""

from __future__ import annotations

from dataclasses import dataclass

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.encoding import EncodedTable, IntArray
from reidaudit.neighbours.alike import Alike, AlikeFinder
from reidaudit.neighbours.scan import FARTHER_THAN_ALL, BlockScan, Pairs, Positions, blocks

BITS_OF_A_ROW = 32
LAST_ROW = (1 << BITS_OF_A_ROW) - 1


@dataclass(frozen=True)
class Nearest:
    """The nearest index rows of every query row.

    ``distance`` (float64, shape (n, k)) is ascending, in columns' worth: 1.0 is one category that
    differs; infinite where the index has fewer rows. ``row`` (int64, shape (n, k)) says which rows
    of the index they are, the first ones where more tie than fit; -1 where the index has fewer.
    ``ties`` (int64, shape (n,)) counts the index rows at the smallest distance.
    """

    distance: npt.NDArray[np.float64]
    row: Positions
    ties: Positions

    def first(self, k: int) -> Nearest:
        """Return only the k nearest."""
        return Nearest(self.distance[:, :k], self.row[:, :k], self.ties)

    def merged(self, other: Nearest, offset: int) -> Nearest:
        """Join with the nearest rows of a further index, for the same query rows.

        Parameters
        ----------
        other : Nearest
            With as many neighbours.
        offset : int
            The row at which the further index stands below this one.
        """
        k = self.distance.shape[1]
        distance = np.concatenate([self.distance, other.distance], axis=1)
        row = np.concatenate([self.row, np.where(other.row < 0, -1, other.row + offset)], axis=1)
        # stable, so that of rows that tie the earlier ones come first
        order = np.argsort(distance, axis=1, kind="stable")[:, :k]
        both = np.take_along_axis(distance, order, axis=1)
        ours, theirs = (part.distance[:, 0] == both[:, 0] for part in (self, other))
        ties = self.ties * ours + other.ties * theirs
        return Nearest(both, np.take_along_axis(row, order, axis=1), ties)

    def followed_by(self, other: Nearest) -> Nearest:
        """Join with what was found for further query rows, which stand below these."""
        return Nearest(
            np.concatenate([self.distance, other.distance]),
            np.concatenate([self.row, other.row]),
            np.concatenate([self.ties, other.ties]),
        )


def nearest(
    queries: EncodedTable,
    index: EncodedTable,
    *,
    k: int = 1,
    groups: tuple[Positions, Positions] | None = None,
    workers: int = 1,
) -> Nearest:
    """Find the k nearest index rows of every query row; no pair that could matter is skipped.

    Parameters
    ----------
    queries, index : EncodedTable
        Encoded together.
    k : int
        How many neighbours.
    groups : pair of int64 arrays, optional
        Groups of query and index rows; rows of one's own group are no neighbours.
    workers : int
        Threads. The result does not depend on it.
    """
    search = _Search(queries, index, k, groups)
    parallel = joblib.Parallel(n_jobs=workers, prefer="threads")
    best = _Best.join(parallel(joblib.delayed(search.among_alike)(*c) for c in search.chunks()))
    # whatever lies outside differs in a category, and so by one whole unit or more
    rest = np.flatnonzero(best.distance[:, -1] >= index.one)
    if len(rest):
        scanned = parallel(
            joblib.delayed(search.among_all)(rest[start:stop], best.distance[rest[start:stop], -1])
            for start, stop in blocks(len(rest))
        )
        best.replace(rest, _Best.join(scanned))
    distance = best.distance
    missing = distance == FARTHER_THAN_ALL
    return Nearest(
        np.where(missing, np.inf, distance / index.one),
        np.where(missing, -1, best.found & LAST_ROW),
        best.ties,
    )


@dataclass
class _Best:
    """The k nearest rows of some query rows so far, and how many rows tie for the first.

    ``found`` (int64, shape (n, k)) holds distance and row in one number, the distance above, so
    that sorting it sorts by distance, and by row where distances tie.
    """

    found: npt.NDArray[np.int64]
    ties: Positions

    @property
    def distance(self) -> IntArray:
        return (self.found >> BITS_OF_A_ROW).astype(np.int32)

    @classmethod
    def none_yet(cls, rows: int, k: int) -> _Best:
        none = np.full((rows, k), np.int64(FARTHER_THAN_ALL) << BITS_OF_A_ROW)
        return cls(none, np.zeros(rows, dtype=np.int64))

    @classmethod
    def join(cls, parts: list[_Best]) -> _Best:
        return cls(
            np.concatenate([part.found for part in parts]),
            np.concatenate([part.ties for part in parts]),
        )

    def replace(self, rows: Positions, other: _Best) -> None:
        self.found[rows] = other.found
        self.ties[rows] = other.ties

    def merge(self, pairs: Pairs) -> None:
        """Take new pairs into account; the order in which they come does not matter."""
        if len(pairs.query) == 0:
            return
        rows, k = self.found.shape
        offered = (pairs.distance.astype(np.int64) << BITS_OF_A_ROW) | pairs.index
        order = np.lexsort((offered, pairs.query))
        query, offered = pairs.query[order], offered[order]
        place = np.arange(len(query)) - np.searchsorted(query, query)
        kept = place < k
        new = self.none_yet(rows, k).found
        new[query[kept], place[kept]] = offered[kept]
        nearest_before = self.distance[:, 0]
        self.found = np.sort(np.concatenate([self.found, new], axis=1), axis=1)[:, :k]
        nearest_now = self.distance[:, 0]
        self.ties[nearest_now < nearest_before] = 0
        at_smallest = pairs.query[pairs.distance == nearest_now[pairs.query]]
        self.ties += np.bincount(at_smallest, minlength=rows)


class _Search:
    """One search: first among the rows that agree in all categories, then among all rows."""

    def __init__(
        self,
        queries: EncodedTable,
        index: EncodedTable,
        k: int,
        groups: tuple[Positions, Positions] | None,
    ) -> None:
        self.queries, self.index, self.k, self.groups = queries, index, k, groups
        self.alike: Alike = AlikeFinder(queries, index).find()

    def chunks(self) -> list[tuple[int, int]]:
        return self.alike.chunks()

    def among_alike(self, first: int, last: int) -> _Best:
        scan = self._scan(np.arange(first, last))
        best = _Best.none_yet(last - first, self.k)
        best.merge(self.alike.pairs(first, last, scan))
        return best

    def among_all(self, rows: Positions, limit: IntArray) -> _Best:
        scan = self._scan(rows)
        best = _Best.none_yet(len(rows), self.k)
        limit = np.minimum(limit, _kth_smallest(scan.seed(), self.k))
        for start, stop in scan.runs():
            best.merge(scan.within(start, stop, limit))
            limit = np.minimum(limit, best.distance[:, -1])
        return best

    def _scan(self, rows: Positions) -> BlockScan:
        groups = None if self.groups is None else (self.groups[0][rows], self.groups[1])
        return BlockScan(self.queries.take(rows), self.index, groups)


def _kth_smallest(distances: IntArray, k: int) -> IntArray:
    if distances.shape[1] < k:
        return np.full(len(distances), FARTHER_THAN_ALL, dtype=np.int32)
    return np.partition(distances, k - 1, axis=1)[:, k - 1]
