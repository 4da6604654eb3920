"""Every part of a run draws from a generator of its own, derived from the run's seed and a name."""

from __future__ import annotations

import hashlib

import numpy as np


def generator_for(seed: int, name: str) -> np.random.Generator:
    """Return the generator that belongs to a name under a run's seed.

    Parameters
    ----------
    seed : int
        The run's seed, 0 or more.
    name : str
        An attack's name, or that of another part of the run. Adding an attack does not change the
        numbers that another one draws.
    """
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "little")])
