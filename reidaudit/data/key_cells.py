"""The rows of a table by what they hold in a few columns: a cell is all rows that share a key.

Rows are put together by a hash table (open addressing: D. E. Knuth, The Art of Computer
Programming, volume 3, 6.4), as key sets are many and sorting them all is what would take the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.compiled import compiled
from reidaudit.data.canonical import KeyArray
from reidaudit.data.kinds import CodeArray

NOT_ONE = -2
"""Stands for the level of a cell whose rows differ, or that does not exist; missing is -1."""
EMPTY = -1
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2 to the power of 64 by the golden section: spreads neighbouring keys over all slots."""
CellArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class KeyCells:
    """The cells of one table by one key, numbered in the order in which they come up.

    Attributes
    ----------
    sizes : int64 array, shape (n_cells,)
        How many rows share each key.
    of_row : int32 array, shape (n_rows,)
        The cell of each row.
    """

    sizes: CodeArray
    of_row: CellArray
    _slots: CellArray
    _keys: KeyArray

    @classmethod
    def of(cls, keys: KeyArray) -> KeyCells:
        """Put the rows of a table together by their keys.

        Parameters
        ----------
        keys : uint64 array, shape (n_rows,)
            Equal where rows hold the same in the columns of the key.
        """
        # at most half full, so that a free slot is never far
        slots = np.full(1 << max(2 * len(keys), 2).bit_length(), EMPTY, dtype=np.int32)
        of_row = np.empty(len(keys), dtype=np.int32)
        distinct = np.empty(len(keys), dtype=np.uint64)
        sizes = np.zeros(len(keys), dtype=np.int64)
        count = _fill(keys, slots, distinct, of_row, sizes)
        return cls(sizes[:count], of_row, slots, distinct[:count])

    def find(self, wanted: KeyArray) -> CodeArray:
        """Return the cell of each wanted key, -1 where no row has it."""
        found = np.empty(len(wanted), dtype=np.int64)
        _look_up(wanted, self._slots, self._keys, found)
        return found

    def count(self, wanted: KeyArray) -> CodeArray:
        """Return how many rows have each wanted key."""
        return np.append(self.sizes, 0)[self.find(wanted)]

    def one_level(self, codes: CodeArray) -> CodeArray:
        """Return the level that all rows of a cell share in one column, ``NOT_ONE`` where none.

        Parameters
        ----------
        codes : int64 array, shape (n_rows,)
            The column, in the order of the table; -1 is missing, a level like any other.

        Returns
        -------
        int64 array, shape (n_cells + 1,)
            By cell; the last stands for "no cell", so that what `find` returns can index it.
        """
        levels = np.full(len(self.sizes) + 1, NOT_ONE, dtype=np.int64)
        _agree(self.of_row, codes, levels)
        return levels


def without_lookalike(keys: KeyArray, entities: CodeArray) -> BoolArray:
    """Tell for each row whether no row of another entity has the same key.

    Parameters
    ----------
    keys : uint64 array, shape (n,)
        Equal where rows count as alike.
    entities : int64 array, shape (n,)
        Whose row each is.
    """
    cells = KeyCells.of(keys)
    levels = np.empty(len(cells.sizes), dtype=np.int64)
    is_shared = np.zeros(len(cells.sizes), dtype=bool)
    _share(cells.of_row, entities, levels, is_shared)
    alone: BoolArray = ~is_shared[cells.of_row]
    return alone


@compiled
def _fill(
    keys: KeyArray, slots: CellArray, distinct: KeyArray, of_row: CellArray, sizes: CodeArray
) -> int:
    """Number the cells, and return how many there are."""
    count, last = 0, len(slots) - 1
    shift = np.uint64(64 - _bits(len(slots)))
    for row in range(len(keys)):
        slot = np.int64((keys[row] * GOLDEN) >> shift)
        while slots[slot] >= 0 and distinct[slots[slot]] != keys[row]:
            slot = (slot + 1) & last
        if slots[slot] < 0:
            slots[slot], distinct[count] = count, keys[row]
            count += 1
        of_row[row] = slots[slot]
        sizes[slots[slot]] += 1
    return count


@compiled
def _look_up(wanted: KeyArray, slots: CellArray, distinct: KeyArray, found: CodeArray) -> None:
    """Write down the cell of each wanted key, or that there is none."""
    last = len(slots) - 1
    shift = np.uint64(64 - _bits(len(slots)))
    for row in range(len(wanted)):
        slot = np.int64((wanted[row] * GOLDEN) >> shift)
        while slots[slot] >= 0 and distinct[slots[slot]] != wanted[row]:
            slot = (slot + 1) & last
        found[row] = slots[slot]


@compiled
def _bits(slots: int) -> int:
    bits = 0
    while (1 << bits) < slots:
        bits += 1
    return bits


@compiled
def _agree(of_row: CellArray, codes: CodeArray, levels: CodeArray) -> None:
    """Write down the level that all rows of each cell share; cells come up in their order."""
    known = 0
    for row in range(len(of_row)):
        cell = of_row[row]
        if cell == known:
            levels[cell] = codes[row]
            known += 1
        elif levels[cell] != codes[row]:
            levels[cell] = NOT_ONE


@compiled
def _share(of_row: CellArray, entities: CodeArray, first: CodeArray, is_shared: BoolArray) -> None:
    """Write down which cells have rows of several entities."""
    known = 0
    for row in range(len(of_row)):
        cell = of_row[row]
        if cell == known:
            first[cell] = entities[row]
            known += 1
        elif first[cell] != entities[row]:
            is_shared[cell] = True
