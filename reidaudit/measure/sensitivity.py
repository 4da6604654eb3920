"""What this audit would have seen, given its sizes: the smallest leak with 80 % power.

A leak counts as seen when its interval, corrected for all findings, no longer holds the value that
means "no leak". The figures come from the formulas below, for a leak that is spread evenly over
the members.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

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


def smallest_excess(members: int, controls: int, rate: float, level: float) -> float:
    """Smallest excess of a rate over that of the controls, which is taken as known."""
    spread = np.sqrt(rate * (1.0 - rate) * (1.0 / members + 1.0 / controls))
    return float(min(1.0, _reach(level) * spread))


def smallest_copied_share(members: int, controls: int, level: float) -> float:
    """Smallest share of members whose verbatim copies are told from none among the controls."""
    most = 1
    while (
        most < members and rate_difference(most / members, members, 0.0, controls, level).low <= 0
    ):
        most += max(1, most // 50)
    # with this share, so many copies or more come up with 80 % chance
    share: float = stats.gamma.ppf(POWER, most) / members
    return min(1.0, share)


def _reach(level: float) -> float:
    return normal_quantile(level) + float(stats.norm.ppf(POWER))
