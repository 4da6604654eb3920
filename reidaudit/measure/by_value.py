"""Which values of a category are guessed rightly: precision and recall, value by value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.measure.groups import MOST_LEVELS, nth_most_common
from reidaudit.measure.measures import EntityOutcome

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Guesses:
    """Guesses of one value about one side: how many, how many are right, and who has the value."""

    made: int
    right: int
    having: int


@dataclass(frozen=True)
class ValueGuessed:
    """Guesses of one value, about members and about controls; ``value`` quotes nothing."""

    value: str
    members: Guesses
    controls: Guesses


def guesses_by_value(scored: EntityOutcome) -> tuple[ValueGuessed, ...]:
    """Count guesses by the value that was guessed, where the attacker is sure enough to guess.

    Of people with several rows, who may have several values, nothing is told.

    Parameters
    ----------
    scored : EntityOutcome
        Its most telling share of the guesses is looked at, if only the surest are made.
    """
    guessed, truth = scored.outcome.guessed, scored.outcome.truth
    if guessed is None or truth is None or len(guessed) != len(scored.values):
        return ()
    sides = scored.most_telling.side
    found = []
    for place in range(min(int(truth.max(initial=-1)) + 1, MOST_LEVELS)):
        members, controls = (
            _guesses(guessed == place, truth == place, sides[side], scored.side[side])
            for side in ("member", "control")
        )
        if members.made and controls.made:
            name = f"{nth_most_common(place)} value of {scored.outcome.column}"
            found.append(ValueGuessed(name, members, controls))
    return tuple(found)


def _guesses(
    is_guess: BoolArray, is_true: BoolArray, sure: BoolArray, everybody: BoolArray
) -> Guesses:
    made = is_guess & sure
    return Guesses(int(made.sum()), int((made & is_true).sum()), int((is_true & everybody).sum()))
