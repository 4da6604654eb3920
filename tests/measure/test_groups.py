"""Groups are formed from the pool alone, and their names quote nobody's values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reidaudit.attack import Case
from reidaudit.attempts import make_case
from reidaudit.data.declared import Declarations
from reidaudit.data.read import read_table
from reidaudit.data.tables import build_tables
from reidaudit.measure.groups import groups_of
from reidaudit.vocabulary import Role


def people(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "income": rng.lognormal(3, 1, rows),
            "height": rng.normal(170, 10, rows),
            "town": rng.choice(["Aix", "Bern", "Cork"], rows, p=[0.6, 0.37, 0.03]),
            "code": rng.integers(0, 60, rows).astype(str),
        }
    )


def case_of(rows: int, quasi: tuple[str, ...] = (), sensitive: tuple[str, ...] = ()) -> Case:
    rng = np.random.default_rng(1)
    raw = {role: read_table(people(rows, rng), role) for role in ("train", "synthetic", "holdout")}  # type: ignore[arg-type]
    declared = Declarations().with_role(quasi, Role.QUASI_IDENTIFIER)
    declared = declared.with_role(sensitive, Role.SENSITIVE)
    return make_case(build_tables(raw, declared), 0, 1)[0]  # type: ignore[arg-type]


def test_rarity_groups_are_equally_large_and_go_from_dense_to_sparse() -> None:
    case = case_of(1000)
    rarity = [group for group in groups_of(case) if group.name.startswith("rarity")]
    assert len(rarity) == 10
    assert sum(group.among.sum() for group in rarity) == case.n_targets
    assert {int(group.among.sum()) for group in rarity} == {200}
    distance = case.neighbours("gower", "pool", k=5).distance.mean(axis=1)
    typical = [distance[group.among].mean() for group in rarity]
    assert typical == sorted(typical)


def test_categories_with_few_levels_form_groups_and_those_with_many_do_not() -> None:
    case = case_of(1000)
    groups = [group for group in groups_of(case) if not group.name.startswith("rarity")]
    assert [group.name for group in groups] == [
        f"people with the {place}most common value of town" for place in ("", "2nd ", "3rd ")
    ]
    sizes = [int(group.among.sum()) for group in groups]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == case.n_targets


def test_no_group_is_named_by_a_value() -> None:
    told = " ".join(group.name for group in groups_of(case_of(1000)))
    assert not any(town in told for town in ("Aix", "Bern", "Cork"))


def test_only_quasi_identifiers_form_groups_where_they_are_declared() -> None:
    groups = groups_of(case_of(1000, quasi=("income",)))
    assert {group.name.split()[0] for group in groups} == {"rarity"}


def test_a_declared_secret_forms_groups_too() -> None:
    """How often each of its own levels is guessed shows which of them leaks."""
    groups = groups_of(case_of(1000, quasi=("income",), sensitive=("town",)))
    assert sum(group.name.endswith("of town") for group in groups) == 3


@pytest.mark.parametrize("rows", [1, 2, 50, 150])
def test_small_pools_have_no_rarity_groups(rows: int) -> None:
    assert not any(group.name.startswith("rarity") for group in groups_of(case_of(rows)))
