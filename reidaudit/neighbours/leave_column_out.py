"""Guess a column of every query row from its nearest index row on other columns.

All columns are guessed in one pass over the pairs: the distance without column j is the distance
less what j adds, so a pair can only be nearest for j if its whole distance is below the best for j
plus the most that j can add.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.encoding import EncodedTable, IntArray
from reidaudit.neighbours.alike import Alike, AlikeFinder
from reidaudit.neighbours.scan import FARTHER_THAN_ALL, BlockScan, Pairs, Positions, blocks

FloatArray = npt.NDArray[np.float64]


@dataclass
class Guess:
    """The best so far for one target column, for every query row.

    ``best`` (int32) is the smallest distance, ``ties`` (int64) counts the index rows at it, and
    ``right`` (int64) those of them that have the query's own value; all of shape (n,).
    """

    best: IntArray
    ties: Positions
    right: Positions

    @property
    def chance(self) -> FloatArray:
        """Chance that one of the nearest rows, taken at random, has the query's own value."""
        result: FloatArray = self.right / self.ties
        return result

    def merged(self, other: Guess) -> Guess:
        """Join with the guess from further index rows."""
        best = np.minimum(self.best, other.best)
        ours, theirs = self.best == best, other.best == best
        return Guess(
            best,
            self.ties * ours + other.ties * theirs,
            self.right * ours + other.right * theirs,
        )

    @classmethod
    def bounded(cls, best: IntArray) -> Guess:
        """Nothing found yet, and nothing beyond the given distances is wanted."""
        return cls(best, np.zeros(len(best), dtype=np.int64), np.zeros(len(best), dtype=np.int64))

    def part(self, rows: Positions) -> Guess:
        """Return the guess for some of the query rows."""
        return Guess(self.best[rows], self.ties[rows], self.right[rows])

    def replace(self, rows: Positions, other: Guess, where: npt.NDArray[np.bool_]) -> None:
        """Take over the guess for the given rows, where it says so."""
        for name in ("best", "ties", "right"):
            getattr(self, name)[rows[where]] = getattr(other, name)[where]

    def take(self, query: Positions, distance: IntArray, is_right: npt.NDArray[np.bool_]) -> None:
        """Take pairs into account; the order in which they come does not matter."""
        near = distance <= self.best[query]
        query, distance, is_right = query[near], distance[near], is_right[near]
        smallest = self.best.copy()
        np.minimum.at(smallest, query, distance)
        closer = smallest < self.best
        self.ties[closer] = 0
        self.right[closer] = 0
        self.best = smallest
        at_best = distance == smallest[query]
        self.ties += np.bincount(query[at_best], minlength=len(smallest))
        self.right += np.bincount(query[at_best & is_right], minlength=len(smallest))


_Guesses = dict[int, Guess]


def guess_from_nearest(
    queries: EncodedTable,
    index: EncodedTable,
    *,
    known: Sequence[int],
    targets: Mapping[int, int],
    workers: int = 1,
) -> dict[int, Guess]:
    """Guess columns of every query row from its nearest index rows on the known columns.

    Parameters
    ----------
    queries, index : EncodedTable
        Encoded together.
    known : sequence of int
        Audited columns that the attacker knows; a target among them is left out of the distance
        while that target is guessed.
    targets : mapping of int to int
        The columns to guess, and how far a guess may lie from the truth, in units of ``1 / one``.
    workers : int
        Threads. The result does not depend on it.

    Returns
    -------
    dict of int to Guess
        For each target column. Where several index rows are equally near, all of them count.
    """
    if not targets:
        return {}
    search = _Search(queries, index, known, targets)
    parallel = joblib.Parallel(n_jobs=workers, prefer="threads")
    guesses = _join(parallel(joblib.delayed(search.among_alike)(*c) for c in search.chunks()))
    # whatever lies outside differs in a known category, and so by one whole unit or more
    is_open = {column: guess.best >= index.one for column, guess in guesses.items()}
    rest = np.flatnonzero(np.any(list(is_open.values()), axis=0))
    if len(rest):
        scanned = parallel(
            joblib.delayed(search.among_all)(
                rest[start:stop],
                {column: guess.part(rest[start:stop]) for column, guess in guesses.items()},
                {column: rows[rest[start:stop]] for column, rows in is_open.items()},
            )
            for start, stop in blocks(len(rest))
        )
        for column, guess in _join(scanned).items():
            guesses[column].replace(rest, guess, where=is_open[column][rest])
    return guesses


