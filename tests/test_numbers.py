"""Numbers that a reader meets tell how large something is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.numbers import format_digits


@given(value=st.floats(1e-9, 100), decimals=st.integers(0, 3))
def test_two_digits_say_how_large_a_number_is(value: float, decimals: int) -> None:
    assert float(format_digits(value, decimals)) == pytest.approx(value, rel=0.051)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0044, 2, "0.0044"),
        (0.123, 2, "0.12"),
        (1.26, 1, "1.3"),
        (25.0, 1, "25.0"),
        (0, 2, "0.00"),
    ],
)
def test_decimals_are_those_asked_for_where_they_suffice(
    value: float, decimals: int, text: str
) -> None:
    assert format_digits(value, decimals) == text
