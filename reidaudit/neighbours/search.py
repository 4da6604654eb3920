"""The k nearest rows of an index, exactly, with ties counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from reidaudit.encoding import EncodedTable, IntArray
from reidaudit.neighbours.blocks import Positions
from reidaudit.neighbours.executor import Executor, Threads
from reidaudit.neighbours.kernel import FARTHER_THAN_ALL, find_nearest
from reidaudit.neighbours.tiles import Groups, OpenTile


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

    def counted_from(self, first_row: int) -> Nearest:
        """Return the same rows of an index that stands so far below in a larger one."""
        row = np.where(self.row < 0, -1, self.row + first_row)
        return Nearest(self.distance, row, self.ties)

    def merged(self, other: Nearest) -> Nearest:
        """Join with the nearest of other rows of the same index, in whichever order.

        Parameters
        ----------
        other : Nearest
            Of the same query rows, with as many neighbours, and rows counted alike.
        """
        k = self.distance.shape[1]
        distance = np.concatenate([self.distance, other.distance], axis=1)
        row = np.concatenate([self.row, other.row], axis=1)
        # of rows that tie the first ones in the index come first
        order = np.lexsort((row, distance), axis=1)[:, :k]
        both = np.take_along_axis(distance, order, axis=1)
        ours, theirs = (part.distance[:, 0] == both[:, 0] for part in (self, other))
        ties = self.ties * ours + other.ties * theirs
        return Nearest(both, np.take_along_axis(row, order, axis=1), ties)

    def followed_by(self, *others: Nearest) -> Nearest:
        """Join with what was found for further query rows, which stand below these."""
        all_of_them = (self, *others)
        return Nearest(
            np.concatenate([found.distance for found in all_of_them]),
            np.concatenate([found.row for found in all_of_them]),
            np.concatenate([found.ties for found in all_of_them]),
        )


@dataclass(frozen=True)
class Packed:
    """What was found, in half of the memory, as long as nobody looks at it.

    Nothing is lost: distances are whole numbers of ``1 / one``, an index has fewer than 2**31 rows.
    """

    distance: IntArray
    row: IntArray
    ties: IntArray
    one: int

    @classmethod
    def of(cls, found: Nearest, one: int) -> Self:
        """Pack what was found, where a column adds ``one`` steps at most."""
        steps = np.where(np.isinf(found.distance), 0, found.distance) * one
        row, ties = found.row.astype(np.int32), found.ties.astype(np.int32)
        return cls(steps.astype(np.int32), row, ties, one)

    def unpack(self) -> Nearest:
        """Return what was found."""
        distance = np.where(self.row < 0, np.inf, self.distance / self.one)
        return Nearest(distance, self.row.astype(np.int64), self.ties.astype(np.int64))


@dataclass(frozen=True)
class NearestRows:
    """The question which k rows are nearest."""

    k: int

    def answer(self, tile: OpenTile, so_far: Nearest | None = None) -> Nearest:
        """Search one tile."""
        shape, one = (len(tile.queries), self.k), tile.index.one
        distance = np.full(shape, FARTHER_THAN_ALL)
        if so_far is not None:
            farthest = so_far.distance[:, -1:]
            # just beyond, so that a row that ties with it is found
            bound = np.where(np.isinf(farthest), 0, farthest) * one + 1
            distance[:] = np.where(np.isinf(farthest), FARTHER_THAN_ALL, bound)
        row, ties = np.full(shape, -1), np.zeros(len(distance), dtype=np.int64)
        find_nearest(tile.index, tile.queries, *tile.groups, distance, row, ties)
        in_columns = np.where(row < 0, np.inf, distance / one)
        return Nearest(in_columns, row, ties).counted_from(tile.first_row)


def nearest(
    queries: EncodedTable,
    index: EncodedTable,
    *,
    k: int = 1,
    groups: Groups | None = None,
    workers: int = 1,
    executor: Executor | None = None,
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
        Threads, where there is no executor. The result does not depend on it.
    executor : Executor, optional
        Where the search runs. The result does not depend on it.
    """
    chosen = executor or Threads(workers)
    return chosen.search(NearestRows(k), queries, index, groups)
