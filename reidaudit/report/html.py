"""The report as one self-contained page: no script, no request, readable offline and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reidaudit.numbers import (
    count,
    format_limit,
    format_p_value,
    format_percent,
    number_of_people,
    p_value_in_words,
)
from reidaudit.report import waiving
from reidaudit.report import wording as words
from reidaudit.report.answers import answers
from reidaudit.report.evidence import family_view
from reidaudit.report.figure_views import sensitivity_view
from reidaudit.report.model import Finding, ReportModel, Sensitivity
from reidaudit.report.statistical import (
    exclusion_in_words,
    figure_name,
    keys_in_words,
    shown_figures,
    sign_in_words,
)
from reidaudit.report.wording import FAMILIES
from reidaudit.vocabulary import Verdict

# Longer lists on the first screen keep their tail in a fold.
FIRST_SCREEN = 4
_MONTHS = ("January", "February", "March", "April", "May", "June", "July") + (
    "August",
    "September",
    "October",
    "November",
    "December",
)
_PERCENT = re.compile(r"(\d) %")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True)
class LimitView:
    """One limit of the policy, and whose word it is."""

    measure: str
    value: str
    source: str
    source_kind: str


def render_html(report: ReportModel) -> str:
    """Render the report as one HTML page.

    The page holds no script and asks for nothing from any network. It is a pure function of
    the report: the same report gives the same bytes.

    Parameters
    ----------
    report
        What the audit found out. Its strings are untrusted and are escaped.

    Returns
    -------
    str
        The page, to be written as UTF-8.
    """
    word, rest = words.headline(report)
    sensitivity = sorted(report.sensitivity, key=words.blindness, reverse=True)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            headline={"word": word, "rest": rest},
            release=words.release_name(report),
            answers=answers(report),
            families=[family_view(report, family) for family in FAMILIES],
            limits=_limits(report.findings),
            sensitivity=sensitivity,
            sensitivity_figure=sensitivity_view(sensitivity),
            waivers=sorted(report.waivers, key=lambda row: row.warning is None),
            first_screen=FIRST_SCREEN,
        )
    )


@cache
def environment() -> Environment:
    """Return what renders all pages: strings are escaped, and figures are written as everywhere."""
    environment = Environment(
        loader=PackageLoader("reidaudit.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    environment.filters.update(
        count=count,
        date=_date,
        in_words=words.in_words,
        answered=words.answered,
        flatten=lambda details: list(_flatten(details)),
        interval=words.format_interval,
        limit=words.limit_text,
        number=number_of_people,
        p_value=format_p_value,
        p_in_words=p_value_in_words,
        exclusion=exclusion_in_words,
        figure_name=figure_name,
        keys=keys_in_words,
        share=lambda value: "" if value is None else format_percent(value),
        shown_figures=shown_figures,
        sign=sign_in_words,
        share_of_people=words.share_of_people,
        percent=lambda value: f"{100 * value:.6g} %",
        plain_words=lambda value: str(value).replace("_", " "),
        short=lambda digest: f"{digest[:12]}…" if len(digest) > 16 else digest,
        together=lambda text: _PERCENT.sub("\\1\N{NO-BREAK SPACE}%", str(text)),
        value=words.value_text,
        verdict=words.verdict_label,
    )
    environment.globals["measure"] = words.measure_label
    environment.globals["sampled_targets"] = words.sampled_targets
    environment.globals["covered_by"] = waiving.covered_by
    environment.filters["waiver_meant_for"] = waiving.meant_for
    environment.filters["waiver_in_full"] = waiving.in_full
    environment.tests["blind"] = _is_blind
    return environment


def _clean(value: object) -> object:
    """Replace what must not stand in HTML; autoescape does the rest.

    Line feeds and tabs stay, and so do bidirectional marks: names stand in ``<bdi>``, which
    keeps their effect inside.
    """
    if isinstance(value, str) and not isinstance(value, Markup):
        return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", value)
    return value


def _date(moment: datetime) -> str:
    """Write a date in words whatever the locale, in UTC where the time zone is known."""
    zone = ""
    if moment.tzinfo is not None:
        moment, zone = moment.astimezone(UTC), " UTC"
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M}{zone}"


def _is_blind(item: Sensitivity) -> bool:
    return words.blindness(item) > 1


def _flatten(details: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """List the leaves of nested details as lines of a table, in the order of the JSON."""
    for key, value in sorted(details.items(), key=lambda item: str(item[0])):
        name = f"{path} {key}".strip()
        if isinstance(value, Mapping):
            yield from _flatten(value, name)
        elif isinstance(value, (list, tuple)):
            yield name, ", ".join(_leaf(item) for item in value)
        else:
            yield name, _leaf(value)


def _leaf(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "none" if value is None else str(value)


def _limits(findings: Sequence[Finding]) -> list[tuple[LimitView, list[str], bool]]:
    """List each limit once, with the families it was applied to and whether a finding broke it."""
    limits: dict[LimitView, dict[str, None]] = {}
    broken: set[LimitView] = set()
    for family in FAMILIES:
        for row in findings:
            if row.limit is None or row.family is not family:
                continue
            value = format_limit(row.measure, row.limit.max)
            measure = words.measure_label(row.measure, row.at)
            source, kind = row.limit.source, row.limit.source_kind
            limit = LimitView(measure, value, source, kind)
            limits.setdefault(limit, {})[family.value] = None
            if row.verdict is Verdict.FAIL:
                broken.add(limit)
    return [(limit, list(families), limit in broken) for limit, families in limits.items()]
