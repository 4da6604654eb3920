"""The list of the most exposed people: a file of its own, for the owner of train alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reidaudit.data.cells import as_text
from reidaudit.data.digest import handle
from reidaudit.data.raw import RawTable
from reidaudit.files import write_together
from reidaudit.policy.exposure import Exposure

OWNER_ONLY = 0o600
HEADS = "train_row,handle,attacks_pointing,attacks"


def write_exposed(
    path: str | os.PathLike[str],
    exposure: Exposure,
    train_rows: npt.NDArray[np.int64],
    train: RawTable,
    entity: str | None,
) -> None:
    """Write the members at whom two attacks point at least, the most exposed first.

    A row number says who it is to whoever has the file of train as it was audited. A handle says so
    wherever the key of the user is, however the rows are ordered; without a key it is empty.

    Parameters
    ----------
    path : path
        A CSV file that only its owner can read.
    exposure : Exposure
        Who is exposed.
    train_rows : int64 array, shape (n_people,)
        Each person's first row of train, counted from 1; anything for controls.
    train : RawTable
        The table of the members.
    entity : str or None
        The column that says whose row it is; handles are made of the whole row where there is none.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    names = list(train.columns) if entity is None else [entity]
    lines = [
        f"{train_rows[person]},{handle(_cells(train, names, train_rows[person] - 1)) or ''},"
        f"{exposure.pointing[person]},{exposure.attacks}"
        for person in exposure.most_exposed()
    ]
    text = "\n".join([HEADS, *lines]) + "\n"
    write_together({Path(path): text.encode()}, OWNER_ONLY)


def _cells(table: RawTable, names: list[str], row: int) -> Iterator[str]:
    """The cells of a row as CSV would have them; empty where there is no value."""
    for name in names:
        value = table.columns[name][row]
        yield "" if value is None else as_text(value)
