"""The figures of the docs: the same bytes whenever the same is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure


@contextmanager
def svg(path: Path, width: float, height: float) -> Iterator[Figure]:
    """Hand out a figure of so many inches, and save it as SVG when it has been drawn."""
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "reidaudit", "font.size": 11}):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        figure.savefig(path, format="svg", metadata={"Date": None})
