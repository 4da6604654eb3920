"""The values of the real tables that would point at somebody if they stood in a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from reidaudit.data.cells import as_text, text_of_number
from reidaudit.data.column import RawColumn, Values, below
from reidaudit.data.patterns import PATTERNS
from reidaudit.data.raw import RawTable, TableRole
from reidaudit.data.schema import Schema
from reidaudit.data.small_counts import FEWEST_TOLD
from reidaudit.report.value_index import ValueIndex
from reidaudit.report.words import Words, words_in
from reidaudit.vocabulary import Kind, Role

FEWEST_CHARACTERS = 5
"""Letters and digits below which a value with a letter proves nothing: it may be an article."""
MOST_WORDS = 6
"""Of a longer value its beginning is looked for, as formats cut what is long."""
_INSIDE = [(pattern.hint, pattern.shape) for pattern in PATTERNS if pattern.hint is not None]

WordSequence = tuple[str, ...]


@dataclass(frozen=True)
class RealColumn:
    """One column of the real tables: the values in it that identify, or that few people have."""

    name: str
    values: Values

    def standing_in(self, shown: Words) -> set[WordSequence]:
        """Return the values that stand in a text, and what identifies somebody inside of them.

        Parameters
        ----------
        shown : Words
            The text. Columns are long, so only values that share a key with it are looked at.
        """
        found = (sequence for text in self._candidates(shown) for sequence in sequences_in(text))
        return {sequence for sequence in found if shown.hold(sequence)}

    def _candidates(self, shown: Words) -> Iterator[str]:
        """List the values that may stand in a text, and hardly any others."""
        if self.values.dtype.kind == "f":
            return map(text_of_number, _common(shown.numbers, self._sizes).tolist())
        return map(as_text, self._texts[self._index.places_of(shown.keys)])

    @cached_property
    def _sizes(self) -> npt.NDArray[np.float64]:
        """Numbers without their signs, sorted; each format writes a minus in its own way."""
        return np.unique(np.abs(self.values))

    @cached_property
    def _texts(self) -> Values:
        """The values that are looked for as text; of a moment its day."""
        if self.values.dtype.kind == "M":
            return np.unique(self.values.astype("datetime64[D]")).astype(str)
        return self.values

    @cached_property
    def _index(self) -> ValueIndex:
        return ValueIndex.of(map(as_text, self._texts), _identifiers_in)


def sequences_in(text: str) -> Iterator[WordSequence]:
    """List what of a value may not be shown, as words.

    That is the value itself, or its beginning, and the mail addresses, phone numbers and accounts
    inside of a value of several words.
    """
    yield tuple(words_in(text)[:MOST_WORDS])
    if " " in text:
        yield from (tuple(words_in(each)) for each in _identifiers_in(text))


def proves_something(words: WordSequence) -> bool:
    """Tell whether a value is long enough not to stand in any text by chance.

    Numbers are another matter: how many others are as long decides.
    """
    return is_number(words) or sum(map(len, words)) >= FEWEST_CHARACTERS


def is_number(words: WordSequence) -> bool:
    """Tell whether a value has nothing but digits."""
    return bool(words) and all(map(str.isdigit, words))


def real_columns(raw: Mapping[TableRole, RawTable], schema: Schema) -> list[RealColumn]:
    """Collect the values of all columns of the real tables that would point at somebody.

    Parameters
    ----------
    raw : mapping of role to RawTable
        What was audited; the release is public and left out.
    schema : Schema
        What the columns are: of those that identify every value counts, of others those that fewer
        than eight people have.
    """
    real = [table for role, table in raw.items() if role != "synthetic"]
    kinds = {spec.name: spec for spec in schema.columns}
    found = []
    for name in dict.fromkeys(name for table in real for name in table.columns):
        spec = kinds.get(name)
        identifies = name == schema.entity or (
            spec is not None
            and (spec.role is Role.DIRECT_IDENTIFIER or spec.kind is Kind.IDENTIFIER)
        )
        holding = [table for table in real if name in table.columns]
        found.append(RealColumn(name, _values(name, holding, schema.entity, everybody=identifies)))
    return found


def _values(name: str, tables: list[RawTable], entity: str | None, *, everybody: bool) -> Values:
    column = below([table.columns[name] for table in tables])
    if everybody:
        return column.values
    return column.values[_people_with(column, tables, entity) < FEWEST_TOLD]


def _people_with(
    column: RawColumn, tables: list[RawTable], entity: str | None
) -> npt.NDArray[np.intp]:
    """Count the people who have each value; without a key every row is of somebody else."""
    present, values = column.places >= 0, len(column.values)
    if entity is None or any(entity not in table.columns for table in tables):
        return np.bincount(column.places[present], minlength=values)
    people = below([table.columns[entity] for table in tables]).places.astype(np.int64)
    pairs = np.unique(column.places[present] * np.int64(len(people)) + people[present])
    return np.bincount(pairs // len(people), minlength=values)


def _common(few: npt.NDArray[np.float64], many: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return those of a few numbers that are among many sorted ones."""
    if len(many) == 0:
        return many
    place = np.minimum(np.searchsorted(many, few), len(many) - 1)
    common: npt.NDArray[np.float64] = few[many[place] == few]
    return common


def _identifiers_in(text: str) -> Iterator[str]:
    for hint, shape in _INSIDE:
        if hint.search(text):
            yield from (match[0] for match in shape.finditer(text))
