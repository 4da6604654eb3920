"""How far a query lies from blocks, from shelves of them, and from the rows of one, compiled.

Loops over the width of a block stand innermost, where the compiler turns them into vector
instructions.
"""

from __future__ import annotations

import numpy as np

from reidaudit.compiled import compiled
from reidaudit.encoding import IntArray
from reidaudit.neighbours.blocks import Blocks, Boxes
from reidaudit.neighbours.rough import DONE, WIDTH, Int


@compiled
def measure_shelves(
    index: Blocks, query: IntArray, is_known: IntArray, added: IntArray, of_shelves: IntArray
) -> None:
    """Write down the least distance from any row of each shelf."""
    for group in range(len(index.shelves.low)):
        beside = of_shelves[group * WIDTH : (group + 1) * WIDTH]
        _measure_boxes(index.shelves, group, query, is_known, index.one, added, beside)
    of_shelves[len(index.boxes.low) :] = DONE


@compiled
def measure_blocks(
    index: Blocks,
    shelf: int,
    query: IntArray,
    is_known: IntArray,
    added: IntArray,
    of_blocks: IntArray,
) -> None:
    """Write down the least distance from any row of each block of a shelf."""
    _measure_boxes(index.boxes, shelf, query, is_known, index.one, added, of_blocks)
    of_blocks[len(index.cells) - shelf * WIDTH :] = DONE


@compiled
def _measure_boxes(
    boxes: Boxes,
    shelf: int,
    query: IntArray,
    is_known: IntArray,
    one: Int,
    added: IntArray,
    total: IntArray,
) -> None:
    """Write down what each column adds at least to the distances of boxes, and the sums."""
    words = boxes.levels.shape[1]
    total[:] = 0
    for c in range(len(query)):
        if c < words:
            code = np.uint64(query[c] & 63)
            for b in range(WIDTH):
                is_there = (boxes.levels[shelf, c, b] >> code) & np.uint64(1)
                added[c, b] = np.int32(0) if is_there else one
        else:
            for b in range(WIDTH):
                low = np.int32(boxes.low[shelf, c - words, b] - query[c])
                high = np.int32(query[c] - boxes.high[shelf, c - words, b])
                gap = max(low, high, np.int32(0))
                added[c, b] = one if gap > one else gap
        if is_known[c]:
            for b in range(WIDTH):
                total[b] += added[c, b]


@compiled
def measure_rows(
    index: Blocks,
    block: int,
    query: IntArray,
    is_known: IntArray,
    added: IntArray,
    total: IntArray,
) -> None:
    """Write down what each column adds to the distances of a block's rows, and the distances."""
    words, one = index.boxes.levels.shape[1], index.one
    total[:] = 0
    for c in range(len(query)):
        if c < words:
            for r in range(WIDTH):
                added[c, r] = np.int32(0) if index.cells[block, c, r] == query[c] else one
        else:
            for r in range(WIDTH):
                difference = np.int32(index.cells[block, c, r] - query[c])
                if difference < 0:
                    difference = np.int32(-difference)
                added[c, r] = one if difference > one else difference
        if is_known[c]:
            for r in range(WIDTH):
                total[r] += added[c, r]


@compiled
def measure_distances(index: Blocks, block: int, query: IntArray, total: IntArray) -> None:
    """Write down the distances of a block's rows, all columns known."""
    words, one = index.boxes.levels.shape[1], index.one
    total[:] = 0
    for c in range(words):
        for r in range(WIDTH):
            total[r] += np.int32(index.cells[block, c, r] != query[c])
    for r in range(WIDTH):
        total[r] *= one
    for c in range(words, len(query)):
        for r in range(WIDTH):
            difference = np.int32(index.cells[block, c, r] - query[c])
            total[r] += min(max(difference, np.int32(-difference)), one)
