"""From attempts to findings: measure every outcome, test them together, judge each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Case, Outcome
from reidaudit.attempts import Attempt
from reidaudit.labels import Labels
from reidaudit.measure.by_value import guesses_by_value
from reidaudit.measure.groups import groups_of
from reidaudit.measure.intervals import rate_interval
from reidaudit.measure.measures import (
    FEWEST_TARGETS,
    EntityOutcome,
    Estimate,
    MeasureSpec,
    People,
    measures_of,
    statistic_of,
    take,
    take_to_decide,
    with_rates,
)
from reidaudit.measure.permutation import permutation_test
from reidaudit.numbers import format_percent
from reidaudit.policy.finding import Correction, Findings, JudgedFinding, Planned, SurePoint
from reidaudit.policy.judge import FAMILY_LEVEL, Judgement, judge, unless_silent
from reidaudit.policy.model import Policy
from reidaudit.policy.presets import BY_KEYS
from reidaudit.policy.views import judge_view, views_of
from reidaudit.vocabulary import Family, MeasureName, Verdict

BoolArray = npt.NDArray[np.bool_]


NO_CONTROLS = (
    "Without people whom the generator never saw, nobody can say how much of it is chance: "
    "give a holdout."
)


def make_findings(
    attempts: Sequence[Attempt],
    case: Case,
    is_member: BoolArray,
    labels: Labels,
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
    labels : Labels
        Whose labels were told to attacks that learn.
    policy : Policy
        The limits.
    rng : numpy.random.Generator
        For the permutations.
    permutations : int
        How many.
    """
    people = People(case.entities, is_member)
    planned = _plan(attempts, people, policy)
    comparable = min(people.members, people.controls) >= FEWEST_TARGETS
    views = views_of(planned, groups_of(case), people) if comparable else []
    correction = Correction(
        deciding=sum(plan.decides for plan in planned),
        looks=sum(plan.is_closer_look for plan in planned),
        views=sum(len(view.groups) for view in views),
    )
    any_leak = None
    if comparable:
        strata = _strata(case, people, labels)
        is_member = people.is_member
        findings, any_leak = _with_controls(
            planned, correction, is_member, strata, rng, permutations
        )
        findings += [judge_view(view, correction.view_level) for view in views]
    else:
        findings = [finding for plan in planned for finding in _without_controls(plan, correction)]
    findings += [_broken(attempt, policy) for attempt in attempts if attempt.error is not None]
    return Findings(
        tuple(findings),
        people.members,
        people.controls,
        correction,
        permutations,
        any_leak,
        _asked(case, people),
    )


def _plan(attempts: Sequence[Attempt], people: People, policy: Policy) -> list[Planned]:
    planned = []
    for attempt in attempts:
        family = attempt.attack.family
        for outcome in attempt.outcomes:
            scored = people.join(outcome, family)
            for spec in measures_of(outcome, len(scored.controls)):
                is_diagnostic = outcome.bearing == "diagnostic"
                held_against = f"{spec}{BY_KEYS}" if outcome.by_keys else str(spec)
                limit = None if is_diagnostic else policy.limit(family, held_against)
                planned.append(Planned(attempt.attack, scored, spec, limit))
    return planned


def _with_controls(
    planned: Sequence[Planned],
    correction: Correction,
    is_member: BoolArray,
    strata: npt.NDArray[np.int64],
    rng: np.random.Generator,
    permutations: int,
) -> tuple[list[JudgedFinding], float]:
    if not planned:
        return [], 1.0
    statistics = [statistic_of(plan.spec, plan.scored) for plan in planned]
    test = permutation_test(statistics, is_member, rng, permutations, strata)
    findings = []
    p_values = zip(test.p_values.tolist(), test.single.tolist(), strict=True)
    looks = Counter(plan.scored.family for plan in planned if plan.is_closer_look)
    for plan, (p_value, single) in zip(planned, p_values, strict=True):
        measured = take_to_decide if plan.decides else take
        estimate = measured(plan.spec, plan.scored, plan.level(correction))
        looked_at = plan.scored.most_telling
        if estimate is not None and plan.spec.name is not MeasureName.RARITY_WEIGHTED_EXCESS:
            estimate = with_rates(estimate, looked_at, plan.level(correction))
        targets = (len(looked_at.members), len(looked_at.controls))
        judgement = judge(plan.spec.name, estimate, plan.limit, p_value, targets)
        if plan.is_closer_look:
            judgement = unless_silent(judgement, single * looks[plan.scored.family], targets)
        if plan.scored.points:
            judgement = _of_one_share(judgement, plan.scored)
            if estimate is not None:
                tried: dict[str, float | str] = {"shares_tried": plan.scored.tries}
                estimate = replace(estimate, details=estimate.details | tried)
        findings.append(_finding(plan, estimate, p_value, judgement, plan.level(correction)))
    return findings, test.any_leak


