"""Predicates made from release records, and the people whom they single out.

A predicate is a conjunction of conditions such as "age between 60 and 64, region as in this record,
income missing". Every condition is a row of bits, one for each target, so that a predicate is tried
on 64 people at once, and on no more people than it takes to meet a second one of whom it is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.attack import EncodedTable
from reidaudit.compiled import compiled
from reidaudit_attacks.features import Words, places_by_frequency
from reidaudit_attacks.runs import runs

Bits = npt.NDArray[np.uint64]
BoolArray = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Number = TypeVar("Number", np.uint64, np.float64)

RESOLUTIONS = (64, 512, 4096)
"""So many steps has a number; its condition is a range of three. So many of the commonest levels of
a category have a condition each, and the rare ones share one."""
RECORDS_AT_ONCE = 4096
WORD = 64


@dataclass(frozen=True)
class Conditions:
    """The conditions that release records give, of one column or of several.

    Attributes
    ----------
    bits : uint64 array, shape (n_conditions, ceil(n_targets / 64))
        Which targets each condition is true of, the first one in the lowest bit.
    of_record : int64 array, shape (n_release, n_columns)
        The condition that each release record gives in each column.
    share : float64 array, shape (n_conditions,)
        Share of release records that satisfy each condition: all that an attacker knows of how
        many people do.
    """

    bits: Bits
    of_record: Codes
    share: FloatArray


def conditions_of(
    pool: EncodedTable, release: EncodedTable, columns: Sequence[int], resolution: int
) -> Conditions:
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
    before = accumulate((len(each.share) for each in made), initial=0)
    return Conditions(
        np.concatenate([each.bits for each in made]),
        np.concatenate([each.of_record + k for each, k in zip(made, before, strict=False)], axis=1),
        np.concatenate([each.share for each in made]),
    )


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
    return Conditions(bits, narrow.of_record, share)


def _exactly(people: Codes, records: Codes, count: int | None = None) -> Conditions:
    """One condition for each code: to have it."""
    count = int(max(people.max(initial=0), records.max(initial=0))) + 1 if count is None else count
    holds = np.zeros((count, -(-len(people) // WORD) * WORD), dtype=bool)
    holds[people, np.arange(len(people))] = True
    packed = np.packbits(holds, axis=1, bitorder="little").view("<u8")
    share = np.bincount(records, minlength=count) / max(len(records), 1)
    return Conditions(np.ascontiguousarray(packed, dtype=np.uint64), records[:, None], share)


def _widened(steps: npt.NDArray[Number], join: np.ufunc) -> npt.NDArray[Number]:
    """Join each step with the one before it and the one after it."""
    wide = steps.copy()
    wide[1:] = join(wide[1:], steps[:-1])
    wide[:-1] = join(wide[:-1], steps[1:])
    return wide


def rarest_first(conditions: Conditions) -> tuple[Codes, FloatArray]:
    """Order the conditions of each release record from the rarest to the commonest.

    Returns
    -------
    order : int64 array, shape (n_release, n_columns)
        Places among the conditions' columns.
    weight : float64 array, shape (n_release, n_columns)
        The share of people who would satisfy the first one, two, three, ... of them, if columns
        were independent.
    """
    share = conditions.share[conditions.of_record]
    order = np.argsort(share, axis=1, kind="stable")
    weight = np.cumprod(np.take_along_axis(share, order, axis=1), axis=1, dtype=np.float64)
    return order.astype(np.int64), weight


def singled_out(
    conditions: Conditions, order: Codes, needed: Codes, entities: Codes, workers: int
) -> BoolArray:
    """Tell who is singled out by some record's predicate: it is true of nobody else.

    Parameters
    ----------
    conditions : Conditions
        Of all columns.
    order : int64 array, shape (n_release, n_columns)
        The columns of each record's predicate, in the order in which conditions are added.
    needed : int64 array, shape (n_release,)
        How many of them each predicate takes.
    entities : int64 array, shape (n_targets,)
        Whose row each target is.
    workers : int
        Threads; the result does not depend on it.
    """
    predicates = np.take_along_axis(conditions.of_record, order, axis=1)
    parallel = joblib.Parallel(n_jobs=workers, prefer="threads")
    parts = parallel(
        joblib.delayed(_singled_out)(
            conditions.bits, predicates[start:stop], needed[start:stop], entities
        )
        for start, stop in runs(len(predicates), RECORDS_AT_ONCE)
    )
    out: BoolArray = np.logical_or.reduce([np.zeros(len(entities), dtype=bool), *parts])
    return out


@compiled
def _singled_out(bits: Bits, predicates: Codes, needed: Codes, entities: Codes) -> BoolArray:
    """Mark the rows of which some predicate is true, and of no row of anybody else."""
    out = np.zeros(len(entities), dtype=np.bool_)
    for record in range(len(predicates)):
        predicate = predicates[record, : needed[record]]
        row = _next_row(bits, predicate, 0)
        if row < 0:
            continue
        first, owner = row, entities[row]
        while row >= 0 and entities[row] == owner:
            row = _next_row(bits, predicate, row + 1)
        if row >= 0:
            continue
        row = first
        while row >= 0:
            out[row] = True
            row = _next_row(bits, predicate, row + 1)
    return out


@compiled
def _next_row(bits: Bits, predicate: Codes, start: int) -> int:
    """Return the first row from a place on of which all conditions are true; -1 without any."""
    for word in range(start // WORD, bits.shape[1]):
        held = bits[predicate[0], word]
        if word == start // WORD:
            held = (held >> np.uint64(start % WORD)) << np.uint64(start % WORD)
        for place in range(1, len(predicate)):
            if held == 0:
                break
            held &= bits[predicate[place], word]
        if held != 0:
            row = word * WORD
            while held & np.uint64(1) == 0:
                held, row = held >> np.uint64(1), row + 1
            return row
    return -1
