"""Precision and recall of guesses that are made only when sure, of members beside controls."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl

from reidaudit.report.figures.canvas import PALETTE, STYLE, Canvas, quieten
from reidaudit.report.model import SurePoint

_HEIGHT, _LEFT, _TOP = 320.0, 70.0, 16.0
_PLOT = (430.0, 250.0)


def precision_plot(
    curve: Sequence[SurePoint], *, figure_id: str, title: str, description: str
) -> str:
    """Draw how many guesses are right over how many people they find, as an ``<svg>`` element.

    Parameters
    ----------
    curve
        From the surest guesses on; each point is one share of the people.
    figure_id
        Prefix of every id in the figure; unique within a page.
    title, description
        What is told to those who hear the figure instead of seeing it.
    """
    members = [(point.member_recall, point.member_precision) for point in curve]
    controls = [(point.control_recall, point.control_precision) for point in curve]
    furthest = max(recall for recall, _ in [*members, *controls, (0.01, 0.0)])
    with mpl.rc_context(STYLE):
        canvas = Canvas(_HEIGHT)
        axes = canvas.axes(_LEFT, _TOP, *_PLOT)
        axes.set(xlim=(0, 1.08 * furthest), ylim=(0, 1.03))
        axes.plot(*zip(*controls, strict=True), "o--", color=PALETTE["ink"], mfc="none", ms=7)
        axes.plot(*zip(*members, strict=True), "o-", color=PALETTE["members"], lw=2, ms=7)
        quieten(axes, "both")
        axes.locator_params(nbins=6)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda share, _: f"{100 * share:.4g} %")
        canvas.text(_LEFT, _HEIGHT - 14, "Share of all of them who are guessed rightly", "muted")
        beside = _LEFT + _PLOT[0] + 24
        canvas.text(beside, 34, "filled, whole line: members", "members")
        canvas.text(beside, 58, "hollow, dashed: controls")
        canvas.text(beside, 92, "Upwards: share of the guesses", "muted")
        canvas.text(beside, 110, "that are right", "muted")
        return canvas.to_svg(figure_id, title, description)
