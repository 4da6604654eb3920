"""From attempts to findings: measure every outcome, test them together, judge each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Outcome
from reidaudit.attempts import Attempt
from reidaudit.measure.intervals import wilson
from reidaudit.measure.measures import (
    EntityOutcome,
    Estimate,
    MeasureSpec,
    by_entity,
    measures_of,
    statistic_of,
    take,
)
from reidaudit.measure.permutation import permutation_test
from reidaudit.policy.judge import Judgement, corrected_level, judge, unless_silent
from reidaudit.policy.model import Policy
from reidaudit.policy.presets import Limit
from reidaudit.vocabulary import Family, MeasureName, Verdict

BoolArray = npt.NDArray[np.bool_]


NO_CONTROLS = (
    "Without people whom the generator never saw, nobody can say how much of it is chance: "
    "give a holdout."
)


@dataclass(frozen=True)
class JudgedFinding:
    """A measure of one outcome, with its test, limit and verdict."""

    attack: Attack
    outcome: Outcome
    spec: MeasureSpec
    estimate: Estimate | None
    p_value: float | None
    limit: Limit | None
    judgement: Judgement
    scored: EntityOutcome | None = None

    @property
    def id(self) -> str:
        """Stable name: attack, outcome and measure."""
        return f"{self.attack.name}:{self.outcome.name}:{self.spec}"

    @property
    def is_gating(self) -> bool:
        """Whether the finding decides the verdict."""
        return self.limit is not None


@dataclass(frozen=True)
class Findings:
    """All findings of an audit, and what they share.

    ``level`` is the level of the single intervals, corrected for the gating findings.
    """

    findings: tuple[JudgedFinding, ...]
    members: int
    controls: int
    level: float
    gating: int
    permutations: int
    any_leak: float | None


@dataclass(frozen=True)
class _Planned:
    """A measure that will be taken, and the limit it will be held against."""

    attack: Attack
    scored: EntityOutcome
    spec: MeasureSpec
    limit: Limit | None


def make_findings(
    attempts: Sequence[Attempt],
    case: Case,
    is_member: BoolArray,
    policy: Policy,
    rng: np.random.Generator,
    permutations: int,
) -> Findings:
    """Measure, test and judge all outcomes together.

    Parameters
    ----------
    attempts : sequence of Attempt
        What came of every attack.
    case : Case
        The case they ran on.
    is_member : bool array, shape (n_targets,)
        Who was a member, in the order of the pool.
    policy : Policy
        The limits.
    rng : numpy.random.Generator
        For the permutations.
    permutations : int
        How many.
    """
    members = len(np.unique(case.entities[is_member]))
    controls = len(np.unique(case.entities[~is_member]))
    planned = [
        _Planned(attempt.attack, scored, spec, _limit(policy, attempt.attack.family, scored, spec))
        for attempt in attempts
        for scored in _score(attempt, case, is_member)
        for spec in measures_of(scored.outcome, controls)
    ]
    gating = sum(plan.limit is not None for plan in planned)
    level = corrected_level(gating)
    if min(members, controls) < 2:
        findings = [finding for plan in planned for finding in _without_controls(plan, level)]
        any_leak = None
    else:
        findings, any_leak = _with_controls(planned, level, rng, permutations)
    findings += [_broken(attempt, policy) for attempt in attempts if attempt.error is not None]
    return Findings(tuple(findings), members, controls, level, gating, permutations, any_leak)


def _score(attempt: Attempt, case: Case, is_member: BoolArray) -> list[EntityOutcome]:
    return [
        by_entity(outcome, attempt.attack.family, case.entities, is_member)
        for outcome in attempt.outcomes
    ]


def _limit(
    policy: Policy, family: Family, scored: EntityOutcome, spec: MeasureSpec
) -> Limit | None:
    if scored.outcome.bearing == "diagnostic":
        return None
    return policy.limit(family, str(spec))


def _with_controls(
    planned: Sequence[_Planned], level: float, rng: np.random.Generator, permutations: int
) -> tuple[list[JudgedFinding], float]:
    if not planned:
        return [], 1.0
    statistics = [statistic_of(plan.spec, plan.scored) for plan in planned]
    test = permutation_test(statistics, planned[0].scored.is_member, rng, permutations)
    findings = []
    p_values = zip(test.p_values.tolist(), test.single.tolist(), strict=True)
    looks = sum(plan.limit is not None and _can_only_fail(plan) for plan in planned)
    for plan, (p_value, single) in zip(planned, p_values, strict=True):
        estimate = take(plan.spec, plan.scored, level)
        targets = (len(plan.scored.members), len(plan.scored.controls))
        judgement = judge(estimate, plan.limit, p_value, targets)
        if plan.limit is not None and _can_only_fail(plan):
            judgement = unless_silent(judgement, single * looks)
        findings.append(_finding(plan, estimate, p_value, judgement))
    return findings, test.any_leak


def _can_only_fail(plan: _Planned) -> bool:
    return plan.scored.outcome.bearing == "fail_only"


def _without_controls(plan: _Planned, level: float) -> list[JudgedFinding]:
    """What can be said without controls: the members' own rate, but never an excess."""
    judgement = judge(None, plan.limit, None, (0, 0))
    if plan.limit is not None:
        judgement = Judgement(Verdict.INCOMPLETE, NO_CONTROLS)
    findings = [_finding(plan, None, None, judgement)]
    if plan.scored.outcome.is_guess and len(plan.scored.members):
        rate = float(plan.scored.members.mean())
        estimate = Estimate(rate, wilson(rate, len(plan.scored.members), level))
        direct = _Planned(plan.attack, plan.scored, MeasureSpec(MeasureName.MEMBER_RATE), None)
        findings.append(_finding(direct, estimate, None, _judge_direct(plan, estimate)))
    return findings


def _judge_direct(plan: _Planned, estimate: Estimate) -> Judgement:
    """A real record in the release is worth a warning even where nothing can be judged."""
    reason = "Shown, not judged: it is the members' own rate, with nothing to compare it with."
    if plan.attack.family is not Family.DISCLOSURE or estimate.value == 0.0:
        return Judgement(None, reason)
    return Judgement(None, reason, f"true of {estimate.value:.2%} of the members.")


def _finding(
    plan: _Planned, estimate: Estimate | None, p_value: float | None, judgement: Judgement
) -> JudgedFinding:
    return JudgedFinding(
        plan.attack,
        plan.scored.outcome,
        plan.spec,
        estimate,
        p_value,
        plan.limit,
        judgement,
        plan.scored,
    )


def _broken(attempt: Attempt, policy: Policy) -> JudgedFinding:
    """An attack that raised is a finding of its own, and never silence."""
    family = attempt.attack.family
    spec = MeasureSpec(
        MeasureName.AUC if family is Family.MEMBERSHIP_INFERENCE else MeasureName.EXCESS
    )
    outcome = Outcome.of_scores("none", "The attack did not come to an outcome.", [])
    reason = f"The attack gave no result: {attempt.error}."
    limit = policy.limit(family, str(spec))
    judgement = Judgement(Verdict.INCOMPLETE, reason, reason if limit is None else None)
    return JudgedFinding(attempt.attack, outcome, spec, None, None, limit, judgement)
