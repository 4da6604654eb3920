"""What an audit would have seen: reasonable figures, and a leak of that size is in fact seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from reidaudit.measure.intervals import auc_interval, rate_difference
from reidaudit.measure.sensitivity import (
    POWER,
    smallest_auc,
    smallest_excess,
    smallest_tpr,
)

LEVEL = 0.995
SIZES = (100, 1_000, 10_000, 100_000)
FIGURES: dict[str, tuple[Callable[[int, float], float], float]] = {
    "auc": (lambda n, level: smallest_auc(n, n, level), 0.5),
    "tpr": (lambda n, level: smallest_tpr(n, n, 0.05, level), 0.05),
    "excess": (lambda n, level: smallest_excess(n, n, 0.3, level), 0.0),
    "copies": (lambda n, level: smallest_excess(n, n, 0.0, level), 0.0),
}


@pytest.mark.parametrize("name", FIGURES)
def test_more_rows_see_smaller_leaks(name: str) -> None:
    figure, nothing = FIGURES[name]
    seen = [figure(n, LEVEL) for n in SIZES]
    assert seen == sorted(seen, reverse=True)
    assert all(nothing < value <= 1.0 for value in seen)
    assert seen[-1] - nothing < (seen[0] - nothing) / 5


@pytest.mark.parametrize("name", FIGURES)
def test_a_stricter_level_sees_less(name: str) -> None:
    figure, _ = FIGURES[name]
    assert figure(500, 0.9995) >= figure(500, 0.95)


@pytest.mark.parametrize("name", FIGURES)
def test_a_handful_of_rows_sees_nothing_but_stays_a_rate(name: str) -> None:
    figure, nothing = FIGURES[name]
    assert nothing < figure(2, LEVEL) <= 1.0


def power(seen: list[bool]) -> float:
    return float(np.mean(seen))


def test_a_leak_of_the_smallest_auc_is_seen_as_often_as_it_says() -> None:
    rng, n = np.random.default_rng(0), 400
    shift = np.sqrt(2) * stats.norm.ppf(smallest_auc(n, n, LEVEL))
    found = power(
        [
            auc_interval(rng.normal(shift, 1, n), rng.normal(0, 1, n), LEVEL)[1].low > 0.5
            for _ in range(200)
        ]
    )
    assert found == pytest.approx(POWER, abs=0.12)


def test_copies_of_the_smallest_share_are_seen_as_often_as_it_says() -> None:
    rng, n = np.random.default_rng(1), 2_000
    share = smallest_excess(n, n, 0.0, LEVEL)
    copies = rng.binomial(n, share, 400) / n
    found = power([rate_difference(rate, n, 0.0, n, LEVEL).low > 0 for rate in copies])
    assert found == pytest.approx(POWER, abs=0.12)


def test_an_excess_of_the_smallest_size_is_seen_as_often_as_it_says() -> None:
    rng, n, rate = np.random.default_rng(2), 1_000, 0.3
    more = rate + smallest_excess(n, n, rate, LEVEL)
    pairs = zip(rng.binomial(n, more, 400) / n, rng.binomial(n, rate, 400) / n, strict=True)
    found = power([rate_difference(one, n, two, n, LEVEL).low > 0 for one, two in pairs])
    assert found == pytest.approx(POWER, abs=0.12)
