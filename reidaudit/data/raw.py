"""A table as it was handed over, and the one form in which its errors are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from reidaudit.data.column import RawColumn
from reidaudit.data.shown import shown
from reidaudit.errors import InputError

TableRole = Literal["train", "holdout", "synthetic", "reference"]


@dataclass(frozen=True)
class RawTable:
    """A table as it was handed over: named columns of equal length, kinds not yet decided."""

    role: TableRole
    name: str
    columns: dict[str, RawColumn]
    rows: int
    file_digest: bytes | None = None
    """SHA-256 of the file or of the list of part files; None for a frame."""


@dataclass(frozen=True)
class Origin:
    """Where a table comes from, as its error messages say it."""

    name: str
    role: TableRole

    def error(self, what: str) -> InputError:
        """Return an error that names the table; ``what`` must not quote a value of it."""
        return InputError(f"{self.name} ({self.role}): {what}")


def column_names(names: Iterable[object], origin: Origin, *, quotable: bool = True) -> list[str]:
    """Return the names as trimmed text, with a name for every column that has none.

    Parameters
    ----------
    names : iterable
        The names as they were found; None and empty text are none.
    origin : Origin
        For messages.
    quotable : bool
        Whether a message may quote a name. In a text file without a header line the "names" are
        the values of somebody's row.

    Raises
    ------
    InputError
        If two columns have the same name.
    """
    places: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        trimmed = ("" if name is None else str(name)).strip() or f"unnamed_{place}"
        if trimmed in places:
            raise origin.error(
                f"columns {places[trimmed]} and {place} have the same name"
                + (
                    f" {shown(trimmed)}; "
                    if quotable
                    else "; start the file with a header line and "
                )
                + "give every column a name of its own."
            )
        places[trimmed] = place
    return list(places)
