"""The rows of an index in blocks of like rows, with a box around each: whole blocks are skipped.

Like rows are brought together first (`reidaudit/neighbours/alike.py`). The box of a block says
between which positions its numbers lie and which codes occur, so that how far a row lies from the
box is the least that it can lie from any row in it; a block whose box is too far away is never
looked at. Blocks that follow each other stand on one shelf, which has a box of its own. Nothing is
skipped that could be near enough, so the result is exact, and how the rows were cut up does not
show in it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from reidaudit.encoding import EncodedTable, IntArray
from reidaudit.neighbours.alike import lay_out, sort_alike
from reidaudit.neighbours.rough import WIDTH, Bytes, roughly

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


def rows_of(table: EncodedTable) -> IntArray:
    """Return the table as one array (int32, shape (rows, columns)), words first."""
    columns = (*table.words, *table.numbers)
    cells = np.empty((table.rows, len(columns)), dtype=np.int32)
    for c, column in enumerate(columns):
        cells[:, c] = column
    return cells


def cut_up(index: EncodedTable) -> Blocks:
    """Cut the rows of an index into blocks of like rows."""
    words = len(index.words)
    row, cells = _blocks_of_alike(rows_of(index), words, index.one)
    rough = np.empty((-(-len(cells) // WIDTH), cells.shape[1], WIDTH * WIDTH), dtype=np.uint8)
    levels = np.empty((len(cells), words), dtype=np.uint64)
    # column by column, so that hardly more memory is taken than for the blocks
    for c in range(cells.shape[1]):
        in_steps = roughly(cells[:, c], index.one, is_word=c < words)
        of_shelves = _in_widths(in_steps, in_steps[-1]).transpose(0, 2, 1)
        rough[:, c] = of_shelves.reshape(len(rough), -1)
        if c < words:
            bits = np.left_shift(np.uint64(1), (cells[:, c] & 63).astype(np.uint64))
            levels[:, c] = np.bitwise_or.reduce(bits, axis=1)
    numbers = cells[:, words:]
    boxes = _boxes(numbers.min(axis=2), numbers.max(axis=2), levels)
    shelves = _boxes(
        boxes.low.min(axis=2), boxes.high.max(axis=2), np.bitwise_or.reduce(boxes.levels, axis=2)
    )
    return Blocks(cells, rough, row, boxes, shelves, np.int32(index.one))


def _blocks_of_alike(cells: IntArray, words: int, one: int) -> tuple[Positions, IntArray]:
    """Lay rows out in blocks of like rows: their numbers, and what they hold."""
    rows, values = np.arange(len(cells)), np.empty(len(cells), dtype=np.int32)
    sort_alike(cells, words, np.int32(one), rows, values)
    of_blocks = np.empty((-(-len(rows) // WIDTH), cells.shape[1], WIDTH), dtype=np.int32)
    lay_out(cells, rows, of_blocks)
    return _in_widths(rows, -1), of_blocks


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
