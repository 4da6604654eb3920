"""The exact test of "no leak": permute who is a member.

If train and holdout are a random split, then under "no leak" every assignment of the labels to the
entities is equally likely, whatever the attacks do. All statistics of the audit are computed for
the observed labels and for many random ones, each is standardised by its own permutations, and the
largest is compared with the largest of every permutation (max-T: P. H. Westfall and S. S. Young,
Resampling-Based Multiple Testing, 1993). So the p-value of every finding is already corrected for
all the others, and the smallest of them tests for any leak at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
CHUNK = 64
ENTITIES_AT_ONCE = 1 << 17
ROUNDING = 1e-9


@dataclass(frozen=True)
class MeanDifference:
    """Mean of the members' values less that of the controls.

    With mid-ranks for values this is a multiple of AUC - 1/2; with guesses it is the excess. Where
    ``among`` is given, only those entities are meant. ``scale`` multiplies the difference.
    """

    values: FloatArray
    among: BoolArray | None = None
    scale: float = 1.0

    @classmethod
    def of_ranks(cls, scores: FloatArray, among: BoolArray | None = None) -> MeanDifference:
        """Turn scores into mid-ranks, so that the difference of means is that of the AUC."""
        if among is None:
            return cls(stats.rankdata(scores))
        ranks = np.zeros(len(scores))
        ranks[among] = stats.rankdata(scores[among])
        return cls(ranks, among)

    @property
    def first(self) -> int:
        """How many entities of the pool it is over, from the first on."""
        return len(self.values)

    def of(self, is_member: BoolArray) -> float:
        """The difference for one labelling; 0 where one side is empty."""
        return float(_Statistics([self])(is_member.astype(np.int8)[:, None])[0, 0])


@dataclass(frozen=True)
class ShareAboveThreshold:
    """Share of members above the threshold that ``fpr`` of the controls pass, ties shared out.

    Where ``among`` is given, only those entities are meant.
    """

    scores: FloatArray
    fpr: float
    among: BoolArray | None = None

    @property
    def first(self) -> int:
        """How many entities of the pool it is over, from the first on."""
        return len(self.scores)


@dataclass(frozen=True)
class LargestDifference:
    """The largest of several mean differences, each in units of its own spread.

    So whatever is chosen because it shows most is chosen anew for every permutation, and the
    p-value of the choice stays exact.
    """

    parts: tuple[MeanDifference, ...]

    @classmethod
    def of(cls, parts: Sequence[MeanDifference]) -> LargestDifference:
        """Standardise the parts, without a look at who is a member."""
        return cls(tuple(_standardised(part) for part in parts))


def _standardised(part: MeanDifference) -> MeanDifference:
    counted = part.values if part.among is None else part.values[part.among]
    spread = float(counted.std()) if len(counted) else 0.0
    # with m members and c controls the error is that times sqrt(1 / m + 1 / c), and m and c are
    # much the same shares of all who count, whichever part it is
    scale = np.sqrt(len(counted)) / spread if spread > ROUNDING else 0.0
    return replace(part, scale=float(scale))


Statistic = MeanDifference | LargestDifference | ShareAboveThreshold


@dataclass(frozen=True)
class PermutationResult:
    """P-values of each statistic, and the one of any leak at all.

    ``p_values`` are corrected for all statistics together; ``single`` are those of each alone.
    """

    p_values: FloatArray
    single: FloatArray
    any_leak: float
    permutations: int


def permutation_test(
    statistics: Sequence[Statistic],
    is_member: BoolArray,
    rng: np.random.Generator,
    permutations: int = 2000,
    strata: npt.NDArray[np.int64] | None = None,
) -> PermutationResult:
    """Test all statistics together, one-sided: members suffer more than controls.

    Parameters
    ----------
    statistics : sequence
        Each over the same entities, or over the first of them.
    is_member : bool array, shape (n_entities,)
        The labels that are permuted.
    rng : numpy.random.Generator
        Draws the permutations.
    permutations : int
        How many; the smallest possible p-value is one over one more than that.
    strata : int64 array, shape (n_entities,), optional
        Labels are permuted within those who have the same number.
    """
    if not statistics:
        return PermutationResult(np.empty(0), np.empty(0), 1.0, permutations)
    of_labels = _Statistics(statistics)
    groups = _groups(strata, len(is_member))
    # one chunk at a time: the labels of all permutations would be far larger than the table
    labels = chain(
        [is_member.astype(np.int8)[:, None]],
        (
            _random_labels(is_member, groups, rng, min(CHUNK, permutations - start))
            for start in range(0, permutations, CHUNK)
        ),
    )
    p_values, single = _max_t(np.concatenate([of_labels(chunk) for chunk in labels], axis=1))
    return PermutationResult(p_values, single, float(p_values.min()), permutations)


def _groups(strata: npt.NDArray[np.int64] | None, people: int) -> list[npt.NDArray[np.int64]]:
    if strata is None:
        return [np.arange(people)]
    return [np.flatnonzero(strata == number) for number in np.unique(strata)]


def _random_labels(
    is_member: BoolArray,
    groups: Sequence[npt.NDArray[np.int64]],
    rng: np.random.Generator,
    count: int,
) -> npt.NDArray[np.int8]:
    """Columns of labels with the observed number of members in each group.

    The smaller side is drawn, and the others are the other side.
    """
    by_group = np.empty((count, len(is_member)), dtype=np.int8)
    start = 0
    for people in groups:
        members = int(np.count_nonzero(is_member[people]))
        controls = len(people) - members
        draws_members = members <= controls
        for row in by_group[:, start : start + len(people)]:
            row[:] = _draw(len(people), min(members, controls), rng) == draws_members
        start += len(people)
    labels = np.empty((len(is_member), count), dtype=np.int8)
    labels[np.concatenate(groups)] = np.ascontiguousarray(by_group.T)
    return labels


def _draw(people: int, drawn: int, rng: np.random.Generator) -> BoolArray:
    """Draw so many of the people, at most half; all sets of that size are equally likely.

    A coin is tossed for each, and what is then too much or too little is drawn among them. That is
    several times as fast as shuffling, and as exact: however many the coins choose, all sets of
    that size are equally likely, before and after.
    """
    of_all = 1 << 16
    is_drawn: BoolArray = rng.integers(of_all, size=people, dtype=np.uint16) < (
        drawn * of_all // max(people, 1)
    )
    excess = int(np.count_nonzero(is_drawn)) - drawn
    candidates = np.flatnonzero(is_drawn if excess > 0 else ~is_drawn)
    turned = rng.choice(candidates, abs(excess), replace=False, shuffle=False)
    is_drawn[turned] = excess < 0
    return is_drawn


def _max_t(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P-values of the first column of values among all columns: corrected for all rows, and not."""
    spread = values.std(axis=1, keepdims=True)
    constant = spread[:, 0] <= ROUNDING * np.maximum(1.0, np.abs(values).max(axis=1))
    centred = values - values.mean(axis=1, keepdims=True)
    standard = centred / np.where(spread > 0, spread, 1.0)
    standard[constant] = -np.inf
    observed = standard[:, :1] - ROUNDING
    corrected = (standard.max(axis=0)[None, :] >= observed).mean(axis=1)
    single = (standard >= observed).mean(axis=1)
    return np.where(constant, 1.0, corrected), np.where(constant, 1.0, single)


