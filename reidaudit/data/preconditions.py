"""What must hold before any finding means anything.

A broken precondition makes the audit invalid: it is never a pass, and no finding of it is believed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from reidaudit.data.canonical import KeyArray, row_keys, stand_in
from reidaudit.data.disjoint import members_and_controls_are_disjoint
from reidaudit.data.exchangeable import ExchangeabilityTest, test_exchangeable
from reidaudit.data.precondition import PreconditionResult, State
from reidaudit.data.shown import shown
from reidaudit.data.small_counts import told_count, told_percent
from reidaudit.data.tables import Tables
from reidaudit.numbers import format_percent, number_of_people

__all__ = ["PreconditionResult", "State", "check_preconditions"]

CONTROLS_FOR_ONE_PERCENT = 500
FEWEST_TO_COMPARE = 10
SURE = 1e-3
SLACK = 3.0
"""How much more often than in train controls may stand in the release before it is suspicious."""
LARGEST_CHANCE = 0.01


def check_preconditions(
    tables: Tables, rng: np.random.Generator
) -> tuple[Tables, list[PreconditionResult]]:
    """Check the tables against each other, and take people on both sides out of the controls.

    Parameters
    ----------
    tables : Tables
        What was read.
    rng : numpy.random.Generator
        For the test of exchangeability.

    Returns
    -------
    tables : Tables
        As given, or with controls removed who are also members.
    results : list of PreconditionResult
        One for each check, in the order in which a person would ask.
    """
    before = 0 if tables.holdout is None else len(np.unique(tables.holdout.entity))
    tables, disjoint = members_and_controls_are_disjoint(tables)
    keys = row_keys(*(table.codes for table in (*tables.real, tables.synthetic)))
    *real, release = (of_table.whole for of_table in keys)
    results = [
        _columns_agree(tables),
        _kinds_agree(tables),
        disjoint,
        _train_and_holdout_are_exchangeable(tables, rng),
        _generator_never_saw_the_holdout(real, release),
        _release_is_not_train(real[0], release),
        _sizes_suffice(tables, before),
    ]
    return tables, results


def _columns_agree(tables: Tables) -> PreconditionResult:
    name = "columns agree"
    if tables.missing_in_holdout:
        detail = (
            "train and the release have columns that the holdout lacks: "
            f"{_listed(tables.missing_in_holdout)}."
        )
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
            f"{_joined(tables.disagreements)}: the tables were not written alike; "
            "write the columns of all tables in one way.",
        )
    if tables.strays:
        return PreconditionResult(
            name,
            "warn",
            f"{_joined(tables.strays)}: the few other values make it a category, and near values "
            "count as different; write them alike, leave them empty, or declare the kind.",
        )
    return PreconditionResult(name, "pass", "every column is of one kind in all tables.")


def _train_and_holdout_are_exchangeable(
    tables: Tables, rng: np.random.Generator
) -> PreconditionResult:
    name = "train and holdout are exchangeable"
    if tables.holdout is None:
        return PreconditionResult(name, "incomplete", "there is no holdout.")
    if min(len(np.unique(table.entity)) for table in tables.real) < FEWEST_TO_COMPARE:
        return PreconditionResult(name, "warn", "there are too few rows to find out.")
    test = test_exchangeable(tables.schema.audited, tables.train, tables.holdout, rng)
    if not test.differs:
        told = "" if test.auc is None else f", nor does a classifier (AUC {test.auc:.3f})"
        detail = f"no column tells train from holdout{told}."
        return PreconditionResult(name, "pass", detail)
    if not test.differs_much:
        detail = f"they differ a little: {_differences(test)}."
        return PreconditionResult(name, "warn", detail)
    return PreconditionResult(
        name,
        "invalid",
        f"they are no random split: {_differences(test)}; split at random before training, and if "
        "people have several rows, name their key with --entity.",
    )


def _differences(test: ExchangeabilityTest) -> str:
    columns = [
        f"{shown(found.name)} (by {format_percent(found.shift, 0)})" for found in test.culprits[:5]
    ]
    more = len(test.culprits) - len(columns)
    parts = (
        [f"columns {', '.join(columns)}{f' and {more} more' if more else ''}"] if columns else []
    )
    if test.auc is not None:
        parts.append(f"a classifier tells them apart with AUC {test.auc:.3f}")
    return "; ".join(parts)


def _generator_never_saw_the_holdout(
    real: Sequence[KeyArray], release: KeyArray
) -> PreconditionResult:
    """Look for controls in the release more often than strangers stand in train by chance.

    A generator that was given the holdout too copies members and controls alike, so that no
    comparison of the two shows it.
    """
    name = "the generator never saw the holdout"
    if len(real) < 2:
        return PreconditionResult(name, "incomplete", "there is no holdout.")
    train, holdout = real
    if _are_the_same(holdout, release):
        detail = "the release and the holdout have the same rows: give the right files."
        return PreconditionResult(name, "invalid", detail)
    in_train = stand_in(holdout, train)
    found = stand_in(holdout[~in_train], release)
    larger = max(1.0, len(release) / len(train))
    by_chance = min(1.0, SLACK * float(in_train.mean()) * larger + LARGEST_CHANCE)
    share = float(found.mean()) if len(found) else 0.0
    surprise = stats.binom.sf(int(found.sum()) - 1, len(found), by_chance) if len(found) else 1.0
    if share > by_chance and surprise < SURE:
        detail = (
            f"{told_percent(found.sum(), len(found))} of the controls stand in the release word "
            "for word, where chance gives hardly any: the generator must not be trained on the "
            "holdout."
        )
        return PreconditionResult(name, "invalid", detail)
    detail = "controls stand in the release no more often than strangers do by chance."
    return PreconditionResult(name, "pass", detail)


def _release_is_not_train(train: KeyArray, release: KeyArray) -> PreconditionResult:
    """Compare the release with train as a whole, in whatever order the rows stand.

    In a table of few categories no single copied record can be told from a stranger's, and so no
    attack may see that the release is train itself.
    """
    name = "the release is not train itself"
    same = _are_the_same(train, release)
    if same and _chance_of_the_same_rows(train) < SURE:
        detail = "the release and train have the same rows: it publishes everybody."
        return PreconditionResult(name, "fail", detail)
    detail = "the release and train have the same rows, as chance would have it."
    if not same:
        detail = "the release and train do not have the same rows."
    return PreconditionResult(name, "pass", detail)


def _are_the_same(keys: KeyArray, others: KeyArray) -> bool:
    """Tell whether two tables have the same rows, in whatever order."""
    return len(keys) == len(others) and np.array_equal(np.sort(keys), np.sort(others))


def _chance_of_the_same_rows(keys: KeyArray) -> float:
    """Chance that people drawn anew from the same shares give the same rows (multinomial)."""
    counts = np.unique(keys, return_counts=True)[1]
    chance = stats.multinomial.logpmf(counts, len(keys), counts / len(keys))
    return float(np.exp(chance))


def _sizes_suffice(tables: Tables, before: int) -> PreconditionResult:
    name = "sizes suffice"
    if tables.holdout is None:
        detail = "without a holdout no excess over controls can be known."
        return PreconditionResult(name, "incomplete", detail)
    members, controls = (len(np.unique(table.entity)) for table in tables.real)
    if min(members, controls) < 2:
        detail = "there must be at least two members and two controls."
        return PreconditionResult(name, "incomplete", detail)
    # who was taken out of a few is told by what is left
    left = controls if controls == before else told_count(controls, before)
    if controls < CONTROLS_FOR_ONE_PERCENT:
        detail = (
            f"{left} controls are too few to see a false-positive rate of 1 %, "
            f"which takes {CONTROLS_FOR_ONE_PERCENT}; a coarser rate is used."
        )
        return PreconditionResult(name, "warn", detail)
    return PreconditionResult(
        name, "pass", f"{number_of_people(members)} members and {number_of_people(left)} controls."
    )


def _listed(names: tuple[str, ...], most: int = 8) -> str:
    named = ", ".join(shown(name) for name in names[:most])
    return named if len(names) <= most else f"{named} and {len(names) - most} more"


def _joined(columns: tuple[str, ...], most: int = 8) -> str:
    named = "; ".join(f"column {column}" for column in columns[:most])
    return named if len(columns) <= most else f"{named}; and {len(columns) - most} more"
