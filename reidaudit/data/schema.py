"""What each column is and means: kinds and roles, inferred with care or declared by a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from reidaudit.data.column import RawColumn
from reidaudit.data.declared import Declarations, DeclaredColumn
from reidaudit.data.kinds import CodeArray, FloatArray, ParsedColumn
from reidaudit.vocabulary import Kind, Role

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE)
UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
IDENTIFIER_WORDS = frozenset(
    {"id", "uuid", "guid", "name", "firstname", "lastname", "surname", "fullname", "email", "mail"}
    | {"phone", "mobile", "telephone", "tel", "ssn", "iban", "passport", "mrn"}
)
INDEX_NAME = re.compile(
    r"unnamed_1|unnamed: 0|index|__index_level_\d+__|row_?(names?|nr|num(ber)?)", re.I
)
"""What pandas, R and Parquet call a column that only numbers the rows."""
SHARE_UNIQUE = 0.9
ROWS_TO_CALL_UNIQUE = 20
DEFAULT_TOLERANCE = 0.05
UNAUDITED = frozenset({Role.DIRECT_IDENTIFIER, Role.IGNORE})
"""Roles of columns that no attack looks at."""


@dataclass(frozen=True)
class ColumnSpec:
    """A column as the audit understands it.

    ``tolerance`` is the share of the column's own spread within which a numeric guess is right.
    """

    name: str
    kind: Kind
    role: Role
    declared: bool
    audited: bool
    note: str | None = None
    tolerance: float = DEFAULT_TOLERANCE

    @property
    def is_number(self) -> bool:
        """Whether the column has numbers to measure distances by."""
        return self.kind in (Kind.NUMERIC, Kind.DATETIME)


@dataclass(frozen=True)
class Schema:
    """All columns of train, in its order.

    ``recognised`` says in words what was recognised in audited columns, ``mail addresses in note``,
    by the names that the tables' further identifiers have. ``held_apart`` are two parts of the
    audited columns, by position, that somebody may hold in two sources, where a person has said so.
    """

    columns: tuple[ColumnSpec, ...]
    entity: str | None = None
    recognised: Mapping[str, str] = field(default_factory=dict)
    held_apart: tuple[tuple[int, ...], tuple[int, ...]] | None = None

    @cached_property
    def audited(self) -> tuple[ColumnSpec, ...]:
        """The columns that attacks get to see, in order."""
        return tuple(column for column in self.columns if column.audited)

    def positions(self, role: Role) -> tuple[int, ...]:
        """Positions among the audited columns of those with the role."""
        return tuple(i for i, column in enumerate(self.audited) if column.role is role)

    @property
    def sensitive(self) -> tuple[int, ...]:
        """Positions of the sensitive columns; all audited ones where none was declared.

        Where nobody has said what is sensitive, the cautious reading is that everything is.
        """
        return self.positions(Role.SENSITIVE) or tuple(range(len(self.audited)))


def specify(
    name: str, parsed: ParsedColumn, train: RawColumn, declarations: Declarations
) -> ColumnSpec:
    """Settle the role of a column whose kind is known.

    Parameters
    ----------
    name : str
        The column's name.
    parsed : ParsedColumn
        The column of all tables, train first.
    train : RawColumn
        The raw column of train.
    declarations : Declarations
        What a person has said; it always wins.
    """
    if name == declarations.entity:
        return entity_key(name)
    declared = declarations.columns.get(name)
    if declared is not None:
        return _as_declared(name, parsed, declared)
    codes = parsed.codes[: len(train)]
    numbers = None if parsed.numbers is None else parsed.numbers[: len(train)]
    if _is_row_number(name, parsed.kind, codes, numbers):
        note = "taken for a row number: it only counts the rows of train"
        return ColumnSpec(name, Kind.IDENTIFIER, Role.IGNORE, False, False, note)
    if _is_identifier(name, parsed.kind, train, codes, numbers):
        note = "taken for a direct identifier, because nearly every value is unique"
        return ColumnSpec(name, Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER, False, False, note)
    note_on_strays = f"nearly all {parsed.strays}, but read as words" if parsed.strays else None
    return ColumnSpec(name, parsed.kind, Role.OTHER, False, True, note_on_strays)


def entity_key(name: str) -> ColumnSpec:
    """Return the column that says whose row it is."""
    note = "the entity key: says whose row it is, and is not itself compared"
    return ColumnSpec(name, Kind.IDENTIFIER, Role.IGNORE, True, False, note)


def _as_declared(name: str, parsed: ParsedColumn, declared: DeclaredColumn) -> ColumnSpec:
    role = declared.role
    if role is None:
        is_identifier = declared.kind is Kind.IDENTIFIER
        role = Role.DIRECT_IDENTIFIER if is_identifier else Role.OTHER
    audited = role not in UNAUDITED
    note = None if audited else f"declared {role.value}"
    tolerance = DEFAULT_TOLERANCE if declared.tolerance is None else declared.tolerance
    return ColumnSpec(name, parsed.kind, role, True, audited, note, tolerance)


def _is_identifier(
    name: str, kind: Kind, train: RawColumn, codes: CodeArray, numbers: FloatArray | None
) -> bool:
    """Be slow to say yes: a column that is called an identifier leaves most attacks' sight."""
    present = codes[codes >= 0]
    if len(present) < ROWS_TO_CALL_UNIQUE or _unique_share(present) < SHARE_UNIQUE:
        return False
    if kind in (Kind.CATEGORICAL, Kind.TEXT):
        first = train.places[train.places >= 0][:1000]
        words = [str(word) for word in train.values[first]]
        if max(_share_like(EMAIL, words), _share_like(UUID, words)) >= SHARE_UNIQUE:
            return True
    elif kind is not Kind.NUMERIC or numbers is None or not _are_whole(numbers):
        return False
    return bool(IDENTIFIER_WORDS & words_of(name))


def _is_row_number(name: str, kind: Kind, codes: CodeArray, numbers: FloatArray | None) -> bool:
    """Whether a column counts the rows in order, or is called an index and tells all rows apart."""
    if kind is not Kind.NUMERIC or numbers is None or not np.isfinite(numbers).all():
        return False
    counts = np.array_equal(numbers, numbers[0] + np.arange(len(numbers)))
    if counts and len(numbers) >= ROWS_TO_CALL_UNIQUE:
        return True
    is_index = INDEX_NAME.fullmatch(name) is not None
    return is_index and _unique_share(codes) == 1.0 and _are_whole(numbers)


def _unique_share(codes: CodeArray) -> float:
    return len(np.unique(codes)) / len(codes)


def _share_like(pattern: re.Pattern[str], words: list[str]) -> float:
    return sum(pattern.fullmatch(word) is not None for word in words) / len(words)


def _are_whole(numbers: FloatArray) -> bool:
    present = numbers[~np.isnan(numbers)]
    return bool(np.all(present == np.floor(present)))


def words_of(name: str) -> set[str]:
    """Return the words of a column's name, in small letters: ``homeTown_2`` has home and town."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return set(re.split(r"[\W_\d]+", spaced.lower()))