class _Statistics:
    """All statistics for many labellings at once; those about the same entities stand together."""

    def __init__(self, statistics: Sequence[Statistic]) -> None:
        parts = [s.parts if isinstance(s, LargestDifference) else (s,) for s in statistics]
        flat = [part for of_one in parts for part in of_one]
        self.starts, self.count = np.cumsum([0, *map(len, parts)])[:-1], len(flat)
        alike: dict[tuple[int, bytes], list[int]] = {}
        for place, part in enumerate(flat):
            among = b"" if part.among is None else np.packbits(part.among).tobytes()
            alike.setdefault((part.first, among), []).append(place)
        self.alike = [
            (places, _Alike([flat[place] for place in places])) for places in alike.values()
        ]

    def __call__(self, labels: npt.NDArray[np.int8]) -> FloatArray:
        values = np.empty((self.count, labels.shape[1]))
        for places, alike in self.alike:
            values[places] = alike(labels)
        largest: FloatArray = np.maximum.reduceat(values, self.starts, axis=0)
        return largest


class _Alike:
    """Statistics about the same entities, whose members are counted once for all of them.

    Mean differences are matrix products. The last row of ``values`` counts the members.
    """

    def __init__(self, statistics: Sequence[MeanDifference | ShareAboveThreshold]) -> None:
        first, among = statistics[0].first, statistics[0].among
        entities = np.arange(first) if among is None else np.flatnonzero(among)
        means = [s for s in statistics if isinstance(s, MeanDifference)]
        self.is_mean = np.array([isinstance(s, MeanDifference) for s in statistics])
        self.count = len(entities)
        self.rows = slice(first) if among is None else entities
        self.values = np.ones((len(means) + 1, self.count))
        for row, mean in enumerate(means):
            self.values[row] = mean.values[self.rows] * mean.scale
        self.totals = self.values.sum(axis=1, keepdims=True)
        self.tails = [_Tail(s, entities) for s in statistics if isinstance(s, ShareAboveThreshold)]

    def __call__(self, labels: npt.NDArray[np.int8]) -> FloatArray:
        sums = self._of_members(labels)
        members = sums[-1].astype(np.int64)
        found = np.empty((len(self.is_mean), labels.shape[1]))
        found[self.is_mean] = self._differences(sums, members)[:-1]
        for place, tail in zip(np.flatnonzero(~self.is_mean), self.tails, strict=True):
            found[place] = tail(labels, members)
        return found

    def _of_members(self, labels: npt.NDArray[np.int8]) -> FloatArray:
        """Sum the values of the members, some entities at a time."""
        is_member = labels[self.rows]
        sums = np.zeros((len(self.values), labels.shape[1]))
        for start in range(0, self.count, ENTITIES_AT_ONCE):
            some = slice(start, start + ENTITIES_AT_ONCE)
            sums += self.values[:, some] @ is_member[some].astype(np.float64)
        return sums

    def _differences(self, sums: FloatArray, members: npt.NDArray[np.int64]) -> FloatArray:
        controls = self.count - members
        difference: FloatArray = sums / np.maximum(members, 1)
        difference -= (self.totals - sums) / np.maximum(controls, 1)
        # with nobody left on one side there is no difference to speak of
        return np.where((members > 0) & (controls > 0), difference, 0.0)


