"""Conformance checks for people who write attacks.

Every built-in attack passes them, so that a number from one attack means the same as a number from
another. With pytest:

.. code-block:: python

    @pytest.mark.parametrize("check", conformance_checks(), ids=str)
    def test_my_attack_keeps_the_contract(check):
        check(MyAttack())

An attack that is blind by design to verbatim copies says ``fires_on_copies = False``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn, get_args

import numpy as np
import numpy.typing as npt
from scipy import stats

from reidaudit.attack import Attack, Bearing, Case, EncodingName, Outcome, Place
from reidaudit.attempts import attempt
from reidaudit.labels import hand_out_labels
from reidaudit.measure.measures import People, measures_of, statistic_of
from reidaudit.measure.permutation import permutation_test
from reidaudit.seeds import generator_for
from reidaudit.testing_tables import FRESH_RELEASES, ODD_TABLES, by_income, example_case
from reidaudit.vocabulary import Family, Need

__all__ = ["ConformanceCheck", "check_attack", "conformance_checks"]

FloatArray = npt.NDArray[np.float64]

PERMUTATIONS = 400
SIGNIFICANT = 0.01
SLACK_OF_RANKS = 0.25


@dataclass(frozen=True)
class ConformanceCheck:
    """One rule of the contract; call it with an attack.

    Attributes
    ----------
    name : str
        The rule, in words joined by underscores.
    rule : callable
        Takes the attack and a seed, and raises AssertionError where the rule is broken.
    """

    name: str
    rule: Callable[[Attack, int], None]

    def __call__(self, attack: Attack, seed: int = 0) -> None:
        """Check one attack.

        Raises
        ------
        AssertionError
            Naming the attack, the rule, and what was seen.
        """
        try:
            self.rule(attack, seed)
        except AssertionError as broken:
            name = getattr(attack, "name", type(attack).__name__)
            raise AssertionError(f"{name} breaks the rule {self.name!r}: {broken}") from (
                broken.__cause__
            )

    def __str__(self) -> str:
        return self.name


def check_attack(attack: Attack, *, seed: int = 0) -> None:
    """Run all conformance checks on an attack; takes a few seconds.

    Parameters
    ----------
    attack : Attack
        An object, not a class.
    seed : int
        Of the example tables and of the attack.

    Raises
    ------
    AssertionError
        Naming the first rule that the attack breaks, and what was seen.
    """
    for check in conformance_checks():
        check(attack, seed)


def conformance_checks() -> list[ConformanceCheck]:
    """Return the checks by themselves, for ``pytest.mark.parametrize(..., ids=str)``.

    Returns
    -------
    list of ConformanceCheck
        In the order in which a broken attack is best mended.
    """
    rules = {
        "keeps_the_protocol": _keeps_the_protocol,
        "gives_one_finite_value_per_target": _gives_one_finite_value_per_target,
        "never_writes_to_its_inputs": _never_writes_to_its_inputs,
        "same_result_for_the_same_seed": _same_result_for_the_same_seed,
        "same_result_for_any_number_of_workers": _same_result_for_any_number_of_workers,
        "does_not_depend_on_who_is_a_member": _does_not_depend_on_who_is_a_member,
        "no_false_alarm_on_fresh_data": _no_false_alarm_on_fresh_data,
        "fires_on_copies": _fires_on_copies,
    }
    checks = [ConformanceCheck(name, rule) for name, rule in rules.items()]
    return checks + [ConformanceCheck(f"survives_{name}", _survives(name)) for name in ODD_TABLES]


# --- the rules ---------------------------------------------------------------------------------


def _keeps_the_protocol(attack: Attack, seed: int) -> None:
    for part in ("name", "version", "family", "needs", "run"):
        _insist(hasattr(attack, part), f"it has no {part}")
    for part in ("name", "version"):
        text = getattr(attack, part)
        _insist(isinstance(text, str) and bool(text), f"its {part} is not a word but {text!r}")
    _insist(isinstance(attack.family, Family), f"its family {attack.family!r} is not a Family")
    family = attack.family.value
    _insist(
        attack.name.split(".")[0] == family, f"its name does not begin with its family, {family!r}"
    )
    _insist(
        isinstance(attack.needs, frozenset) and all(isinstance(n, Need) for n in attack.needs),
        f"its needs are not a frozenset of Need but {attack.needs!r}",
    )
    _insist(callable(attack.run), "its run cannot be called")


def _gives_one_finite_value_per_target(attack: Attack, seed: int) -> None:
    case, _ = _case(attack, "half copied", seed)
    outcomes = _run(attack, case, seed)
    _insist(len(outcomes) > 0, "it gives no outcome for an ordinary table")
    columns = [column.name for column in case.schema.audited] + list(case.identifiers)
    for outcome in outcomes:
        _insist(bool(outcome.name) and bool(outcome.title), "an outcome lacks a name or a title")
        _insist(
            outcome.column is None or outcome.column in columns,
            f"outcome {outcome.name!r} names {outcome.column!r}, no column that it was given",
        )
        _insist(outcome.bearing in get_args(Bearing), f"there is no bearing {outcome.bearing!r}")
        _insist(
            bool(np.isfinite(list(outcome.facts.values())).all()),
            f"a fact of outcome {outcome.name!r} is not finite",
        )
        if outcome.common_guess is not None:
            _insist(
                outcome.common_guess.shape == (case.n_targets,)
                and bool(((outcome.common_guess >= 0) & (outcome.common_guess <= 1)).all()),
                f"the common guess of {outcome.name!r} is not one chance for each target",
            )


def _never_writes_to_its_inputs(attack: Attack, seed: int) -> None:
    case, _ = _case(attack, "half copied", seed)
    before = {name: array.copy() for name, array in _arrays_of(case)}
    _run(attack, case, seed)
    for name, array in _arrays_of(case):
        same = np.array_equal(before[name], array, equal_nan=array.dtype.kind == "f")
        _insist(same, f"it changed {name}; copy what you want to change")


def _same_result_for_the_same_seed(attack: Attack, seed: int) -> None:
    state, legacy = random.getstate(), _legacy_state()
    first = _run(attack, _case(attack, "half copied", seed)[0], seed)
    untouched = random.getstate() == state and _legacy_state() == legacy
    second = _run(attack, _case(attack, "half copied", seed)[0], seed)
    _insist_equal(first, second, "two runs with one seed differ; draw only from the given rng")
    _insist(untouched, "it draws from the global generators; draw only from the given rng")


def _same_result_for_any_number_of_workers(attack: Attack, seed: int) -> None:
    one, two = (
        _run(attack, _case(attack, "half copied", seed, workers=workers)[0], seed)
        for workers in (1, 2)
    )
    _insist_equal(one, two, "one and two workers give different results")


def _does_not_depend_on_who_is_a_member(attack: Attack, seed: int) -> None:
    """Compare target by target after the same rows were split anew and shuffled anew."""
    if Need.LABELS in attack.needs:
        return  # it depends on whom it learns from, and is told nothing of the others
    case, _ = _case(attack, "half copied", seed)
    other, _ = _case(attack, "half copied, split anew", seed, shuffle=1)
    here, there = by_income(case), by_income(other)
    before, after = _run(attack, case, seed), _run(attack, other, seed)
    reseeded = _run(attack, case, seed + 1)
    _insist_same_names(before, after, "after another split the outcomes have other names")
    message = "values change with the order of the pool or with who is a member"
    for one, two, again in zip(before, after, reseeded, strict=True):
        for what in ("among", "common_guess"):
            same = np.array_equal(_all(one, what)[here], _all(two, what)[there])
            _insist(same, f"{what} of outcome {one.name!r} changes with who is a member")
        if np.array_equal(one.values, again.values):
            near = all(
                np.allclose(_all(one, what)[here], _all(two, what)[there], rtol=1e-6, atol=1e-9)
                for what in ("values", "sureness")
            )
        else:
            # the attack draws random numbers: another order may cost no more than another seed
            usual = _rank_correlation(one.values, again.values)
            found = _rank_correlation(one.values[here], two.values[there])
            near = found >= usual - SLACK_OF_RANKS
        _insist(bool(near), f"{message} (outcome {one.name!r})")


def _no_false_alarm_on_fresh_data(attack: Attack, seed: int) -> None:
    p_values = [_p_value(attack, f"fresh {place}", seed) for place in range(FRESH_RELEASES)]
    alarms = sum(p_value <= SIGNIFICANT for p_value in p_values)
    _insist(
        alarms < 2,
        f"{alarms} of {FRESH_RELEASES} releases of other people's rows look like leaks "
        f"(smallest p-value {min(p_values):.3g})",
    )


def _fires_on_copies(attack: Attack, seed: int) -> None:
    if not getattr(attack, "fires_on_copies", True):
        return
    p_value = _p_value(attack, "copies", seed)
    _insist(
        p_value <= SIGNIFICANT,
        f"it sees no leak in a release that is the train table (p-value {p_value:.3g}); "
        "if that is by design, say fires_on_copies = False",
    )


def _survives(name: str) -> Callable[[Attack, int], None]:
    def rule(attack: Attack, seed: int) -> None:
        case, _ = _case(attack, name, seed)
        _run(attack, case, seed, may_be_unmet=True)

    return rule


# --- running and comparing ---------------------------------------------------------------------


def _insist(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)


def _insist_equal(first: Sequence[Outcome], second: Sequence[Outcome], message: str) -> None:
    _insist_same_names(first, second, message)
    for one, two in zip(first, second, strict=True):
        for what in ("values", "among", "common_guess", "sureness", "guessed", "truth"):
            same = np.array_equal(_all(one, what), _all(two, what))
            _insist(same, f"{message} ({what} of outcome {one.name!r})")


def _all(outcome: Outcome, what: str) -> FloatArray:
    """One array of an outcome; ones where it has none, as when nobody is left out."""
    found = getattr(outcome, what)
    return np.ones(len(outcome.values)) if found is None else np.asarray(found, dtype=np.float64)


def _insist_same_names(first: Sequence[Outcome], second: Sequence[Outcome], message: str) -> None:
    same = [outcome.name for outcome in first] == [outcome.name for outcome in second]
    _insist(same, message)


def _case(
    attack: Attack, name: str, seed: int, *, shuffle: int = 0, workers: int = 1
) -> tuple[Case, npt.NDArray[np.bool_]]:
    """Build an example as the attack gets it: with the labels of half, if it learns from them."""
    case, is_member = example_case(name, seed, shuffle=shuffle, workers=workers)
    if Need.LABELS in attack.needs:
        labels = hand_out_labels(case.entities, is_member, generator_for(seed, "labels"))
        case = replace(case, labels=labels)
    return case, is_member


def _run(
    attack: Attack, case: Case, seed: int, *, may_be_unmet: bool = False
) -> tuple[Outcome, ...]:
    """Run an attack as the engine does, but show the whole error of one that raises."""
    result = attempt(attack, case, seed)
    if result.error is not None:
        _explain(attack, case, seed, result.error)
    _insist(may_be_unmet or result.not_run is None, f"it was not run: {result.not_run}")
    return result.outcomes


def _explain(attack: Attack, case: Case, seed: int, error: str) -> NoReturn:
    try:
        list(attack.run(case, generator_for(seed, attack.name)))
    except Exception as cause:
        raise AssertionError(f"{error}: {cause}") from cause
    raise AssertionError(error)


def _p_value(attack: Attack, example: str, seed: int) -> float:
    """Return the exact test of "no leak" over all measures of all outcomes."""
    case, is_member = _case(attack, example, seed)
    people = People(case.entities, is_member)
    statistics = [
        statistic_of(spec, people.join(outcome, attack.family))
        for outcome in _run(attack, case, seed)
        for spec in measures_of(outcome, people.controls)
    ]
    strata = None
    if case.labels is not None:
        strata = people.holding(case.labels.learned_from).astype(np.int64)
    rng = generator_for(seed, "permutations")
    return permutation_test(statistics, people.is_member, rng, PERMUTATIONS, strata).any_leak


def _rank_correlation(one: FloatArray, two: FloatArray) -> float:
    if min(np.ptp(one), np.ptp(two)) == 0.0:
        return float(np.ptp(one) == np.ptp(two))
    return float(stats.spearmanr(one, two).statistic)


def _legacy_state() -> tuple[Any, ...]:
    name, keys, *rest = np.random.get_state()  # noqa: NPY002 - this is what must stay as it is
    return (name, np.asarray(keys).tobytes(), *rest)


def _arrays_of(case: Case) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Everything that an attack can lay its hands on, by name."""
    yield "case.entities", case.entities
    for place, plain in (("pool", case.pool), ("release", case.release)):
        for column, codes in enumerate(plain.codes):
            yield f"case.{place}.codes[{column}]", codes
        for column, numbers in enumerate(plain.numbers):
            if numbers is not None:
                yield f"case.{place}.numbers[{column}]", numbers
    encodings: tuple[EncodingName, ...] = ("gower", "normal")
    places: tuple[Place, ...] = ("pool", "release")
    for encoding in encodings:
        for place, table in case.encoded(encoding).items():
            for i, array in enumerate((*table.words, *table.numbers)):
                yield f"column {i} of case.encoded({encoding!r})[{place!r}]", array
        for place in places:
            found = case.neighbours(encoding, place, k=5)
            yield f"case.neighbours({encoding!r}, {place!r}).distance", found.distance
            yield f"case.neighbours({encoding!r}, {place!r}).ties", found.ties
    for place, keys in zip(("pool", "release"), case.keys(), strict=True):
        yield f"the {place}'s case.keys()", keys.whole
