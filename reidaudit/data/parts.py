"""Part files of one table, put one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reidaudit.data.cells import as_text, text_column
from reidaudit.data.column import RawColumn, Values, below
from reidaudit.data.raw import Origin
from reidaudit.data.shown import shown

Columns = dict[str, RawColumn]


def with_keys(columns: Columns, keys: Mapping[str, str | None]) -> Columns:
    """Add the columns that the folders of a file name; one that the file has itself stays."""
    rows = len(next(iter(columns.values()), ()))
    places = np.zeros(rows, dtype=np.int8)
    for name, value in keys.items():
        if name not in columns:
            one = text_column([value])
            columns[name] = RawColumn(places + one.places[0], one.values)
    return columns


def insist_on_same_columns(first: Columns, columns: Columns, origin: Origin) -> None:
    """Refuse a part file that has not the columns of the first.

    Raises
    ------
    InputError
        Naming the part file, and a column that only one of the two has.
    """
    lacking = [name for name in first if name not in columns]
    surplus = [name for name in columns if name not in first]
    if lacking or surplus:
        what = f"lacks the column {shown(lacking[0])} that" if lacking else ""
        what = what or f"has a column {shown(surplus[0])}, unlike"
        raise origin.error(
            f"this part file {what} the first part file{' has' if lacking else ''}; "
            "all parts of a table must have the same columns."
        )


def put_together(parts: Sequence[Columns]) -> Columns:
    """Put the columns of part files one below the other; the parts are given up on the way."""
    return {name: _below([part.pop(name) for part in parts]) for name in list(parts[0])}


def _below(parts: Sequence[RawColumn]) -> RawColumn:
    """Join a column; where one part has numbers and another words, all become text."""
    types = {part.values.dtype for part in parts if len(part.values)}
    if len(types) < 2:
        wanted = types.pop() if types else parts[0].values.dtype
        return below([RawColumn(part.places, _as(part, wanted)) for part in parts])
    texts = []
    for part in parts:
        words = np.empty(len(part.values), dtype=object)
        words[:] = [as_text(value) for value in part.values]
        texts.append(RawColumn(part.places, words))
    return below(texts)


def _as(part: RawColumn, wanted: np.dtype[Any]) -> Values:
    return part.values if len(part.values) else np.empty(0, dtype=wanted)
