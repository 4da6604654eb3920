"""A rough look never lets a row lie farther away than it does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.neighbours.blocks import WIDTH
from reidaudit.neighbours.rough import add_steps, roughen, roughly, steps_of


@given(
    words=st.integers(0, 6),
    numbers=st.integers(0, 6),
    bits=st.integers(4, 24),
    seed=st.integers(0, 10_000),
)
def test_the_rough_distance_is_at_most_the_true_one(
    words: int, numbers: int, bits: int, seed: int
) -> None:
    if words + numbers == 0:
        return
    rng = np.random.default_rng(seed)
    one = 1 << bits
    cells = np.empty((1, words + numbers, WIDTH + 1), dtype=np.int32)
    # codes that share their last eight bits, and numbers at both ends, near each other and missing
    cells[:, :words] = rng.choice([0, 1, 256, 257, 5000], (1, words, WIDTH + 1))
    near = rng.integers(0, one + 1) + rng.integers(-2, 3, (1, numbers, WIDTH + 1))
    anywhere = rng.integers(0, one + 1, (1, numbers, WIDTH + 1))
    drawn = np.clip(np.where(rng.random(near.shape) < 0.5, near, anywhere), 0, one)
    cells[:, words:] = np.where(rng.random(near.shape) < 0.1, 2 * one, drawn)
    query, rows = cells[0, :, 0], cells[:, :, 1:]
    steps = steps_of(words + numbers)
    total, rough_query = np.empty(WIDTH, np.int16), np.empty(words + numbers, np.int16)
    roughen(query, words, one, steps, rough_query)
    rough = np.stack(
        [roughly(rows[0, c], one, steps, is_word=c < words) for c in range(words + numbers)]
    )
    known = np.ones(words + numbers, np.int32)
    add_steps(rough, words, np.int16(steps), rough_query, known, total)
    differs = (rows[0, :words] != query[:words, None]) * np.int64(one)
    apart = np.abs(rows[0, words:].astype(np.int64) - query[words:, None])
    distance = differs.sum(axis=0) + np.minimum(apart, one).sum(axis=0)
    assert (total.astype(np.int64) * one <= distance * steps).all()
    # and not much less: a number may seem nearer by two steps, a code by all of them
    is_other = rows[0, :words] != query[:words, None]
    alike = (is_other & (rows[0, :words] % 256 == query[:words, None] % 256)).sum(axis=0)
    assert (distance * steps <= (total + 2 * numbers + steps * alike) * np.int64(one)).all()


def test_so_many_columns_still_fit_into_a_sum() -> None:
    for columns in (1, 16, 258, 259, 1000, 30_000):
        assert 1 <= steps_of(columns) <= 127
        assert steps_of(columns) * columns <= 32_767
