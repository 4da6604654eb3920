"""However rows are cut into blocks, every row stands in one, and lies within its boxes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from neighbour_oracle import Shape, tables_of

from reidaudit.neighbours.blocks import WIDTH, Boxes, cut_up, rows_of

large_shapes = st.builds(
    Shape,
    queries=st.just(1),
    index=st.sampled_from([1, 63, 64, 65, 128, 1_000, 4_096, 4_097, 9_000]),
    words=st.integers(0, 3),
    numbers=st.integers(0, 2),
    categories=st.sampled_from([1, 2, 100]),
    places=st.sampled_from([1, 10_000]),
    missing=st.sampled_from([0.0, 0.3, 1.0]),
    seed=st.integers(0, 10_000),
).filter(lambda shape: shape.words + shape.numbers > 0)


@settings(max_examples=40, deadline=None)
@given(shape=large_shapes)
def test_every_row_stands_in_one_block_and_within_its_boxes(shape: Shape) -> None:
    index = tables_of(shape)[1]
    blocks = cut_up(index)
    rows = blocks.row[blocks.row >= 0]
    assert sorted(rows) == list(range(index.rows))
    assert len(blocks.cells) == -(-index.rows // WIDTH)
    cells = rows_of(index).T
    for block, of_index in enumerate(blocks.row):
        here = cells[:, of_index[of_index >= 0]]
        np.testing.assert_array_equal(blocks.cells[block][:, of_index >= 0], here)
        shelf, place = divmod(block, WIDTH)
        assert holds(blocks.boxes, shelf, place, here)
        assert holds(blocks.shelves, *divmod(shelf, WIDTH), here)


def holds(boxes: Boxes, shelf: int, place: int, cells: np.ndarray) -> bool:
    words = boxes.levels.shape[1]
    low, high = boxes.low[shelf, :, place], boxes.high[shelf, :, place]
    numbers = cells[words:]
    bits = np.left_shift(np.uint64(1), (cells[:words] & 63).astype(np.uint64))
    levels = boxes.levels[shelf, :, place]
    return bool(
        (numbers >= low[:, None]).all()
        and (numbers <= high[:, None]).all()
        and (bits & levels[:, None] == bits).all()
    )


def test_rows_that_are_alike_stand_together() -> None:
    """Boxes are worth their while only if they are small."""
    index = tables_of(Shape(1, 8_192, 0, 2, 1, 10_000, 0.0, 0))[1]
    boxes = cut_up(index).boxes
    assert np.median(boxes.high - boxes.low) < index.one / 6
