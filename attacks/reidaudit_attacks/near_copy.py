"""Records of real people that stand in the release with hardly anything changed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome
from reidaudit_attacks.exact_copy import stands_apart
from reidaudit_attacks.halves import MOST_CHANCE_MATCHES, random_half

BoolArray = npt.NDArray[np.bool_]

MOST_COLUMNS = 64
DIFFERING_COLUMNS = 2
"""In how many columns everybody else must differ, so that one changed cell hides nobody."""


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
        counts = stands_apart(case, DIFFERING_COLUMNS)
        chance = _matches_by_chance(case, rng)
        yield Outcome.of_guesses(
            "all_but_one_column",
            "Do records that nobody else nearly has stand in the release, all but one column?",
            _nearly_in_release(case) & counts,
            bearing="deciding" if chance <= MOST_CHANCE_MATCHES else "fail_only",
            facts={
                "share_apart": float(counts.mean()),
                "expected_by_chance": chance,
            },
        )


def _nearly_in_release(case: Case) -> BoolArray:
    """Tell which targets equal a row of the release in all columns but one."""
    pool, release = case.keys()
    found = np.zeros(case.n_targets, dtype=bool)
    for column in range(len(pool.parts)):
        found |= np.isin(pool.without(column), release.without(column))
    return found


def _matches_by_chance(case: Case, rng: np.random.Generator) -> float:
    """Share of people apart in their half who are nearly matched in a release of strangers."""
    pool, _ = case.keys()
    half = random_half(case.entities, rng)
    matched = 0
    for side in (half, ~half):
        apart = stands_apart(case, DIFFERING_COLUMNS, side)
        found = np.zeros(int(apart.sum()), dtype=bool)
        for column in range(len(pool.parts)):
            keys = pool.without(column)
            found |= np.isin(keys[apart], keys[~side])
        matched += int(found.sum())
    release_in_halves = len(case.release.codes[0]) / max(case.n_targets / 2, 1)
    return release_in_halves * matched / case.n_targets
