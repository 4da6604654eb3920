"""Roles: what is inferred, slowly, and what is declared, which always wins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from reidaudit.data.declared import Declarations, DeclaredColumn
from reidaudit.data.kinds import parse_column
from reidaudit.data.read import read_table
from reidaudit.data.schema import ColumnSpec, Schema, specify
from reidaudit.errors import UsageError
from reidaudit.vocabulary import Kind, Role

ROWS = 40
RNG = np.random.default_rng(0)
UNIQUE = RNG.permutation(10 * ROWS)[:ROWS]


def spec_of(name: str, values: Any, **declared: Any) -> ColumnSpec:
    train = read_table(pd.DataFrame({name: values}), "train").columns[name]
    columns = {name: DeclaredColumn(**declared)} if declared else {}
    parsed = parse_column([train], columns[name].kind if declared else None)
    return specify(name, parsed, train, Declarations(columns))


class TestIdentifiers:
    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("contact", [f"p{i}@example.org" for i in UNIQUE]),
            ("key", [f"{i:08x}-0000-4000-8000-{i:012X}" for i in UNIQUE]),
            ("Surname", [f"Name{i}" for i in UNIQUE]),
            ("patientId", UNIQUE),
            ("customer_id", [f"C{i}" for i in UNIQUE]),
            ("phone", UNIQUE + 491_000_000),
        ],
    )
    def test_columns_that_name_people(self, name: str, values: Any) -> None:
        spec = spec_of(name, values)
        assert (spec.kind, spec.role) == (Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER)
        assert not spec.audited
        assert spec.note is not None

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("income", UNIQUE),
            ("paid", UNIQUE),
            ("diagnosis", [f"word{i}" for i in UNIQUE]),
            ("region_id", UNIQUE % 5),
            ("grid", UNIQUE * 1.5),
            ("name", ["Ann", "Bob"] * (ROWS // 2)),
            ("id", range(5, 14, 2)),
        ],
    )
    def test_columns_that_do_not(self, name: str, values: Any) -> None:
        assert spec_of(name, values).audited


class TestRowNumbers:
    @pytest.mark.parametrize("start", [0, 1, 17])
    def test_a_column_that_counts(self, start: int) -> None:
        spec = spec_of("x", np.arange(start, start + ROWS))
        assert (spec.role, spec.audited) == (Role.IGNORE, False)
        assert "row number" in str(spec.note)

    @pytest.mark.parametrize("name", ["unnamed_1", "Unnamed: 0", "index", "__index_level_0__"])
    def test_an_index_that_was_shuffled(self, name: str) -> None:
        assert not spec_of(name, UNIQUE).audited

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("x", UNIQUE),
            ("unnamed_1", UNIQUE % 7),
            ("index", UNIQUE * 1.5),
            ("few", [3, 4, 5]),
            ("gap", [np.nan, *range(ROWS)]),
            ("index", [np.inf, 2.0, 3.0]),
            ("day", pd.date_range("2024-01-01", periods=ROWS, freq="s")),
        ],
    )
    def test_other_columns(self, name: str, values: Any) -> None:
        assert spec_of(name, values).audited


class TestDeclared:
    def test_a_role_wins(self) -> None:
        spec = spec_of("patient_id", UNIQUE, role=Role.SENSITIVE)
        assert (spec.role, spec.audited, spec.declared) == (Role.SENSITIVE, True, True)

    def test_a_kind_wins(self) -> None:
        spec = spec_of("patient_id", UNIQUE, kind=Kind.NUMERIC)
        assert (spec.kind, spec.audited, spec.declared) == (Kind.NUMERIC, True, True)

    def test_a_declared_identifier(self) -> None:
        spec = spec_of("age", [30, 31], kind=Kind.IDENTIFIER)
        assert (spec.role, spec.audited) == (Role.DIRECT_IDENTIFIER, False)
        assert spec.note == "declared direct_identifier"

    @pytest.mark.parametrize("role", [Role.IGNORE, Role.DIRECT_IDENTIFIER])
    def test_what_no_attack_sees(self, role: Role) -> None:
        spec = spec_of("age", [30, 31], role=role)
        assert (spec.audited, spec.note) == (False, f"declared {role.value}")

    def test_a_tolerance(self) -> None:
        assert spec_of("age", [30, 31], tolerance=0.2).tolerance == 0.2

    def test_no_tolerance_at_all(self) -> None:
        assert spec_of("age", [30, 31], tolerance=0.0).tolerance == 0.0

    def test_the_entity_key_is_not_compared(self) -> None:
        train = read_table(pd.DataFrame({"p": [1, 2]}), "train").columns["p"]
        spec = specify("p", parse_column([train]), train, Declarations(entity="p"))
        assert (spec.role, spec.audited) == (Role.IGNORE, False)


class TestNames:
    def test_unknown_names_get_a_hint(self) -> None:
        declarations = Declarations({"incme": DeclaredColumn()})
        with pytest.raises(UsageError, match=r"'incme'.*did you mean 'income'\?"):
            declarations.check_names(["age", "income"])

    def test_a_policy_that_names_one_is_named_itself(self) -> None:
        declarations = Declarations(
            {"incme": DeclaredColumn()}, said_in={"incme": "policy (a.toml)"}
        )
        with pytest.raises(UsageError, match=r"^policy \(a\.toml\): train has no column 'incme'"):
            declarations.with_role(["age"], Role.SENSITIVE).check_names(["age", "income"])

    def test_the_entity_key_must_exist(self) -> None:
        with pytest.raises(UsageError, match="'person'.*check the spelling"):
            Declarations(entity="person").check_names(["age"])

    def test_a_role_is_added_to_what_was_declared(self) -> None:
        declarations = Declarations({"a": DeclaredColumn(kind=Kind.NUMERIC, tolerance=0.1)})
        column = declarations.with_role(["a", "b"], Role.SENSITIVE).columns
        assert column["a"] == DeclaredColumn(Kind.NUMERIC, Role.SENSITIVE, 0.1)
        assert column["b"] == DeclaredColumn(role=Role.SENSITIVE)


class TestSensitive:
    def schema(self, *roles: Role) -> Schema:
        columns = [
            ColumnSpec(str(i), Kind.NUMERIC, role, True, role is not Role.IGNORE)
            for i, role in enumerate(roles)
        ]
        return Schema(tuple(columns))

    def test_positions_count_only_audited_columns(self) -> None:
        schema = self.schema(Role.IGNORE, Role.OTHER, Role.SENSITIVE)
        assert schema.sensitive == (1,)

    def test_everything_is_sensitive_where_nothing_was_declared(self) -> None:
        assert self.schema(Role.IGNORE, Role.OTHER, Role.OTHER).sensitive == (0, 1)
