"""What the page shows of each kind of risk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reidaudit.numbers import count
from reidaudit.report import wording as words
from reidaudit.report.figure_views import (
    distance_views,
    forest_views,
    group_views,
    groups_table,
    roc_views,
)
from reidaudit.report.figures.view import FigureView, TableView
from reidaudit.report.guess_views import rates_views, sure_views, value_views
from reidaudit.report.model import Finding, ReportModel
from reidaudit.report.risks import RISKS, Risk
from reidaudit.vocabulary import Family, Verdict


@dataclass(frozen=True)
class FamilyView:
    """What the page shows of one family of risks.

    ``figures`` are for everybody, ``more_figures`` for the analyst.
    """

    key: str
    risk: Risk
    findings: list[Finding]
    required: bool
    verdict: str
    status: str
    summary: str
    most_urgent: Finding | None
    mending: list[str]
    figures: list[FigureView]
    more_figures: list[FigureView]
    by_group: TableView | None


def family_view(report: ReportModel, family: Family) -> FamilyView:
    """Gather what is shown of a family."""
    own = words.by_urgency(row for row in report.findings if row.family is family)
    findings = _tell_apart(own)
    decided = [row for row in findings if _is_for_everybody(row)]
    main = decided or [row for row in findings if not row.groups]
    rest = [row for row in findings if decided and not row.groups and row not in main]
    key = family.value
    return FamilyView(
        key=key,
        risk=RISKS[family],
        findings=findings,
        required=family in report.policy.required_families,
        verdict=findings[0].verdict.value if findings and findings[0].verdict else "none",
        status=words.verdict_label(findings[0]) if findings else "not covered",
        summary=_summary(findings),
        most_urgent=main[0] if main else None,
        mending=list(dict.fromkeys(row.mending for row in findings if row.mending)),
        figures=[
            *forest_views(f"forest-{key}", main),
            *roc_views(key, findings, report.roc),
            *(rates_views(key, findings) if family is Family.ATTRIBUTE_INFERENCE else []),
            *sure_views(key, findings),
            *value_views(key, findings),
            *group_views(key, findings),
            *distance_views(findings, report.distances),
        ],
        more_figures=forest_views(f"more-{key}", rest),
        by_group=groups_table(findings),
    )


def _is_for_everybody(row: Finding) -> bool:
    failed = row.verdict is Verdict.FAIL or row.waiver is not None
    return failed or (row.gating and row.bearing == "deciding")


def _tell_apart(findings: Sequence[Finding]) -> list[Finding]:
    """Add the technical name to titles that would otherwise stand twice for one measure."""
    times = Counter((row.title, row.measure, row.at) for row in findings)
    return [
        row.model_copy(update={"title": f"{row.title} ({words.short_name(row)})"})
        if times[row.title, row.measure, row.at] > 1
        else row
        for row in findings
    ]


def _summary(findings: Sequence[Finding]) -> str:
    times = Counter(words.verdict_label(row) for row in findings)
    parts = ", ".join(f"{number:,} {label}" for label, number in times.items())
    return f"{count(len(findings), 'finding')}: {parts}." if findings else ""
