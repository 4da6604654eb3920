"""Values that the release knows better than other people do give members away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from one_attack import Found, findings_of

import reidaudit_attacks.column_error
from reidaudit.testing_tables import example_case
from reidaudit_attacks.column_error import MOST_COLUMNS, ColumnError

NAME = "membership_inference.column_error"


def people(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    age = rng.integers(18, 90, rows)
    return pd.DataFrame(
        {
            "age": age,
            "wage": rng.lognormal(8 + age / 100, 1).round(2),
            "height": rng.normal(170, 9, rows).round(1),
            "town": rng.choice([f"town {i}" for i in range(20)], rows),
            "job": rng.choice(["clerk", "nurse", "driver", "none"], rows),
        }
    )


def value(found: Found, measure: str) -> float:
    number = found["trees", measure].value
    assert number is not None
    return float(number)


@pytest.mark.parametrize("memorised", ["wage", "job"])
def test_one_memorised_column_of_noisy_records_is_found(memorised: str) -> None:
    """All other columns are members' with noise; one more is right, or is somebody else's."""
    rng = np.random.default_rng(0)
    train, holdout = people(600, rng), people(600, rng)
    release = train.copy()
    for name in ("age", "wage", "height"):
        if name != memorised:
            release[name] += 0.05 * train[name].std() * rng.standard_normal(600)
    known = value(findings_of(NAME, train, release, holdout), "auc")
    release[memorised] = rng.permutation(release[memorised].to_numpy())
    unknown = value(findings_of(NAME, train, release, holdout), "auc")
    assert known > 0.9
    assert known > unknown + 0.02


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
    assert found["trees", "auc"].verdict != "fail"
    assert found["trees", "tpr_at_fpr"].verdict != "fail"


def test_what_the_population_teaches_is_no_leak() -> None:
    """A column that anybody can predict from the others is not memorised."""
    rng = np.random.default_rng(2)

    def lawful(rows: int) -> pd.DataFrame:
        table = people(rows, rng)
        return table.assign(tax=table["wage"] * 0.3, old=table["age"] > 60)

    found = findings_of(NAME, lawful(800), lawful(800), lawful(800))
    assert value(found, "auc") == pytest.approx(0.5, abs=0.05)


def test_people_are_predicted_by_other_peoples_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)

    def visits(first: int) -> pd.DataFrame:
        once = people(50, rng).assign(person=np.arange(first, first + 50))
        return once.loc[np.repeat(once.index, 3)].reset_index(drop=True)

    predicted: list[int] = []

    def spy(lesson: Any, asked: Any, *rest: Any) -> Any:
        predicted.append(len(asked))
        assert not set(map(tuple, asked)) & set(map(tuple, lesson[0]))
        return np.zeros(len(asked))

    monkeypatch.setattr(reidaudit_attacks.column_error, "_loss", spy)
    # nobody of the release is in the pool, so that only people could be predicted by themselves
    findings_of(NAME, visits(0), people(150, rng), visits(50), entity="person", workers=1)
    assert sum(predicted) == 5 * (300 + 300)


def test_missing_numbers_are_not_predicted() -> None:
    case, _ = example_case("missing_values", 0)
    (outcome,) = ColumnError().run(case, np.random.default_rng(0))
    numeric = [column for column in case.pool.numbers if column is not None]
    assert any(np.isnan(column).any() for column in numeric)
    assert np.isfinite(outcome.values).all()


def test_a_column_that_the_release_lacks_wholly_says_nothing() -> None:
    case, _ = example_case("half copied", 0)
    place = [spec.name for spec in case.schema.audited].index("income")
    rows = len(case.release.codes[0])
    codes, numbers = list(case.release.codes), list(case.release.numbers)
    codes[place], numbers[place] = np.full(rows, -1), np.full(rows, np.nan)
    release = replace(case.release, codes=tuple(codes), numbers=tuple(numbers))
    (outcome,) = ColumnError().run(replace(case, release=release), np.random.default_rng(0))
    assert np.isfinite(outcome.values).all()


def test_of_many_columns_some_are_predicted() -> None:
    rng = np.random.default_rng(4)
    tables = [pd.DataFrame(rng.normal(size=(60, 200))).add_prefix("column ") for _ in range(2)]
    found = findings_of(NAME, tables[0], tables[0], tables[1])
    assert value(found, "auc") > 0.95
    assert found["trees", "auc"].details["columns_predicted"] == MOST_COLUMNS


def test_texts_that_are_all_different_cost_and_say_nothing() -> None:
    rng = np.random.default_rng(5)

    def notes(rows: int) -> pd.DataFrame:
        words = rng.choice(["ill", "well", "tired", "cold", "warm", "long"], (rows, 12))
        return pd.DataFrame({"note": [" ".join(row) for row in words], "age": rng.random(rows)})

    found = findings_of(NAME, notes(500), notes(500), notes(500))
    assert value(found, "auc") == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize("name", ["one_number_column", "one_word_column"])
def test_one_column_has_no_others_to_be_predicted_from(name: str) -> None:
    case, _ = example_case(name, 0)
    assert list(ColumnError().run(case, np.random.default_rng(0))) == []


def test_one_person_alone_is_not_scored() -> None:
    case, _ = example_case("half copied", 0)
    alone = replace(case, entities=np.zeros_like(case.entities))
    assert list(ColumnError().run(alone, np.random.default_rng(0))) == []


@pytest.mark.parametrize("name", ["half copied", "duplicates", "many_rows_per_person"])
def test_workers_change_nothing(name: str) -> None:
    scores = []
    for workers in (1, 2):
        case, _ = example_case(name, 0, workers=workers)
        (outcome,) = ColumnError().run(case, np.random.default_rng(0))
        scores.append(outcome.values)
    np.testing.assert_array_equal(*scores)
