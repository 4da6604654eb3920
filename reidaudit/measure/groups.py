"""Groups of people in whom a leak may hide: the rare ones, and the levels of a category.

An average can look harmless while the few who stand out are given away. Groups are formed from the
pool alone, without a look at who is a member, so whatever is found in them is judged like any other
measure, corrected for the number of groups that were looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Case
from reidaudit.sampling import sampled
from reidaudit.vocabulary import Role

BoolArray = npt.NDArray[np.bool_]

FEWEST_OF_EACH_SIDE = 50
"""Members, and controls, below which a group is too small to judge."""
ROWS_A_RARITY_GROUP = 4 * FEWEST_OF_EACH_SIDE
MOST_RARITY_GROUPS = 10
MOST_LEVELS = 20
NEIGHBOURS = 5


@dataclass(frozen=True)
class Group:
    """Some targets of the pool; the name quotes no value of the table."""

    name: str
    among: BoolArray


def groups_of(case: Case) -> list[Group]:
    """Form the groups of a pool: by rarity, and by every category with few levels.

    Where quasi-identifiers are declared, only they form groups, and columns declared sensitive: by
    its own levels, a guessed secret shows which of its values are given away.
    """
    return [*_by_rarity(case), *_by_level(case)]


def _by_rarity(case: Case) -> Iterator[Group]:
    """Equally large groups by the mean distance to the five nearest other people of the pool.

    Where not everybody is asked about, groups of those who are.
    """
    beyond, case = case.n_targets, sampled(case)
    beyond -= case.n_targets
    count = min(MOST_RARITY_GROUPS, case.n_targets // ROWS_A_RARITY_GROUP)
    if count < 2:
        return
    distance = case.neighbours("gower", "pool", k=NEIGHBOURS).distance
    rarity = np.where(np.isfinite(distance), distance, np.nanmax(distance)).mean(axis=1)
    edges = np.quantile(rarity, np.arange(1, count) / count)
    place = np.searchsorted(edges, rarity, side="left")
    for number in range(count):
        name = f"rarity {number + 1} of {count}"
        name += {0: ", the most ordinary", count - 1: ", the rarest"}.get(number, "")
        yield Group(name, np.pad(place == number, (0, beyond)))


def _by_level(case: Case) -> Iterator[Group]:
    schema = case.schema
    known, secret = (schema.positions(role) for role in (Role.QUASI_IDENTIFIER, Role.SENSITIVE))
    for column, spec in enumerate(schema.audited):
        if spec.is_number or (known and column not in known + secret):
            continue
        levels, counts = np.unique(case.pool.codes[column], return_counts=True)
        if not 2 <= len(levels) <= MOST_LEVELS:
            continue
        for place, level in enumerate(np.argsort(-counts, kind="stable")):
            name = f"people with the {nth_most_common(place)} value of {spec.name}"
            yield Group(name, case.pool.codes[column] == levels[level])


def nth_most_common(place: int) -> str:
    """Name a place in the order of frequency, of which there are at most 20; 0 comes first."""
    ordinal = {0: "", 1: "2nd ", 2: "3rd "}.get(place, f"{place + 1}th ")
    return f"{ordinal}most common"
