"""What a column is, and which of its values are equal, is decided over all tables together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.data.cells import text_column
from reidaudit.data.column import RawColumn
from reidaudit.data.kinds import NotOfKindError, ParsedColumn, parse_column
from reidaudit.vocabulary import Kind


def words(*values: Any) -> Any:
    return text_column(values)


def floats(*values: float) -> Any:
    return RawColumn.of(np.array(values, dtype=np.float64))


def dates(*values: str) -> Any:
    return RawColumn.of(np.array(values, dtype="datetime64[us]"))


def kind_of(*parts: Any) -> Kind:
    return parse_column(list(parts)).kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2.5", "-3e5", "+.5", "7.", "inf", "-Infinity"], Kind.NUMERIC),
        (["1", None], Kind.BOOLEAN),
        (["true", "FALSE", "0", "1.0"], Kind.BOOLEAN),
        (["0", "1", "2"], Kind.NUMERIC),
        (["yes", "no"], Kind.CATEGORICAL),
        (["01234", "98765"], Kind.CATEGORICAL),
        (["-007", "1"], Kind.CATEGORICAL),
        (["0.5", "0", "10"], Kind.NUMERIC),
        (["9007199254740992", "2"], Kind.NUMERIC),
        (["9007199254740993", "2"], Kind.CATEGORICAL),
        (["1e999", "2"], Kind.CATEGORICAL),
        (["1_000", "2"], Kind.CATEGORICAL),
        (["0x1F", "2"], Kind.CATEGORICAL),
        (["١", "2"], Kind.CATEGORICAL),
        (["12 %", "2"], Kind.CATEGORICAL),
        (["2024-01-31", "1999-12-01T10:00:00Z", "2024-01-31 08:15:00.25+02:00"], Kind.DATETIME),
        (["2024-02-30", "2024-01-31"], Kind.CATEGORICAL),
        (["31/01/2024"], Kind.CATEGORICAL),
        (["9999-12-31", "0001-01-01"], Kind.DATETIME),
        (["20240131", "20240201"], Kind.NUMERIC),
        ([None, None], Kind.CATEGORICAL),
        (["he went to the", "she did not go there"], Kind.TEXT),
        (["New York", "Rio de Janeiro"], Kind.CATEGORICAL),
    ],
)
def test_kinds_of_text(values: list[str | None], kind: Kind) -> None:
    assert kind_of(words(*values)) is kind


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ([floats(1, 2, np.nan), words("3", "4.5")], Kind.NUMERIC),
        ([floats(0, 1), words("True", "False", None)], Kind.BOOLEAN),
        ([floats(0, 1), floats(0.3, 0.9)], Kind.NUMERIC),
        ([dates("2024-01-01", "NaT"), words("2024-05-06")], Kind.DATETIME),
        ([floats(1, 2), words("a")], Kind.CATEGORICAL),
        ([floats(1, 2), words(None, None)], Kind.NUMERIC),
        ([words("1", "2"), words("1", "2", "x")], Kind.CATEGORICAL),
        ([dates("2024-01-01"), floats(5)], Kind.CATEGORICAL),
    ],
)
def test_kinds_over_all_tables(parts: list[Any], kind: Kind) -> None:
    assert kind_of(*parts) is kind
    assert kind_of(*parts[::-1]) is kind


class TestDisagreement:
    def test_numbers_against_words(self) -> None:
        parsed = parse_column([floats(1, 2, 3), words("a", "b", "3")])
        assert parsed.disagreement == "holds numbers in one table and words in another"

    def test_dates_against_words(self) -> None:
        parsed = parse_column([dates("2024-01-01"), words("January")])
        assert parsed.disagreement == "holds dates in one table and words in another"

    def test_codes_with_letters_in_both_are_none(self) -> None:
        parts = [words("1", "2", "3", "A"), words("1", "B", "C", "2", "3")]
        assert parse_column(parts).disagreement is None

    def test_a_table_without_values_has_no_say(self) -> None:
        parsed = parse_column([floats(1, 2), words(None), words("3")])
        assert (parsed.kind, parsed.disagreement) == (Kind.NUMERIC, None)

    def test_a_few_strays_are_told(self) -> None:
        parsed = parse_column([words(*map(str, range(20)), "?"), floats(*range(20))])
        assert (parsed.kind, parsed.strays, parsed.disagreement) == (
            Kind.CATEGORICAL,
            "numbers",
            None,
        )

    def test_leading_zeros_are_no_strays(self) -> None:
        assert parse_column([words(*map(str, range(10, 40)), "01")]).strays is None


class TestCodes:
    def equal(self, *parts: Any) -> bool:
        codes = parse_column(list(parts)).codes
        return len(set(codes.tolist())) == 1

    def test_spellings_of_a_number(self) -> None:
        assert self.equal(words("5", "5.0", "5.00", "+5", "5e0"), floats(5))
        assert self.equal(words("-0", "0.0"), floats(0.0, -0.0))

    def test_spellings_of_a_moment(self) -> None:
        spelled = words("2024-01-31", "2024-01-31 00:00:00", "2024-01-31T01:00+01:00")
        assert self.equal(spelled, dates("2024-01-31"))

    def test_spellings_of_a_boolean(self) -> None:
        assert self.equal(words("True", "true", "1", "1.0"), floats(1))

    def test_numbers_among_categories(self) -> None:
        codes = parse_column([words("1", "x", "1.0", "01", "1e0"), floats(1)]).codes
        assert codes[0] == codes[2] == codes[5]
        assert len({*codes[[0, 1, 3, 4]].tolist()}) == 4

    def test_moments_among_categories(self) -> None:
        codes = parse_column([words("x", "2024-01-31"), dates("2024-01-31")]).codes
        assert codes[1] == codes[2]

    def test_missing_is_minus_one(self) -> None:
        for parts in ([floats(np.nan, 5)], [words(None, "a")], [dates("NaT", "2024-01-01")]):
            assert parse_column(parts).codes.tolist() == [-1, 0]

    def test_codes_do_not_follow_the_order_of_the_tables(self) -> None:
        parts = [words("c", "b"), words("a", "c")]
        assert parse_column(parts).codes.tolist() == [2, 1, 0, 2]
        assert parse_column(parts[::-1]).codes.tolist() == [0, 2, 2, 1]

    @given(
        st.lists(st.sampled_from([None, "1", "1.0", "01", "x", "X", "2024-01-01", "a b"])),
        st.randoms(use_true_random=False),
    )
    def test_the_order_of_rows_is_irrelevant(self, values: list[str | None], random: Any) -> None:
        values = [*values, None, "z"]
        order = random.sample(range(len(values)), len(values))
        codes = parse_column([words(*values)]).codes
        shuffled = parse_column([words(*(values[i] for i in order))]).codes
        np.testing.assert_array_equal(codes[order], shuffled)

    @given(st.lists(st.floats(allow_nan=False), min_size=3))
    def test_numbers_are_equal_exactly_where_codes_are(self, values: list[float]) -> None:
        parsed = parse_column([floats(*values, 2.0, 3.0)])
        assert parsed.numbers is not None
        same_code = parsed.codes[:, None] == parsed.codes
        same_number = parsed.numbers[:, None] == parsed.numbers
        np.testing.assert_array_equal(same_code, same_number)


class TestDeclared:
    def parse(self, kind: Kind, *parts: Any) -> ParsedColumn:
        return parse_column(list(parts), kind)

    def test_codes_may_be_declared_numbers(self) -> None:
        parsed = self.parse(Kind.NUMERIC, words("007", "12"))
        assert parsed.numbers is not None
        assert parsed.numbers.tolist() == [7.0, 12.0]

    def test_numbers_may_be_declared_categories(self) -> None:
        parsed = self.parse(Kind.CATEGORICAL, floats(1, 2, np.nan), words("1", "2.0"))
        assert parsed.numbers is None
        assert parsed.codes.tolist() == [0, 1, -1, 0, 1]

    def test_zeros_and_ones_may_be_declared_numbers(self) -> None:
        assert self.parse(Kind.NUMERIC, floats(0, 1)).kind is Kind.NUMERIC

    def test_a_disagreement_is_settled(self) -> None:
        parsed = self.parse(Kind.CATEGORICAL, floats(1), words("a"))
        assert (parsed.disagreement, parsed.strays) == (None, None)

    @pytest.mark.parametrize("kind", [Kind.NUMERIC, Kind.DATETIME, Kind.BOOLEAN])
    def test_what_cannot_be_is_refused(self, kind: Kind) -> None:
        with pytest.raises(NotOfKindError) as caught:
            self.parse(kind, words(None), words("a", None, "a", "b"))
        assert (caught.value.table, caught.value.count) == (1, 3)


def test_pandas_and_python_dates_are_alike() -> None:
    frame = pd.to_datetime(["2024-01-31 10:00:00.123456"]).to_numpy()
    text = words("2024-01-31T10:00:00.123456")
    numbers = parse_column([RawColumn.of(frame), text]).numbers
    assert numbers is not None
    assert numbers[0] == numbers[1]
