"""The unit is the person: rows of one person confirm each other, and prove nothing more."""

from __future__ import annotations

import numpy as np
import pytest

from reidaudit.attack import Outcome
from reidaudit.measure.measures import MeasureSpec, People, statistic_of, take
from reidaudit.measure.permutation import permutation_test
from reidaudit.vocabulary import Family, MeasureName

PERSONS, ROWS_EACH, AUDITS = 60, 10, 150
EXCESS = MeasureSpec(MeasureName.EXCESS)


def harmless_outcome(rng: np.random.Generator) -> Outcome:
    """Some people are easy to guess, with all their rows, whether members or not."""
    ease = np.repeat(rng.beta(0.5, 0.5, 2 * PERSONS), ROWS_EACH)
    right = (rng.random(len(ease)) < ease).astype(float)
    return Outcome.of_guesses("made up", "Made up?", right, by_entity="mean")


@pytest.fixture(scope="module")
def alarms() -> dict[str, dict[str, float]]:
    """False alarms of test and interval, counting people or rows."""
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(2 * PERSONS), ROWS_EACH)
    by = {
        "person": People(person, person < PERSONS),
        "row": People(np.arange(len(person)), person < PERSONS),
    }
    found: dict[str, dict[str, list[bool]]] = {unit: {"test": [], "interval": []} for unit in by}
    for _ in range(AUDITS):
        outcome = harmless_outcome(rng)
        for unit, people in by.items():
            scored = people.join(outcome, Family.ATTRIBUTE_INFERENCE)
            statistics = [statistic_of(EXCESS, scored)]
            test = permutation_test(statistics, scored.is_member, rng, 199)
            estimate = take(EXCESS, scored, 0.95)
            assert estimate is not None
            assert estimate.bounds is not None
            found[unit]["test"].append(test.any_leak <= 0.05)
            found[unit]["interval"].append(estimate.bounds.low > 0)
    return {
        unit: {name: float(np.mean(values)) for name, values in kinds.items()}
        for unit, kinds in found.items()
    }


def test_counting_people_keeps_the_false_alarms(alarms: dict[str, dict[str, float]]) -> None:
    assert alarms["person"]["test"] <= 0.1
    assert alarms["person"]["interval"] <= 0.05


def test_counting_rows_would_raise_false_alarms(alarms: dict[str, dict[str, float]]) -> None:
    assert alarms["row"]["test"] >= 0.15
    assert alarms["row"]["interval"] >= 0.15
