"""Records of real people that stand in the release with hardly anything changed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, EncodedTable, Family, Need, Outcome, stand_in
from reidaudit_attacks.exact_copy import ExactCopy, stands_apart
from reidaudit_attacks.halves import MOST_CHANCE_MATCHES, random_half

BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

MOST_COLUMNS = 64
STEP = 0.01
"""How far a number may be moved, as a share of the column's range in the pool."""
RECORDS, PEOPLE = 2, 5
"""So many of the nearest are looked at."""
DIFFERING_COLUMNS = 2
"""In how many columns everybody else must differ, so that one changed cell hides nobody."""


class NearCopy(Attack):
    """Does the target's record stand in the release, but for one column or for small steps?

    A generator that changes one cell of every record, or moves every number a little, publishes the
    records. As with exact copies, only people count whom chance hardly ever matches. How often
    chance matches them is judged from the pool alone, by looking up people of one random half in
    the other. Where that is more than one person in four thousand, the finding can only fail: its
    silence proves nothing.

    ``all_but_one_column``
        All rows are compared, by hashing what is left when one column is taken away. Who counts
        differs from everybody else of the pool in two columns at least.
    ``within_a_step``
        The nearest release record has the target's categories, and each of its numbers lies within
        a hundredth of the column's range. Who counts has nobody in the pool so near.
    """

    name = "disclosure.near_copy"
    version = "2"
    family = Family.DISCLOSURE
    needs: frozenset[Need] = frozenset()
    mending = ExactCopy.mending

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Guess that a target was a member if nearly its record stands in the release."""
        _, entities = case.people("gower")
        half = random_half(entities, rng)
        if 3 <= len(case.schema.audited) <= MOST_COLUMNS:
            matched = _matches_by_chance(case, half[: case.n_targets])
            yield _outcome(
                "all_but_one_column",
                "Do records that nobody else nearly has stand in the release, all but one column?",
                _nearly_in_release(case),
                stands_apart(case, DIFFERING_COLUMNS),
                _expected_by_chance(case, matched, case.n_targets),
            )
        if case.encoded("gower")["pool"].numbers:
            beside = _people_within_a_step(case)
            yield _outcome(
                "within_a_step",
                "Do records that nobody else nearly has stand in the release, all but small steps?",
                _release_within_a_step(case),
                np.logical_not(beside.any(axis=1)),
                _expected_by_chance(case, _steps_by_chance(case, half, beside), len(half)),
            )


def _outcome(name: str, title: str, found: BoolArray, counts: BoolArray, chance: float) -> Outcome:
    """Count the matches of people who count, and let them decide where chance hardly matters."""
    return Outcome.of_guesses(
        name,
        title,
        found & counts,
        bearing="deciding" if chance <= MOST_CHANCE_MATCHES else "fail_only",
        facts={"share_apart": float(counts.mean()), "expected_by_chance": chance},
    )


def _expected_by_chance(case: Case, share: float, people: int) -> float:
    """Scale the share whom half of so many people match by chance to as many as the release has."""
    release_in_halves = len(case.release.codes[0]) / max(people / 2, 1)
    return release_in_halves * share


def _nearly_in_release(case: Case) -> BoolArray:
    """Tell which targets equal a row of the release in all columns but one."""
    pool, release = case.keys()
    found = np.zeros(case.n_targets, dtype=bool)
    for column in range(len(pool.codes)):
        found |= stand_in(pool.without(column), release.without(column))
    return found


def _matches_by_chance(case: Case, half: BoolArray) -> float:
    """Share of people apart in their half who are nearly matched in the other half."""
    pool, _ = case.keys()
    matched = 0
    for side in (half, ~half):
        apart = stands_apart(case, DIFFERING_COLUMNS, side)
        found = np.zeros(int(apart.sum()), dtype=bool)
        for column in range(len(pool.codes)):
            keys = pool.without(column)
            found |= stand_in(keys[apart], keys[~side])
        matched += int(found.sum())
    return matched / case.n_targets


def _release_within_a_step(case: Case) -> BoolArray:
    tables = case.encoded("gower")
    rows = case.neighbours("gower", "release", k=RECORDS).row
    return np.asarray(_within_a_step(tables["pool"], tables["release"], rows).any(axis=1))


def _people_within_a_step(case: Case) -> BoolArray:
    """Tell which of the nearest people of the pool lie within a step; shape (n_targets, k)."""
    people, _ = case.people("gower")
    rows = case.neighbours("gower", "pool", k=PEOPLE).row
    return _within_a_step(case.encoded("gower")["pool"], people, rows)


def _within_a_step(own: EncodedTable, other: EncodedTable, rows: Rows) -> BoolArray:
    near = rows >= 0
    rows = np.maximum(rows, 0)
    for ours, theirs in zip(own.words, other.words, strict=True):
        near &= ours[:, None] == theirs[rows]
    for numbers, others in zip(own.numbers, other.numbers, strict=True):
        near &= np.abs(numbers[:, None] - others[rows]) <= STEP * own.one
    return near


def _steps_by_chance(case: Case, half: BoolArray, beside: BoolArray) -> float:
    """Share of people with nobody so near in their half who have somebody in the other half."""
    rows = np.maximum(case.neighbours("gower", "pool", k=PEOPLE).row, 0)
    in_own_half = half[rows] == half[: case.n_targets, None]
    apart = ~(beside & in_own_half).any(axis=1)
    matched = (beside & ~in_own_half).any(axis=1)
    return float((apart & matched).mean())
