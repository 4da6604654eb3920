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
Rows = npt.NDArray[np.int64]

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
        learned_from = np.sort(rng.permutation(records)[:MOST_RECORDS])
        seeds = rng.integers(2**31, size=len(chosen))
        features = features_of(case, learned_from)
        parallel = joblib.Parallel(n_jobs=case.workers, prefer="threads")
        guesses = parallel(
            joblib.delayed(_guess)(case, column, features, learned_from, seed)
            for column, seed in zip(chosen.tolist(), seeds.tolist(), strict=True)
        )
        for column, guess in zip(chosen.tolist(), guesses, strict=True):
            yield from _outcomes(case, column, guess)


@dataclass(frozen=True)
class _Guess:
    """Whether each target's value was guessed right; of a category which, and how surely."""

    is_right: BoolArray
    sureness: FloatArray | None = None
    guessed: Rows | None = None
    truth: Rows | None = None


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
            guessed=guess.guessed,
            truth=guess.truth,
            by_entity="mean",
            bearing="fail_only",
        )


def _guess(
    case: Case,
    column: int,
    features: tuple[SingleArray, SingleArray],
    records: Rows,
    seed: int,
) -> _Guess:
    """Learn one column from the others; the result depends on the seed, never on the thread."""
    from threadpoolctl import threadpool_limits

    pool, release = (np.delete(table, column, axis=1) for table in features)
    lesson = _Lesson(case, column, records, release, pool, seed)
    is_number = case.schema.audited[column].is_number
    # trees would start threads of their own, in every thread anew; OpenMP is told thread by thread
    with threadpool_limits(1, user_api="openmp"):
        return _guess_number(lesson) if is_number else _guess_word(lesson)


@dataclass(frozen=True)
class _Lesson:
    """One column to be learned from some release records, and guessed of every target.

    ``known`` and ``asked`` hold the other columns: of these records, and of the targets.
    """

    case: Case
    column: int
    records: Rows
    known: SingleArray
    asked: SingleArray
    seed: int


def _guess_word(lesson: _Lesson) -> _Guess:
    from sklearn.ensemble import HistGradientBoostingClassifier

    levels = lesson.case.release.codes[lesson.column][lesson.records]
    present, counts = np.unique(levels, return_counts=True)
    common = present[np.argsort(-counts, kind="stable")[:MOST_LEVELS]]
    usable = np.isin(levels, common)
    truth = lesson.case.pool.codes[lesson.column]
    if len(common) < 2:
        return _Guess(truth == common[0])
    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS, learning_rate=LEARNING_RATE, early_stopping=False, random_state=lesson.seed
    )
    chances = model.fit(lesson.known[usable], levels[usable]).predict_proba(lesson.asked)
    guessed = model.classes_[chances.argmax(axis=1)]
    return _Guess(guessed == truth, chances.max(axis=1), *_by_frequency(truth, guessed))


def _by_frequency(truth: Rows, guessed: Rows) -> tuple[Rows, Rows]:
    """Name levels by their place in the pool's order of frequency; nobody's level comes last."""
    levels, counts = np.unique(truth, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    place = np.argsort(order)
    at = np.minimum(np.searchsorted(levels, guessed), len(levels) - 1)
    places: Rows = np.where(levels[at] == guessed, place[at], len(levels))
    return places, place[np.searchsorted(levels, truth)]


def _guess_number(lesson: _Lesson) -> _Guess:
    """Guess the median given the other columns; right within the column's tolerance."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    tables = lesson.case.encoded("gower")
    pool, release = tables["pool"], tables["release"]
    place, one = pool.number_columns.index(lesson.column), pool.one
    truth, numbers = pool.numbers[place], release.numbers[place][lesson.records]
    present = numbers <= one
    if not present.any():
        return _Guess(np.zeros(len(truth), dtype=bool))
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=ROUNDS,
        learning_rate=LEARNING_RATE,
        early_stopping=False,
        random_state=lesson.seed,
    )
    model.fit(lesson.known[present], numbers[present] / one)
    guessed = model.predict(lesson.asked) * one
    return _Guess(np.abs(truth - guessed) <= lesson.case.tolerance(lesson.column, one))
