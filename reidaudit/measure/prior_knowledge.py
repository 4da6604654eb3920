"""What anyone could know beforehand: that children are single is no disclosure.

Two signs are looked for, with the thresholds of synthpop (its vignette on disclosure, section 4):
one level of a column makes up nearly all that is disclosed of it; or nearly everybody with one
level of a key has the same level of the column. Levels are never named, only counted. What is
excluded is said in the policy, with a reason, and only described figures are discounted: what
anyone could know is disclosed of controls as well, so that nothing that is judged needs it
(docs/decisions/014-few-columns-and-prior-knowledge.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.data.canonical import KeyArray, row_keys
from reidaudit.data.key_cells import KeyCells
from reidaudit.data.kinds import CodeArray
from reidaudit.data.tables import Table

BoolArray = npt.NDArray[np.bool_]

FEWEST_OF_A_LEVEL = 50
SHARE_OF_DISCLOSED = 0.9
FEWEST_OF_A_CELL = 4
SHARE_OF_A_KEY = 0.8
"""All four must be exceeded: the first two together, and the last two together."""


@dataclass(frozen=True)
class KnownBeforehand:
    """A level of a column that anyone could know, of everybody or of those with a level of a key.

    ``column`` and ``key`` are positions of audited columns, ``level`` and ``key_level`` codes;
    None stands for every level, and for no key.
    """

    column: int
    level: int | None
    key: int | None
    key_level: int | None
    reason: str


@dataclass(frozen=True)
class KnownSign:
    """Something about a column that anyone could have known.

    Attributes
    ----------
    column : int
        What is disclosed.
    key : int or None
        The key that gives it away; None where one level makes up nearly all of it.
    pairs : int
        How many levels, or pairs of levels, stand out.
    share_of_people : float
        Of all people, or of those with such a level of the key, how many have the level.
    share_of_disclosed : float
        How much of what is disclosed of the column this is.
    """

    column: int
    key: int | None
    pairs: int
    share_of_people: float
    share_of_disclosed: float


@dataclass(frozen=True)
class Exclusion:
    """What the policy excludes, whose reason that is, and how many people it holds for."""

    column: int
    key: int | None
    reason: str
    share_of_people: float


def excluded_rows(known: Sequence[KnownBeforehand], column: int, people: Table) -> BoolArray:
    """Tell of whom the level of a column is excluded.

    Parameters
    ----------
    known : sequence of KnownBeforehand
        What the policy excludes.
    column : int
        Of which column.
    people : Table
        Whose levels.
    """
    excluded = np.zeros(people.rows, dtype=bool)
    for entry in known:
        if entry.column == column:
            excluded |= _holds(entry, people)
    return excluded


def exclusions_of(known: Sequence[KnownBeforehand], people: Table) -> tuple[Exclusion, ...]:
    """Say what is excluded, and how many people it holds for."""
    return tuple(
        Exclusion(entry.column, entry.key, entry.reason, float(_holds(entry, people).mean()))
        for entry in known
    )


def _holds(entry: KnownBeforehand, people: Table) -> BoolArray:
    holds = np.ones(people.rows, dtype=bool)
    if entry.level is not None:
        holds &= people.codes[entry.column] == entry.level
    if entry.key is not None:
        holds &= people.codes[entry.key] == entry.key_level
    return holds


def signs_of(
    people: Table, keys: Sequence[int], column: int, disclosed: BoolArray
) -> list[KnownSign]:
    """Look for what anyone could have known about a column.

    Parameters
    ----------
    people : Table
        The members.
    keys : sequence of int
        The columns by which the release is looked up.
    column : int
        The one that is disclosed.
    disclosed : bool array, shape (n_members,)
        Of whom it is disclosed, rightly.
    """
    levels = people.codes[column]
    by_level = _level_sign(levels, column, disclosed)
    if by_level is not None and by_level.share_of_people > SHARE_OF_A_KEY:
        return [by_level]  # what nearly everybody has, every key seems to give away
    (rows,) = row_keys([people.codes[key] for key in (*keys, column)])
    cell = KeyCells.of(rows.whole[disclosed]).count(rows.whole)
    in_large_cells = disclosed & (cell > FEWEST_OF_A_CELL)
    pairs = [
        _pair_sign(people.codes[key], levels, key, column, disclosed, in_large_cells)
        for key in keys
    ]
    return [sign for sign in (by_level, *pairs) if sign is not None]


def _level_sign(levels: CodeArray, column: int, disclosed: BoolArray) -> KnownSign | None:
    found, counts = np.unique(levels[disclosed], return_counts=True)
    if len(found) == 0:
        return None
    share = counts.max() / counts.sum()
    if counts.max() <= FEWEST_OF_A_LEVEL or share <= SHARE_OF_DISCLOSED:
        return None
    people = (levels == found[np.argmax(counts)]).mean()
    return KnownSign(column, None, 1, float(people), float(share))


def _pair_sign(
    key_levels: CodeArray,
    levels: CodeArray,
    key: int,
    column: int,
    disclosed: BoolArray,
    in_large_cells: BoolArray,
) -> KnownSign | None:
    """Find pairs of levels, disclosed in large cells, of which one all but implies the other."""
    (rows,) = row_keys([key_levels, levels])
    with_key, with_both = _counts(rows.part(0)), _counts(rows.whole)
    telling = in_large_cells & (with_both > SHARE_OF_A_KEY * with_key)
    pairs, first = np.unique(rows.whole[telling], return_index=True)
    if len(pairs) == 0:
        return None
    has_pair = np.isin(rows.whole, pairs)
    share = with_both[telling][first].sum() / with_key[telling][first].sum()
    of_disclosed = (disclosed & has_pair).sum() / disclosed.sum()
    return KnownSign(column, key, len(pairs), float(share), float(of_disclosed))


def _counts(keys: KeyArray) -> CodeArray:
    return KeyCells.of(keys).count(keys)
