"""Put everything that an audit found into the report model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from reidaudit.attempts import Attempt
from reidaudit.data.digest import real_digest, release_digest
from reidaudit.data.preconditions import PreconditionResult
from reidaudit.data.read import RawTable, TableRole
from reidaudit.data.roles import propose_roles
from reidaudit.data.small_counts import SuppressedCount, told_count, told_share
from reidaudit.data.tables import Tables
from reidaudit.measure.by_value import ValueGuessed
from reidaudit.measure.measures import Estimate
from reidaudit.measure.statistical_disclosure import StatisticalDisclosure
from reidaudit.policy.exposure import FEWEST_POINTING, Exposure
from reidaudit.policy.finding import Correction, Findings, GroupEstimate, JudgedFinding, SurePoint
from reidaudit.policy.judge import Judgement, exit_code, overall
from reidaudit.policy.model import Policy
from reidaudit.policy.self_check import SelfCheck
from reidaudit.policy.waivers import HeldWaiver
from reidaudit.report import model
from reidaudit.report.distances import distances_of
from reidaudit.report.mending import mending
from reidaudit.report.questions import questions_of
from reidaudit.report.roc import roc_of
from reidaudit.report.sensitivity import sensitivity_of
from reidaudit.report.sentences import not_tested, why
from reidaudit.report.statistical import statistical_part
from reidaudit.report.warning_sentences import warnings_of
from reidaudit.version import __version__
from reidaudit.vocabulary import Family, Verdict

SHARE_OF_PEOPLE = "share_"
"""How the name of an attack's fact begins that is a share of the people in the pool."""
MAJORITY, CONTROL_MAJORITY = "majority_rate", "control_majority_rate"
"""Shares of people with the commonest value: what is left over are the others."""
NOT_BELIEVED = "A precondition does not hold, so this figure decides nothing."


@dataclass(frozen=True)
class RunFacts:
    """How the audit was run and how its verdict is to be used."""

    started: datetime
    seconds: float
    seed: int
    workers: int
    policy_source: str
    fail_on_warn: bool = False
    enforced: bool = True
    disclosure: Literal["aggregate", "targets"] = "aggregate"
    most_targets: int | None = None


def build_report(
    raw: Mapping[TableRole, RawTable],
    tables: Tables,
    preconditions: Sequence[PreconditionResult],
    attempts: Sequence[Attempt],
    findings: Findings,
    self_check: SelfCheck | None,
    exposure: Exposure,
    described: StatisticalDisclosure,
    waivers: Sequence[HeldWaiver],
    policy: Policy,
    facts: RunFacts,
) -> model.ReportModel:
    """Join the parts of an audit into its report; nothing is measured or judged here."""
    missing = _missing_families(findings, policy)
    invalid = any(result.state == "invalid" for result in preconditions)
    verdict = overall(
        [finding.counts_as for finding in findings.findings if finding.is_gating],
        invalid=invalid,
        missing=missing,
        is_train=any(result.state == "fail" for result in preconditions),
        self_check_failed=self_check is not None and self_check.has_failed,
        was_cut_short=any(attempt.was_left_out for attempt in attempts),
    )
    sensitivity = sensitivity_of(findings, policy)
    untested = not_tested(tables, attempts)
    warnings = warnings_of(preconditions, () if invalid else findings.findings, waivers)
    code = exit_code(verdict, has_warnings=bool(warnings), fail_on_warn=facts.fail_on_warn)
    people = _people(raw, tables)
    reported = [_finding(finding, findings, people, invalid) for finding in findings.findings]
    return model.ReportModel(
        tool=model.Tool(name="reidaudit", version=__version__),
        verdict=verdict,
        exit_code=code if facts.enforced else 0,
        enforced=facts.enforced,
        disclosure=facts.disclosure,
        why=why(
            verdict,
            preconditions,
            attempts,
            findings,
            self_check,
            policy,
            missing,
            sensitivity,
            untested,
        ),
        warnings=warnings,
        context=model.Context(**policy.context.model_dump()),
        policy=_policy(policy, facts),
        inputs=[_input(raw[role], tables) for role in raw],
        columns=_columns(tables),
        preconditions=[
            model.Precondition(name=result.name, verdict=result.state, detail=result.detail)
            for result in preconditions
        ],
        findings=reported,
        questions=questions_of(reported),
        waivers=[_waiver(held) for held in waivers],
        any_leak_p_value=findings.any_leak,
        exposure=_exposure(exposure),
        statistical_disclosure=statistical_part(described, tables.schema),
        sensitivity=sensitivity,
        self_check=None if self_check is None else _self_check(self_check),
        not_run=[
            model.NotRun(attack=attempt.attack.name, reason=attempt.not_run)
            for attempt in attempts
            if attempt.not_run is not None
        ],
        not_tested=untested,
        roc=roc_of(findings),
        distances=distances_of(findings),
        run=_run(findings, facts, people),
    )


