"""A rough look at the rows of a block: most blocks need no other.

Every row is kept a second time in bytes: a code by its last eight bits, a number by the step of 127
in which it lies. By bytes and in whole vectors it is quick to say how far the rows of a block lie
away *at least*; only a block that may hold a row near enough is measured exactly. So the result
stays exact. (Bounds by coarse codes before exact distances: R. Weber, H. Schek and S. Blott, A
Quantitative Analysis and Performance Study for Similarity-Search Methods in High-Dimensional
Spaces, VLDB 1998, the vector approximation file.)
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
    of_blocks: IntArray,
) -> None:
    """Strike out the blocks of a shelf whose rows all lie out of reach, seen in few steps."""
    words, steps = index.boxes.levels.shape[1], index.steps
    within = np.int64(reach) * steps // index.one
    total = np.empty(WIDTH, np.int16)
    for place in range(WIDTH):
        if of_blocks[place] <= reach:
            rough = index.rough[shelf * WIDTH + place]
            if _add_steps(rough, words, steps, rough_query, is_known, total) > within:
                of_blocks[place] = DONE


@compiled
def strike_out_far_for_targets(
    index: Blocks,
    shelf: int,
    rough_query: Steps,
    is_known: IntArray,
    targets: Positions,
    best: IntArray,
    of_blocks: IntArray,
) -> None:
    """Strike out the blocks of a shelf with no row that may be nearest without some target."""
    words, steps = index.boxes.levels.shape[1], index.steps
    within = np.empty(len(targets), np.int16)
    for t in range(len(targets)):
        within[t] = min(np.int64(best[t]) * steps // index.one, MOST_OF_A_SUM - steps)
    most_within = within.max() + steps
    total, allowed = np.empty(WIDTH, np.int16), np.empty(WIDTH, np.int16)
    for place in range(WIDTH):
        if of_blocks[place] == DONE:
            continue
        rough = index.rough[shelf * WIDTH + place]
        if _add_steps(rough, words, steps, rough_query, is_known, total) > most_within:
            of_blocks[place] = DONE
            continue
        allowed[:] = 0
        for t in range(len(targets)):
            c = targets[t]
            own, most = rough_query[c], within[t]
            if is_known[c] == 0:
                for r in range(WIDTH):
                    allowed[r] = max(allowed[r], most)
            elif c < words:
                for r in range(WIDTH):
                    added = steps if np.int16(rough[c, r]) != own else np.int16(0)
                    allowed[r] = max(allowed[r], np.int16(most + added))
            else:
                for r in range(WIDTH):
                    apart = np.int16(np.int16(rough[c, r]) - own)
                    apart = min(max(apart, np.int16(-apart)), steps)
                    allowed[r] = max(allowed[r], np.int16(most + apart))
        is_far = True
        for r in range(WIDTH):
            is_far &= total[r] > allowed[r]
        if is_far:
            of_blocks[place] = DONE


@compiled
def _add_steps(
    rough: Bytes, words: int, steps: Int, rough_query: Steps, is_known: IntArray, total: Steps
) -> Int:
    """Write down by how many steps at least rows differ from a query, and return the least."""
    differing = np.zeros(WIDTH, np.uint8)
    for c in range(min(words, MOST_COUNTED)):
        if is_known[c]:
            own = np.uint8(rough_query[c])
            for r in range(WIDTH):
                differing[r] += np.uint8(rough[c, r] != own)
    for r in range(WIDTH):
        total[r] = differing[r] * steps
    for c in range(words, len(rough_query)):
        if is_known[c]:
            own_steps = rough_query[c]
            for r in range(WIDTH):
                apart = np.int16(np.int16(rough[c, r]) - own_steps)
                apart = min(max(apart, np.int16(-apart)), steps)
                # the last step may be begun only
                total[r] += max(np.int16(apart - np.int16(1)), np.int16(0))
    least = total[0]
    for r in range(WIDTH):
        least = min(least, total[r])
    return least
