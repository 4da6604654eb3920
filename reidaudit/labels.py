"""Labels for attacks that learn: half of the people with labels, the other half to be scored.

An attack that learns what membership looks like must not be scored on whom it learned from. The
people are split in two, members and controls each by themselves; the attack is told who is who in
one half, and only the other half counts. Given the first half, labels in the second are as
exchangeable as before, so the exact test permutes labels within the halves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.arrays import frozen

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Labels:
    """Who may be learned from, and who of them is a member.

    Attributes
    ----------
    learned_from : bool array, shape (n_targets,)
        The targets whose labels are told.
    is_member : bool array, shape (n_targets,)
        Their labels; False for everybody else, whatever they are.
    """

    learned_from: BoolArray
    is_member: BoolArray

    @property
    def scored(self) -> BoolArray:
        """The targets that count."""
        return ~self.learned_from

    def first(self, targets: int) -> Labels:
        """Return what is told of so many of the first targets."""
        return Labels(self.learned_from[:targets], self.is_member[:targets])


def hand_out_labels(
    entities: npt.NDArray[np.int64],
    is_member: BoolArray,
    rng: np.random.Generator,
    asked: int | None = None,
) -> Labels:
    """Draw half of the members and half of the controls, whole entities, to be learned from.

    Parameters
    ----------
    entities : int64 array, shape (n_targets,)
        Whose row each target is.
    is_member : bool array, shape (n_targets,)
        Equal for all rows of one entity.
    rng : numpy.random.Generator
        Draws the halves.
    asked : int, optional
        Only so many of the first targets are meant; all of them if left out.
    """
    learned_from = np.zeros(len(entities), dtype=bool)
    learned_from[:asked] = draw_people(entities[:asked], is_member[:asked], _half_of_each, rng)
    return Labels(frozen(learned_from), frozen(is_member & learned_from))


def _half_of_each(members: int, controls: int) -> tuple[int, int]:
    return members // 2, controls // 2


def draw_people(
    entities: npt.NDArray[np.int64],
    is_member: BoolArray,
    share_out: Callable[[int, int], tuple[int, int]],
    rng: np.random.Generator,
) -> BoolArray:
    """Draw people, whole entities, from members and from controls by themselves.

    Parameters
    ----------
    entities : int64 array, shape (n_rows,)
        Whose row each is.
    is_member : bool array, shape (n_rows,)
        Equal for all rows of one entity.
    share_out : callable
        From the numbers of members and controls to how many of each are drawn.
    rng : numpy.random.Generator
        Draws them.

    Returns
    -------
    bool array, shape (n_rows,)
        The rows of those who were drawn.
    """
    people, first, place = np.unique(entities, return_index=True, return_inverse=True)
    drawn = np.zeros(len(people), dtype=bool)
    sides = [np.flatnonzero(is_member[first] == side) for side in (True, False)]
    for ours, count in zip(sides, share_out(*map(len, sides)), strict=True):
        drawn[rng.permutation(ours)[:count]] = True
    rows: BoolArray = drawn[place]
    return rows
