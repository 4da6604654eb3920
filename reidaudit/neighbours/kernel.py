"""The loops of the search, compiled: for every query the most promising blocks first.

A distance is a sum of whole numbers, so the order of the terms, of the blocks and of the rows does
not show in the result (docs/decisions/001-fixed-point-distances.md). Loops over the width of a
block stand innermost, where the compiler turns them into vector instructions.
"""

from __future__ import annotations

import numpy as np

from reidaudit.compiled import compiled
from reidaudit.encoding import IntArray
from reidaudit.neighbours.block_distances import (
    measure_blocks,
    measure_distances,
    measure_rows,
    measure_shelves,
)
from reidaudit.neighbours.blocks import Blocks, Positions
from reidaudit.neighbours.rough import (
    DONE,
    WIDTH,
    Int,
    roughen,
    strike_out_far,
)

FARTHER_THAN_ALL = np.int32(2**31 - 2)
LOOKED_AT_FIRST = 4
"""Blocks that are opened before any shelf is looked at roughly: they may do."""
WORTH_A_LOOK = 20
"""Blocks within reach, of fewer than which it is quicker to open each."""


@compiled
def find_nearest(
    index: Blocks,
    queries: IntArray,
    own_group: Positions,
    groups: Positions,
    distance: IntArray,
    row: Positions,
    ties: Positions,
) -> None:
    """Write down the nearest rows of every query.

    Parameters
    ----------
    index : Blocks
        The index.
    queries : int32 array, shape (n, columns)
        Words first, as in the index.
    own_group, groups : int64 arrays
        Groups of queries and of index rows; none at all if nobody is to be left out.
    distance, row, ties : int32 (n, k), int64 (n, k) and int64 (n,) arrays
        Written to; they come in as farther than all, -1 and 0.
    """
    is_known = np.ones(queries.shape[1], np.int32)
    added = np.empty((queries.shape[1], WIDTH), np.int32)
    of_shelves = np.empty(len(index.shelves.low) * WIDTH, np.int32)
    of_blocks, of_rows = np.empty(WIDTH, np.int32), np.empty(WIDTH, np.int32)
    words, rough_query = index.boxes.levels.shape[1], np.empty(queries.shape[1], np.uint8)
    of_shelf = np.empty((2, WIDTH * WIDTH), np.uint8)
    is_target = np.zeros(queries.shape[1], np.int32)
    for q in range(len(queries)):
        query = queries[q]
        roughen(query, words, index.one, rough_query)
        measure_shelves(index, query, is_known, added, of_shelves)
        opened, shelf = 0, _smallest(of_shelves)
        while of_shelves[shelf] <= distance[q, -1]:
            measure_blocks(index, shelf, query, is_known, added, of_blocks)
            is_seen, place = False, _smallest(of_blocks)
            while of_blocks[place] <= distance[q, -1]:
                reach = distance[q, -1]
                if not is_seen and opened >= LOOKED_AT_FIRST:
                    is_seen = True
                    if _within(of_blocks, reach) >= WORTH_A_LOOK:
                        strike_out_far(
                            index,
                            shelf,
                            rough_query,
                            is_known,
                            is_target,
                            reach,
                            of_shelf,
                            of_blocks,
                        )
                    place = _smallest(of_blocks)
                    if of_blocks[place] > reach:
                        break
                opened += 1
                block = shelf * WIDTH + place
                measure_distances(index, block, query, of_rows)
                if _within(of_rows, reach):
                    _take_rows(
                        of_rows,
                        index.row[block],
                        own_group[q:],
                        groups,
                        distance[q],
                        row[q],
                        ties[q:],
                    )
                of_blocks[place] = DONE
                place = _smallest(of_blocks)
            of_shelves[shelf] = DONE
            shelf = _smallest(of_shelves)


