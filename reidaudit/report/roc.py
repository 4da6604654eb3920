"""Receiver operating characteristics, thinned so that they show no single person."""

from __future__ import annotations

import numpy as np

from reidaudit.policy.finding import Findings
from reidaudit.report.drawn_model import Roc
from reidaudit.vocabulary import MeasureName

POINTS = 60
FEWEST_CONTROLS = 8


def roc_of(findings: Findings) -> list[Roc]:
    """Return a curve for every outcome of scores, at false-positive rates evenly spaced in log.

    The first point lets at least eight controls pass, so that no step of the curve is one person.
    """
    if findings.controls < 2 * FEWEST_CONTROLS:
        return []
    curves = []
    for finding in findings.findings:
        if finding.spec.name is not MeasureName.AUC or finding.scored is None:
            continue
        rates = np.unique(np.geomspace(FEWEST_CONTROLS / findings.controls, 1.0, POINTS).round(6))
        descending = np.sort(finding.scored.controls)[::-1]
        members = np.sort(finding.scored.members)
        passing = np.minimum((rates * len(descending)).astype(int), len(descending) - 1)
        thresholds = descending[passing]
        above = 1.0 - np.searchsorted(members, thresholds, "right") / len(members)
        above[rates >= 1.0] = 1.0
        curves.append(Roc(finding=finding.id, fpr=rates.tolist(), tpr=above.round(6).tolist()))
    return curves
