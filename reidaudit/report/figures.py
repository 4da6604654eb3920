"""Figures of the report, as SVG that stays text, follows the page's theme and never changes.

Colours are drawn in the light theme's values and then become CSS variables with that value as
fallback, so a figure is legible alone, on a light page and on a dark one.
"""

from __future__ import annotations

import io
import math
import re
import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from reidaudit.report.model import Finding, Roc
from reidaudit.report.wording import (
    by_urgency,
    format_limit,
    format_percent,
    measure_meaning,
    plain,
    verdict_label,
)
from reidaudit.vocabulary import MeasureName

MAX_ROWS = 40
MAX_CURVES = 5
# Name of the page's CSS variable -> its value in the light theme. No two values are equal.
PALETTE = {
    "ink": "#1d2329",
    "muted": "#59636d",
    "line": "#d3d8dc",
    "beyond": "#f8eeec",
    "pass": "#1f6b48",
    "fail": "#a8281e",
    "inconclusive": "#865600",
    "incomplete": "#44597c",
    "invalid": "#6f3a8c",
    "members": "#1f5f99",
    "curve-2": "#a8481f",
    "curve-3": "#2c7a5b",
    "curve-4": "#7a4a9e",
    "curve-5": "#7d6a00",
}
_RC: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "reidaudit",
    "svg.id": None,
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 12.0,
    "text.usetex": False,
    "text.parse_math": False,
}
# A user's matplotlibrc must not change a report; the backend is none of its business either.
_DEFAULTS: Any = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith("backend")}
_STYLE = _DEFAULTS | _RC
_MARKERS = {"pass": "o", "fail": "D", "inconclusive": "^", "incomplete": "s", "invalid": "X"}
_CURVES = ("members", "curve-2", "curve-3", "curve-4", "curve-5")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)), (0, (9, 3)))
_WIDTH, _LABELS, _VERDICTS = 860.0, 330.0, 140.0
_ROW, _HEAD, _FOOT = 36.0, 50.0, 34.0


def forest_plot(
    findings: Sequence[Finding], *, figure_id: str, title: str, description: str
) -> str:
    """Draw the intervals of findings against their limits, as an ``<svg>`` element.

    Findings of one measure share a panel and an axis. Of more than 40 findings the 40 most
    urgent are drawn.

    Parameters
    ----------
    findings
        What to draw, of any measures.
    figure_id
        Prefix of every id in the figure; unique within a page.
    title, description
        What is told to those who hear the figure instead of seeing it.
    """
    panels = _panels(by_urgency(findings)[:MAX_ROWS])
    height = sum(_HEAD + _FOOT + _ROW * len(rows) for rows in panels)
    with mpl.rc_context(_STYLE):
        canvas = _Canvas(height)
        top = 0.0
        for rows in panels:
            _draw_panel(canvas, rows, top)
            top += _HEAD + _FOOT + _ROW * len(rows)
        return canvas.to_svg(figure_id, title, description)


def roc_plot(
    curves: Sequence[Roc],
    findings: Sequence[Finding],
    *,
    figure_id: str,
    title: str,
    description: str,
) -> str:
    """Draw ROC curves on logarithmic axes with the chance line, as an ``<svg>`` element.

    The five curves of the most urgent findings are drawn; crosses mark the limits on the
    true-positive rate at a false-positive rate.

    Parameters
    ----------
    curves
        Points of the curves, each of one finding.
    findings
        The findings that the curves belong to, and those with limits to mark.
    figure_id
        Prefix of every id in the figure; unique within a page.
    title, description
        What is told to those who hear the figure instead of seeing it.
    """
    titles = {finding.id: finding.title for finding in by_urgency(findings)}
    rank = {finding: place for place, finding in enumerate(titles)}
    drawn = sorted(curves, key=lambda curve: rank.get(curve.finding, len(rank)))[:MAX_CURVES]
    floor = _roc_floor(drawn)
    with mpl.rc_context(_STYLE):
        canvas = _Canvas(440.0)
        axes = canvas.axes(70, 16, 430, 364)
        axes.set(xscale="log", yscale="log", xlim=(floor, 1), ylim=(floor, 1))
        axes.plot([floor, 1], [floor, 1], color=PALETTE["muted"], lw=1.2, ls=(0, (2, 3)))
        entries = [("chance: no leak", "muted", (0, (2, 3)))]
        for number, curve in enumerate(drawn, start=1):
            _draw_curve(axes, curve, number, floor)
            name = titles.get(curve.finding, curve.finding)
            entries.append((name, _CURVES[number - 1], _DASHES[number - 1]))
        limits = _draw_roc_limits(axes, findings)
        _finish_roc_axes(axes, floor)
        _draw_roc_legend(canvas, entries, limits=limits)
        return canvas.to_svg(figure_id, title, description)


