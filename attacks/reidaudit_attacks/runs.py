"""Rows a few at a time, so that what is worked out for them fits into memory."""

from __future__ import annotations

from collections.abc import Iterator


def runs(rows: int, length: int) -> Iterator[tuple[int, int]]:
    """Yield where each run of so many rows begins and ends; the last one may be shorter."""
    for start in range(0, rows, length):
        yield start, min(start + length, rows)
