"""All built-in attacks keep the contract, and each check can tell an attack that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest

import reidaudit.testing
from reidaudit.attack import Attack, Case, Family, Need, Outcome
from reidaudit.plugins import load_attacks, registered
from reidaudit.testing import ConformanceCheck, check_attack, conformance_checks
from reidaudit.testing_tables import ODD_TABLES, example_case

BUILT_IN = [
    name for name, point in registered().items() if point.value.startswith("reidaudit_attacks.")
]
CHECKS = {check.name: check for check in conformance_checks()}
Run = Callable[[Case, np.random.Generator], Iterable[Outcome]]


@pytest.mark.parametrize("check", conformance_checks(), ids=str)
@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_attack(name: str, check: ConformanceCheck) -> None:
    check(load_attacks([name])[0])


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_attacks_fire_on_copies_without_exception(name: str) -> None:
    assert getattr(load_attacks([name])[0], "fires_on_copies", True)


# --- attacks that break one rule each ------------------------------------------------------------


class Example(Attack):
    """An attack that keeps the contract, unless it is told to do something else."""

    version = "1"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()

    def __init__(self, run: Run | None = None, **parts: Any) -> None:
        self.name = "membership_inference.example"
        self._run = run
        vars(self).update(parts)

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        if self._run is not None:
            yield from self._run(case, rng)
        else:
            yield score(-distance(case))


def score(values: Any, name: str = "score") -> Outcome:
    return Outcome.of_scores(name, "Can membership be told?", values)


def distance(case: Case) -> Any:
    return case.neighbours("gower", "release").distance[:, 0]


def writes_to_the_pool(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    case.pool.codes[0][0] = 7
    yield score(-distance(case))


def unlocks_and_writes(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    case.entities.flags.writeable = True
    case.entities[:] = 0
    yield score(-distance(case))


def writes_to_shared_work(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    nearest = distance(case)
    nearest *= -1
    yield score(nearest)


def legacy_randomness(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield score(np.random.rand(case.n_targets))  # noqa: NPY002 - the point of the example


def seeds_the_global_generator(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    np.random.seed(1)  # noqa: NPY002 - the point of the example
    yield score(-distance(case))


def not_a_number(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield score(np.full(case.n_targets, np.nan))


def too_short(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield score(-distance(case)[:-1])


def sure_beyond_one(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield Outcome.of_guesses("guess", "Is it so?", np.full(case.n_targets, 1.5))


def repeats_a_name(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield score(-distance(case))
    yield score(-distance(case))


def names_no_column(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield Outcome.of_guesses("guess", "Is it so?", np.ones(case.n_targets), column="nowhere")


def guesses_commonly_for_few(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield Outcome.of_guesses("guess", "Is it so?", np.ones(case.n_targets), common_guess=[0.5])


def bears_on_nothing(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield Outcome.of_scores("score", "?", -distance(case), bearing="loosely")  # type: ignore[arg-type]


def states_no_fact(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield Outcome.of_guesses("guess", "?", np.ones(case.n_targets), facts={"share": np.nan})


def gives_nothing(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    return iter(())


def goes_by_row_order(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield score(np.arange(case.n_targets))


def goes_by_row_order_and_chance(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield score(np.arange(case.n_targets) + rng.random(case.n_targets))


def chooses_by_row_order(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    among = np.arange(case.n_targets) % 2 == 0
    yield Outcome.of_guesses("guess", "?", distance(case) == 0, among=among)


def chooses_by_chance_of_its_own(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    among = np.random.default_rng().random(case.n_targets) < 0.5
    yield Outcome.of_guesses("guess", "?", distance(case) == 0, among=among)


def goes_by_workers(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield score(-distance(case) * case.workers)


def goes_by_chance(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield score(rng.random(case.n_targets))


def wants_a_second_column(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
    yield score(-distance(case) + 0 * case.pool.codes[1])


BROKEN: list[tuple[str, Attack, str]] = [
    ("keeps_the_protocol", Example(version=""), "version"),
    ("keeps_the_protocol", Example(name="shadow_model"), "family"),
    ("keeps_the_protocol", Example(family="membership_inference"), "not a Family"),
    ("keeps_the_protocol", Example(needs={Need.TEXT}), "frozenset"),
    ("keeps_the_protocol", Example(needs=frozenset({"text"})), "frozenset"),
    ("gives_one_finite_value_per_target", Example(not_a_number), "no finite value"),
    ("gives_one_finite_value_per_target", Example(too_short), "not one value for each"),
    ("gives_one_finite_value_per_target", Example(sure_beyond_one), "outside 0 to 1"),
    ("gives_one_finite_value_per_target", Example(repeats_a_name), "same name"),
    ("gives_one_finite_value_per_target", Example(names_no_column), "no column that it was given"),
    ("gives_one_finite_value_per_target", Example(guesses_commonly_for_few), "common.guess"),
    ("gives_one_finite_value_per_target", Example(bears_on_nothing), "bearing"),
    ("gives_one_finite_value_per_target", Example(states_no_fact), "not finite"),
    ("gives_one_finite_value_per_target", Example(gives_nothing), "no outcome"),
    ("gives_one_finite_value_per_target", Example(needs=frozenset({Need.GENERATOR})), "not run"),
    ("never_writes_to_its_inputs", Example(writes_to_the_pool), "read-only"),
    ("never_writes_to_its_inputs", Example(unlocks_and_writes), "changed case.entities"),
    ("never_writes_to_its_inputs", Example(writes_to_shared_work), "changed|read-only"),
    ("same_result_for_the_same_seed", Example(legacy_randomness), "given rng"),
    ("same_result_for_the_same_seed", Example(seeds_the_global_generator), "global generators"),
    ("same_result_for_any_number_of_workers", Example(goes_by_workers), "workers"),
    ("does_not_depend_on_who_is_a_member", Example(goes_by_row_order), "order of the pool"),
    ("does_not_depend_on_who_is_a_member", Example(goes_by_row_order_and_chance), "order"),
    ("same_result_for_the_same_seed", Example(chooses_by_chance_of_its_own), "among"),
    ("does_not_depend_on_who_is_a_member", Example(chooses_by_row_order), "among"),
    ("fires_on_copies", Example(goes_by_chance), "sees no leak"),
    ("survives_one_number_column", Example(wants_a_second_column), "tuple index out of range"),
]


@pytest.mark.parametrize(
    ("check", "attack", "message"),
    [pytest.param(*row, id=f"{row[0]}-{place}") for place, row in enumerate(BROKEN)],
)
def test_each_check_can_fail(check: str, attack: Attack, message: str) -> None:
    with pytest.raises(AssertionError, match=message) as raised:
        CHECKS[check](attack)
    assert check in str(raised.value)
    assert attack.name in str(raised.value)


def test_a_missing_part_is_named() -> None:
    class NoVersion:
        name = "membership_inference.none"
        family = Family.MEMBERSHIP_INFERENCE
        needs: frozenset[Need] = frozenset()

    with pytest.raises(AssertionError, match="has no version"):
        CHECKS["keeps_the_protocol"](NoVersion())  # type: ignore[arg-type]


def test_an_attack_that_knows_the_labels_raises_a_false_alarm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels: list[Any] = []

    def spied_case(*args: Any, **options: Any) -> Any:
        case, is_member = example_case(*args, **options)
        labels.append(is_member)
        return case, is_member

    def told(case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
        yield score(labels[-1])

    monkeypatch.setattr(reidaudit.testing, "example_case", spied_case)
    for name, message in (
        ("no_false_alarm_on_fresh_data", "5 of 5 releases"),
        ("does_not_depend_on_who_is_a_member", "who is a member"),
    ):
        with pytest.raises(AssertionError, match=message):
            CHECKS[name](Example(told))


def test_randomness_from_the_given_generator_is_allowed() -> None:
    attack = Example(goes_by_chance, fires_on_copies=False)
    check_attack(attack)


def test_check_attack_runs_every_check_and_names_the_first_broken_one() -> None:
    check_attack(Example(), seed=1)
    with pytest.raises(AssertionError, match="gives_one_finite_value_per_target"):
        check_attack(Example(not_a_number))


def test_the_error_of_an_attack_is_shown_with_its_cause() -> None:
    with pytest.raises(AssertionError, match="IndexError") as raised:
        CHECKS["survives_one_number_column"](Example(wants_a_second_column))
    assert isinstance(raised.value.__cause__, IndexError)


def test_every_odd_table_has_a_check() -> None:
    assert {f"survives_{name}" for name in ODD_TABLES} <= set(CHECKS)
    assert len(CHECKS) == len(conformance_checks())


def test_example_cases_have_arrays_of_their_own() -> None:
    first, _ = example_case("copies", 0)
    second, _ = example_case("copies", 0)
    for one, two in zip(first.release.codes, second.release.codes, strict=True):
        np.testing.assert_array_equal(one, two)
        assert not np.shares_memory(one, two)