@dataclass(frozen=True)
class Rates:
    """How often a value of one column was guessed, for members, controls and the majority."""

    label: str
    members: float
    controls: float
    majority: float | None


def rates_plot(rates: Sequence[Rates], *, figure_id: str, title: str, description: str) -> str:
    """Draw how often members and controls were guessed right, as an ``<svg>`` element.

    Parameters
    ----------
    rates
        One row each; of more than 40 the first 40 are drawn.
    figure_id
        Prefix of every id in the figure; unique within a page.
    title, description
        What is told to those who hear the figure instead of seeing it.
    """
    rows = rates[:MAX_ROWS]
    step = 28.0
    with mpl.rc_context(_STYLE):
        canvas = _Canvas(_FOOT + 12 + step * len(rows))
        axes = canvas.axes(240, 8, _WIDTH - 240 - 30, step * len(rows))
        axes.set(xlim=(0, 1.01), ylim=(len(rows) - 0.5, -0.5))
        _finish_axis(axes, MeasureName.MEMBER_RATE)
        for place, row in enumerate(rows):
            canvas.text(0, 8 + step * (place + 0.5), plain(row.label, 34))
            axes.plot([row.controls, row.members], [place, place], color=PALETTE["muted"], lw=1.6)
            axes.plot([row.controls], [place], "o", mfc="none", mec=PALETTE["ink"], mew=1.6, ms=8)
            axes.plot([row.members], [place], "o", color=PALETTE["members"], ms=8)
            if row.majority is not None:
                axes.plot([row.majority], [place], "|", color=PALETTE["ink"], mew=2, ms=16)
        return canvas.to_svg(figure_id, title, description)


# The canvas: pixels from the top left, as in the page.


class _Canvas:
    def __init__(self, height: float) -> None:
        self.height = max(height, 1.0)
        # One SVG unit is a point, 1/72 inch; shown at full width it is one CSS pixel.
        self.figure = Figure(figsize=(_WIDTH / 72, self.height / 72), dpi=72, frameon=False)
        FigureCanvasSVG(self.figure)

    def axes(self, left: float, top: float, width: float, height: float) -> Any:
        bottom = self.height - top - height
        axes = self.figure.add_axes(
            (left / _WIDTH, bottom / self.height, width / _WIDTH, height / self.height)
        )
        axes.patch.set_visible(False)
        return axes

    def text(self, x: float, y: float, text: str, colour: str = "ink", **kwargs: Any) -> None:
        place = (x / _WIDTH, 1 - y / self.height)
        style = {"va": "center", "color": PALETTE[colour], "parse_math": False, **kwargs}
        self.figure.text(*place, text, **style)

    def to_svg(self, figure_id: str, title: str, description: str) -> str:
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        with warnings.catch_warnings():
            # A reader's browser has glyphs that the font used for layout has not.
            warnings.filterwarnings("ignore", message="Glyph")
            self.figure.savefig(buffer, format="svg", metadata=nothing)
        body = _adopt(buffer.getvalue(), figure_id)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" id="{figure_id}" '
            f'viewBox="0 0 {_WIDTH:g} {self.height:g}" width="{_WIDTH:g}" '
            f'height="{self.height:g}" aria-labelledby="{figure_id}-title {figure_id}-desc">'
            f'<title id="{figure_id}-title">{escape(plain(title))}</title>'
            f'<desc id="{figure_id}-desc">{escape(plain(description, 1200))}</desc>{body}</svg>'
        )


