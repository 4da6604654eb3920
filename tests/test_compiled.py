"""Compiling works with nowhere to keep the machine code, too, and what is kept is unambiguous."""

from __future__ import annotations

import gc
import importlib
import pkgutil
from typing import Any

from numba.core.dispatcher import Dispatcher

import reidaudit.neighbours
import reidaudit_attacks
from reidaudit.compiled import compiled


def test_a_function_runs_although_its_machine_code_cannot_be_kept() -> None:
    # without a source file there is no folder to keep it in
    space: dict[str, Any] = {}
    exec("def double(number): return 2 * number", space)
    assert compiled(space["double"])(21) == 42


def test_nothing_is_compiled_that_another_function_makes() -> None:
    """In kept code two such functions have one name, and calls of one may end up in the other."""
    for package in (reidaudit.neighbours, reidaudit_attacks):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    names = [
        f"{each.py_func.__module__}.{each.py_func.__qualname__}"
        for each in gc.get_objects()
        if issubclass(type(each), Dispatcher) and each.py_func.__module__.startswith("reidaudit")
    ]
    assert "reidaudit.neighbours.kernel.find_nearest" in names
    assert not [name for name in names if "<locals>" in name]
    assert len(set(names)) == len(names)
