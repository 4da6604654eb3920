"""Hold measures against limits: the interval is judged, never the point.

``low > limit`` fails, ``high <= limit`` passes, and anything between is inconclusive. Nothing that
is missing passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reidaudit.measure.measures import FEWEST_TARGETS, Estimate
from reidaudit.numbers import format_limit, format_value, p_value_in_words
from reidaudit.policy.presets import Limit
from reidaudit.vocabulary import ExitCode, Family, MeasureName, Verdict

FAMILY_LEVEL = 0.95
SIGNIFICANT = 0.05
HOPELESS_FACTOR = 100

IN_DOUBT = "it may lie within the limit"
WITHIN = "it lies within the limit"
NO_LIMIT = "no limit is set"
THOUGH = (IN_DOUBT, WITHIN, NO_LIMIT)
"""What a limit says of a leak that is sure and did not fail, the gravest first."""


@dataclass(frozen=True)
class Judgement:
    """A verdict on one finding, why, and whether it should worry anybody.

    ``though`` is the warning's latter half where the exact test sees a leak that did not fail;
    findings that have it in common are told together.
    """

    verdict: Verdict | None
    reason: str
    warning: str | None = None
    though: str | None = None


TOO_FEW = "Too few people come into question for it to say anything."
ALONE = (
    "Members come into question for it, but hardly any control to compare them with, so it can say "
    "nothing. That may be chance where they are few; where they are many, it is what a leak looks "
    "like, and the findings about everybody show it."
)


def corrected_level(gating: int) -> float:
    """Level of each interval such that all of them cover together with 95 % (Bonferroni)."""
    return 1.0 - (1.0 - FAMILY_LEVEL) / max(gating, 1)


def judge(
    measure: MeasureName,
    estimate: Estimate | None,
    limit: Limit | None,
    p_value: float | None,
    targets: tuple[int, int],
) -> Judgement:
    """Judge one finding.

    Parameters
    ----------
    measure : MeasureName
        What is estimated: shares are written in percent.
    estimate : Estimate or None
        None where the measure could not be taken.
    limit : Limit or None
        None for a diagnostic, which gets no verdict but may warn.
    p_value : float or None
        Of the exact test, corrected for all findings.
    targets : pair of int
        Members and controls.
    """
    if limit is None:
        return _warned(None, "A diagnostic: shown, not judged.", p_value, NO_LIMIT)
    if estimate is None or estimate.bounds is None:
        return Judgement(Verdict.INCOMPLETE, "There are too few members or controls to compare.")
    ends = (estimate.bounds.low, estimate.bounds.high)
    low, high = (format_value(measure, end, beside=limit.max) for end in ends)
    allowed = f"the limit of {format_limit(measure, limit.max)}"
    if ends[0] > limit.max:
        return Judgement(Verdict.FAIL, f"Even the lower bound {low} exceeds {allowed}.")
    if ends[1] <= limit.max:
        reason = f"The upper bound {high} is within {allowed}."
        return _warned(Verdict.PASS, reason, p_value, WITHIN)
    reason = f"The interval from {low} to {high} spans {allowed}. "
    reason += _to_settle(estimate, limit, targets)
    return _warned(Verdict.INCONCLUSIVE, reason, p_value, IN_DOUBT)


def unless_silent(judgement: Judgement, p_value: float, targets: tuple[int, int]) -> Judgement:
    """Let a closer look that can only fail keep its doubt only where it sees something.

    Its interval may span the limit for ever, because strangers match so often; with no sign of an
    excess it then says nothing. A sign that is significant among all looks at the same risk, by
    ``p_value``, leaves the audit open: a look at copies is not to be drowned by many at membership.
    """
    if judgement.verdict is Verdict.INCOMPLETE:
        return Judgement(None, ALONE if targets[1] < FEWEST_TARGETS <= targets[0] else TOO_FEW)
    if judgement.verdict is not Verdict.INCONCLUSIVE or p_value <= SIGNIFICANT:
        return judgement
    reason = "It cannot be bounded more closely with these people; no excess shows."
    return replace(judgement, verdict=None, reason=reason)


def overall(
    verdicts: Sequence[Verdict | None],
    *,
    invalid: bool,
    missing: Iterable[Family],
    is_train: bool = False,
    self_check_failed: bool = False,
    was_cut_short: bool = False,
) -> Verdict:
    """Join the verdicts of all findings into that of the audit.

    A release that is train itself fails, whatever the attacks could see. What failed its own check
    may still be believed where it found something, never where it did not; so may an audit whose
    time was used up before every attack had run.
    """
    if invalid:
        return Verdict.INVALID
    if is_train or Verdict.FAIL in verdicts:
        return Verdict.FAIL
    if Verdict.INCOMPLETE in verdicts or list(missing) or self_check_failed or was_cut_short:
        return Verdict.INCOMPLETE
    if Verdict.INCONCLUSIVE in verdicts or Verdict.PASS not in verdicts:
        return Verdict.INCONCLUSIVE
    return Verdict.PASS


def exit_code(verdict: Verdict, *, has_warnings: bool, fail_on_warn: bool) -> int:
    """Return the exit code of an audit that was carried through."""
    if verdict is Verdict.FAIL:
        return ExitCode.FAIL
    if verdict is not Verdict.PASS:
        return ExitCode.UNDECIDED
    return ExitCode.FAIL if has_warnings and fail_on_warn else ExitCode.PASS


def _warned(verdict: Verdict | None, reason: str, p_value: float | None, though: str) -> Judgement:
    """Warn of what does not fail where the exact test is sure that something leaks."""
    if p_value is None or p_value > SIGNIFICANT:
        return Judgement(verdict, reason)
    warning = f"A leak is there (exact test, {p_value_in_words(p_value)}), though {though}."
    return Judgement(verdict, reason, warning, though)


def _to_settle(estimate: Estimate, limit: Limit, targets: tuple[int, int]) -> str:
    """Say how many rows would settle it, if the estimate stayed where it is."""
    assert estimate.bounds is not None
    distance = abs(limit.max - estimate.value)
    above = estimate.value > limit.max
    half = estimate.value - estimate.bounds.low if above else estimate.bounds.high - estimate.value
    factor = (half / distance) ** 2 if distance > 0 else float("inf")
    if factor > HOPELESS_FACTOR:
        return "The estimate lies so close to the limit that more rows would hardly settle it."
    members, controls = (max(int(-(-count * factor // 1)), count + 1) for count in targets)
    return f"About {members:,} members and {controls:,} controls would settle it."
