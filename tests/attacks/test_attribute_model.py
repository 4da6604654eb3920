"""A model of the release guesses what the release knows, and no more about strangers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_case import case_of, outcomes_of
from threadpoolctl import threadpool_info

import reidaudit_attacks.attribute_model as attribute_model
from reidaudit.data.declared import Declarations, DeclaredColumn
from reidaudit.vocabulary import Role

MODEL, NEAREST = "attribute_inference.model", "attribute_inference.nearest_neighbour"


def people(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """The diagnosis and the dose follow from two columns; the mood from none."""
    age, town = rng.integers(20, 80, rows), rng.integers(0, 4, rows)
    return pd.DataFrame(
        {
            "age": age,
            "town": [f"town {place}" for place in town],
            "diagnosis": np.where(age > 50, "gout", np.where(town > 1, "none", "cold")),
            "dose": age * 2.0,
            "mood": rng.choice(["good", "bad"], rows),
        }
    )


def test_what_follows_from_other_columns_is_guessed_of_everybody() -> None:
    rng = np.random.default_rng(0)
    case, is_member = case_of(*(people(rng, 500) for _ in range(3)))
    found = outcomes_of(MODEL, case)
    for column, rate in ("diagnosis", 0.95), ("dose", 0.7):
        right = found[f"{column}.from_all_others"].values
        assert min(right[is_member].mean(), right[~is_member].mean()) > rate
    assert 0.4 < found["mood.from_all_others"].values.mean() < 0.6


def test_where_it_is_surest_it_is_right_more_often() -> None:
    rng = np.random.default_rng(1)
    frames = [people(rng, 500) for _ in range(3)]
    for frame in frames:
        blurred = rng.random(500) < 0.5 * (frame["age"] > 65)
        frame["diagnosis"] = frame["diagnosis"].mask(blurred, "other")
    case, _ = case_of(*frames)
    everybody = outcomes_of(MODEL, case)["diagnosis.from_all_others"]
    surest = outcomes_of(MODEL, case)["diagnosis.from_all_others.when_sure"]
    assert surest.sureness is not None
    sure = surest.sureness >= np.quantile(surest.sureness, 0.5)
    assert 0.5 <= sure.mean() < 0.9
    assert surest.values[sure].mean() > everybody.values.mean()


def test_a_column_with_one_value_in_the_release_is_guessed_as_that() -> None:
    rng = np.random.default_rng(2)
    train, holdout, release = (people(rng, 120) for _ in range(3))
    case, _ = case_of(train, release.assign(mood="good"), holdout)
    right = outcomes_of(MODEL, case)["mood.from_all_others"]
    assert right.common_guess is not None
    np.testing.assert_array_equal(right.values, right.common_guess)


def test_only_sensitive_columns_are_guessed() -> None:
    rng = np.random.default_rng(3)
    declared = Declarations({"mood": DeclaredColumn(role=Role.SENSITIVE)})
    case, _ = case_of(*(people(rng, 120) for _ in range(3)), declared)
    assert {outcome.column for outcome in outcomes_of(MODEL, case).values()} == {"mood"}


def test_who_is_guessed_when_sure_are_those_the_release_comes_nearest_to() -> None:
    rng = np.random.default_rng(4)
    train, holdout, release = (people(rng, 300) for _ in range(3))
    release.iloc[:15] = train.iloc[:15]
    case, is_member = case_of(train, release, holdout)
    sure = outcomes_of(NEAREST, case)["mood.from_all_others.when_sure"]
    assert sure.sureness is not None
    surest = sure.sureness >= np.quantile(sure.sureness, 0.9)
    assert surest[is_member].mean() > surest[~is_member].mean()
    assert sure.bearing == "fail_only"


def test_trees_start_no_threads_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """With two in each of two workers they waited for each other: 3.5 times as long on Adult."""
    threads = []
    guess_word = attribute_model._guess_word

    def watched(lesson: attribute_model._Lesson) -> attribute_model._Guess:
        libraries = (lib for lib in threadpool_info() if lib["user_api"] == "openmp")
        threads.extend(lib["num_threads"] for lib in libraries)
        return guess_word(lesson)

    monkeypatch.setattr(attribute_model, "_guess_word", watched)
    rng = np.random.default_rng(3)
    case, _ = case_of(*(people(rng, 120) for _ in range(3)))
    outcomes_of(MODEL, replace(case, workers=2))
    assert set(threads) == {1}
