"""The exact test against full enumeration, against naive code, and under no leak."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reidaudit.measure import permutation
from reidaudit.measure.permutation import (
    MeanDifference,
    PermutationResult,
    ShareAboveThreshold,
    Statistic,
    permutation_test,
)

MANY = 20_000


def labels_of(members: int, controls: int) -> Any:
    return np.repeat([True, False], [members, controls])


def naive(statistic: Statistic, is_member: Any) -> float:
    if isinstance(statistic, MeanDifference):
        counts = np.ones(len(is_member), bool) if statistic.among is None else statistic.among
        members, controls = (statistic.values[counts & side] for side in (is_member, ~is_member))
        return float(members.mean() - controls.mean()) if min(len(members), len(controls)) else 0.0
    members, controls = statistic.scores[is_member], statistic.scores[~is_member]
    passing = int(np.floor(statistic.fpr * len(controls) + 1e-9))
    threshold = np.sort(controls)[::-1][passing]
    room = passing - (controls > threshold).sum()
    share_of_ties = room / (controls == threshold).sum()
    return float(
        ((members > threshold).sum() + share_of_ties * (members == threshold).sum()) / len(members)
    )


def enumerated(statistics: list[Statistic], is_member: Any) -> list[float]:
    """Max-T p-values over all labellings."""
    n, m = len(is_member), int(is_member.sum())
    columns = [is_member] + [np.isin(np.arange(n), c) for c in combinations(range(n), m)]
    values = np.array([[naive(s, labels) for labels in columns] for s in statistics])
    observed, everything = values[:, 0], values[:, 1:]
    mean, spread = everything.mean(axis=1), everything.std(axis=1)
    varies = spread > 1e-12
    safe = np.where(varies, spread, 1.0)
    standard = np.where(varies[:, None], (everything - mean[:, None]) / safe[:, None], -np.inf)
    largest = standard.max(axis=0)
    return [
        float((largest >= (value - centre) / width - 1e-9).mean()) if does_vary else 1.0
        for value, centre, width, does_vary in zip(observed, mean, safe, varies, strict=True)
    ]


def run(*statistics: Statistic, labels: Any, seed: int = 0, count: int = 500) -> PermutationResult:
    return permutation_test(list(statistics), labels, np.random.default_rng(seed), count)


# --- against full enumeration --------------------------------------------------------------------


@pytest.mark.parametrize(
    "scores",
    [
        [6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
        [3.0, 6.0, 1.0, 4.0, 5.0, 2.0],
        [2.0, 2.0, 1.0, 1.0, 2.0, 0.0],
    ],
)
def test_p_values_are_those_of_all_labellings(scores: list[float]) -> None:
    values, labels = np.array(scores), labels_of(3, 3)
    alone: list[Statistic] = [MeanDifference.of_ranks(values)]
    joined: list[Statistic] = [
        *alone,
        ShareAboveThreshold(values, 0.34),
        MeanDifference(values**3, np.array([True, True, False, True, True, True])),
    ]
    for statistics in (alone, joined):
        expected = enumerated(statistics, labels)
        found = run(*statistics, labels=labels, count=MANY).p_values
        # four standard errors of a share of 20,000, and a little for standardising by a sample
        np.testing.assert_allclose(found, expected, atol=0.02)


def test_a_perfect_score_has_the_smallest_p_value_there_is() -> None:
    found = run(MeanDifference(np.array([1.0, 1, 1, 0, 0, 0])), labels=labels_of(3, 3), count=MANY)
    assert found.p_values[0] == pytest.approx(1 / 20, abs=0.006)
    sure = run(MeanDifference(np.arange(100.0)[::-1]), labels=labels_of(50, 50), count=99)
    assert sure.p_values[0] == pytest.approx(1 / 100)
    assert sure.any_leak == pytest.approx(1 / 100)


def test_the_test_is_one_sided() -> None:
    values = np.repeat([0.0, 1.0], 30)
    assert run(MeanDifference(values), labels=labels_of(30, 30)).any_leak > 0.99


# --- under no leak -------------------------------------------------------------------------------


def test_p_values_are_uniform_under_no_leak() -> None:
    rng = np.random.default_rng(11)
    labels, p_values = labels_of(25, 35), []
    for _ in range(300):
        scores = rng.normal(size=60)
        statistics = [MeanDifference.of_ranks(scores), ShareAboveThreshold(scores, 0.1)]
        statistics.append(MeanDifference(rng.random(60)))
        p_values.append(permutation_test(statistics, labels, rng, 99).any_leak)
    # p-values are multiples of 1/100: spread evenly over the step below each
    spread = np.array(p_values) - rng.random(300) / 100
    assert stats.kstest(spread, "uniform").pvalue > 0.01


def test_repetitive_scores_raise_no_more_false_alarms_than_allowed() -> None:
    rng = np.random.default_rng(12)
    labels, alarms = labels_of(20, 20), 0
    for _ in range(300):
        scores = rng.integers(0, 3, 40).astype(float)
        statistics = [MeanDifference.of_ranks(scores), ShareAboveThreshold(scores, 0.1)]
        alarms += permutation_test(statistics, labels, rng, 99).any_leak <= 0.05
    assert alarms <= stats.binom.ppf(0.999, 300, 0.05)


def test_a_planted_leak_is_found_beside_many_empty_measures() -> None:
    rng = np.random.default_rng(13)
    labels = labels_of(200, 200)
    empty = [MeanDifference(rng.normal(size=400)) for _ in range(30)]
    planted = MeanDifference(rng.normal(size=400) + 0.6 * labels)
    found = run(*empty, planted, labels=labels)
    assert found.p_values[-1] <= 0.01
    assert np.median(found.p_values[:-1]) > 0.3


# --- correction ----------------------------------------------------------------------------------


@given(seed=st.integers(0, 10_000))
def test_a_corrected_p_value_is_never_below_the_raw_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = labels_of(10, 14)
    scores = rng.integers(0, 6, 24).astype(float)
    statistics: list[Statistic] = [
        MeanDifference.of_ranks(scores),
        ShareAboveThreshold(scores, 0.2),
        MeanDifference(rng.normal(size=24)),
    ]
    together = run(*statistics, labels=labels, seed=seed, count=60)
    assert together.any_leak == together.p_values.min()
    for place, statistic in enumerate(statistics):
        alone = run(statistic, labels=labels, seed=seed, count=60)
        assert together.p_values[place] >= alone.p_values[0] - 1e-12
        assert together.single[place] == alone.single[0] == alone.p_values[0]


def test_order_of_the_statistics_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    labels, scores = labels_of(30, 30), rng.normal(size=60)
    statistics: list[Statistic] = [
        ShareAboveThreshold(scores, 0.1),
        MeanDifference(scores),
        ShareAboveThreshold(scores, 0.3),
        MeanDifference(rng.normal(size=60)),
    ]
    forth = run(*statistics, labels=labels).p_values
    back = run(*statistics[::-1], labels=labels).p_values
    np.testing.assert_array_equal(forth, back[::-1])


def test_a_constant_statistic_has_p_value_one_and_does_not_disturb_the_others() -> None:
    rng = np.random.default_rng(2)
    labels, values = labels_of(20, 20), rng.normal(size=40)
    alone = run(MeanDifference(values), labels=labels)
    constant: list[Statistic] = [
        MeanDifference(np.full(40, 0.1)),
        MeanDifference(np.full(40, 1e9)),
        MeanDifference(np.zeros(40)),
    ]
    found = run(MeanDifference(values), *constant, labels=labels)
    assert found.p_values[0] == alone.p_values[0]
    assert found.p_values[1:].tolist() == [1.0, 1.0, 1.0]
    assert run(*constant, labels=labels).any_leak == 1.0


def test_scores_that_all_tie_tell_nothing() -> None:
    tied = np.zeros(40)
    found = run(
        MeanDifference.of_ranks(tied), ShareAboveThreshold(tied, 0.1), labels=labels_of(20, 20)
    )
    assert found.p_values.tolist() == found.single.tolist() == [1.0, 1.0]


def test_no_statistics_is_no_leak() -> None:
    found = permutation_test([], labels_of(3, 3), np.random.default_rng(0), 10)
    assert isinstance(found, PermutationResult)
    assert len(found.p_values) == 0
    assert found.any_leak == 1.0


# --- speed must not change the answer ------------------------------------------------------------


@given(
    scores=st.lists(st.integers(0, 8), min_size=6, max_size=60),
    share=st.floats(0.15, 0.85),
    fpr=st.sampled_from([0.001, 0.01, 0.05, 0.1, 0.5]),
    seed=st.integers(0, 1000),
)
def test_tail_statistic_is_the_naive_one(
    scores: list[int], share: float, fpr: float, seed: int
) -> None:
    values = np.array(scores, dtype=float)
    members = min(max(round(share * len(values)), 1), len(values) - 1)
    labels = labels_of(members, len(values) - members)
    columns = permutation._random_labels(
        labels, [np.arange(len(labels))], np.random.default_rng(seed), 8
    )
    statistic = ShareAboveThreshold(values, fpr)
    found = permutation._Statistics([statistic])(columns)
    expected = [naive(statistic, column.astype(bool)) for column in columns.T]
    np.testing.assert_allclose(found[0], expected, atol=1e-12)


def test_tail_statistic_of_a_long_ranking_reads_as_deep_as_it_must() -> None:
    """Labels sorted so that all members come first: the usual depth does not reach the controls."""
    values = np.arange(5000.0)[::-1]
    statistic = ShareAboveThreshold(values, 0.01)
    labels = labels_of(2500, 2500)
    columns = np.stack([labels, ~labels], axis=1).astype(np.int8)
    found = permutation._Statistics([statistic])(columns)
    np.testing.assert_array_equal(found[0], [1.0, 0.0])


def test_mean_differences_are_the_naive_ones() -> None:
    rng = np.random.default_rng(6)
    statistics = [MeanDifference(rng.normal(size=30)) for _ in range(4)]
    statistics += [MeanDifference(rng.normal(size=30), rng.random(30) < share) for share in
                   (0.0, 0.1, 0.7)]  # fmt: skip
    columns = permutation._random_labels(labels_of(10, 20), [np.arange(30)], rng, 12)
    found = permutation._Statistics(statistics)(columns)
    expected = [[naive(s, column.astype(bool)) for column in columns.T] for s in statistics]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_chunks_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    scores = np.random.default_rng(3).integers(0, 20, 80).astype(float)
    statistics = [MeanDifference.of_ranks(scores), ShareAboveThreshold(scores, 0.1)]
    usual = run(*statistics, labels=labels_of(30, 50), count=130).p_values
    monkeypatch.setattr(permutation, "CHUNK", chunk)
    found = run(*statistics, labels=labels_of(30, 50), count=130).p_values
    np.testing.assert_array_equal(found, usual)


def test_labels_keep_the_number_of_members_and_reach_everybody() -> None:
    columns = permutation._random_labels(
        labels_of(4, 6), [np.arange(10)], np.random.default_rng(0), 400
    )
    assert (columns.sum(axis=0) == 4).all()
    assert (columns.mean(axis=1) > 0.3).all()
    assert (columns.mean(axis=1) < 0.5).all()


def test_all_sets_of_people_are_drawn_alike() -> None:
    rng = np.random.default_rng(2)
    drawn = np.array([permutation._draw(6, 2, rng) for _ in range(15_000)])
    sets, counts = np.unique(drawn @ (1 << np.arange(6)), return_counts=True)
    assert len(sets) == 15
    assert stats.chisquare(counts).pvalue > 0.01


@given(people=st.integers(0, 300), share=st.floats(0.0, 0.5), seed=st.integers(0, 99))
def test_as_many_are_drawn_as_are_asked_for(people: int, share: float, seed: int) -> None:
    drawn = permutation._draw(people, int(share * people), np.random.default_rng(seed))
    assert drawn.shape == (people,)
    assert drawn.sum() == int(share * people)


def test_the_same_generator_gives_the_same_p_values() -> None:
    scores = np.random.default_rng(3).normal(size=50)
    statistics = [MeanDifference.of_ranks(scores), ShareAboveThreshold(scores, 0.1)]
    one, two = (run(*statistics, labels=labels_of(20, 30), seed=9).p_values for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_labels_stay_within_their_stratum() -> None:
    strata = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2])
    groups = permutation._groups(strata, 13)
    labels = np.array([1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0], dtype=bool)
    columns = permutation._random_labels(labels, groups, np.random.default_rng(0), 200)
    for number, members in ((0, 3), (1, 1), (2, 2)):
        assert (columns[strata == number].sum(axis=0) == members).all()
    assert len(np.unique(columns, axis=1).T) > 80


def test_a_tail_among_some_is_the_tail_of_them_alone() -> None:
    rng = np.random.default_rng(4)
    scores = rng.integers(0, 9, 60).astype(float)
    among = rng.random(60) < 0.5
    columns = (rng.random((60, 12)) < 0.4).astype(np.int8)
    found = permutation._Statistics([ShareAboveThreshold(scores, 0.1, among)])(columns)
    alone = permutation._Statistics([ShareAboveThreshold(scores[among], 0.1)])
    np.testing.assert_array_equal(found, alone(columns[among]))


def test_statistics_of_the_first_are_those_among_the_first() -> None:
    """So whoever was not asked about needs no value."""
    rng = np.random.default_rng(5)
    scores, asked = rng.normal(size=60), 25
    among = np.arange(60) < asked
    statistics: list[Statistic] = [
        MeanDifference(scores),
        MeanDifference(scores[:asked]),
        MeanDifference(scores, among),
        ShareAboveThreshold(scores[:asked], 0.2),
        ShareAboveThreshold(scores, 0.2, among),
    ]
    columns = (rng.random((60, 12)) < 0.4).astype(np.int8)
    _, first, those, tail_of_first, tail_of_those = permutation._Statistics(statistics)(columns)
    np.testing.assert_allclose(first, those, atol=1e-12)
    np.testing.assert_array_equal(tail_of_first, tail_of_those)
