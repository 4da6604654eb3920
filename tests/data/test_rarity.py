"""What it is worth to guess a value: by hand, and what must hold whatever the values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.data.rarity import MOST_WORTH, worth_of

values = st.lists(st.integers(-1, 40), min_size=1, max_size=80).map(np.array)


def test_every_level_of_a_category_counts_alike() -> None:
    levels = np.array([0] * 60 + [1] * 30 + [2] * 10)
    worth = worth_of(levels, 0)
    assert [worth[levels == level].sum() for level in range(3)] == pytest.approx([100 / 3] * 3)


def test_a_very_rare_value_does_not_outweigh_all_others() -> None:
    levels = np.array([0] * 9_999 + [1])
    worth = worth_of(levels, 0)
    raw = np.array([1 / 9_999] * 9_999 + [1.0])
    capped = np.minimum(raw / raw.mean(), MOST_WORTH)
    assert worth == pytest.approx(capped / capped.mean())
    assert worth[-1] < 25


def test_numbers_are_weighed_by_how_many_lie_near() -> None:
    assert worth_of(np.array([0, 1, 2, 50]), 1) == pytest.approx(
        np.array([1 / 2, 1 / 3, 1 / 2, 1]) / np.mean([1 / 2, 1 / 3, 1 / 2, 1])
    )


@given(values=values, within=st.integers(0, 10))
def test_the_mean_is_one_and_the_order_of_people_does_not_matter(
    values: np.ndarray[tuple[int], np.dtype[np.int64]], within: int
) -> None:
    worth = worth_of(values, within)
    assert worth.mean() == pytest.approx(1.0)
    assert (worth > 0).all()
    order = np.random.default_rng(0).permutation(len(values))
    np.testing.assert_allclose(worth_of(values[order], within), worth[order])


def test_where_all_are_alike_all_count_alike() -> None:
    assert worth_of(np.full(7, 3), 0).tolist() == [1.0] * 7
    assert worth_of(np.arange(7), 0).tolist() == [1.0] * 7
