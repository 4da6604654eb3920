"""The audit tried on itself: planted copies must be found, and holdout against holdout be silent.

Copies of some members are planted in a scratch copy of the release, as many as the audit's
sensitivity says it will almost surely see, and the attacks run again. A broken join, a wrong label
or a distance of the wrong sign would show here, and an audit that fails its own check does not
pass. The scratch copy costs little, because only the planted rows are searched anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from reidaudit.attack import Case, Outcome, without_lookalike
from reidaudit.attempts import Attempt, attempt
from reidaudit.data.small_counts import told_count
from reidaudit.measure.intervals import rate_difference
from reidaudit.measure.measures import (
    FEWEST_TARGETS,
    EntityOutcome,
    Estimate,
    MeasureSpec,
    People,
    measures_of,
    statistic_of,
    take,
)
from reidaudit.measure.permutation import permutation_test
from reidaudit.measure.sensitivity import POWER, smallest_excess
from reidaudit.numbers import format_percent
from reidaudit.planted import plant
from reidaudit.policy.finding import Correction, Findings
from reidaudit.policy.judge import FAMILY_LEVEL
from reidaudit.seeds import generator_for
from reidaudit.vocabulary import Family, MeasureName

BoolArray = npt.NDArray[np.bool_]

SHARE_THAT_COUNTS = "share_of_targets_that_count"
ALMOST_SURE = 0.999
FEWEST_PLANTED = 12
FEWEST_TO_TELL = 5
FEWEST_CONTROLS = 20
SILENCE_PERMUTATIONS = 1000
SILENT = 1.5 / (SILENCE_PERMUTATIONS + 1)
"""Only a halving of the holdout that beats every permutation is loud: one in a thousand."""
HALVINGS = 2
"""As many must be loud, one after the other; a defect would be loud in all of them."""


@dataclass(frozen=True)
class CheckPart:
    """One thing that was tried; ``passed`` is None where it could not be."""

    name: str
    passed: bool | None
    detail: str


@dataclass(frozen=True)
class SelfCheck:
    """What came of the audit's check on itself."""

    planted: int
    planted_share: float
    parts: tuple[CheckPart, ...]

    @property
    def has_failed(self) -> bool:
        """Whether the audit cannot be trusted to see what it says it sees."""
        return any(part.passed is False for part in self.parts)


def check_itself(
    attempts: Sequence[Attempt], case: Case, is_member: BoolArray, findings: Findings, seed: int
) -> SelfCheck | None:
    """Plant copies of members and look for them; look for a leak where there is none.

    Parameters
    ----------
    attempts : sequence of Attempt
        What came of every attack; those that decide are tried again.
    case : Case
        The case they ran on; it stays as it is.
    is_member : bool array, shape (n_targets,)
        Who was a member, in the order of the pool.
    findings : Findings
        The audit's findings, for their levels and sensitivity.
    seed : int
        The run's seed.

    Returns
    -------
    SelfCheck or None
        None where there are too few members or controls to compare.
    """
    people = People(case.entities, is_member)
    if min(people.members, people.controls) < FEWEST_TARGETS:
        return None
    rng = generator_for(seed, "self-check")
    asked = slice(case.asked)
    candidates = np.unique(case.entities[asked][is_member[asked]])
    planted = min(len(candidates), max(FEWEST_PLANTED, _copies_to_plant(findings, people.members)))
    chosen = rng.choice(candidates, planted, replace=False)
    is_planted = np.isin(case.entities, chosen)
    scratch = plant(case, np.flatnonzero(is_planted))
    again = [attempt(old.attack, scratch, seed) for old in attempts if _decides(old)]
    parts = [
        *_copies_are_found(again, people, findings.correction, planted),
        *_planted_people_stand_out(again, case, people, is_planted),
        *_holdout_against_holdout(attempts, people, rng),
    ]
    return SelfCheck(planted, planted / people.members, tuple(parts))


def _decides(attempted: Attempt) -> bool:
    """Closer looks are not tried again: a pass does not rest on them."""
    return any(outcome.bearing == "deciding" for outcome in attempted.outcomes)


def smallest_copied_share(
    findings: Findings, power: float = POWER, sizes: tuple[int, int] | None = None
) -> float:
    """Smallest share of all members, copied, that any of the looks at everybody sees.

    Each look counts only some people, of whom chance matches some anyway. ``sizes`` are the
    numbers of members and controls, those of the audit if left out.
    """
    looks = _looks_at_copies(findings, power, *(sizes or (findings.members, findings.controls)))
    return min([1.0, *(excess / counting for excess, counting in looks)])


def _looks_at_copies(
    findings: Findings, power: float, members: int, controls: int
) -> Iterator[tuple[float, float]]:
    """Yield for each look the excess that it sees, and the share of people whom it counts."""
    for finding in findings.findings:
        if finding.scored is not None and SHARE_THAT_COUNTS in finding.outcome.facts:
            rate = float(finding.scored.controls.mean())
            excess = smallest_excess(members, controls, rate, finding.level, power)
            yield excess, max(finding.outcome.facts[SHARE_THAT_COUNTS], 1e-6)


def _copies_to_plant(findings: Findings, members: int) -> int:
    """Return how many copies almost surely hold as many that count as the best look must see.

    Who of the planted counts is chance, where a look does not count everybody.
    """
    looks = _looks_at_copies(findings, ALMOST_SURE, findings.members, findings.controls)
    excess, counting = min(looks, key=lambda look: look[0] / look[1], default=(1.0, 1.0))
    needed = int(np.ceil(excess * members))
    return int(min(members, needed + stats.nbinom.ppf(ALMOST_SURE, needed, counting)))


