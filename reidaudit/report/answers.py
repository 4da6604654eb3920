"""What a reader asks of a verdict first: what leaks, about whom, how sure, and what to do now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reidaudit.data.small_counts import FEWEST_TOLD
from reidaudit.numbers import is_share
from reidaudit.report.model import Finding, ReportModel, Targets
from reidaudit.report.wording import (
    NEXT_STEPS,
    by_urgency,
    capital,
    format_interval,
    limit_text,
    plain,
    share_of_people,
    value_text,
)
from reidaudit.vocabulary import Verdict

MOST_COLUMNS = 8


@dataclass(frozen=True)
class Answer:
    """A question of the reader, and what the report says to it."""

    question: str
    sentences: tuple[str, ...]


def answers(report: ReportModel) -> list[Answer]:
    """Answer the reader's first questions, from the report alone.

    Parameters
    ----------
    report
        What the audit found out.

    Returns
    -------
    list of Answer
        Why this verdict, and what to do now. Where the release failed, also about whom something
        leaks and how sure that is.
    """
    failed = report.verdict is Verdict.FAIL
    asked = [
        Answer("What leaks", (*report.why, *_columns(report)))
        if failed
        else Answer("Why", tuple(report.why)),
        Answer("About whom", tuple(_about_whom(report)) if failed else ()),
        Answer("How sure", tuple(_how_sure(report))),
        Answer("What to do", tuple(what_to_do(report))),
    ]
    return [answer for answer in asked if answer.sentences]


def what_to_do(report: ReportModel) -> Iterator[str]:
    """Say what comes next, and what usually mends the worst leak."""
    yield NEXT_STEPS[report.verdict.value]
    worst = _worst(report)
    if report.verdict is Verdict.FAIL and worst is not None and worst.mending:
        yield f"What usually mends it: {worst.mending}."


def _failed(report: ReportModel) -> list[Finding]:
    """List what failed; what a waiver covers comes last."""
    return [row for row in by_urgency(report.findings) if row.verdict is Verdict.FAIL]


def _worst(report: ReportModel) -> Finding | None:
    return next(iter(_failed(report)), None)


def _columns(report: ReportModel) -> Iterator[str]:
    """Name the columns that the failed findings are about, or that carry them."""
    names: dict[str, None] = {}
    for row in _failed(report):
        own = row.details.get("column")
        names |= dict.fromkeys([own] if isinstance(own, str) else [])
        names |= dict.fromkeys(sign.name for sign in row.columns)
    if names:
        shown = [plain(name, 60) for name in list(names)[:MOST_COLUMNS]]
        more = f" and {len(names) - MOST_COLUMNS:,} more" if len(names) > MOST_COLUMNS else ""
        yield f"Columns that give people away: {', '.join(shown)}{more}."


def _about_whom(report: ReportModel) -> Iterator[str]:
    shares = [row for row in _failed(report) if is_share(row.measure) and not row.groups]
    # a share of everybody says more than a share of those who were looked at more closely
    shares = [row for row in shares if row.targets == _everybody(report)] or shares
    if shares:
        yield _how_many(max(shares, key=lambda row: row.value or 0.0))
    elif _failed(report):
        yield "People whose rows the generator learned from; which of them, cannot be counted."
    groups = [row for row in _failed(report) if row.groups]
    if groups:
        worst = max(groups, key=lambda row: row.value or 0.0)
        yield f"Hit hardest: {worst.details.get('group', 'one group')} ({value_text(worst)})."
    if report.exposure is not None:
        members = share_of_people(report.exposure.member_share)
        controls = share_of_people(report.exposure.control_share)
        yield (
            f"At least {report.exposure.fewest_pointing} attacks recognise {members} of all "
            f"members; by chance it would be {controls}."
        )


def _everybody(report: ReportModel) -> Targets | None:
    counted = [row.targets for row in report.findings if isinstance(row.targets.members, int)]
    return max(counted, key=lambda targets: targets.members, default=None)


def _how_many(row: Finding) -> str:
    members = row.targets.members
    if isinstance(members, str):
        return f"Some of {members} people whose rows the generator learned from."
    number = round((row.value or 0.0) * members)
    said = f"about {number:,}" if number >= FEWEST_TOLD else f"fewer than {FEWEST_TOLD}"
    return (
        f"{capital(said)} of the {members:,} people whose rows the generator learned from "
        f"({value_text(row)}), beyond what would be so without their rows."
    )


def _how_sure(report: ReportModel) -> Iterator[str]:
    worst = _worst(report)
    if report.verdict is Verdict.FAIL and worst is not None and worst.interval is not None:
        yield (
            f"Beyond doubt: all values that the data allow, {format_interval(worst)}, lie above "
            f"the limit of {limit_text(worst)}."
        )
    if report.verdict is Verdict.FAIL and report.any_leak_p_value is not None:
        yield f"Without any leak, chance would look so bad {_how_often(report.any_leak_p_value)}."
    tried = report.self_check.parts if report.self_check is not None else []
    if tried and all(part.verdict == "pass" for part in tried):
        yield "Tried on itself, the audit saw the copies planted for it, and saw no leak without."


def _how_often(p_value: float) -> str:
    if p_value < 0.001:
        return "less than once in a thousand audits"
    return f"in about {100 * p_value:.2g} of a hundred audits"
