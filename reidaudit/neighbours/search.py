"""The k nearest rows of an index, exactly, with ties counted."""

from __future__ import annotations

from dataclasses import dataclass

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.encoding import EncodedTable, IntArray
from reidaudit.neighbours.alike import Alike, AlikeFinder
from reidaudit.neighbours.scan import FARTHER_THAN_ALL, BlockScan, Pairs, Positions, blocks


@dataclass(frozen=True)
class Nearest:
    """The nearest index rows of every query row.

    ``distance`` (float64, shape (n, k)) is ascending, in columns' worth: 1.0 is one category that
    differs; infinite where the index has fewer rows. ``ties`` (int64, shape (n,)) counts the index
    rows at the smallest distance.
    """

    distance: npt.NDArray[np.float64]
    ties: npt.NDArray[np.int64]

    def merged(self, other: Nearest) -> Nearest:
        """Join with the nearest rows of a further index, for the same query rows."""
        k = self.distance.shape[1]
        both = np.sort(np.concatenate([self.distance, other.distance], axis=1), axis=1)[:, :k]
        ours, theirs = (part.distance[:, 0] == both[:, 0] for part in (self, other))
        return Nearest(both, self.ties * ours + other.ties * theirs)


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
    missing = best.distance == FARTHER_THAN_ALL
    return Nearest(np.where(missing, np.inf, best.distance / index.one), best.ties)


@dataclass
class _Best:
    """The k smallest distances of some query rows so far, and how many rows tie for the first."""

    distance: IntArray
    ties: Positions

    @classmethod
    def none_yet(cls, rows: int, k: int) -> _Best:
        none = np.full((rows, k), FARTHER_THAN_ALL, dtype=np.int32)
        return cls(none, np.zeros(rows, dtype=np.int64))

    @classmethod
    def join(cls, parts: list[_Best]) -> _Best:
        return cls(
            np.concatenate([part.distance for part in parts]),
            np.concatenate([part.ties for part in parts]),
        )

    def replace(self, rows: Positions, other: _Best) -> None:
        self.distance[rows] = other.distance
        self.ties[rows] = other.ties

    def merge(self, pairs: Pairs) -> None:
        """Take new pairs into account; the order in which they come does not matter."""
        if len(pairs.query) == 0:
            return
        rows, k = self.distance.shape
        order = np.lexsort((pairs.distance, pairs.query))
        query, distance = pairs.query[order], pairs.distance[order]
        place = np.arange(len(query)) - np.searchsorted(query, query)
        kept = place < k
        new = np.full((rows, k), FARTHER_THAN_ALL, dtype=np.int32)
        new[query[kept], place[kept]] = distance[kept]
        merged = np.sort(np.concatenate([self.distance, new], axis=1), axis=1)[:, :k]
        self.ties[merged[:, 0] < self.distance[:, 0]] = 0
        self.distance = merged
        at_smallest = pairs.query[pairs.distance == merged[pairs.query, 0]]
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
