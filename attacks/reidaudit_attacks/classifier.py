"""Membership from a classifier: does a forest take the target for a release record?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome
from reidaudit_attacks.features import (
    SingleArray,
    features_of,
    folds_of_people,
    records_to_learn_from,
)

FloatArray = npt.NDArray[np.float64]

FOLDS = 3
FEWEST_TREES, MOST_TREES = 8, 60
ROWS_TIMES_TREES = 7_000_000


class ReleaseClassifier(Attack):
    """Log odds, by a forest that tells release records from people, that a target is release.

    The odds of a good classifier are the ratio of the two densities (M. Sugiyama, T. Suzuki and
    T. Kanamori, Density Ratio Estimation in Machine Learning, 2012), the score of B. van Breugel
    et al. (DOMIAS, AISTATS 2023) without a density. Classifiers of release against real records as
    a membership attack stand in F. Houssiau et al., TAPAS (2022), and J. Ward et al., Synth-MIA
    (2025), where a reference sample is spent on the side of the real; here that side is the pool
    without the target: every person is scored by trees that saw none of the person's rows.

    The trees are extremely randomised ones (P. Geurts, D. Ernst and L. Wehenkel, Extremely
    Randomized Trees, 2006), grown until every leaf is pure, with the split drawn at random. A
    target's leaf then says whether the row that random cuts part from it last is the release's,
    which boosted trees and larger leaves average away.
    """

    name = "membership_inference.classifier"
    version = "1"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield the log odds; nothing for a pool of one person."""
        fold = folds_of_people(case.entities, FOLDS, rng)
        if fold.max() == 0 or len(case.release.codes[0]) == 0:
            return
        pool, release = features_of(case, records_to_learn_from(case, rng))
        scores = np.zeros(case.n_targets)
        for place in range(int(fold.max()) + 1):
            asked = fold == place
            seed = int(rng.integers(2**31))
            scores[asked] = _log_odds(pool[asked], release, pool[~asked], case.workers, seed)
        title = "Does a forest that knows release from people take the target for release?"
        yield Outcome.of_scores("forest", title, scores, bearing="fail_only")


def _log_odds(
    asked: SingleArray, release: SingleArray, people: SingleArray, workers: int, seed: int
) -> FloatArray:
    """Grow a forest on release and people, and ask it about others."""
    from sklearn.ensemble import ExtraTreesClassifier

    features = np.concatenate([release, people])
    is_release = np.repeat([True, False], [len(release), len(people)])
    affordable = ROWS_TIMES_TREES // (FOLDS * len(features))
    trees = int(np.clip(affordable, FEWEST_TREES, MOST_TREES))
    forest = ExtraTreesClassifier(
        trees, max_features=1, class_weight="balanced", n_jobs=workers, random_state=seed
    )
    forest.fit(features, is_release)
    # threads would add the trees up in the order in which they finish
    chance: FloatArray = forest.set_params(n_jobs=1).predict_proba(asked)[:, 1]
    least = 0.5 / trees
    odds: FloatArray = np.log(chance + least) - np.log(1 - chance + least)
    return odds
