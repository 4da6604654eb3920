"""Histograms of distances hold everybody, and show nobody."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reidaudit
from reidaudit.data.small_counts import FEWEST_TOLD
from reidaudit.report.distances import _bins
from reidaudit.report.report import Report

distances_of_people = st.lists(
    st.sampled_from([0.0, 0.1, 0.25, 1.0]) | st.floats(0, 1e6), min_size=1, max_size=80
)


@pytest.fixture(scope="module")
def report() -> Report:
    rng = np.random.default_rng(3)
    tables = [pd.DataFrame(rng.normal(size=(400, 4)), columns=list("abcd")) for _ in range(3)]
    train, holdout, release = tables
    release = pd.concat([release, train[:40]])
    attacks = ["nearest_neighbour.dcr", "disclosure.exact_copy"]
    return reidaudit.audit(train, release, holdout, attacks=attacks, permutations=100)


def test_copies_stand_in_the_bin_of_distance_zero(report: Report) -> None:
    (held,) = report.model.distances
    assert held.bins[0].up_to == 0
    assert (held.bins[0].members, held.bins[0].controls) == (40, 0)


def test_bins_follow_one_another_and_the_last_is_open(report: Report) -> None:
    (held,) = report.model.distances
    ends = [part.up_to for part in held.bins]
    assert ends[-1] is None
    assert ends[:-1] == sorted(end for end in ends if end is not None)


@given(distances_of_people, distances_of_people)
def test_no_few_people_are_counted_and_none_can_be_subtracted(
    members: list[float], controls: list[float]
) -> None:
    bins = _bins(np.array(members), np.array(controls))
    for everybody, counts in (
        (len(members), [part.members for part in bins]),
        (len(controls), [part.controls for part in bins]),
    ):
        shown = [count for count in counts if count is not None]
        assert all(count == 0 or count >= FEWEST_TOLD for count in shown)
        assert sum(shown) <= everybody
        if None not in counts:
            assert sum(shown) == everybody
        elif any(shown):
            assert counts.count(None) >= 2
