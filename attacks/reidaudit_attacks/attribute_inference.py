"""Guess a person's secret from the release records most like that person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from reidaudit.attack import Attack, Case, Family, Need, Outcome
from reidaudit.vocabulary import Role


class NearestNeighbourInference(Attack):
    """Guess every sensitive column from the nearest release record on the other columns.

    What can be guessed about a control is statistics; what can be guessed about members beyond
    that is a leak (Article 29 Working Party, Opinion 05/2014, inference; M. Giomi et al., A Unified
    Framework for Quantifying Privacy Risk in Synthetic Data, PETS 2023, for the comparison with
    controls). Where nobody has declared what is sensitive, every column is guessed.

    The attacker knows all other columns; where quasi-identifiers are declared, an attacker who
    knows only those is tried too.
    """

    name = "attribute_inference.nearest_neighbour"
    version = "1"
    family = Family.ATTRIBUTE_INFERENCE
    needs = frozenset({Need.SENSITIVE})

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield one outcome of guesses for each sensitive column and each known set."""
        everything = range(len(case.schema.audited))
        if len(everything) < 2:
            return
        yield from self._guess(case, case.schema.sensitive, everything, "all_others")
        quasi = case.schema.positions(Role.QUASI_IDENTIFIER)
        targets = [column for column in case.schema.sensitive if column not in quasi]
        if quasi and targets:
            yield from self._guess(case, targets, quasi, "quasi_identifiers")

    def _guess(
        self, case: Case, targets: Sequence[int], known: Sequence[int], known_name: str
    ) -> Iterable[Outcome]:
        right = case.guess_columns(targets, known)
        knowing = known_name.replace("_", " ").replace("all others", "all other columns")
        for column in targets:
            name = case.schema.audited[column].name
            yield Outcome.of_guesses(
                f"{name}.from_{known_name}",
                f"Can {name} be guessed from {knowing}?",
                right[column],
                column=name,
                common_guess=case.common_guess(column),
                by_entity="mean",
            )
