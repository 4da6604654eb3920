"""From rows to people, from outcomes to measures, and the census bound of disclosure."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.attack import Outcome
from reidaudit.measure.measures import (
    EntityOutcome,
    Estimate,
    MeasureSpec,
    People,
    finest_fpr,
    measures_of,
    statistic_of,
    take,
    upper_half,
    with_rates,
)
from reidaudit.measure.permutation import MeanDifference, ShareAboveThreshold
from reidaudit.vocabulary import Family, MeasureName

EXCESS = MeasureSpec(MeasureName.EXCESS)


def guesses(
    members: Any, controls: Any, family: Family = Family.DISCLOSURE, **parts: Any
) -> EntityOutcome:
    values = np.concatenate([members, controls]).astype(float)
    is_member = np.repeat([True, False], [len(members), len(controls)])
    outcome = Outcome.of_guesses("guess", "Is it right?", values, **parts)
    return EntityOutcome(outcome, family, values, is_member, outcome.common_guess)


def scored(members: Any, controls: Any) -> EntityOutcome:
    values = np.concatenate([members, controls]).astype(float)
    is_member = np.repeat([True, False], [len(members), len(controls)])
    outcome = Outcome.of_scores("score", "Can it be told?", values)
    return EntityOutcome(outcome, Family.MEMBERSHIP_INFERENCE, values, is_member, None)


def taken(spec: MeasureSpec, outcome: EntityOutcome, level: float = 0.95) -> Estimate:
    found = take(spec, outcome, level)
    assert found is not None
    return found


def hits(n: int, right: int) -> Any:
    return np.arange(n) < right


# --- which measures ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("controls", "fpr"), [(1, 0.1), (99, 0.1), (100, 0.05), (499, 0.05), (500, 0.01), (10**6, 0.01)]
)
def test_the_rate_that_decides_is_one_that_the_controls_can_show(controls: int, fpr: float) -> None:
    assert finest_fpr(controls) == fpr


def test_a_guess_has_an_excess_and_a_score_has_auc_tpr_and_advantage() -> None:
    guess, score = guesses([1], [0]).outcome, scored([1], [0]).outcome
    assert [str(spec) for spec in measures_of(guess, 600)] == ["excess"]
    assert [str(spec) for spec in measures_of(score, 600)] == [
        "auc",
        "tpr_at_fpr@0.01",
        "advantage",
    ]
    assert "tpr_at_fpr@0.001" not in [str(spec) for spec in measures_of(score, 9_999)]
    assert "tpr_at_fpr@0.001" in [str(spec) for spec in measures_of(score, 10_000)]


def test_baselines_mean_no_leak() -> None:
    assert MeasureSpec(MeasureName.AUC).baseline == 0.5
    assert MeasureSpec(MeasureName.TPR_AT_FPR, 0.05).baseline == 0.05
    assert EXCESS.baseline == 0.0


def test_each_measure_has_its_statistic() -> None:
    score = scored([3, 2], [1, 2])
    auc = statistic_of(MeasureSpec(MeasureName.AUC), score)
    assert isinstance(auc, MeanDifference)
    np.testing.assert_array_equal(auc.values, [4.0, 2.5, 1.0, 2.5])
    tail = statistic_of(MeasureSpec(MeasureName.TPR_AT_FPR, 0.1), score)
    assert isinstance(tail, ShareAboveThreshold)
    assert tail.fpr == 0.1
    half = statistic_of(MeasureSpec(MeasureName.ADVANTAGE), score)
    assert isinstance(half, MeanDifference)
    np.testing.assert_array_equal(half.values, [1.0, 0.5, 0.0, 0.5])


def test_an_excess_cannot_be_taken_of_scores() -> None:
    with pytest.raises(ValueError, match="cannot be taken of scores"):
        take(EXCESS, scored([1], [0]), 0.95)


# --- from rows to people -------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "expected"), [("any", [1.0, 0.4, 0.0]), ("mean", [0.5, 0.3, 0.0])])
def test_the_rows_of_a_person_become_one_value(how: Any, expected: list[float]) -> None:
    entities = np.array([7, 2, 9, 7, 2])
    is_member = np.array([False, True, True, False, True])
    values = [1.0, 0.2, 0.0, 0.0, 0.4]
    outcome = Outcome.of_guesses("guess", "?", values, common_guess=values[::-1], by_entity=how)
    found = People(entities, is_member).join(outcome, Family.ATTRIBUTE_INFERENCE)
    assert list(found.values) == pytest.approx(expected)  # in the order of their first rows
    assert list(found.is_member) == [False, True, True]
    assert found.common_guess is not None
    assert len(found.common_guess) == 3


def test_the_first_rows_are_of_the_first_people() -> None:
    """Whoever is asked about comes first, and an outcome may end with them."""
    entities = np.array([7, 2, 7, 2, 1, 9, 1])
    is_member = np.array([False, True, False, True, True, False, True])
    outcome = Outcome.of_scores("score", "?", [1.0, 0.2, 0.0, 0.4])
    people = People(entities, is_member)
    found = people.join(outcome, Family.MEMBERSHIP_INFERENCE)
    np.testing.assert_array_equal(found.values, [1.0, 0.4])
    np.testing.assert_array_equal(found.is_member, [False, True])
    np.testing.assert_array_equal(people.is_member, [False, True, True, False])
    np.testing.assert_array_equal(people.holding(np.array([False, True, False, False])), [0, 1])


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-10, 10)), min_size=1, max_size=30))
def test_any_is_the_highest_row_and_mean_the_average(rows: list[tuple[int, float]]) -> None:
    entities = np.array([entity for entity, _ in rows])
    values = np.array([value for _, value in rows])
    for how, join in (("any", np.max), ("mean", np.mean)):
        outcome = Outcome("score", "?", values, False, by_entity=how)  # type: ignore[arg-type]
        found = People(entities, entities % 2 == 0).join(outcome, Family.MEMBERSHIP_INFERENCE)
        own = {entity: join(values[entities == entity]) for entity in entities}
        assert sorted(found.members) == pytest.approx(
            sorted(value for entity, value in own.items() if entity % 2 == 0), abs=1e-9
        )
        assert sorted(found.controls) == pytest.approx(
            sorted(value for entity, value in own.items() if entity % 2), abs=1e-9
        )


@pytest.mark.parametrize(("how", "expected"), [("any", [0.2, 0.0]), ("mean", [0.1, 0.0])])
def test_rows_that_an_outcome_is_not_about_count_for_nobody(
    how: Any, expected: list[float]
) -> None:
    entities, is_member = np.array([1, 1, 1, 2, 2, 3]), np.array([True] * 3 + [False] * 3)
    outcome = Outcome.of_guesses(
        "guess",
        "?",
        [0.2, 0.0, 1.0, 1.0, 0.0, 1.0],
        among=[True, True, False, False, True, False],
        by_entity=how,
    )
    found = People(entities, is_member).join(outcome, Family.ATTRIBUTE_INFERENCE)
    assert [*found.members, *found.controls] == pytest.approx(expected)


# --- excess --------------------------------------------------------------------------------------

share = st.integers(0, 30)


@given(right=share, wrong=share, control_right=share, control_wrong=share)
def test_disclosure_is_a_census_of_members(
    right: int, wrong: int, control_right: int, control_wrong: int
) -> None:
    members, controls = (
        hits(right + wrong, right),
        hits(control_right + control_wrong, control_right),
    )
    if min(len(members), len(controls)) < 2:
        return
    found = take(EXCESS, guesses(members, controls), 0.95)
    assert found.bounds is not None
    assert found.value == pytest.approx(members.mean() - controls.mean())
    assert found.bounds.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.bounds.high <= max(members.mean(), found.value) + 1e-12


def test_an_excess_is_one_of_those_it_is_about() -> None:
    among = np.tile([True, False], 50)
    every_second = np.where(np.arange(50) % 4 == 0, 1.0, 0.0)
    outcome = guesses(every_second, np.ones(50) - among[:50], Family.ATTRIBUTE_INFERENCE)
    about = dataclasses.replace(outcome, among=among)
    found = take(EXCESS, about, 0.95)
    assert found is not None
    details = with_rates(found, about, 0.95).details
    assert details["member_rate"] == pytest.approx(13 / 25)
    assert details["control_rate"] == 0.0
    only = guesses(every_second[::2], np.zeros(25), Family.ATTRIBUTE_INFERENCE)
    assert found.bounds == taken(EXCESS, only).bounds


@pytest.mark.parametrize(("members", "controls"), [(1, 50), (50, 1), (0, 3), (1, 1)])
def test_too_few_people_give_no_estimate(members: int, controls: int) -> None:
    for spec in (EXCESS, MeasureSpec(MeasureName.AUC)):
        outcome = guesses if spec is EXCESS else scored
        assert take(spec, outcome(np.ones(members), np.zeros(controls)), 0.95) is None


@pytest.mark.parametrize("n", [2, 50, 5000])
def test_no_copies_is_no_excess_whatever_the_row_count(n: int) -> None:
    found = take(EXCESS, guesses(np.zeros(n), np.zeros(n)), 0.9975)
    assert found.bounds is not None
    assert found.value == 0.0
    assert found.bounds.low <= 0.0
    assert found.bounds.high == 0.0
    assert "census" in found.bounds.method


def test_other_families_are_no_census() -> None:
    rows = np.zeros(50)
    found = take(EXCESS, guesses(rows, rows, Family.ATTRIBUTE_INFERENCE), 0.95)
    assert found.bounds is not None
    assert found.bounds.high > 0.05
    assert "census" not in found.bounds.method


def test_an_excess_comes_with_both_rates() -> None:
    outcome = guesses(hits(50, 30), hits(50, 10), Family.ATTRIBUTE_INFERENCE, column="income")
    details = with_rates(take(EXCESS, outcome, 0.95), outcome, 0.95).details
    assert details["member_rate"] == pytest.approx(0.6)
    assert details["control_rate"] == pytest.approx(0.2)
    assert float(details["member_rate_low"]) < 0.6 < float(details["member_rate_high"])


def test_the_majority_guess_stands_beside_the_excess() -> None:
    common = np.repeat([1.0, 0.0, 1.0, 0.0], [20, 30, 5, 45])
    outcome = guesses(hits(50, 30), hits(50, 10), Family.ATTRIBUTE_INFERENCE, common_guess=common)
    details = with_rates(take(EXCESS, outcome, 0.95), outcome, 0.95).details.values()
    assert any(value == pytest.approx(0.4) for value in details)
    assert any(value == pytest.approx(0.1) for value in details)


# --- advantage -----------------------------------------------------------------------------------


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40))
def test_half_of_the_pool_is_called_a_member_ties_by_halves(values: list[int]) -> None:
    half = upper_half(np.array(values, dtype=float))
    assert set(half.tolist()) <= {0.0, 0.5, 1.0}
    order = np.argsort(values, kind="stable")
    assert (np.diff(half[order]) >= 0).all()


def test_advantage_of_a_perfect_and_of_an_empty_score() -> None:
    spec = MeasureSpec(MeasureName.ADVANTAGE)
    perfect, empty = (
        take(spec, scored(np.ones(40), np.zeros(40)), 0.95),
        take(spec, scored(np.ones(40), np.ones(40)), 0.95),
    )
    assert perfect.value == 1.0
    assert empty.value == 0.0


@given(
    st.lists(st.integers(-4, 4), min_size=4, max_size=30),
    st.sampled_from(
        [MeasureSpec(MeasureName.AUC), MeasureSpec(MeasureName.TPR_AT_FPR, 0.1),
         MeasureSpec(MeasureName.ADVANTAGE)]
    ),
)  # fmt: skip
def test_all_measures_of_scores_look_at_ranks_only(values: list[int], spec: MeasureSpec) -> None:
    cut = len(values) // 2
    plain = np.array(values, dtype=float)
    bent = np.exp(plain) * 3 - 1
    one, two = (take(spec, scored(v[:cut], v[cut:]), 0.95) for v in (plain, bent))
    assert one.value == pytest.approx(two.value)
    assert one.bounds is not None
    assert two.bounds is not None
    assert (one.bounds.low, one.bounds.high) == pytest.approx((two.bounds.low, two.bounds.high))
