"""Small sets of columns that an attacker may know, and what a hit by one of them is worth."""

from __future__ import annotations

from itertools import combinations
from math import comb, gcd

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Case

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

MOST_COLUMNS_TOGETHER = 3
FEWEST_KEY_SETS, MOST_KEY_SETS = 100, 500
MOST_ROWS_LOOKED_UP = 250_000_000
GOLDEN_SECTION = 0.6180339887


def most_key_sets(case: Case) -> int:
    """Say how many sets can be looked at: 500, and fewer where half a million rows are exceeded.

    Every set costs a pass over all rows of pool and release.
    """
    rows = case.n_targets + len(case.release.codes[0])
    return int(np.clip(MOST_ROWS_LOOKED_UP // max(rows, 1), FEWEST_KEY_SETS, MOST_KEY_SETS))


def choose_key_sets(
    columns: int, *, fewest: int = 1, most: int = MOST_KEY_SETS
) -> list[tuple[int, ...]]:
    """List all sets of up to three columns, or as many as may be looked at, evenly spread.

    Parameters
    ----------
    columns : int
        How many there are.
    fewest : int
        Columns of the smallest sets.
    most : int
        Sets that may be looked at; of more, as many of each size are taken.
    """
    sizes = range(fewest, min(MOST_COLUMNS_TOGETHER, columns) + 1)
    if sum(comb(columns, size) for size in sizes) <= most:
        return [together for size in sizes for together in combinations(range(columns), size)]
    return [
        nth_set(columns, size, place)
        for size in sizes
        for place in _spread(comb(columns, size), most // len(sizes))
    ]


def _spread(places: int, most: int) -> list[int]:
    """Spread so many over places by the golden section, which falls in with no regularity."""
    step = int(places * GOLDEN_SECTION) or 1
    while gcd(step, places) != 1:
        step += 1
    return sorted(place * step % places for place in range(min(most, places)))


def nth_set(columns: int, size: int, place: int) -> tuple[int, ...]:
    """Return the set of columns at a place in the order of ``itertools.combinations``."""
    chosen: list[int] = []
    for column in range(columns):
        beginning_here = comb(columns - column - 1, size - len(chosen) - 1)
        if place < beginning_here:
            chosen.append(column)
            if len(chosen) == size:
                break
        else:
            place -= beginning_here
    return tuple(chosen)


def surprise_of(hits: BoolArray, candidates: BoolArray) -> FloatArray:
    """Score hits by minus the logarithm of how often candidates are hit; 0 for everybody else.

    What hits nearly all candidates, strangers among them, counts for next to nothing: that is what
    anybody could have known. Labels are not looked at.

    Parameters
    ----------
    hits : bool array, shape (n_targets,)
        Whom one key set hits; they are all candidates.
    candidates : bool array, shape (n_targets,)
        Whom it could have hit.
    """
    surprise: FloatArray = hits.astype(np.float64) * surprise_of_a_hit(hits, candidates)
    return surprise


def surprise_of_a_hit(hits: BoolArray, candidates: BoolArray) -> float:
    """Return the score of everybody who is hit, as in `surprise_of`."""
    # one more of each, so that what was never seen is not taken for impossible
    often = (hits.sum() + 1) / (candidates.sum() + 2)
    return float(-np.log(often))
