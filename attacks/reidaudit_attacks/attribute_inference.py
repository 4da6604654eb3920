"""Guess a person's secret from the release records most like that person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome, stand_in, without_lookalike
from reidaudit.vocabulary import Role


class NearestNeighbourInference(Attack):
    """Guess every sensitive column from the nearest release record on the other columns.

    What can be guessed about a control is statistics; what can be guessed about members beyond
    that is a leak (Article 29 Working Party, Opinion 05/2014, inference; M. Giomi et al., A Unified
    Framework for Quantifying Privacy Risk in Synthetic Data, PETS 2023, for the comparison with
    controls). Where nobody has declared what is sensitive, every column is guessed.

    The attacker knows all other columns. Where quasi-identifiers are declared, an attacker who
    knows only those is tried too, on everybody, and on the people at the greatest risk: those who
    are alone in the pool with their quasi-identifiers and find them in the release. This closer
    look can only fail, because few people come into question.

    An attacker may keep silent where unsure, so the people to whom the release comes nearest are
    looked at too, from the nearest hundredth to the nearest half; which of these shares shows most
    is chosen inside the exact test.
    """

    name = "attribute_inference.nearest_neighbour"
    version = "3"
    family = Family.ATTRIBUTE_INFERENCE
    needs = frozenset({Need.SENSITIVE})

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield one outcome of guesses for each sensitive column and each known set."""
        everything = range(len(case.schema.audited))
        if len(everything) < 2:
            return
        yield from _guess(case, case.schema.sensitive, everything, "all_others")
        quasi = case.schema.positions(Role.QUASI_IDENTIFIER)
        targets = [column for column in case.schema.sensitive if column not in quasi]
        if quasi and targets:
            yield from _guess(case, targets, quasi, "quasi_identifiers")


def _guess(
    case: Case, targets: Sequence[int], known: Sequence[int], known_name: str
) -> Iterable[Outcome]:
    knowing = "all other columns" if known_name == "all_others" else "quasi-identifiers"
    guesses = case.guesses(targets, known)
    at_risk = None if known_name == "all_others" else unique_and_found(case, known)
    for column in targets:
        name, common_guess = case.schema.audited[column].name, case.common_guess(column)
        yield Outcome.of_guesses(
            f"{name}.from_{known_name}",
            f"Can {name} be guessed from {knowing}?",
            guesses[column].chance,
            column=name,
            common_guess=common_guess,
            by_entity="mean",
            worth=case.worth(column),
        )
        yield Outcome.of_guesses(
            f"{name}.from_{known_name}.when_sure",
            f"Can {name} be guessed from {knowing} of people to whom the release comes nearest?",
            guesses[column].chance,
            column=name,
            common_guess=common_guess,
            sureness=-guesses[column].best,
            by_entity="mean",
            bearing="fail_only",
        )
        if at_risk is not None:
            yield Outcome.of_guesses(
                f"{name}.from_{known_name}.of_unique_people",
                f"Can {name} be guessed of people whose {knowing} are unique and in the release?",
                guesses[column].chance,
                column=name,
                common_guess=common_guess,
                among=at_risk,
                by_entity="mean",
                bearing="fail_only",
            )


def unique_and_found(case: Case, columns: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Tell which targets are alone in the pool with their values and find them in the release."""
    pool, release = case.keys()
    wanted, offered = pool.only(columns), release.only(columns)
    return without_lookalike(wanted, case.entities) & stand_in(wanted, offered)
