"""How much it is worth to guess a value: the rarer it is, the more."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MOST_WORTH = 10.0


def worth_of(values: npt.NDArray[np.int64], within: int) -> FloatArray:
    """Weigh every value by one over the share of all for whom the same guess would be right.

    For a category that is one over its frequency, so that every level counts alike, as in a
    balanced accuracy; for a number, one over the local density.

    Parameters
    ----------
    values : int64 array, shape (n,)
        Codes of a category, or positions of a number.
    within : int
        How far a right guess may lie from the truth; 0 for a category.

    Returns
    -------
    float64 array, shape (n,)
        With a mean of 1. Before they are brought to it, no weight is more than ten times the mean,
        so that a few people do not outweigh all others.
    """
    ordered = np.sort(values)
    alike = np.searchsorted(ordered, values + within, "right")
    alike = alike - np.searchsorted(ordered, values - within, "left")
    worth = 1.0 / alike
    capped = np.minimum(worth / worth.mean(), MOST_WORTH)
    result: FloatArray = capped / capped.mean()
    return result
