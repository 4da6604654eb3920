"""Realistic reports to render: what the tests of every renderer share."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from reidaudit.report.drawn_model import DistanceBin, Distances, Roc
from reidaudit.report.model import (
    ColumnUsed,
    Context,
    Correction,
    Finding,
    GroupTaken,
    InputTable,
    Interval,
    Limit,
    NotRun,
    PolicyUsed,
    Precondition,
    ReportModel,
    Run,
    SelfCheck,
    SelfCheckPart,
    Sensitivity,
    SensitivityPoint,
    Targets,
    Tool,
    Waiver,
)
from reidaudit.report.statistical_model import (
    ColumnUniqueness,
    KnownExclusion,
    KnownSign,
    StatisticalDisclosure,
    StatisticalFigure,
)
from reidaudit.vocabulary import Family, Kind, MeasureName, Role, Verdict

LEVEL = 0.9979
EMA = Limit(max=0.09, source="EMA Policy 0070 on clinical reports", source_kind="convention")
COPIES = Limit(max=0.001, source="Preset 'public' of reidaudit", source_kind="ours")
AUC = Limit(max=0.55, source="Preset 'public' of reidaudit", source_kind="ours")
TPR = Limit(max=0.03, source="Preset 'public' of reidaudit", source_kind="ours")
COLUMNS = (
    "age",
    "sex",
    "postcode_area",
    "marital_status",
    "household_size",
    "education",
    "occupation",
    "income",
    "weekly_hours",
    "diagnosis",
    "insurer",
    "last_visit",
)
GROUPS = ("rarity 1 of 2, the most ordinary", "rarity 2 of 2, the rarest") + (
    "people with the most common value of sex",
    "people with the 2nd most common value of sex",
)
HOSTILE = (
    '<script>alert("x")</script><img src=x onerror=alert(1)>',
    "$\\frac{a}{b}$ & 'quoted' \"twice\" </title></svg>",
    "gnirts \u202esdrawkcab\u202d [bold red]not markup[/] {{ 7 * 7 }} {% raw %}",
    "x" * 10_000,
    "\x1b[31mred\x07\x00 newline\nand\ttab",
    "年齢 العمر 👩‍👩‍👧 fill: #1d2329",
)


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def table(role: Any, name: str, rows: int, columns: int = len(COLUMNS)) -> InputTable:
    kind: Any = "sha256" if role == "synthetic" else "hmac-sha256"
    return InputTable(
        role=role,
        name=name,
        rows=rows,
        entities=None,
        columns=columns,
        digest=digest(name),
        digest_kind=kind,
    )


def finding(
    attack: str,
    title: str,
    measure: MeasureName,
    value: float | None,
    half_width: float,
    limit: Limit | None,
    verdict: Verdict | None,
    **changes: Any,
) -> Finding:
    """Build a finding with all that follows from its parts filled in."""
    at = changes.pop("at", None)
    outcome = changes.pop("outcome", "row")
    interval = None
    if value is not None and half_width:
        low, high = value - half_width, value + half_width
        interval = Interval(low=low, high=high, level=LEVEL, method="exact Newcombe")
    reasons = {
        Verdict.PASS: "The whole interval lies at or below the limit.",
        Verdict.FAIL: "The whole interval lies above the limit.",
        Verdict.INCONCLUSIVE: "The interval crosses the limit; 21,000 controls would settle it.",
        Verdict.INCOMPLETE: "Without a holdout table there are no controls to compare with.",
        Verdict.INVALID: "The preconditions do not hold, so this is not judged.",
        None: "Reported only: it decides nothing.",
    }
    parts: dict[str, Any] = {
        "id": f"{attack}:{outcome}:{measure}" + (f"@{at}" if at else ""),
        "attack": attack,
        "attack_version": "1.0",
        "family": Family(attack.split(".")[0]),
        "outcome": outcome,
        "title": title,
        "measure": measure,
        "at": at,
        "value": value,
        "baseline": {MeasureName.AUC: 0.5, MeasureName.TPR_AT_FPR: at or 0.0}.get(measure, 0.0),
        "interval": interval,
        "p_value": 0.412,
        "limit": limit,
        "gating": limit is not None,
        "bearing": "diagnostic" if limit is None else "deciding",
        "verdict": verdict,
        "reason": reasons[verdict],
        "targets": Targets(members=18_000, controls=9_000),
    }
    return Finding(**(parts | changes))


def distances(finding_id: str, copied: int = 0) -> Distances:
    """Lay members and controls out by distance, with some of the members at zero."""
    ends = [0.0, 0.1, 0.2, 0.3, None]
    members = [copied or None, None, 2_000, 9_000, 6_000]
    controls = [0, None, 1_000, 5_000, 2_900]
    bins = [
        DistanceBin(up_to=end, members=inside, controls=outside)
        for end, inside, outside in zip(ends, members, controls, strict=True)
    ]
    return Distances(finding=finding_id, bins=bins)


def by_group(row: Finding, names: Sequence[str], strength: float) -> Finding:
    """Take a finding again in groups of people, the last of which fares worst."""
    assert row.limit is not None
    groups = []
    for place, name in enumerate(names):
        value = row.baseline + strength * (1 + place)
        half = row.limit.max / 2
        interval = Interval(low=value - half, high=value + half, level=LEVEL, method="exact")
        targets = Targets(members=900 - place, controls=450)
        groups.append(GroupTaken(group=name, value=value, interval=interval, targets=targets))
    worst = groups[-1]
    failed = worst.interval.low > row.limit.max
    return row.model_copy(
        update={
            "id": f"{row.id}.by_group",
            "title": f"{row.title} In the worst group of people.",
            "value": worst.value,
            "interval": worst.interval,
            "verdict": Verdict.FAIL if failed else None,
            "bearing": "fail_only",
            "details": {"group": worst.group},
            "groups": groups,
        }
    )


def roc(name: str, strength: float) -> Roc:
    """Trace the curve of a score that is shifted by ``strength`` for members."""
    fpr = [10 ** (-4 + 4 * step / 60) for step in range(61)]
    return Roc(finding=name, fpr=fpr, tpr=[x ** math.exp(-strength) for x in fpr])


def columns(names: Sequence[str] = COLUMNS) -> list[ColumnUsed]:
    roles = (Role.QUASI_IDENTIFIER, Role.OTHER, Role.SENSITIVE)
    kinds = (Kind.NUMERIC, Kind.CATEGORICAL, Kind.DATETIME)
    return [
        ColumnUsed(
            name=name,
            kind=kinds[place % 3],
            role=roles[place % 3],
            declared=place % 2 == 0,
            audited=place != 10,
            note="Constant in the release." if place == 10 else None,
        )
        for place, name in enumerate(names)
    ]


def preconditions() -> list[Precondition]:
    return [
        Precondition(
            name="Same columns", verdict="pass", detail="All tables have the same 12 columns."
        ),
        Precondition(
            name="Members and controls are different people",
            verdict="pass",
            detail="No row of the holdout stands in the training table.",
        ),
        Precondition(
            name="Members and controls are exchangeable",
            verdict="warn",
            detail="A classifier told them apart slightly (AUC 0.512, p = 0.03).",
        ),
    ]


def sensitivities() -> list[Sensitivity]:
    rows = [
        (Family.DISCLOSURE, MeasureName.EXCESS, None, 0.0006, 0.001, "copies of 0.06 % of members"),
        (Family.MEMBERSHIP_INFERENCE, MeasureName.AUC, None, 0.515, 0.55, "an AUC of 0.515"),
        (
            Family.MEMBERSHIP_INFERENCE,
            MeasureName.TPR_AT_FPR,
            0.01,
            0.0161,
            0.03,
            "1.61 % of members recognised at 1 % false alarms",
        ),
        (
            Family.ATTRIBUTE_INFERENCE,
            MeasureName.EXCESS,
            None,
            0.019,
            0.09,
            "an excess of 1.9 points in one column",
        ),
    ]
    return [
        Sensitivity(
            family=family,
            measure=measure,
            at=at,
            smallest_visible=smallest,
            power=0.8,
            limit=limit,
            sentence=f"Of leaks below {text} this audit would have missed at least one in five.",
            curve=[
                SensitivityPoint(
                    members=round(18_000 * scale),
                    controls=round(9_000 * scale),
                    smallest_visible=(at or 0) + (smallest - (at or 0)) / math.sqrt(scale),
                )
                for scale in (0.25, 0.5, 1.0, 2.0, 4.0)
            ],
        )
        for family, measure, at, smallest, limit, text in rows
    ]


def membership(strength: float) -> list[Finding]:
    attacks = {
        "distance_ratio": "Recognising members by being closer to the release than to other people",
        "density_ratio": "Recognising members where the release is denser than the population",
        "classifier": "Recognising members by a classifier that tells release from population",
    }
    found = []
    for place, (name, title) in enumerate(attacks.items()):
        power = strength / (1 + place)
        attack = f"membership_inference.{name}"
        auc, tpr = 0.5 + 0.12 * power, 0.01 + 0.05 * power
        verdict = judge(auc, 0.013, AUC)
        found.append(finding(attack, title, MeasureName.AUC, auc, 0.013, AUC, verdict))
        verdict = judge(tpr, 0.006, TPR)
        found.append(
            finding(attack, title, MeasureName.TPR_AT_FPR, tpr, 0.006, TPR, verdict, at=0.01)
        )
    return found


def judge(value: float, half_width: float, limit: Limit) -> Verdict:
    if value - half_width > limit.max:
        return Verdict.FAIL
    return Verdict.PASS if value + half_width <= limit.max else Verdict.INCONCLUSIVE


def attribute(names: Sequence[str], leak: float) -> list[Finding]:
    found = []
    for place, name in enumerate(names):
        control = 0.28 + 0.05 * (place % 7)
        excess = leak * (1 + math.sin(1.7 * place)) / 2
        details = {
            "column": name,
            "member_rate": control + excess,
            "control_rate": control,
            "majority_rate": control - 0.06,
            "known_columns": len(names) - 1,
        }
        found.append(
            finding(
                "attribute_inference.nearest_neighbour",
                f"Guessing {name} from all other columns",
                MeasureName.EXCESS,
                excess,
                0.012,
                EMA,
                judge(excess, 0.012, EMA),
                outcome=name,
                details=details,
            )
        )
    return found


def nearest() -> list[Finding]:
    title = "Members lie no closer to the release than controls do"
    return [
        finding(f"nearest_neighbour.{name}", title, MeasureName.AUC, 0.5 + shift, 0.01, None, None)
        for name, shift in (("dcr", 0.004), ("nndr", 0.001))
    ]


def copies(value: float, verdict: Verdict, **changes: Any) -> list[Finding]:
    title = "Rows of real people that stand in the release, value for value"
    parts = {"member_rate": value + 0.0002, "control_rate": 0.0002, "copied_members": 400}
    return [
        finding(
            "disclosure.exact_copy",
            title,
            MeasureName.EXCESS,
            value,
            min(value, 0.0004),
            COPIES,
            verdict,
            details=parts,
            **changes,
        )
    ]


def by_a_few_columns(names: Sequence[str] = COLUMNS) -> StatisticalDisclosure:
    """What a few columns give away; of every other column something is disclosed."""
    rows: list[Any] = [("replicated_unique", None, 0.4838, 0.1486, 0.1402)]
    rows += [("disclosive_correct", name, 0.5, 0.12, 0.1) for name in names[4:]]
    return StatisticalDisclosure(
        keys=list(names[:4]),
        declared=True,
        key_sets_tried=1,
        figures=[
            StatisticalFigure(
                name=name,
                title="what is counted",
                column=column,
                original=original,
                members=members,
                controls=controls,
                not_known_beforehand=0.03 if column else None,
            )
            for name, column, original, members, controls in rows
        ],
        columns=[
            ColumnUniqueness(
                column=name, in_minimal_uniques=0.6, unique_with=0.4838, unique_without=0.1
            )
            for name in names[:4]
        ],
        signs=[
            KnownSign(column=name, key=key, pairs=2, share_of_people=0.9, share_of_disclosed=0.95)
            for name, key in ((names[4], None), (names[5], names[0]))
        ],
        exclusions=[
            KnownExclusion(
                column=names[4], key=names[1], reason=f"Known: {names[4]}.", share_of_people=0.02
            )
        ],
    )


def report(verdict: Verdict, findings: list[Finding], **changes: Any) -> ReportModel:
    """Build a report around findings."""
    codes = {Verdict.PASS: 0, Verdict.FAIL: 1}
    parts: dict[str, Any] = {
        "tool": Tool(name="reidaudit", version="0.1.0"),
        "verdict": verdict,
        "exit_code": codes.get(verdict, 3),
        "enforced": True,
        "why": ["Every one of the 21 deciding findings lies below its limit."],
        "warnings": [],
        "context": Context(
            recipient="Open data portal", purpose="Teaching", release_name="Health survey 2025"
        ),
        "policy": PolicyUsed(
            name="public",
            preset="public",
            sha256=digest("policy"),
            required_families=[Family.DISCLOSURE, Family.MEMBERSHIP_INFERENCE],
            source="built-in preset",
        ),
        "inputs": [
            table("train", "survey_train.csv", 18_000),
            table("holdout", "survey_holdout.csv", 9_000),
            table("synthetic", "survey_synthetic.csv", 20_000),
        ],
        "columns": columns(),
        "preconditions": preconditions(),
        "findings": findings,
        "any_leak_p_value": 0.31,
        "statistical_disclosure": by_a_few_columns(),
        "sensitivity": sensitivities(),
        "self_check": SelfCheck(
            verdict="pass",
            planted=90,
            planted_share=0.01,
            parts=[
                SelfCheckPart(
                    name="planted copies are found",
                    verdict="pass",
                    detail="verbatim copies of 90 of 9000 members were planted, and were seen.",
                ),
                SelfCheckPart(
                    name="holdout against holdout is silent",
                    verdict="pass",
                    detail="nothing shows (exact test, p = 0.43).",
                ),
            ],
        ),
        "not_run": [
            NotRun(
                attack="disclosure.direct_identifier", reason="No direct identifier is declared."
            )
        ],
        "not_tested": [
            "What the trained model itself gives away, if it is published too.",
            "Attackers who hold images, texts or other data that are not in these tables.",
        ],
        "roc": [],
        "run": Run(
            started=datetime(2026, 3, 2, 9, 41, 7, tzinfo=UTC),
            seconds=94.2,
            seed=20260302,
            workers=2,
            permutations=2_000,
            correction=Correction(
                deciding=len([finding for finding in findings if finding.gating]),
                level=LEVEL,
                closer_looks=2,
                closer_look_level=0.9875,
                group_views=40,
                group_view_level=0.999375,
            ),
        ),
    }
    return ReportModel(**(parts | changes))


def passing() -> ReportModel:
    found = copies(0.0, Verdict.PASS) + attribute(COLUMNS, 0.03)
    found += membership(0.1) + nearest()
    held = [distances(nearest()[0].id)]
    return report(Verdict.PASS, found, roc=rocs(found, 0.05), distances=held)


def rocs(findings: Sequence[Finding], strength: float) -> list[Roc]:
    chosen = [row for row in findings if row.measure is MeasureName.TPR_AT_FPR]
    return [roc(row.id, strength / (1 + place)) for place, row in enumerate(chosen)]


def failing() -> ReportModel:
    found = copies(0.0224, Verdict.FAIL, p_value=0.0005) + attribute(COLUMNS, 0.16)
    found += membership(1.0) + nearest() + singling_out()
    found.append(by_group(found[0], GROUPS, 0.0004))
    why = [
        "404 of 18,000 real people (2.24 %) stand in the release with every value unchanged; "
        "controls show 0.02 %.",
        "Members can be told from other people more often than the policy allows, and 5 of 12 "
        "columns can be guessed too well.",
        "5 more findings are too uncertain to be decided.",
    ]
    warnings = [
        "Members and controls differ slightly in 'income' (p = 0.03); see the preconditions."
    ]
    return report(
        Verdict.FAIL,
        found,
        why=why,
        warnings=warnings,
        waivers=waivers(),
        roc=rocs(found, 0.5),
        distances=[distances(nearest()[0].id, copied=404)],
        any_leak_p_value=0.0005,
    )


def singling_out() -> list[Finding]:
    title = "Descriptions of several columns that fit one real person only"
    value, limit = 0.112, EMA
    attack = "singling_out.multivariate"
    changes: dict[str, Any] = {"waiver": "agreement-1"}
    return [
        finding(attack, title, MeasureName.EXCESS, value, 0.017, limit, Verdict.FAIL, **changes)
    ]


def waiver(**changes: Any) -> Waiver:
    """A waiver that covers the finding on singling out, and will soon expire."""
    detail = "It accepts 1 finding, up to 0.15, until 2026-03-30. That is in 28 days."
    parts = {
        "id": "agreement-1",
        "attack": "singling_out.multivariate",
        "outcome": None,
        "measure": "excess",
        "accept": 0.15,
        "reason": "All recipients sign an agreement that forbids it",
        "owner": "survey team",
        "approver": "data protection office",
        "created": date(2026, 1, 5),
        "expires": date(2026, 3, 30),
        "release": None,
        "ticket": "PRIV-12",
        "state": "used",
        "detail": detail,
        "warning": detail,
        "findings": ["singling_out.multivariate:row:excess"],
    }
    return Waiver(**(parts | changes))


def waivers() -> list[Waiver]:
    """One that is used, one that has expired, and one that was broken."""
    expired = "It expired on 2026-02-01."
    broken = "The lower bound 0.022 of a finding is more than the accepted 0.01, so it covers none."
    copies = {"attack": "disclosure.exact_copy", "findings": [], "ticket": None}
    return [
        waiver(),
        waiver(id="old", state="expired", detail=expired, warning=expired, **copies),
        waiver(id="too-tight", state="broken", detail=broken, warning=broken, **copies),
    ]


def incomplete() -> ReportModel:
    found = [
        row.model_copy(update={"interval": None, "p_value": None, "verdict": Verdict.INCOMPLETE})
        for row in copies(0.0011, Verdict.INCOMPLETE)
    ]
    bare = {
        "value": None,
        "interval": None,
        "p_value": None,
        "verdict": Verdict.INCOMPLETE,
        "reason": "Without a holdout table there are no controls to compare members with.",
    }
    found += [row.model_copy(update=bare) for row in membership(0.1)[:2]]
    missing = Precondition(
        name="Holdout table", verdict="incomplete", detail="No holdout table was given."
    )
    return report(
        Verdict.INCOMPLETE,
        found,
        why=["Without a holdout table nothing tells a leak from coincidence."],
        inputs=[table("train", "train.csv", 420), table("synthetic", "synthetic.csv", 500)],
        preconditions=[*preconditions()[:1], missing],
        any_leak_p_value=None,
        sensitivity=[],
        self_check=None,
    )


def invalid() -> ReportModel:
    broken = Precondition(
        name="Members and controls are different people",
        verdict="invalid",
        detail="3,112 of 9,000 rows of the holdout also stand in the training table.",
    )
    return report(
        Verdict.INVALID,
        [],
        why=["A third of the holdout also stands in the training table, so it holds no controls."],
        preconditions=[*preconditions()[:1], broken],
        any_leak_p_value=None,
        sensitivity=[],
        self_check=None,
        enforced=False,
    )


def hostile() -> ReportModel:
    found = attribute(HOSTILE, 0.16) + membership(1.0)
    found = [
        row.model_copy(update={"title": text, "reason": text, "waiver": text, "id": f"{text}#{n}"})
        for n, (row, text) in enumerate(zip(found, HOSTILE * 2, strict=True))
    ]
    found.append(by_group(found[0], HOSTILE, 0.1))
    tables: list[Any] = ["train", "holdout", "synthetic"]
    return report(
        Verdict.FAIL,
        found,
        why=list(HOSTILE[:3]),
        warnings=list(HOSTILE),
        context=Context(recipient=HOSTILE[0], purpose=HOSTILE[1], release_name=HOSTILE[3]),
        inputs=[table(role, HOSTILE[n], 500) for n, role in enumerate(tables)],
        columns=columns(HOSTILE),
        statistical_disclosure=by_a_few_columns(HOSTILE),
        preconditions=[Precondition(name=HOSTILE[0], verdict="pass", detail=HOSTILE[2])],
        not_run=[NotRun(attack=HOSTILE[0], reason=HOSTILE[3])],
        waivers=[
            waiver(id=text, attack=text, outcome=text, reason=text, owner=text, detail=text)
            for text in HOSTILE
        ],
        not_tested=list(HOSTILE),
        roc=rocs(found, 0.5),
        self_check=SelfCheck(
            verdict="fail",
            planted=1,
            planted_share=1.0,
            parts=[SelfCheckPart(name=HOSTILE[0], verdict="not done", detail=HOSTILE[2])],
        ),
    )


EXAMPLES = {
    "passing": passing,
    "failing": failing,
    "incomplete": incomplete,
    "invalid": invalid,
    "hostile": hostile,
}
