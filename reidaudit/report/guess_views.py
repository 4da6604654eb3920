"""Figures of guesses: how often they are right about members, and how often about controls."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from reidaudit.numbers import format_percent
from reidaudit.report import wording as words
from reidaudit.report.figures.precision import precision_plot
from reidaudit.report.figures.rates import Rates, rates_plot
from reidaudit.report.figures.view import FigureView, TableView, drawn
from reidaudit.report.model import Finding


def rates_views(key: str, findings: Sequence[Finding]) -> list[FigureView]:
    """Show how often members and controls were guessed right."""
    rates = column_rates(findings)
    if not rates:
        return []
    rows = tuple(
        (
            row.label,
            format_percent(row.members),
            format_percent(row.controls),
            "none" if row.majority is None else format_percent(row.majority),
        )
        for row in rates
    )
    description = "Share guessed right, widest gap first. "
    for row in rows[:12]:
        description += f"{words.plain(row[0], 40)}: members {row[1]}, controls {row[2]}. "
    title = "How often members and controls were guessed right, by column"
    svg = rates_plot(rates, figure_id=f"rates-{key}", title=title, description=description)
    caption = (
        "How often the value of a column was guessed right: filled circle for members, hollow "
        "circle for controls, upright tick for always guessing the most common value. The gap "
        "between the circles is what the release gives away."
    )
    table = TableView(("Column", "Members", "Controls", "Most common value"), rows)
    return [FigureView("guesses by column", drawn(svg), caption, table)]


def sure_views(key: str, findings: Sequence[Finding]) -> list[FigureView]:
    """Show how often an attacker is right who guesses only when sure, where that shows most."""
    looks = [row for row in findings if row.curve]
    if not looks:
        return []
    row = _most_telling(looks)
    rows = tuple(
        (
            format_percent(point.share),
            format_percent(point.member_precision),
            format_percent(point.control_precision),
            format_percent(point.member_recall),
            format_percent(point.control_recall),
        )
        for point in row.curve
    )
    svg = precision_plot(
        row.curve,
        figure_id=f"sure-{key}",
        title=f"Precision and recall: {row.title}",
        description="; ".join(
            f"surest {share}: right about members {member}, controls {control}"
            for share, member, control, *_ in rows
        ),
    )
    caption = (
        f"{row.title} Each mark is a share of the people, the surest on the left. The gap between "
        "the lines is what the release gives away to an attacker who keeps silent where unsure."
    )
    if len(looks) > 1:
        caption += f" The most telling of {len(looks):,} such looks is drawn."
    heads = (
        "People guessed about",
        "Right about members",
        "Right about controls",
        "Members found",
        "Controls found",
    )
    return [FigureView("guesses made when sure", drawn(svg), caption, TableView(heads, rows))]


def value_views(key: str, findings: Sequence[Finding]) -> list[FigureView]:
    """Show which values of a category are guessed rightly, where that shows most."""
    looks = [row for row in findings if row.by_value]
    if not looks:
        return []
    row = _most_telling(looks)
    rows = tuple(
        (
            guessed.value,
            *map(
                _rate,
                (
                    guessed.member_precision,
                    guessed.control_precision,
                    guessed.member_recall,
                    guessed.control_recall,
                ),
            ),
        )
        for guessed in row.by_value
    )
    rates = [
        Rates(guessed.value, guessed.member_precision, guessed.control_precision, None)
        for guessed in row.by_value
        if isinstance(guessed.member_precision, float)
        and isinstance(guessed.control_precision, float)
    ]
    if not rates:
        return []
    svg = rates_plot(
        rates,
        figure_id=f"values-{key}",
        title=f"By the value that is guessed: {row.title}",
        description="; ".join(
            f"{value}: right about members {member}, controls {control}"
            for value, member, control, *_ in rows
        ),
    )
    caption = (
        f"{row.title} How often a guess of each value is right, if guesses are made where that "
        "tells most: filled circle for members, hollow circle for controls. What few people stand "
        "behind is not told."
    )
    if len(looks) > 1:
        caption += f" The most telling of {len(looks):,} such looks is drawn."
    heads = (
        "Value guessed",
        "Right about members",
        "Right about controls",
        "Members with it found",
        "Controls with it found",
    )
    return [FigureView("guesses by value", drawn(svg), caption, TableView(heads, rows))]


def _rate(rate: float | str) -> str:
    return rate if isinstance(rate, str) else format_percent(rate)


def _most_telling(looks: Sequence[Finding]) -> Finding:
    return max(looks, key=lambda row: (-_p_value(row), row.interval.low if row.interval else -1.0))


def _p_value(row: Finding) -> float:
    return 1.0 if row.p_value is None else row.p_value


def column_rates(findings: Sequence[Finding]) -> list[Rates]:
    """Collect the rates of guessing from the findings that hold them, the widest gap first."""
    found: dict[Rates, None] = {}
    times = Counter(str(row.details.get("column")) for row in findings if not row.groups)
    by_attack: dict[str, set[str]] = defaultdict(set)
    for row in findings:
        by_attack[row.outcome].add(row.attack)
    for row in findings:
        members, controls = _share(row.details, "member_rate"), _share(row.details, "control_rate")
        if members is None or controls is None or row.groups:
            continue
        column = str(row.details.get("column", row.outcome))
        label = column if times[column] == 1 else words.short_name(row)
        if len(by_attack[row.outcome]) > 1:
            label += f" ({row.attack.rsplit('.', 1)[-1].replace('_', ' ')})"
        found[Rates(label, members, controls, _share(row.details, "majority_rate"))] = None
    return sorted(found, key=lambda rates: (rates.controls - rates.members, rates.label))


def _share(details: Mapping[str, Any], key: str) -> float | None:
    value = details.get(key)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    return None
