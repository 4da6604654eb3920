"""An attack in its own package: who stands in a crowd of release records?"""

from collections.abc import Iterable

import numpy as np

from reidaudit.attack import Attack, Case, Family, Need, Outcome


class CrowdShare(Attack):
    """Share of release records among the five records nearest to the target.

    Release records and other people of the pool are thrown together. A generator that memorised
    the target crowds the place around it; a harmless one puts no more records there than live
    there. Ties for the fifth place count half.
    """

    name = "membership_inference.crowd_share"
    version = "1"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield one score for every target of the pool."""
        release = case.neighbours("gower", "release", k=5).distance
        pool = case.neighbours("gower", "pool", k=5).distance
        fifth = np.sort(np.hstack([release, pool]), axis=1)[:, [4]]
        crowd = (release < fifth).sum(axis=1) + 0.5 * (release == fifth).sum(axis=1)
        title = "Is the neighbourhood crowded with release records?"
        yield Outcome.of_scores("five_nearest", title, crowd)
