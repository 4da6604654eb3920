"""Where in a long column a text's words are found, without going through the column again."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.report.words import key_of


@dataclass(frozen=True)
class ValueIndex:
    """How each value of a column begins, as a number: 16 bytes a value, as columns are long.

    Attributes
    ----------
    keys : int64 array, shape (n_entries,)
        Sorted.
    places : int64 array, shape (n_entries,)
        The value in which each of them begins.
    """

    keys: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]

    @classmethod
    def of(cls, values: Iterable[str], parts: Callable[[str], Iterable[str]]) -> ValueIndex:
        """Make the index of values, and of those parts of longer ones that are looked for too."""
        keys, keys_inside, places_inside = array("q"), array("q"), array("q")
        for place, value in enumerate(values):
            keys.append(key_of(value))
            if " " in value:
                inside = [key_of(part) for part in parts(value)]
                keys_inside.extend(inside)
                places_inside.extend([place] * len(inside))
        all_keys = np.concatenate([_numbers(keys), _numbers(keys_inside)])
        places = np.concatenate([np.arange(len(keys)), _numbers(places_inside)])
        order = np.argsort(all_keys, kind="stable")
        return cls(all_keys[order], places[order])

    def places_of(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the places of the values, ascending, in which one of some keys begins."""
        first = np.searchsorted(self.keys, keys, side="left")
        last = np.searchsorted(self.keys, keys, side="right")
        met = np.flatnonzero(last > first)
        parts = [self.places[first[each] : last[each]] for each in met]
        return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *parts]))


def _numbers(values: array[int]) -> npt.NDArray[np.int64]:
    return np.frombuffer(values, dtype=np.int64) if values else np.empty(0, dtype=np.int64)
