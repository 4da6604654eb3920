"""Nobody may be member and control at once: the attack would be right about them, and wrong.

With an entity key that can be looked up. Without one there are only rows, and in repetitive tables
many strangers have equal rows. So the distinct rows on both sides are compared with as many as a
random split of the same rows would put there: people who were put on both sides make more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import signal, stats

from reidaudit.data.canonical import KeyArray, row_keys, stand_in
from reidaudit.data.precondition import PreconditionResult
from reidaudit.data.small_counts import told_count, told_percent
from reidaudit.data.tables import Table, Tables

NAME = "members and controls are disjoint"
LARGEST_SHARED_SHARE = 0.01
SURE = 1e-3
NORMAL_VARIANCE = 400.0


def members_and_controls_are_disjoint(tables: Tables) -> tuple[Tables, PreconditionResult]:
    """Look for people on both sides, and take a few of them out of the controls.

    Returns
    -------
    tables : Tables
        As given, or with controls removed who are also members.
    result : PreconditionResult
        Invalid where more than 1 % of the controls are also members.
    """
    if tables.holdout is None:
        detail = "there is no holdout, so nobody is a control."
        return tables, PreconditionResult(NAME, "incomplete", detail)
    if tables.schema.entity is not None:
        return _by_entity(tables, tables.holdout)
    return _by_row(tables, tables.holdout)


def _by_entity(tables: Tables, holdout: Table) -> tuple[Tables, PreconditionResult]:
    shared = np.isin(holdout.entity, tables.train.entity)
    people = len(np.unique(holdout.entity[shared]))
    everybody = len(np.unique(holdout.entity))
    share = people / everybody
    if people == 0:
        return tables, PreconditionResult(NAME, "pass", "no entity stands in train and in holdout.")
    detail = f"{told_percent(people, everybody)} of the holdout's entities stand in train too"
    if share > LARGEST_SHARED_SHARE:
        return tables, PreconditionResult(NAME, "invalid", f"{detail}: split by entity and rerun.")
    return _without(tables, holdout, shared, detail)


def _by_row(tables: Tables, holdout: Table) -> tuple[Tables, PreconditionResult]:
    train_keys, holdout_keys = (k.whole for k in row_keys(tables.train.codes, holdout.codes))
    shared = stand_in(holdout_keys, train_keys)
    overlap = _overlap(train_keys, holdout_keys)
    share, rows = told_percent(shared.sum(), holdout.rows), tables.train.rows + holdout.rows
    distinct, expected = (told_count(c, rows) for c in (overlap.distinct, overlap.expected))
    detail = (
        f"{share} of the holdout's rows equal a row of train; {distinct} distinct rows stand on "
        f"both sides, where a random split gives {expected}"
    )
    if not shared.any():
        detail = "no row of the holdout equals a row of train."
        return tables, PreconditionResult(NAME, "pass", detail)
    if overlap.p_value >= SURE:
        return tables, PreconditionResult(NAME, "pass", f"{detail}.")
    if overlap.in_both > LARGEST_SHARED_SHARE * holdout.rows:
        detail += ": the same people stand on both sides; split again."
        return tables, PreconditionResult(NAME, "invalid", detail)
    if overlap.in_both < shared.sum() / 2:
        # most equal rows are strangers', and without them the controls would be a choice
        return tables, PreconditionResult(NAME, "warn", f"{detail}; nothing was removed.")
    return _without(tables, holdout, shared, detail)


def _without(
    tables: Tables, holdout: Table, shared: npt.NDArray[np.bool_], detail: str
) -> tuple[Tables, PreconditionResult]:
    kept = replace(tables, holdout=holdout.only(~shared))
    return kept, PreconditionResult(NAME, "warn", f"{detail}; they were taken out of the controls.")


@dataclass(frozen=True)
class _Overlap:
    """Distinct rows on both sides, and what a random split would give.

    ``in_both`` estimates how many people of the holdout stand in train too; ``p_value`` is the
    chance of so many distinct rows under a random split.
    """

    distinct: int
    expected: float
    in_both: float
    p_value: float


def _overlap(train: KeyArray, holdout: KeyArray) -> _Overlap:
    """Compare the split with random splits of the same rows.

    Rows are not counted but distinct rows are: a row that many have stands on both sides of any
    split, and how often it stands where says nothing about people in both.
    """
    _, group, sizes = np.unique(
        np.concatenate([train, holdout]), return_inverse=True, return_counts=True
    )
    in_holdout = np.bincount(group[len(train) :], minlength=len(sizes))
    distinct = int(((in_holdout > 0) & (in_holdout < sizes)).sum())
    groups = list(_chances_to_be_split(sizes, len(train), len(holdout)))
    expected = sum(count * chance for count, chance in groups)
    pairs_split = _chance_to_be_split(2, len(train), len(holdout))
    # of people in both a random split would have put some on one side, twice
    in_both = (distinct - expected) / max(1.0 - pairs_split, 1e-9)
    return _Overlap(distinct, expected, in_both, _chance_of_as_many(distinct, groups))


def _chances_to_be_split(
    sizes: npt.NDArray[np.int64], train: int, holdout: int
) -> Iterator[tuple[int, float]]:
    """How many groups of equal rows of one size there are, and the chance that one is split."""
    values, counts = np.unique(sizes[sizes > 1], return_counts=True)
    for size, count in zip(values.tolist(), counts.tolist(), strict=True):
        yield count, _chance_to_be_split(size, train, holdout)


def _chance_to_be_split(size: int, train: int, holdout: int) -> float:
    one_side = stats.hypergeom.pmf(np.array([0, size]), train + holdout, holdout, size)
    return float(1.0 - np.sum(one_side))


def _chance_of_as_many(distinct: int, groups: list[tuple[int, float]]) -> float:
    """One-sided p-value; groups are taken as independent, which errs on the side of caution."""
    expected = sum(count * chance for count, chance in groups)
    variance = sum(count * chance * (1.0 - chance) for count, chance in groups)
    if variance > NORMAL_VARIANCE:
        return float(stats.norm.sf((distinct - 0.5 - expected) / np.sqrt(variance)))
    exact = np.ones(1)
    for count, chance in groups:
        exact = signal.convolve(exact, stats.binom.pmf(np.arange(count + 1), count, chance))
    return float(np.clip(exact[distinct:].sum(), 0.0, 1.0))
