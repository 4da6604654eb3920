"""Guess a column of every query row from its nearest index row on other columns.

All columns are guessed in one pass over the pairs: the distance without column j is the distance
less what j adds, so a pair can only be nearest for j if its whole distance is below the best for j
plus the most that j can add.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.encoding import EncodedTable, IntArray
from reidaudit.neighbours.scan import FARTHER_THAN_ALL, BlockScan, Pairs, Positions, blocks

FloatArray = npt.NDArray[np.float64]


def guess_from_nearest(
    queries: EncodedTable,
    index: EncodedTable,
    *,
    known: Sequence[int],
    targets: Mapping[int, int],
    workers: int = 1,
) -> dict[int, FloatArray]:
    """Chance that the nearest index row, on the known columns, has the query's own value.

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
    dict of int to float64 array, shape (n,)
        For each target column the chance of a right guess, in [0, 1]: where several index rows are
        equally near, one of them is taken at random, and this is the expected result.
    """
    parts = joblib.Parallel(n_jobs=workers, prefer="threads")(
        joblib.delayed(_guess_block)(queries.part(start, stop), index, known, targets)
        for start, stop in blocks(queries.rows)
    )
    return {column: np.concatenate([part[column] for part in parts]) for column in targets}


@dataclass
class _Guess:
    """The best so far for one target column, over the rows of a block."""

    column: int
    tolerance: int
    is_known: bool
    best: IntArray
    ties: Positions = field(init=False)
    right: Positions = field(init=False)

    def __post_init__(self) -> None:
        self.ties = np.zeros(len(self.best), dtype=np.int64)
        self.right = np.zeros(len(self.best), dtype=np.int64)

    def reach(self, one: int) -> npt.NDArray[np.int64]:
        """Largest whole distance at which a pair can still be nearest for this column."""
        return self.best.astype(np.int64) + (one if self.is_known else 0)

    def take(self, pairs: Pairs, contribution: IntArray) -> None:
        """Take the pairs into account; ``contribution`` is what this column adds to each."""
        without = pairs.distance - contribution if self.is_known else pairs.distance
        near = without <= self.best[pairs.query]
        query, without = pairs.query[near], without[near]
        is_right = contribution[near] <= self.tolerance
        smallest = self.best.copy()
        np.minimum.at(smallest, query, without)
        closer = smallest < self.best
        self.ties[closer] = 0
        self.right[closer] = 0
        self.best = smallest
        at_best = without == smallest[query]
        self.ties += np.bincount(query[at_best], minlength=len(smallest))
        self.right += np.bincount(query[at_best & is_right], minlength=len(smallest))


def _guess_block(
    queries: EncodedTable, index: EncodedTable, known: Sequence[int], targets: Mapping[int, int]
) -> dict[int, FloatArray]:
    scan = BlockScan(queries.only(known), index.only(known))
    values = BlockScan(queries.only(list(targets)), index.only(list(targets)))
    guesses = _start(scan, values, known, targets)
    for first, last in scan.runs():
        reach = np.max([guess.reach(index.one) for guess in guesses], axis=0)
        pairs = scan.within(first, last, np.minimum(reach, FARTHER_THAN_ALL).astype(np.int32))
        for guess in guesses:
            guess.take(pairs, _contribution(values, guess.column, pairs.query, pairs.index))
    return {guess.column: guess.right / guess.ties for guess in guesses}


def _start(
    scan: BlockScan, values: BlockScan, known: Sequence[int], targets: Mapping[int, int]
) -> list[_Guess]:
    """Bound the best distance of every target by the first few index rows."""
    seed = scan.seed()
    query, index = (grid.ravel() for grid in np.indices(seed.shape))
    guesses = []
    for column, tolerance in targets.items():
        bound = seed
        if column in known:
            bound = seed - _contribution(values, column, query, index).reshape(seed.shape)
        guesses.append(_Guess(column, tolerance, column in known, bound.min(axis=1)))
    return guesses


def _contribution(scan: BlockScan, column: int, query: Positions, index: Positions) -> IntArray:
    if column in scan.index.word_columns:
        return scan.contribution_of_word(scan.index.word_columns.index(column), query, index)
    return scan.contribution_of_number(scan.index.number_columns.index(column), query, index)
