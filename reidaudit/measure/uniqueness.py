"""Which columns make people unique: minimal unique combinations, as SUDA looks for them.

A combination of columns is a person's minimal unique if nobody else has these values, and somebody
has each smaller part of them (M. Elliot, A. Manning and R. Ford, A Computational Algorithm for
Handling the Special Uniques Problem, 2002). A column that many of them contain is worth coarsening.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reidaudit.data.canonical import RowKeys
from reidaudit.data.key_cells import KeyCells


@dataclass(frozen=True)
class ColumnShare:
    """What one column adds to uniqueness.

    Attributes
    ----------
    column : int
        Its position among the audited columns.
    in_minimal_uniques : float
        Share of all people's minimal unique combinations, of up to three columns, that contain it.
    unique_with, unique_without : float
        Share of people who are unique by all the columns, and by all but this one.
    """

    column: int
    in_minimal_uniques: float
    unique_with: float
    unique_without: float


def shares_of_columns(
    people: RowKeys, key_sets: Sequence[tuple[int, ...]]
) -> tuple[ColumnShare, ...]:
    """Tell what each column adds, the one in most minimal uniques first.

    Parameters
    ----------
    people : RowKeys
        Of the original.
    key_sets : sequence of tuples of int
        Combinations to be looked at, each after all of its parts; single columns among them.
    """
    columns = [keys[0] for keys in key_sets if len(keys) == 1]
    alone: dict[tuple[int, ...], np.ndarray[tuple[int], np.dtype[np.bool_]]] = {}
    minimal = dict.fromkeys(key_sets, 0)
    for keys in key_sets:
        alone[keys] = _alone(people, keys)
        smaller = [tuple(other for other in keys if other != left_out) for left_out in keys]
        parts = [alone[part] for part in smaller if part]
        already = np.any(parts, axis=0) if parts else np.zeros(len(people.whole), dtype=bool)
        minimal[keys] = int((alone[keys] & ~already).sum())
    total = max(sum(minimal.values()), 1)
    unique_with = float(_alone(people, columns).mean())
    shares = [
        ColumnShare(
            column,
            sum(count for keys, count in minimal.items() if column in keys) / total,
            unique_with,
            float(_alone(people, [other for other in columns if other != column]).mean()),
        )
        for column in columns
    ]
    return tuple(sorted(shares, key=lambda share: (-share.in_minimal_uniques, share.column)))


def _alone(people: RowKeys, keys: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell who shares the values with nobody."""
    alone: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        KeyCells.of(people.only(keys)).own_count() == 1
    )
    return alone
