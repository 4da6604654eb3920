"""The excess weighted by rarity: definition, interval, and a leak that the plain one misses."""

from __future__ import annotations

import numpy as np
import pytest

from reidaudit.attack import Outcome
from reidaudit.data.rarity import worth_of
from reidaudit.measure.measures import (
    EntityOutcome,
    Estimate,
    MeasureSpec,
    People,
    measures_of,
    statistic_of,
    take,
)
from reidaudit.measure.permutation import permutation_test
from reidaudit.vocabulary import Family, MeasureName

EXCESS = MeasureSpec(MeasureName.EXCESS)
WEIGHTED = MeasureSpec(MeasureName.RARITY_WEIGHTED_EXCESS)
HALF = 1_000
IS_MEMBER = np.arange(2 * HALF) < HALF


def scored(leaked: float, rng: np.random.Generator, by_chance: float = 0.5) -> EntityOutcome:
    """One person in twenty has a rare level, which is guessed of so many more members."""
    level = (rng.random(2 * HALF) < 0.05).astype(np.int64)
    chance = np.where(level == 1, 0.1 + leaked * IS_MEMBER, by_chance)
    right = (rng.random(2 * HALF) < chance).astype(float)
    outcome = Outcome.of_guesses("guess", "?", right, worth=worth_of(level, 0), by_entity="mean")
    return People(np.arange(2 * HALF), IS_MEMBER).join(outcome, Family.ATTRIBUTE_INFERENCE)


def taken(spec: MeasureSpec, outcome: EntityOutcome) -> Estimate:
    estimate = take(spec, outcome, 0.95)
    assert estimate is not None
    assert estimate.bounds is not None
    return estimate


def test_it_is_the_difference_of_mean_worths() -> None:
    outcome = scored(0.3, np.random.default_rng(0))
    assert outcome.worth is not None
    worth = outcome.values * outcome.worth
    by_hand = worth[IS_MEMBER].mean() - worth[~IS_MEMBER].mean()
    estimate = taken(WEIGHTED, outcome)
    assert estimate.value == pytest.approx(by_hand)
    assert estimate.bounds is not None
    assert estimate.bounds.low < by_hand < estimate.bounds.high


def test_with_equal_worths_it_is_the_excess() -> None:
    right = np.tile([1.0, 0.0, 1.0, 1.0], HALF // 2)
    outcome = Outcome.of_guesses("guess", "?", right, worth=np.ones(2 * HALF))
    joined = People(np.arange(2 * HALF), IS_MEMBER).join(outcome, Family.ATTRIBUTE_INFERENCE)
    plain, weighted = taken(EXCESS, joined), taken(WEIGHTED, joined)
    assert weighted.value == plain.value
    assert weighted.bounds is not None
    assert plain.bounds is not None
    assert (weighted.bounds.low, weighted.bounds.high) == (plain.bounds.low, plain.bounds.high)


def test_a_leak_about_a_rare_value_shows_where_the_plain_excess_drowns_it() -> None:
    rng = np.random.default_rng(1)
    p_values = []
    for _ in range(20):
        outcome = scored(0.4, rng)
        statistics = [statistic_of(spec, outcome) for spec in (EXCESS, WEIGHTED)]
        p_values.append(permutation_test(statistics, IS_MEMBER, rng, 199).single)
    plain, weighted = np.median(p_values, axis=0)
    assert weighted <= 0.01
    assert plain > 0.05


def test_its_interval_covers_and_its_test_is_exact() -> None:
    rng = np.random.default_rng(2)
    covered, significant = [], []
    for _ in range(200):
        outcome = scored(0.0, rng)
        bounds = taken(WEIGHTED, outcome).bounds
        assert bounds is not None
        covered.append(bounds.low <= 0.0 <= bounds.high)
        test = permutation_test([statistic_of(WEIGHTED, outcome)], IS_MEMBER, rng, 99)
        significant.append(test.single[0] <= 0.05)
    assert np.mean(covered) >= 0.95
    assert np.mean(significant) <= 0.09


def test_it_is_taken_only_where_guesses_have_a_worth() -> None:
    right = np.ones(4)
    with_worth = Outcome.of_guesses("guess", "?", right, worth=right)
    assert measures_of(with_worth, 4) == [EXCESS, WEIGHTED]
    assert measures_of(Outcome.of_guesses("guess", "?", right), 4) == [EXCESS]
