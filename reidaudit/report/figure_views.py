"""The figures of the page with their captions, and the table that stands behind each."""

from __future__ import annotations

from collections.abc import Sequence

from reidaudit.numbers import count, format_percent, format_value, number_of_people
from reidaudit.policy.views import IN_THE_WORST_GROUP
from reidaudit.report import wording as words
from reidaudit.report.drawn_model import Distances, Roc
from reidaudit.report.figures.distances import bin_names, distances_plot
from reidaudit.report.figures.forest import MAX_ROWS, forest_plot, groups_plot
from reidaudit.report.figures.roc import roc_plot
from reidaudit.report.figures.sensitivity import heading, sensitivity_plot
from reidaudit.report.figures.view import FigureView, TableView, drawn
from reidaudit.report.model import Finding, Sensitivity
from reidaudit.vocabulary import MeasureName

SHOWN_FPR = (0.001, 0.01, 0.05, 0.1)


def forest_views(figure_id: str, findings: Sequence[Finding]) -> list[FigureView]:
    """Hold every interval against its limit."""
    # A figure of nothing but 'not measured' says less than the table does.
    if not any(row.value is not None for row in findings):
        return []
    description = f"{count(len(findings), 'finding')}; the table that follows holds all. "
    for row in findings[:3]:
        name = f"{words.plain(row.title, 80)}, {words.measure_label(row.measure, row.at)}"
        value, limit = words.value_text(row), words.limit_text(row)
        description += f"{name}: {value}, limit {limit}, {words.verdict_label(row)}. "
    title = "Intervals held against their limits"
    svg = forest_plot(findings, figure_id=figure_id, title=title, description=description)
    caption = (
        "Bar: what the data allow. Mark: best estimate (circle pass, diamond fail, triangle "
        "inconclusive, square incomplete, hollow circle only reported). Solid line: limit, with "
        "the far side tinted. Dotted line: no leak."
    )
    if len(findings) > MAX_ROWS:
        caption += f" The {MAX_ROWS} most urgent of {len(findings):,} findings are drawn."
    return [FigureView("intervals and limits", drawn(svg), caption, _findings_table(findings))]


def _findings_table(findings: Sequence[Finding]) -> TableView:
    heads = ("What was tried", "Verdict", "Measure", "Value", "Interval", "Limit")
    return TableView(
        heads,
        tuple(
            (
                row.title,
                words.verdict_label(row),
                words.measure_label(row.measure, row.at),
                words.value_text(row),
                words.format_interval(row),
                words.limit_text(row),
            )
            for row in findings
        ),
    )


def roc_views(key: str, findings: Sequence[Finding], curves: Sequence[Roc]) -> list[FigureView]:
    """Show how many members are recognised at how many false alarms."""
    titles = {row.id: row.title for row in findings if not row.groups}
    own = sorted(
        (curve for curve in curves if curve.finding in titles),
        key=lambda curve: list(titles).index(curve.finding),
    )
    if not own:
        return []
    rows = [(titles[curve.finding], *_recognised(curve)) for curve in own]
    description = "Above the chance line, members are recognised more often than controls. "
    for row in rows[:6]:
        description += f"{words.plain(row[0], 80)}: {row[2]} of members at 1 % false alarms. "
    title = "Members recognised against controls wrongly accused"
    svg = roc_plot(own, findings, figure_id=f"roc-{key}", title=title, description=description)
    caption = (
        "Both axes are logarithmic, so that the left edge shows whether a few people can be "
        "recognised with near certainty. Curves on the dotted line do no better than chance. "
        "A cross marks a limit of the policy."
    )
    heads = ("Members recognised by", *(f"at {100 * at:g} % false alarms" for at in SHOWN_FPR))
    table = TableView(heads, tuple(rows))
    return [FigureView("members recognised against false alarms", drawn(svg), caption, table)]


def _recognised(curve: Roc) -> list[str]:
    """Read the curve at a few rates of false alarms; it may begin later than they do."""
    points = list(zip(curve.fpr, curve.tpr, strict=True))
    shares = []
    for at in SHOWN_FPR:
        reached = [tpr for fpr, tpr in points if fpr <= at]
        shares.append(format_percent(max(reached)) if reached else "too few controls")
    return shares


def group_views(key: str, findings: Sequence[Finding]) -> list[FigureView]:
    """Draw the most urgent view of each measure; the analyst's table holds all of them."""
    most_urgent: dict[MeasureName, Finding] = {}
    for row in findings:
        if row.groups:
            most_urgent.setdefault(row.measure, row)
    return [_one_view(key, row) for row in most_urgent.values()]


