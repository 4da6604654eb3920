"""Values that are looked up in a text are those that going through all of them would find."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.data.cells import text_of_number
from reidaudit.data.column import Values
from reidaudit.report.real_values import RealColumn, sequences_in
from reidaudit.report.words import WORD, Words, words_in

PIECES = st.sampled_from(
    [*"ab1 _-./:@+TÖß", "ab", "12", "2024-01-17", "11:12:13", "&amp;", "&#10;", "&", "\\n", "\\"]
    + ["\x1b[31m", "\u200b", "\n", "a@b.org", "+49 170 1234567", "DE44 5001 0517 5407 3249 31"]
)
TEXTS = st.lists(PIECES, max_size=10).map("".join)
DAYS = st.integers(0, 40).map(lambda day: np.datetime64("2024-01-01") + day)
NUMBERS = st.sampled_from([0.0, -1.0, 1.0, 12.0, 1.5, -12.25, 1e300, float("inf")])


def stands_in(sequence: tuple[str, ...], words: list[str]) -> bool:
    """Whether the words stand there in a row, found by looking at every place."""
    size = len(sequence)
    places = range(len(words) - size + 1)
    return size > 0 and any(tuple(words[place : place + size]) == sequence for place in places)


def one_by_one(texts: list[str], words: list[str]) -> set[tuple[str, ...]]:
    """What `RealColumn.standing_in` must find."""
    return {run for text in texts for run in sequences_in(text) if stands_in(run, words)}


def column_of(values: list[str]) -> Values:
    return np.array(values, dtype=object)


@given(st.lists(TEXTS, max_size=8), TEXTS, st.lists(st.integers(0, 7), max_size=4))
def test_texts_are_found_as_if_one_by_one(values: list[str], text: str, places: list[int]) -> None:
    shown = Words(text + " ".join(values[place] for place in places if place < len(values)))
    found = RealColumn("secret", column_of(values)).standing_in(shown)
    assert found == one_by_one(values, shown.words)


@given(st.lists(NUMBERS, max_size=5), st.lists(NUMBERS), TEXTS)
def test_numbers_are_found_as_if_one_by_one(
    values: list[float], said: list[float], text: str
) -> None:
    shown = Words(" ".join([text, *map(repr, said)]))
    sizes = [abs(value) for value in values if np.isin(abs(value), shown.numbers)]
    found = RealColumn("secret", np.array(values, dtype=np.float64)).standing_in(shown)
    assert found == one_by_one([text_of_number(size) for size in sizes], shown.words)


@given(st.lists(DAYS, max_size=5), st.lists(DAYS), TEXTS)
def test_days_are_found_as_if_one_by_one(
    values: list[np.datetime64], said: list[np.datetime64], text: str
) -> None:
    shown = Words(" ".join([text, *map(str, said)]))
    moments = np.array(values, dtype="datetime64[us]")
    found = RealColumn("secret", moments).standing_in(shown)
    assert found == one_by_one([str(value) for value in values], shown.words)


@pytest.mark.parametrize("form", ["text", "html"])
def test_values_that_begin_alike_are_told_apart(form: str) -> None:
    values = [f"born in town {number}" for number in range(1000)]
    shown = Words("She was born in town 77, or in town 5.", form)
    found = RealColumn("secret", column_of(values)).standing_in(shown)
    assert found == {("born", "in", "town", "77")}


@given(TEXTS)
def test_words_are_what_stands_between_signs(text: str) -> None:
    if text.isascii() and not set(text) & set("&\\:\x1b"):
        assert words_in(text) == WORD.findall(text.lower())
