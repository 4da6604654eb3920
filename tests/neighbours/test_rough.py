"""A rough look never lets a row lie farther away than it does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.neighbours.blocks import WIDTH
from reidaudit.neighbours.rough import (
    COARSE,
    COARSEST,
    FINE,
    MOST_OF_A_SUM,
    STEPS,
    _add_steps,
    roughen,
    roughly,
)


@given(
    words=st.integers(0, 6),
    numbers=st.integers(0, 6),
    bits=st.integers(4, 24),
    dropped=st.sampled_from([FINE, COARSE, COARSEST]),
    seed=st.integers(0, 10_000),
)
def test_the_rough_distance_is_at_most_the_true_one(
    words: int, numbers: int, bits: int, dropped: int, seed: int
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
    total, left_out = np.empty((2, WIDTH), np.uint8)
    rough_query = np.empty(words + numbers, np.uint8)
    roughen(query, words, one, rough_query)
    rough = np.stack([roughly(rows[0, c], one, is_word=c < words) for c in range(words + numbers)])
    known, targets = np.ones(words + numbers, np.int32), np.ones(words + numbers, np.int32)
    _add_steps(rough, words, rough_query, known, targets, total, left_out, dropped)
    differs = (rows[0, :words] != query[:words, None]) * np.int64(one)
    apart = np.abs(rows[0, words:].astype(np.int64) - query[words:, None])
    distance = differs.sum(axis=0) + np.minimum(apart, one).sum(axis=0)
    seen = total.astype(np.int64) << dropped
    assert (seen * one <= distance * STEPS).all()
    # and not much less: a number may seem nearer by two steps, a code by all of them, and each
    # column by the bits that are dropped; what does not fit into a byte is cut off
    is_other = rows[0, :words] != query[:words, None]
    alike = (is_other & (rows[0, :words] % 256 == query[:words, None] % 256)).sum(axis=0)
    doubt = 2 * numbers + STEPS * alike + (words + numbers) * ((1 << dropped) - 1)
    by_column = (total.astype(np.int64) - left_out) << dropped
    assert (by_column <= seen).all()
    fits = total < MOST_OF_A_SUM
    assert (distance * STEPS <= (seen + doubt) * np.int64(one))[fits].all()
