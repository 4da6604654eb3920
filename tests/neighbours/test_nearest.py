"""The k nearest rows against brute force, however the work is cut up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neighbour_oracle import Shape, brute_nearest, constants, shapes, tables_of, tilings

from reidaudit.encoding import EncodedTable
from reidaudit.neighbours import nearest

ORDINARY = Shape(30, 200, 3, 3, 3, 10_000, 0.1, 0)


def check(
    queries: EncodedTable,
    index: EncodedTable,
    k: int,
    groups: tuple[Any, Any] | None = None,
    workers: int = 1,
) -> None:
    found = nearest(queries, index, k=k, groups=groups, workers=workers)
    distance, row, ties = brute_nearest(queries, index, k, groups)
    np.testing.assert_array_equal(found.distance, distance)
    np.testing.assert_array_equal(found.row, row)
    np.testing.assert_array_equal(found.ties, ties)


@settings(max_examples=100, deadline=None)
@given(shape=shapes, k=st.integers(1, 7), tiling=tilings)
def test_distances_and_ties_are_those_of_brute_force(
    shape: Shape, k: int, tiling: dict[str, float]
) -> None:
    with constants(**tiling):
        check(*tables_of(shape), k)


@settings(max_examples=100, deadline=None)
@given(shape=shapes, k=st.integers(1, 4), tiling=tilings, people=st.integers(1, 6))
def test_rows_of_ones_own_group_are_no_neighbours(
    shape: Shape, k: int, tiling: dict[str, float], people: int
) -> None:
    queries, index = tables_of(shape)
    rng = np.random.default_rng(shape.seed)
    groups = tuple(rng.integers(0, people, table.rows) for table in (queries, index))
    with constants(**tiling):
        check(queries, index, k, groups)  # type: ignore[arg-type]


@settings(max_examples=15, deadline=None)
@given(shape=shapes, workers=st.sampled_from([2, 3]), tiling=tilings)
def test_workers_do_not_change_the_answer(
    shape: Shape, workers: int, tiling: dict[str, float]
) -> None:
    with constants(**tiling):
        check(*tables_of(shape), 2, workers=workers)


def test_a_table_against_itself_without_the_own_row() -> None:
    queries, _ = tables_of(Shape(60, 1, 2, 2, 3, 5, 0.2, 4))
    own = np.arange(queries.rows)
    check(queries, queries, 5, (own, own))


def test_everybody_of_one_group_has_no_neighbour() -> None:
    queries, _ = tables_of(Shape(9, 1, 1, 1, 2, 2, 0.0, 1))
    found = nearest(queries, queries, k=3, groups=(np.zeros(9, int), np.zeros(9, int)))
    assert np.isinf(found.distance).all()
    assert (found.ties == 0).all()


@pytest.mark.parametrize("k", [1, 4])
def test_one_row_against_one_row(k: int) -> None:
    for seed in range(20):
        check(*tables_of(Shape(1, 1, 1, 1, 2, 2, 0.3, seed)), k)


def test_k_larger_than_the_index_is_filled_with_infinity() -> None:
    queries, index = tables_of(Shape(4, 3, 1, 1, 2, 5, 0.0, 0))
    found = nearest(queries, index, k=5)
    assert np.isfinite(found.distance[:, :3]).all()
    assert np.isinf(found.distance[:, 3:]).all()


def test_an_index_of_several_runs_and_queries_of_several_blocks() -> None:
    check(*tables_of(Shape(150, 9_000, 2, 2, 5, 10_000, 0.05, 3)), 3)


@pytest.mark.parametrize(("words", "numbers"), [(300, 0), (290, 2), (0, 300)])
def test_more_columns_than_a_byte_can_count(words: int, numbers: int) -> None:
    queries, index = tables_of(Shape(6, 30, words, numbers, 60, 7, 0.1, 5))
    check(queries, index, 3)
    assert nearest(queries, index).distance.max() > 255 or not words


def test_words_of_every_width() -> None:
    for word_type in (np.uint8, np.uint16, np.uint32):
        check(*tables_of(Shape(20, 90, 3, 1, 4, 9, 0.1, 6), word_type), 3)


def test_distances_rise_and_swapping_rows_changes_nothing() -> None:
    queries, index = tables_of(ORDINARY)
    found = nearest(queries, index, k=5)
    assert (np.diff(found.distance, axis=1) >= 0).all()
    shuffled = index.take(np.random.default_rng(0).permutation(index.rows))
    again = nearest(queries, shuffled, k=5)
    np.testing.assert_array_equal(found.distance, again.distance)
    np.testing.assert_array_equal(found.ties, again.ties)


def test_missing_is_a_level_of_its_own() -> None:
    one = 1 << 20
    values = np.array([0, one, 2 * one], dtype=np.int32)
    table = EncodedTable(3, one, (), (values,), (), (0,))
    own = np.arange(3)
    found = nearest(table, table, k=2, groups=(own, own))
    # missing lies one unit from everything that is there, and at no distance from missing
    np.testing.assert_array_equal(found.distance, [[1.0, 1.0]] * 3)
    assert nearest(table, table).distance[2, 0] == 0.0


def test_inputs_are_not_written_to() -> None:
    queries, index = tables_of(ORDINARY)
    for array in (*queries.words, *queries.numbers, *index.words, *index.numbers):
        array.flags.writeable = False
    check(queries, index, 2)
