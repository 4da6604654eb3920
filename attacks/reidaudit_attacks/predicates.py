"""Predicates made from release records, and the people whom they single out.

A predicate is a conjunction of conditions such as "age between 60 and 64, region as in this record,
income missing". Every condition is a row of bits, one for each target, so that a predicate is
evaluated on everybody by a few bitwise operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.attack import EncodedTable
from reidaudit_attacks.features import Words, places_by_frequency

Bits = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Number = TypeVar("Number", np.uint8, np.float64)

RESOLUTIONS = (64, 512, 4096)
"""So many steps has a number; its condition is a range of three. So many of the commonest levels of
a category have a condition each, and the rare ones share one."""
RECORDS_AT_ONCE = 256


@dataclass(frozen=True)
class Conditions:
    """The conditions of one column.

    Attributes
    ----------
    bits : uint8 array, shape (n_conditions, ceil(n_targets / 8))
        Which targets each condition is true of, packed.
    of_record : int64 array, shape (n_release,)
        The condition that each release record gives.
    share : float64 array, shape (n_conditions,)
        Share of release records that satisfy each condition: all that an attacker knows of how
        many people do.
    """

    bits: Bits
    of_record: Codes
    share: FloatArray


def conditions_of(
    pool: EncodedTable, release: EncodedTable, columns: Sequence[int], resolution: int
) -> list[Conditions]:
    """Make the conditions of some audited columns from the release, and try them on the pool.

    A missing value is a condition of its own, and so is the group of a category's rare levels.
    """
    made = []
    for column in columns:
        if column in release.word_columns:
            place = release.word_columns.index(column)
            made.append(_of_words(pool.words[place], release.words[place], resolution))
        else:
            place = release.number_columns.index(column)
            people, records = pool.numbers[place], release.numbers[place]
            made.append(_of_numbers(people, records, release.one, resolution))
    return made


def _of_words(people: Words, records: Words, most_levels: int) -> Conditions:
    place = np.minimum(places_by_frequency(records, people), most_levels)
    return _exactly(place[people], place[records])


def _of_numbers(
    people: npt.NDArray[np.int32], records: npt.NDArray[np.int32], one: int, steps: int
) -> Conditions:
    missing = 2 * one
    present = records[records < missing]
    quantiles = np.arange(1, steps) / steps
    edges = np.unique(np.quantile(present, quantiles)) if len(present) else np.empty(0)
    last = len(edges)

    def place(numbers: npt.NDArray[np.int32]) -> Codes:
        places = np.searchsorted(edges, numbers, side="right")
        # two away from the last step, so that no range of numbers reaches what is missing
        return np.where(numbers < missing, places, last + 2)

    of_people, of_record = place(people), place(records)
    narrow = _exactly(of_people, of_record, last + 3)
    bits, share = _widened(narrow.bits, np.bitwise_or), _widened(narrow.share, np.add)
    return Conditions(bits, of_record, share)


def _exactly(people: Codes, records: Codes, count: int | None = None) -> Conditions:
    """One condition for each code: to have it."""
    count = int(max(people.max(initial=0), records.max(initial=0))) + 1 if count is None else count
    holds = np.zeros((count, len(people)), dtype=bool)
    holds[people, np.arange(len(people))] = True
    share = np.bincount(records, minlength=count) / max(len(records), 1)
    return Conditions(np.packbits(holds, axis=1), records, share)


def _widened(steps: npt.NDArray[Number], join: np.ufunc) -> npt.NDArray[Number]:
    """Join each step with the one before it and the one after it."""
    wide = steps.copy()
    wide[1:] = join(wide[1:], steps[:-1])
    wide[:-1] = join(wide[:-1], steps[1:])
    return wide


def rarest_first(conditions: Sequence[Conditions], records: Codes) -> tuple[Codes, FloatArray]:
    """Order the conditions of some records from the rarest to the commonest.

    Returns
    -------
    order : int64 array, shape (n_records, n_columns)
        Places among the conditions' columns.
    weight : float64 array, shape (n_records, n_columns)
        The share of people who would satisfy the first one, two, three, ... of them, if columns
        were independent.
    """
    share = np.stack([each.share[each.of_record[records]] for each in conditions], axis=1)
    order = np.argsort(share, axis=1, kind="stable")
    weight = np.cumprod(np.take_along_axis(share, order, axis=1), axis=1, dtype=np.float64)
    return order.astype(np.int64), weight


def singled_out(
    conditions: Sequence[Conditions],
    columns: npt.NDArray[np.int64],
    needed: Codes,
    entities: Codes,
    workers: int,
) -> npt.NDArray[np.bool_]:
    """Tell who is singled out by some record's predicate: it is true of nobody else.

    Parameters
    ----------
    conditions : sequence of Conditions
        Of each column.
    columns : int64 array, shape (n_release, n_columns)
        The columns of each record's predicate, in the order in which conditions are added.
    needed : int64 array, shape (n_release,)
        How many of them each predicate takes.
    entities : int64 array, shape (n_targets,)
        Whose row each target is.
    workers : int
        Threads; the result does not depend on it.
    """
    most_rows = int(np.bincount(np.unique(entities, return_inverse=True)[1]).max(initial=0))
    parallel = joblib.Parallel(n_jobs=workers, prefer="threads")
    found = parallel(
        joblib.delayed(_of_some_records)(
            conditions, records, columns[records], needed[records], entities, most_rows
        )
        for records in _chunks(needed)
    )
    out = np.zeros(len(entities), dtype=bool)
    out[np.concatenate([np.empty(0, dtype=np.int64), *found])] = True
    return out


def _chunks(needed: Codes) -> Iterator[Codes]:
    """Records whose predicates have equally many conditions, a few at a time."""
    order = np.argsort(needed, kind="stable")
    starts = np.flatnonzero(np.diff(needed[order], prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
        for first in range(start, stop, RECORDS_AT_ONCE):
            yield order[first : min(first + RECORDS_AT_ONCE, stop)]


def _of_some_records(
    conditions: Sequence[Conditions],
    records: Codes,
    columns: npt.NDArray[np.int64],
    needed: Codes,
    entities: Codes,
    most_rows: int,
) -> Codes:
    """Rows of the pool that are singled out by the predicates of some records."""
    holds = np.full((len(records), conditions[0].bits.shape[1]), 255, dtype=np.uint8)
    for place in range(int(needed[0])):
        for column in np.unique(columns[:, place]):
            asked = np.flatnonzero(columns[:, place] == column)
            condition = conditions[column]
            holds[asked] &= condition.bits[condition.of_record[records[asked]]]
    count = np.bitwise_count(holds).sum(axis=1, dtype=np.int64)
    few = holds[(count >= 1) & (count <= most_rows)]
    predicate, row = np.nonzero(np.unpackbits(few, axis=1, count=len(entities)))
    starts = np.flatnonzero(np.diff(predicate, prepend=-1))
    if len(starts) == 0:
        return row
    owner = entities[row]
    one_person = np.minimum.reduceat(owner, starts) == np.maximum.reduceat(owner, starts)
    result: Codes = row[np.repeat(one_person, np.diff(np.append(starts, len(row))))]
    return result
