"""Rows stand below others without a copy of the table, column by column."""

from __future__ import annotations

import numpy as np

from reidaudit.stacked import Stacked


def test_each_column_is_whole_and_no_other_is_made() -> None:
    above = (np.array([1, 2]), None, np.array([0.5, np.nan]))
    below = (np.array([3]), None, np.array([2.5]))
    stacked: Stacked[object] = Stacked(above, below)
    assert len(stacked) == 3
    np.testing.assert_array_equal(stacked[0], [1, 2, 3])
    assert stacked[1] is None
    np.testing.assert_array_equal(stacked[-1], [0.5, np.nan, 2.5])
    assert [None if column is None else len(column) for column in stacked] == [3, None, 3]


def test_some_of_the_columns_stay_apart() -> None:
    above, below = (np.array([1]), np.array([2])), (np.array([3]), np.array([4]))
    (last,) = Stacked(above, below)[1:]
    np.testing.assert_array_equal(last, [2, 4])
    assert isinstance(Stacked(above, below)[1:], Stacked)
