"""A planted case gives every attack what a case with the planted rows in its release would."""

from __future__ import annotations

import numpy as np
import pytest

from reidaudit.attack import Attack, Case
from reidaudit.attempts import attempt
from reidaudit.planted import plant
from reidaudit.plugins import load_attacks
from reidaudit.testing_tables import EXAMPLES, example_case

ATTACKS = load_attacks()


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_planted_rows_are_found_as_if_they_had_been_read(attack: Attack, name: str) -> None:
    case, _ = example_case(name, 0)
    rows = np.random.default_rng(1).permutation(case.n_targets)[:7]
    planted = plant(case, rows)
    read = Case(
        schema=planted.schema,
        pool=planted.pool,
        release=planted.release,
        entities=planted.entities,
        reference=planted.reference,
        identifiers=planted.identifiers,
    )
    merged, whole = attempt(attack, planted, 0), attempt(attack, read, 0)
    assert merged.error is None
    for ours, theirs in zip(merged.outcomes, whole.outcomes, strict=True):
        assert (ours.name, ours.bearing) == (theirs.name, theirs.bearing)
        np.testing.assert_array_equal(ours.values, theirs.values)


def test_planting_leaves_the_case_as_it_was() -> None:
    case, _ = example_case("fresh 0", 0)
    before = case.neighbours("gower", "release").distance.copy()
    rows = len(case.release.codes[0])
    planted = plant(case, np.arange(5))
    assert (planted.neighbours("gower", "release").distance[:5] == 0).all()
    assert len(planted.release.codes[0]) == rows + 5
    assert len(case.release.codes[0]) == rows
    np.testing.assert_array_equal(case.neighbours("gower", "release").distance, before)
