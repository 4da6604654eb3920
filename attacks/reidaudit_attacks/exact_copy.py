"""Records of real people that stand in the release word for word."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome

BoolArray = npt.NDArray[np.bool_]


class ExactCopy(Attack):
    """Does the target's record stand in the release, equal in every audited column?

    In a repetitive table strangers' records coincide, and a copy of a common record tells nothing
    about anybody. The finding that decides therefore counts targets who are one of a kind: no
    other person of the pool has the same record, or one that differs in a single column. Whether
    someone is one of a kind is read off the pool without labels, so the test stays exact.

    All rows are looked up, by equality of canonical rows, never by a distance.
    """

    name = "disclosure.exact_copy"
    version = "1"
    family = Family.DISCLOSURE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Guess that a target was a member if its record stands in the release."""
        pool, release = case.keys()
        copied = np.isin(pool.whole, release.whole)
        yield Outcome.of_guesses(
            "one_of_a_kind",
            "Do records of one-of-a-kind people stand in the release word for word?",
            copied & one_of_a_kind(case),
        )
        yield Outcome.of_guesses(
            "any_record",
            "Do any real records stand in the release word for word?",
            copied,
            diagnostic=True,
        )


def one_of_a_kind(case: Case) -> BoolArray:
    """Tell which targets differ from all other people of the pool in two columns or more.

    With fewer than three columns, differing in one is enough.
    """
    keys, _ = case.keys()
    alone = _without_lookalike(keys.whole, case.entities)
    if len(keys.parts) >= 3:
        for column in range(len(keys.parts)):
            alone &= _without_lookalike(keys.without(column), case.entities)
    return alone


def _without_lookalike(keys: npt.NDArray[np.uint64], entities: npt.NDArray[np.int64]) -> BoolArray:
    """Tell for each row whether no row of another entity has the same key."""
    order = np.lexsort((entities, keys))
    sorted_keys, sorted_entities = keys[order], entities[order]
    starts = np.flatnonzero(np.append(True, sorted_keys[1:] != sorted_keys[:-1]))
    first = np.minimum.reduceat(sorted_entities, starts)
    last = np.maximum.reduceat(sorted_entities, starts)
    sizes = np.diff(np.append(starts, len(keys)))
    alone = np.empty(len(keys), dtype=bool)
    alone[order] = np.repeat(first == last, sizes)
    return alone
