"""The validated tables of one audit: the same columns everywhere, every value a code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reidaudit.data.kinds import CodeArray, FloatArray, NotOfKindError, ParsedColumn, parse_column
from reidaudit.data.read import RawTable, TableRole
from reidaudit.data.schema import ColumnSpec, Declarations, Schema, specify
from reidaudit.errors import InputError
from reidaudit.vocabulary import Kind, Role

TABLE_ORDER: tuple[TableRole, ...] = ("train", "holdout", "synthetic", "reference")


@dataclass(frozen=True)
class Table:
    """A table whose audited columns have been read.

    ``codes[j]`` (int64, shape (rows,)) of audited column j are equal exactly where the canonical
    values are equal, across all tables of the audit; -1 is missing. ``numbers[j]`` (float64, NaN
    where missing) is None for columns without numbers. ``entity`` (int64) says whose row it is.
    """

    role: TableRole
    rows: int
    codes: tuple[CodeArray, ...]
    numbers: tuple[FloatArray | None, ...]
    entity: CodeArray


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
        If no column of train stands in the release, or a declared kind is impossible.
    UsageError
        If a declaration names an unknown column.
    """
    declarations.check_names(raw["train"].columns)
    present = [raw[role] for role in TABLE_ORDER if role in raw]
    shared, notes = _shared_columns(present, raw, declarations)
    columns: list[ColumnSpec] = []
    parsed_columns: list[ParsedColumn] = []
    disagreements: list[str] = []
    for name, train_column in raw["train"].columns.items():
        if name not in shared:
            columns.append(_unshared(name, raw, declarations))
            continue
        parsed = _parse(name, present, declarations)
        spec = specify(name, parsed, train_column, declarations)
        columns.append(spec)
        if spec.audited:
            parsed_columns.append(parsed)
            disagreements += [f"{name!r} {parsed.disagreement}"] if parsed.disagreement else []
    schema = Schema(tuple(columns), declarations.entity)
    _insist_on_something_to_audit(schema)
    tables = _split_by_table(present, parsed_columns, declarations.entity)
    return Tables(
        schema,
        tables["train"],
        tables["synthetic"],
        tables.get("holdout"),
        tables.get("reference"),
        disagreements=tuple(disagreements),
        **notes,
    )


def _shared_columns(
    present: list[RawTable], raw: Mapping[TableRole, RawTable], declarations: Declarations
) -> tuple[set[str], dict[str, tuple[str, ...]]]:
    train, synthetic = raw["train"].columns, raw["synthetic"].columns
    holdout = raw["holdout"].columns if "holdout" in raw else train
    shared = set(train).intersection(*(table.columns for table in present))
    if not shared:
        raise InputError(
            f"{raw['synthetic'].name} (synthetic): it shares no column with train; "
            "check that both have a header line and the same delimiter."
        )
    notes = {
        "missing_in_holdout": tuple(name for name in train if name not in holdout),
        "missing_in_synthetic": tuple(
            name for name in train if name not in synthetic and name != declarations.entity
        ),
        "only_in_synthetic": tuple(name for name in synthetic if name not in train),
    }
    return shared, notes


def _unshared(
    name: str, raw: Mapping[TableRole, RawTable], declarations: Declarations
) -> ColumnSpec:
    if name == declarations.entity:
        note = "the entity key: says whose row it is, and is not itself compared"
        return ColumnSpec(name, Kind.IDENTIFIER, Role.IGNORE, True, False, note)
    absent = [role for role in TABLE_ORDER if role in raw and name not in raw[role].columns]
    note = f"not compared: the column is missing in {' and '.join(absent)}"
    declared = declarations.columns.get(name)
    role = declared.role if declared and declared.role else Role.OTHER
    return ColumnSpec(name, Kind.CATEGORICAL, role, declared is not None, False, note)


def _parse(name: str, present: list[RawTable], declarations: Declarations) -> ParsedColumn:
    declared = declarations.columns.get(name)
    try:
        return parse_column(
            [table.columns[name] for table in present], declared.kind if declared else None
        )
    except NotOfKindError as error:
        table = present[error.table]
        assert declared is not None
        assert declared.kind is not None
        raise InputError(
            f"{table.name} ({table.role}): {error.count} values of column {name!r} are not "
            f"{declared.kind.value}, as the policy declares; correct the table or the policy."
        ) from None


def _insist_on_something_to_audit(schema: Schema) -> None:
    if not schema.audited:
        raise InputError(
            "No column is left to audit: every shared column is an identifier or ignored; "
            "declare the role of at least one column in the policy."
        )


def _split_by_table(
    present: list[RawTable], parsed: list[ParsedColumn], entity: str | None
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
        )
    return tables


def _entities(present: list[RawTable], key: str | None) -> dict[TableRole, CodeArray]:
    """Number the entities of all real tables; without a key every row is one of its own."""
    if key is None:
        starts = np.cumsum([0] + [table.rows for table in present])
        return {
            table.role: np.arange(start, start + table.rows, dtype=np.int64)
            for table, start in zip(present, starts[:-1], strict=True)
        }
    keyed = [table for table in present if key in table.columns and table.role != "synthetic"]
    for table in present:
        if table.role in ("train", "holdout") and table not in keyed:
            raise InputError(f"{table.name} ({table.role}): the entity key {key!r} is missing.")
    for table in keyed:
        missing = int(pd.isna(table.columns[key]).sum())
        if missing:
            raise InputError(
                f"{table.name} ({table.role}): {missing} rows have no value in the entity key "
                f"{key!r}; every row must say whose it is."
            )
    codes = parse_column([table.columns[key] for table in keyed]).codes
    parts = np.split(codes, np.cumsum([table.rows for table in keyed])[:-1])
    entities = {table.role: part for table, part in zip(keyed, parts, strict=True)}
    nobody = {table.role: np.full(table.rows, -1, dtype=np.int64) for table in present}
    return nobody | entities
