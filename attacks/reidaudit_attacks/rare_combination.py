"""Combinations of a few values that only one person has, and that stand in the release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import comb

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome, RowKeys, without_lookalike

FloatArray = npt.NDArray[np.float64]

MOST_COLUMNS_TOGETHER = 3
MOST_COMBINATIONS = 500


class RareCombination(Attack):
    """Do combinations of two or three values that only the target has stand in the release?

    Whoever is alone with a few values can be singled out by them (Article 29 Working Party,
    Opinion 05/2014). Every set of two or three columns is looked at by hashing, over all rows; of
    more than 500 sets, as many are drawn at random. A hit counts by minus the logarithm of how
    often people who are alone with that set find their values in the release, so that sets where
    strangers hit as well count for little. Single values are the matter of ``value_reuse``.
    """

    name = "disclosure.rare_combination"
    version = "1"
    family = Family.DISCLOSURE
    needs: frozenset[Need] = frozenset()
    mending = "coarsen the columns that make people unique, or leave rare rows out of train"

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield one score: the surprise of all hits together."""
        columns = len(case.schema.audited)
        if columns < 2:
            return
        pool, release = case.keys()
        chosen = choose_combinations(columns, rng)
        parallel = joblib.Parallel(n_jobs=case.workers, prefer="threads")
        surprises = parallel(
            joblib.delayed(_surprise)(pool, release, together, case.entities) for together in chosen
        )
        yield Outcome.of_scores(
            "up_to_three_columns",
            "Do combinations of values that only one person has stand in the release?",
            np.sum(surprises, axis=0),
            bearing="fail_only",
        )


def choose_combinations(columns: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """List all pairs and triples of columns, or as many as may be looked at, drawn at random.

    Parameters
    ----------
    columns : int
        How many there are.
    rng : numpy.random.Generator
        Draws where there are too many.
    """
    sizes = range(2, min(MOST_COLUMNS_TOGETHER, columns) + 1)
    if sum(comb(columns, size) for size in sizes) <= MOST_COMBINATIONS:
        return [together for size in sizes for together in combinations(range(columns), size)]
    drawn = {
        tuple(sorted(rng.choice(columns, size, replace=False).tolist()))
        for size in sizes
        for _ in range(MOST_COMBINATIONS // len(sizes))
    }
    return sorted(drawn)


def _surprise(
    pool: RowKeys, release: RowKeys, together: Sequence[int], entities: npt.NDArray[np.int64]
) -> FloatArray:
    """Score the targets who are alone with their values and find them in the release."""
    own = pool.only(together)
    alone = without_lookalike(own, entities)
    hits = alone.copy()
    hits[alone] = np.isin(own[alone], release.only(together))
    often = (hits.sum() + 1) / (alone.sum() + 2)
    surprise: FloatArray = hits * -np.log(often)
    return surprise
