"""The rows of a table by what they hold in a few columns: a cell is all rows that share a key.

Rows are put together by a hash table (open addressing: D. E. Knuth, The Art of Computer
Programming, volume 3, 6.4), as key sets are many and sorting them all is what would take the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reidaudit.compiled import compiled
from reidaudit.data.canonical import KeyArray
from reidaudit.data.kinds import CodeArray

NOT_ONE = -2
"""Stands for the level of a cell whose rows differ, or that does not exist; missing is -1."""
EMPTY = -1
NOT_SEEN = -3
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
    keys : uint64 array, shape (n_cells,)
        The key of each cell.
    """

    sizes: CodeArray
    of_row: CellArray
    keys: KeyArray
    _slots: CellArray

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
        return cls(sizes[:count], of_row, distinct[:count], slots)

    def find(self, wanted: KeyArray) -> CellArray:
        """Return the cell of each wanted key, -1 where no row has it."""
        found = np.empty(len(wanted), dtype=np.int32)
        _look_up(wanted, self._slots, self.keys, found)
        return found

    def count(self, wanted: KeyArray) -> CodeArray:
        """Return how many rows have each wanted key."""
        return np.append(self.sizes, 0)[self.find(wanted)]

    def tally(self, others: KeyArray) -> CodeArray:
        """Return how many rows of another table have each cell's key.

        Where that table is the larger one, this is quicker than to ask for the cells of its rows: a
        table of few cells stays in the processor's cache.
        """
        counts = np.zeros(len(self.sizes), dtype=np.int64)
        _tally(others, self._slots, self.keys, counts)
        return counts

    def own_count(self) -> CodeArray:
        """Return how many rows have each row's key; one has only a row that is alone with it."""
        return self.sizes[self.of_row]

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

    def level_among(self, found: CellArray, codes: CodeArray) -> CodeArray:
        """Return the level that all rows of another table share which are found in a cell.

        Parameters
        ----------
        found : int32 array, shape (n_others,)
            The cell of each row of the other table, as `find` returns it.
        codes : signed integer array, shape (n_others,)
            A column of that table; -1 is missing, a level like any other.

        Returns
        -------
        int64 array, shape (n_cells,)
            By cell; ``NOT_ONE`` where rows differ, or none is found there.
        """
        levels = np.full(len(self.sizes), NOT_SEEN, dtype=np.int64)
        _agree_among(found, codes, levels)
        levels[levels == NOT_SEEN] = NOT_ONE
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
    alone: BoolArray = (cells.one_level(entities) != NOT_ONE)[cells.of_row]
    return alone


@compiled
def _fill(
    keys: KeyArray, slots: CellArray, distinct: KeyArray, of_row: CellArray, sizes: CodeArray
) -> int:
    """Number the cells, and return how many there are."""
    count, shift = 0, _shift_of(slots)
    for row in range(len(keys)):
        slot = _slot_of(keys[row], slots, distinct, shift)
        if slots[slot] < 0:
            slots[slot], distinct[count] = count, keys[row]
            count += 1
        of_row[row] = slots[slot]
        sizes[slots[slot]] += 1
    return count


@compiled
def _look_up(wanted: KeyArray, slots: CellArray, distinct: KeyArray, found: CellArray) -> None:
    """Write down the cell of each wanted key, or that there is none."""
    shift = _shift_of(slots)
    for row in range(len(wanted)):
        found[row] = slots[_slot_of(wanted[row], slots, distinct, shift)]


@compiled
def _tally(others: KeyArray, slots: CellArray, distinct: KeyArray, counts: CodeArray) -> None:
    """Count the other rows that have the key of each cell."""
    shift = _shift_of(slots)
    for row in range(len(others)):
        cell = slots[_slot_of(others[row], slots, distinct, shift)]
        if cell >= 0:
            counts[cell] += 1


@compiled
def _slot_of(key: Any, slots: CellArray, distinct: KeyArray, shift: Any) -> Any:
    """Return the slot that holds a key's cell, or the free one where it would be put."""
    slot = np.int64((key * GOLDEN) >> shift)
    while slots[slot] >= 0 and distinct[slots[slot]] != key:
        slot = (slot + 1) & (len(slots) - 1)
    return slot


@compiled
def _shift_of(slots: CellArray) -> Any:
    """Return by how many bits a spread key is shifted, so that it says one of the slots."""
    bits = 0
    while (1 << bits) < len(slots):
        bits += 1
    return np.uint64(64 - bits)


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
def _agree_among(found: CellArray, codes: CodeArray, levels: CodeArray) -> None:
    """Write down the level that all rows found in a cell share."""
    for row in range(len(found)):
        cell = found[row]
        if cell < 0:
            continue
        if levels[cell] == NOT_SEEN:
            levels[cell] = codes[row]
        elif levels[cell] != codes[row]:
            levels[cell] = NOT_ONE
