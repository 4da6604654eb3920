"""Whoever is singled out is the only one of whom a predicate of the release is true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_case import case_of, outcomes_of

from reidaudit.attack import Case
from reidaudit.data.declared import Declarations
from reidaudit_attacks.predicates import conditions_of, singled_out

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
MULTIVARIATE, UNIVARIATE = "singling_out.multivariate", "singling_out.univariate"


def people(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, rows),
            "town": rng.choice(
                list("abcdefgh"), rows, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.04, 0.01]
            ),
            "wage": rng.lognormal(8, 1, rows).round(),
            "job": rng.choice(list("vwxyz"), rows),
            "height": rng.normal(170, 9, rows).round(1),
        }
    )
    return frame.mask(rng.random(frame.shape) < 0.05)


def small_case(seed: int, rows: int = 120, copied: int = 0) -> Case:
    rng = np.random.default_rng(seed)
    train, holdout, release = (people(rng, rows) for _ in range(3))
    release.iloc[:copied] = train.iloc[:copied]
    return case_of(train, release, holdout)[0]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("needed", [2, 3, 5])
def test_bits_agree_with_conditions_tried_one_by_one(seed: int, needed: int) -> None:
    case = small_case(seed, copied=40)
    tables = case.encoded("normal")
    pool, release = tables["pool"], tables["release"]
    conditions = conditions_of(pool, release, range(5), 64)
    order = np.argsort(conditions.share[conditions.of_record], axis=1, kind="stable")
    lone = set()
    for record in range(release.rows):
        holds = np.ones(pool.rows, dtype=bool)
        for column in order[record, :needed]:
            holds &= holds_by_hand(case, int(column), record)
        if holds.sum() == 1:
            lone.add(int(np.flatnonzero(holds)[0]))
    count = np.full(release.rows, needed)
    found = singled_out(conditions, count, case.entities, workers=2)
    assert set(np.flatnonzero(found)) == lone
    assert lone


def holds_by_hand(
    case: Case, column: int, record: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The same value of a category, or at most one sixty-fourth of the release away."""
    own, other = case.pool.numbers[column], case.release.numbers[column]
    if own is None or other is None:
        same: Bools = case.pool.codes[column] == case.release.codes[column][record]
        return same
    if np.isnan(other[record]):
        return np.isnan(own)
    tables = case.encoded("normal")
    place = tables["pool"].number_columns.index(column)
    ours, theirs = (tables[name].numbers[place] for name in ("pool", "release"))
    present = theirs[~np.isnan(other)]
    edges = np.unique(np.quantile(present, np.arange(1, 64) / 64))
    step = (ours[:, None] >= edges).sum(axis=1)
    return (np.abs(step - (theirs[record] >= edges).sum()) <= 1) & ~np.isnan(own)


def test_copies_are_singled_out_by_conditions_of_negligible_weight() -> None:
    rng = np.random.default_rng(1)
    train, holdout, release = (people(rng, 800) for _ in range(3))
    release.iloc[:200] = train.iloc[:200]
    case, is_member = case_of(train, release, holdout)
    out = outcomes_of(MULTIVARIATE, case)["negligible_weight"].values
    assert out[is_member].mean() > 0.2
    assert out[~is_member].mean() < 0.03


def test_a_person_with_many_rows_is_still_one_person() -> None:
    rng = np.random.default_rng(2)
    tables = []
    for place in range(3):
        once = people(rng, 60).assign(person=[f"{place}-{row}" for row in range(60)])
        tables.append(pd.concat([once, once, once], ignore_index=True))
    train, holdout, release = tables
    release.iloc[:30] = train.iloc[:30]
    case, is_member = case_of(train, release, holdout, Declarations(entity="person"))
    for name, outcome in (MULTIVARIATE, "negligible_weight"), (UNIVARIATE, "one_value"):
        assert outcomes_of(name, case)[outcome].values[is_member].any()


class TestOneValue:
    def out(self, train: list[float], holdout: list[float], release: list[float]) -> list[float]:
        frames = [pd.DataFrame({"x": values, "y": 0}) for values in (train, holdout, release)]
        case, _ = case_of(frames[0], frames[2], frames[1])
        found = outcomes_of(UNIVARIATE, case)["one_value"].values.astype(bool)
        numbers = case.pool.numbers[0]
        assert numbers is not None
        return sorted(numbers[found].tolist())

    def test_a_value_that_stands_once_in_the_release_and_belongs_to_one_person(self) -> None:
        inner = [float(x) for x in range(2, 60)]
        crowd = [*inner, *inner]
        assert self.out([*crowd, 7.5], [*crowd], [*crowd, 7.5]) == [7.5]

    def test_a_value_of_two_people_or_of_two_records_singles_out_nobody(self) -> None:
        crowd = [float(x) for x in range(2, 60)] * 2
        assert self.out([*crowd, 7.5, 7.5], crowd, [*crowd, 7.5]) == []
        assert self.out([*crowd, 7.5], crowd, [*crowd, 7.5, 7.5]) == []

    def test_whoever_alone_lies_beyond_one_of_the_extremes(self) -> None:
        crowd = [float(x) for x in range(2, 60)] * 2
        assert self.out([*crowd, 99.0], crowd, [*crowd, 80.0]) == [99.0]
        assert self.out([*crowd, -5.0], crowd, [*crowd, 1.0]) == [-5.0]
        assert self.out([*crowd, 99.0, 98.0], crowd, [*crowd, 80.0]) == []
