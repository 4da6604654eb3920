"""How far members and controls lie from the release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.patches import Rectangle

from reidaudit.numbers import format_percent
from reidaudit.report.drawn_model import DistanceBin, Distances
from reidaudit.report.figures.canvas import PALETTE, STYLE, WIDTH, Canvas, quieten

_LEFT, _TOP, _HEIGHT = 62.0, 40.0, 230.0
_BAR = 0.38


def bin_names(distances: Distances) -> list[str]:
    """Name the bins of a histogram, such as '0' and '0.02 to 0.04'."""
    names, start = [], 0.0
    for part in distances.bins:
        if part.up_to is None:
            names.append(f"over {start:g}")
        elif part.up_to <= 0:
            names.append("0")
        else:
            names.append(f"{start:g} to {part.up_to:g}")
        start = start if part.up_to is None else part.up_to
    return names


def distances_plot(
    distances: Distances,
    members: int,
    controls: int,
    *,
    figure_id: str,
    title: str,
    description: str,
) -> str:
    """Draw the histogram of members beside that of controls, as an ``<svg>`` element.

    Parameters
    ----------
    distances
        The histogram, with few people withheld.
    members, controls
        How many people there are of each kind: bars show shares of them.
    figure_id
        Prefix of every id in the figure; unique within a page.
    title, description
        What is told to those who hear the figure instead of seeing it.
    """
    with mpl.rc_context(STYLE):
        canvas = Canvas(_TOP + _HEIGHT + 58)
        axes = canvas.axes(_LEFT, _TOP, WIDTH - _LEFT - 4, _HEIGHT)
        axes.set_xlim(-0.6, len(distances.bins) - 0.4)
        for place, part in enumerate(distances.bins):
            _draw_pair(axes, place, part, members, controls)
        _finish(axes, distances.bins)
        _draw_key(canvas)
        canvas.text(_LEFT, _TOP + _HEIGHT + 46, "distance to the release, up to")
        return canvas.to_svg(figure_id, title, description)


def _draw_pair(axes: Any, place: int, part: DistanceBin, members: int, controls: int) -> None:
    for count, people, offset, look in (
        (part.members, members, -_BAR / 2, {"color": PALETTE["members"]}),
        (part.controls, controls, _BAR / 2, {"fc": "none", "ec": PALETTE["ink"], "lw": 1.4}),
    ):
        if count is None:
            axes.plot([place + offset], [0], "^", color=PALETTE["muted"], ms=5, clip_on=False)
        else:
            axes.bar(place + offset, count / max(people, 1), _BAR * 0.92, **look)


def _finish(axes: Any, bins: Sequence[DistanceBin]) -> None:
    ends = [f"{part.up_to:g}" if part.up_to is not None else "more" for part in bins]
    axes.set_xticks(range(len(bins)), ends)
    axes.set_ylim(0, max(axes.get_ylim()[1], 0.01))
    ticks = [tick for tick in axes.get_yticks() if tick <= axes.get_ylim()[1]]
    axes.set_yticks(ticks, [format_percent(tick, 0 if tick >= 0.01 else 1) for tick in ticks])
    quieten(axes, "y", "muted")


def _draw_key(canvas: Canvas) -> None:
    key = canvas.axes(0, 0, WIDTH, 30)
    key.set(xlim=(0, WIDTH), ylim=(30, 0))
    key.set_axis_off()
    key.add_patch(Rectangle((_LEFT, 9), 14, 12, color=PALETTE["members"]))
    key.add_patch(Rectangle((_LEFT + 180, 9), 14, 12, fc="none", ec=PALETTE["ink"], lw=1.4))
    key.plot([_LEFT + 367], [15], "^", color=PALETTE["muted"], ms=5)
    for x, text in ((22, "share of members"), (202, "share of controls"), (378, "some, too few")):
        canvas.text(_LEFT + x, 15, text)