def _adopt(svg: str, prefix: str) -> str:
    """Take the drawing out of matplotlib's document and make it fit to stand in a page."""
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", body, flags=re.S)
    # Everything is drawn inside its axes, so clipping is not needed, nor are url() references.
    body = re.sub(r"<clipPath.*?</clipPath>", "", body, flags=re.S)
    body = re.sub(r"<defs>\s*</defs>", "", body)
    body = re.sub(r"<[^<>]+>", lambda tag: _adopt_tag(tag.group(), prefix), body)
    return re.sub(r">\s*\n\s*<", "><", body).strip()


def _adopt_tag(tag: str, prefix: str) -> str:
    """Rewrite one tag; names of columns stand between tags and are never touched."""
    tag = re.sub(r'\s*clip-path="[^"]*"', "", tag)
    tag = re.sub(r'\bid="([^"]*)"', rf'id="{prefix}-\1"', tag)
    tag = re.sub(r'\bxlink:href="#([^"]*)"', rf'href="#{prefix}-\1"', tag)
    tag = tag.replace("'DejaVu Sans', ", "")
    for name, colour in PALETTE.items():
        tag = tag.replace(f": {colour}", f": var(--{name}, {colour})")
    return re.sub(r"\s+", " ", tag)


# Forest plots


def _panels(findings: Sequence[Finding]) -> list[list[Finding]]:
    panels: dict[tuple[str, float | None, float], list[Finding]] = {}
    for row in findings:
        panels.setdefault((row.measure.value, row.at, row.baseline), []).append(row)
    return list(panels.values())


def _draw_panel(canvas: _Canvas, rows: Sequence[Finding], top: float) -> None:
    first = rows[0]
    width = _WIDTH - _LABELS - _VERDICTS
    axes = canvas.axes(_LABELS, top + _HEAD, width, _ROW * len(rows))
    low, high = _extent(rows)
    axes.set(xlim=(low, high), ylim=(len(rows) - 0.5, -0.5))
    _finish_axis(axes, first.measure)
    canvas.text(0, top + 16, measure_meaning(first.measure, first.at), weight=700)
    _mark(axes, first.baseline, "no leak", "muted", ls=(0, (1.5, 2.5)), lw=1.4)
    limits = {row.limit.max for row in rows if row.limit}
    if len(limits) == 1:
        limit = limits.pop()
        axes.axvspan(limit, high, color=PALETTE["beyond"], lw=0, zorder=0)
        _mark(axes, limit, f"limit {format_limit(first.measure, limit)}", "ink", lw=1.6)
    for place, row in enumerate(rows):
        _draw_row(canvas, axes, row, place, top, own_limit=len(limits) > 1)


def _draw_row(
    canvas: _Canvas, axes: Any, row: Finding, place: int, top: float, *, own_limit: bool
) -> None:
    middle = top + _HEAD + _ROW * (place + 0.5)
    verdict = row.verdict.value if row.verdict else None
    name = verdict or "muted"
    colour = PALETTE[name]
    canvas.text(0, middle, _wrap(row.title), size=12, linespacing=1.15)
    canvas.text(_WIDTH - _VERDICTS + 16, middle, verdict_label(row), name)
    if own_limit and row.limit:
        axes.plot([row.limit.max] * 2, [place - 0.4, place + 0.4], color=PALETTE["ink"], lw=1.6)
    if row.interval:
        ends = [row.interval.low, row.interval.high]
        axes.plot(ends, [place, place], color=colour, lw=2.2, solid_capstyle="butt")
        axes.plot(ends, [place, place], "|", color=colour, mew=1.6, ms=9)
    if row.value is None:
        canvas.text(_LABELS + 10, middle, "not measured", "muted", style="italic")
        return
    hollow = {"mfc": "none", "mew": 1.8} if verdict is None else {}
    marker = _MARKERS[verdict] if verdict else "o"
    axes.plot([row.value], [place], marker, color=colour, ms=8, **hollow)


def _mark(axes: Any, x: float, text: str, colour: str, **line: Any) -> None:
    axes.axvline(x, color=PALETTE[colour], zorder=1, **line)
    # The two labels stand on either side of their lines, so that near lines stay readable.
    right = colour == "ink"
    axes.annotate(
        text,
        (x, 1),
        (0 if right else -3, 5),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="left" if right else "right",
        va="bottom",
        size=11,
        color=PALETTE[colour],
        parse_math=False,
    )


