"""A text as the words in it, whatever format it is written in: what the last scan looks through."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt

WORD = re.compile(r"[^\W_]+")
_BEGINNING = re.compile(r"([^\W_]+)(?:[\W_]+([^\W_]+))?")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
"""Characters that nobody sees; Markdown has joiners inside of what would become a link."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_ESCAPES = re.compile(r'\\[nrtbf"\\/]')
_MOMENT = re.compile(r"(?<=\d)[Tt](?=\d\d:)")
"""Between a day and its hour."""
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ATTRIBUTE = re.compile(r'([\w:-]+)="([^"]*)"')
_DRAWING = frozenset(
    {"class", "clip-path", "d", "id", "points", "style", "transform", "viewBox", "xlink:href"}
)
"""Attributes that say how something is drawn: full of numbers, and never read."""
MARKUP = frozenset({"html", "junit"})


class Words:
    """The words of a text in their order, in small letters and without anything between them.

    Escapes, joiners, colours and drawing instructions are gone, so that a value is found however a
    format had to write it.
    """

    def __init__(self, text: str, output_format: str = "text") -> None:
        self.words = words_in(_unmarked(text) if output_format in MARKUP else text)

    @cached_property
    def _spaced(self) -> str:
        return spaced(self.words)

    def hold(self, sequence: Sequence[str]) -> bool:
        """Tell whether some words stand in the text, one after the other."""
        return bool(sequence) and spaced(sequence) in self._spaced

    @cached_property
    def keys(self) -> npt.NDArray[np.int64]:
        """The keys of all that may begin in the text."""
        beginnings = chain(pairwise(self.words), ((word, None) for word in self.words))
        return np.fromiter(map(hash, set(beginnings)), dtype=np.int64)

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64]:
        """Every number that the text may show, with and without what follows as its decimals."""
        digits = [word if word.isdecimal() else "" for word in self.words]
        pairs = pairwise([*digits, ""])
        written = {text for whole, part in pairs if whole for text in (whole, f"{whole}.{part}")}
        return np.array(sorted(map(float, written)))

    def numbers_of_shape(self, lengths: Sequence[int]) -> int:
        """Count the different numbers in the text whose groups of digits are so long."""
        groups = set(zip(*(self._digits[start:] for start in range(len(lengths))), strict=False))
        return sum(list(map(len, group)) == list(lengths) for group in groups)

    @cached_property
    def _digits(self) -> list[str]:
        """The words, with nothing in place of those that are more than digits."""
        return [word if word.isdigit() else "" for word in self.words]


def key_of(text: str) -> int:
    """Return a number for the first two words of a value, or for its only one.

    Other words may have the same number, if hardly ever. It holds in this process only.
    """
    beginning = _BEGINNING.search(_cleaned(text))
    return hash(None if beginning is None else beginning.groups())


def spaced(words: Iterable[str]) -> str:
    """Put a space before and behind every word, so that a run of them is one piece of the text."""
    return f" {' '.join(words)} "


def words_in(text: str) -> list[str]:
    """Return the words of a text or of a value, as `Words` compares them."""
    return WORD.findall(_cleaned(text))


def _cleaned(text: str) -> str:
    """Return a text in small letters, without what formats put between and inside of words."""
    plain = text if text.isascii() else _UNSEEN.sub("", text)
    if "\x1b" in plain:
        plain = _COLOURS.sub(" ", plain)
    if "&" in plain:
        plain = html.unescape(plain)
    if "\\" in plain:
        plain = _ESCAPES.sub(" ", plain)
    if ":" in plain:
        plain = _MOMENT.sub(" ", plain)
    return plain.casefold()


def _unmarked(text: str) -> str:
    return _TAG.sub(_attributes, _STYLE.sub(" ", text))


def _attributes(tag: re.Match[str]) -> str:
    """What a tag may show: the values of its attributes, but for those that draw."""
    kept = [value for name, value in _ATTRIBUTE.findall(tag[0]) if name not in _DRAWING]
    return f" {' '.join(kept)} "
