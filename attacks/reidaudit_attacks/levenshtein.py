"""Membership from edit distances: does a release record spell the target, digit by digit?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome
from reidaudit.vocabulary import Kind

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
PlaceArray = npt.NDArray[np.int32] | npt.NDArray[np.int64]

MOST_COLUMNS = 60
MOST_SORTS = 10
FEWEST_SORTS = 2
MOST_DECIMALS = 6
SIGNIFICANT_DIGITS = 6
MISSING = "?"
END_OF_NUMBER = ";"
FIRST_PRIVATE = 0xF0000
PRIVATE_CHARACTERS = 0x1FFFE
PAIRS_AT_ONCE = 500_000
MOST_STEPS = 1_000_000_000
BITS_OF_A_WORD = 64
BITS_OF_A_KEY = 63
MOST_RECORDS = 1_000_000
"""Every distinct value is a string while rows are sorted; of more records so many are drawn."""


class Levenshtein(Attack):
    """Log edit distance to the nearest other person, less that to the nearest release record.

    A generator that writes records as text, as language models do, may repeat the digits of a
    training record with a few of them changed. A changed leading digit puts the record far away for
    every distance of numbers, and one edit away as a string. The attack is LevAtt, by J. Ward,
    B. Gu, C.-H. Wang and G. Cheng, When Tables Leak: Attacking String Memorization in LLM-Based
    Tabular Data Generation (2025), which scores a target by minus the smallest edit distance
    (V. Levenshtein, 1966) to any release record. Here that distance is calibrated as L. Watson et
    al. do (On the Importance of Difficulty Calibration in Membership Inference Attacks, ICLR 2022),
    by the distance to the nearest other person of the pool, found in the same way, so that common
    records do not pass for memorised ones. One edit is added to both before logarithms are taken.

    Numbers of all tables are written with as many decimals as the pool's (with six significant
    digits where these are not rounded), dates as dates, every category and text as one character of
    its own. Not all pairs are compared but those that the sorted neighbourhood of M. Hernandez and
    S. Stolfo (The Merge/Purge Problem for Large Databases, SIGMOD 1995) puts side by side: the
    strings are sorted several times, beginning at another column each time, forward from its first
    character or backward from its last, and a target is compared with the strings just above and
    just below. Wherever a record was changed, what some sort begins with is likely whole. Of more
    than sixty columns, the sixty with the most values are compared, and of more than a million
    records a million, drawn at random.

    ``rows``
        All columns.
    ``digits``
        The numbers only; where all columns are numbers, that is ``rows`` again and left out.
    """

    name = "membership_inference.levenshtein"
    version = "2"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield a score for whole rows and one for the digits alone."""
        every = range(len(case.schema.audited))
        numeric = [column for column in every if case.pool.numbers[column] is not None]
        spell = cache(partial(_spell, case, _records_to_spell(case, rng)))
        title = "Does a release record spell the target, but for a few edits?"
        yield _outcome("rows", title, case, every, spell)
        if 0 < len(numeric) < len(every):
            title = "Does a release record have the target's digits, but for a few edits?"
            yield _outcome("digits", title, case, numeric, spell)


def _outcome(
    name: str, title: str, case: Case, columns: Sequence[int], spell: Callable[[int], _Spelling]
) -> Outcome:
    compared = _most_telling(case, columns)
    scores = _score(case, [spell(column) for column in compared])
    outcome = Outcome.of_scores(name, title, scores, bearing="fail_only")
    return replace(outcome, facts={"columns_compared": float(len(compared))})


def _most_telling(case: Case, columns: Sequence[int]) -> list[int]:
    """Leave out the columns with the fewest values where rows would be very long."""
    if len(columns) <= MOST_COLUMNS:
        return list(columns)
    values = {column: len(np.unique(case.pool.codes[column])) for column in columns}
    return sorted(sorted(columns, key=lambda column: -values[column])[:MOST_COLUMNS])


# --- writing records as strings ------------------------------------------------------------------


@dataclass(frozen=True)
class _Key:
    """Whole numbers that rows are sorted by, and how many bits they need."""

    values: PlaceArray
    bits: int

    @classmethod
    def of(cls, places: IntArray) -> _Key:
        """Make a key of places, which are fewer than the rows and fit into 32 bits."""
        return cls(places.astype(np.int32), int(places.max(initial=0)).bit_length())

    def then(self, other: _Key) -> _Key:
        """Sort by another key where rows are alike."""
        before = self.values.astype(np.int64)
        before <<= other.bits
        before |= other.values
        return _Key(before, self.bits + other.bits)


