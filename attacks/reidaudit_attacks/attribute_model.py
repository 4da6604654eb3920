"""Guess a person's secret by a model that learned from the release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome
from reidaudit_attacks.features import SingleArray, features_of

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

MOST_COLUMNS = 30
MOST_RECORDS = 10_000
MOST_LEVELS = 20
ROUNDS = 10
LEARNING_RATE = 0.3


class ModelInference(Attack):
    """Guess every sensitive column by gradient boosting that was trained on the release.

    The attacker knows all other columns, and learns from the release how the secret follows from
    them (Article 29 Working Party, Opinion 05/2014, inference; attribute inference by a model of
    the release: T. Stadler, B. Oprisanu and C. Troncoso, Synthetic Data: Anonymisation Groundhog
    Day, USENIX Security 2022). What the model guesses right of controls as well is statistics. An
    attacker may keep silent where unsure, so the surest guesses about a category are looked at too,
    from the surest hundredth to the surest half; which of these shares shows most is chosen inside
    the exact test.

    Boosting learns what records have in common, so it sees less of a single copied record than the
    nearest record does, and more of a group. It may learn from 10,000 release records, drawn at
    random: more hardly change it. Levels beyond the twenty commonest are not guessed, and of more
    than thirty sensitive columns thirty are drawn.
    """

    name = "attribute_inference.model"
    version = "2"
    family = Family.ATTRIBUTE_INFERENCE
    needs = frozenset({Need.SENSITIVE})

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield one or two outcomes of guesses for each sensitive column."""
        records = len(case.release.codes[0])
        secrets = np.asarray(case.schema.sensitive)
        if len(case.schema.audited) < 2 or records == 0:
            return
        chosen = np.sort(rng.permutation(secrets)[:MOST_COLUMNS])
        lesson = np.sort(rng.permutation(records)[:MOST_RECORDS])
        seeds = rng.integers(2**31, size=len(chosen))
        features = features_of(case)
        from threadpoolctl import threadpool_limits

        parallel = joblib.Parallel(n_jobs=case.workers, prefer="threads")
        # each column is one thread's; more threads in its trees would get in each other's way
        with threadpool_limits(1):
            guesses = parallel(
                joblib.delayed(_guess)(case, column, features, lesson, seed)
                for column, seed in zip(chosen.tolist(), seeds.tolist(), strict=True)
            )
        for column, guess in zip(chosen.tolist(), guesses, strict=True):
            yield from _outcomes(case, column, guess)


@dataclass(frozen=True)
class _Guess:
    """Whether each target's value was guessed right, and how sure the model was of a category."""

    is_right: BoolArray
    sureness: FloatArray | None = None


def _outcomes(case: Case, column: int, guess: _Guess) -> Iterator[Outcome]:
    name, common_guess = case.schema.audited[column].name, case.common_guess(column)
    yield Outcome.of_guesses(
        f"{name}.from_all_others",
        f"Can a model of the release guess {name} from all other columns?",
        guess.is_right,
        column=name,
        common_guess=common_guess,
        by_entity="mean",
        bearing="fail_only",
    )
    if guess.sureness is not None:
        yield Outcome.of_guesses(
            f"{name}.from_all_others.when_sure",
            f"Can a model of the release guess {name}, where it is surest?",
            guess.is_right,
            column=name,
            common_guess=common_guess,
            sureness=guess.sureness,
            by_entity="mean",
            bearing="fail_only",
        )


def _guess(
    case: Case,
    column: int,
    features: tuple[SingleArray, SingleArray],
    lesson: npt.NDArray[np.int64],
    seed: int,
) -> _Guess:
    """Learn one column from the others; the result depends on the seed, never on the thread."""
    pool, release = (np.delete(table, column, axis=1) for table in features)
    if case.schema.audited[column].is_number:
        return _guess_number(case, column, pool, release[lesson], lesson, seed)
    return _guess_word(case, column, pool, release[lesson], lesson, seed)


def _guess_word(
    case: Case,
    column: int,
    pool: SingleArray,
    known: SingleArray,
    lesson: npt.NDArray[np.int64],
    seed: int,
) -> _Guess:
    from sklearn.ensemble import HistGradientBoostingClassifier

    levels = case.release.codes[column][lesson]
    present, counts = np.unique(levels, return_counts=True)
    common = present[np.argsort(-counts, kind="stable")[:MOST_LEVELS]]
    usable = np.isin(levels, common)
    truth = case.pool.codes[column]
    if len(common) < 2:
        return _Guess(truth == common[0])
    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS, learning_rate=LEARNING_RATE, early_stopping=False, random_state=seed
    )
    chances = model.fit(known[usable], levels[usable]).predict_proba(pool)
    return _Guess(model.classes_[chances.argmax(axis=1)] == truth, chances.max(axis=1))


def _guess_number(
    case: Case,
    column: int,
    pool: SingleArray,
    known: SingleArray,
    lesson: npt.NDArray[np.int64],
    seed: int,
) -> _Guess:
    """Guess the median given the other columns; right within the column's tolerance."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    tables = case.encoded("gower")
    place = tables["pool"].number_columns.index(column)
    one = tables["pool"].one
    truth, numbers = tables["pool"].numbers[place], tables["release"].numbers[place][lesson]
    present = numbers <= one
    if not present.any():
        return _Guess(np.zeros(len(truth), dtype=bool))
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=ROUNDS,
        learning_rate=LEARNING_RATE,
        early_stopping=False,
        random_state=seed,
    )
    guessed = model.fit(known[present], numbers[present] / one).predict(pool) * one
    return _Guess(np.abs(truth - guessed) <= case.tolerance(column, one))
