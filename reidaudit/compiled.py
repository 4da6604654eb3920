"""Functions of arrays compiled to machine code by numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, and keep the machine code for later runs.

    The code is kept beside the source, or in the user's cache folder where that cannot be written
    to (numba's ``NUMBA_CACHE_DIR`` names another). With nowhere to write, every run compiles anew.
    Threads run it side by side.
    """
    try:
        return cast(Function, numba.njit(function, cache=True, nogil=True))
    except RuntimeError:  # no folder for the cache can be written to
        return cast(Function, numba.njit(function, nogil=True))
