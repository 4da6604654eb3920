"""Combinations of a few values that only one person has, and that stand in the release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.attack import (
    Attack,
    Case,
    Family,
    KeyCells,
    Need,
    Outcome,
    RowKeys,
    without_lookalike,
)
from reidaudit_attacks.key_sets import choose_key_sets, most_key_sets, surprise_of

FloatArray = npt.NDArray[np.float64]


class RareCombination(Attack):
    """Do combinations of two or three values that only the target has stand in the release?

    Whoever is alone with a few values can be singled out by them (Article 29 Working Party,
    Opinion 05/2014). Every set of two or three columns is looked at by hashing, over all rows; of
    more than 500 sets, as many are taken, evenly spread. A hit counts by minus the logarithm of how
    often people who are alone with that set find their values in the release, so that sets where
    strangers hit as well count for little. Single values are the matter of ``value_reuse``.
    """

    name = "disclosure.rare_combination"
    version = "1"
    family = Family.DISCLOSURE
    needs: frozenset[Need] = frozenset()
    asks_everybody = True
    mending = "coarsen the columns that make people unique, or leave rare rows out of train"

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield one score: the surprise of all hits together."""
        columns = len(case.schema.audited)
        if columns < 2:
            return
        pool, release = case.keys()
        chosen = choose_key_sets(columns, fewest=2, most=most_key_sets(case))
        parallel = joblib.Parallel(n_jobs=case.workers, prefer="threads", return_as="generator")
        surprise = np.zeros(case.n_targets)
        for more in parallel(
            joblib.delayed(_surprise)(pool, release, together, case.entities) for together in chosen
        ):
            surprise += more
        yield Outcome.of_scores(
            "up_to_three_columns",
            "Do combinations of values that only one person has stand in the release?",
            surprise,
            bearing="fail_only",
        )


def _surprise(
    pool: RowKeys, release: RowKeys, together: Sequence[int], entities: npt.NDArray[np.int64]
) -> FloatArray:
    """Score the targets who are alone with their values and find them in the release."""
    own = pool.only(together)
    alone = without_lookalike(own, entities)
    lonely = KeyCells.of(own[alone])
    hits = alone.copy()
    hits[alone] = (lonely.tally(release.only(together)) > 0)[lonely.of_row]
    return surprise_of(hits, alone)
