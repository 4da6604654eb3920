"""The rows of an index in blocks of like rows, with a box around each: whole blocks are skipped.

Rows are halved again and again, each time by the column in which they differ most (J. L. Bentley,
Multidimensional Binary Search Trees Used for Associative Searching, 1975), until a block holds few
enough. The box of a block says between which positions its numbers lie and which codes occur, so
that how far a row lies from the box is the least that it can lie from any row in it; a block whose
box is too far away is never looked at. Blocks that follow each other stand on one shelf, which has
a box of its own. Nothing is skipped that could be near enough, so the result is exact, and how the
rows were cut up does not show in it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from reidaudit.encoding import EncodedTable, IntArray
from reidaudit.neighbours.rough import WIDTH, Bytes, roughly

SAMPLED_PAIRS = 64
SPREAD = 7919
Positions = npt.NDArray[np.int64]


class Boxes(NamedTuple):
    """Boxes, as many beside each other as compiled code compares in one go.

    ``low`` and ``high`` (int32, shape (shelves, numbers, width)) bound the numbers; ``levels``
    (uint64, shape (shelves, words, width)) has a bit for each code's remainder by 64.
    """

    low: npt.NDArray[np.int32]
    high: npt.NDArray[np.int32]
    levels: npt.NDArray[np.uint64]


class Blocks(NamedTuple):
    """An index cut into blocks; compiled code takes it as it is.

    ``cells`` (int32, shape (blocks, columns, width)) holds the rows, words first, then numbers;
    ``row`` (int64, shape (blocks, width)) says which rows of the index they are. The last block,
    and the last shelf, are filled up with the last row and the last block again; there ``row`` is
    -1, and there are no blocks beyond ``len(cells)``. ``boxes`` are those of the blocks, shelf by
    shelf, ``shelves`` those of the shelves. ``rough`` (uint8, shape (shelves, columns, width *
    width)) holds the rows in few steps: what lies too far away even when every doubt is in its
    favour need not be measured exactly. The first rows of all blocks of a shelf stand before their
    second rows.
    """

    cells: npt.NDArray[np.int32]
    rough: Bytes
    row: npt.NDArray[np.int64]
    boxes: Boxes
    shelves: Boxes
    one: np.int32


def cells_of(table: EncodedTable) -> IntArray:
    """Return the table as one array (int32, shape (columns, rows)), words first."""
    cells = np.empty((len(table.words) + len(table.numbers), table.rows), dtype=np.int32)
    for i, column in enumerate((*table.words, *table.numbers)):
        cells[i] = column
    return cells


def rows_of(table: EncodedTable) -> IntArray:
    """Return the table as one array (int32, shape (rows, columns)), words first."""
    return np.ascontiguousarray(cells_of(table).T)


def cut_up(index: EncodedTable) -> Blocks:
    """Cut the rows of an index into blocks of like rows."""
    cells, words = cells_of(index), len(index.words)
    rows = np.arange(index.rows)
    _sort_alike(cells, words, index.one, rows)
    row, filled = _in_widths(rows, -1), _in_widths(rows, rows[-1])
    of_blocks = np.empty((len(filled), len(cells), WIDTH), dtype=np.int32)
    rough = np.empty((-(-len(filled) // WIDTH), len(cells), WIDTH * WIDTH), dtype=np.uint8)
    levels = np.empty((len(filled), words), dtype=np.uint64)
    # column by column, so that hardly more memory is taken than for the table and its blocks
    for c, column in enumerate(cells):
        of_blocks[:, c] = column[filled]
        in_steps = roughly(of_blocks[:, c], index.one, is_word=c < words)
        of_shelves = _in_widths(in_steps, in_steps[-1]).transpose(0, 2, 1)
        rough[:, c] = of_shelves.reshape(len(rough), -1)
        if c < words:
            bits = np.left_shift(np.uint64(1), (of_blocks[:, c] & 63).astype(np.uint64))
            levels[:, c] = np.bitwise_or.reduce(bits, axis=1)
    numbers = of_blocks[:, words:]
    boxes = _boxes(numbers.min(axis=2), numbers.max(axis=2), levels)
    shelves = _boxes(
        boxes.low.min(axis=2), boxes.high.max(axis=2), np.bitwise_or.reduce(boxes.levels, axis=2)
    )
    return Blocks(of_blocks, rough, row, boxes, shelves, np.int32(index.one))


def _sort_alike(cells: IntArray, words: int, one: int, rows: Positions) -> None:
    """Bring rows into an order in which like rows stand together."""
    if len(rows) <= WIDTH:
        return
    values = cells[_most_different(cells, words, one, rows)][rows]
    order = np.argsort(values, kind="stable")
    rows[:] = rows[order]
    middle = _place_to_cut(values[order])
    for half in (rows[:middle], rows[middle:]):
        _sort_alike(cells, words, one, half)


def _place_to_cut(values: IntArray) -> int:
    """Return where to halve ascending values: after whole blocks, and if it can be between two."""
    middle = len(values) // 2
    first, last = (int(np.searchsorted(values, values[middle], side)) for side in ("left", "right"))
    place = min(
        (end for end in (first, last) if 0 < end < len(values)),
        key=lambda end: abs(end - middle),
        default=middle,
    )
    # only the very last block of all is left unfilled
    return min(max(round(place / WIDTH), 1), (len(values) - 1) // WIDTH) * WIDTH


def _most_different(cells: IntArray, words: int, one: int, rows: Positions) -> int:
    """Return the column that adds most to the distance of two rows, by a sample of pairs."""
    place = np.arange(SAMPLED_PAIRS)
    one_row = rows[place * len(rows) // SAMPLED_PAIRS]
    other = rows[(place + 1) * SPREAD % len(rows)]
    difference = np.abs(cells[:, one_row] - cells[:, other])
    difference[:words] = np.where(difference[:words] != 0, one, 0)
    return int(np.minimum(difference, one).sum(axis=1, dtype=np.int64).argmax())


def _in_widths(items: npt.NDArray[Any], filling: Any) -> npt.NDArray[Any]:
    """Lay items out in rows of one width, and fill up the last one."""
    missing = -len(items) % WIDTH
    if missing:
        items = np.concatenate([items, np.full((missing, *items.shape[1:]), filling)])
    return items.reshape(len(items) // WIDTH, WIDTH, *items.shape[1:])


def _boxes(*around: npt.NDArray[Any]) -> Boxes:
    """Put boxes beside each other: their lows, highs and levels, one row for each box."""
    return Boxes(
        *(np.ascontiguousarray(_in_widths(part, part[-1]).transpose(0, 2, 1)) for part in around)
    )
