"""Identifiers among the values of a column, or inside its texts, as codes of one column more.

The column itself stays what it is. No value leaves this module but as a code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from reidaudit.data.cells import as_text
from reidaudit.data.column import RawColumn, below
from reidaudit.data.kinds import CodeArray, ParsedColumn
from reidaudit.data.patterns import FEWEST_VALUES, PATTERNS, Pattern, nearly_all, pattern_of
from reidaudit.vocabulary import Kind

LARGEST_SAMPLE = 2000
"""Distinct values that are looked at before a column is given up."""


def identifiers_in(
    parts: Sequence[RawColumn], parsed: ParsedColumn, real_rows: int
) -> Iterator[tuple[Pattern, CodeArray]]:
    """Recognise identifiers in a column.

    Either nearly all its values are of one pattern, or its words hold at least `FEWEST_VALUES`
    different identifiers. Only real rows decide, members and controls alike, so that it does not
    depend on who is a member. A sample of them decides first; where less than one text in a
    thousand holds an identifier, it may give the column up.

    Parameters
    ----------
    parts : sequence of RawColumn
        The column in each table, the real ones first.
    parsed : ParsedColumn
        The same column as it was read.
    real_rows : int
        Rows of train and holdout together.

    Yields
    ------
    pattern : Pattern
        What was recognised.
    codes : int64 array, shape (rows of all tables, k)
        The identifiers of each row, equal where they are; -1 fills up. They follow the order of
        the identifiers: in that of appearance the members, who come first, had the low codes.
    """
    column = below(parts)
    sample = _sample(column, parsed.codes[:real_rows])
    if len(sample) < FEWEST_VALUES:
        return
    whole = pattern_of(sample)
    inside = [] if whole else _patterns_inside(sample, parsed.kind)
    if not whole and not inside:
        return
    texts = [as_text(value) for value in column.values]
    real = np.setdiff1d(column.places[:real_rows], [-1])
    if whole:
        found = [_listed(whole.read(text)) for text in texts]
        if nearly_all((found[place] for place in real), len(real)):
            yield whole, _codes(found)[column.places]
    for pattern in inside:
        found = [pattern.find(text) for text in texts]
        if len({value for place in real for value in found[place]}) >= FEWEST_VALUES:
            yield pattern, _codes(found)[column.places]


def _sample(column: RawColumn, codes: CodeArray) -> list[str]:
    """Distinct values, evenly spaced in their order, so that it does not matter whose they are."""
    row_of_code = np.full(codes.max(initial=-1) + 2, -1)
    row_of_code[codes] = np.arange(len(codes))
    rows = row_of_code[:-1][row_of_code[:-1] >= 0]
    spaced = np.linspace(0, len(rows) - 1, min(len(rows), LARGEST_SAMPLE)).astype(np.int64)
    return [as_text(value) for value in column.values[column.places[rows[spaced]]]]


def _patterns_inside(sample: Sequence[str], kind: Kind) -> list[Pattern]:
    """Patterns that some text of a sample seems to hold."""
    if kind not in (Kind.CATEGORICAL, Kind.TEXT):
        return []
    joined = "\n".join(sample)
    return [pattern for pattern in PATTERNS if pattern.hint and pattern.shape.search(joined)]


def _listed(value: str | None) -> list[str]:
    return [] if value is None else [value]


def _codes(found: Sequence[list[str]]) -> CodeArray:
    """Number the identifiers of every text; the last line is that of a missing text."""
    values = list(chain(*found))
    numbers = {value: number for number, value in enumerate(sorted(set(values)))}
    counts = np.array([*map(len, found), 0])
    slots = np.arange(len(values)) - np.repeat(np.cumsum(counts) - counts, counts)
    codes = np.full((len(counts), counts.max()), -1, dtype=np.int64)
    codes[np.repeat(np.arange(len(counts)), counts), slots] = [numbers[value] for value in values]
    return codes
