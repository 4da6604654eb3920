"""Like rows brought together, by halving: the order in which an index is cut into blocks.

Rows are halved again and again, each time by the column in which they differ most (J. L. Bentley,
Multidimensional Binary Search Trees Used for Associative Searching, 1975), until no more than a
block of them is left. No half is sorted: it is enough to select (C. A. R. Hoare, Find, 1961) which
rows belong to it. Rows are read whole, as they stand beside each other in memory.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reidaudit.compiled import compiled
from reidaudit.encoding import IntArray
from reidaudit.neighbours.rough import WIDTH, Int

Rows = npt.NDArray[np.int64]

SAMPLED_PAIRS = 64
SPREAD = 7919


@compiled
def sort_alike(cells: IntArray, words: int, one: Int, rows: Rows, values: IntArray) -> None:
    """Bring rows into an order in which like rows stand together.

    Parameters
    ----------
    cells : int32 array, shape (n, columns)
        Codes first, then numbers.
    words : int
        How many columns hold codes.
    one : int32
        The most that a column can add to a distance.
    rows : int64 array, shape (n,)
        The numbers of the rows, which are brought into that order.
    values : int32 array, shape (n,)
        Written over.
    """
    halves = [(0, len(rows))]
    while halves:
        start, stop = halves.pop()
        if stop - start <= WIDTH:
            continue
        own_rows, own_values = rows[start:stop], values[start:stop]
        column = _most_different(cells, words, one, own_rows)
        for r in range(len(own_rows)):
            own_values[r] = cells[own_rows[r], column]
        middle = start + _halve(own_values, own_rows)
        halves.append((start, middle))
        halves.append((middle, stop))


@compiled
def lay_out(cells: IntArray, rows: Rows, of_blocks: IntArray) -> None:
    """Write rows into blocks, in the given order; the last block is filled up with the last row.

    Parameters
    ----------
    cells : int32 array, shape (n, columns)
        What the rows hold.
    rows : int64 array, shape (n,)
        Their order.
    of_blocks : int32 array, shape (blocks, columns, width)
        Written to.
    """
    for b in range(len(of_blocks)):
        for w in range(WIDTH):
            row = rows[min(b * WIDTH + w, len(rows) - 1)]
            for c in range(cells.shape[1]):
                of_blocks[b, c, w] = cells[row, c]


@compiled
def _most_different(cells: IntArray, words: int, one: Int, rows: Rows) -> int:
    """Return the column that adds most to the distance of two rows, by a sample of pairs."""
    added = np.zeros(cells.shape[1], np.int64)
    for pair in range(SAMPLED_PAIRS):
        own = cells[rows[pair * len(rows) // SAMPLED_PAIRS]]
        other = cells[rows[(pair + 1) * SPREAD % len(rows)]]
        for c in range(len(added)):
            if c < words:
                added[c] += one if own[c] != other[c] else 0
            else:
                added[c] += min(abs(own[c] - other[c]), one)
    return int(added.argmax())


@compiled
def _halve(values: IntArray, rows: Rows) -> int:
    """Put rows with small values before the others, and return where the others begin.

    They are cut after whole blocks, and if it can be between two values, so that only the very last
    block of all is left unfilled.
    """
    middle = len(values) // 2
    _select(values, rows, middle)
    smaller = not_larger = 0
    for value in values:
        smaller += value < values[middle]
        not_larger += value <= values[middle]
    place = middle
    if smaller > 0 and (not_larger == len(values) or middle - smaller <= not_larger - middle):
        place = smaller
    elif not_larger < len(values):
        place = not_larger
    whole_blocks = min(max(round(place / WIDTH), 1), (len(values) - 1) // WIDTH) * WIDTH
    _select(values, rows, whole_blocks)
    return int(whole_blocks)


@compiled
def _select(values: IntArray, rows: Rows, place: int) -> None:
    """Bring rows into an order in which no value before a place is larger than one after it."""
    start, stop = 0, len(values)
    while stop - start > 1:
        first, middle, last = values[start], values[(start + stop) // 2], values[stop - 1]
        pivot = max(min(first, middle), min(max(first, middle), last))
        # smaller ones up to `below`, equal ones up to `here`, larger ones from `above`
        below, here, above = start, start, stop
        while here < above:
            if values[here] < pivot:
                _swap(values, rows, below, here)
                below += 1
                here += 1
            elif values[here] > pivot:
                above -= 1
                _swap(values, rows, here, above)
            else:
                here += 1
        if place < below:
            stop = below
        elif place >= above:
            start = above
        else:
            return


@compiled
def _swap(values: IntArray, rows: Rows, one: int, other: int) -> None:
    values[one], values[other] = values[other], values[one]
    rows[one], rows[other] = rows[other], rows[one]
