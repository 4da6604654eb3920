"""Columns become whole numbers whose differences mean the same, however the column was written."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from reidaudit.data.schema import ColumnSpec
from reidaudit.encoding import (
    EncodedTable,
    EncodingName,
    PlainColumns,
    encode,
    fixed_tolerance,
)
from reidaudit.vocabulary import Kind, Role

NUMBER = ColumnSpec("x", Kind.NUMERIC, Role.OTHER, False, True)
WORD = ColumnSpec("x", Kind.CATEGORICAL, Role.OTHER, False, True)
ENCODINGS: list[EncodingName] = ["gower", "normal"]
Floats = npt.NDArray[np.float64]

NUMBERS = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=30)
ODD_NUMBERS = st.lists(st.none() | st.floats(allow_nan=False), min_size=1, max_size=30)


def floats(values: Any) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def plain(*columns: Any) -> PlainColumns:
    arrays = [floats(column) for column in columns]
    return PlainColumns(tuple(np.zeros(len(a), dtype=np.int64) for a in arrays), tuple(arrays))


def positions(pool: Any, name: EncodingName, release: Any = ()) -> tuple[Any, Any, int]:
    """Positions of a numeric column in the pool and in the release, and one."""
    first, second = encode([NUMBER], plain(pool), [plain(release)], name)
    return first.numbers[0].astype(np.int64), second.numbers[0].astype(np.int64), first.one


def distances(encoded: EncodedTable) -> Any:
    """Distances between all rows, as the search computes them."""
    total = np.zeros((encoded.rows, encoded.rows), dtype=np.int64)
    for numbers in encoded.numbers:
        column = numbers.astype(np.int64)
        total += np.minimum(np.abs(column[:, None] - column), encoded.one)
    for words in encoded.words:
        total += np.where(words[:, None] != words, encoded.one, 0)
    return total


@pytest.mark.parametrize("name", ENCODINGS)
class TestNumbers:
    @given(values=ODD_NUMBERS, release=ODD_NUMBERS)
    def test_positions_lie_in_range_and_keep_the_order(
        self, name: EncodingName, values: Any, release: Any
    ) -> None:
        pool, other, one = positions(values, name, release)
        joined, raw = np.concatenate([pool, other]), floats([*values, *release])
        present = ~np.isnan(raw)
        assert joined.dtype.kind == "i"
        assert (joined[~present] == 2 * one).all()
        assert ((joined[present] >= 0) & (joined[present] <= one)).all()
        if len(np.unique(raw[: len(values)][np.isfinite(raw[: len(values)])])) > 1:
            ordered = joined[present][np.argsort(raw[present], kind="stable")]
            assert (np.diff(ordered) >= 0).all()

    @given(values=ODD_NUMBERS, random=st.randoms(use_true_random=False))
    def test_the_order_of_rows_is_irrelevant(
        self, name: EncodingName, values: Any, random: Any
    ) -> None:
        order = random.sample(range(len(values)), len(values))
        before, _, _ = positions(values, name)
        after, _, _ = positions([values[i] for i in order], name)
        np.testing.assert_array_equal(before[order], after)

    @given(
        values=st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=40),
        scale=st.sampled_from([2.0, -3.0, 0.25, 1000.0]),
        shift=st.integers(-1000, 1000),
    )
    def test_units_and_zero_points_do_not_matter(
        self, name: EncodingName, values: Any, scale: float, shift: int
    ) -> None:
        before, _, one = positions(values, name)
        after, _, _ = positions([scale * value + shift for value in values], name)
        if len(set(values)) > 1 and scale < 0:
            after = one - after
        assert np.abs(before - after).max() <= 1

    @given(pool=ODD_NUMBERS, release=ODD_NUMBERS)
    def test_the_release_moves_nobody(self, name: EncodingName, pool: Any, release: Any) -> None:
        alone, _, _ = positions(pool, name)
        together, _, _ = positions(pool, name, release)
        np.testing.assert_array_equal(alone, together)

    @given(pool=ODD_NUMBERS)
    def test_equal_values_have_equal_positions(self, name: EncodingName, pool: Any) -> None:
        first, second, _ = positions(pool, name, pool)
        np.testing.assert_array_equal(first, second)

    def test_missing_is_far_from_present_and_at_missing(self, name: EncodingName) -> None:
        (encoded, _) = encode([NUMBER], plain([1, 2, 3, None, None]), [plain([1])], name)
        found = distances(encoded)
        assert (found[3, :3] == encoded.one).all()
        assert found[3, 4] == 0

    def test_one_outlier_does_not_squeeze_the_rest(self, name: EncodingName) -> None:
        values = [*range(40, 60), *range(40, 60)]
        squeezed, _, one = positions([*values, 10_000_000], name)
        assert squeezed[:20].max() - squeezed[:20].min() > 0.7 * one

    def test_an_infinite_value_is_the_furthest(self, name: EncodingName) -> None:
        found, other, one = positions([1, 2, 3, 4, np.inf], name, [-np.inf, 9, np.inf])
        assert found[4] == found.max()
        assert other[0] == other.min() == 0
        assert other[2] == other.max()

    def test_nothing_at_all(self, name: EncodingName) -> None:
        found, other, one = positions([None, None], name, [1.0, None])
        assert found.tolist() == [2 * one] * 2
        assert other[1] == 2 * one
        assert other[0] <= one


class TestGower:
    def test_a_difference_is_a_share_of_the_range(self) -> None:
        found, _, one = positions([0, 0, 25, 100, 100], "gower")
        assert found.tolist() == [0, 0, one // 4, one, one]

    def test_few_levels_keep_their_distances(self) -> None:
        found, _, one = positions([1, 1, 2, 3, 4, 5, 5], "gower")
        assert (np.diff(found[1:6]) == one // 4).all()

    def test_an_unknown_code_in_many_rows_does_not_squeeze_the_rest(self) -> None:
        found, _, one = positions([*range(100), *[99_999] * 20], "gower")
        assert found[99] - found[1] == one

    def test_a_release_beyond_the_range_is_at_its_end(self) -> None:
        _, other, one = positions([0, 0, 10, 10], "gower", [-5, 10_000, 5])
        assert other.tolist() == [0, one, one // 2]

    def test_what_differs_from_a_constant_differs_wholly(self) -> None:
        found, other, one = positions([7, 7, 7], "gower", [7, 8, -1e9, None])
        assert found.tolist() == [0, 0, 0]
        assert other.tolist() == [0, one, one, 2 * one]

    def test_two_values(self) -> None:
        found, _, one = positions([3, 8], "gower")
        assert found.tolist() == [0, one]

    def test_three_rows_stay_apart(self) -> None:
        assert len(set(positions([1, 2, 3], "gower")[0].tolist())) == 3

    def test_one_row_among_equals_stays_apart(self) -> None:
        assert len(set(positions([2, 2, 2, 2, 1, 3], "gower")[0].tolist())) == 3

    def test_the_largest_floats(self) -> None:
        found, _, one = positions([-1.7e308, -1.7e308, 0, 1.7e308, 1.7e308], "gower")
        assert found.tolist() == [0, 0, one // 2, one, one]


class TestNormal:
    def test_quantiles_become_normal_scores(self) -> None:
        found, _, one = positions([1, 10, 100, 1e9], "normal")
        expected = norm.ppf([1 / 8, 3 / 8, 5 / 8, 7 / 8]) / norm.ppf(1 - 1 / 16)
        np.testing.assert_allclose(2 * found / one - 1, expected, atol=1e-6)

    def test_ties_share_the_middle_of_their_ranks(self) -> None:
        found, _, one = positions([5, 5, 5, 9], "normal")
        expected = norm.ppf([3 / 8] * 3 + [7 / 8]) / norm.ppf(1 - 1 / 16)
        np.testing.assert_allclose(2 * found / one - 1, expected, atol=1e-6)

    def test_what_lies_outside_the_pool_differs_from_its_ends(self) -> None:
        _, other, one = positions([3, 4], "normal", [2, 3, 3.5, 4, 5])
        assert other[[0, 2, 4]].tolist() == [0, one // 2, one]
        assert (np.diff(other) > 0).all()


class TestDistances:
    @settings(max_examples=60)
    @given(
        data=st.data(),
        rows=st.integers(1, 12),
        name=st.sampled_from(ENCODINGS),
    )
    def test_they_are_a_metric_on_codes_and_numbers(
        self, data: st.DataObject, rows: int, name: EncodingName
    ) -> None:
        numbers = floats(
            data.draw(st.lists(NUMBERS.map(lambda v: v[0]), min_size=rows, max_size=rows))
        )
        codes = np.array(data.draw(st.lists(st.integers(-1, 3), min_size=rows, max_size=rows)))
        pool = PlainColumns((codes, np.zeros(rows, dtype=np.int64)), (None, numbers))
        (encoded, _) = encode([WORD, NUMBER], pool, [pool], name)
        found = distances(encoded)
        np.testing.assert_array_equal(found, found.T)
        assert (np.diag(found) == 0).all()
        assert found.max() <= 2 * encoded.one
        through = found[:, :, None] + found[None, :, :]
        assert (found[:, None, :] <= through).all()

    @pytest.mark.parametrize("columns", [1, 2, 3, 64, 65, 1000, 1024, 2000])
    def test_sums_fit(self, columns: int) -> None:
        specs = [NUMBER] * columns
        (encoded, _) = encode(specs, plain(*[[0, 1]] * columns), [plain(*[[0]] * columns)], "gower")
        assert encoded.one * columns <= 2**30
        assert encoded.one >= 2**10


class TestWords:
    def encode(self, *columns: list[int]) -> list[Any]:
        tables = [PlainColumns((np.array(c, dtype=np.int64),), (None,)) for c in columns]
        return [table.words[0] for table in encode([WORD], tables[0], tables[1:], "gower")]

    @given(st.lists(st.integers(-1, 400), min_size=1), st.lists(st.integers(-1, 400), min_size=1))
    def test_words_are_equal_exactly_where_codes_are(self, pool: Any, release: Any) -> None:
        first, second = self.encode(pool, release)
        same_code = np.array(pool)[:, None] == np.array(release)
        np.testing.assert_array_equal(first[:, None] == second, same_code)

    @pytest.mark.parametrize(("levels", "dtype"), [(256, "u1"), (257, "u2"), (70_000, "u4")])
    def test_they_take_as_little_room_as_they_can(self, levels: int, dtype: str) -> None:
        first, _ = self.encode(list(range(levels)), [0])
        assert first.dtype == np.dtype(dtype)

    @pytest.mark.parametrize("name", ENCODINGS)
    def test_they_are_the_same_in_the_other_encoding_and_held_once(
        self, name: EncodingName
    ) -> None:
        codes, numbers = np.array([2, -1, 0, 2]), floats([1.0, 5.0, None, 2.0])
        pool = PlainColumns((codes, np.zeros(4, dtype=np.int64)), (None, numbers))
        alone = encode([WORD, NUMBER], pool, [pool], name)
        (other,) = (each for each in ENCODINGS if each != name)
        first = encode([WORD, NUMBER], pool, [pool], other)
        beside = encode([WORD, NUMBER], pool, [pool], name, first)
        for table, one, expected in zip(beside, first, alone, strict=True):
            assert table.words[0] is one.words[0]
            np.testing.assert_array_equal(table.words[0], expected.words[0])
            np.testing.assert_array_equal(table.numbers[0], expected.numbers[0])


class TestTolerance:
    def test_it_is_a_share_of_the_span_of_nine_tenths_of_a_normal_column(self) -> None:
        pool = np.random.default_rng(0).normal(50, 7, 20_000)
        one = 2**24
        low, high = np.sort(pool)[[1, -2]]
        q05, q95 = np.quantile(pool, [0.05, 0.95])
        expected = 0.05 * (q95 - q05) / (high - low) * one
        assert fixed_tolerance(NUMBER, pool, one) == pytest.approx(expected, rel=0.03)

    def test_no_number_is_near_missing(self) -> None:
        everything = ColumnSpec("x", Kind.NUMERIC, Role.OTHER, True, True, None, 1.0)
        assert fixed_tolerance(everything, np.array([0.0, 0, 1, 1]), 1000) < 1000

    def test_an_outlier_does_not_stretch_it(self) -> None:
        pool = np.repeat(np.arange(101.0), 2)
        one = 2**24
        before = fixed_tolerance(NUMBER, pool, one)
        assert fixed_tolerance(NUMBER, np.append(pool, 1e12), one) == pytest.approx(
            before, rel=0.05
        )

    @pytest.mark.parametrize(
        "pool", [[], [np.nan], [np.inf, -np.inf], [5.0, 5.0], [np.nan, 3.0]], ids=str
    )
    def test_where_nothing_varies_a_guess_must_be_exact(self, pool: list[float]) -> None:
        assert fixed_tolerance(NUMBER, np.array(pool), 1000) == 0

    def test_the_largest_floats(self) -> None:
        pool = np.array([-1.7e308, -1.7e308, 1.7e308, 1.7e308])
        assert 0 < fixed_tolerance(NUMBER, pool, 1000) < 1000


def test_rows_and_columns_can_be_chosen() -> None:
    pool = PlainColumns(
        (np.array([0, 1, 2]), np.zeros(3, dtype=np.int64)), (None, np.array([1.0, 2.0, 3.0]))
    )
    (encoded, _) = encode([WORD, NUMBER], pool, [pool], "gower")
    assert encoded.only([1]).words == ()
    assert encoded.only([1]).number_columns == (1,)
    assert encoded.only([0]).number_columns == ()
    taken = encoded.take(np.array([2, 0]))
    assert taken.rows == 2
    assert taken.words[0].tolist() == [2, 0]
    assert taken.numbers[0].tolist() == encoded.numbers[0][[2, 0]].tolist()


@pytest.mark.parametrize("name", ENCODINGS)
@given(pool=NUMBERS, release=ODD_NUMBERS, rows=st.integers(1, 7))
def test_positions_do_not_depend_on_how_many_rows_are_encoded_at_once(
    name: EncodingName, pool: Any, release: Any, rows: int
) -> None:
    whole = positions(pool, name, release)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reidaudit.encoding.ROWS_AT_ONCE", rows)
        blocks = positions(pool, name, release)
    for before, after in zip(whole, blocks, strict=True):
        np.testing.assert_array_equal(before, after)
