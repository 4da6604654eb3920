"""Which columns carry a finding that failed.

An attack that can say what each column alone contributes has a method ``explain``. Each column is
then measured by itself, as the finding was: how well it alone tells members from controls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Outcome
from reidaudit.errors import ClusterError
from reidaudit.measure.intervals import auc_interval
from reidaudit.measure.measures import UNCORRECTED_LEVEL, People
from reidaudit.policy.finding import ColumnSign, Findings, JudgedFinding
from reidaudit.sampling import case_for
from reidaudit.vocabulary import Verdict

FloatArray = npt.NDArray[np.float64]

MOST_COLUMNS_NAMED = 5


def explain_failures(findings: Findings, case: Case, people: People) -> Findings:
    """Name the columns that carry each finding that failed.

    Parameters
    ----------
    findings : Findings
        Judged.
    case : Case
        The case that the attacks ran on.
    people : People
        Of its pool.
    """
    said: dict[tuple[str, str], Mapping[int, FloatArray]] = {}
    explained = []
    for finding in findings.findings:
        if finding.judgement.verdict is Verdict.FAIL and finding.scored is not None:
            key = (finding.attack.name, finding.outcome.name)
            if key not in said:
                said[key] = _by_column(finding.attack, case, finding.outcome)
            columns = _signs(said[key], finding, case, people)
            finding = replace(finding, columns=tuple(columns))
        explained.append(finding)
    return replace(findings, findings=tuple(explained))


def _by_column(attack: Attack, case: Case, outcome: Outcome) -> Mapping[int, FloatArray]:
    explain = getattr(attack, "explain", None)
    if explain is None:
        return {}
    try:
        scores: Mapping[int, FloatArray] = explain(case_for(attack, case), outcome)
    except ClusterError:
        raise
    except Exception:  # noqa: BLE001 - foreign code; the finding stands without its explanation
        return {}
    return scores


def _signs(
    scores: Mapping[int, FloatArray], finding: JudgedFinding, case: Case, people: People
) -> Sequence[ColumnSign]:
    found = []
    for column, values in scores.items():
        outcome = replace(finding.outcome, values=values, is_guess=False, common_guess=None)
        scored = people.join(outcome, finding.attack.family)
        auc, bounds = auc_interval(scored.members, scored.controls, UNCORRECTED_LEVEL)
        if bounds.low > 0.5:
            found.append(ColumnSign(case.schema.audited[column].name, auc))
    return sorted(found, key=lambda sign: (-sign.auc, sign.name))[:MOST_COLUMNS_NAMED]