def _missing_families(findings: Findings, policy: Policy) -> list[Family]:
    judged = {
        finding.attack.family
        for finding in findings.findings
        if finding.counts_as in (Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE)
    }
    return [family for family in policy.required_families if family not in judged]


def _policy(policy: Policy, facts: RunFacts) -> model.PolicyUsed:
    return model.PolicyUsed(
        name=policy.context.release_name or policy.preset,
        preset=policy.preset,
        sha256=policy.sha256,
        required_families=list(policy.required_families),
        source=facts.policy_source,
    )


def _input(table: RawTable, tables: Tables) -> model.InputTable:
    is_release = table.role == "synthetic"
    return model.InputTable(
        role=table.role,
        name=table.name,
        rows=table.rows,
        entities=None if is_release else _entities(table, tables),
        columns=len(table.columns),
        digest=release_digest(table) if is_release else real_digest(table),
        digest_kind="sha256" if is_release else "hmac-sha256",
    )


def _entities(table: RawTable, tables: Tables) -> int | None:
    """How many people a table is about, those included who were taken out of the controls."""
    key = tables.schema.entity
    return None if key not in table.columns else len(table.columns[key].values)


def _columns(tables: Tables) -> list[model.ColumnUsed]:
    proposals = {proposal.column: proposal for proposal in propose_roles(tables)}
    return [
        model.ColumnUsed(
            name=column.name,
            kind=column.kind,
            role=column.role,
            declared=column.declared,
            audited=column.audited,
            note=column.note,
            proposed_role=proposals[column.name].role if column.name in proposals else None,
            proposal=proposals[column.name].reason if column.name in proposals else None,
        )
        for column in tables.schema.columns
    ]


def _finding(
    finding: JudgedFinding, findings: Findings, people: tuple[int, int], invalid: bool
) -> model.Finding:
    estimate, limit = finding.estimate, finding.limit
    judgement = finding.judgement
    if invalid and finding.is_gating:
        judgement = Judgement(Verdict.INVALID, NOT_BELIEVED)
    return model.Finding(
        id=finding.id,
        attack=finding.attack.name,
        attack_version=finding.attack.version,
        family=finding.attack.family,
        outcome=finding.outcome.name,
        title=finding.outcome.title,
        measure=finding.spec.name,
        at=finding.spec.at,
        value=None if estimate is None else estimate.value,
        baseline=finding.spec.baseline,
        interval=_interval(finding.estimate, finding.level),
        p_value=finding.p_value,
        limit=None
        if limit is None
        else model.Limit(max=limit.max, source=limit.source, source_kind=limit.source_kind),
        gating=finding.is_gating,
        bearing=finding.outcome.bearing if finding.is_gating else "diagnostic",
        verdict=judgement.verdict,
        reason=judgement.reason,
        warning=None if invalid else judgement.warning,
        targets=_targets(finding, findings, people),
        waiver=finding.waiver,
        columns=[model.ColumnSign(name=sign.name, auc=sign.auc) for sign in finding.columns],
        mending=mending(finding.attack) if judgement.verdict is Verdict.FAIL else None,
        groups=[_group(taken, finding, people) for taken in finding.groups],
        curve=[_sure_point(point, people) for point in finding.curve],
        by_value=[_value_guessed(guessed, people) for guessed in finding.by_value],
        details=_details(finding, people),
    )


def _waiver(held: HeldWaiver) -> model.Waiver:
    return model.Waiver(
        **held.entry.model_dump(),
        state=held.state.value,
        detail=held.detail,
        warning=held.warning,
        findings=list(held.findings),
    )


def _exposure(exposure: Exposure) -> model.Exposure | None:
    if exposure.attacks < FEWEST_POINTING:
        return None
    return model.Exposure(
        attacks=exposure.attacks,
        fewest_pointing=FEWEST_POINTING,
        member_share=_exposed_share(exposure, of_members=True),
        control_share=_exposed_share(exposure, of_members=False),
    )


