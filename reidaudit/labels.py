"""Labels for attacks that learn: half of the people with labels, the other half to be scored.

An attack that learns what membership looks like must not be scored on whom it learned from. The
people are split in two, members and controls each by themselves; the attack is told who is who in
one half, and only the other half counts. Given the first half, labels in the second are as
exchangeable as before, so the exact test permutes labels within the halves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
    people, first, place = np.unique(entities[:asked], return_index=True, return_inverse=True)
    told = np.zeros(len(people), dtype=bool)
    for side in (True, False):
        ours = np.flatnonzero(is_member[first] == side)
        told[rng.permutation(ours)[: len(ours) // 2]] = True
    learned_from = np.zeros(len(entities), dtype=bool)
    learned_from[:asked] = told[place]
    labels = Labels(learned_from, is_member & learned_from)
    for array in (labels.learned_from, labels.is_member):
        array.flags.writeable = False
    return labels
