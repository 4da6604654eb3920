"""Halves of the pool, by which chance is judged without a look at who is a member."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MOST_CHANCE_MATCHES = 0.00025
"""Up to one person in four thousand: a match is then hardly ever chance, and silence means much."""


def random_half(entities: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Put half of the people, with all their rows, on one side.

    Parameters
    ----------
    entities : int64 array, shape (n_targets,)
        Whose row each target is.
    rng : numpy.random.Generator
        Draws the half.
    """
    people, place = np.unique(entities, return_inverse=True)
    in_half = np.zeros(len(people), dtype=bool)
    in_half[rng.permutation(len(people))[: len(people) // 2]] = True
    result: npt.NDArray[np.bool_] = in_half[place]
    return result