def _join(parts: list[_Guesses]) -> _Guesses:
    return {
        column: Guess(
            np.concatenate([part[column].best for part in parts]),
            np.concatenate([part[column].ties for part in parts]),
            np.concatenate([part[column].right for part in parts]),
        )
        for column in parts[0]
    }


class _Search:
    """One search: first among rows that agree in the known categories, then among all rows."""

    def __init__(
        self,
        queries: EncodedTable,
        index: EncodedTable,
        known: Sequence[int],
        targets: Mapping[int, int],
    ) -> None:
        self.queries, self.index = queries.only(known), index.only(known)
        self.query_values, self.index_values = (
            queries.only(list(targets)),
            index.only(list(targets)),
        )
        self.known, self.targets, self.one = set(known), targets, index.one
        self.alike = self._find_alike()

    def _find_alike(self) -> list[tuple[Alike, list[int]]]:
        """Rows alike in all known categories but the target, with the targets they serve."""
        finder = AlikeFinder(self.queries, self.index)
        words = [column for column in self.targets if column in self.index.word_columns]
        others = [column for column in self.targets if column not in words]
        found = [(finder.find(column), [column]) for column in words]
        return found + ([(finder.find(), others)] if others else [])

    def chunks(self) -> list[tuple[int, int]]:
        most = max((alike for alike, _ in self.alike), key=lambda alike: len(alike.chunks()))
        return most.chunks()

    def among_alike(self, first: int, last: int) -> _Guesses:
        scan, values = self._scans(np.arange(first, last))
        none = np.full(last - first, FARTHER_THAN_ALL, dtype=np.int32)
        guesses = {column: Guess.bounded(none) for column in self.targets}
        for alike, columns in self.alike:
            pairs = alike.pairs(first, last, scan)
            for column in columns:
                self._take(guesses[column], column, pairs, values)
        return guesses

    def among_all(
        self, rows: Positions, alike: _Guesses, is_open: Mapping[int, npt.NDArray[np.bool_]]
    ) -> _Guesses:
        """Scan all rows for the targets that are still open; the others are left as they are."""
        scan, values = self._scans(rows)
        guesses = self._bounded_by_seed(scan, values, alike)
        for start, stop in scan.runs():
            reach = [
                np.where(is_open[column], self._reach(column, guess), -1)
                for column, guess in guesses.items()
            ]
            limit = np.minimum(np.max(reach, axis=0), FARTHER_THAN_ALL).astype(np.int32)
            pairs = scan.within(start, stop, limit)
            for column, guess in guesses.items():
                self._take(guess, column, pairs, values)
        return guesses

    def _scans(self, rows: Positions) -> tuple[BlockScan, BlockScan]:
        return (
            BlockScan(self.queries.take(rows), self.index),
            BlockScan(self.query_values.take(rows), self.index_values),
        )

    def _reach(self, column: int, guess: Guess) -> npt.NDArray[np.int64]:
        """Largest whole distance at which a pair can still be nearest without the column."""
        return guess.best.astype(np.int64) + (self.one if column in self.known else 0)

    def _bounded_by_seed(self, scan: BlockScan, values: BlockScan, alike: _Guesses) -> _Guesses:
        """Start with the best distances among alike rows and among the first few index rows."""
        seed = scan.seed()
        query, index = (grid.ravel() for grid in np.indices(seed.shape))
        guesses = {}
        for column in self.targets:
            bound = seed
            if column in self.known:
                bound = seed - _contribution(values, column, query, index).reshape(seed.shape)
            guesses[column] = Guess.bounded(np.minimum(bound.min(axis=1), alike[column].best))
        return guesses

    def _take(self, guess: Guess, column: int, pairs: Pairs, values: BlockScan) -> None:
        contribution = _contribution(values, column, pairs.query, pairs.index)
        distance = pairs.distance - contribution if column in self.known else pairs.distance
        guess.take(pairs.query, distance, contribution <= self.targets[column])


def _contribution(scan: BlockScan, column: int, query: Positions, index: Positions) -> IntArray:
    if column in scan.index.word_columns:
        return scan.contribution_of_word(scan.index.word_columns.index(column), query, index)
    return scan.contribution_of_number(scan.index.number_columns.index(column), query, index)
