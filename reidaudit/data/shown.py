"""Names from outside as messages may show them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

LONGEST_SHOWN_NAME = 60


def shown(name: str) -> str:
    """Return a name as an error message may show it: on one line and not too long."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    if len(printable) > LONGEST_SHOWN_NAME:
        printable = printable[: LONGEST_SHOWN_NAME - 3] + "..."
    return repr(printable)


def did_you_mean(
    name: str, known: Iterable[str], otherwise: str, write: Callable[[str], str] = shown
) -> str:
    """Ask for the known name that is nearest to one nobody knows, or say what else to do."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {write(near[0])}?" if near else otherwise
