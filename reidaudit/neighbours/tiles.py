"""Plan, run, merge: a search is cut into tiles, each of some query rows and some index rows.

What is found in the tiles is merged by operations that are associative and commutative, so neither
the tiles nor the order in which they are searched show in the result. How large tiles are follows
from the memory that the search may take.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, Protocol, Self, TypeVar

from reidaudit.encoding import EncodedTable, IntArray
from reidaudit.neighbours.blocks import Blocks, Positions

QUERIES_AT_ONCE = 1024
Groups = tuple[Positions, Positions]
"""Groups of query and index rows; rows of one's own group are no neighbours."""


@dataclass(frozen=True)
class Tile:
    """Rows of the queries and rows of the index, counted in the whole tables."""

    queries: range
    index: range


@dataclass(frozen=True)
class OpenTile:
    """A tile with its rows.

    ``index`` counts rows from 0; ``first_row`` is the place of its first one in the whole index.
    ``queries`` (int32, shape (n, columns)) has words first. The arrays of ``groups`` are those of
    the tile's rows, or empty if nobody is to be left out.
    """

    index: Blocks
    first_row: int
    queries: IntArray
    groups: Groups


class Found(Protocol):
    """What was found for some query rows."""

    def merged(self, other: Self) -> Self:
        """Join with what further index rows gave; associative and commutative."""
        ...

    def followed_by(self, *others: Self) -> Self:
        """Join with what was found for further query rows, which stand below these."""
        ...


F = TypeVar("F", bound=Found)


class Question(Protocol[F]):
    """What is looked for; small, so that it can be sent with every tile."""

    def answer(self, tile: OpenTile, so_far: F | None = None) -> F:
        """Search one tile.

        Parameters
        ----------
        tile : OpenTile
            What is searched.
        so_far : what was found, optional
            In other tiles of the same query rows. What could not stand beside it may be left out
            of the answer, so that less is searched; both together must be the same.
        """
        ...


def plan(
    queries: int, index: int, *, queries_at_once: int, index_at_once: int
) -> tuple[tuple[Tile, ...], ...]:
    """Cut a search into tiles.

    Parameters
    ----------
    queries, index : int
        Rows of the whole tables.
    queries_at_once, index_at_once : int
        Most rows of a tile; those of the index are cut evenly.

    Returns
    -------
    tuple of tuples of Tile
        One tuple for each run of index rows, so that it has to be cut into blocks but once.
    """
    parts = -(-index // index_at_once)
    cuts = [part * index // parts for part in range(parts + 1)]
    runs = [
        range(start, min(start + queries_at_once, queries))
        for start in range(0, max(queries, 1), queries_at_once)
    ]
    return tuple(
        tuple(Tile(run, range(start, stop)) for run in runs) for start, stop in pairwise(cuts)
    )


def rows_within(memory: int, index: EncodedTable) -> int:
    """Return how many rows of an index can be searched in one piece within so many bytes.

    A whole index is kept beside the next one, as it may soon be wanted again. Where both do not
    fit, the index is searched in parts, of which none is kept beside another.
    """
    columns = len(index.words) + len(index.numbers)
    row = BYTES_OF_ROW + columns * BYTES_OF_CELL
    beside = BYTES_OF_KEPT_ROW + columns * BYTES_OF_KEPT_CELL
    if index.rows * (row + beside) <= memory:
        return max(index.rows, 1)
    return max(min(memory // row, (index.rows + 1) // 2), 1)


BYTES_OF_CELL = 4 + 4 + 1
"""A cell as it comes, in its block, and in few steps."""
BYTES_OF_ROW = 7 * 8
"""Row numbers, what sorting takes, and one column on its way."""
BYTES_OF_KEPT_CELL, BYTES_OF_KEPT_ROW = 4 + 1, 8
"""What is left of them when an index has been cut up."""


class Merging(Generic[F]):
    """Joins what was found in the tiles of a search, in whatever order they come."""

    def __init__(self) -> None:
        self._found: dict[int, F] = {}

    def add(self, tiles: Iterable[Tile], parts: Iterable[F]) -> None:
        """Join what was found in some tiles with what there is."""
        for tile, part in zip(tiles, parts, strict=True):
            so_far = self.so_far(tile)
            self._found[tile.queries.start] = part if so_far is None else so_far.merged(part)

    def so_far(self, tile: Tile) -> F | None:
        """Return what was found for the query rows of a tile, if anything was."""
        return self._found.get(tile.queries.start)

    def result(self) -> F:
        """Return what was found for all query rows."""
        top, *below = (self._found[first] for first in sorted(self._found))
        return top.followed_by(*below)
