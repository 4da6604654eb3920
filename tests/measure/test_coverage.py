"""Do the intervals cover as often as they say? Small simulations with a known truth.

A leak of one kind (binormal: every member scores a little higher) or the other (partial copies: a
few members score far higher than anybody). For AUC with ties, scores are rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from reidaudit.measure.intervals import Bounds, auc_interval, rate_difference, tpr_interval
from reidaudit.measure.measures import finest_fpr

pytestmark = pytest.mark.simulation

SIZES = [(50, 50), (300, 300), (1000, 1000), (60, 600), (600, 60)]
SHIFTS = (0.0, 0.2, 1.0)
SHARES = (0.0, 0.02, 0.2)
REPEATS = 200
LEVELS = {0.95: (0.90, 0.94), 0.9975: (0.98, 0.9945)}
"""For each level: what one setting must reach, and what all settings together must reach."""

Draw = Callable[[int], Any]


def binormal(rng: np.random.Generator, shift: float) -> tuple[Draw, Draw]:
    return lambda n: rng.normal(shift, 1, n), lambda n: rng.normal(0, 1, n)


def partial_copies(rng: np.random.Generator, share: float) -> tuple[Draw, Draw]:
    def members(n: int) -> Any:
        return rng.normal(0, 1, n) + 20 * (rng.random(n) < share)

    return members, lambda n: rng.normal(0, 1, n)


def coverage(truth: float, take: Callable[[], tuple[float, Bounds]]) -> float:
    covered = 0
    for _ in range(REPEATS):
        _, bounds = take()
        covered += bounds.low - 1e-9 <= truth <= bounds.high + 1e-9
    return covered / REPEATS


def settings(seed: int) -> Any:
    """Every leak with every size: its truth for AUC, for TPR at a rate, and the two groups."""
    rng = np.random.default_rng(seed)
    for m, n in SIZES:
        for shift in SHIFTS:

            def tpr_of_shift(fpr: float, shift: float = shift) -> float:
                return float(stats.norm.sf(stats.norm.isf(fpr) - shift))

            truth = float(stats.norm.cdf(shift / np.sqrt(2)))
            yield f"shift {shift} {m}:{n}", truth, tpr_of_shift, m, n, binormal(rng, shift)
        for share in SHARES[1:]:

            def tpr_of_share(fpr: float, share: float = share) -> float:
                return share + (1 - share) * fpr

            truth = share + (1 - share) / 2
            yield f"share {share} {m}:{n}", truth, tpr_of_share, m, n, partial_copies(rng, share)


@pytest.mark.parametrize("level", LEVELS)
def test_auc_intervals_cover(level: float) -> None:
    found = {}
    for name, truth, _, m, n, (members, controls) in settings(1):
        found[name] = coverage(
            truth, lambda m=m, n=n, a=members, b=controls: auc_interval(a(m), b(n), level)
        )
    check(found, level)


@pytest.mark.parametrize("level", LEVELS)
def test_auc_intervals_cover_where_scores_tie(level: float) -> None:
    """Counts of three sizes: the truth is P(higher) + P(tied) / 2."""
    rng, chances = np.random.default_rng(2), np.array([[0.7, 0.2, 0.1], [0.6, 0.2, 0.2]])
    controls, members = chances
    truth = sum(
        members[i] * controls[j] * (1.0 if i > j else 0.5) for i in range(3) for j in range(i + 1)
    )
    found = {
        f"{m}:{n}": coverage(
            truth,
            lambda m=m, n=n: auc_interval(
                rng.choice(3.0 * np.arange(3), m, p=members),
                rng.choice(3.0 * np.arange(3), n, p=controls),
                level,
            ),
        )
        for m, n in SIZES
    }
    check(found, level)


@pytest.mark.parametrize("level", LEVELS)
def test_tpr_intervals_cover(level: float) -> None:
    found = {}
    for name, _, truth_at, m, n, (members, controls) in settings(3):
        fpr = finest_fpr(n)
        found[name] = coverage(
            truth_at(fpr),
            lambda m=m, n=n, a=members, b=controls, fpr=fpr: tpr_interval(a(m), b(n), fpr, level),
        )
    check(found, level)


@pytest.mark.parametrize("level", LEVELS)
def test_rate_difference_intervals_cover(level: float) -> None:
    rng, found = np.random.default_rng(4), {}
    for first, second in ((0.02, 0.0), (0.3, 0.25), (0.5, 0.5), (0.95, 0.8)):
        for m, n in SIZES:

            def take(
                first: float = first, second: float = second, m: int = m, n: int = n
            ) -> tuple[float, Bounds]:
                one, two = rng.binomial(m, first) / m, rng.binomial(n, second) / n
                return one - two, rate_difference(one, m, two, n, level)

            found[f"{first} - {second}, {m}:{n}"] = coverage(first - second, take)
    check(found, level)


def check(found: dict[str, float], level: float) -> None:
    each, together = LEVELS[level]
    worst = min(found, key=lambda name: found[name])
    assert found[worst] >= each, f"{worst} covers {found[worst]:.1%}"
    mean = float(np.mean(list(found.values())))
    assert mean >= together, f"together they cover {mean:.2%}"
