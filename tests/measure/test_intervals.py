"""Estimates against brute force and scikit-learn, intervals against published values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from reidaudit.measure import intervals
from reidaudit.measure.intervals import (
    auc_interval,
    normal_quantile,
    placements,
    rate_difference,
    rate_interval,
    tpr_interval,
)

LEVELS = (0.5, 0.95, 0.9975)
FPRS = (0.001, 0.01, 0.05, 0.1, 0.5)


def scores(least: int = 1, most: int = 40) -> st.SearchStrategy[Any]:
    """Scores with many ties (few values) or few (floats, infinities among them)."""
    tied = st.integers(-3, 3).map(float)
    loose = st.floats(-1e6, 1e6, allow_subnormal=False) | st.sampled_from([np.inf, -np.inf])
    lists = st.one_of(*(st.lists(v, min_size=least, max_size=most) for v in (tied, loose)))
    return lists.map(np.array)


# --- AUC -----------------------------------------------------------------------------------------


@given(members=scores(), controls=scores())
def test_auc_is_the_share_of_pairs_with_ties_counted_half(members: Any, controls: Any) -> None:
    higher = (members[:, None] > controls[None, :]).mean()
    tied = (members[:, None] == controls[None, :]).mean()
    auc, _ = auc_interval(members, controls, 0.95)
    assert auc == pytest.approx(higher + tied / 2, abs=1e-12)


@given(members=scores(), controls=scores())
def test_auc_is_that_of_scikit_learn(members: Any, controls: Any) -> None:
    values = np.nan_to_num(np.concatenate([members, controls]), posinf=1e9, neginf=-1e9)
    labels = np.repeat([1, 0], [len(members), len(controls)])
    auc, _ = auc_interval(members, controls, 0.95)
    assert auc == pytest.approx(roc_auc_score(labels, values), abs=1e-12)


@given(members=scores(), controls=scores())
def test_both_groups_placements_average_to_the_auc(members: Any, controls: Any) -> None:
    of_members, of_controls = placements(members, controls)
    assert of_members.mean() == pytest.approx(of_controls.mean(), abs=1e-12)
    assert ((of_members >= 0) & (of_members <= 1)).all()


@given(members=scores(), controls=scores())
def test_swapping_the_groups_mirrors_auc_and_interval(members: Any, controls: Any) -> None:
    auc, bounds = auc_interval(members, controls, 0.95)
    mirrored, mirrored_bounds = auc_interval(controls, members, 0.95)
    assert mirrored == pytest.approx(1 - auc, abs=1e-9)
    assert mirrored_bounds.low == pytest.approx(1 - bounds.high, abs=1e-6)
    assert mirrored_bounds.high == pytest.approx(1 - bounds.low, abs=1e-6)


@pytest.mark.parametrize(("rows", "drawn"), [(400, 400), (400, 40), (1000, 3000)])
def test_auc_of_bootstrap_copies_is_the_analytic_one(rows: int, drawn: int) -> None:
    rng = np.random.default_rng(rows + drawn)
    copied = np.zeros(rows)
    copied[rng.integers(0, rows, drawn)] = 1.0
    auc, bounds = auc_interval(copied, np.zeros(rows), 0.99)
    expected_share = 1 - (1 - 1 / rows) ** drawn
    assert auc == pytest.approx(copied.mean() + (1 - copied.mean()) / 2, abs=1e-12)
    assert bounds.low <= expected_share + (1 - expected_share) / 2 <= bounds.high


@pytest.mark.parametrize(("members", "controls"), [([1.0], [0.0, 0.0]), ([1.0, 2.0], [0.0])])
def test_one_target_on_a_side_gives_an_interval_that_says_nothing(
    members: list[float], controls: list[float]
) -> None:
    auc, bounds = auc_interval(np.array(members), np.array(controls), 0.95)
    assert (auc, bounds.low, bounds.high) == (1.0, 0.0, 1.0)


def test_perfect_separation_still_leaves_doubt() -> None:
    auc, bounds = auc_interval(np.ones(20), np.zeros(20), 0.95)
    assert auc == 1.0
    assert bounds.high == 1.0
    assert 0.8 < bounds.low < 1.0


@pytest.mark.parametrize("n", [2, 20, 500])
def test_the_doubt_after_perfect_separation_is_that_of_the_model(n: int) -> None:
    """At the lower end, the distance to 1 is z times the standard error there (Hanley, McNeil)."""
    low = auc_interval(np.ones(n), np.zeros(n), 0.95)[1].low
    q1, q2 = low / (2 - low), 2 * low**2 / (1 + low)
    variance = (low * (1 - low) + (n - 1) * (q1 - low**2) + (n - 1) * (q2 - low**2)) / n**2
    assert 1 - low == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-5)


@pytest.mark.parametrize(("m", "n"), [(400, 400), (60, 600)])
def test_auc_interval_is_no_narrower_than_that_of_delong(m: int, n: int) -> None:
    """A few verbatim copies make scores vary more than the model of Hanley and McNeil says."""
    grid = (np.arange(n) + 0.5) / n
    members = np.append(np.linspace(0.001, 0.999, m - m // 3), np.full(m // 3, 9.0))
    _, bounds = auc_interval(members, grid, 0.95)
    of_members, of_controls = placements(members, grid)
    spread = np.sqrt(of_members.var(ddof=1) / m + of_controls.var(ddof=1) / n)
    assert bounds.high - bounds.low >= 0.98 * 2 * 1.959964 * spread


# --- rates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [  # R. G. Newcombe, Two-sided Confidence Intervals for the Single Proportion (1998), table I
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
        (29, 29, 0.8806, 1.0000),
    ],
)
def test_rates_have_the_published_exact_intervals(
    hits: int, n: int, low: float, high: float
) -> None:
    bounds = rate_interval(hits / n, n, 0.95)
    assert bounds.low == pytest.approx(low, abs=5.1e-5)
    assert bounds.high == pytest.approx(high, abs=5.1e-5)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("hits", "n"), [(0, 7), (3, 7), (7, 7), (250, 1000)])
def test_the_interval_of_a_rate_is_that_of_scipy(hits: int, n: int, level: float) -> None:
    expected = stats.binomtest(hits, n).proportion_ci(level, method="exact")
    bounds = rate_interval(hits / n, n, level)
    assert bounds.low == pytest.approx(expected.low, abs=1e-9)
    assert bounds.high == pytest.approx(expected.high, abs=1e-9)


@pytest.mark.parametrize("hits", [((56, 70), (48, 80)), ((10, 10), (0, 20)), ((5, 56), (0, 29))])
def test_a_difference_joins_the_distances_to_both_bounds(
    hits: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    (first, n), (second, m) = hits
    one, two = (stats.binomtest(k, of).proportion_ci(0.95, method="exact") for k, of in hits)
    bounds = rate_difference(first / n, n, second / m, m, 0.95)
    difference = first / n - second / m
    low = difference - np.hypot(first / n - one.low, two.high - second / m)
    high = difference + np.hypot(one.high - first / n, second / m - two.low)
    assert bounds.low == pytest.approx(max(low, -1), abs=1e-9)
    assert bounds.high == pytest.approx(min(high, 1), abs=1e-9)


@pytest.mark.parametrize(("m", "n"), [(20, 20), (100, 20), (20, 100), (60, 60)])
@pytest.mark.parametrize("control_rate", [0.0, 0.005, 0.1, 0.5])
@pytest.mark.parametrize("excess", [0.0, 0.005, 0.09, 0.3])
def test_intervals_of_a_difference_cover(
    m: int, n: int, control_rate: float, excess: float
) -> None:
    """Summed over all outcomes, and so without a simulation's doubt, though sizes are small."""
    first = stats.binom.pmf(np.arange(m + 1), m, control_rate + excess)
    second = stats.binom.pmf(np.arange(n + 1), n, control_rate)
    covered = 0.0
    for i, j in np.argwhere(np.outer(first, second) > 1e-7):
        bounds = rate_difference(i / m, m, j / n, n, 0.95)
        if bounds.low - 1e-9 <= excess <= bounds.high + 1e-9:
            covered += first[i] * second[j]
    assert covered >= 0.945


