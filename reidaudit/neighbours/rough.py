"""A rough look at the rows of a shelf: most of its blocks need no other.

Every row is kept a second time in bytes: a code by its last eight bits, a number by the step of 127
in which it lies. By bytes, and a whole shelf at a time, it is quick to say how far the rows of its
blocks lie away *at least*; only a block that may hold a row near enough is measured exactly. So the
result stays exact. (Bounds by coarse codes before exact distances: R. Weber, H. Schek and S. Blott,
A Quantitative Analysis and Performance Study for Similarity-Search Methods in High-Dimensional
Spaces, VLDB 1998, the vector approximation file.)

The rows of a shelf stand column by column, the first rows of all blocks before their second rows,
so that all loops are long and the least of each block is found without a look back: short loops
spend most of their time on beginning and ending.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reidaudit.compiled import compiled
from reidaudit.encoding import IntArray

if TYPE_CHECKING:
    from reidaudit.neighbours.blocks import Blocks, Positions

Steps = npt.NDArray[np.int16]
Bytes = npt.NDArray[np.uint8]
Int = Any
"""A number that compiled code keeps in 16 or 32 bits."""

WIDTH = 64
"""Rows of a block, and blocks of a shelf: few enough for the processor's cache."""
DONE = np.int32(2**31 - 1)
"""As the distance of a block: it need not be looked at, or not again."""
MOST_STEPS, MISSING = 127, 255
MOST_OF_A_SUM, MOST_COUNTED = 32_767, 255
"""The largest numbers of 16 and of 8 bits, in which rough distances and differences are added."""


def steps_of(columns: int) -> int:
    """Return into how many steps the most that a column can add is cut."""
    return min(MOST_STEPS, MOST_OF_A_SUM // columns)


def roughly(column: IntArray, one: int, steps: int, *, is_word: bool) -> Bytes:
    """Write positions in few steps, and codes by their last eight bits.

    Two numbers that lie so many steps apart differ by more than one step less than that. Codes that
    differ in the last bits differ. Missing lies as far from every number as anything can.

    Parameters
    ----------
    column : int32 array
        Of one column.
    one : int
        The most that a column can add to a distance.
    steps : int
        Into how many it is cut.
    is_word : bool
        Whether the column holds codes.
    """
    if is_word:
        return (column & 255).astype(np.uint8)
    return np.where(column > one, MISSING, column * np.int64(steps) // one).astype(np.uint8)


@compiled
def roughen(query: IntArray, words: int, one: Int, steps: Int, rough_query: Steps) -> None:
    """Write down a query in steps, as the rows of the index are."""
    for c in range(len(query)):
        if c < words:
            rough_query[c] = query[c] & 255
        elif query[c] > one:
            rough_query[c] = MISSING
        else:
            rough_query[c] = np.int64(query[c]) * steps // one


@compiled
def strike_out_far(
    index: Blocks,
    shelf: int,
    rough_query: Steps,
    is_known: IntArray,
    reach: Int,
    total: Steps,
    of_blocks: IntArray,
) -> None:
    """Strike out the blocks of a shelf whose rows all lie out of reach, seen in few steps.

    ``total`` (int16, shape (width * width,)) is written over.
    """
    words, steps = index.boxes.levels.shape[1], index.steps
    within = np.int64(reach) * steps // index.one
    add_steps(index.rough[shelf], words, steps, rough_query, is_known, total)
    _strike_out(total, within, of_blocks)


@compiled
def strike_out_far_for_targets(
    index: Blocks,
    shelf: int,
    rough_query: Steps,
    is_known: IntArray,
    targets: Positions,
    best: IntArray,
    total: Steps,
    of_blocks: IntArray,
) -> None:
    """Strike out the blocks of a shelf with no row that may be nearest without some target.

    Every row is looked at without the target in which it lies farthest away, and held against the
    farthest of the best.
    ``total`` (int16, shape (width * width,)) is written over.
    """
    words, steps = index.boxes.levels.shape[1], index.steps
    rough, most = index.rough[shelf], np.uint8(index.steps)
    add_steps(rough, words, steps, rough_query, is_known, total)
    left_out = np.zeros(len(total), np.uint8)
    for t in range(len(targets)):
        c = targets[t]
        if is_known[c] == 0:
            continue
        own = np.uint8(rough_query[c])
        if c < words:
            for r in range(len(total)):
                left_out[r] = max(left_out[r], most if rough[c, r] != own else np.uint8(0))
        else:
            for r in range(len(total)):
                apart = np.uint8(max(rough[c, r], own) - min(rough[c, r], own))
                left_out[r] = max(left_out[r], min(apart, most))
    for r in range(len(total)):
        total[r] -= np.int16(left_out[r])
    _strike_out(total, np.int64(best.max()) * steps // index.one, of_blocks)


@compiled
def _strike_out(total: Steps, within: Int, of_blocks: IntArray) -> None:
    """Strike out the blocks all of whose rows have more than so many steps."""
    half = len(total) // 2
    while half >= WIDTH:  # the second half of the rows of all blocks, held against the first half
        least, others = total[:half], total[half : 2 * half]
        for r in range(half):
            least[r] = min(least[r], others[r])
        half //= 2
    for b in range(WIDTH):
        if total[b] > within:
            of_blocks[b] = DONE


@compiled
def add_steps(
    rough: Bytes, words: int, steps: Int, rough_query: Steps, is_known: IntArray, total: Steps
) -> None:
    """Write down by how many steps at least each row of a shelf differs from a query."""
    differing = np.zeros(len(total), np.uint8)
    for c in range(min(words, MOST_COUNTED)):
        if is_known[c]:
            own = np.uint8(rough_query[c])
            for r in range(len(total)):
                differing[r] += np.uint8(rough[c, r] != own)
    for r in range(len(total)):
        total[r] = np.int16(differing[r]) * steps
    most, one = np.uint8(steps), np.uint8(1)
    for c in range(words, len(rough_query)):
        if is_known[c]:
            own = np.uint8(rough_query[c])
            for r in range(len(total)):
                apart = np.uint8(max(rough[c, r], own) - min(rough[c, r], own))
                # the last step may be begun only
                total[r] += np.int16(max(min(apart, most), one) - one)