def _group(
    taken: GroupEstimate, finding: JudgedFinding, people: tuple[int, int]
) -> model.GroupTaken:
    interval = _interval(taken.estimate, finding.level)
    assert interval is not None
    return model.GroupTaken(
        group=taken.group,
        value=taken.estimate.value,
        interval=interval,
        targets=_told((taken.members, taken.controls), people),
    )


def _sure_point(point: SurePoint, people: tuple[int, int]) -> model.SurePoint:
    return model.SurePoint(
        share=point.share,
        member_precision=point.member_precision,
        control_precision=point.control_precision,
        member_recall=point.member_recall,
        control_recall=point.control_recall,
        targets=_told((point.members, point.controls), people),
    )


def _value_guessed(guessed: ValueGuessed, people: tuple[int, int]) -> model.ValueGuessed:
    members, controls = guessed.members, guessed.controls
    return model.ValueGuessed(
        value=guessed.value,
        member_precision=_told_rate(members.right, members.made),
        control_precision=_told_rate(controls.right, controls.made),
        member_recall=_told_rate(members.right, members.having),
        control_recall=_told_rate(controls.right, controls.having),
        targets=_told((members.made, controls.made), people),
    )


def _told_rate(right: int, of: int) -> float | SuppressedCount:
    return told_share(right / max(of, 1), of)


def _interval(estimate: Estimate | None, level: float) -> model.Interval | None:
    if estimate is None or estimate.bounds is None:
        return None
    bounds, together = estimate.bounds, estimate.together
    return model.Interval(
        low=bounds.low,
        high=bounds.high,
        high_together=None if together is None else together.high,
        level=level,
        method=bounds.method,
    )


def _exposed_share(exposure: Exposure, *, of_members: bool) -> float | SuppressedCount:
    people = int(exposure.side(of_members=of_members).sum())
    return told_share(exposure.share(of_members), people)


def _details(finding: JudgedFinding, people: tuple[int, int]) -> dict[str, Any]:
    """What belongs beside a finding; of what people are like, no small count is told."""
    members, controls = people
    details: dict[str, Any] = {
        name: told_share(fact, members + controls) if name.startswith(SHARE_OF_PEOPLE) else fact
        for name, fact in finding.outcome.facts.items()
    }
    if finding.outcome.column is not None:
        details["column"] = finding.outcome.column
    if finding.estimate is not None:
        details |= finding.estimate.details
    if finding.scored is not None:
        members, controls = len(finding.scored.members), len(finding.scored.controls)
    for name, count in ((MAJORITY, members), (CONTROL_MAJORITY, controls)):
        if name in details:
            details[name] = told_share(details[name], count)
    return details


def _people(raw: Mapping[TableRole, RawTable], tables: Tables) -> tuple[int, int]:
    """How many members and controls there were, before any were taken out."""
    members, controls = (
        0 if role not in raw else _entities(raw[role], tables) or raw[role].rows
        for role in ("train", "holdout")
    )
    return members, controls


def _targets(finding: JudgedFinding, findings: Findings, people: tuple[int, int]) -> model.Targets:
    counts = (findings.members, findings.controls)
    if finding.scored is not None:
        counts = (len(finding.scored.members), len(finding.scored.controls))
    return _told(counts, people)


def _told(counts: tuple[int, int], people: tuple[int, int]) -> model.Targets:
    members, controls = (told_count(*pair) for pair in zip(counts, people, strict=True))
    return model.Targets(members=members, controls=controls)


def _run(findings: Findings, facts: RunFacts, people: tuple[int, int]) -> model.Run:
    return model.Run(
        started=facts.started.astimezone(UTC),
        seconds=round(facts.seconds, 3),
        seed=facts.seed,
        workers=facts.workers,
        permutations=findings.permutations,
        most_targets=facts.most_targets,
        targets=None if findings.asked is None else _told(findings.asked, people),
        correction=_correction(findings.correction),
    )


def _correction(correction: Correction) -> model.Correction:
    return model.Correction(
        deciding=correction.deciding,
        level=correction.level,
        closer_looks=correction.looks,
        closer_look_level=correction.look_level,
        group_views=correction.views,
        group_view_level=correction.view_level,
    )


def _self_check(check: SelfCheck) -> model.SelfCheck:
    verdict: dict[bool | None, Literal["pass", "fail", "not done"]] = {
        True: "pass",
        False: "fail",
        None: "not done",
    }
    return model.SelfCheck(
        verdict=verdict[not check.has_failed],
        planted=check.planted,
        planted_share=check.planted_share,
        parts=[
            model.SelfCheckPart(name=part.name, verdict=verdict[part.passed], detail=part.detail)
            for part in check.parts
        ],
    )
