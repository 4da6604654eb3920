"""Say what an audit of these sizes would have seen, and what fewer or more people would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from reidaudit.measure.measures import finest_fpr
from reidaudit.measure.sensitivity import (
    POWER,
    smallest_auc,
    smallest_excess,
    smallest_tpr,
)
from reidaudit.numbers import format_digits
from reidaudit.policy.finding import Findings
from reidaudit.policy.model import Policy
from reidaudit.policy.self_check import smallest_copied_share
from reidaudit.report.model import Sensitivity, SensitivityPoint
from reidaudit.vocabulary import Family, MeasureName

BEYOND_CONTROLS = {
    Family.SINGLING_OUT: "release records that single out {share} % of the members beyond chance",
    Family.LINKABILITY: "two parts of a record that link {share} % of the members beyond chance",
    Family.ATTRIBUTE_INFERENCE: (
        "a column that is guessed right for members {share} points more often than for others"
    ),
}
"""Families that are judged by an excess over controls, and what the smallest visible one is."""

SCALES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Sizes of the audits on the curve, as multiples of this one."""
FEWEST_ON_CURVE = 20


@dataclass(frozen=True)
class _Kind:
    """A kind of leak, and the smallest that an audit of given numbers of people sees."""

    family: Family
    measure: MeasureName
    at: float | None
    smallest: Callable[[int, int], float]
    text: str
    decimals: int = 1


def sensitivity_of(findings: Findings, policy: Policy) -> list[Sensitivity]:
    """Return the smallest visible leak of each kind that the audit's findings cover."""
    if min(findings.members, findings.controls) < 2:
        return []
    families = {finding.attack.family for finding in findings.findings if finding.scored}
    return [
        _sensitivity(kind, *findings.sizes(kind.family), policy)
        for kind in _kinds(findings)
        if kind.family in families
    ]


def _kinds(findings: Findings) -> list[_Kind]:
    level = findings.correction.level
    fpr = finest_fpr(findings.sizes(Family.MEMBERSHIP_INFERENCE)[1])
    return [
        _Kind(
            Family.DISCLOSURE,
            MeasureName.EXCESS,
            None,
            lambda members, controls: smallest_copied_share(findings, sizes=(members, controls)),
            "verbatim copies of {share} % of the members",
            decimals=2,
        ),
        *(
            _Kind(
                family,
                MeasureName.EXCESS,
                None,
                partial(smallest_excess, rate=_hardest_rate(findings, family), level=level),
                sentence,
            )
            for family, sentence in BEYOND_CONTROLS.items()
        ),
        _Kind(
            Family.MEMBERSHIP_INFERENCE,
            MeasureName.AUC,
            None,
            lambda members, controls: smallest_auc(members, controls, level),
            "membership scores with an AUC of {value:.3f}",
        ),
        _Kind(
            Family.MEMBERSHIP_INFERENCE,
            MeasureName.TPR_AT_FPR,
            fpr,
            lambda members, controls: smallest_tpr(members, controls, fpr, level),
            "membership scores that find {share} % of the members at {fpr:.0f} % false alarms",
        ),
    ]


def _sensitivity(kind: _Kind, members: int, controls: int, policy: Policy) -> Sensitivity:
    value = kind.smallest(members, controls)
    return Sensitivity(
        measure=kind.measure,
        family=kind.family,
        at=kind.at,
        smallest_visible=value,
        power=POWER,
        limit=_limit(policy, kind.family, kind.measure, kind.at),
        sentence=kind.text.format(
            value=value,
            share=format_digits(100 * value, kind.decimals),
            fpr=100 * (kind.at or 0),
        ),
        curve=_curve(kind, members, controls),
    )


def _curve(kind: _Kind, members: int, controls: int) -> list[SensitivityPoint]:
    sizes = [(_about(members * scale), _about(controls * scale)) for scale in SCALES]
    return [
        SensitivityPoint(
            members=members, controls=controls, smallest_visible=kind.smallest(members, controls)
        )
        for members, controls in sizes
        if min(members, controls) >= FEWEST_ON_CURVE
    ]


def _about(count: float) -> int:
    """Round to two digits: how many controls are left may tell who stood on both sides."""
    return int(float(f"{count:.1e}"))


def _limit(policy: Policy, family: Family, measure: MeasureName, at: float | None) -> float | None:
    name = measure.value if at is None else f"{measure.value}@{at:g}"
    limit = policy.limit(family, name)
    return None if limit is None else limit.max


def _hardest_rate(findings: Findings, family: Family) -> float:
    """Controls' rate from which an excess is hardest to tell: the one nearest to a half."""
    rates = [
        float(finding.scored.controls.mean())
        for finding in findings.findings
        if finding.scored is not None
        and finding.attack.family is family
        and finding.outcome.bearing == "deciding"
    ]
    return min(rates, key=lambda rate: abs(rate - 0.5)) if rates else 0.5
