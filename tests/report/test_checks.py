"""The list of checks never looks better than the verdict."""

from __future__ import annotations

import pytest
from report_examples import EXAMPLES, failing, incomplete, membership, passing, report

from reidaudit.report.checks import Check, State, checks_of
from reidaudit.report.model import Precondition, ReportModel, SelfCheckPart
from reidaudit.vocabulary import Family, Verdict


def states(report: ReportModel) -> set[State]:
    return {check.state for check in checks_of(report)}


def of_subject(report: ReportModel, subject: str) -> list[Check]:
    return [check for check in checks_of(report) if check.subject == subject]


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_no_pass_shows(name: str) -> None:
    model = EXAMPLES[name]()
    bad = states(model) & {State.FAIL, State.UNDECIDED}
    assert bool(bad) == (model.verdict is not Verdict.PASS)
    if model.verdict is Verdict.FAIL:
        assert State.FAIL in bad


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_that_nothing_explains_stands_for_itself(verdict: Verdict) -> None:
    bare = report(verdict, [], preconditions=[], why=["Because."])
    bare = bare.model_copy(
        update={"policy": bare.policy.model_copy(update={"required_families": []})}
    )
    found = of_subject(bare, "verdict")
    if verdict is Verdict.PASS:
        assert found == []
    else:
        expected = State.FAIL if verdict is Verdict.FAIL else State.UNDECIDED
        assert [check.state for check in found] == [expected]
        assert found[0].message.endswith("Because.")


def test_a_release_that_is_train_fails_by_its_precondition() -> None:
    broken = Precondition(name="not train itself", verdict="fail", detail="it is train itself.")
    model = passing().model_copy(
        update={"verdict": Verdict.FAIL, "preconditions": [broken], "exit_code": 1}
    )
    failed = [check for check in checks_of(model) if check.state is State.FAIL]
    assert [check.message for check in failed] == ["Not train itself: it is train itself."]


def test_warnings_that_were_told_to_fail_are_a_failed_check() -> None:
    model = passing().model_copy(update={"exit_code": 1, "warnings": ["a", "b"]})
    (found,) = of_subject(model, "verdict")
    assert found.state is State.FAIL
    assert "2 warnings" in found.message
    assert of_subject(passing(), "verdict") == []


def test_a_required_family_without_a_judged_finding_is_undecided() -> None:
    (missing,) = of_subject(report(Verdict.INCOMPLETE, membership(0.1)), "required family")
    assert (missing.state, missing.group) == (State.UNDECIDED, "verbatim disclosure")
    # an incomplete finding says it already
    assert of_subject(incomplete(), "required family") == []
    assert Family.DISCLOSURE in incomplete().policy.required_families


def test_a_waived_finding_does_not_fail_and_does_not_pass() -> None:
    waived = [check for check in checks_of(failing()) if check.state is State.WAIVED]
    assert [check.subject for check in waived] == ["singling_out.multivariate"]


def test_a_failed_check_on_itself_is_undecided() -> None:
    model = passing()
    assert model.self_check is not None
    part = SelfCheckPart(name="planted copies are found", verdict="fail", detail="they were not.")
    check = model.self_check.model_copy(update={"verdict": "fail", "parts": [part]})
    found = of_subject(model.model_copy(update={"self_check": check}), "check on itself")
    assert [check.state for check in found] == [State.UNDECIDED]


def test_ids_are_unique() -> None:
    found = [check.id for check in checks_of(failing())]
    assert len(set(found)) == len(found)
