"""The k nearest rows of an index, exactly, with ties counted."""

from __future__ import annotations

from dataclasses import dataclass

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.encoding import EncodedTable, IntArray
from reidaudit.neighbours.scan import (
    FARTHER_THAN_ALL,
    BlockScan,
    Pairs,
    Positions,
    blocks,
)


@dataclass(frozen=True)
class Nearest:
    """The nearest index rows of every query row.

    ``distance`` (float64, shape (n, k)) is ascending, in columns' worth: 1.0 is one category that
    differs; infinite where the index has fewer rows. ``ties`` (int64, shape (n,)) counts the index
    rows at the smallest distance.
    """

    distance: npt.NDArray[np.float64]
    ties: npt.NDArray[np.int64]


def nearest(
    queries: EncodedTable,
    index: EncodedTable,
    *,
    k: int = 1,
    groups: tuple[Positions, Positions] | None = None,
    workers: int = 1,
) -> Nearest:
    """Find the k nearest index rows of every query row, comparing all pairs that could matter.

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
    parts = joblib.Parallel(n_jobs=workers, prefer="threads")(
        joblib.delayed(_nearest_of_block)(queries, index, start, stop, k, groups)
        for start, stop in blocks(queries.rows)
    )
    fixed = np.concatenate([distance for distance, _ in parts])
    distance = np.where(fixed == FARTHER_THAN_ALL, np.inf, fixed / index.one)
    return Nearest(distance, np.concatenate([ties for _, ties in parts]))


def _nearest_of_block(
    queries: EncodedTable,
    index: EncodedTable,
    start: int,
    stop: int,
    k: int,
    groups: tuple[Positions, Positions] | None,
) -> tuple[IntArray, Positions]:
    own_groups = None if groups is None else (groups[0][start:stop], groups[1])
    scan = BlockScan(queries.part(start, stop), index, own_groups)
    best = np.full((stop - start, k), FARTHER_THAN_ALL, dtype=np.int32)
    ties = np.zeros(stop - start, dtype=np.int64)
    limit = _kth_smallest(scan.seed(), k)
    for first, last in scan.runs():
        pairs = scan.within(first, last, limit)
        best, ties = _merge(best, ties, pairs)
        limit = np.minimum(limit, best[:, -1])
    return best, ties


def _kth_smallest(distances: IntArray, k: int) -> IntArray:
    if distances.shape[1] < k:
        return np.full(len(distances), FARTHER_THAN_ALL, dtype=np.int32)
    return np.partition(distances, k - 1, axis=1)[:, k - 1]


def _merge(best: IntArray, ties: Positions, pairs: Pairs) -> tuple[IntArray, Positions]:
    """Merge new pairs into the k best; the order in which runs are merged does not matter."""
    if len(pairs.query) == 0:
        return best, ties
    rows, k = best.shape
    order = np.lexsort((pairs.distance, pairs.query))
    query, distance = pairs.query[order], pairs.distance[order]
    place = np.arange(len(query)) - np.searchsorted(query, query)
    kept = place < k
    new = np.full((rows, k), FARTHER_THAN_ALL, dtype=np.int32)
    new[query[kept], place[kept]] = distance[kept]
    merged = np.sort(np.concatenate([best, new], axis=1), axis=1)[:, :k]
    ties = np.where(merged[:, 0] < best[:, 0], 0, ties)
    at_smallest = pairs.query[pairs.distance == merged[pairs.query, 0]]
    return merged, ties + np.bincount(at_smallest, minlength=rows)
