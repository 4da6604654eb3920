"""Keys of rows are equal exactly where the rows are."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.data.canonical import row_keys


def columns(rows: list[list[int]]) -> list[Any]:
    return [np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)]


@st.composite
def two_tables(draw: st.DrawFn) -> tuple[list[list[int]], list[list[int]]]:
    row = st.lists(st.integers(-1, 2), min_size=3, max_size=3)
    return draw(st.lists(row, min_size=1)), draw(st.lists(row, min_size=1))


@given(two_tables())
def test_keys_are_equal_exactly_where_rows_are(tables: Any) -> None:
    left, right = tables
    left_keys, right_keys = row_keys(columns(left), columns(right))
    for key, row in zip(left_keys.whole, left, strict=True):
        same = [row == other for other in right]
        np.testing.assert_array_equal(right_keys.whole == key, same)


@given(two_tables(), st.integers(0, 2))
def test_a_column_can_be_left_out(tables: Any, column: int) -> None:
    left, right = tables
    left_keys, right_keys = (keys.without(column) for keys in row_keys(*map(columns, tables)))
    for key, row in zip(left_keys, left, strict=True):
        same = [_but(row, column) == _but(other, column) for other in right]
        np.testing.assert_array_equal(right_keys == key, same)


def _but(row: list[int], column: int) -> list[int]:
    return row[:column] + row[column + 1 :]


def test_columns_do_not_stand_for_each_other() -> None:
    (keys,) = row_keys(columns([[0, 1], [1, 0]]))
    assert keys.whole[0] != keys.whole[1]


def test_a_column_without_values() -> None:
    left, right = row_keys(columns([[-1], [-1]]), columns([[-1]]))
    assert {*left.whole} == {*right.whole}


def test_a_million_keys_do_not_collide() -> None:
    codes = np.arange(1_000_000)
    (keys,) = row_keys([codes // 1000, codes % 1000])
    assert len(np.unique(keys.whole)) == 1_000_000
