"""The list of the most exposed people: a file of its own, for the owner of train alone."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reidaudit.files import write_together
from reidaudit.policy.exposure import Exposure

OWNER_ONLY = 0o600
HEADS = "train_row,attacks_pointing,attacks"


def write_exposed(
    path: str | os.PathLike[str], exposure: Exposure, train_rows: npt.NDArray[np.int64]
) -> None:
    """Write the members at whom two attacks point at least, the most exposed first.

    Parameters
    ----------
    path : path
        A CSV file that only its owner can read.
    exposure : Exposure
        Who is exposed.
    train_rows : int64 array, shape (n_people,)
        Each person's first row of train, counted from 1; anything for controls.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    lines = [
        f"{train_rows[person]},{exposure.pointing[person]},{exposure.attacks}"
        for person in exposure.most_exposed()
    ]
    text = "\n".join([HEADS, *lines]) + "\n"
    write_together({Path(path): text.encode()}, OWNER_ONLY)