def _copies_are_found(
    again: Sequence[Attempt], people: People, correction: Correction, planted: int
) -> Iterator[CheckPart]:
    """The looks at verbatim copies must see them among all members, as in the audit."""
    looks = [
        (outcome, correction.level if outcome.bearing == "deciding" else correction.look_level)
        for attempted in again
        for outcome in attempted.outcomes
        if SHARE_THAT_COUNTS in outcome.facts
    ]
    if not looks:
        return
    excess = MeasureSpec(MeasureName.EXCESS)
    taken = [
        take(excess, people.join(outcome, Family.DISCLOSURE), level) for outcome, level in looks
    ]
    seen = [
        estimate.value
        for estimate in taken
        if estimate is not None and _is_seen(estimate, excess.baseline)
    ]
    copies = f"verbatim copies of {planted:,} of {people.members:,} members were planted"
    if seen:
        detail = f"{copies}, and they were seen (excess {format_percent(max(seen))})."
        yield CheckPart("planted copies are found", True, detail)
    else:
        detail = f"{copies}, and no look at verbatim copies tells them from chance."
        yield CheckPart("planted copies are found", False, detail)


def _planted_people_stand_out(
    again: Sequence[Attempt], case: Case, people: People, is_planted: BoolArray
) -> Iterator[CheckPart]:
    """Each attack that decides about people, not records, must tell the planted from controls."""
    alone = without_lookalike(case.keys()[0].whole, case.entities)
    among = (is_planted & alone) | ~people.is_member_row
    told_from = int(people.holding(is_planted & alone).sum())
    for attempted in again:
        family = attempted.attack.family
        if family is Family.DISCLOSURE:
            continue
        scored = [
            people.join(_only_among(outcome, among), family)
            for outcome in attempted.outcomes
            if outcome.bearing == "deciding"
        ]
        passed, detail = _seen_by(scored, told_from, int(is_planted.sum()))
        yield CheckPart(f"{attempted.attack.name} sees the planted people", passed, detail)


def _seen_by(
    scored: Sequence[EntityOutcome], told_from: int, planted: int
) -> tuple[bool | None, str]:
    if told_from < FEWEST_TO_TELL:
        return (
            None,
            f"only {told_count(told_from, planted)} of the planted records are like nobody else's.",
        )
    if not any(map(_could_tell, scored)):
        return None, "so much is guessed right of controls that nothing could stand out."
    seen = sum(map(_tells, scored))
    detail = (
        f"{seen} of {len(scored)} outcomes told the planted people whose records are like nobody "
        f"else's ({told_count(told_from, planted)} of {planted}) from controls."
    )
    return seen > 0, detail


def _tells(scored: EntityOutcome) -> bool:
    spec = MeasureSpec(MeasureName.EXCESS if scored.outcome.is_guess else MeasureName.AUC)
    return _is_seen(take(spec, scored, FAMILY_LEVEL), spec.baseline)


def _could_tell(scored: EntityOutcome) -> bool:
    """Whether guesses that are always right about the planted would be told from controls'."""
    if not scored.outcome.is_guess:
        return True
    members, controls = scored.members, scored.controls
    if min(len(members), len(controls)) < FEWEST_TARGETS:
        return False
    by_chance = float(controls.mean())
    return rate_difference(1.0, len(members), by_chance, len(controls), FAMILY_LEVEL).low > 0


def _only_among(outcome: Outcome, among: BoolArray) -> Outcome:
    asked = among[: len(outcome.values)]
    both = asked if outcome.among is None else asked & outcome.among
    return replace(outcome, among=both)


def _p_value_of_halves(
    scored: Sequence[EntityOutcome], controls: int, rng: np.random.Generator
) -> float:
    half = np.zeros(controls, dtype=bool)
    half[rng.permutation(controls)[: controls // 2]] = True
    halved = [outcome.only_controls(half) for outcome in scored]
    statistics = [
        statistic_of(spec, outcome)
        for outcome in halved
        for spec in measures_of(outcome.outcome, len(outcome.controls))
    ]
    return permutation_test(statistics, half, rng, SILENCE_PERMUTATIONS).any_leak


def _is_seen(estimate: Estimate | None, baseline: float) -> bool:
    return estimate is not None and estimate.bounds is not None and estimate.bounds.low > baseline


def _holdout_against_holdout(
    attempts: Sequence[Attempt], people: People, rng: np.random.Generator
) -> Iterator[CheckPart]:
    """Half of the controls stand in for members, who then must not differ from the others."""
    name = "holdout against holdout is silent"
    if people.controls < FEWEST_CONTROLS:
        yield CheckPart(name, None, "there are too few controls to halve.")
        return
    scored = [
        people.join(outcome, attempted.attack.family)
        for attempted in attempts
        for outcome in attempted.outcomes
        if outcome.bearing == "deciding"
    ]
    for _ in range(HALVINGS):
        p_value = _p_value_of_halves(scored, people.controls, rng)
        if p_value > SILENT:
            break
    said = "nothing shows" if p_value > SILENT else "a leak shows where there can be none"
    yield CheckPart(name, p_value > SILENT, f"{said} (exact test, p = {p_value:.2g}).")