@compiled
def guess_columns(
    index: Blocks,
    queries: IntArray,
    is_known: IntArray,
    targets: Positions,
    within: IntArray,
    best: IntArray,
    ties: Positions,
    right: Positions,
) -> None:
    """Write down the nearest rows of every query with each target left out of the distance.

    Parameters
    ----------
    index : Blocks
        The index, with known columns and targets.
    queries : int32 array, shape (n, columns)
        Words first, as in the index.
    is_known : int32 array, shape (columns,)
        1 for columns that count in the distance, 0 for others.
    targets : int64 array, shape (t,)
        Places of the targets among the columns.
    within : int32 array, shape (t,)
        How far a right guess may lie from the truth.
    best, ties, right : int32, int64 and int64 arrays, shape (n, t)
        Written to; they come in as farther than all, 0 and 0.
    """
    added = np.empty((len(is_known), WIDTH), np.int32)
    of_boxes = np.empty((len(is_known), WIDTH), np.int32)
    of_shelves = np.empty(len(index.shelves.low) * WIDTH, np.int32)
    of_blocks, of_rows = np.empty(WIDTH, np.int32), np.empty(WIDTH, np.int32)
    excess = np.empty(WIDTH, np.int32)
    words, rough_query = index.boxes.levels.shape[1], np.empty(len(is_known), np.uint8)
    of_shelf = np.empty((2, WIDTH * WIDTH), np.uint8)
    is_target = np.zeros(queries.shape[1], np.int32)
    is_target[targets] = 1
    for q in range(len(queries)):
        query = queries[q]
        roughen(query, words, index.one, rough_query)
        measure_shelves(index, query, is_known, added, of_shelves)
        opened, shelf = 0, _smallest(of_shelves)
        while of_shelves[shelf] <= _reach(best[q], is_known, targets, index.one):
            measure_blocks(index, shelf, query, is_known, of_boxes, of_blocks)
            _measure_excess(of_blocks, of_boxes, is_known, targets, best[q], excess)
            is_seen, place = False, _smallest(excess)
            while excess[place] <= 0:
                if not is_seen and opened >= LOOKED_AT_FIRST:
                    is_seen = True
                    if _within(excess, 0) >= WORTH_A_LOOK:
                        strike_out_far(
                            index,
                            shelf,
                            rough_query,
                            is_known,
                            is_target,
                            best[q].max(),
                            of_shelf,
                            of_blocks,
                        )
                        _measure_excess(of_blocks, of_boxes, is_known, targets, best[q], excess)
                    place = _smallest(excess)
                    if excess[place] > 0:
                        break
                opened += 1
                block = shelf * WIDTH + place
                measure_rows(index, block, query, is_known, added, of_rows)
                is_nearer = _take_for_targets(
                    of_rows,
                    added,
                    index.row[block],
                    is_known,
                    targets,
                    within,
                    best[q],
                    ties[q],
                    right[q],
                )
                of_blocks[place] = excess[place] = DONE
                if is_nearer:
                    _measure_excess(of_blocks, of_boxes, is_known, targets, best[q], excess)
                place = _smallest(excess)
            of_shelves[shelf] = DONE
            shelf = _smallest(of_shelves)


@compiled
def _take_rows(
    total: IntArray,
    rows: Positions,
    own_group: Positions,
    groups: Positions,
    distance: IntArray,
    row: Positions,
    ties: Positions,
) -> None:
    """Put the rows of a block that are near enough in their places among the nearest."""
    for r in range(WIDTH):
        if total[r] > distance[-1] or rows[r] < 0:
            continue
        if len(groups) == 0 or groups[rows[r]] != own_group[0]:
            _take(total[r], rows[r], distance, row, ties)


@compiled
def _take(new: Int, new_row: Int, distance: IntArray, row: Positions, ties: Positions) -> None:
    """Put a row in its place among the nearest, the first row first where distances tie."""
    if new < distance[0]:
        ties[0] = 0
    if new <= distance[0]:
        ties[0] += 1
    place = len(distance) - 1
    if new == distance[place] and new_row > row[place]:
        return
    while place > 0 and (
        new < distance[place - 1] or (new == distance[place - 1] and new_row < row[place - 1])
    ):
        distance[place], row[place] = distance[place - 1], row[place - 1]
        place -= 1
    distance[place], row[place] = new, new_row


@compiled
def _within(values: IntArray, reach: Int) -> int:
    """Count the values that lie within reach."""
    count = 0
    for value in values:
        count += value <= reach
    return count


@compiled
def _smallest(values: IntArray) -> int:
    """Return where the smallest value stands; quicker than argmin, as the minimum is a vector's."""
    smallest = values[0]
    for value in values:
        smallest = min(smallest, value)
    place = 0
    while values[place] != smallest:
        place += 1
    return place


@compiled
def _reach(best: IntArray, is_known: IntArray, targets: Positions, one: Int) -> int:
    """Return the largest distance at which a row may still be as near without some target."""
    reach = 0
    for t in range(len(targets)):
        reach = max(reach, best[t] + is_known[targets[t]] * one)
    return reach


@compiled
def _measure_excess(
    least: IntArray,
    added: IntArray,
    is_known: IntArray,
    targets: Positions,
    best: IntArray,
    excess: IntArray,
) -> None:
    """Write down by how much boxes lie too far away to hold a best row for any target."""
    excess[:] = DONE
    for t in range(len(targets)):
        c = targets[t]
        for b in range(WIDTH):
            beyond = np.int32(least[b] - added[c, b] * is_known[c] - best[t])
            excess[b] = min(excess[b], beyond)


@compiled
def _take_for_targets(
    total: IntArray,
    added: IntArray,
    rows: Positions,
    is_known: IntArray,
    targets: Positions,
    within: IntArray,
    best: IntArray,
    ties: Positions,
    right: Positions,
) -> bool:
    """Take a block's rows into account for every target; return whether a best has changed."""
    is_nearer = False
    for t in range(len(targets)):
        of_target, counts = added[targets[t]], is_known[targets[t]]
        nearest = FARTHER_THAN_ALL
        for r in range(WIDTH):
            nearest = min(nearest, np.int32(total[r] - of_target[r] * counts))
        if nearest > best[t]:
            continue
        if nearest < best[t]:
            best[t], ties[t], right[t] = nearest, 0, 0
            is_nearer = True
        for r in range(WIDTH):
            if total[r] - of_target[r] * counts == nearest and rows[r] >= 0:
                ties[t] += 1
                right[t] += of_target[r] <= within[t]
    return is_nearer
