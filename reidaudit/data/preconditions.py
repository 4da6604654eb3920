"""What must hold before any finding means anything.

A broken precondition makes the audit invalid: it is never a pass, and no finding of it is believed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from reidaudit.data.canonical import KeyArray, row_keys
from reidaudit.data.tables import Table, Tables

State = Literal["pass", "warn", "invalid", "incomplete"]

LARGEST_SHARED_SHARE = 0.01
SURE = 1e-3
CONTROLS_FOR_ONE_PERCENT = 500


@dataclass(frozen=True)
class PreconditionResult:
    """A named check, what came of it, and why."""

    name: str
    state: State
    detail: str


def check_preconditions(tables: Tables) -> tuple[Tables, list[PreconditionResult]]:
    """Check the tables against each other, and take people on both sides out of the controls.

    Returns
    -------
    tables : Tables
        As given, or with controls removed who are also members.
    results : list of PreconditionResult
        One for each check, in the order in which a person would ask.
    """
    tables, disjoint = _members_and_controls_are_disjoint(tables)
    results = [
        _columns_agree(tables),
        _kinds_agree(tables),
        disjoint,
        _release_is_not_the_holdout(tables),
        _sizes_suffice(tables),
    ]
    return tables, results


def _columns_agree(tables: Tables) -> PreconditionResult:
    name = "columns agree"
    if tables.missing_in_holdout:
        detail = f"train has columns that holdout lacks: {_listed(tables.missing_in_holdout)}."
        return PreconditionResult(name, "invalid", detail)
    if tables.only_in_synthetic:
        detail = (
            "the release has columns that train lacks, and nothing can be said about them: "
            f"{_listed(tables.only_in_synthetic)}."
        )
        return PreconditionResult(name, "warn", detail)
    if tables.missing_in_synthetic:
        detail = f"not in the release, and so not audited: {_listed(tables.missing_in_synthetic)}."
        return PreconditionResult(name, "pass", detail)
    return PreconditionResult(name, "pass", "all tables have the same columns.")


def _kinds_agree(tables: Tables) -> PreconditionResult:
    name = "kinds agree"
    if tables.disagreements:
        return PreconditionResult(
            name,
            "invalid",
            f"column {'; column '.join(tables.disagreements)}: the tables were not written alike.",
        )
    return PreconditionResult(name, "pass", "every column is of one kind in all tables.")


def _members_and_controls_are_disjoint(tables: Tables) -> tuple[Tables, PreconditionResult]:
    if tables.holdout is None:
        detail = "there is no holdout, so nobody is a control."
        return tables, PreconditionResult("members and controls are disjoint", "incomplete", detail)
    if tables.schema.entity is not None:
        return _disjoint_by_entity(tables, tables.holdout)
    return _disjoint_by_row(tables, tables.holdout)


def _disjoint_by_entity(tables: Tables, holdout: Table) -> tuple[Tables, PreconditionResult]:
    name = "members and controls are disjoint"
    shared = np.isin(holdout.entity, tables.train.entity)
    people = len(np.unique(holdout.entity[shared]))
    share = people / len(np.unique(holdout.entity))
    if people == 0:
        return tables, PreconditionResult(name, "pass", "no entity stands in train and in holdout.")
    detail = f"{share:.1%} of the holdout's entities stand in train too"
    if share > LARGEST_SHARED_SHARE:
        return tables, PreconditionResult(name, "invalid", f"{detail}: split by entity and rerun.")
    kept = replace(tables, holdout=_rows_of(holdout, ~shared))
    return kept, PreconditionResult(name, "warn", f"{detail}; they were taken out of the controls.")


def _disjoint_by_row(tables: Tables, holdout: Table) -> tuple[Tables, PreconditionResult]:
    """Compare the equal rows across the split with those that a random split would give.

    In repetitive tables many strangers have equal rows; only more of them than chance gives is a
    sign that the same people are on both sides.
    """
    name = "members and controls are disjoint"
    train_keys, holdout_keys = row_keys(tables.train.codes, holdout.codes)
    shared = np.isin(holdout_keys.whole, train_keys.whole)
    expected, p_value = _chance_of_shared_rows(train_keys.whole, holdout_keys.whole)
    surplus = shared.mean() - expected
    if p_value >= SURE or surplus <= 0:
        detail = f"{shared.mean():.1%} of the holdout's rows equal a row of train"
        detail += f", as chance gives ({expected:.1%})." if shared.any() else "."
        return tables, PreconditionResult(name, "pass", detail)
    detail = (
        f"{shared.mean():.1%} of the holdout's rows equal a row of train, "
        f"where a random split would give {expected:.1%}"
    )
    if surplus > LARGEST_SHARED_SHARE:
        return tables, PreconditionResult(
            name, "invalid", f"{detail}: the same people stand on both sides; split again."
        )
    if expected > surplus:
        return tables, PreconditionResult(name, "warn", f"{detail}; nothing was removed.")
    kept = replace(tables, holdout=_rows_of(holdout, ~shared))
    return kept, PreconditionResult(name, "warn", f"{detail}; they were taken out of the controls.")


def _chance_of_shared_rows(train: KeyArray, holdout: KeyArray) -> tuple[float, float]:
    """Expected share of shared holdout rows under a random split, and a one-sided p-value.

    A group of g equal rows of the pool gives h controls, hypergeometric; all h are shared unless
    h = g. Groups are nearly independent, so their sum is taken as normal with half a row of
    continuity correction; for few rows the exact Poisson tail is the larger, and is used.
    """
    _, group, sizes = np.unique(
        np.concatenate([train, holdout]), return_inverse=True, return_counts=True
    )
    in_holdout = np.bincount(group[len(train) :], minlength=len(sizes))
    observed = int(in_holdout[in_holdout < sizes].sum())
    values, counts = np.unique(sizes[sizes > 1], return_counts=True)
    mean = variance = 0.0
    for size, count in zip(values.tolist(), counts.tolist(), strict=True):
        possible = np.arange(size + 1)
        chance = stats.hypergeom.pmf(possible, len(train) + len(holdout), len(holdout), size)
        shared = np.where(possible < size, possible, 0)
        first, second = float(chance @ shared), float(chance @ shared**2)
        mean += count * first
        variance += count * (second - first**2)
    if variance == 0.0:
        return mean / len(holdout), 1.0
    normal = float(stats.norm.sf((observed - 0.5 - mean) / np.sqrt(variance)))
    poisson = float(stats.poisson.sf(observed - 1, mean)) if mean < 20 else 0.0
    return mean / len(holdout), max(normal, poisson)


def _rows_of(table: Table, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Table:
    return replace(
        table,
        rows=int(keep.sum()),
        codes=tuple(codes[keep] for codes in table.codes),
        numbers=tuple(None if values is None else values[keep] for values in table.numbers),
        entity=table.entity[keep],
    )


def _release_is_not_the_holdout(tables: Tables) -> PreconditionResult:
    name = "the release is not the holdout"
    if tables.holdout is None:
        return PreconditionResult(name, "incomplete", "there is no holdout.")
    holdout, release = row_keys(tables.holdout.codes, tables.synthetic.codes)
    if np.array_equal(np.sort(holdout.whole), np.sort(release.whole)):
        detail = "the release and the holdout have the same rows: give the right files."
        return PreconditionResult(name, "invalid", detail)
    return PreconditionResult(name, "pass", "the release and the holdout differ.")


def _sizes_suffice(tables: Tables) -> PreconditionResult:
    name = "sizes suffice"
    if tables.holdout is None:
        detail = "without a holdout no excess over controls can be known."
        return PreconditionResult(name, "incomplete", detail)
    members, controls = (len(np.unique(table.entity)) for table in tables.real)
    if min(members, controls) < 2:
        detail = "there must be at least two members and two controls."
        return PreconditionResult(name, "incomplete", detail)
    if controls < CONTROLS_FOR_ONE_PERCENT:
        detail = (
            f"{controls} controls are too few to see a false-positive rate of 1 %, "
            f"which takes {CONTROLS_FOR_ONE_PERCENT}; a coarser rate is used."
        )
        return PreconditionResult(name, "warn", detail)
    return PreconditionResult(name, "pass", f"{members} members and {controls} controls.")


def _listed(names: tuple[str, ...], most: int = 8) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
