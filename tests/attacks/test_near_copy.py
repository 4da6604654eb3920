"""Records with one column changed are found, and strangers who are nearly alike are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import reidaudit
from reidaudit.report.model import Finding
from reidaudit.vocabulary import MeasureName, Verdict

NAME = "disclosure.near_copy"
STEP = "within_a_step"


def wide(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    table = pd.DataFrame(rng.normal(size=(rows, 5)).round(3), columns=list("abcde"))
    return table.assign(f=rng.choice(list("xyz"), rows))


def repetitive(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    levels = rng.geometric(0.45, size=(rows, 7)).clip(max=6)
    return pd.DataFrame(levels, columns=list("abcdefg")).astype(str)


def excess(
    train: pd.DataFrame,
    release: pd.DataFrame,
    holdout: pd.DataFrame,
    outcome: str = "all_but_one_column",
) -> list[Finding]:
    report = reidaudit.audit(
        train, release, holdout, attacks=[NAME], permutations=100, self_check=False
    )
    return [
        finding
        for finding in report.findings
        if finding.measure is MeasureName.EXCESS and finding.outcome == outcome
    ]


def with_one_column_changed(
    train: pd.DataFrame, fresh: pd.DataFrame, count: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Copies of members, each with another column taken from a stranger."""
    changed = train.iloc[:count].copy()
    for row in range(count):
        column = int(rng.integers(train.shape[1]))
        changed.iloc[row, column] = fresh.iloc[row, column]
    return pd.concat([changed, fresh.iloc[count:]], ignore_index=True)


@pytest.mark.parametrize("column", ["a", "f"])
def test_every_column_may_be_the_one_that_differs(column: str) -> None:
    rng = np.random.default_rng(0)
    train, holdout, fresh = (wide(rng, 500) for _ in range(3))
    release = train.assign(**{column: fresh[column].to_numpy()})
    (found,) = excess(train, release, holdout)
    assert found.value == pytest.approx(1.0, abs=0.01)
    assert found.verdict is Verdict.FAIL


def test_a_few_changed_copies_are_found() -> None:
    rng = np.random.default_rng(1)
    train, holdout, fresh = (wide(rng, 1000) for _ in range(3))
    (found,) = excess(train, with_one_column_changed(train, fresh, 30, rng), holdout)
    assert found.value == pytest.approx(0.03)
    assert found.verdict is Verdict.FAIL
    assert found.bearing == "deciding"


def test_two_changed_columns_are_not_one() -> None:
    rng = np.random.default_rng(2)
    train, holdout, fresh = (wide(rng, 500) for _ in range(3))
    release = train.assign(a=fresh["a"].to_numpy(), b=fresh["b"].to_numpy())
    (found,) = excess(train, release, holdout)
    assert found.value == pytest.approx(0.0, abs=0.005)  # a rounded number may be the same


@pytest.mark.parametrize("table", [wide, repetitive])
@pytest.mark.parametrize("seed", range(4))
def test_strangers_who_are_nearly_alike_do_not_fail(table: object, seed: int) -> None:
    rng = np.random.default_rng(seed)
    train, holdout, fresh = (table(rng, 1500) for _ in range(3))  # type: ignore[operator]
    for found in excess(train, fresh, holdout):
        assert found.verdict is not Verdict.FAIL


def test_where_chance_matches_often_it_can_only_fail() -> None:
    rng = np.random.default_rng(6)
    train, holdout, fresh = (repetitive(rng, 1500) for _ in range(3))
    (found,) = excess(train, fresh, holdout)
    assert found.bearing == "fail_only"
    assert found.verdict is None


def test_two_columns_leave_nothing_to_compare() -> None:
    rng = np.random.default_rng(4)
    train, holdout, fresh = (wide(rng, 50)[["a", "b"]] for _ in range(3))
    assert excess(train, fresh, holdout) == []


# --- moved by small steps ------------------------------------------------------------------------


def test_records_of_which_every_number_is_moved_a_little_are_found() -> None:
    rng = np.random.default_rng(7)
    train, holdout, fresh = (wide(rng, 600) for _ in range(3))
    moved = train.iloc[:60].copy()
    moved[list("abcde")] += rng.uniform(-0.02, 0.02, size=(60, 5))
    release = pd.concat([moved, fresh.iloc[60:]], ignore_index=True)
    (found,) = excess(train, release, holdout, STEP)
    assert found.value == pytest.approx(0.1, abs=0.005)
    assert found.verdict is Verdict.FAIL
    # no cell is as it was, so no comparison of equal cells sees it
    (equal,) = excess(train, release, holdout)
    assert equal.value == 0.0


def test_a_category_that_differs_is_no_small_step() -> None:
    rng = np.random.default_rng(8)
    train, holdout, _ = (wide(rng, 300) for _ in range(3))
    other = {"x": "y", "y": "z", "z": "x"}
    (found,) = excess(train, train.assign(f=train["f"].map(other)), holdout, STEP)
    assert found.value == pytest.approx(0.0, abs=0.01)


def test_a_crowd_within_a_step_of_each_other_says_nothing() -> None:
    rng = np.random.default_rng(9)
    tables = [
        pd.DataFrame({"a": rng.normal(size=2000), "b": rng.choice(list("xy"), 2000)})
        for _ in range(3)
    ]
    (found,) = excess(*tables, STEP)
    assert found.bearing == "fail_only"
    assert found.verdict is not Verdict.FAIL
    assert found.details["share_apart"] < 0.1
