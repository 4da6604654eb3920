"""Cells are what a dictionary of keys would hold."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.data.key_cells import NOT_ONE, KeyCells, without_lookalike

# neighbouring keys, equal ones, and both ends of what a key may be
KEYS = st.one_of(st.integers(0, 12), st.integers(2**64 - 4, 2**64 - 1), st.integers(0, 2**64 - 1))


def array_of(keys: list[int]) -> np.ndarray:
    return np.array(keys, dtype=np.uint64)


@given(keys=st.lists(KEYS, max_size=60), wanted=st.lists(KEYS, max_size=30))
def test_counts_are_those_of_the_keys(keys: list[int], wanted: list[int]) -> None:
    wanted = wanted + keys[:10]
    cells = KeyCells.of(array_of(keys))
    assert cells.count(array_of(wanted)).tolist() == [keys.count(key) for key in wanted]
    found = cells.find(array_of(wanted))
    for key, cell in zip(wanted, found.tolist(), strict=True):
        assert (cell >= 0) == (key in keys)
        if cell >= 0:
            assert np.flatnonzero(cells.of_row == cell).tolist() == [
                row for row, own in enumerate(keys) if own == key
            ]


@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 2)), max_size=40),
    asked=st.lists(st.integers(0, 7), max_size=10),
)
def test_a_cell_has_one_level_where_all_its_rows_agree(
    rows: list[tuple[int, int]], asked: list[int]
) -> None:
    cells = KeyCells.of(array_of([key for key, _ in rows]))
    levels = cells.one_level(np.array([code for _, code in rows], dtype=np.int64))
    by_key = defaultdict(set)
    for key, code in rows:
        by_key[key].add(code)
    expected = [
        next(iter(by_key[key])) if len(by_key.get(key, ())) == 1 else NOT_ONE for key in asked
    ]
    assert levels[cells.find(array_of(asked))].tolist() == expected


@given(own=st.lists(KEYS, max_size=30), others=st.lists(KEYS, max_size=60))
def test_a_tally_counts_the_rows_of_another_table(own: list[int], others: list[int]) -> None:
    cells = KeyCells.of(array_of(own))
    counts = cells.tally(array_of(others + own[:5]))
    assert counts[cells.of_row].tolist() == [(others + own[:5]).count(key) for key in own]


@given(
    own=st.lists(st.integers(0, 7), max_size=12),
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 2)), max_size=40),
)
def test_rows_of_another_table_agree_in_a_cell_as_in_cells_of_their_own(
    own: list[int], rows: list[tuple[int, int]]
) -> None:
    keys = array_of([key for key, _ in rows])
    codes = np.array([code for _, code in rows], dtype=np.int32)
    cells, theirs = KeyCells.of(array_of(own)), KeyCells.of(keys)
    said = cells.level_among(cells.find(keys), codes)[cells.of_row]
    np.testing.assert_array_equal(said, theirs.one_level(codes)[theirs.find(array_of(own))])


@given(rows=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=40))
def test_who_has_no_lookalike_shares_a_key_with_nobody_else(rows: list[tuple[int, int]]) -> None:
    keys, people = (
        array_of([key for key, _ in rows]),
        np.array([p for _, p in rows], dtype=np.int64),
    )
    expected = [len({p for k, p in rows if k == key}) == 1 for key, _ in rows]
    assert without_lookalike(keys, people).tolist() == expected


def test_very_many_keys_find_their_cells() -> None:
    keys = np.random.default_rng(0).integers(0, 50_000, 120_000, dtype=np.uint64) << np.uint64(40)
    values, counts = np.unique(keys, return_counts=True)
    np.testing.assert_array_equal(KeyCells.of(keys).count(values), counts)
