"""How many of an attacker's guesses to look at, where the attacker guesses only when sure.

Whoever keeps silent about most people is right more often about the rest. How sure is sure enough
is not known beforehand, so several shares of the people are tried, the surest first. They are
formed without a look at who is a member; the share that shows most is chosen by the data, which the
exact test repeats for every permutation (`LargestDifference`), and the interval is corrected for
the number of shares.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Of the people: an attacker guesses about so many, and keeps silent about the others."""
USUAL_SHARE = 0.1
FEWEST_SURE = 40
"""People, members and controls together, below which a share is not looked at."""


def surest(sureness: FloatArray, among: BoolArray | None = None) -> list[BoolArray]:
    """Tell who is among the surest, for each share that is large enough; at least for one.

    Parameters
    ----------
    sureness : float64 array, shape (n_targets,)
        How sure the attacker is of each guess. All who tie with the last of a share are in it.
    among : bool array, shape (n_targets,), optional
        The targets that count; all of them if None.

    Returns
    -------
    list of bool array, shape (n_targets,)
        The smallest first, each larger than the one before.
    """
    counts = np.ones(len(sureness), dtype=bool) if among is None else among
    found = list(_growing(sureness, counts))
    return found or [_surest_share(sureness, counts, USUAL_SHARE)]


def _growing(sureness: FloatArray, counts: BoolArray) -> Iterator[BoolArray]:
    before = FEWEST_SURE - 1
    for share in SHARES:
        sure = _surest_share(sureness, counts, share)
        size = int(sure.sum())
        if before < size < counts.sum():
            yield sure
            before = size


def _surest_share(sureness: FloatArray, counts: BoolArray, share: float) -> BoolArray:
    if not counts.any():
        return counts
    least = np.quantile(sureness[counts], 1.0 - share, method="higher")
    sure: BoolArray = counts & (sureness >= least)
    return sure
