"""Linkability says what its definition says, looked up in all distances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_case import Array, case_of, outcomes_of, shares_of_range

from reidaudit.attack import Case
from reidaudit.data.declared import Declarations, DeclaredColumn
from reidaudit.vocabulary import Role
from reidaudit_attacks.column_parts import two_parts

LINKABILITY = "linkability.two_parts"


def people(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Two pairs of columns that depend on each other, and on nothing else."""
    age, town = rng.integers(20, 80, rows), rng.integers(0, 8, rows)
    return pd.DataFrame(
        {
            "age": age,
            "town": [f"town {place}" for place in town],
            "pension": age * 100 + rng.integers(0, 300, rows),
            "region": [f"region {place // 2}" for place in town],
        }
    )


def small_case(seed: int, copied: int = 0, declared: Declarations | None = None) -> Case:
    rng = np.random.default_rng(seed)
    train, holdout, release = people(rng, 60), people(rng, 50), people(rng, 80)
    release.iloc[:copied] = train.iloc[:copied]
    return case_of(train, release, holdout, declared)[0]


def distances_by_column(case: Case) -> dict[int, Array]:
    """Every target's distance to every release record, in each column."""
    apart: dict[int, Array] = {}
    for column, (own, other) in enumerate(
        zip(case.pool.numbers, case.release.numbers, strict=True)
    ):
        if own is None or other is None:
            codes, released = case.pool.codes[column], case.release.codes[column]
            apart[column] = (codes[:, None] != released[None]).astype(float)
        else:
            ours, theirs = shares_of_range(own[:, None], other[:, None])
            apart[column] = np.abs(ours - theirs.T)
    return {column: np.round(values, 7) for column, values in apart.items()}


def fixed_distances_by_column(case: Case) -> dict[int, Array]:
    """The same in fixed point, where one and the same step up and down may differ by a hair."""
    pool, release = (case.encoded("gower")[place] for place in ("pool", "release"))
    apart: dict[int, Array] = {}
    for column, own, other in zip(pool.word_columns, pool.words, release.words, strict=True):
        apart[column] = (own[:, None] != other) * np.int64(pool.one)
    for column, ours, theirs in zip(
        pool.number_columns, pool.numbers, release.numbers, strict=True
    ):
        apart[column] = np.minimum(np.abs(ours[:, None] - theirs), pool.one).astype(np.int64)
    return apart


@pytest.mark.parametrize("seed", range(4))
def test_linked_is_who_has_one_nearest_record_in_both_parts(seed: int) -> None:
    case = small_case(seed, copied=20)
    apart = distances_by_column(case)
    parts = two_parts(case.encoded("gower")["release"])
    assert parts is not None
    halves = [sum(apart[column] for column in part) for part in parts]
    nearest = [np.isclose(half, half.min(axis=1, keepdims=True), atol=1e-6) for half in halves]
    both = nearest[0] & nearest[1]
    chance = both.sum(axis=1) / (nearest[0].sum(axis=1) * nearest[1].sum(axis=1))
    found = outcomes_of(LINKABILITY, case)
    np.testing.assert_array_equal(found["nearest"].values, both.any(axis=1))
    np.testing.assert_allclose(found["one_of_tied"].values, chance)
    assert (found["among_ten"].values >= found["nearest"].values).all()


def test_ten_nearer_records_in_one_part_unlink() -> None:
    case = small_case(0, copied=10)
    apart = distances_by_column(case)
    parts = two_parts(case.encoded("gower")["release"])
    assert parts is not None
    candidate = case.neighbours("gower", "release").row[:, 0]
    nearer = [
        (half < half[np.arange(len(half)), candidate][:, None] - 1e-6).sum(axis=1)
        for half in (sum(apart[column] for column in part) for part in parts)
    ]
    found = outcomes_of(LINKABILITY, case)["among_ten"].values
    np.testing.assert_array_equal(found, np.maximum(*nearer) < 10)


def test_columns_that_depend_on_each_other_stay_together() -> None:
    release = small_case(0).encoded("gower")["release"]
    assert two_parts(release) == ((0, 2), (1, 3))


def test_parts_hold_every_column_once_in_wide_tables() -> None:
    rng = np.random.default_rng(0)
    frames = [pd.DataFrame(rng.integers(0, 5, (30, 90))).add_prefix("c") for _ in range(3)]
    parts = two_parts(case_of(*frames)[0].encoded("gower")["release"])
    assert parts is not None
    assert sorted(parts[0] + parts[1]) == list(range(90))


def test_a_crowd_of_lookalikes_does_not_hide_a_copy() -> None:
    """Each part of the copied record stands in the release a hundred times, the whole once."""

    def table(a: list[str], b: list[str]) -> pd.DataFrame:
        return pd.DataFrame({"a": a, "b": b})

    train = table(["x", "y", "y"], ["x", "y", "z"])
    release = table(["x"] * 101 + ["w"] * 100, ["w"] * 100 + ["x"] * 101)
    case, is_member = case_of(train, release, table(["v", "u", "y"], ["v", "u", "u"]))
    found = outcomes_of(LINKABILITY, case)
    copied = (case.pool.codes[0] == case.release.codes[0][100]) & is_member
    assert found["nearest"].values[copied].tolist() == [1.0]
    assert found["one_of_tied"].values[copied] == pytest.approx(1 / 101**2)


def test_declared_quasi_identifiers_against_the_rest_are_a_second_look() -> None:
    quasi = DeclaredColumn(role=Role.QUASI_IDENTIFIER)
    declared = Declarations({"age": quasi, "town": quasi})
    assert "quasi_identifiers" in outcomes_of(LINKABILITY, small_case(0, declared=declared))
    assert "quasi_identifiers" not in outcomes_of(LINKABILITY, small_case(0))


@pytest.mark.parametrize("held_apart", [((0,), (1,)), ((3,), (0, 2)), ((1, 2), (0, 3))])
@pytest.mark.parametrize("seed", range(3))
def test_parts_held_apart_are_joined_by_the_nearest_record_in_both(
    seed: int, held_apart: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    """Columns that nobody holds play no part, however far apart they are."""
    case = small_case(seed, copied=20)
    case = replace(case, schema=replace(case.schema, held_apart=held_apart))
    apart = fixed_distances_by_column(case)
    halves = [sum(apart[column] for column in part) for part in held_apart]
    nearest = [half == half.min(axis=1, keepdims=True) for half in halves]
    found = outcomes_of(LINKABILITY, case)["held_apart"]
    np.testing.assert_array_equal(found.values, (nearest[0] & nearest[1]).any(axis=1))
    assert found.bearing == "fail_only"


def test_parts_that_were_found_anyway_are_looked_at_once() -> None:
    case = small_case(0)
    parts = two_parts(case.encoded("gower")["release"])
    assert parts is not None
    declared = replace(case, schema=replace(case.schema, held_apart=(parts[1], parts[0])))
    assert list(outcomes_of(LINKABILITY, declared)) == list(outcomes_of(LINKABILITY, case))
