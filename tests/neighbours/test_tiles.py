"""However a search is cut into tiles, and in whichever order they are merged: the same result."""

from __future__ import annotations

import random
import tracemalloc
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neighbour_oracle import Shape, brute_nearest, constants, shapes, tables_of

from reidaudit.encoding import EncodedTable
from reidaudit.neighbours import Nearest, Threads, guess_from_nearest, nearest
from reidaudit.neighbours.blocks import cut_up
from reidaudit.neighbours.executor import CutIndexes, Tables
from reidaudit.neighbours.search import NearestRows
from reidaudit.neighbours.tiles import Merging, plan, rows_within


def insist_equal(one: Any, two: Any) -> None:
    for part in fields(one):
        np.testing.assert_array_equal(getattr(one, part.name), getattr(two, part.name))


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
    row = rows_within(10**9, index) / 10**9
    tight = Threads(workers, memory=int(index_at_once / row))
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


@pytest.mark.parametrize(("words", "numbers"), [(9, 6), (0, 3), (16, 0)])
def test_cutting_up_an_index_stays_within_the_memory_that_was_planned(
    words: int, numbers: int
) -> None:
    _, index = tables_of(Shape(1, 100_000, words, numbers, 4, 10_000, 0.1, 0))
    cut = CutIndexes()
    cut.cut("another", index, range(0, index.rows))
    kept = sum(part.nbytes for part in (cut_up(index).cells, cut_up(index).row))
    tracemalloc.start()
    cut.cut("index", index, range(0, index.rows))
    taken = tracemalloc.get_traced_memory()[1] + kept
    tracemalloc.stop()
    assert taken / index.rows <= 1 / (rows_within(10**9, index) / 10**9)


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
