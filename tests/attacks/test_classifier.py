"""A forest that tells release records from people takes members for release records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from one_attack import Found, findings_of

import reidaudit_attacks.classifier
from reidaudit.attack import Case
from reidaudit.attempts import attempt
from reidaudit.testing_tables import example_case
from reidaudit_attacks.classifier import ReleaseClassifier
from reidaudit_attacks.column_error import ColumnError
from reidaudit_attacks.features import features_of, folds_of_people, records_to_learn_from

NAME = "membership_inference.classifier"


def people(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    age = rng.integers(18, 90, rows)
    return pd.DataFrame(
        {
            "age": age,
            "wage": rng.lognormal(8 + age / 100, 1).round(2),
            "height": rng.normal(170, 9, rows).round(1),
            "weight": rng.normal(75, 12, rows).round(1),
            "town": rng.choice([f"town {i}" for i in range(20)], rows),
        }
    )


def value(found: Found, measure: str) -> float:
    number = found["forest", measure].value
    assert number is not None
    return float(number)


def test_records_near_to_members_are_found() -> None:
    rng = np.random.default_rng(0)
    train, holdout = people(500, rng), people(500, rng)
    release = train.copy()
    for name in ("age", "wage", "height", "weight"):
        release[name] *= 1 + 0.01 * rng.standard_normal(500)
    found = findings_of(NAME, train, release, holdout)
    assert value(found, "auc") > 0.95
    assert found["forest", "auc"].verdict == "fail"


def test_a_few_copies_are_found_among_fresh_people() -> None:
    rng = np.random.default_rng(1)
    train, holdout, release = (people(600, rng) for _ in range(3))
    release.iloc[:60] = train.iloc[:60]
    found = findings_of(NAME, train, release, holdout)
    assert value(found, "auc") == pytest.approx(0.55, abs=0.04)
    assert value(found, "tpr_at_fpr") > 0.08


@pytest.mark.parametrize("seed", range(4))
def test_fresh_people_are_no_leak(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = findings_of(NAME, *(people(1000, rng) for _ in range(3)))
    assert value(found, "auc") == pytest.approx(0.5, abs=0.05)
    assert found["forest", "auc"].verdict != "fail"
    assert found["forest", "tpr_at_fpr"].verdict != "fail"


def test_a_shifted_release_of_other_people_is_no_leak() -> None:
    """What tells the release from everybody tells nothing about who is a member."""
    rng = np.random.default_rng(2)
    train, holdout, release = (people(1000, rng) for _ in range(3))
    release["wage"] += 0.005
    release["height"] *= 1.03
    assert value(findings_of(NAME, train, release, holdout), "auc") == pytest.approx(0.5, abs=0.05)


def test_nobody_is_scored_by_trees_that_saw_the_persons_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)

    def visits(first: int) -> pd.DataFrame:
        once = people(50, rng).assign(person=np.arange(first, first + 50))
        return once.loc[np.repeat(once.index, 3)].reset_index(drop=True)

    scored: list[int] = []

    def spy(asked: Any, release: Any, lesson: Any, *rest: Any) -> Any:
        scored.append(len(asked))
        assert not set(map(tuple, asked)) & set(map(tuple, lesson))
        return np.zeros(len(asked))

    monkeypatch.setattr(reidaudit_attacks.classifier, "_log_odds", spy)
    findings_of(NAME, visits(0), people(150, rng), visits(50), entity="person")
    assert sum(scored) == 300
    assert len(scored) == 3


def test_folds_hold_whole_people_and_are_even() -> None:
    entities = np.repeat(np.arange(30), 4)
    fold = folds_of_people(entities, 3, np.random.default_rng(0))
    assert all(len(set(fold[entities == person])) == 1 for person in range(30))
    np.testing.assert_array_equal(np.bincount(fold), [40, 40, 40])


def test_folds_of_fewer_people_than_folds() -> None:
    fold = folds_of_people(np.array([7, 7, 4]), 3, np.random.default_rng(0))
    assert fold[0] == fold[1] != fold[2]
    assert set(fold) == {0, 1}


@pytest.mark.parametrize("name", ["infinities", "huge_numbers", "missing_values"])
def test_features_are_finite_and_in_the_order_of_the_columns(name: str) -> None:
    case, _ = example_case(name, 0)
    pool, release = features_of(case)
    assert pool.shape == (case.n_targets, len(case.schema.audited))
    assert release.shape[1] == pool.shape[1]
    assert np.isfinite(pool).all()
    assert np.isfinite(release).all()
    for column, codes in enumerate(case.pool.codes):
        # what differs in a feature differs in the table
        for feature in np.unique(pool[:, column])[:20]:
            rows = pool[:, column] == feature
            assert case.pool.numbers[column] is not None or len(np.unique(codes[rows])) == 1


def test_the_commonest_category_comes_first_and_unseen_ones_last() -> None:
    case, _ = example_case("unseen_categories", 0)
    column = [spec.name for spec in case.schema.audited].index("region")
    pool, release = features_of(case)
    codes, counts = np.unique(case.pool.codes[column], return_counts=True)
    commonest = case.pool.codes[column] == codes[np.argmax(counts)]
    assert (pool[commonest, column] == 0).all()
    assert (release[:, column] > pool[:, column].max()).all()


def alone(case: Case) -> Case:
    return replace(case, entities=np.zeros_like(case.entities))


def test_one_person_alone_is_not_scored() -> None:
    case, _ = example_case("half copied", 0)
    assert list(ReleaseClassifier().run(alone(case), np.random.default_rng(0))) == []


def test_one_person_a_side_is_scored() -> None:
    case, _ = example_case("one_row", 0)
    outcomes = list(ReleaseClassifier().run(case, np.random.default_rng(0)))
    assert [outcome.values.shape for outcome in outcomes] == [(2,)]


@pytest.mark.parametrize("name", ["half copied", "duplicates", "many_rows_per_person"])
def test_workers_change_nothing(name: str) -> None:
    scores = []
    for workers in (1, 2):
        case, _ = example_case(name, 0, workers=workers)
        (outcome,) = ReleaseClassifier().run(case, np.random.default_rng(0))
        scores.append(outcome.values)
    np.testing.assert_array_equal(*scores)


def test_of_very_many_records_some_are_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    case, _ = example_case("half copied", 0)
    everything = records_to_learn_from(case, np.random.default_rng(0))
    np.testing.assert_array_equal(everything, np.arange(len(case.release.codes[0])))
    monkeypatch.setattr("reidaudit_attacks.features.MOST_RECORDS", 30)
    some = records_to_learn_from(case, np.random.default_rng(0))
    assert len(np.unique(some)) == 30
    for attack in (ReleaseClassifier(), ColumnError()):
        assert attempt(attack, case, 0).error is None
