"""Outcomes about some targets only, where all of them would take too long."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def at_targets(
    values: npt.ArrayLike, drawn: npt.NDArray[np.int64], n_targets: int
) -> tuple[FloatArray, BoolArray | None]:
    """Put the values of the drawn targets at their places among all of them.

    Parameters
    ----------
    values : array, shape (n_drawn,)
        What the attack found for each drawn target.
    drawn : int64 array, shape (n_drawn,)
        Their places in the pool, none twice.
    n_targets : int
        How many targets there are.

    Returns
    -------
    values : float64 array, shape (n_targets,)
        Zero for who was not drawn.
    among : bool array, shape (n_targets,), or None
        Who was drawn, as `Outcome` wants it: None where everybody was.
    """
    everywhere = np.zeros(n_targets)
    everywhere[drawn] = values
    among = np.zeros(n_targets, dtype=bool)
    among[drawn] = True
    return everywhere, None if among.all() else among
