"""What must hold before any finding means anything.

A broken precondition makes the audit invalid: it is never a pass, and no finding of it is believed.
"""

from __future__ import annotations

import numpy as np

from reidaudit.data.canonical import row_keys
from reidaudit.data.disjoint import members_and_controls_are_disjoint
from reidaudit.data.precondition import PreconditionResult, State
from reidaudit.data.raw import shown
from reidaudit.data.tables import Tables

__all__ = ["PreconditionResult", "State", "check_preconditions"]

CONTROLS_FOR_ONE_PERCENT = 500


def check_preconditions(tables: Tables) -> tuple[Tables, list[PreconditionResult]]:
    """Check the tables against each other, and take people on both sides out of the controls.

    Returns
    -------
    tables : Tables
        As given, or with controls removed who are also members.
    results : list of PreconditionResult
        One for each check, in the order in which a person would ask.
    """
    tables, disjoint = members_and_controls_are_disjoint(tables)
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
    named = ", ".join(shown(name) for name in names[:most])
    return named if len(names) <= most else f"{named} and {len(names) - most} more"


def _joined(columns: tuple[str, ...], most: int = 8) -> str:
    named = "; ".join(f"column {column}" for column in columns[:most])
    return named if len(columns) <= most else f"{named}; and {len(columns) - most} more"
