"""How often a value was guessed right, of members and of controls, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl

from reidaudit.report.figures.canvas import PALETTE, STYLE, WIDTH, Canvas, finish_axis
from reidaudit.report.wording import plain
from reidaudit.vocabulary import MeasureName

MAX_RATES = 40
_STEP, _FOOT, _LABELS = 28.0, 34.0, 300.0


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
    rows = rates[:MAX_RATES]
    with mpl.rc_context(STYLE):
        canvas = Canvas(_FOOT + 12 + _STEP * len(rows))
        axes = canvas.axes(_LABELS, 8, WIDTH - _LABELS - 30, _STEP * len(rows))
        axes.set(xlim=(0, 1.01), ylim=(len(rows) - 0.5, -0.5))
        finish_axis(axes, MeasureName.MEMBER_RATE)
        for place, row in enumerate(rows):
            canvas.text(0, 8 + _STEP * (place + 0.5), plain(row.label, 46))
            axes.plot([row.controls, row.members], [place, place], color=PALETTE["muted"], lw=1.6)
            axes.plot([row.controls], [place], "o", mfc="none", mec=PALETTE["ink"], mew=1.6, ms=8)
            axes.plot([row.members], [place], "o", color=PALETTE["members"], ms=8)
            if row.majority is not None:
                axes.plot([row.majority], [place], "|", color=PALETTE["ink"], mew=2, ms=16)
        return canvas.to_svg(figure_id, title, description)
