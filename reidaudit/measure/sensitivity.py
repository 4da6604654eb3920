"""What this audit would have seen, given its sizes: the smallest leak with 80 % power.

A leak counts as seen when its interval, corrected for all findings, no longer holds the value that
means "no leak". The figures come from the formulas below, for a leak that is spread evenly over
the members.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, stats

from reidaudit.measure.intervals import normal_quantile, rate_difference

POWER = 0.8


def smallest_auc(members: int, controls: int, level: float) -> float:
    """Smallest AUC seen, from the variance under no leak (H. B. Mann, D. R. Whitney, 1947)."""
    spread = np.sqrt((1.0 / members + 1.0 / controls + 1.0 / (members * controls)) / 12.0)
    return float(min(1.0, 0.5 + _reach(level) * spread))


def smallest_tpr(members: int, controls: int, fpr: float, level: float) -> float:
    """Smallest true-positive rate seen at a false-positive rate."""
    spread = np.sqrt(fpr * (1.0 - fpr) * (1.0 / members + 1.0 / controls))
    return float(min(1.0, fpr + _reach(level) * spread))


def smallest_excess(
    members: int, controls: int, rate: float, level: float, power: float = POWER
) -> float:
    """Smallest excess of members over controls that is seen, where controls have a certain rate.

    It is the excess whose interval just excludes none (found by inverting the interval), and as
    much more as chance takes away in the audits that do not see it.
    """

    def lower_end(excess: float) -> float:
        return rate_difference(rate + excess, members, rate, controls, level).low

    if rate >= 1.0 or lower_end(1.0 - rate) <= 0.0:
        return 1.0
    just_seen = float(optimize.brentq(lower_end, 0.0, 1.0 - rate, xtol=1e-9))
    base = rate * (1.0 - rate)
    spread = np.sqrt(base / members + base / controls + just_seen / members)
    return float(min(1.0, just_seen + stats.norm.ppf(power) * spread))


def _reach(level: float) -> float:
    return normal_quantile(level) + float(stats.norm.ppf(POWER))
