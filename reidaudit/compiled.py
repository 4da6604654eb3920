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

    In kept code functions are told apart by their names alone. Never compile what another function
    makes (a closure): two such functions have one name, and calls of one may end up in the other.
    """
    try:
        return cast(Function, numba.njit(function, cache=True, nogil=True))
    except RuntimeError:  # no folder for the cache can be written to
        return cast(Function, numba.njit(function, nogil=True))


def compiled_in_place(function: Function) -> Function:
    """Compile a function anew in the place of each call, where constant arguments are constants."""
    return cast(Function, numba.njit(function, nogil=True, forceinline=True))