@dataclass(frozen=True)
class _Spelling:
    """One column as strings: its distinct ``texts``, sorted, and which of them each row has.

    The rows of the release stand below the ``people`` of the pool. ``forward`` holds places among
    the texts, so it sorts rows as their texts would; ``backward`` sorts them by the texts read from
    the last character.
    """

    texts: list[str]
    forward: _Key
    people: int

    @cached_property
    def backward(self) -> _Key:
        _, place = _sorted_once([text[::-1] for text in self.texts])
        return _Key.of(place[self.forward.values])

    def of_people(self) -> list[str]:
        """Return the text of each row of the pool."""
        return self._of(self.forward.values[: self.people])

    def of_release(self, rows: IntArray) -> list[str]:
        """Return the text of each of some rows of the release."""
        return self._of(self.forward.values[self.people :][rows])

    def _of(self, places: PlaceArray) -> list[str]:
        texts: list[str] = np.array(self.texts, dtype=object)[places].tolist()
        return texts


def _records_to_spell(case: Case, rng: np.random.Generator) -> IntArray | slice:
    """Return which records of the release are spelt: all, or as many as can be afforded."""
    rows = len(case.release.codes[0])
    if rows <= MOST_RECORDS:
        return slice(None)
    return np.sort(rng.choice(rows, MOST_RECORDS, replace=False))


def _spell(case: Case, records: IntArray | slice, column: int) -> _Spelling:
    """Write each distinct value of a column once."""
    codes = np.concatenate([case.pool.codes[column], case.release.codes[column][records]])
    present, first, place = np.unique(codes, return_index=True, return_inverse=True)
    people, others = case.pool.numbers[column], case.release.numbers[column]
    if people is None or others is None:
        texts = [chr(FIRST_PRIVATE + i % PRIVATE_CHARACTERS) for i in range(len(present))]
    elif case.schema.audited[column].kind is Kind.DATETIME:
        texts = _dates(np.concatenate([people, others[records]])[first])
    else:
        texts = _numbers(np.concatenate([people, others[records]])[first], _decimals(people))
    # different numbers may be written alike
    distinct, meaning = _sorted_once(texts)
    return _Spelling(distinct, _Key.of(meaning[place]), case.n_targets)


def _sorted_once(texts: Sequence[str]) -> tuple[list[str], IntArray]:
    """Return the distinct texts, sorted, and the place of each text among them."""
    distinct = sorted(set(texts))
    place = {text: i for i, text in enumerate(distinct)}
    return distinct, np.fromiter((place[text] for text in texts), np.int64, len(texts))


def _numbers(values: FloatArray, decimals: int | None) -> list[str]:
    """Write numbers; decimals that no person has would hide that the digits before are theirs."""
    # adding 0 makes 0 of -0
    if decimals is None:
        texts = [f"{value + 0.0:.{SIGNIFICANT_DIGITS}g}" for value in values.tolist()]
    else:
        texts = [f"{round(value, decimals) + 0.0:.15g}" for value in values.tolist()]
    return _ended(texts, np.isnan(values))


def _dates(seconds: FloatArray) -> list[str]:
    """Write dates as people do, not as seconds, of which all digits change with the day."""
    missing = ~np.isfinite(seconds)
    moments = np.where(missing, 0.0, seconds).astype("datetime64[s]")
    return _ended(np.datetime_as_string(moments, unit="auto").tolist(), missing)


def _ended(texts: Sequence[str], missing: npt.NDArray[np.bool_]) -> list[str]:
    marked = zip(texts, missing.tolist(), strict=True)
    return [(MISSING if absent else text) + END_OF_NUMBER for text, absent in marked]


def _decimals(values: FloatArray) -> int | None:
    """Count the decimals that a column is written with; None where it is not rounded."""
    distinct = np.unique(values[np.isfinite(values)]).tolist()
    places = range(MOST_DECIMALS + 1)
    return next((d for d in places if all(round(value, d) == value for value in distinct)), None)


# --- the score -----------------------------------------------------------------------------------


def _score(case: Case, columns: Sequence[_Spelling]) -> FloatArray:
    """Log distance to the nearest other person less that to the nearest release record."""
    people = _joined([column.of_people() for column in columns])
    among, across = _side_by_side(_orders(columns, people), case.entities)
    to_people = _smallest(people, people, among, case.workers)
    # of a large release few rows ever come to lie beside a target
    compared, partner = np.unique(across[1], return_inverse=True)
    release = _joined([column.of_release(compared) for column in columns])
    to_release = _smallest(people, release, np.vstack([across[0], partner]), case.workers)
    scores: FloatArray = np.log1p(to_people) - np.log1p(to_release)
    return scores


def _joined(texts: Sequence[Sequence[str]]) -> list[str]:
    return ["".join(record) for record in zip(*texts, strict=True)]


