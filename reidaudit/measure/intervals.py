"""Confidence intervals for rates, differences of rates, AUC, and TPR at a fixed FPR.

All are two-sided at the level handed in; correcting the level for many findings is the caller's
business. Members and controls both carry randomness; synthetic rows never do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

FloatArray = npt.NDArray[np.float64]
INSIDE = 1e-9


@dataclass(frozen=True)
class Bounds:
    """Lower and upper end of an interval, and how it was made."""

    low: float
    high: float
    method: str


def normal_quantile(level: float) -> float:
    """Return z such that a standard normal lies within plus or minus z with the given chance."""
    return float(stats.norm.isf((1.0 - level) / 2.0))


def rate_interval(rate: float, n: int, level: float) -> Bounds:
    """Exact interval for a rate (C. J. Clopper, E. S. Pearson, Biometrika, 1934).

    The rate may be a mean of values in [0, 1] instead of zeros and ones: their variance is at most
    that of a coin, so the interval is then wider than it need be. The beta quantiles that give the
    bounds take a count that is not whole as well.
    """
    tail = (1.0 - level) / 2.0
    hits = rate * n
    low = 0.0 if rate <= 0.0 else float(special.betaincinv(hits, n - hits + 1, tail))
    high = 1.0 if rate >= 1.0 else float(special.betainccinv(hits + 1, n - hits, tail))
    return Bounds(min(low, rate), max(high, rate), "Clopper-Pearson")


def rate_difference(
    first: float, n_first: int, second: float, n_second: int, level: float
) -> Bounds:
    """Interval for the difference of two independent rates.

    The method of R. G. Newcombe, Interval Estimation for the Difference between Independent
    Proportions (Statistics in Medicine, 1998), method 10, which joins each side's distance to its
    own bound by the sum of squares; but with exact bounds in place of Wilson's, which miss small
    rates of small samples too often (docs/decisions/006-exact-bounds-of-rates.md).
    """
    one, two = rate_interval(first, n_first, level), rate_interval(second, n_second, level)
    difference = first - second
    low = difference - np.hypot(first - one.low, two.high - second)
    high = difference + np.hypot(one.high - first, second - two.low)
    return Bounds(float(max(low, -1.0)), float(min(high, 1.0)), "Newcombe hybrid, exact bounds")


def auc_interval(members: FloatArray, controls: FloatArray, level: float) -> tuple[float, Bounds]:
    """AUC with ties counted half, and an interval by inverting a score test.

    The variance at a supposed AUC is that of J. A. Hanley and B. J. McNeil (Radiology, 1982), with
    both group sizes replaced by their mean in the higher moments (R. G. Newcombe, Statistics in
    Medicine, 2006, method 5), which holds for small samples and near 1; it is widened by the ratio
    to the distribution-free variance of E. R. DeLong et al. (Biometrics, 1988) where the scores
    vary more than that model says.
    """
    m, n = len(members), len(controls)
    placed_members, placed_controls = placements(members, controls)
    auc = float(placed_members.mean())
    if min(m, n) < 2:
        return auc, Bounds(0.0, 1.0, "too few targets for an interval")
    delong = float(placed_members.var(ddof=1) / m + placed_controls.var(ddof=1) / n)
    shrunk = (auc * m * n + 0.25) / (m * n + 0.5)
    widening = max(1.0, delong / _hanley_mcneil(shrunk, m, n))
    z = normal_quantile(level)

    def surplus(theta: float) -> float:
        return (auc - theta) ** 2 - z * z * widening * _hanley_mcneil(theta, m, n)

    # at 0 and 1 the variance vanishes and the equation holds trivially; the root lies inside
    low = 0.0 if auc == 0.0 else _root(surplus, 0.0, min(auc, 1.0 - INSIDE))
    high = 1.0 if auc == 1.0 else _root(surplus, max(auc, INSIDE), 1.0)
    return auc, Bounds(low, high, "score inversion, Hanley-McNeil variance widened to DeLong's")


def placements(members: FloatArray, controls: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of the other group that each score beats, ties counted half.

    Returns
    -------
    members, controls : float64 arrays
        For members the share of controls below; for controls the share of members above. Both
        means are the AUC.
    """
    sorted_controls, sorted_members = np.sort(controls), np.sort(members)
    below = np.searchsorted(sorted_controls, members, "left")
    not_above = np.searchsorted(sorted_controls, members, "right")
    above = len(members) - np.searchsorted(sorted_members, controls, "right")
    not_below = len(members) - np.searchsorted(sorted_members, controls, "left")
    return (below + not_above) / (2.0 * len(controls)), (above + not_below) / (2.0 * len(members))


def _hanley_mcneil(theta: float, m: int, n: int) -> float:
    pairs = (m + n) / 2.0 - 1.0
    moments = (1.0 - theta) / (2.0 - theta) + theta / (1.0 + theta)
    return theta * (1.0 - theta) * (1.0 + pairs * moments) / (m * n)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(optimize.brentq(function, low, high, xtol=1e-10))


def tpr_interval(
    members: FloatArray, controls: FloatArray, fpr: float, level: float
) -> tuple[float, Bounds]:
    """Share of members above the threshold that at most ``fpr`` of the controls pass.

    The threshold is an order statistic of the controls, without interpolation; a block of tied
    controls that does not fit under the rate is left out whole. The interval joins two
    uncertainties: that of the members' rate (Clopper-Pearson), and that of the threshold, whose
    true false-positive rate follows a beta distribution. They are joined by the sum of squares, as
    in Newcombe's method for differences.
    """
    descending = np.sort(controls)[::-1]
    n = len(controls)
    tpr = _share_above(members, _threshold(descending, int(np.floor(fpr * n + 1e-9))))
    own = rate_interval(tpr, len(members), level)
    strict, lax = _threshold_ranks(n, fpr, level)
    at_strict = 0.0 if strict < 0 else _share_above(members, _threshold(descending, strict))
    at_lax = 1.0 if lax >= n else _share_above(members, _threshold(descending, lax))
    low = tpr - np.hypot(tpr - own.low, tpr - at_strict)
    high = tpr + np.hypot(own.high - tpr, at_lax - tpr)
    method = "order statistic; exact bounds of rate and threshold joined by squares"
    return tpr, Bounds(float(max(low, 0.0)), float(min(high, 1.0)), method)


def _threshold(descending: FloatArray, passing: int) -> float:
    """Smallest threshold that at most ``passing`` controls exceed."""
    return float(descending[passing]) if passing < len(descending) else -np.inf


def _share_above(members: FloatArray, threshold: float) -> float:
    return float(np.mean(members > threshold))


def _threshold_ranks(n: int, fpr: float, level: float) -> tuple[int, int]:
    """Numbers of passing controls whose threshold surely lies below and above the wanted rate.

    With k of n controls above it, the true false-positive rate of the threshold is
    Beta(k + 1, n - k), which exceeds a rate as often as a binomial count at that rate stays at or
    below k. Returns -1 or n where no threshold is sure.
    """
    tail = (1.0 - level) / 2.0
    strict = int(stats.binom.ppf(tail, n, fpr))
    if stats.binom.cdf(strict, n, fpr) > tail:
        strict -= 1
    lax = int(stats.binom.isf(tail, n, fpr))
    return strict, min(lax, n)
