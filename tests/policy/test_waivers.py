"""What a waiver covers: never more than was accepted, and never what was not measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.attack import Outcome
from reidaudit.measure.intervals import Bounds
from reidaudit.measure.measures import Estimate, MeasureSpec
from reidaudit.policy.finding import (
    HIGHEST_BEYOND_LIMIT,
    Correction,
    Findings,
    JudgedFinding,
)
from reidaudit.policy.judge import Judgement, judge, overall
from reidaudit.policy.presets import Limit
from reidaudit.policy.waiver import WaiverEntry
from reidaudit.policy.waiver_state import WaiverState
from reidaudit.policy.waivers import HeldWaiver, hold_waivers
from reidaudit.vocabulary import Family, MeasureName, Verdict

TODAY = date(2026, 3, 1)
RELEASE = "a" * 64
LIMIT = Limit(0.55, "the test", "ours")
NAME = "membership_inference.nearness"
ATTACKS = (NAME, "membership_inference.other")
ATTACK: Any = SimpleNamespace(name=NAME, version="1", family=Family.MEMBERSHIP_INFERENCE)


def waiver(**changes: Any) -> WaiverEntry:
    parts = {
        "id": "w-1",
        "attack": NAME,
        "measure": "auc",
        "accept": 0.6,
        "reason": "Recipients sign an agreement that forbids it.",
        "owner": "the owner",
        "approver": "the officer",
        "created": TODAY - timedelta(days=30),
        "expires": TODAY + timedelta(days=90),
    }
    return WaiverEntry(**(parts | changes))


def finding(low: float, high: float, **changes: Any) -> JudgedFinding:
    details = changes.pop("details", {})
    estimate = Estimate((low + high) / 2, Bounds(low, high, "a test"), details=details)
    bearing = changes.pop("bearing", "deciding")
    outcome = Outcome.of_scores(changes.pop("outcome", "row"), "What was tried?", [])
    limit = changes.pop("limit", LIMIT)
    parts = {
        "attack": ATTACK,
        "outcome": replace(outcome, bearing=bearing),
        "spec": MeasureSpec(MeasureName.AUC),
        "estimate": estimate,
        "p_value": 0.5,
        "limit": limit,
        "judgement": judge(MeasureName.AUC, estimate, limit, 0.5, (500, 500)),
        "level": 0.95,
    }
    return JudgedFinding(**(parts | changes))


FAILS = finding(0.56, 0.59)
PASSES = finding(0.50, 0.54, outcome="other")


def hold(
    waivers: list[WaiverEntry],
    *found: JudgedFinding,
    today: date = TODAY,
    is_believed: bool = True,
) -> tuple[tuple[JudgedFinding, ...], tuple[HeldWaiver, ...]]:
    findings = Findings(found, 500, 500, Correction(len(found)), 100, 0.5)
    held = hold_waivers(findings, waivers, RELEASE, today, attacks=ATTACKS, is_believed=is_believed)
    return held[0].findings, held[1]


def verdict(findings: tuple[JudgedFinding, ...], **changes: Any) -> Verdict:
    facts = {"invalid": False, "missing": ()} | changes
    return overall([row.counts_as for row in findings], **facts)


def test_a_covered_finding_keeps_its_verdict_and_lets_the_audit_pass() -> None:
    assert verdict((FAILS, PASSES)) is Verdict.FAIL
    findings, (held,) = hold([waiver()], FAILS, PASSES)
    assert findings[0].judgement.verdict is Verdict.FAIL
    assert findings[0].waiver == "w-1"
    assert findings[1].waiver is None
    assert (held.state, held.findings, held.warning) == (WaiverState.USED, (FAILS.id,), None)
    assert verdict(findings) is Verdict.PASS


@given(st.floats(0.3, 0.9), st.floats(0.0, 0.2), st.floats(0.3, 0.95))
def test_it_covers_only_what_lies_within_the_accepted_value(
    low: float, width: float, accept: float
) -> None:
    row = finding(low, low + width)
    findings, (held,) = hold([waiver(accept=accept)], row)
    needed = row.judgement.verdict is not Verdict.PASS
    covers = needed and low + width <= accept
    assert (findings[0].waiver is not None) == covers
    expected = WaiverState.USED if covers else WaiverState.BROKEN
    assert held.state is (expected if needed else WaiverState.UNUSED)
    assert (verdict(findings) is Verdict.PASS) == (covers or not needed)
    assert findings[0].judgement.verdict is row.judgement.verdict


@pytest.mark.parametrize(("low", "high", "bound"), [(0.61, 0.65, "lower"), (0.58, 0.62, "upper")])
def test_a_worse_result_breaks_it_and_says_so(low: float, high: float, bound: str) -> None:
    (found,), (held,) = hold([waiver()], finding(low, high))
    assert held.state is WaiverState.BROKEN
    assert f"The {bound} bound" in held.detail
    assert held.warning == held.detail
    assert "The waiver w-1 does not cover it" in found.judgement.reason
    assert verdict((found,)) is Verdict.FAIL


def test_what_is_better_than_a_failure_is_covered_too() -> None:
    open_one = finding(0.53, 0.59)
    assert verdict((open_one, PASSES)) is Verdict.INCONCLUSIVE
    findings, (held,) = hold([waiver()], open_one, PASSES)
    assert (held.state, verdict(findings)) == (WaiverState.USED, Verdict.PASS)


def test_it_holds_on_its_first_and_last_day_and_no_other() -> None:
    entry = waiver()
    for today, state in (
        (entry.created - timedelta(days=1), WaiverState.EARLY),
        (entry.created, WaiverState.USED),
        (entry.expires, WaiverState.USED),
        (entry.expires + timedelta(days=1), WaiverState.EXPIRED),
    ):
        (found,), (held,) = hold([entry], FAILS, today=today)
        assert held.state is state
        assert (found.waiver is not None) == (state is WaiverState.USED)
        assert (verdict((found,)) is Verdict.FAIL) == (state is not WaiverState.USED)
        assert (held.warning is not None) == (today != entry.created)


@pytest.mark.parametrize(("days", "warns"), [(31, False), (30, True), (1, True), (0, True)])
def test_it_warns_thirty_days_before_it_expires(days: int, warns: bool) -> None:
    _, (held,) = hold([waiver(expires=TODAY + timedelta(days=days))], FAILS)
    assert held.state is WaiverState.USED
    assert (held.warning is not None) == warns


def test_one_for_another_release_covers_nothing_and_does_not_warn() -> None:
    (found,), (held,) = hold([waiver(release="b" * 64)], FAILS)
    assert (held.state, held.warning) == (WaiverState.OTHER_RELEASE, None)
    assert found.waiver is None
    assert "a release of another digest" in found.judgement.reason
    (found,), _ = hold([waiver(release=RELEASE)], FAILS)
    assert found.waiver == "w-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"attack": "membership_inference.other"},
        {"measure": "tpr_at_fpr@0.01"},
    ],
)
def test_one_that_is_for_nothing_here_is_unused_and_warns(changes: dict[str, Any]) -> None:
    (found,), (held,) = hold([waiver(**changes)], FAILS)
    assert (held.state, found.waiver) == (WaiverState.UNUSED, None)
    assert held.warning is not None
    assert "correct its attack, outcome and measure" in held.warning


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"attack": "membership_inference.nearnes"},
            "No attack is installed that is called membership_inference.nearnes; "
            f"did you mean {NAME}?",
        ),
        ({"outcome": "rows"}, f"No outcome of {NAME} is called rows; did you mean row?"),
        (
            {"outcome": "xyz"},
            f"No outcome of {NAME} is called xyz; correct or remove it.",
        ),
    ],
)
def test_one_that_is_misspelt_is_told_so(changes: dict[str, Any], said: str) -> None:
    (found,), (held,) = hold([waiver(**changes)], FAILS)
    assert (held.state, held.warning, found.waiver) == (WaiverState.UNUSED, said, None)


def test_one_that_nothing_needs_any_more_warns() -> None:
    _, (held,) = hold([waiver()], PASSES)
    assert held.state is WaiverState.UNUSED
    assert held.warning == "Nothing needs it any more; remove it."


def test_without_an_outcome_it_is_for_all_and_broken_by_the_worst() -> None:
    second = finding(0.57, 0.60, outcome="second")
    findings, (held,) = hold([waiver()], FAILS, second)
    assert held.findings == (FAILS.id, second.id)
    worse = finding(0.57, 0.61, outcome="second")
    findings, (held,) = hold([waiver()], FAILS, worse)
    assert held.state is WaiverState.BROKEN
    assert [row.waiver for row in findings] == [None, None]
    findings, _ = hold([waiver(outcome="row")], FAILS, worse)
    assert [row.waiver for row in findings] == ["w-1", None]
    for both in permutations([waiver(), waiver(id="w-2", outcome="second", accept=0.7)]):
        findings, _ = hold(list(both), FAILS, worse)
        assert [row.waiver for row in findings] == ["w-1", "w-2"]


def test_a_group_needs_a_waiver_of_its_own() -> None:
    group = finding(0.56, 0.59, outcome="row.by_group", bearing="fail_only", is_view=True)
    findings, _ = hold([waiver()], FAILS, PASSES, group)
    assert [row.waiver for row in findings] == ["w-1", None, None]
    assert verdict(findings) is Verdict.FAIL
    own = waiver(id="w-2", outcome="row.by_group")
    findings, _ = hold([waiver(), own], FAILS, PASSES, group)
    assert [row.waiver for row in findings] == ["w-1", None, "w-2"]
    assert verdict(findings) is Verdict.PASS


def test_a_group_that_reaches_further_than_the_worst_breaks_it() -> None:
    further = {HIGHEST_BEYOND_LIMIT: 0.64}
    group = finding(
        0.58, 0.59, outcome="row.by_group", bearing="fail_only", is_view=True, details=further
    )
    _, (held,) = hold([waiver(outcome="row.by_group")], group)
    assert held.state is WaiverState.BROKEN
    assert "0.64" in held.detail


def test_of_two_the_first_that_holds_covers() -> None:
    tight, wide, third = waiver(accept=0.57), waiver(id="w-2"), waiver(id="w-3")
    (found,), held = hold([tight, wide, third], FAILS)
    assert found.waiver == "w-2"
    assert [row.state for row in held] == [
        WaiverState.BROKEN,
        WaiverState.USED,
        WaiverState.UNUSED,
    ]


class TestNeverWaived:
    """Waivers accept what is known; they never stand in for what is not."""

    def test_what_was_not_measured(self) -> None:
        judgement = Judgement(Verdict.INCOMPLETE, "There is no holdout.")
        missing = replace(FAILS, estimate=None, judgement=judgement)
        (found,), (held,) = hold([waiver(accept=1.0)], missing)
        assert (held.state, found.waiver) == (WaiverState.UNUSED, None)
        assert verdict((found, PASSES)) is Verdict.INCOMPLETE

    def test_what_cannot_be_believed(self) -> None:
        (found,), (held,) = hold([waiver(accept=1.0)], FAILS, is_believed=False)
        assert (held.state, found.waiver, held.warning) == (WaiverState.UNUSED, None, None)
        assert verdict((found,), invalid=True) is Verdict.INVALID

    def test_a_release_that_is_train_a_failed_check_and_a_missing_family(self) -> None:
        (found,), _ = hold([waiver(accept=1.0)], FAILS)
        assert found.waiver is not None
        assert verdict((found,), is_train=True) is Verdict.FAIL
        assert verdict((found,), self_check_failed=True) is Verdict.INCOMPLETE
        missing = {"missing": [Family.DISCLOSURE]}
        assert verdict((found,), **missing) is Verdict.INCOMPLETE

    def test_a_closer_look_passes_nothing_even_where_it_is_accepted(self) -> None:
        look = finding(0.56, 0.59, bearing="fail_only")
        (found,), (held,) = hold([waiver()], look)
        assert held.state is WaiverState.USED
        assert found.counts_as is None
        assert verdict((found,)) is Verdict.INCONCLUSIVE

    def test_a_diagnostic(self) -> None:
        (found,), (held,) = hold([waiver()], finding(0.56, 0.59, limit=None))
        assert (held.state, found.waiver) == (WaiverState.UNUSED, None)
