"""How much memory this machine has, or the container that we run in, and giving it back."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
from pathlib import Path

from reidaudit.errors import UsageError

MIB = 1 << 20
LEAST_MEMORY = 16 * MIB
WHERE_UNKNOWN = 4096 * MIB
"""What a machine is taken to have that does not tell."""
LIMITS_OF_CONTAINERS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgt]?)(i?)b?)", re.IGNORECASE)


def memory_of_machine() -> int:
    """Return the bytes of memory that this process could have at most."""
    found = [WHERE_UNKNOWN]
    with contextlib.suppress(AttributeError, ValueError, OSError):
        found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in LIMITS_OF_CONTAINERS:
        # a file that says "max" has no limit
        with contextlib.suppress(OSError, ValueError):
            found.append(int(path.read_text(encoding="ascii")))
    return min(found)


def give_back_memory() -> None:
    """Give memory that nobody uses any more back to the system, where the C library can.

    That of Linux keeps what is freed in small pieces, which after a large table was read is a
    quarter of what the process holds.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # musl has no such call
            ctypes.CDLL(None).malloc_trim(0)


def memory_allowed(memory: int | str | None) -> int:
    """Return the bytes that are allowed, or a quarter of the machine's.

    Parameters
    ----------
    memory : int or str, optional
        Bytes, or a size such as ``4GiB`` or ``500MB``.

    Raises
    ------
    UsageError
        If that is no size, or too small to work in.
    """
    if memory is None:
        return max(memory_of_machine() // 4, LEAST_MEMORY)
    size = memory if isinstance(memory, int) else _bytes_of(memory)
    if size < LEAST_MEMORY:
        raise UsageError(f"memory must be {LEAST_MEMORY // MIB}MiB or more, not {memory}.")
    return size


def _bytes_of(size: str) -> int:
    found = SIZE.fullmatch(size.strip())
    if found is None:
        raise UsageError(f"memory must be a size such as 4GiB or 500MB, not {size!r}.")
    number, unit, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** UNITS[unit.lower()])
