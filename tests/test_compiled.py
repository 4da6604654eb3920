"""Compiling works with nowhere to keep the machine code, too."""

from __future__ import annotations

from typing import Any

from reidaudit.compiled import compiled


def test_a_function_runs_although_its_machine_code_cannot_be_kept() -> None:
    # without a source file there is no folder to keep it in
    space: dict[str, Any] = {}
    exec("def double(number): return 2 * number", space)
    assert compiled(space["double"])(21) == 42
