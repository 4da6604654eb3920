"""Where searches run: in threads of this process, or wherever joblib can send small tasks."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Protocol

import joblib
import numpy as np

from reidaudit.encoding import EncodedTable
from reidaudit.machine import memory_allowed
from reidaudit.neighbours import tiles
from reidaudit.neighbours.blocks import Blocks, cut_up, rows_of
from reidaudit.neighbours.tiles import (
    F,
    Groups,
    Merging,
    OpenTile,
    Question,
    Tile,
    plan,
    rows_within,
)

INDEXES_KEPT = 2
NOBODY = np.empty(0, dtype=np.int64)


class Executor(Protocol):
    """Carries out searches; the result does not depend on which one does."""

    def search(
        self,
        question: Question[F],
        queries: EncodedTable,
        index: EncodedTable,
        groups: Groups | None = None,
    ) -> F:
        """Ask a question about every query row.

        Parameters
        ----------
        question : Question
            What is looked for.
        queries, index : EncodedTable
            Encoded together.
        groups : pair of int64 arrays, optional
            Groups of query and index rows; rows of one's own group are no neighbours.
        """
        ...


class CutIndexes:
    """The last indexes that were cut into blocks, as the next search often wants one of them."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Hashable, int, int], tuple[EncodedTable, Blocks]] = {}
        self._lock = threading.Lock()

    def cut(self, name: Hashable, index: EncodedTable, rows: range) -> Blocks:
        """Return the blocks of some rows of an index, whose content ``name`` stands for."""
        key = (name, rows.start, rows.stop)
        with self._lock:
            kept = self._kept.pop(key, None)
            self._make_room(0 if len(rows) < index.rows else INDEXES_KEPT - 1)
            # with the index, lest another one take its place in memory, and with that its name
            self._kept[key] = kept or (index, cut_up(index.between(rows.start, rows.stop)))
            return self._kept[key][1]

    def _make_room(self, most: int) -> None:
        """Let go of all but the last few; of a part always, as all others are wanted before it."""
        whole = [key for key, (index, _) in self._kept.items() if key[1:] == (0, index.rows)]
        self._kept = {key: self._kept[key] for key in whole[len(whole) - most :]}

    def forget(self) -> None:
        """Let go of all of them."""
        with self._lock:
            self._kept.clear()


@dataclass(frozen=True)
class Tables:
    """What is searched; ``name`` stands for the content of the index."""

    queries: EncodedTable
    index: EncodedTable
    groups: Groups | None
    name: Hashable

    def open(self, tile: Tile, cut: CutIndexes) -> OpenTile:
        """Fetch the rows of a tile."""
        start, stop = tile.queries.start, tile.queries.stop
        # copies, because compiled code takes read-only arrays for another type
        of_queries, of_index = self.groups or (NOBODY, NOBODY)
        groups = (
            np.array(of_queries[start:stop]),
            np.array(of_index[tile.index.start : tile.index.stop]),
        )
        return OpenTile(
            cut.cut(self.name, self.index, tile.index),
            tile.index.start,
            rows_of(self.queries.between(start, stop)),
            groups,
        )


@dataclass(frozen=True)
class Threads:
    """Searches in threads of this process.

    Attributes
    ----------
    workers : int
        How many threads.
    memory : int
        Bytes that the indexes cut into blocks may take; a quarter of the machine's if left out.
    """

    workers: int = 1
    memory: int = field(default_factory=lambda: memory_allowed(None))
    cut: CutIndexes = field(default_factory=CutIndexes, repr=False, compare=False)

    def search(
        self,
        question: Question[F],
        queries: EncodedTable,
        index: EncodedTable,
        groups: Groups | None = None,
    ) -> F:
        """Ask a question about every query row."""
        # where its columns lie names an index, so they must not be put together anew
        index = replace(index, words=tuple(index.words), numbers=tuple(index.numbers))
        tables = Tables(queries, index, groups, tuple(map(id, (*index.words, *index.numbers))))
        planned = plan(
            queries.rows,
            index.rows,
            queries_at_once=tiles.QUERIES_AT_ONCE,
            index_at_once=rows_within(self.memory, index),
        )
        parallel = joblib.Parallel(n_jobs=self.workers, prefer="threads")

        merging: Merging[F] = Merging()
        for some in planned:
            parts = parallel(
                joblib.delayed(answer)(question, tables, tile, self.cut, merging.so_far(tile))
                for tile in some
            )
            merging.add(some, parts)
        if len(planned) > 1:
            self.cut.forget()
        return merging.result()


def answer(
    question: Question[F], tables: Tables, tile: Tile, cut: CutIndexes, so_far: F | None = None
) -> F:
    """Search one tile."""
    return question.answer(tables.open(tile, cut), so_far)
