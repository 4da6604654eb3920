"""However a search is cut into tiles, and in whichever order they are merged: the same result."""

from __future__ import annotations

import random
import tracemalloc
import weakref
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neighbour_oracle import Shape, brute_nearest, constants, shapes, tables_of

from reidaudit.encoding import EncodedTable
from reidaudit.neighbours import Nearest, Packed, Threads, guess_from_nearest, nearest
from reidaudit.neighbours.blocks import cut_up
from reidaudit.neighbours.executor import CutIndexes, Tables
from reidaudit.neighbours.search import NearestRows
from reidaudit.neighbours.tiles import BYTES_OF_CELL, BYTES_OF_ROW, Merging, plan, rows_within
from reidaudit.stacked import Stacked


def insist_equal(one: Any, two: Any) -> None:
    for part in fields(one):
        np.testing.assert_array_equal(getattr(one, part.name), getattr(two, part.name))


def bytes_of_row(index: EncodedTable) -> int:
    """What a row of an index takes while it is cut up, if it is one of a part."""
    columns = len(index.words) + len(index.numbers)
    return BYTES_OF_ROW + columns * BYTES_OF_CELL


def random_groups(
    queries: EncodedTable, index: EncodedTable, people: int | None, seed: int
) -> tuple[Any, Any] | None:
    if people is None:
        return None
    rng = np.random.default_rng(seed)
    return rng.integers(0, people, queries.rows), rng.integers(0, people, index.rows)


@settings(max_examples=100, deadline=None)
@given(
    shape=shapes,
    k=st.integers(1, 7),
    queries_at_once=st.integers(1, 13),
    index_at_once=st.integers(1, 310),
    people=st.sampled_from([None, 1, 2, 6]),
)
def test_tiles_merged_in_any_order_are_brute_force(
    shape: Shape, k: int, queries_at_once: int, index_at_once: int, people: int | None
) -> None:
    queries, index = tables_of(shape)
    groups = random_groups(queries, index, people, shape.seed)
    tables, cut, question = Tables(queries, index, groups, "index"), CutIndexes(), NearestRows(k)
    planned = plan(
        queries.rows, index.rows, queries_at_once=queries_at_once, index_at_once=index_at_once
    )
    tiles = [tile for some in planned for tile in some]
    random.Random(shape.seed).shuffle(tiles)
    apart, narrowed = Merging[Nearest](), Merging[Nearest]()
    for tile in tiles:
        apart.add([tile], [question.answer(tables.open(tile, cut))])
        so_far = narrowed.so_far(tile)
        narrowed.add([tile], [question.answer(tables.open(tile, cut), so_far)])
    expected = Nearest(*brute_nearest(queries, index, k, groups))
    insist_equal(apart.result(), expected)
    insist_equal(narrowed.result(), expected)


@settings(max_examples=60, deadline=None)
@given(shape=shapes, k=st.integers(1, 4), pieces=st.integers(2, 4))
def test_merging_is_associative_and_commutative(shape: Shape, k: int, pieces: int) -> None:
    queries, index = tables_of(shape)
    bounds = np.linspace(0, index.rows, pieces + 1).astype(int)
    parts = [
        nearest(queries, index.between(start, stop), k=k).counted_from(start)
        for start, stop in zip(bounds[:-1], bounds[1:], strict=True)
        if start < stop
    ]
    whole = nearest(queries, index, k=k)
    from_left, from_right = parts[0], parts[-1]
    for part in parts[1:]:
        from_left = from_left.merged(part)
    for part in reversed(parts[:-1]):
        from_right = from_right.merged(part)
    insist_equal(from_left, whole)
    insist_equal(from_right, whole)


