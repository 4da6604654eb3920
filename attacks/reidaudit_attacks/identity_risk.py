"""Real people who can be matched with release records that tell something new about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, KeyCells, Need, Outcome
from reidaudit.vocabulary import Role

FloatArray = npt.NDArray[np.float64]
KeyArray = npt.NDArray[np.uint64]

MOST_TO_BE_NEW = 0.5
"""What more than half of the people have is nothing new about anybody."""


class IdentityRisk(Attack):
    """Can the target be matched by its quasi-identifiers, and is something new learned by it?

    If k real people share a key that stands in the release, whoever matches them is right with one
    in k (k-map: L. Sweeney, 2001). A match harms where the record also holds something of the
    person that most people do not have: meaningful identity disclosure, after K. El Emam, L.
    Mosquera and J. Bass (Evaluating Identity Disclosure Risk in Fully Synthetic Health Data, JMIR
    2020). Here k counts the people of the pool, and what is learned is the share of the matching
    records that hold the person's own, uncommon level, in the sensitive column where that share is
    highest. Errors in the attacker's knowledge are not discounted, which makes the risk larger.
    Numbers count where they are equal.

    The match alone is a diagnostic: common keys stand in every release of the population. What
    members suffer beyond controls can fail.
    """

    name = "disclosure.identity_risk"
    version = "1"
    family = Family.DISCLOSURE
    needs = frozenset({Need.QUASI_IDENTIFIERS, Need.SENSITIVE})
    asks_everybody = True
    mending = (
        "coarsen the quasi-identifiers that make people unique; the report lists what each of them "
        "adds"
    )

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield the chance of a match, and of one that tells something new."""
        quasi = case.schema.positions(Role.QUASI_IDENTIFIER)
        pool, release = case.keys()
        wanted = pool.only(quasi)
        alike = people_alike(wanted, case.entities)
        matches = KeyCells.of(release.only(quasi)).count(wanted)
        chance = (matches > 0) / alike
        yield Outcome.of_guesses(
            "match",
            "Can people be matched with release records by their quasi-identifiers?",
            chance,
            bearing="diagnostic",
            by_keys=True,
        )
        targets = [column for column in case.schema.sensitive if column not in quasi]
        if targets:
            yield Outcome.of_guesses(
                "meaningful_match",
                "Can people be matched by their quasi-identifiers, and something new be learned?",
                chance * np.max([_learned(case, quasi, column) for column in targets], axis=0),
                bearing="fail_only",
                by_keys=True,
            )


def people_alike(keys: KeyArray, entities: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Count for each row the people who have its key, its own person among them.

    Parameters
    ----------
    keys : uint64 array, shape (n_targets,)
        Equal where rows hold the same.
    entities : int64 array, shape (n_targets,)
        Whose row each is.
    """
    order = np.lexsort((entities, keys))
    key, entity = keys[order], entities[order]
    another = np.ones(len(keys), dtype=bool)
    another[1:] = (key[1:] != key[:-1]) | (entity[1:] != entity[:-1])
    return KeyCells.of(key[another]).count(keys)


def _learned(case: Case, quasi: Sequence[int], column: int) -> FloatArray:
    """Share of the matching records that hold the target's level, where that is uncommon."""
    pool, release = case.keys()
    together = [*quasi, column]
    agreeing = KeyCells.of(release.only(together)).count(pool.only(together))
    matching = KeyCells.of(release.only(quasi)).count(pool.only(quasi))
    level = pool.part(column)
    is_new = KeyCells.of(level).count(level) <= MOST_TO_BE_NEW * case.n_targets
    share: FloatArray = is_new * agreeing / np.maximum(matching, 1)
    return share