def _one_view(key: str, row: Finding) -> FigureView:
    label = words.measure_label(row.measure, row.at)
    tried = row.title.removesuffix(IN_THE_WORST_GROUP)
    worst = max(row.groups, key=lambda group: group.interval.low)
    value = format_value(row.measure, worst.value)
    svg = groups_plot(
        row,
        figure_id=f"groups-{key}-{row.measure.value}",
        title=f"By rarity and by group: {tried}",
        description=f"{len(row.groups)} groups; the worst is {worst.group}: {value}.",
    )
    caption = (
        f"{tried} Rarity says how far a person lies from all others; then come people who "
        "share a value of a column. A group fails (diamond) only where its whole interval lies "
        "above the limit."
    )
    rows = tuple(
        (
            group.group,
            number_of_people(group.targets.members),
            format_value(row.measure, group.value),
            words.format_interval(row.model_copy(update={"interval": group.interval})),
        )
        for group in row.groups
    )
    table = TableView(("Group", "Members", words.capital(label), "Interval"), rows)
    return FigureView(f"by group, {label}", drawn(svg), caption, table)


def groups_table(findings: Sequence[Finding]) -> TableView | None:
    """Set all views beside each other, a group to a row."""
    views = [row for row in findings if row.groups]
    names = dict.fromkeys(group.group for row in views for group in row.groups)
    if not views:
        return None
    values = [
        {
            group.group: words.format_interval(row.model_copy(update={"interval": group.interval}))
            for group in row.groups
        }
        for row in views
    ]
    heads = tuple(f"{row.title} {words.measure_label(row.measure, row.at)}" for row in views)
    rows = tuple((name, *(view.get(name, "none") for view in values)) for name in names)
    return TableView(("Group", *heads), rows)


def distance_views(findings: Sequence[Finding], held: Sequence[Distances]) -> list[FigureView]:
    """Show how far members and controls lie from the release."""
    by_id = {row.id: row for row in findings}
    drawn = [
        _histogram(place, by_id[row.finding], row)
        for place, row in enumerate(held)
        if row.finding in by_id
    ]
    return [view for view in drawn if view is not None]


def _histogram(place: int, finding: Finding, distances: Distances) -> FigureView | None:
    """Draw the distances of one finding; None where too few people are meant to show any."""
    names = bin_names(distances)
    rows = tuple(
        (name, _counted(part.members), _counted(part.controls))
        for name, part in zip(names, distances.bins, strict=True)
    )
    nearest = rows[0] if rows else ("0", "none", "none")
    members, controls = finding.targets.members, finding.targets.controls
    if isinstance(members, str) or isinstance(controls, str):
        return None
    svg = distances_plot(
        distances,
        members,
        controls,
        figure_id=f"distances-{place}",
        title=f"Distances of members and of controls: {finding.title}",
        description=f"At distance zero: {nearest[1]} members, {nearest[2]} controls.",
    )
    caption = (
        f"{finding.title} Filled bars show members, hollow bars controls. Where the filled bars "
        "rise above the hollow ones at the left edge, members lie too close. Counts of fewer than "
        "8 people are withheld."
    )
    table = TableView(("Distance", "Members", "Controls"), rows)
    return FigureView("distances to the release", drawn(svg), caption, table)


def _counted(number: int | None) -> str:
    return "withheld" if number is None else f"{number:,}"


def sensitivity_view(rows: Sequence[Sensitivity]) -> FigureView | None:
    """Show how small a leak audits of other sizes see; None where the report does not hold it."""
    with_curve = [row for row in rows if row.curve]
    if not with_curve:
        return None
    described = "; ".join(
        f"{heading(row)}: here {format_value(row.measure, row.smallest_visible)}"
        for row in with_curve
    )
    svg = sensitivity_plot(
        with_curve,
        figure_id="sensitivity-curve",
        title="The smallest leak that is seen, by the number of people",
        description=f"More people make smaller leaks visible. {described}.",
    )
    table = TableView(
        ("Members", *(heading(row) for row in with_curve)),
        tuple(
            (
                f"{points[0].members:,}",
                *(
                    format_value(row.measure, point.smallest_visible)
                    for row, point in zip(with_curve, points, strict=True)
                ),
            )
            for points in zip(*(row.curve for row in with_curve), strict=True)
        ),
    )
    caption = (
        "A leak on the curve is seen in four audits of five; what lies below it mostly stays "
        "hidden. Where the mark lies above the limit, the audit is too small to see a leak that "
        "just breaks the limit. Members and controls grow in proportion."
    )
    return FigureView("smallest visible leak", drawn(svg), caption, table)
