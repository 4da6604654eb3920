"""Records of real people that stand in the release with hardly anything changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome, without_lookalike
from reidaudit_attacks.halves import MOST_CHANCE_MATCHES, random_half

KeyArray = npt.NDArray[np.uint64]
BoolArray = npt.NDArray[np.bool_]

MOST_COLUMNS = 64


@dataclass(frozen=True)
class Likeness:
    """A way of being nearly equal: two rows are if any of their keys are.

    ``pool`` and ``release`` hold one array of keys (uint64) for each way.
    """

    pool: list[KeyArray]
    release: list[KeyArray]

    def apart(self, entities: npt.NDArray[np.int64], among: BoolArray) -> BoolArray:
        """Tell which of some targets are nearly equal to nobody else among them."""
        alone = np.ones(int(among.sum()), dtype=bool)
        for keys in self.pool:
            alone &= without_lookalike(keys[among], entities[among])
        result = np.zeros(len(entities), dtype=bool)
        result[among] = alone
        return result

    def within(self, targets: BoolArray, others: BoolArray) -> int:
        """Count the targets that are nearly equal to any of the others of the pool."""
        found = np.zeros(int(targets.sum()), dtype=bool)
        for keys in self.pool:
            found |= np.isin(keys[targets], keys[others])
        return int(found.sum())

    def in_release(self) -> BoolArray:
        """Tell which targets are nearly equal to a row of the release."""
        found = np.zeros(len(self.pool[0]), dtype=bool)
        for own, offered in zip(self.pool, self.release, strict=True):
            found |= np.isin(own, offered)
        return found


class NearCopy(Attack):
    """Does the target's record stand in the release, all but one column of it?

    A generator that changes one cell of every record publishes the records. As with exact copies,
    only people count whom chance hardly ever matches: those from whom everybody else of the pool
    differs in two columns at least. How often chance matches them is judged from the pool alone, by
    looking up people of one random half in the other. Where that is more than one person in four
    thousand, the finding can only fail: its silence proves nothing.

    All rows are compared, by hashing what is left when one column is taken away.
    """

    name = "disclosure.near_copy"
    version = "1"
    family = Family.DISCLOSURE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Guess that a target was a member if nearly its record stands in the release."""
        if not 3 <= len(case.schema.audited) <= MOST_COLUMNS:
            return
        likeness = _all_but_one_column(case)
        everybody = np.ones(case.n_targets, dtype=bool)
        counts = likeness.apart(case.entities, everybody)
        chance = _matches_by_chance(case, likeness, rng)
        yield Outcome.of_guesses(
            "all_but_one_column",
            "Do records that nobody else nearly has stand in the release, all but one column?",
            likeness.in_release() & counts,
            bearing="deciding" if chance <= MOST_CHANCE_MATCHES else "fail_only",
            facts={
                "share_apart": float(counts.mean()),
                "expected_by_chance": chance,
            },
        )


def _all_but_one_column(case: Case) -> Likeness:
    pool, release = case.keys()
    columns = range(len(pool.parts))
    return Likeness(
        [pool.without(column) for column in columns],
        [release.without(column) for column in columns],
    )


def _matches_by_chance(case: Case, likeness: Likeness, rng: np.random.Generator) -> float:
    """Share of people apart in their half who are nearly matched in a release of strangers."""
    half = random_half(case.entities, rng)
    matched = sum(
        likeness.within(likeness.apart(case.entities, side), ~side) for side in (half, ~half)
    )
    release_in_halves = len(case.release.codes[0]) / max(case.n_targets / 2, 1)
    return release_in_halves * matched / case.n_targets
