"""Roles are proposed by name and by how well a column tells people apart, and change nothing."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.data.declared import Declarations, DeclaredColumn
from reidaudit.data.read import read_table
from reidaudit.data.roles import Proposal, propose_roles, separation_of
from reidaudit.data.tables import build_tables
from reidaudit.vocabulary import Role


def proposed(frame: pd.DataFrame, declared: Declarations | None = None) -> dict[str, Proposal]:
    raw = {role: read_table(frame, role) for role in ("train", "synthetic")}  # type: ignore[arg-type]
    tables = build_tables(raw, declared or Declarations())  # type: ignore[arg-type]
    return {proposal.column: proposal for proposal in propose_roles(tables)}


@pytest.fixture
def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "homeTown": rng.choice(["Aarau", "Bern"], 200, p=[0.9, 0.1]),
            "birth_year": rng.integers(1930, 2000, 200),
            "main diagnosis": rng.choice(["gout", "none"], 200),
            "wardName": rng.choice([f"ward {place}" for place in range(9)], 200),
            "flag": rng.choice(["on", "off"], 200, p=[0.9, 0.1]),
            "flow": rng.normal(size=200),
        }
    )


def test_names_come_first_then_what_tells_people_apart(people: pd.DataFrame) -> None:
    found = proposed(people)
    assert {name: proposal.role for name, proposal in found.items()} == {
        "homeTown": Role.QUASI_IDENTIFIER,
        "birth_year": Role.QUASI_IDENTIFIER,
        "main diagnosis": Role.SENSITIVE,
        "wardName": Role.QUASI_IDENTIFIER,
    }
    assert "88 %" in found["wardName"].reason or "89 %" in found["wardName"].reason


def test_what_is_declared_is_not_proposed(people: pd.DataFrame) -> None:
    declared = Declarations({"wardName": DeclaredColumn(role=Role.OTHER)})
    assert "wardName" not in proposed(people, declared)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30))
def test_separation_is_the_share_of_pairs_that_differ(rows: list[int]) -> None:
    _, counts = np.unique(rows, return_counts=True)
    pairs = list(combinations(rows, 2))
    differing = sum(one != other for one, other in pairs) / len(pairs)
    assert separation_of(counts) == pytest.approx(differing)