def _orders(columns: Sequence[_Spelling], people: Sequence[str]) -> Iterator[IntArray]:
    """Sort all rows in several ways, the pool's before the release's where they are alike.

    A sort begins at one of the columns that tell most apart, and reads on to the right from its
    first character, or to the left from its last one. Fewer sorts must do where rows are long.
    """
    forward = [column.forward for column in columns]
    backward = [column.backward for column in columns]
    turned = (
        keys
        for start in sorted(range(len(columns)), key=lambda column: -len(columns[column].texts))
        for keys in (
            [*forward[start:], *forward[:start]],
            [*backward[start::-1], *backward[:start:-1]],
        )
    )
    for keys in islice(turned, _affordable_sorts(people)):
        yield _order(*(key.values for key in _packed(keys)))


def _order(first: PlaceArray, *others: PlaceArray) -> IntArray:
    """Sort rows by several keys, and the first row first where all of them are alike.

    Most rows are told apart by the first key, which a quick sort can do; only the others are sorted
    by all keys, which takes several times as long.
    """
    order = np.argsort(first)
    is_new = np.append(True, np.diff(first[order]) != 0)
    tied = np.flatnonzero(~(is_new & np.append(is_new[1:], True)))
    rows, run = order[tied], np.cumsum(is_new)[tied]
    # numpy takes the last of the keys first
    order[tied] = rows[np.lexsort([rows, *(key[rows] for key in reversed(others)), run])]
    return order


def _packed(keys: Iterable[_Key]) -> list[_Key]:
    """Put keys together while they fit into a number: fewer sorts give the same order."""
    packed: list[_Key] = []
    for key in keys:
        if packed and packed[-1].bits + key.bits <= BITS_OF_A_KEY:
            packed[-1] = packed[-1].then(key)
        else:
            packed.append(key)
    return packed


def _affordable_sorts(people: Sequence[str]) -> int:
    length = sum(map(len, people)) / max(len(people), 1)
    steps_of_a_sort = 4 * len(people) * length * (1 + length / BITS_OF_A_WORD)
    return int(np.clip(MOST_STEPS / max(steps_of_a_sort, 1), FEWEST_SORTS, MOST_SORTS))


def _side_by_side(orders: Iterable[IntArray], entities: IntArray) -> tuple[IntArray, IntArray]:
    """Pair every target with what comes to lie just above and just below it.

    Returns
    -------
    among, across : int64 arrays, shape (2, n_pairs)
        Rows of the pool, and below them their partners: in the pool, and in the release.
    """
    n = len(entities)
    among, across = [], []
    for order in orders:
        is_release = np.arange(len(order)) >= n
        among.append(_next_to_others(order[order < n], entities))
        both = _next_to_others(order, is_release)
        across.append(both[:, both[0] < n])
    return _each_once(among), _each_once(across) - np.array([[0], [n]])


def _next_to_others(order: IntArray, owner: npt.NDArray[Any]) -> IntArray:
    """Pair every row with the nearest row above, and below, that has another owner."""
    owners = owner[order]
    is_first = np.append(True, owners[1:] != owners[:-1])
    first, run = np.flatnonzero(is_first), np.cumsum(is_first) - 1
    above, below = first[run] - 1, np.append(first[1:], len(order))[run]
    has_above, has_below = above >= 0, below < len(order)
    return np.hstack(
        [
            np.vstack([order[has_above], order[above[has_above]]]),
            np.vstack([order[has_below], order[below[has_below]]]),
        ]
    )


def _each_once(pairs: Sequence[IntArray]) -> IntArray:
    row, partner = np.hstack(pairs)
    size = int(partner.max(initial=0)) + 1
    keys = np.sort(row * size + partner)
    once = keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]]
    return np.vstack(np.divmod(once, size))


def _smallest(
    people: Sequence[str], others: Sequence[str], pairs: IntArray, workers: int
) -> FloatArray:
    """Smallest edit distance of each target to its partners, and at most its own length."""
    from rapidfuzz.distance import Levenshtein as Edits
    from rapidfuzz.process import cpdist

    smallest = np.array([len(text) for text in people], dtype=np.float64)
    mine, theirs = np.array(people, dtype=object), np.array(others, dtype=object)
    for start in range(0, pairs.shape[1], PAIRS_AT_ONCE):
        target, partner = pairs[:, start : start + PAIRS_AT_ONCE]
        one, two = mine[target].tolist(), theirs[partner].tolist()
        distance = cpdist(one, two, scorer=Edits.distance, dtype=np.int32, workers=workers)
        np.minimum.at(smallest, target, distance.astype(np.float64))
    return smallest
