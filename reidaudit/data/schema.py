"""What each column is and means: kinds and roles, inferred with care or declared by a person."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from reidaudit.data.kinds import CodeArray, ParsedColumn, looks_like
from reidaudit.data.read import RawColumn
from reidaudit.errors import UsageError
from reidaudit.vocabulary import Kind, Role

EMAIL = r"[^@\s]+@[^@\s]+\.[a-z]{2,}"
UUID = r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"
IDENTIFIER_WORDS = frozenset(
    {"id", "uuid", "guid", "name", "firstname", "lastname", "surname", "fullname", "email", "mail"}
    | {"phone", "mobile", "telephone", "tel", "ssn", "iban", "passport", "mrn"}
)
SHARE_UNIQUE = 0.9
ROWS_TO_CALL_UNIQUE = 20
DEFAULT_TOLERANCE = 0.05


@dataclass(frozen=True)
class DeclaredColumn:
    """What a person says about a column; None leaves it to inference."""

    kind: Kind | None = None
    role: Role | None = None
    tolerance: float | None = None


@dataclass(frozen=True)
class Declarations:
    """Everything a person has said about the columns, from policy, options and arguments."""

    columns: Mapping[str, DeclaredColumn] = field(default_factory=dict)
    entity: str | None = None

    def check_names(self, known: Iterable[str]) -> None:
        """Refuse declarations about columns that do not exist.

        Raises
        ------
        UsageError
            Naming the nearest existing column name.
        """
        names = list(known)
        for wanted in [*self.columns, *([self.entity] if self.entity is not None else [])]:
            if wanted not in names:
                near = difflib.get_close_matches(wanted, names, n=1)
                hint = f"did you mean {near[0]!r}?" if near else "check the spelling."
                raise UsageError(f"train has no column {wanted!r}, which was declared; {hint}")

    def with_role(self, names: Iterable[str], role: Role) -> Declarations:
        """Return a copy in which the named columns have the role."""
        columns = dict(self.columns)
        for name in names:
            before = columns.get(name, DeclaredColumn())
            columns[name] = DeclaredColumn(before.kind, role, before.tolerance)
        return Declarations(columns, self.entity)


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
    """All columns of train, in its order."""

    columns: tuple[ColumnSpec, ...]
    entity: str | None = None

    @property
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
    train : array, shape (n_train,)
        The raw column of train.
    declarations : Declarations
        What a person has said; it always wins.
    """
    declared = declarations.columns.get(name, DeclaredColumn())
    tolerance = DEFAULT_TOLERANCE if declared.tolerance is None else declared.tolerance
    if name == declarations.entity:
        note = "the entity key: says whose row it is, and is not itself compared"
        return ColumnSpec(name, Kind.IDENTIFIER, Role.IGNORE, True, False, note)
    if declared.role is not None:
        audited = declared.role not in (Role.DIRECT_IDENTIFIER, Role.IGNORE)
        reason = None if audited else f"declared {declared.role.value}"
        return ColumnSpec(name, parsed.kind, declared.role, True, audited, reason, tolerance)
    codes = parsed.codes[: len(train)]
    if declared.kind is Kind.IDENTIFIER or _is_identifier(name, parsed, train, codes):
        note = "taken for a direct identifier, because nearly every value is unique"
        return ColumnSpec(name, Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER, False, False, note)
    if _is_row_number(parsed, codes):
        note = "taken for a row number: it counts the rows of train in order"
        return ColumnSpec(name, Kind.IDENTIFIER, Role.IGNORE, False, False, note)
    return ColumnSpec(name, parsed.kind, Role.OTHER, False, True, None, tolerance)


def _is_identifier(name: str, parsed: ParsedColumn, train: RawColumn, codes: CodeArray) -> bool:
    """Be slow to say yes: a column that is called an identifier leaves most attacks' sight."""
    present = codes[codes >= 0]
    if len(present) < ROWS_TO_CALL_UNIQUE or _unique_share(present) < SHARE_UNIQUE:
        return False
    if parsed.kind in (Kind.CATEGORICAL, Kind.TEXT):
        words = pd.Series(train[~pd.isna(train)][:1000], dtype=object).astype(str)
        if max(looks_like(EMAIL, words), looks_like(UUID, words)) >= SHARE_UNIQUE:
            return True
        return bool(IDENTIFIER_WORDS & _words_of(name))
    return parsed.numbers is not None and _is_whole(parsed, len(train)) and "id" in _words_of(name)


def _unique_share(codes: CodeArray) -> float:
    return len(np.unique(codes)) / len(codes)


def _is_whole(parsed: ParsedColumn, rows: int) -> bool:
    assert parsed.numbers is not None
    numbers = parsed.numbers[:rows]
    return parsed.kind is Kind.NUMERIC and bool(
        np.all(numbers[~np.isnan(numbers)] == np.floor(numbers[~np.isnan(numbers)]))
    )


def _words_of(name: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return set(re.split(r"[\W_\d]+", spaced.lower()))


def _is_row_number(parsed: ParsedColumn, codes: CodeArray) -> bool:
    if parsed.numbers is None or len(codes) < ROWS_TO_CALL_UNIQUE:
        return False
    numbers = parsed.numbers[: len(codes)]
    return bool(np.all(np.diff(numbers) == 1.0))
