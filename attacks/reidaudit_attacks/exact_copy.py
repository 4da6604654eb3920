"""Records of real people that stand in the release word for word."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome, stand_in, without_lookalike
from reidaudit_attacks.halves import MOST_CHANCE_MATCHES, random_half

BoolArray = npt.NDArray[np.bool_]

TITLES = {
    1: "Do records that only one person has stand in the release word for word?",
    2: "Do records of one-of-a-kind people stand in the release word for word?",
    3: "Do records of people far from all others stand in the release word for word?",
}
NAMES = {1: "unique_record", 2: "one_of_a_kind", 3: "far_from_all"}
MOST_COLUMNS_IN_PAIRS = 64
MOST_OF_THEM = 0.8


class ExactCopy(Attack):
    """Does the target's record stand in the release, equal in every audited column?

    In a repetitive table strangers' records coincide, and a copy of a common record tells nothing
    about anybody. The finding that decides therefore counts only people whom chance hardly ever
    matches: those from whom everybody else of the pool differs in at least one, two or three
    columns ("unique", "one of a kind", "far from all"). It takes the first of these depths at
    which chance would match at most one person in four thousand, as judged from how often people
    of one random half of the pool are matched in the other half. Depths before it are looked at
    too, but can only fail: where strangers match often, silence proves nothing. None of this looks
    at the labels, so the tests stay exact.

    All rows are looked up, by equality of canonical rows, never by a distance.
    """

    name = "disclosure.exact_copy"
    version = "2"
    family = Family.DISCLOSURE
    needs: frozenset[Need] = frozenset()
    asks_everybody = True
    mending = (
        "keep the generator from memorising (fewer rounds of training, early stopping, "
        "differential privacy), or leave rare records out of train; taking only the copies out of "
        "the release leaves their near neighbours in it"
    )

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Guess that a target was a member if its record stands in the release."""
        pool, release = case.keys()
        copied = stand_in(pool.whole, release.whole)
        half = random_half(case.entities, rng)
        release_in_halves = len(release.whole) / max(len(pool.whole) / 2, 1)
        yield Outcome.of_guesses(
            "any_record",
            "Do any real records stand in the release word for word?",
            copied,
            bearing="diagnostic",
        )
        last = deepest(case)
        for depth in range(1, last + 1):
            chance = release_in_halves * _matched_by_chance(case, depth, half)
            decides = chance <= MOST_CHANCE_MATCHES or depth == last
            counts = stands_apart(case, depth)
            yield Outcome.of_guesses(
                NAMES[depth],
                TITLES[depth],
                copied & counts,
                bearing="deciding" if decides else "fail_only",
                facts={
                    "share_of_targets_that_count": float(counts.mean()),
                    "expected_by_chance": chance,
                },
            )
            if decides:
                yield from _among_them(copied, counts, depth)
                return


def _among_them(copied: BoolArray, counts: BoolArray, depth: int) -> Iterable[Outcome]:
    """Look at those who count alone, where they are few: of the others nothing can be seen.

    In a repetitive table one in twenty may count. If one in a hundred of these is copied, so are
    the others, as far as anybody can tell; as a share of everybody it would be one in two thousand.
    """
    if counts.mean() < MOST_OF_THEM:
        yield Outcome.of_guesses(
            f"{NAMES[depth]}.among_them",
            f"{TITLES[depth][:-1]}, as a share of such people?",
            copied & counts,
            among=counts,
            bearing="fail_only",
        )


def deepest(case: Case) -> int:
    """Return in how many columns people can be asked to differ from everybody else, at most 3."""
    columns = len(case.schema.audited)
    if columns < 3:
        return 1
    return 3 if 5 <= columns <= MOST_COLUMNS_IN_PAIRS else 2


def stands_apart(case: Case, depth: int, among: BoolArray | None = None) -> BoolArray:
    """Tell which targets differ from all other people in at least ``depth`` columns.

    Parameters
    ----------
    case : Case
        The pool is searched.
    depth : int
        1, 2 or 3.
    among : bool array, shape (n_targets,), optional
        Only these targets are compared with each other; the others get False.
    """
    chosen = np.ones(case.n_targets, dtype=bool) if among is None else among
    keys, _ = case.keys()
    entities = case.entities[chosen]
    alone = np.ones(int(chosen.sum()), dtype=bool)
    for left_out in combinations(range(len(keys.codes)), depth - 1):
        key = keys.whole[chosen]
        for column in left_out:
            key = key - keys.part(column)[chosen]
        alone &= without_lookalike(key, entities)
    result = np.zeros(case.n_targets, dtype=bool)
    result[chosen] = alone
    return result


def _matched_by_chance(case: Case, depth: int, half: BoolArray) -> float:
    """Share of people who stand apart in their half and have their record in the other half."""
    keys, _ = case.keys()
    matched = 0
    for side in (half, ~half):
        apart = stands_apart(case, depth, side)
        matched += int(stand_in(keys.whole[apart], keys.whole[~side]).sum())
    return matched / case.n_targets
