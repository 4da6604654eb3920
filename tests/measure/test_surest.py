"""Guesses that are made only when sure: who is among the surest, and the choice of how many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.attack import Outcome
from reidaudit.measure.measures import EntityOutcome, MeasureSpec, People, statistic_of, take
from reidaudit.measure.permutation import LargestDifference, MeanDifference, permutation_test
from reidaudit.measure.surest import FEWEST_SURE, surest
from reidaudit.vocabulary import Family, MeasureName

EXCESS = MeasureSpec(MeasureName.EXCESS)
HALF = 400
IS_MEMBER = np.arange(2 * HALF) < HALF


def scored(right: Any, sureness: Any, persons: Any = None) -> EntityOutcome:
    outcome = Outcome.of_guesses(
        "sure", "Sure?", right, sureness=sureness, by_entity="mean", bearing="fail_only"
    )
    entities = np.arange(len(outcome.values)) if persons is None else persons
    is_member = IS_MEMBER if persons is None else persons < HALF
    return People(entities, is_member).join(outcome, Family.ATTRIBUTE_INFERENCE)


def members_guessed_when_sure(count: int, rng: np.random.Generator) -> EntityOutcome:
    """The surest guesses about members are right, all others as often as those about controls."""
    sureness = rng.random(2 * HALF)
    right = rng.random(2 * HALF) < 0.3
    right |= IS_MEMBER & (sureness >= np.sort(sureness)[-count])
    return scored(right.astype(float), sureness)


@given(
    sureness=st.lists(st.integers(0, 9), min_size=1, max_size=300),
    few=st.booleans(),
)
def test_each_share_holds_all_who_are_as_sure_and_nobody_who_is_less(
    sureness: list[int], few: bool
) -> None:
    values = np.array(sureness, float)
    among = np.arange(len(values)) % 2 == 0 if few else None
    counts = np.ones(len(values), bool) if among is None else among
    shares = surest(values, among)
    assert shares
    for share in shares:
        assert not (share & ~counts).any()
        least = values[share].min()
        np.testing.assert_array_equal(share, counts & (values >= least))
    for one, larger in zip(shares, shares[1:], strict=False):
        assert one.sum() >= FEWEST_SURE
        assert (larger & one == one).all()
        assert larger.sum() > one.sum()


def test_shares_are_chosen_without_a_look_at_the_labels() -> None:
    rng = np.random.default_rng(0)
    outcome = members_guessed_when_sure(80, rng).outcome
    everybody = np.arange(2 * HALF)
    one = People(everybody, IS_MEMBER).join(outcome, Family.ATTRIBUTE_INFERENCE)
    other = People(everybody, rng.permutation(IS_MEMBER)).join(outcome, Family.ATTRIBUTE_INFERENCE)
    for mine, theirs in zip(one.points, other.points, strict=True):
        np.testing.assert_array_equal(mine.among, theirs.among)


def test_a_leak_about_the_surest_is_found_where_it_is() -> None:
    found = members_guessed_when_sure(80, np.random.default_rng(1))
    telling = found.most_telling
    assert telling.among is not None
    assert telling.among.sum() == 80
    estimate = take(EXCESS, found, 0.99)
    assert estimate is not None
    assert estimate.value == pytest.approx(telling.members.mean() - telling.controls.mean())
    assert estimate.value > 0.5


def test_the_choice_is_tested_for_every_permutation_anew() -> None:
    """Of harmless outcomes one in twenty is significant, though the most telling share is taken."""
    rng = np.random.default_rng(2)
    chosen, fixed = [], []
    for _ in range(400):
        harmless = members_guessed_when_sure(1, rng)
        test = permutation_test([statistic_of(EXCESS, harmless)], IS_MEMBER, rng, 99)
        chosen.append(test.single[0])
        single = [statistic_of(EXCESS, point) for point in harmless.points]
        tests = (permutation_test([one], IS_MEMBER, rng, 99) for one in single)
        fixed.append(min(test.single[0] for test in tests))
    assert np.mean(np.array(chosen) <= 0.05) <= 0.1
    assert np.mean(np.array(fixed) <= 0.05) > 0.1  # what a choice outside would do


def test_the_largest_difference_is_that_of_the_part_with_the_smallest_error() -> None:
    rng = np.random.default_rng(3)
    values = rng.random((2, 2 * HALF))
    shifted = values[0] + 0.1 * IS_MEMBER
    parts = [MeanDifference(shifted), MeanDifference(10 * values[1]), MeanDifference(np.ones(800))]
    largest = LargestDifference.of(parts)
    by_hand = [
        (part.values[IS_MEMBER].mean() - part.values[~IS_MEMBER].mean()) / part.values.std()
        for part in parts[:2]
    ]
    found = [part.of(IS_MEMBER) / np.sqrt(2 * HALF) for part in largest.parts]
    np.testing.assert_allclose(found, [*by_hand, 0.0], atol=1e-12)


def test_p_values_are_those_of_each_statistic_by_itself() -> None:
    rng = np.random.default_rng(4)
    shown = members_guessed_when_sure(80, rng)
    plain = MeanDifference(rng.random(2 * HALF))
    statistics = [plain, statistic_of(EXCESS, shown), MeanDifference(np.ones(2 * HALF))]
    test = permutation_test(statistics, IS_MEMBER, rng, 199)
    assert test.single[1] == pytest.approx(1 / 200)
    assert test.single[0] > 0.01
    assert test.single[2] == 1.0


def test_of_a_person_with_many_rows_the_sure_ones_count() -> None:
    persons = np.repeat(np.arange(2 * HALF), 2)
    sureness = np.tile([1.0, 0.0], 2 * HALF)
    right = np.tile([1.0, 0.0], 2 * HALF)
    joined = scored(right, sureness, persons)
    (point,) = joined.points
    assert joined.values.mean() == 0.5
    assert point.values.mean() == 1.0


def test_where_all_tie_all_are_as_sure_as_can_be() -> None:
    joined = scored(np.ones(2 * HALF), np.zeros(2 * HALF))
    assert len(joined.points) == 1
    assert len(joined.points[0].members) == HALF