def test_normal_quantile_is_two_sided() -> None:
    assert normal_quantile(0.95) == pytest.approx(1.959964, abs=1e-6)
    assert normal_quantile(0.9975) == pytest.approx(3.023341, abs=1e-6)


rates = st.floats(0, 1, allow_subnormal=False).map(lambda rate: round(rate, 6))
counts = st.integers(1, 10_000)


@given(rate=rates, n=counts, level=st.sampled_from(LEVELS))
def test_the_interval_of_a_rate_contains_it(rate: float, n: int, level: float) -> None:
    bounds = rate_interval(rate, n, level)
    assert 0 <= bounds.low <= rate + 1e-12
    assert rate - 1e-12 <= bounds.high <= 1


@given(first=rates, second=rates, n=counts, m=counts, level=st.sampled_from(LEVELS))
def test_rate_difference_contains_the_difference(
    first: float, second: float, n: int, m: int, level: float
) -> None:
    bounds = rate_difference(first, n, second, m, level)
    assert -1 <= bounds.low <= first - second + 1e-12
    assert first - second - 1e-12 <= bounds.high <= 1
    mirrored = rate_difference(second, m, first, n, level)
    assert (mirrored.low, mirrored.high) == pytest.approx((-bounds.high, -bounds.low))


# --- TPR at a fixed FPR --------------------------------------------------------------------------


@given(members=scores(), controls=scores(), fpr=st.sampled_from(FPRS))
def test_tpr_is_that_of_the_laxest_threshold_within_the_rate(
    members: Any, controls: Any, fpr: float
) -> None:
    allowed = [t for t in controls if (controls > t).sum() <= fpr * len(controls) + 1e-9]
    expected = max((members > t).mean() for t in allowed)
    tpr, _ = tpr_interval(members, controls, fpr, 0.95)
    assert tpr == pytest.approx(expected, abs=1e-12)


