"""Guesses from the nearest rows against brute force, for targets known and unknown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neighbour_oracle import Shape, brute_guess, constants, shapes, tables_of, tilings

from reidaudit.encoding import EncodedTable
from reidaudit.neighbours import guess_from_nearest


def check(
    queries: EncodedTable,
    index: EncodedTable,
    known: list[int],
    targets: dict[int, int],
    workers: int = 1,
) -> None:
    found = guess_from_nearest(queries, index, known=known, targets=targets, workers=workers)
    expected = brute_guess(queries, index, known, targets)
    assert list(found) == list(targets)
    for column in targets:
        np.testing.assert_allclose(found[column].chance, expected[column], rtol=0, atol=1e-12)


@st.composite
def searches(draw: Any) -> tuple[EncodedTable, EncodedTable, list[int], dict[int, int]]:
    queries, index = tables_of(draw(shapes))
    columns = sorted((*index.word_columns, *index.number_columns))
    known = draw(st.lists(st.sampled_from(columns), unique=True))
    tolerance = st.sampled_from([0, 1, index.one // 20, index.one // 2])
    targets = draw(st.dictionaries(st.sampled_from(columns), tolerance, min_size=1))
    return (
        queries,
        index,
        known,
        {
            column: 0 if column in index.word_columns else within
            for column, within in targets.items()
        },
    )


@settings(max_examples=120, deadline=None)
@given(search=searches(), tiling=tilings)
def test_guesses_are_those_of_brute_force(search: Any, tiling: dict[str, float]) -> None:
    with constants(**tiling):
        check(*search)


@settings(max_examples=15, deadline=None)
@given(search=searches(), tiling=tilings, workers=st.sampled_from([2, 3]))
def test_workers_do_not_change_the_guesses(
    search: Any, tiling: dict[str, float], workers: int
) -> None:
    with constants(**tiling):
        check(*search, workers=workers)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_column_from_all_the_others_over_several_runs(workers: int) -> None:
    queries, index = tables_of(Shape(130, 6_000, 3, 3, 4, 10_000, 0.1, 8))
    columns = sorted((*index.word_columns, *index.number_columns))
    tolerances = {
        column: 0 if column in index.word_columns else index.one // 20 for column in columns
    }
    check(queries, index, columns, tolerances, workers)


def test_a_known_target_is_left_out_of_its_own_distance() -> None:
    """Row 0 of the index is nearer with the target counted, row 1 without it."""
    one = 1 << 20
    queries = EncodedTable(
        1, one, (np.array([7], np.uint8),), (np.array([0], np.int32),), (0,), (1,)
    )
    words, numbers = np.array([7, 8], np.uint8), np.array([one // 4, 0], np.int32)
    index = EncodedTable(2, one, (words,), (numbers,), (0,), (1,))
    found = guess_from_nearest(queries, index, known=[0, 1], targets={0: 0})
    assert found[0].chance.tolist() == [0.0]
    with_itself = guess_from_nearest(queries, index, known=[0], targets={1: one // 8})
    assert with_itself[1].chance.tolist() == [0.0]


def test_ties_are_broken_by_chance() -> None:
    one = 1 << 20
    queries = EncodedTable(1, one, tuple(np.array([[5], [1]], np.uint8)), (), (0, 1), ())
    index = EncodedTable(
        4, one, tuple(np.array([[5, 5, 5, 6], [1, 1, 2, 1]], np.uint8)), (), (0, 1), ()
    )
    found = guess_from_nearest(queries, index, known=[0], targets={1: 0})
    assert found[1].chance.tolist() == pytest.approx([2 / 3])


def test_who_knows_nothing_guesses_by_the_shares_of_the_release() -> None:
    queries, index = tables_of(Shape(10, 60, 2, 0, 3, 1, 0.0, 2))
    column = index.word_columns[0]
    found = guess_from_nearest(queries, index, known=[], targets={column: 0})
    expected = [float((index.words[0] == value).mean()) for value in queries.words[0]]
    assert found[column].chance.tolist() == pytest.approx(expected)


def test_a_single_column_known_and_guessed() -> None:
    for words, numbers in ((1, 0), (0, 1)):
        queries, index = tables_of(Shape(8, 25, words, numbers, 3, 4, 0.2, 1))
        check(queries, index, [0], {0: 0})


def test_more_word_columns_than_a_byte_can_count() -> None:
    queries, index = tables_of(Shape(4, 20, 280, 2, 40, 7, 0.1, 5))
    columns = [*index.word_columns[:3], *index.number_columns]
    everything = sorted((*index.word_columns, *index.number_columns))
    check(queries, index, everything, dict.fromkeys(columns, 0))


def test_missing_is_guessed_right_only_for_missing() -> None:
    one = 1 << 20
    values = np.array([2 * one, one], np.int32)
    queries = EncodedTable(2, one, (), (values,), (), (0,))
    index = EncodedTable(1, one, (), (values[:1],), (), (0,))
    found = guess_from_nearest(queries, index, known=[], targets={0: one // 20})
    assert found[0].chance.tolist() == [1.0, 0.0]
