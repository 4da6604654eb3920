"""A drawing with its caption, and the table that stands behind it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class TableView:
    """The figures of a figure: the first cell of a row is its heading."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class FigureView:
    """A drawing, what it shows, and the same as a table."""

    name: str
    svg: Markup
    caption: str
    table: TableView


def drawn(svg: str) -> Markup:
    """Take a drawing as it is."""
    return Markup(svg)  # noqa: S704 - made by the figures, which escape every name