def test_a_block_of_tied_controls_is_left_out_whole() -> None:
    controls = np.repeat([3.0, 2.0, 1.0], [1, 10, 89])
    members = np.repeat([4.0, 3.0, 2.0, 1.0], [5, 10, 35, 50])
    assert tpr_interval(members, controls, 0.05, 0.95)[0] == pytest.approx(0.15)
    assert tpr_interval(members, controls, 0.11, 0.95)[0] == pytest.approx(0.50)
    assert tpr_interval(members, controls, 0.009, 0.95)[0] == pytest.approx(0.05)


@pytest.mark.parametrize("n", [100, 1000])
def test_a_rate_that_is_a_whole_number_of_controls_is_not_lost_to_rounding(n: int) -> None:
    """0.29 * 100 is a little less than 29 in floating point."""
    controls = np.arange(float(n))
    for passing in range(1, 100):
        tpr, _ = tpr_interval(controls + 0.5, controls, passing / n, 0.95)
        assert tpr == pytest.approx((passing + 1) / n)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("fpr", FPRS)
@pytest.mark.parametrize("n", [1, 30, 500])
def test_thresholds_that_are_surely_strict_or_lax_enough(n: int, fpr: float, level: float) -> None:
    """With k controls above it, a threshold lets more than fpr pass if Bin(n, fpr) <= k."""
    too_lax = stats.binom.cdf(np.arange(n), n, fpr)
    tail = (1 - level) / 2
    strict, lax = intervals._threshold_ranks(n, fpr, level)
    assert strict == max(np.flatnonzero(too_lax <= tail + 1e-12), default=-1)
    assert lax == min(np.flatnonzero(1 - too_lax <= tail + 1e-12), default=n)


def test_the_threshold_of_few_controls_is_in_doubt() -> None:
    members = np.linspace(0, 1, 10_000)
    few, many = (
        tpr_interval(members, np.linspace(0, 1, n), 0.1, 0.95)[1] for n in (50, 5000)
    )  # fmt: skip
    assert few.high - few.low > 3 * (many.high - many.low)
    # the members' own doubt is far smaller than that of 50 controls about their tenth percentile
    own = rate_interval(0.1, len(members), 0.95)
    assert few.high - few.low > 5 * (own.high - own.low)


def test_too_few_controls_for_the_rate_leave_the_lower_end_open() -> None:
    tpr, bounds = tpr_interval(np.arange(50.0), np.arange(30.0), 0.01, 0.95)
    assert bounds.low == 0.0
    assert tpr == pytest.approx(0.4)


# --- what holds for every interval ---------------------------------------------------------------


@given(
    members=scores(2), controls=scores(2), fpr=st.sampled_from(FPRS), level=st.sampled_from(LEVELS)
)
def test_intervals_contain_the_estimate_and_stay_in_range(
    members: Any, controls: Any, fpr: float, level: float
) -> None:
    for value, bounds in (
        auc_interval(members, controls, level),
        tpr_interval(members, controls, fpr, level),
    ):
        assert 0 <= bounds.low <= value + 1e-9
        assert value - 1e-9 <= bounds.high <= 1


@given(members=scores(2), controls=scores(2), fpr=st.sampled_from(FPRS))
def test_only_the_order_of_scores_matters(members: Any, controls: Any, fpr: float) -> None:
    ranks = stats.rankdata(np.concatenate([members, controls]))
    stretched = np.exp(ranks / 5.0) - 7.0
    ranked_members, ranked_controls = np.split(stretched, [len(members)])
    assert auc_interval(members, controls, 0.95) == auc_interval(
        ranked_members, ranked_controls, 0.95
    )
    assert tpr_interval(members, controls, fpr, 0.95) == tpr_interval(
        ranked_members, ranked_controls, fpr, 0.95
    )


@given(members=scores(2, 15), controls=scores(2, 15), level=st.sampled_from(LEVELS))
def test_auc_interval_shrinks_when_everybody_is_seen_four_times(
    members: Any, controls: Any, level: float
) -> None:
    _, small = auc_interval(members, controls, level)
    _, large = auc_interval(np.tile(members, 4), np.tile(controls, 4), level)
    assert large.high - large.low <= small.high - small.low + 1e-9


@pytest.mark.parametrize("fpr", [0.05, 0.1])
def test_tpr_interval_shrinks_with_more_people(fpr: float) -> None:
    widths = []
    for n in (100, 400, 1600, 6400):
        grid = (np.arange(n) + 0.5) / n
        bounds = tpr_interval(stats.norm.ppf(grid) + 1, stats.norm.ppf(grid), fpr, 0.95)[1]
        widths.append(bounds.high - bounds.low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 5


@given(members=scores(2), controls=scores(2), fpr=st.sampled_from(FPRS))
def test_a_higher_level_is_never_narrower(members: Any, controls: Any, fpr: float) -> None:
    for take in (auc_interval, lambda m, c, level: tpr_interval(m, c, fpr, level)):
        inner, outer = (take(members, controls, level)[1] for level in (0.95, 0.9975))
        assert outer.low <= inner.low + 1e-9
        assert inner.high <= outer.high + 1e-9
