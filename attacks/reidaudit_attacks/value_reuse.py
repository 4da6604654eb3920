"""Values of real people that stand in the release, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome, without_lookalike
from reidaudit_attacks.halves import random_half

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SOFTENING = 0.05
LARGEST_LOG_RATIO = 4.0


class ValueReuse(Attack):
    """Do single values tie the target to the release, though no whole record does?

    Generators that draw each column from the values that occur (sequential trees as in synthpop,
    independent marginals, empirical copulas) scatter a person's values over many records, where no
    distance between records sees them. Two scores look at the columns one by one and add up what
    they find (the naive Bayes rule, columns taken as independent):

    ``exact_values``
        For every value that nobody else in the pool has and that stands in the release, minus the
        logarithm of how often chance puts such a value there. That is judged from the pool alone:
        values that only one person of a random half has, looked up in the other half.
    ``column_gaps``
        For every number, the logarithm of its distance to the nearest other person's value, less
        that of its distance to the nearest value of the release, both softened. A value that was
        taken over, or moved by less than people lie apart, stands out. The calibration is that of
        L. Watson et al., On the Importance of Difficulty Calibration in Membership Inference
        Attacks (ICLR 2022), in one dimension.
    """

    name = "disclosure.value_reuse"
    version = "1"
    family = Family.DISCLOSURE
    needs: frozenset[Need] = frozenset()
    asks_everybody = True
    mending = (
        "round or coarsen these columns, or draw new values around the real ones in place of the "
        "real ones themselves"
    )

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield the two scores."""
        half = random_half(case.entities, rng)
        columns = range(len(case.schema.audited))
        surprise = [_surprise_of_reuse(case, column, half) for column in columns]
        yield Outcome.of_scores(
            "exact_values",
            "Do values that only one person has stand in the release?",
            np.sum(surprise, axis=0),
        )
        gaps = [_log_ratio_of_gaps(case, j) for j in columns if case.pool.numbers[j] is not None]
        if gaps:
            title = "Do numbers of real people stand in the release, or very near?"
            yield Outcome.of_scores("column_gaps", title, np.sum(gaps, axis=0))

    def explain(self, case: Case, outcome: Outcome) -> Mapping[int, FloatArray]:
        """Score the targets by each column alone."""
        columns = range(len(case.schema.audited))
        if outcome.name.startswith("exact_values"):
            # how often chance matches is one factor for a whole column, and no order depends on it
            return {column: _is_reused(case, column).astype(np.float64) for column in columns}
        numbers = [column for column in columns if case.pool.numbers[column] is not None]
        return {column: _log_ratio_of_gaps(case, column) for column in numbers}


def _surprise_of_reuse(case: Case, column: int, half: BoolArray) -> FloatArray:
    """Score the targets whose value is theirs alone and stands in the release; 0 for all others."""
    pool, release = case.pool.codes[column], case.release.codes[column]
    chance = _chance_of_reuse(pool, case.entities, half, len(release))
    surprise: FloatArray = _is_reused(case, column) * -np.log(chance)
    return surprise


def _is_reused(case: Case, column: int) -> BoolArray:
    """Tell whose value is theirs alone and stands in the release."""
    pool, release = case.pool.codes[column], case.release.codes[column]
    return _is_alone(pool, case.entities) & np.isin(pool, release)


def _is_alone(codes: npt.NDArray[np.int64], entities: npt.NDArray[np.int64]) -> BoolArray:
    """Tell whose value nobody else has; a missing value is nobody's own."""
    return (codes >= 0) & without_lookalike(codes.astype(np.uint64), entities)


def _chance_of_reuse(
    codes: npt.NDArray[np.int64],
    entities: npt.NDArray[np.int64],
    half: BoolArray,
    release_rows: int,
) -> float:
    """How often chance puts a value that only one person has into a release of so many rows."""
    alone = matched = 0
    for side in (half, ~half):
        own = codes[side][_is_alone(codes[side], entities[side])]
        alone += len(own)
        matched += int(np.isin(own, codes[~side]).sum())
    # one more of each, so that what was never seen is not taken for impossible
    share = (matched + 1) / (alone + 2)
    halves = release_rows / max(len(codes) / 2, 1)
    return float(min(1.0, share * halves))


def _log_ratio_of_gaps(case: Case, column: int) -> FloatArray:
    """Log distance to the nearest other person's number less that to the nearest release number."""
    own, offered = case.pool.numbers[column], case.release.numbers[column]
    assert own is not None
    assert offered is not None
    usable = np.isfinite(own)
    offered = np.unique(offered[np.isfinite(offered)])
    score = np.zeros(len(own))
    if usable.sum() < 2 or len(offered) == 0:
        return score
    to_others = _gap_to_others(own[usable], case.entities[usable])
    to_release = _gap_to(own[usable], offered)
    positive = to_others[(to_others > 0) & np.isfinite(to_others)]
    if len(positive) == 0:
        return score
    softening = SOFTENING * float(np.median(positive))
    ratio = np.log(to_others + softening) - np.log(to_release + softening)
    score[usable] = np.clip(ratio, -LARGEST_LOG_RATIO, LARGEST_LOG_RATIO)
    return score


def _gap_to(values: FloatArray, offered: FloatArray) -> FloatArray:
    """Distance to the nearest of some sorted numbers."""
    place = np.searchsorted(offered, values)
    below = offered[np.maximum(place - 1, 0)]
    above = offered[np.minimum(place, len(offered) - 1)]
    with np.errstate(over="ignore"):
        gap: FloatArray = np.minimum(np.abs(values - below), np.abs(above - values))
    return gap


def _gap_to_others(values: FloatArray, entities: npt.NDArray[np.int64]) -> FloatArray:
    """Distance to the nearest number of another entity; 0 where somebody else has the same."""
    order = np.lexsort((entities, values))
    ordered, owner = values[order], entities[order]
    before = _last_of_another(ordered, owner)
    after = -_last_of_another(-ordered[::-1], owner[::-1])[::-1]
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.minimum(ordered - before, after - ordered)
    result = np.empty(len(values))
    result[order] = np.where(np.isnan(gap), np.inf, gap)
    return np.minimum(result, np.finfo(np.float64).max / 4)


def _last_of_another(ordered: FloatArray, owner: npt.NDArray[np.int64]) -> FloatArray:
    """For each place of an ascending list, the last value before it that another entity has."""
    starts = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    run = np.cumsum(np.append(True, owner[1:] != owner[:-1])) - 1
    previous = np.append(-np.inf, ordered[np.maximum(starts[1:] - 1, 0)])
    result: FloatArray = previous[run]
    return result
