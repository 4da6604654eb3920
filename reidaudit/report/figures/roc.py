"""ROC curves on logarithmic axes, where the few who are recognised for sure can be seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl

from reidaudit.numbers import format_percent
from reidaudit.report.drawn_model import Roc
from reidaudit.report.figures.canvas import PALETTE, STYLE, WIDTH, Canvas, wrap
from reidaudit.report.model import Finding
from reidaudit.report.wording import by_urgency

MAX_CURVES = 5
_CURVES = ("members", "curve-2", "curve-3", "curve-4", "curve-5")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)), (0, (9, 3)))


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
    with mpl.rc_context(STYLE):
        canvas = Canvas(440.0)
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
    canvas: Canvas, entries: Sequence[tuple[str, str, Any]], *, limits: bool
) -> None:
    axes = canvas.axes(530, 16, WIDTH - 530, 364)
    axes.set(xlim=(0, WIDTH - 530), ylim=(364, 0))
    axes.set_axis_off()
    for place, (text, colour, dashes) in enumerate(entries):
        y = 14 + 44 * place
        axes.plot([0, 40], [y, y], color=PALETTE[colour], ls=dashes, lw=2)
        canvas.text(582, 16 + y, wrap(text, 36), linespacing=1.15)
    if limits:
        y = 14 + 44 * len(entries)
        axes.plot([20], [y], "x", color=PALETTE["fail"], ms=10, mew=2.4)
        canvas.text(582, 16 + y, "limit of the policy")
