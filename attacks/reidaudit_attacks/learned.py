"""Membership learned: a model that is told of half of the people who was a member."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, EncodingName, Family, Labels, Need, Outcome
from reidaudit_attacks.distances import by_column, nearness_by_column, typical
from reidaudit_attacks.local_likelihood import PEOPLE, share_out_release
from reidaudit_attacks.value_reuse import ValueReuse

FloatArray = npt.NDArray[np.float64]

ENCODINGS: tuple[EncodingName, ...] = ("gower", "normal")
SOFTENING = 0.1
MOST_COLUMNS = 30
TREES = 200
LEAST_LEAF, LEAVES_AT_MOST = 20, 400


class Learned(Attack):
    """Learns from labelled people what membership looks like, and scores the others.

    No attacker has such labels; a controller does, and what a model can learn from them bounds what
    a cleverer attacker may find by other means. Gradient boosting reads the neighbour graph (log
    distances to release and people in two encodings), the shares of release records that fall to
    the target, the values that are reused, and how far the nearest release record lies in each
    column. The engine tells the labels of one half of the people and scores the other half alone,
    so the exact test holds as for every other attack.
    """

    name = "membership_inference.learned"
    version = "1"
    family = Family.MEMBERSHIP_INFERENCE
    needs = frozenset({Need.LABELS})

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield the log odds of membership."""
        assert case.labels is not None
        features = np.column_stack([*_distances(case), *_shares(case), *_columns(case)])
        reuse = [outcome.values for outcome in ValueReuse().run(case, rng)]
        features = np.column_stack([features, *reuse])
        scores = _log_odds(features, case.labels, int(rng.integers(2**31)))
        title = "Can membership be told by what was learned from other people's?"
        yield Outcome.of_scores("boosting", title, scores, bearing="fail_only")

    def explain(self, case: Case, outcome: Outcome) -> Mapping[int, FloatArray]:
        """Score the targets by each column alone."""
        return nearness_by_column(case)


def _distances(case: Case) -> list[FloatArray]:
    """Log distances to release and people, and their ratio."""
    columns = []
    for encoding in ENCODINGS:
        people = case.neighbours(encoding, "pool", k=5).distance
        release = case.neighbours(encoding, "release", k=2 if encoding == "gower" else 5).distance
        scale = SOFTENING * typical(people[:, 0])
        own, other = np.log(people + scale), np.log(release + scale)
        columns += [*own.T, *other.T, own[:, 0] - other[:, 0]]
    return [np.nan_to_num(column, posinf=0.0) for column in columns]


def _shares(case: Case) -> list[FloatArray]:
    """How much of the release falls to the target, and how well its nearest record fits others."""
    strongest, total = share_out_release(case, lambda share: share)
    record = case.neighbours("normal", "release").row[:, 0]
    beside, first = np.full((case.n_targets, 2), np.inf), 0
    for people in case.people_near_release("normal", PEOPLE):
        after = first + len(people.distance)
        here = (first <= record) & (record < after)
        beside[here] = people.distance[record[here] - first, :2]
        first = after
    return [strongest, total, *np.nan_to_num(beside, posinf=0.0).T]


def _columns(case: Case) -> list[FloatArray]:
    """How far the nearest release record lies in each column."""
    tables = case.encoded("normal")
    records = case.neighbours("normal", "release").row[:, 0]
    return list(by_column(tables["pool"], tables["release"], records).values())[:MOST_COLUMNS]


def _log_odds(features: FloatArray, labels: Labels, seed: int) -> FloatArray:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    known = labels.learned_from
    leaf = max(LEAST_LEAF, int(known.sum()) // LEAVES_AT_MOST)
    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        learning_rate=0.05,
        max_leaf_nodes=15,
        min_samples_leaf=leaf,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    # the sums would depend on the number of threads
    with threadpool_limits(1):
        model.fit(features[known], labels.is_member[known])
        scores: FloatArray = model.decision_function(features)
    return scores
