"""Membership from distances: is the target nearer to the release than people like it are?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Bearing, Case, EncodingName, Family, Need, Outcome
from reidaudit_attacks.distances import nearness_by_column, typical

FloatArray = npt.NDArray[np.float64]

ENCODINGS: dict[EncodingName, str] = {"gower": "shares of the range", "normal": "normal scores"}
SOFTENING = {"sharp": 0.001, "soft": 0.1}
POOL_NEIGHBOURS = 5


class DistanceRatio(Attack):
    """Log distance to the pool less log distance to the release.

    Being close to the release means little where people are dense, so the distance to the nearest
    release record is compared with the mean distance to the five nearest other people of the pool.
    The calibration is that of L. Watson et al., On the Importance of Difficulty Calibration in
    Membership Inference Attacks (ICLR 2022); taking the pool without the target for it needs no
    labels and spends no holdout rows.

    Both distances are softened by a share of the pool's median nearest distance before the
    logarithm is taken. A sharp softening ranks verbatim and near copies first; a soft one keeps
    chance hits in dense places from drowning a generator that stays near its training rows, and
    decides; the sharp one is a closer look, as copies have findings of their own.
    """

    name = "membership_inference.distance_ratio"
    version = "2"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield scores for two encodings and two softenings."""
        for encoding, unit in ENCODINGS.items():
            pool = case.neighbours(encoding, "pool", k=POOL_NEIGHBOURS).distance
            release = case.neighbours(encoding, "release").distance[:, 0]
            usual = _mean_of_finite(pool)
            scale = typical(pool[:, 0])
            for softness, share in SOFTENING.items():
                scores = np.log(usual + share * scale) - np.log(release + share * scale)
                title = f"Can membership be told by nearness to the release ({unit}, {softness})?"
                bearing: Bearing = "deciding" if softness == "soft" else "fail_only"
                yield Outcome.of_scores(f"{encoding}_{softness}", title, scores, bearing=bearing)

    def explain(self, case: Case, outcome: Outcome) -> Mapping[int, FloatArray]:
        """Score the targets by each column alone."""
        return nearness_by_column(case)


def _mean_of_finite(distance: FloatArray) -> FloatArray:
    """Mean over the neighbours that exist; 0 for a target who has no neighbour at all."""
    exists = np.isfinite(distance)
    total = np.where(exists, distance, 0.0).sum(axis=1)
    mean: FloatArray = total / np.maximum(exists.sum(axis=1), 1)
    return mean
