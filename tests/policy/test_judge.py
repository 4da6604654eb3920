"""Intervals against limits, the order of verdicts, exit codes, and the level that is corrected."""

from __future__ import annotations

from itertools import permutations

import pytest

from reidaudit.measure.intervals import Bounds
from reidaudit.measure.measures import Estimate
from reidaudit.policy.judge import (
    SIGNIFICANT,
    corrected_level,
    exit_code,
    judge,
    overall,
    unless_silent,
)
from reidaudit.policy.presets import Limit
from reidaudit.vocabulary import Family, MeasureName, Verdict

LIMIT = Limit(0.09, "the test", "ours")
TARGETS = (400, 600)


def estimate(low: float, high: float, value: float | None = None) -> Estimate:
    return Estimate((low + high) / 2 if value is None else value, Bounds(low, high, "a test"))


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.02, 0.05, Verdict.PASS),
        (0.02, 0.09, Verdict.PASS),
        (0.02, 0.0901, Verdict.INCONCLUSIVE),
        (0.09, 0.20, Verdict.INCONCLUSIVE),
        (0.0901, 0.20, Verdict.FAIL),
        (0.09, 0.09, Verdict.PASS),
        (0.0, 0.0, Verdict.PASS),
        (-1.0, 1.0, Verdict.INCONCLUSIVE),
    ],
)
def test_the_interval_is_judged(low: float, high: float, verdict: Verdict) -> None:
    assert judge(MeasureName.EXCESS, estimate(low, high), LIMIT, 0.5, TARGETS).verdict is verdict


@pytest.mark.parametrize("value", [-1.0, 0.05, 0.5, 1.0])
def test_the_point_is_not_judged(value: float) -> None:
    assert (
        judge(MeasureName.EXCESS, estimate(0.0, 0.05, value), LIMIT, 0.5, TARGETS).verdict
        is Verdict.PASS
    )
    assert (
        judge(MeasureName.EXCESS, estimate(0.1, 0.2, value), LIMIT, 0.5, TARGETS).verdict
        is Verdict.FAIL
    )


@pytest.mark.parametrize("missing", [None, Estimate(0.0, None)])
def test_nothing_missing_passes(missing: Estimate | None) -> None:
    assert judge(MeasureName.EXCESS, missing, LIMIT, None, (0, 0)).verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize("p_value", [None, 0.0005, 1.0])
def test_a_diagnostic_gets_no_verdict(p_value: float | None) -> None:
    for found in (None, estimate(0.9, 1.0)):
        assert judge(MeasureName.EXCESS, found, None, p_value, TARGETS).verdict is None


@pytest.mark.parametrize(
    ("low", "high", "limit", "p_value", "warns"),
    [
        (0.01, 0.05, LIMIT, 0.01, True),
        (0.01, 0.05, LIMIT, 0.2, False),
        (0.01, 0.05, LIMIT, None, False),
        (0.05, 0.20, LIMIT, 0.01, True),
        (0.10, 0.20, LIMIT, 0.01, False),
        (0.10, 0.20, None, 0.01, True),
        (0.10, 0.20, None, 0.2, False),
    ],
)
def test_a_significant_leak_that_does_not_fail_warns(
    low: float, high: float, limit: Limit | None, p_value: float | None, warns: bool
) -> None:
    found = judge(MeasureName.EXCESS, estimate(low, high), limit, p_value, TARGETS)
    assert (found.warning is not None) is warns


def test_an_inconclusive_finding_says_how_many_rows_would_settle_it() -> None:
    # halving the distance between estimate and limit takes four times as many rows
    reason = judge(MeasureName.EXCESS, estimate(0.03, 0.13, 0.065), LIMIT, 0.5, TARGETS).reason
    factor = ((0.13 - 0.065) / (0.09 - 0.065)) ** 2
    assert f"{-int(-400 * factor // 1):,} members" in reason
    assert "controls would settle it" in reason
    hopeless = judge(MeasureName.EXCESS, estimate(0.0, 0.2, 0.09), LIMIT, 0.5, TARGETS).reason
    assert "more rows would hardly settle it" in hopeless


@pytest.mark.parametrize(
    ("low", "high", "single", "verdict"),
    [
        (0.02, 0.20, 0.5, None),
        (0.02, 0.20, SIGNIFICANT, Verdict.INCONCLUSIVE),
        (0.10, 0.20, 0.5, Verdict.FAIL),
        (0.00, 0.05, 0.5, Verdict.PASS),
    ],
)
def test_a_look_that_can_only_fail_is_no_doubt_without_a_sign(
    low: float, high: float, single: float, verdict: Verdict | None
) -> None:
    found = judge(MeasureName.EXCESS, estimate(low, high), LIMIT, 1.0, TARGETS)
    assert unless_silent(found, single, (500, 500)).verdict is verdict


def test_a_look_that_no_control_comes_into_says_so_and_decides_nothing() -> None:
    unmeasured = judge(MeasureName.EXCESS, None, LIMIT, 1.0, (300, 0))
    alone, few = (unless_silent(unmeasured, 0.5, targets) for targets in ((300, 0), (0, 300)))
    assert "what a leak looks like" in alone.reason
    assert "Too few people" in few.reason
    assert (alone.verdict, few.verdict) == (None, None)


@pytest.mark.parametrize(("gating", "level"), [(0, 0.95), (1, 0.95), (5, 0.99), (20, 0.9975)])
def test_the_level_is_corrected_by_bonferroni(gating: int, level: float) -> None:
    assert corrected_level(gating) == pytest.approx(level)


# --- the verdict of the audit --------------------------------------------------------------------

P, F, I, C = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.INCOMPLETE  # noqa: E741


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([P], P),
        ([P, P, None], P),
        ([P, I], I),
        ([P, C], C),
        ([I, C], C),
        ([P, I, C, F], F),
        ([F, None], F),
        ([], I),
        ([None, None], I),
    ],
)
def test_the_worst_finding_decides(verdicts: list[Verdict | None], expected: Verdict) -> None:
    for order in set(permutations(verdicts)):
        assert overall(order, invalid=False, missing=[]) is expected


@pytest.mark.parametrize("verdicts", [[P], [F], [I], [C], []])
def test_an_invalid_audit_is_nothing_else(verdicts: list[Verdict | None]) -> None:
    assert overall(verdicts, invalid=True, missing=[]) is Verdict.INVALID


@pytest.mark.parametrize(("verdict", "expected"), [(P, C), (I, C), (F, F)])
def test_a_family_that_is_required_and_missing_makes_it_incomplete(
    verdict: Verdict, expected: Verdict
) -> None:
    missing = iter([Family.LINKABILITY])
    assert overall([verdict], invalid=False, missing=missing) is expected


@pytest.mark.parametrize(
    ("verdict", "has_warnings", "fail_on_warn", "code"),
    [
        (P, False, False, 0),
        (P, True, False, 0),
        (P, False, True, 0),
        (P, True, True, 1),
        (F, False, False, 1),
        (F, True, True, 1),
        (I, True, True, 3),
        (C, True, True, 3),
        (Verdict.INVALID, True, True, 3),
    ],
)
def test_exit_codes(verdict: Verdict, has_warnings: bool, fail_on_warn: bool, code: int) -> None:
    assert exit_code(verdict, has_warnings=has_warnings, fail_on_warn=fail_on_warn) == code
