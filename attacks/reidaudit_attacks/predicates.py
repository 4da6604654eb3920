"""Predicates made from release records, and the people whom they single out.

A predicate is a conjunction of conditions such as "age between 60 and 64, region as in this record,
income missing". Every condition is a row of bits, one for each target, so that a predicate is tried
on 64 people at once, and on no more people than it takes to meet a second one of whom it is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
MOST_FURTHER = 4
"""Conditions of a column beyond its steps or levels: an end, two that are never met, missing."""
WORD = 64


@dataclass(frozen=True)
class Conditions:
    """The conditions that release records give, of one column or of several.

    Attributes
    ----------
    bits : uint64 array, shape (n_conditions, ceil(n_targets / 64))
        Which targets each condition is true of, the first one in the lowest bit.
    of_record : unsigned integer array, shape (n_release, n_columns)
        The condition that each release record gives in each column, in the smallest type that holds
        them.
    share : float64 array, shape (n_conditions,)
        Share of release records that satisfy each condition: all that an attacker knows of how
        many people do.
    """

    bits: Bits
    of_record: Words
    share: FloatArray

    @property
    def records(self) -> int:
        """Number of release records."""
        return len(self.of_record)

    def rarest_first(self, start: int, stop: int) -> tuple[Codes, FloatArray]:
        """Order the conditions of a run of release records from the rarest to the commonest.

        Returns
        -------
        predicates : int64 array, shape (stop - start, n_columns)
            The conditions.
        weight : float64 array, shape (stop - start, n_columns)
            The share of people who would satisfy the first one, two, three, ... of them, if columns
            were independent.
        """
        predicates = self.of_record[start:stop].astype(np.int64)
        share = self.share[predicates]
        order = np.argsort(share, axis=1, kind="stable")
        weight = np.cumprod(np.take_along_axis(share, order, axis=1), axis=1, dtype=np.float64)
        return np.take_along_axis(predicates, order, axis=1), weight

    def narrowed(self, people: int, expected: float) -> tuple[Codes, float]:
        """Count the rarest conditions of each record that hardly any of so many people satisfy.

        Parameters
        ----------
        people : int
            How many people there are.
        expected : float
            So many of them may be expected to satisfy the conditions, if columns were independent.
            A record whose conditions are too few for that takes all of them.

        Returns
        -------
        needed : int64 array, shape (n_release,)
        fewest : float
            People who are expected to satisfy all conditions of the median record.
        """
        needed, weight_of_all = np.empty(self.records, dtype=np.int64), np.empty(self.records)
        for start, stop in runs(self.records, RECORDS_AT_ONCE):
            _, weight = self.rarest_first(start, stop)
            needed[start:stop] = 1 + (weight[:, :-1] * people > expected).sum(axis=1)
            weight_of_all[start:stop] = weight[:, -1]
        return needed, float(np.median(weight_of_all) * people)


def conditions_of(
    pool: EncodedTable, release: EncodedTable, columns: Sequence[int], resolution: int
) -> Conditions:
    """Make the conditions of some audited columns from the release, and try them on the pool.

    A missing value is a condition of its own, and so is the group of a category's rare levels.
    """
    most = len(columns) * (resolution + MOST_FURTHER)
    of_record = np.empty((release.rows, len(columns)), dtype=np.min_scalar_type(most))
    bits, share, before = [], [], 0
    for place, column in enumerate(columns):
        made = _of_column(pool, release, column, resolution)
        of_record[:, place] = made.of_record + before
        bits.append(made.bits)
        share.append(made.share)
        before += len(made.share)
    return Conditions(np.concatenate(bits), of_record, np.concatenate(share))


@dataclass(frozen=True)
class _OfColumn:
    """The conditions of one column; ``of_record`` (int64, shape (n_release,)) counts from 0."""

    bits: Bits
    of_record: Codes
    share: FloatArray


def _of_column(
    pool: EncodedTable, release: EncodedTable, column: int, resolution: int
) -> _OfColumn:
    if column in release.word_columns:
        place = release.word_columns.index(column)
        return _of_words(pool.words[place], release.words[place], resolution)
    place = release.number_columns.index(column)
    return _of_numbers(pool.numbers[place], release.numbers[place], release.one, resolution)


def _of_words(people: Words, records: Words, most_levels: int) -> _OfColumn:
    place = np.minimum(places_by_frequency(records, people), most_levels)
    return _exactly(place[people], place[records])


def _of_numbers(
    people: npt.NDArray[np.int32], records: npt.NDArray[np.int32], one: int, steps: int
) -> _OfColumn:
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
    return _OfColumn(bits, narrow.of_record, share)


def _exactly(people: Codes, records: Codes, count: int | None = None) -> _OfColumn:
    """One condition for each code: to have it."""
    count = int(max(people.max(initial=0), records.max(initial=0))) + 1 if count is None else count
    holds = np.zeros((count, -(-len(people) // WORD) * WORD), dtype=bool)
    holds[people, np.arange(len(people))] = True
    packed = np.packbits(holds, axis=1, bitorder="little").view("<u8")
    share = np.bincount(records, minlength=count) / max(len(records), 1)
    return _OfColumn(np.ascontiguousarray(packed, dtype=np.uint64), records, share)


def _widened(steps: npt.NDArray[Number], join: np.ufunc) -> npt.NDArray[Number]:
    """Join each step with the one before it and the one after it."""
    wide = steps.copy()
    wide[1:] = join(wide[1:], steps[:-1])
    wide[:-1] = join(wide[:-1], steps[1:])
    return wide


def singled_out(conditions: Conditions, needed: Codes, entities: Codes, workers: int) -> BoolArray:
    """Tell who is singled out by some record's predicate: it is true of nobody else.

    Parameters
    ----------
    conditions : Conditions
        Of all columns.
    needed : int64 array, shape (n_release,)
        How many of its conditions each record's predicate takes, the rarest first.
    entities : int64 array, shape (n_targets,)
        Whose row each target is.
    workers : int
        Threads; the result does not depend on it.
    """

    def by(start: int, stop: int) -> BoolArray:
        predicates, _ = conditions.rarest_first(start, stop)
        return _singled_out(conditions.bits, predicates, needed[start:stop], entities)

    parallel = joblib.Parallel(n_jobs=workers, prefer="threads", return_as="generator_unordered")
    out = np.zeros(len(entities), dtype=bool)
    for part in parallel(
        joblib.delayed(by)(start, stop) for start, stop in runs(conditions.records, RECORDS_AT_ONCE)
    ):
        out |= part
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
