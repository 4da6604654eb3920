"""Membership from densities: does the release lie denser around the target than people do?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, EncodedTable, Family, Need, Outcome
from reidaudit_attacks.drawn_targets import at_targets
from reidaudit_attacks.features import Words
from reidaudit_attacks.runs import runs

FloatArray = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

COMPONENTS = 8
LEAST_SHARE_OF_VARIANCE = 0.01
MOST_LEVELS = 20
MOST_TARGETS = 5_000
MOST_RECORDS = 1_000_000
"""Of more records so many are drawn, which say as well how dense the release lies anywhere."""
QUERIES, RUN = 256, 1024
ROWS_AT_ONCE = 1 << 16
KERNELS_AT_LEAST = 0.01
"""A hundredth of one record at the target's own place: what is thinner counts as empty."""


class DensityRatio(Attack):
    """Log density of the release at the target, less that of the pool without the target.

    After B. van Breugel et al., Membership Inference Attacks against Synthetic Data through
    Overfitting Detection (DOMIAS, AISTATS 2023), with Gaussian kernels. The densities are taken on
    the first principal components of normal scores and category indicators, scaled to the same
    spread, so that no covariance is singular, and wide tables keep a density at all; the bandwidth
    is Scott's. The rows of release and pool are summed, and the ratio is taken in logarithms. Every
    target costs a sum over all of them, so at most 5,000 targets are looked at, drawn at random,
    and at most a million records of the release.
    """

    name = "membership_inference.density_ratio"
    version = "2"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield the log ratio of the two densities."""
        tables = case.encoded("normal")
        chosen = np.sort(rng.permutation(case.n_targets)[:MOST_TARGETS])
        pool, release = _principal_components(tables["pool"], _some(tables["release"], rng))
        if case.n_targets < 3 or pool.shape[1] == 0:
            return
        width = case.n_targets ** (-1.0 / (pool.shape[1] + 4))
        pool, release = pool / width, release / width
        of_release = _kernel_sums(pool[chosen], release, None, case.workers)
        owners = (case.entities[chosen], case.entities)
        of_people = _kernel_sums(pool[chosen], pool, owners, case.workers)
        per_person = len(release) / (case.n_targets - 1)
        ratio = np.log(of_release + KERNELS_AT_LEAST) - np.log(
            of_people * per_person + KERNELS_AT_LEAST
        )
        title = "Does the release lie denser around the target than people do?"
        scores, among = at_targets(ratio, chosen, case.n_targets)
        outcome = Outcome.of_scores("components", title, scores, bearing="fail_only")
        yield replace(outcome, among=among)


def _some(release: EncodedTable, rng: np.random.Generator) -> EncodedTable:
    """Return the release, or as many of its records as can be afforded."""
    if release.rows <= MOST_RECORDS:
        return release
    return release.take(np.sort(rng.choice(release.rows, MOST_RECORDS, replace=False)))


def _principal_components(pool: EncodedTable, release: EncodedTable) -> tuple[FloatArray, ...]:
    """Coordinates with a spread of 1 in the pool, of the pool and of the release."""
    kept = [_commonest(words) for words in pool.words]
    scales = [float(numbers.std()) or float(pool.one) for numbers in pool.numbers]
    features = _features(pool, scales, kept)
    mean = features.mean(axis=0)
    centred = features - mean
    variances, directions = np.linalg.eigh(centred.T @ centred / max(len(centred), 1))
    order = np.argsort(-variances)[:COMPONENTS]
    order = order[variances[order] > LEAST_SHARE_OF_VARIANCE * variances.sum()]
    scaled = directions[:, order] / np.sqrt(variances[order])
    # a few rows at a time, as there are many more features than components
    return tuple(
        np.concatenate(
            [
                (_features(table.between(*some), scales, kept) - mean) @ scaled
                for some in runs(table.rows, ROWS_AT_ONCE)
            ]
        )
        for table in (pool, release)
    )


def _commonest(words: Words) -> Words:
    levels, counts = np.unique(words, return_counts=True)
    commonest: Words = levels[np.argsort(-counts, kind="stable")][:MOST_LEVELS]
    return commonest


def _features(table: EncodedTable, scales: Sequence[float], kept: Sequence[Words]) -> FloatArray:
    """One column for each number, and one for each of the levels that are kept of a category."""
    numbers = zip(table.numbers, scales, strict=True)
    words = zip(table.words, kept, strict=True)
    return np.column_stack(
        [
            *(column / scale for column, scale in numbers),
            *((column == level).astype(float) for column, levels in words for level in levels),
        ]
    )


def _kernel_sums(
    queries: FloatArray,
    index: FloatArray,
    owners: tuple[Rows, Rows] | None,
    workers: int,
) -> FloatArray:
    """Sum a Gaussian kernel over the index rows; with owners, without those of one's own."""
    from threadpoolctl import threadpool_limits

    # one product gives minus half the squared distance: [q, -q.q/2, 1] . [x, 1, -x.x/2]
    left = np.column_stack([queries, -0.5 * (queries**2).sum(axis=1), np.ones(len(queries))])
    right = np.column_stack([index, np.ones(len(index)), -0.5 * (index**2).sum(axis=1)])
    # in double precision, or scores would hang on where a row stands among the others
    right = np.ascontiguousarray(right.T)
    parallel = joblib.Parallel(n_jobs=workers, prefer="threads")
    # each block is one thread's; more threads in its product would only get in each other's way
    with threadpool_limits(1):
        sums = parallel(
            joblib.delayed(_sum_of_block)(left, right, owners, start, stop)
            for start, stop in runs(len(left), QUERIES)
        )
    result: FloatArray = np.concatenate(sums)
    return result


def _sum_of_block(
    left: FloatArray,
    right: FloatArray,
    owners: tuple[Rows, Rows] | None,
    first: int,
    last: int,
) -> FloatArray:
    total = np.zeros(last - first)
    for start, stop in runs(right.shape[1], RUN):
        kernel = left[first:last] @ right[:, start:stop]
        np.exp(np.minimum(kernel, 0.0, out=kernel), out=kernel)
        if owners is not None:
            ours, theirs = owners
            kernel[ours[first:last, None] == theirs[None, start:stop]] = 0.0
        total += kernel.sum(axis=1, dtype=np.float64)
    return total
