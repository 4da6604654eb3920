"""The validated tables of one audit: the same columns everywhere, every value a code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from reidaudit.data.declared import Declarations, DeclaredColumn
from reidaudit.data.identifiers import identifiers_in
from reidaudit.data.kinds import CodeArray, FloatArray, NotOfKindError, ParsedColumn, parse_column
from reidaudit.data.raw import Origin, RawTable, TableRole
from reidaudit.data.schema import UNAUDITED, ColumnSpec, Schema, entity_key, specify
from reidaudit.data.shown import shown
from reidaudit.errors import InputError
from reidaudit.seeds import generator_for
from reidaudit.vocabulary import Kind, Role

TABLE_ORDER: tuple[TableRole, ...] = ("train", "holdout", "synthetic", "reference")
HOW_WRITTEN = {
    Kind.NUMERIC: " (numbers are written as 1234.5)",
    Kind.DATETIME: " (dates are written as 2024-12-31 or 2024-12-31T23:59:59)",
    Kind.BOOLEAN: " (booleans are written as true and false, or 1 and 0)",
}


@dataclass(frozen=True)
class Table:
    """A table whose audited columns have been read.

    ``codes[j]`` (int32, shape (rows,)) of audited column j are equal exactly where the canonical
    values are equal, across all tables of the audit; -1 is missing. ``numbers[j]`` (float64, NaN
    where missing) is None for columns without numbers. ``entity`` (int64) says whose row it is.
    ``identifiers`` has the codes of the direct identifiers that all tables share, by name, and of
    identifiers recognised in audited columns, whose codes have the shape (rows, k) for up to k of
    them in a row; they are compared with themselves only, never as part of a row.
    """

    role: TableRole
    rows: int
    codes: tuple[CodeArray, ...]
    numbers: tuple[FloatArray | None, ...]
    entity: CodeArray
    identifiers: Mapping[str, CodeArray] = field(default_factory=dict)

    def only(self, keep: npt.NDArray[np.bool_]) -> Table:
        """Return the table with some of its rows."""
        return replace(
            self,
            rows=int(keep.sum()),
            codes=tuple(codes[keep] for codes in self.codes),
            numbers=tuple(None if values is None else values[keep] for values in self.numbers),
            entity=self.entity[keep],
            identifiers={name: codes[keep] for name, codes in self.identifiers.items()},
        )


@dataclass(frozen=True)
class Tables:
    """Everything that was read, and what was noticed while reading."""

    schema: Schema
    train: Table
    synthetic: Table
    holdout: Table | None = None
    reference: Table | None = None
    missing_in_holdout: tuple[str, ...] = ()
    missing_in_synthetic: tuple[str, ...] = ()
    only_in_synthetic: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()

    @property
    def real(self) -> tuple[Table, ...]:
        """Train, and holdout where there is one."""
        return (self.train,) if self.holdout is None else (self.train, self.holdout)


def build_tables(raw: Mapping[TableRole, RawTable], declarations: Declarations) -> Tables:
    """Bring the raw tables to one schema.

    Parameters
    ----------
    raw : mapping of role to RawTable
        ``train`` and ``synthetic`` must be there.
    declarations : Declarations
        Kinds, roles and the entity key that a person has declared.

    Raises
    ------
    InputError
        If a table shares no column with train, the reference lacks one, an entity key is missing,
        a declared kind is impossible, or nothing is left to audit.
    UsageError
        If a declaration names an unknown column.
    """
    declarations.check_names(raw["train"].columns)
    present = [raw[role] for role in TABLE_ORDER if role in raw]
    _insist_on_shared_columns(raw, present, declarations)
    specs: list[ColumnSpec] = []
    audited: list[tuple[ColumnSpec, ParsedColumn]] = []
    identifiers: dict[str, CodeArray] = {}
    for name, train_column in raw["train"].columns.items():
        if any(name not in table.columns for table in present):
            specs.append(_unshared(name, present, declarations))
            continue
        parsed = _parse(name, present, declarations)
        spec = specify(name, parsed, train_column, declarations)
        specs.append(spec)
        if spec.audited:
            audited.append((spec, parsed))
        elif spec.role is Role.DIRECT_IDENTIFIER:
            identifiers[name] = parsed.codes
    recognised = _recognise(present, audited)
    identifiers |= {name: codes for name, (_, codes) in recognised.items()}
    words = {name: words for name, (words, _) in recognised.items()}
    schema = Schema(tuple(specs), declarations.entity, words)
    _insist_on_something_to_audit(schema)
    columns = [parsed for _, parsed in audited]
    tables = _split_by_table(present, columns, identifiers, declarations.entity)
    return Tables(
        schema,
        tables["train"],
        tables["synthetic"],
        tables.get("holdout"),
        tables.get("reference"),
        missing_in_holdout=_missing_in("holdout", raw, declarations),
        missing_in_synthetic=_missing_in_synthetic(raw, declarations),
        only_in_synthetic=tuple(
            name for name in raw["synthetic"].columns if name not in raw["train"].columns
        ),
        disagreements=tuple(
            f"{shown(spec.name)} {parsed.disagreement}"
            for spec, parsed in audited
            if parsed.disagreement
        ),
        strays=tuple(
            f"{shown(spec.name)} (nearly all {parsed.strays})"
            for spec, parsed in audited
            if parsed.strays and not spec.declared
        ),
    )


def _insist_on_shared_columns(
    raw: Mapping[TableRole, RawTable], present: list[RawTable], declarations: Declarations
) -> None:
    train = raw["train"].columns
    strangers = [table for table in present if not set(train) & set(table.columns)]
    if strangers:
        # where no table shares a column with train, train is the odd one
        train_is_odd = 1 < len(strangers) == len(present) - 1
        table = raw["train"] if train_is_odd else strangers[0]
        raise Origin(table.name, table.role).error(
            f"it shares no column with {'the other tables' if train_is_odd else 'train'}; "
            "check that all have a header line and the same column names."
        )
    lacking = _missing_in("reference", raw, declarations)
    if lacking:
        raise Origin(raw["reference"].name, "reference").error(
            f"it lacks the column {shown(lacking[0])}, which train and the release have; "
            "add it, or audit without this table."
        )


def _missing_in(
    role: TableRole, raw: Mapping[TableRole, RawTable], declarations: Declarations
) -> tuple[str, ...]:
    """Columns that would be audited if the holdout or the reference had them."""
    if role not in raw:
        return ()
    return tuple(
        name
        for name in raw["train"].columns
        if name in raw["synthetic"].columns
        and name not in raw[role].columns
        and name != declarations.entity
        and declarations.columns.get(name, DeclaredColumn()).role not in UNAUDITED
    )


def _missing_in_synthetic(
    raw: Mapping[TableRole, RawTable], declarations: Declarations
) -> tuple[str, ...]:
    return tuple(
        name
        for name in raw["train"].columns
        if name not in raw["synthetic"].columns and name != declarations.entity
    )


def _unshared(name: str, present: list[RawTable], declarations: Declarations) -> ColumnSpec:
    if name == declarations.entity:
        return entity_key(name)
    absent = [table.role for table in present if name not in table.columns]
    note = f"not compared: the column is missing in {' and '.join(absent)}"
    declared = declarations.columns.get(name)
    role = declared.role if declared and declared.role else Role.OTHER
    return ColumnSpec(name, Kind.CATEGORICAL, role, declared is not None, False, note)


def _parse(name: str, present: list[RawTable], declarations: Declarations) -> ParsedColumn:
    declared = declarations.columns.get(name, DeclaredColumn()).kind
    try:
        return parse_column([table.columns[name] for table in present], declared)
    except NotOfKindError as error:
        table = present[error.table]
        assert declared is not None
        values = "1 value" if error.count == 1 else f"{error.count} values"
        raise Origin(table.name, table.role).error(
            f"{values} of column {shown(name)} cannot be read as {declared.value}, as it is "
            f"declared{HOW_WRITTEN.get(declared, '')}; correct the table or the declaration."
        ) from None


def _recognise(
    present: list[RawTable], audited: list[tuple[ColumnSpec, ParsedColumn]]
) -> dict[str, tuple[str, CodeArray]]:
    """Find identifiers in audited columns: what they are, in words, and their codes, by name."""
    real_rows = sum(table.rows for table in present if table.role in ("train", "holdout"))
    found: dict[str, tuple[str, CodeArray]] = {}
    for spec, parsed in audited:
        parts = [table.columns[spec.name] for table in present]
        for pattern, codes in identifiers_in(parts, parsed, real_rows):
            name = f"{spec.name}.{pattern.name}"
            while name in present[0].columns:  # a column may be called so
                name += "_"
            found[name] = (f"{pattern.words} in {spec.name}", codes)
    return found


def _insist_on_something_to_audit(schema: Schema) -> None:
    if not schema.audited:
        raise InputError(
            "No column is left to audit: every shared column is an identifier or ignored; "
            "declare the role of at least one column in the policy."
        )


def _split_by_table(
    present: list[RawTable],
    parsed: list[ParsedColumn],
    identifiers: Mapping[str, CodeArray],
    entity: str | None,
) -> dict[TableRole, Table]:
    entities = _entities(present, entity)
    ends = np.cumsum([table.rows for table in present])
    tables: dict[TableRole, Table] = {}
    for table, end in zip(present, ends, strict=True):
        part = slice(int(end) - table.rows, int(end))
        tables[table.role] = Table(
            role=table.role,
            rows=table.rows,
            codes=tuple(column.codes[part] for column in parsed),
            numbers=tuple(
                None if column.numbers is None else column.numbers[part] for column in parsed
            ),
            entity=entities[table.role],
            identifiers={name: codes[part] for name, codes in identifiers.items()},
        )
    return tables


def _entities(present: list[RawTable], key: str | None) -> dict[TableRole, CodeArray]:
    """Number the entities of all real tables; without a key every row is one of its own.

    The numbers are drawn at random, because keys are often given out in order of time or place,
    and rows stand in an order: an attack must not be able to tell by them who is a member.
    """
    if key is None:
        real, rows = present, sum(table.rows for table in present)
        codes = np.arange(rows, dtype=np.int64)
    else:
        for table in present:
            if table.role in ("train", "holdout"):
                _insist_on_key(table, key)
        real = [t for t in present if key in t.columns and t.role != "synthetic"]
        codes = parse_column([table.columns[key] for table in real]).codes
    numbers = generator_for(0, "entities").permutation(int(codes.max()) + 1)
    # a reference row without a key is nobody's: -1 stays -1
    drawn = np.append(numbers, -1)[codes]
    parts = np.split(drawn, np.cumsum([table.rows for table in real])[:-1])
    nobody = {table.role: np.full(table.rows, -1, dtype=np.int64) for table in present}
    return nobody | {table.role: part for table, part in zip(real, parts, strict=True)}


def _insist_on_key(table: RawTable, key: str) -> None:
    origin = Origin(table.name, table.role)
    if key not in table.columns:
        raise origin.error(
            f"the entity key {shown(key)} is missing; add the column, so that it is known which "
            "rows are one person's."
        )
    missing = table.columns[key].missing
    if missing:
        raise origin.error(
            f"{missing} row{'s have' if missing > 1 else ' has'} no value in the entity key "
            f"{shown(key)}; every row must say whose it is."
        )
