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
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
CHUNK = 64
ROUNDING = 1e-9


@dataclass(frozen=True)
class MeanDifference:
    """Mean of the members' values less that of the controls.

    With mid-ranks for values this is a multiple of AUC - 1/2; with guesses it is the excess.
    """

    values: FloatArray

    @classmethod
    def of_ranks(cls, scores: FloatArray) -> MeanDifference:
        """Turn scores into mid-ranks, so that the difference of means is that of the AUC."""
        return cls(stats.rankdata(scores))


@dataclass(frozen=True)
class ShareAboveThreshold:
    """Share of members above the threshold that at most ``fpr`` of the controls pass."""

    scores: FloatArray
    fpr: float


Statistic = MeanDifference | ShareAboveThreshold


@dataclass(frozen=True)
class PermutationResult:
    """Corrected p-values, one for each statistic, and the one of any leak at all."""

    p_values: FloatArray
    any_leak: float
    permutations: int


def permutation_test(
    statistics: Sequence[Statistic],
    is_member: BoolArray,
    rng: np.random.Generator,
    permutations: int = 2000,
) -> PermutationResult:
    """Test all statistics together, one-sided: members suffer more than controls.

    Parameters
    ----------
    statistics : sequence
        Each over the same entities.
    is_member : bool array, shape (n_entities,)
        The labels that are permuted.
    rng : numpy.random.Generator
        Draws the permutations.
    permutations : int
        How many; the smallest possible p-value is one over one more than that.
    """
    if not statistics:
        return PermutationResult(np.empty(0), 1.0, permutations)
    linear = _Linear([s for s in statistics if isinstance(s, MeanDifference)])
    tails = [
        _Tail(s, int((~is_member).sum())) for s in statistics if not isinstance(s, MeanDifference)
    ]
    columns = [is_member.astype(np.int8)[:, None]]
    columns += [
        _random_labels(is_member, rng, min(CHUNK, permutations - start))
        for start in range(0, permutations, CHUNK)
    ]
    values = np.concatenate(
        [np.concatenate([linear(chunk), *(tail(chunk) for tail in tails)]) for chunk in columns],
        axis=1,
    )
    corrected = _max_t(values)
    order = [i for i, s in enumerate(statistics) if isinstance(s, MeanDifference)]
    order += [i for i, s in enumerate(statistics) if not isinstance(s, MeanDifference)]
    p_values = np.empty(len(statistics))
    p_values[order] = corrected
    return PermutationResult(p_values, float(p_values.min()), permutations)


def _random_labels(
    is_member: BoolArray, rng: np.random.Generator, count: int
) -> npt.NDArray[np.int8]:
    """Columns of labels with the observed number of members each."""
    labels = np.zeros((len(is_member), count), dtype=np.int8)
    members = int(is_member.sum())
    for column in range(count):
        labels[rng.permutation(len(is_member))[:members], column] = 1
    return labels


def _max_t(values: FloatArray) -> FloatArray:
    """P-values of the first column of values among all columns, corrected for all rows."""
    spread = values.std(axis=1, keepdims=True)
    constant = spread[:, 0] <= ROUNDING * np.maximum(1.0, np.abs(values).max(axis=1))
    centred = values - values.mean(axis=1, keepdims=True)
    standard = centred / np.where(spread > 0, spread, 1.0)
    standard[constant] = -np.inf
    largest = standard.max(axis=0)
    beaten = (largest[None, :] >= standard[:, :1] - ROUNDING).mean(axis=1)
    return np.where(constant, 1.0, beaten)


class _Linear:
    """Mean differences of many labellings at once, as one matrix product."""

    def __init__(self, statistics: list[MeanDifference]) -> None:
        self.values = np.array([s.values for s in statistics], dtype=np.float64)

    def __call__(self, labels: npt.NDArray[np.int8]) -> FloatArray:
        if len(self.values) == 0:
            return np.empty((0, labels.shape[1]))
        members = labels.sum(axis=0, dtype=np.int64)
        sums = self.values @ labels.astype(np.float64)
        totals = self.values.sum(axis=1, keepdims=True)
        difference: FloatArray = sums / members - (totals - sums) / (len(labels) - members)
        return difference


class _Tail:
    """Share of members above the controls' threshold, for many labellings at once.

    Only the top of the ranking matters: the threshold is the score of the first control too many,
    and everything that ties with it is left out.
    """

    def __init__(self, statistic: ShareAboveThreshold, controls: int) -> None:
        self.order = np.argsort(-statistic.scores, kind="stable")
        ordered = statistic.scores[self.order]
        new_block = np.append(True, ordered[1:] != ordered[:-1])
        self.block_start = np.maximum.accumulate(np.where(new_block, np.arange(len(ordered)), 0))
        self.passing = int(np.floor(statistic.fpr * controls + 1e-9))

    def __call__(self, labels: npt.NDArray[np.int8]) -> FloatArray:
        members = labels.sum(axis=0, dtype=np.int64)
        share_controls = 1.0 - members[0] / len(labels)
        depth = int((self.passing + 1 + 8 * np.sqrt(self.passing + 4)) / share_controls) + 8
        top = labels[self.order[:depth]]
        if int((top == 0).sum(axis=0).min()) <= self.passing:
            top = labels[self.order]
        controls = np.cumsum(top == 0, axis=0, dtype=np.int32)
        first_too_many = np.argmax(controls > self.passing, axis=0)
        start = self.block_start[first_too_many]
        columns = np.arange(labels.shape[1])
        above = np.where(start > 0, start - controls[np.maximum(start - 1, 0), columns], 0)
        share: FloatArray = (above / members)[None, :]
        return share