class _Tail:
    """Share of members above the controls' threshold, for many labellings at once.

    Only the top of the ranking matters: the threshold is the score of the first control too many.
    Whoever ties with it counts by the share of tied controls that still fit under the rate, as if
    ties were broken at random. Leaving them out, as the estimate does, would make the statistic
    jump between nothing and everything where many tie, and such jumps would drown the others in
    the maximum.
    """

    def __init__(self, statistic: ShareAboveThreshold, entities: npt.NDArray[np.int64]) -> None:
        self.fpr = statistic.fpr
        self.order = entities[np.argsort(-statistic.scores[entities], kind="stable")]
        ordered = statistic.scores[self.order]
        starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        sizes = np.diff(np.append(starts, len(ordered)))
        self.block_start = np.repeat(starts, sizes)
        self.block_stop = np.repeat(starts + sizes, sizes)

    def __call__(self, labels: npt.NDArray[np.int8], members: npt.NDArray[np.int64]) -> FloatArray:
        passing = np.floor(self.fpr * (len(self.order) - members) + 1e-9).astype(np.int64)
        columns = np.arange(labels.shape[1])
        controls = self._controls_from_top(labels, members, passing)
        first_too_many = np.argmax(controls > passing, axis=0) - 1
        start, stop = self.block_start[first_too_many], self.block_stop[first_too_many]
        above, not_below = controls[start, columns], controls[stop, columns]
        fitting = (passing - above) / np.maximum(not_below - above, 1)
        tied_members = (stop - start) - (not_below - above)
        share: FloatArray = (start - above) + fitting * tied_members
        # with nobody left on one side there is no share to speak of
        told_apart = (members > 0) & (members < len(self.order))
        return np.where(told_apart, share / np.maximum(members, 1), 0.0)

    def _controls_from_top(
        self,
        labels: npt.NDArray[np.int8],
        members: npt.NDArray[np.int64],
        passing: npt.NDArray[np.int64],
    ) -> npt.NDArray[Any]:
        """Number of controls among the first 0, 1, 2, ... of the ranking, as deep as is needed."""
        most = int(passing.max())
        share = 1.0 - int(members.max()) / len(self.order)
        deep = (most + 1 + 8 * np.sqrt(most + 4)) / max(share, 1e-9) + 8
        depth = int(self.block_stop[int(min(deep, len(self.order))) - 1])
        top = labels[self.order[:depth]] == 0
        if (top.sum(axis=0) <= passing).any():
            top = labels[self.order] == 0
        counts = np.cumsum(top, axis=0, dtype=np.int32)
        return np.concatenate([np.zeros((1, counts.shape[1]), dtype=np.int32), counts])
