"""Several attacks together: whom do they agree on?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from reidaudit.attack import Attack, Case, Family, Need, Outcome
from reidaudit_attacks.distance_ratio import DistanceRatio
from reidaudit_attacks.distances import nearness_by_column
from reidaudit_attacks.local_likelihood import LocalLikelihood
from reidaudit_attacks.neighbourhood import Neighbourhood
from reidaudit_attacks.value_reuse import ValueReuse

FloatArray = npt.NDArray[np.float64]

TAKEN: tuple[tuple[type[Attack], str], ...] = (
    (DistanceRatio, "normal_soft"),
    (DistanceRatio, "gower_soft"),
    (LocalLikelihood, "strongest"),
    (LocalLikelihood, "total"),
    (Neighbourhood, "normal"),
    (ValueReuse, "column_gaps"),
)
"""Attacks that see different things: distances, likelihood, crowding and single values."""


class Ensemble(Attack):
    """The mean rank of a target over attacks that see different things.

    No attack is the best everywhere, and an attacker need not choose: what several of them rank
    high is likelier a member (the finding of J. Ward et al., Ensembling Membership Inference
    Attacks against Tabular Generative Models, 2025). Nothing is learned from labels, and no attack
    is chosen or weighted by how well it does.
    """

    name = "membership_inference.ensemble"
    version = "1"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield the mean rank."""
        ranks = [rankdata(scores) for scores in _scores(case, rng)]
        title = "Can membership be told by what several attacks agree on?"
        yield Outcome.of_scores("mean_rank", title, np.mean(ranks, axis=0), bearing="fail_only")

    def explain(self, case: Case, outcome: Outcome) -> Mapping[int, FloatArray]:
        """Score the targets by each column alone."""
        return nearness_by_column(case)


def _scores(case: Case, rng: np.random.Generator) -> Iterable[FloatArray]:
    for kind in dict.fromkeys(kind for kind, _ in TAKEN):
        wanted = {name for taken, name in TAKEN if taken is kind}
        for outcome in kind().run(case, rng):
            if outcome.name in wanted:
                yield outcome.values
