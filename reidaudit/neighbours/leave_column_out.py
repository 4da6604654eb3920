"""Guess a column of every query row from its nearest index row on other columns.

All columns are guessed in one pass over the pairs: the distance without column j is the distance
less what j adds, so a pair can only be nearest for j if its whole distance is below the best for j
plus the most that j can add.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.encoding import EncodedTable, IntArray
from reidaudit.neighbours.blocks import Positions
from reidaudit.neighbours.executor import Executor, Threads
from reidaudit.neighbours.kernel import FARTHER_THAN_ALL, guess_columns
from reidaudit.neighbours.tiles import OpenTile

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
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
        """Join with the guess from further index rows, in whichever order."""
        best = np.minimum(self.best, other.best)
        ours, theirs = self.best == best, other.best == best
        return Guess(
            best,
            self.ties * ours + other.ties * theirs,
            self.right * ours + other.right * theirs,
        )

    def followed_by(self, *others: Guess) -> Guess:
        """Join with the guesses for further query rows, which stand below these."""
        all_of_them = (self, *others)
        return Guess(
            np.concatenate([guess.best for guess in all_of_them]),
            np.concatenate([guess.ties for guess in all_of_them]),
            np.concatenate([guess.right for guess in all_of_them]),
        )


@dataclass(frozen=True)
class Guesses:
    """The guesses of all target columns, in their order."""

    of_columns: tuple[Guess, ...]

    def merged(self, other: Guesses) -> Guesses:
        """Join with the guesses from further index rows, in whichever order."""
        pairs = zip(self.of_columns, other.of_columns, strict=True)
        return Guesses(tuple(one.merged(another) for one, another in pairs))

    def followed_by(self, *others: Guesses) -> Guesses:
        """Join with the guesses for further query rows, which stand below these."""
        columns = zip(*(found.of_columns for found in (self, *others)), strict=True)
        return Guesses(tuple(top.followed_by(*below) for top, *below in columns))


@dataclass(frozen=True)
class GuessedColumns:
    """The question what the nearest rows say about some columns.

    ``is_known`` has a place for each column, words first; ``targets`` are places among them, and
    ``within`` says how far a guess of each may lie from the truth.
    """

    is_known: tuple[bool, ...]
    targets: tuple[int, ...]
    within: tuple[int, ...]

    def answer(self, tile: OpenTile, so_far: Guesses | None = None) -> Guesses:
        """Search one tile."""
        shape = (len(tile.queries), len(self.targets))
        best = np.full(shape, FARTHER_THAN_ALL)
        if so_far is not None:
            best[:] = np.stack([guess.best for guess in so_far.of_columns], axis=1)
        ties, right = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        guess_columns(
            tile.index,
            tile.queries,
            np.array(self.is_known, dtype=np.int32),
            np.array(self.targets, dtype=np.int64),
            np.array(self.within, dtype=np.int32),
            best,
            ties,
            right,
        )
        found = zip(best.T.copy(), ties.T.copy(), right.T.copy(), strict=True)
        return Guesses(tuple(Guess(*of_column) for of_column in found))


def guess_from_nearest(
    queries: EncodedTable,
    index: EncodedTable,
    *,
    known: Sequence[int],
    targets: Mapping[int, int],
    workers: int = 1,
    executor: Executor | None = None,
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
        Threads, where there is no executor. The result does not depend on it.
    executor : Executor, optional
        Where the search runs. The result does not depend on it.

    Returns
    -------
    dict of int to Guess
        For each target column. Where several index rows are equally near, all of them count.
    """
    if not targets:
        return {}
    columns = sorted({*known, *targets})
    queries, index = queries.only(columns), index.only(columns)
    places = [*index.word_columns, *index.number_columns]
    question = GuessedColumns(
        tuple(column in known for column in places),
        tuple(places.index(column) for column in targets),
        tuple(targets.values()),
    )
    found = (executor or Threads(workers)).search(question, queries, index)
    return dict(zip(targets, found.of_columns, strict=True))
