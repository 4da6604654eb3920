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

from reidaudit.compiled import compiled, compiled_in_place
from reidaudit.encoding import IntArray

if TYPE_CHECKING:
    from reidaudit.neighbours.blocks import Blocks

Bytes = npt.NDArray[np.uint8]
Int = Any
"""A number that compiled code keeps in 32 or 64 bits."""

WIDTH = 64
"""Rows of a block, and blocks of a shelf: few enough for the processor's cache."""
DONE = np.int32(2**31 - 1)
"""As the distance of a block: it need not be looked at, or not again."""
STEPS, MISSING = 127, 255
"""Into how many steps the most that a column can add is cut, and what stands for a gap."""
MOST_OF_A_SUM = 255
"""The largest number of 8 bits, in which steps are added; a larger sum is taken for this one."""
FINE, COARSE, COARSEST = 1, 3, 5
"""So many bits of a column's steps are dropped, where a distance within reach fits into a byte."""


def roughly(column: IntArray, one: int, *, is_word: bool) -> Bytes:
    """Write positions in few steps, and codes by their last eight bits.

    Two numbers that lie so many steps apart differ by more than one step less than that. Codes that
    differ in the last bits differ. Missing lies as far from every number as anything can.

    Parameters
    ----------
    column : int32 array
        Of one column.
    one : int
        The most that a column can add to a distance.
    is_word : bool
        Whether the column holds codes.
    """
    if is_word:
        return (column & 255).astype(np.uint8)
    return np.where(column > one, MISSING, column * np.int64(STEPS) // one).astype(np.uint8)


@compiled
def roughen(query: IntArray, words: int, one: Int, rough_query: Bytes) -> None:
    """Write down a query in steps, as the rows of the index are."""
    for c in range(len(query)):
        if c < words:
            rough_query[c] = query[c] & 255
        elif query[c] > one:
            rough_query[c] = MISSING
        else:
            rough_query[c] = np.int64(query[c]) * STEPS // one


@compiled_in_place
def _add_steps(
    rough: Bytes,
    words: int,
    rough_query: Bytes,
    is_known: IntArray,
    is_target: IntArray,
    total: Bytes,
    left_out: Bytes,
    dropped: int,
) -> None:
    """Add up the steps of all columns less some bits, and keep the most that a target adds.

    Loops become vector instructions only where the number of dropped bits is a constant.
    """
    most, last, none = np.uint8(STEPS >> dropped), np.uint8(MOST_OF_A_SUM), np.uint8(0)
    full, one, bits = np.uint8(STEPS), np.uint8(1), np.uint8(dropped)
    total[:] = 0
    left_out[:] = 0
    for c in range(len(rough_query)):
        if is_known[c] == 0:
            continue
        own, column = rough_query[c], rough[c]
        if c < words:
            for r in range(len(total)):
                added = most if column[r] != own else none
                total[r] += min(added, np.uint8(last - total[r]))
            if is_target[c]:
                for r in range(len(total)):
                    added = most if column[r] != own else none
                    left_out[r] = max(left_out[r], added)
        else:
            for r in range(len(total)):
                apart = np.uint8(max(column[r], own) - min(column[r], own))
                # the last step may be begun only
                added = np.uint8(np.uint8(max(min(apart, full), one) - one) >> bits)
                total[r] += min(added, np.uint8(last - total[r]))
            if is_target[c]:
                for r in range(len(total)):
                    apart = np.uint8(max(column[r], own) - min(column[r], own))
                    added = np.uint8(np.uint8(max(min(apart, full), one) - one) >> bits)
                    left_out[r] = max(left_out[r], added)


@compiled
def strike_out_far(
    index: Blocks,
    shelf: int,
    rough_query: Bytes,
    is_known: IntArray,
    is_target: IntArray,
    reach: Int,
    scratch: Bytes,
    of_blocks: IntArray,
) -> None:
    """Strike out the blocks of a shelf whose rows all lie out of reach, seen in few steps.

    Every row is looked at without the target in which it lies farthest away, if there are targets.
    ``scratch`` (uint8, shape (2, width * width)) is written over.
    """
    within = np.int64(reach) * STEPS // index.one
    rough, words = index.rough[shelf], index.boxes.levels.shape[1]
    total, left_out = scratch[0], scratch[1]
    if _fits(within, FINE):
        dropped = FINE
        _add_steps(rough, words, rough_query, is_known, is_target, total, left_out, FINE)
    elif _fits(within, COARSE):
        dropped = COARSE
        _add_steps(rough, words, rough_query, is_known, is_target, total, left_out, COARSE)
    elif _fits(within, COARSEST):
        dropped = COARSEST
        _add_steps(rough, words, rough_query, is_known, is_target, total, left_out, COARSEST)
    else:
        return
    for r in range(len(total)):
        total[r] -= left_out[r]
    _strike_out(total, within >> dropped, of_blocks)


@compiled
def _fits(within: Int, dropped: int) -> bool:
    """Tell whether so many steps, and those of a column left out, fit into a byte."""
    return bool((within >> dropped) + (STEPS >> dropped) < MOST_OF_A_SUM)


@compiled
def _strike_out(total: Bytes, within: Int, of_blocks: IntArray) -> None:
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
