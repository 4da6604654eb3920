"""A column as it was handed over: its distinct values, and which of them stands in each row.

A column of a table has far fewer values than rows as a rule, so that this takes a few bytes a row,
and whatever is found out about a value is found out once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Places = npt.NDArray[np.signedinteger[Any]]
Values = npt.NDArray[Any]
"""``float64``, ``datetime64[us]`` in UTC, or ``object`` holding text."""


@dataclass(frozen=True, eq=False)
class RawColumn:
    """A column of one table, of which it is not yet decided what it is.

    Attributes
    ----------
    places : signed integer array, shape (rows,)
        Which of the values stands in each row, -1 for none; of the smallest type that holds them.
    values : array, shape (distinct values,)
        ``float64``, ``datetime64[us]`` in UTC or ``object`` holding text; every one stands in some
        row, and no two are equal.
    """

    places: Places
    values: Values

    @classmethod
    def of(cls, rows: Values) -> RawColumn:
        """Find the distinct values of rows; NaN, NaT and None are none."""
        places, values = pd.factorize(rows)
        return cls(_smallest(places, len(values)), np.asarray(values))

    @classmethod
    def coded(cls, places: Places, values: Values) -> RawColumn:
        """Return the column of rows that are known by places already.

        Parameters
        ----------
        places : signed integer array, shape (rows,)
            -1 for no value.
        values : array
            May have equal ones, missing ones, and ones that stand in no row.
        """
        used = np.zeros(len(values) + 1, dtype=bool)
        used[places] = True
        kept = np.flatnonzero(used[:-1])
        found, distinct = pd.factorize(values[kept])
        place_of = np.full(len(values) + 1, -1, dtype=np.int64)
        place_of[kept] = found
        return cls(_smallest(place_of, len(distinct))[places], np.asarray(distinct))

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, row: int) -> Any:
        """Return the value of a row, None where there is none."""
        place = self.places[row]
        return self.values[place] if place >= 0 else None

    def rows(self) -> Values:
        """Return the value of every row; NaN, NaT or None where there is none."""
        if self.values.dtype.kind == "O":
            return np.append(self.values, [None])[self.places]
        nothing = np.array(["NaT" if self.values.dtype.kind == "M" else "nan"])
        padded: Values = np.append(self.values, nothing.astype(self.values.dtype))[self.places]
        return padded

    @property
    def missing(self) -> int:
        """In how many rows there is no value."""
        return int((self.places < 0).sum())


def below(parts: Sequence[RawColumn]) -> RawColumn:
    """Put columns one below the other; values of unlike types are compared as objects."""
    if len(parts) == 1:
        return parts[0]
    alike = len({part.values.dtype for part in parts}) == 1
    joined = np.concatenate(
        [part.values if alike else part.values.astype(object) for part in parts]
    )
    found, values = pd.factorize(joined)
    place_of = _smallest(found, len(values))
    places = np.empty(sum(map(len, parts)), dtype=place_of.dtype)
    row = value = 0
    for part in parts:
        own = np.append(place_of[value : value + len(part.values)], place_of.dtype.type(-1))
        places[row : row + len(part)] = own[part.places]
        row, value = row + len(part), value + len(part.values)
    return RawColumn(places, np.asarray(values))


def _smallest(places: Places, values: int) -> Places:
    """Return places in the smallest signed type that can tell so many values and none apart."""
    smallest: Places = places.astype(np.min_scalar_type(-max(values, 1)), copy=False)
    return smallest