def _extent(rows: Sequence[Finding]) -> tuple[float, float]:
    points = [row.baseline for row in rows] + [row.limit.max for row in rows if row.limit]
    points += [row.value for row in rows if row.value is not None]
    points += [end for row in rows if row.interval for end in (row.interval.low, row.interval.high)]
    low, high = min(points), max(points)
    room = 0.06 * (high - low) or 0.01
    return low - room, high + room


def _finish_axis(axes: Any, measure: MeasureName) -> None:
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=7)
    axes.grid(visible=True, axis="x", color=PALETTE["line"], lw=0.8)
    axes.set_axisbelow(True)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(PALETTE["line"])
    axes.tick_params(axis="x", length=0, pad=6, labelcolor=PALETTE["muted"], labelsize=11)
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    axes.set_xticks(ticks, [format_limit(measure, round(tick, 9)) for tick in ticks])


# ROC curves


def _roc_floor(curves: Sequence[Roc]) -> float:
    smallest = min((x for curve in curves for x in curve.fpr if x > 0), default=0.001)
    return 10.0 ** max(-4, min(-2, math.floor(math.log10(smallest))))


def _draw_curve(axes: Any, curve: Roc, number: int, floor: float) -> None:
    points = sorted(zip(curve.fpr, curve.tpr, strict=True))
    # Zero has no place on a logarithmic axis: what lies below the floor is drawn on it.
    fpr = [min(max(x, floor), 1.0) for x, _ in points]
    tpr = [min(max(y, floor), 1.0) for _, y in points]
    style = _DASHES[number - 1]
    axes.plot(fpr, tpr, color=PALETTE[_CURVES[number - 1]], ls=style, lw=2, drawstyle="steps-post")


def _draw_roc_limits(axes: Any, findings: Sequence[Finding]) -> bool:
    limits = {(row.at, row.limit.max) for row in findings if row.at and row.limit}
    for at, limit in sorted(limits):
        axes.plot([at], [limit], "x", color=PALETTE["fail"], ms=10, mew=2.4, zorder=5)
    return bool(limits)


def _finish_roc_axes(axes: Any, floor: float) -> None:
    decades = [10.0**power for power in range(round(math.log10(floor)), 1)]
    labels = [format_percent(x, 0) if x >= 0.01 else f"{100 * x:g} %" for x in decades]
    axes.set_xticks(decades, labels)
    axes.set_yticks(decades, labels)
    axes.minorticks_off()
    axes.grid(visible=True, color=PALETTE["line"], lw=0.8)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_color(PALETTE["line"])
    axes.tick_params(length=0, pad=6, labelcolor=PALETTE["muted"], labelsize=11)
    style = {"color": PALETTE["ink"], "size": 12, "labelpad": 8}
    axes.set_xlabel("controls wrongly taken for members (FPR)", **style)
    axes.set_ylabel("members recognised (TPR)", **style)


def _draw_roc_legend(
    canvas: _Canvas, entries: Sequence[tuple[str, str, Any]], *, limits: bool
) -> None:
    axes = canvas.axes(530, 16, _WIDTH - 530, 364)
    axes.set(xlim=(0, _WIDTH - 530), ylim=(364, 0))
    axes.set_axis_off()
    for place, (text, colour, dashes) in enumerate(entries):
        y = 14 + 44 * place
        axes.plot([0, 40], [y, y], color=PALETTE[colour], ls=dashes, lw=2)
        canvas.text(582, 16 + y, _wrap(text, 36), linespacing=1.15)
    if limits:
        y = 14 + 44 * len(entries)
        axes.plot([20], [y], "x", color=PALETTE["fail"], ms=10, mew=2.4)
        canvas.text(582, 16 + y, "limit of the policy")


# Labels


def _wrap(text: str, cells: int = 48) -> str:
    lines = textwrap.wrap(plain(text, 2 * cells), cells) or [""]
    return "\n".join(lines[:2]) if len(lines) < 3 else f"{lines[0]}\n{lines[1][: cells - 1]}…"