@settings(max_examples=40, deadline=None)
@given(
    shape=shapes,
    index_at_once=st.integers(1, 310),
    queries_at_once=st.integers(1, 13),
    workers=st.sampled_from([1, 2]),
)
def test_guesses_do_not_depend_on_the_tiles(
    shape: Shape, index_at_once: int, queries_at_once: int, workers: int
) -> None:
    queries, index = tables_of(shape)
    columns = sorted((*index.word_columns, *index.number_columns))
    within = {column: 0 if column in index.word_columns else index.one // 20 for column in columns}
    whole = guess_from_nearest(queries, index, known=columns, targets=within)
    tight = Threads(workers, memory=index_at_once * bytes_of_row(index))
    with constants(QUERIES_AT_ONCE=queries_at_once):
        tiled = guess_from_nearest(queries, index, known=columns, targets=within, executor=tight)
    assert list(tiled) == list(whole)
    for column in columns:
        insist_equal(tiled[column], whole[column])


@given(
    queries=st.integers(1, 50),
    index=st.integers(1, 50),
    queries_at_once=st.integers(1, 60),
    index_at_once=st.integers(1, 60),
)
def test_a_plan_covers_every_pair_once_and_keeps_within_its_bounds(
    queries: int, index: int, queries_at_once: int, index_at_once: int
) -> None:
    planned = plan(queries, index, queries_at_once=queries_at_once, index_at_once=index_at_once)
    seen = np.zeros((queries, index), dtype=int)
    for some in planned:
        assert len({tile.index for tile in some}) == 1
        for tile in some:
            assert len(tile.queries) <= queries_at_once
            assert len(tile.index) <= index_at_once
            seen[tile.queries.start : tile.queries.stop, tile.index.start : tile.index.stop] += 1
    assert (seen == 1).all()


def test_an_index_that_fits_is_one_tile() -> None:
    assert len(plan(9_000, 40_000, queries_at_once=1024, index_at_once=40_000)) == 1


INDEXES = pytest.mark.parametrize(("words", "numbers"), [(9, 6), (0, 3), (16, 0)])


def large_index(words: int, numbers: int) -> EncodedTable:
    return tables_of(Shape(1, 100_000, words, numbers, 4, 10_000, 0.1, 0))[1]


def bytes_taken(index: EncodedTable, *cuts: tuple[str, range]) -> int:
    """The most that is held while rows of indexes are cut up one after the other."""
    cut = CutIndexes()
    tracemalloc.start()
    for name, rows in cuts:
        cut.cut(name, index, rows)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return taken


@INDEXES
def test_a_whole_index_stays_within_the_memory_beside_the_one_before(
    words: int, numbers: int
) -> None:
    index = large_index(words, numbers)
    everything = range(index.rows)
    taken = bytes_taken(index, ("one", everything), ("another", everything))
    assert rows_within(taken - 1, index) < index.rows


@INDEXES
def test_the_parts_of_an_index_stay_within_the_memory(words: int, numbers: int) -> None:
    index = large_index(words, numbers)
    half = index.rows // 2
    taken = bytes_taken(index, ("one", range(half)), ("one", range(half, index.rows)))
    assert rows_within(taken - 1, index) < half


def test_a_part_is_not_kept_beside_the_next_index() -> None:
    index = large_index(9, 6)
    alone = bytes_taken(index, ("one", range(index.rows)))
    after_a_part = bytes_taken(index, ("another", range(50_000)), ("one", range(index.rows)))
    assert after_a_part < 1.02 * alone


@pytest.mark.parametrize("rows", [9, 10])
def test_an_index_that_fits_alone_but_not_beside_another_is_cut_in_two(rows: int) -> None:
    _, index = tables_of(Shape(1, rows, 3, 3, 3, 10_000, 0.1, 0))
    at_once = rows_within(rows * bytes_of_row(index), index)
    assert len(plan(1, rows, queries_at_once=1, index_at_once=at_once)) == 2


def test_an_index_in_parts_leaves_nothing_behind() -> None:
    queries, index = tables_of(Shape(30, 20_000, 3, 3, 3, 10_000, 0.1, 0))
    whole = nearest(queries, index)
    half = 10_000 * bytes_of_row(index)
    threads = Threads(1, memory=half)
    tracemalloc.start()
    insist_equal(nearest(queries, index, executor=threads), whole)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < half / 10


def test_an_index_is_cut_once_for_searches_that_follow_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times: list[int] = []

    def counting(index: EncodedTable) -> Any:
        times.append(index.rows)
        return cut_up(index)

    monkeypatch.setattr("reidaudit.neighbours.executor.cut_up", counting)
    queries, index = tables_of(Shape(30, 200, 3, 3, 3, 10_000, 0.1, 0))
    threads = Threads(2)
    for k in (1, 3):
        nearest(queries, index, k=k, executor=threads)
    assert times == [200]
    # the same rows in other memory are another index, and so is a part of the columns
    nearest(queries, index.take(np.arange(200)), executor=threads)
    nearest(queries.only([0, 1]), index.only([0, 1]), executor=threads)
    assert len(times) == 3


@settings(max_examples=40, deadline=None)
@given(shape=shapes, k=st.integers(1, 4))
def test_packing_loses_nothing(shape: Shape, k: int) -> None:
    queries, index = tables_of(shape)
    found = nearest(queries, index, k=k)
    insist_equal(Packed.of(found, index.one).unpack(), found)


def test_columns_that_name_a_kept_index_stay_where_they_are() -> None:
    made: list[weakref.ref[Any]] = []

    class Watched(Stacked[Any]):
        def __getitem__(self, place: Any) -> Any:
            column = super().__getitem__(place)
            made.append(weakref.ref(column))
            return column

    queries, index = tables_of(Shape(30, 200, 3, 3, 3, 10_000, 0.1, 0))
    above, below = index.between(0, 150), index.between(150, 200)
    words, numbers = Watched(above.words, below.words), Watched(above.numbers, below.numbers)
    threads = Threads(1)
    put_together = replace(index, words=words, numbers=numbers)
    insist_equal(nearest(queries, put_together, executor=threads), nearest(queries, index))
    assert made
    assert all(column() is not None for column in made)
