"""What came of one check of the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["pass", "warn", "fail", "invalid", "incomplete"]


@dataclass(frozen=True)
class PreconditionResult:
    """A named check, what came of it, and why."""

    name: str
    state: State
    detail: str
