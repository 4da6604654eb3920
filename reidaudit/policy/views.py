"""Views by group: is anybody given away more than the average says?

Every deciding finding is taken again in each group that is large enough, and the worst group is
shown. A view can only fail: its intervals share one error with all other closer looks, so that
looking at many groups does not make a false alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reidaudit.data.small_counts import told_count
from reidaudit.measure.groups import FEWEST_OF_EACH_SIDE, Group
from reidaudit.measure.measures import EntityOutcome, Estimate, People, take, with_rates
from reidaudit.measure.sensitivity import smallest_auc, smallest_excess
from reidaudit.numbers import count, format_limit, format_value, number_of_people
from reidaudit.policy.finding import (
    HIGHEST_BEYOND_LIMIT,
    GroupEstimate,
    JudgedFinding,
    Planned,
)
from reidaudit.policy.judge import Judgement
from reidaudit.vocabulary import MeasureName, Verdict

TAKEN_BY_GROUP = (MeasureName.AUC, MeasureName.EXCESS)
IN_THE_WORST_GROUP = " In the worst group of people."


@dataclass(frozen=True)
class View:
    """One deciding finding, and its outcome in each group that is large enough."""

    plan: Planned
    groups: tuple[tuple[Group, EntityOutcome], ...]
    too_small: int


def views_of(planned: Sequence[Planned], groups: Sequence[Group], people: People) -> list[View]:
    """Prepare a view of every deciding finding that is taken by group."""
    large = [group for group in groups if _is_large(group, people)]
    if not large:
        return []
    return [
        View(
            plan,
            tuple((group, _within(group, plan, people)) for group in large),
            len(groups) - len(large),
        )
        for plan in planned
        if plan.decides and plan.spec.name in TAKEN_BY_GROUP
    ]


def judge_view(view: View, level: float) -> JudgedFinding:
    """Take a finding in every group and judge the worst: the one with the highest lower end."""
    limit = view.plan.limit
    assert limit is not None
    taken = [
        (estimate, group, scored)
        for group, scored in view.groups
        if (estimate := take(view.plan.spec, scored, level)) is not None
    ]
    worst, group, scored = max(taken, key=lambda found: _lower_end(found[0]))
    everybody = view.plan.scored
    size = (
        told_count(len(scored.members), len(everybody.members)),
        told_count(len(scored.controls), len(everybody.controls)),
    )
    details: dict[str, float | str] = {
        "group": group.name,
        "groups_judged": len(taken),
        "groups_too_small": view.too_small,
        "smallest_visible": _smallest_visible(view.plan, scored, level),
    }
    # another group may exceed the limit less surely, and yet reach further
    beyond = [ends[1] for estimate, _, _ in taken if (ends := _ends(estimate))[0] > limit.max]
    if beyond:
        details[HIGHEST_BEYOND_LIMIT] = max(beyond)
    worst = with_rates(replace(worst, details=details), scored, level)
    return JudgedFinding(
        view.plan.attack,
        scored.outcome,
        view.plan.spec,
        worst,
        None,
        limit,
        _judge(view.plan.spec.name, worst, limit.max, group, size, len(taken), view.too_small),
        level,
        scored,
        is_view=True,
        groups=tuple(
            GroupEstimate(group.name, estimate, len(scored.members), len(scored.controls))
            for estimate, group, scored in taken
        ),
    )


def _is_large(group: Group, people: People) -> bool:
    counts = people.holding(group.among)
    members = int((counts & people.is_member).sum())
    return min(members, int(counts.sum()) - members) >= FEWEST_OF_EACH_SIDE


def _within(group: Group, plan: Planned, people: People) -> EntityOutcome:
    """The outcome among the people of the group, as a closer look of its own."""
    outcome = plan.scored.outcome
    among = group.among[: len(outcome.values)]
    if outcome.among is not None:
        among = among & outcome.among
    look = replace(
        outcome,
        name=f"{outcome.name}.by_group",
        title=f"{outcome.title}{IN_THE_WORST_GROUP}",
        among=among,
        bearing="fail_only",
        facts={},
    )
    return people.join(look, plan.scored.family)


def _lower_end(estimate: Estimate) -> tuple[float, float]:
    return _ends(estimate)[0], estimate.value


def _ends(estimate: Estimate) -> tuple[float, float]:
    assert estimate.bounds is not None
    return estimate.bounds.low, estimate.bounds.high


def _judge(
    measure: MeasureName,
    worst: Estimate,
    limit: float,
    group: Group,
    size: tuple[int | str, int | str],
    judged: int,
    too_small: int,
) -> Judgement:
    low, _ = _lower_end(worst)
    members, controls = map(number_of_people, size)
    who = f"{group.name} ({members} members, {controls} controls)"
    if low > limit:
        end = format_value(measure, low, beside=limit)
        allowed = f"the limit of {format_limit(measure, limit)}"
        return Judgement(Verdict.FAIL, f"Among {who} even the lower bound {end} exceeds {allowed}.")
    reason = (
        f"In none of {judged} groups does it exceed the limit beyond doubt; the worst is {who}."
    )
    if too_small:
        reason += (
            f" {count(too_small, 'more group')}, with fewer than {FEWEST_OF_EACH_SIDE} members or "
            f"controls, {'is' if too_small == 1 else 'are'} too small to judge."
        )
    return Judgement(None, reason)


def _smallest_visible(plan: Planned, scored: EntityOutcome, level: float) -> float:
    """The smallest leak that would have been seen in so small a group."""
    members, controls = len(scored.members), len(scored.controls)
    if plan.spec.name is MeasureName.AUC:
        return smallest_auc(members, controls, level)
    return smallest_excess(members, controls, float(scored.controls.mean()), level)
