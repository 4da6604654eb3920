"""Neighbours and guesses as attacks ask a case for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from reidaudit.attack import Case, Place
from reidaudit.attempts import make_case
from reidaudit.data.declared import Declarations, DeclaredColumn
from reidaudit.data.read import TableRole, read_table
from reidaudit.data.tables import build_tables
from reidaudit.errors import PluginError
from reidaudit.neighbours import nearest
from reidaudit.testing_tables import example_case


def case_of(train: Any, holdout: Any, synthetic: Any, **tolerances: float) -> Case:
    frames: dict[TableRole, Any] = {"train": train, "holdout": holdout, "synthetic": synthetic}
    raw = {role: read_table(pd.DataFrame(frame), role) for role, frame in frames.items()}
    columns = {name: DeclaredColumn(tolerance=value) for name, value in tolerances.items()}
    return make_case(build_tables(raw, Declarations(columns)), seed=0, workers=1)[0]


def test_asking_for_more_neighbours_later_agrees_with_what_was_said_before() -> None:
    case, _ = example_case("half copied", 0)
    first = case.neighbours("gower", "release")
    more = case.neighbours("gower", "release", k=9)
    again = case.neighbours("gower", "release")
    assert more.distance.shape == (case.n_targets, 9)
    np.testing.assert_array_equal(first.distance, more.distance[:, :1])
    np.testing.assert_array_equal(first.distance, again.distance)
    np.testing.assert_array_equal(first.ties, more.ties)


@pytest.mark.parametrize("place", ["release", "pool"])
def test_neighbours_on_some_columns_are_those_in_tables_with_no_others(place: Place) -> None:
    case, _ = example_case("half copied", 0)
    some = (0, len(case.schema.audited) - 1)
    found = case.neighbours("gower", place, k=3, columns=some)
    tables = case.encoded("gower")
    groups = (case.entities, case.entities) if place == "pool" else None
    expected = nearest(tables["pool"].only(some), tables[place].only(some), k=3, groups=groups)
    np.testing.assert_array_equal(found.distance, expected.distance)
    np.testing.assert_array_equal(found.row, expected.row)
    on_all = case.neighbours("gower", place, k=3)
    assert (on_all.distance > found.distance).any()


@pytest.mark.parametrize("k", [0, -1])
def test_no_neighbours_cannot_be_asked_for(k: int) -> None:
    with pytest.raises(PluginError, match="1 or more"):
        example_case("half copied", 0)[0].neighbours("gower", "pool", k=k)


def test_in_the_pool_nobody_is_their_own_neighbour() -> None:
    case, _ = example_case("many_rows_per_person", 0)
    encoded = case.encoded("gower")["pool"]
    distance = case.neighbours("gower", "pool", k=1).distance[:, 0]
    own = np.array([len(np.unique(case.entities[case.entities == e])) for e in case.entities])
    assert (own == 1).all()
    for target in range(0, case.n_targets, 29):
        others = case.entities != case.entities[target]
        total = sum((words != words[target]).astype(np.int64) * encoded.one
                    for words in encoded.words)  # fmt: skip
        for numbers in encoded.numbers:
            places = numbers.astype(np.int64)
            total = total + np.minimum(np.abs(places - places[target]), encoded.one)
        assert distance[target] == total[others].min() / encoded.one


def test_a_code_for_unknown_does_not_make_every_guess_right() -> None:
    """One row in ten says 9999, far outside what the other 60 values span."""
    rng = np.random.default_rng(0)

    def table() -> dict[str, Any]:
        values = rng.integers(0, 60, 200)
        values[rng.random(200) < 0.1] = 9999
        return {"code": values, "noise": rng.normal(size=200)}

    case = case_of(table(), table(), table())
    right = case.guesses([0], [1])[0].chance
    assert right.mean() < 0.3


@pytest.mark.parametrize("tolerance", [0.05, 0.5, 1.0])
def test_missing_is_never_near_enough_to_a_number(tolerance: float) -> None:
    """Few rows at the ends: the span of the middle may be as large as the whole range."""
    rng = np.random.default_rng(1)
    there = {"value": rng.choice([0.0, 1.0, 2.0, 3.0], 60, p=[0.4, 0.1, 0.1, 0.4])}
    there["noise"] = rng.normal(size=60)
    gone = {"value": np.full(60, np.nan), "noise": there["noise"]}
    holdout = {"value": there["value"][::-1], "noise": rng.normal(size=60)}
    case = case_of(there, holdout, gone, value=tolerance)
    assert case.guesses([0], [1])[0].chance.max() == 0.0


def test_guessing_nothing_gives_nothing() -> None:
    case, _ = example_case("half copied", 0)
    assert dict(case.guesses([], [0, 1])) == {}


def test_what_is_shared_between_attacks_cannot_be_written_to() -> None:
    case, _ = example_case("half copied", 0)
    shared = [
        case.entities,
        *case.pool.codes,
        *case.release.codes,
        *case.encoded("gower")["release"].words,
        *case.encoded("gower")["pool"].numbers,
        case.neighbours("gower", "release").distance,
        case.neighbours("gower", "release").ties,
        case.keys()[0].whole,
        case.keys()[1].numbers[0],
    ]
    for array in shared:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
