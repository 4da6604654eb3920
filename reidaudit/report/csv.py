"""The findings as CSV: one line each, for a spreadsheet or a data frame."""

from __future__ import annotations

import csv
import io

from reidaudit.report.model import Finding, ReportModel
from reidaudit.report.wording import by_urgency, plain

COLUMNS = (
    "id",
    "attack",
    "attack_version",
    "family",
    "outcome",
    "title",
    "measure",
    "at",
    "value",
    "interval_low",
    "interval_high",
    "interval_high_together",
    "interval_level",
    "interval_method",
    "baseline",
    "limit",
    "limit_source",
    "limit_source_kind",
    "p_value",
    "gating",
    "bearing",
    "verdict",
    "reason",
    "warning",
    "waiver",
    "members",
    "controls",
)
# What a spreadsheet takes for the beginning of a formula, in its full-width forms too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
LONGEST_CELL = 2_000

Cell = str | float | int | bool | None


def render_csv(report: ReportModel) -> str:
    """Render the findings as CSV, the worst first.

    Numbers stand as they are, without a unit; what was not measured is empty. A text that a
    spreadsheet would run as a formula gets an apostrophe in front, and control characters are left
    out of all texts, so that a line of the file is a finding.

    Parameters
    ----------
    report
        What the audit found out. Its strings are untrusted.

    Returns
    -------
    str
        The header and one line per finding; the columns are those of ``COLUMNS``.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in by_urgency(report.findings):
        row = _row(finding)
        writer.writerow([_write(row[column]) for column in COLUMNS])
    return stream.getvalue()


def _row(finding: Finding) -> dict[str, Cell]:
    interval, limit = finding.interval, finding.limit
    return {
        "id": finding.id,
        "attack": finding.attack,
        "attack_version": finding.attack_version,
        "family": finding.family.value,
        "outcome": finding.outcome,
        "title": finding.title,
        "measure": finding.measure.value,
        "at": finding.at,
        "value": finding.value,
        "interval_low": interval.low if interval else None,
        "interval_high": interval.high if interval else None,
        "interval_high_together": interval.high_together if interval else None,
        "interval_level": interval.level if interval else None,
        "interval_method": interval.method if interval else None,
        "baseline": finding.baseline,
        "limit": limit.max if limit else None,
        "limit_source": limit.source if limit else None,
        "limit_source_kind": limit.source_kind if limit else None,
        "p_value": finding.p_value,
        "gating": finding.gating,
        "bearing": finding.bearing,
        "verdict": finding.verdict.value if finding.verdict else None,
        "reason": finding.reason,
        "warning": finding.warning,
        "waiver": finding.waiver,
        "members": finding.targets.members,
        "controls": finding.targets.controls,
    }


def _write(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return _defused(cell) if isinstance(cell, str) else repr(cell)


def _defused(text: str) -> str:
    kept = plain(text, LONGEST_CELL)
    return f"'{kept}" if kept.startswith(FORMULA) else kept
