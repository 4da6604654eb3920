"""Arrays that nobody may write to, as many read them."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt


def freeze(*arrays: npt.NDArray[Any]) -> None:
    """Make arrays read-only."""
    for array in arrays:
        array.flags.writeable = False


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Make an array read-only, and return it."""
    freeze(array)
    return array