def _asked(case: Case, people: People) -> tuple[int, int] | None:
    if case.asked is None:
        return None
    is_asked = people.holding(case.is_asked)
    members = int((is_asked & people.is_member).sum())
    return members, int(is_asked.sum()) - members


def _strata(case: Case, people: People, labels: Labels) -> npt.NDArray[np.int64]:
    """Number the people within whom labels are permuted: who was learned from, asked about, rest.

    Each of the three was drawn from members and controls by themselves.
    """
    is_asked = people.holding(case.is_asked)
    told = people.holding(labels.learned_from)
    return np.where(told, 0, np.where(is_asked, 1, 2))


def _of_one_share(judgement: Judgement, scored: EntityOutcome) -> Judgement:
    """Say of how many guesses a finding is taken; what holds of one share passes for no other."""
    point = scored.most_telling
    people = len(scored.members) + len(scored.controls)
    share = (len(point.members) + len(point.controls)) / max(people, 1)
    reason = f"{judgement.reason} It is taken of the surest {format_percent(share)} of the guesses"
    if scored.tries > 1:
        reason += f", which show most of the {scored.tries} shares tried"
    verdict = None if judgement.verdict is Verdict.PASS else judgement.verdict
    return replace(judgement, verdict=verdict, reason=f"{reason}.")


def _without_controls(plan: Planned, correction: Correction) -> list[JudgedFinding]:
    """What can be said without controls: the members' own rate, but never an excess."""
    level = plan.level(correction)
    judgement = judge(plan.spec.name, None, plan.limit, None, (0, 0))
    if plan.limit is not None:
        judgement = Judgement(Verdict.INCOMPLETE, NO_CONTROLS)
    findings = [_finding(plan, None, None, judgement, level)]
    is_weighted = plan.spec.name is MeasureName.RARITY_WEIGHTED_EXCESS
    if plan.scored.outcome.is_guess and not is_weighted and len(plan.scored.members):
        rate = float(plan.scored.members.mean())
        estimate = Estimate(rate, rate_interval(rate, len(plan.scored.members), level))
        direct = Planned(plan.attack, plan.scored, MeasureSpec(MeasureName.MEMBER_RATE), None)
        findings.append(_finding(direct, estimate, None, _judge_direct(plan, estimate), level))
    return findings


def _judge_direct(plan: Planned, estimate: Estimate) -> Judgement:
    """A real record in the release is worth a warning even where nothing can be judged."""
    reason = "Shown, not judged: it is the members' own rate, with nothing to compare it with."
    if plan.attack.family is not Family.DISCLOSURE or estimate.value == 0.0:
        return Judgement(None, reason)
    return Judgement(None, reason, f"true of {format_percent(estimate.value)} of the members.")


def _finding(
    plan: Planned,
    estimate: Estimate | None,
    p_value: float | None,
    judgement: Judgement,
    level: float,
) -> JudgedFinding:
    return JudgedFinding(
        plan.attack,
        plan.scored.outcome,
        plan.spec,
        estimate,
        p_value,
        plan.limit,
        judgement,
        level,
        plan.scored.most_telling,
        curve=_curve(plan.scored),
        by_value=guesses_by_value(plan.scored),
    )


def _curve(scored: EntityOutcome) -> tuple[SurePoint, ...]:
    """Precision and recall of members beside those of controls, from the surest guesses on."""
    sides = {name: int(side.sum()) for name, side in scored.side.items()}
    points = []
    for point in scored.points:
        members, controls = point.members, point.controls
        if min(len(members), len(controls)) < FEWEST_TARGETS:
            continue
        points.append(
            SurePoint(
                (len(members) + len(controls)) / sum(sides.values()),
                len(members),
                len(controls),
                float(members.mean()),
                float(controls.mean()),
                float(members.sum()) / sides["member"],
                float(controls.sum()) / sides["control"],
            )
        )
    return tuple(points)


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
    return JudgedFinding(attempt.attack, outcome, spec, None, None, limit, judgement, FAMILY_LEVEL)
