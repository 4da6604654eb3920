"""Like rows are brought together: a permutation, halved where the values allow."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reidaudit.neighbours.alike import lay_out, sort_alike
from reidaudit.neighbours.rough import WIDTH

ONE = 1_000


def sorted_alike(cells: np.ndarray, words: int) -> np.ndarray:
    rows, values = np.arange(len(cells)), np.empty(len(cells), dtype=np.int32)
    sort_alike(np.ascontiguousarray(cells, dtype=np.int32), words, np.int32(ONE), rows, values)
    return rows


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 700),
    columns=st.integers(1, 3),
    levels=st.sampled_from([1, 2, 5, 1_000]),
    seed=st.integers(0, 999),
)
def test_every_row_has_one_place(rows: int, columns: int, levels: int, seed: int) -> None:
    cells = np.random.default_rng(seed).integers(0, levels, (rows, columns))
    assert sorted(sorted_alike(cells, columns // 2)) == list(range(rows))


@given(seed=st.integers(0, 999), blocks=st.sampled_from([2, 4, 8]))
def test_a_column_of_distinct_numbers_is_cut_as_if_it_were_sorted(seed: int, blocks: int) -> None:
    cells = np.random.default_rng(seed).permutation(blocks * WIDTH)[:, None]
    values = cells[sorted_alike(cells, 0), 0].reshape(blocks, WIDTH)
    np.testing.assert_array_equal(
        np.sort(values, axis=1), np.arange(blocks * WIDTH).reshape(blocks, WIDTH)
    )


def test_a_cut_falls_between_two_values_where_it_can() -> None:
    """A code that stands in two blocks would open both of them for everybody who has it."""
    cells = np.random.default_rng(0).permutation(np.repeat([3, 5, 8], [WIDTH, 2 * WIDTH, WIDTH]))
    values = cells[sorted_alike(cells[:, None], 1)].reshape(-1, WIDTH)
    assert (values == values[:, :1]).all()


def test_the_last_block_is_filled_up_with_the_last_row() -> None:
    cells = np.arange(2 * (WIDTH + 3), dtype=np.int32).reshape(-1, 2)
    order = np.arange(len(cells))[::-1].copy()
    blocks = np.empty((2, 2, WIDTH), dtype=np.int32)
    lay_out(cells, order, blocks)
    np.testing.assert_array_equal(blocks[0].T, cells[::-1][:WIDTH])
    np.testing.assert_array_equal(blocks[1].T[:3], cells[:3][::-1])
    assert (blocks[1].T[3:] == cells[0]).all()
