"""Membership from predictions: does the release know a target's values better than people do?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome, mid_ranks
from reidaudit_attacks.features import (
    Rows,
    SingleArray,
    features_of,
    folds_of_people,
    records_to_learn_from,
)

FloatArray = npt.NDArray[np.float64]

FOLDS = 2
MOST_COLUMNS = 30
MOST_LEVELS = 30
SOFTENING = 0.01
LOSS_OF_WRONG_CATEGORY = 2.0
FEWEST_TREES, MOST_TREES = 3, 10
ROWS_TIMES_TREES = 8_000_000


class ColumnError(Attack):
    """Loss of trees grown on other people, less that of trees grown on the release.

    Each column in turn is predicted from all the others, once by trees grown on the release and
    once by trees grown on people whose rows the target's are not among. Where the generator
    memorised a person, the release knows that person's values better than the population does. That
    a model's loss tells its training rows from others is S. Yeom et al., Privacy Risk in Machine
    Learning (CSF 2018); a model of the release in place of the generator is the synthetic predictor
    of F. Houssiau et al., TAPAS (2022); the loss of models without the target as its calibration is
    that of L. Watson et al., On the Importance of Difficulty Calibration in Membership Inference
    Attacks (ICLR 2022).

    The trees are extremely randomised (P. Geurts, D. Ernst and L. Wehenkel, 2006) and fully grown,
    so that they remember single rows. A number is predicted as its mid-rank in the pool, and its
    loss is the logarithm of the softened absolute error, taken tree by tree: one tree that is
    exactly right says more than many that are nearly so. The loss of a category is in proportion
    to the share of trees that are wrong; all but the thirty commonest levels count as one. A
    missing number is not predicted. Of more than thirty columns, thirty are drawn to be predicted.
    """

    name = "membership_inference.column_error"
    version = "1"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield the difference of losses; nothing for one column or a pool of one person."""
        columns = len(case.schema.audited)
        fold = folds_of_people(case.entities, FOLDS, rng)
        if columns < 2 or fold.max() == 0 or len(case.release.codes[0]) == 0:
            return
        chosen = np.sort(rng.permutation(columns)[:MOST_COLUMNS])
        seeds = rng.integers(2**31, size=len(chosen))
        records = records_to_learn_from(case, rng)
        features = features_of(case, records)
        trees = _trees(case.n_targets, len(features[1]), len(chosen))
        parallel = joblib.Parallel(n_jobs=case.workers, prefer="threads")
        gains = parallel(
            joblib.delayed(_gain)(case, column, records, features, fold, trees, seed)
            for column, seed in zip(chosen.tolist(), seeds.tolist(), strict=True)
        )
        title = "Does the release predict the target's values better than other people do?"
        outcome = Outcome.of_scores("trees", title, np.sum(gains, axis=0), bearing="fail_only")
        yield replace(outcome, facts={"columns_predicted": float(len(chosen))})


def _trees(people: int, records: int, columns: int) -> int:
    """Count the trees that a table of this size can afford."""
    grown_on = columns * (records + (FOLDS - 1) * people)
    return int(np.clip(ROWS_TIMES_TREES // grown_on, FEWEST_TREES, MOST_TREES))


def _gain(
    case: Case,
    column: int,
    records: Rows,
    features: tuple[SingleArray, SingleArray],
    fold: npt.NDArray[np.int64],
    trees: int,
    seed: int,
) -> FloatArray:
    """Loss by other people less loss by the release; 0 where there is nothing to predict or learn.

    The result depends on the seed, never on the thread that finds it.
    """
    rng = np.random.default_rng(seed)
    is_number = case.pool.numbers[column] is not None
    people, release = (np.delete(table, column, axis=1) for table in features)
    truth, released = _values(case, column, records, features)
    by_people = np.full(len(truth), np.nan)
    for place in range(FOLDS):
        asked = fold == place
        lesson = people[~asked], truth[~asked]
        by_people[asked] = _loss(lesson, people[asked], truth[asked], is_number, trees, rng)
    by_release = _loss((release, released), people, truth, is_number, trees, rng)
    return np.nan_to_num(by_people - by_release)


def _values(
    case: Case, column: int, records: Rows, features: tuple[SingleArray, SingleArray]
) -> tuple[FloatArray, FloatArray]:
    """What is predicted, in pool and release: mid-ranks, NaN where missing, or common levels."""
    ours, theirs = case.pool.numbers[column], case.release.numbers[column]
    if ours is None or theirs is None:
        pool, release = (np.minimum(table[:, column], MOST_LEVELS) for table in features)
        return pool.astype(np.float64), release.astype(np.float64)
    ordered = np.sort(ours[~np.isnan(ours)])
    return mid_ranks(ours, ordered), mid_ranks(theirs[records], ordered)


def _loss(
    lesson: tuple[SingleArray, FloatArray],
    asked: SingleArray,
    truth: FloatArray,
    is_number: bool,
    trees: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Mean loss of trees grown on a lesson; NaN where the truth or the whole lesson is missing."""
    from sklearn.tree import ExtraTreeClassifier, ExtraTreeRegressor

    known = ~np.isnan(lesson[1])
    # where most rows have a level of their own there is nothing to learn
    is_hopeless = not is_number and 2 * len(np.unique(lesson[1][known])) > known.sum()
    if not known.any() or is_hopeless or len(asked) == 0:
        return np.full(len(asked), np.nan)
    kind = ExtraTreeRegressor if is_number else ExtraTreeClassifier
    total = np.zeros(len(asked))
    for _ in range(trees):
        tree = kind(max_features=1, random_state=int(rng.integers(2**31)))
        tree.fit(lesson[0][known], lesson[1][known])
        if is_number:
            total += np.log(np.abs(tree.predict(asked) - truth) + SOFTENING)
        else:
            total -= LOSS_OF_WRONG_CATEGORY * _chance_of(truth, tree, asked)
    return total / trees


def _chance_of(truth: FloatArray, tree: Any, asked: SingleArray) -> FloatArray:
    """The chance that a tree gives to each true level; 0 for a level that it never saw."""
    levels = tree.classes_
    place = np.minimum(np.searchsorted(levels, truth), len(levels) - 1)
    chance = tree.predict_proba(asked)[np.arange(len(asked)), place]
    return np.where(levels[place] == truth, chance, 0.0)
