"""How long an audit will take, by what pilots of it took.

Attacks take some time for the audit, some for each row and some more for each target; searching
takes time for each pair of rows, and for each row that is made ready for it; measuring takes time
for each target. These are fitted to the pilots, and none of them is negative: whatever noise there
is in the pilots' times, more rows or more targets are never expected to take less time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

SELF_CHECK_SHARE = 0.1
"""Of the attacks' time: the check on itself tries those that decide again on a few rows."""


@dataclass(frozen=True)
class Work:
    """What an audit has to do.

    Attributes
    ----------
    targets : float
        Rows of the people who are targets of all attacks.
    others : float
        Rows of the other people of the pool.
    release : float
        Rows of the release.
    """

    targets: float
    others: float
    release: float

    @property
    def pairs(self) -> float:
        """Pairs of rows that are compared: targets with the release, and with the pool."""
        return self.targets * self.rows

    @property
    def rows(self) -> float:
        """Rows of the release and of the pool."""
        return self.release + self.targets + self.others


@dataclass(frozen=True)
class PilotTime:
    """What a pilot had to do, and its seconds; ``attacking`` is without ``searching``."""

    work: Work
    attacking: float
    searching: float
    measuring: float


def expected_seconds(pilots: Sequence[PilotTime], work: Work, asking_everybody: float) -> float:
    """Carry the times of pilots over to a larger audit.

    Parameters
    ----------
    pilots : sequence of PilotTime
        They differ in targets and in rows of the release.
    work : Work
        What the audit has to do.
    asking_everybody : float
        Share of the outcomes that are about all people, targets of all attacks or not.
    """
    of_rows = [[1.0, pilot.work.targets, pilot.work.rows] for pilot in pilots]
    attacking = _fitted(
        of_rows,
        [pilot.attacking for pilot in pilots],
        [1.0, work.targets, work.rows],
    )
    of_pairs = [[1.0, pilot.work.pairs, pilot.work.rows] for pilot in pilots]
    searching = _fitted(
        of_pairs,
        [pilot.searching for pilot in pilots],
        [1.0, work.pairs, work.rows],
    )
    of_targets = [[1.0, pilot.work.targets] for pilot in pilots]
    measuring = _fitted(
        of_targets,
        [pilot.measuring for pilot in pilots],
        [1.0, work.targets + asking_everybody * work.others],
    )
    return (attacking + searching) * (1.0 + SELF_CHECK_SHARE) + measuring


def _fitted(
    known: Sequence[Sequence[float]], seconds: Sequence[float], wanted: Sequence[float]
) -> float:
    """Fit seconds to each column of what is known, none of them negative."""
    columns = np.array(known)
    scale = columns.max(axis=0)
    a_unit, _ = nnls(columns / scale, np.array(seconds))
    return float(a_unit @ (np.array(wanted) / scale))
