"""What an attack hands to the engine: a score or a guess for every target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Bearing = Literal["deciding", "fail_only", "diagnostic"]


@dataclass(frozen=True)
class Outcome:
    """What an attack got for every target of the pool: a score or a guess.

    Build it with `Outcome.of_scores` or `Outcome.of_guesses`. Where not everybody is asked about,
    the targets are the first rows of the pool, and an outcome ends with the last of them.

    Attributes
    ----------
    name : str
        Stable within the attack; part of the finding's name.
    title : str
        What was tried, in one line for a person.
    values : float64 array, shape (n_targets,)
        Scores: higher means surer that the target was a member. Guesses: the chance, in [0, 1],
        that the guess was right.
    is_guess : bool
        Which of the two.
    column : str or None
        The column that was guessed.
    common_guess : float64 array or None
        For a guess: whether guessing the commonest value would have been right.
    among : bool array, shape (n_targets,), or None
        The targets that the outcome is about, chosen without labels; all of them if None.
    by_entity : {'any', 'mean'}
        How the rows of one entity become one outcome: its most exposed row, or their mean.
    bearing : {'deciding', 'fail_only', 'diagnostic'}
        What the outcome may do to the verdict. A deciding one passes, fails or leaves it open. One
        that can only fail is a closer look whose silence proves nothing. A diagnostic is reported
        and can warn.
    facts : mapping of str to float
        Label-free facts that belong beside the finding, such as how many targets could count.
    sureness : float64 array, shape (n_targets,), or None
        For guesses of an attacker who keeps silent where unsure: how sure each guess is, by what
        the attacker knows. The finding is then about the surest, and how many these are is chosen
        among several shares, inside the exact test.
    worth : float64 array, shape (n_targets,), or None
        For guesses: how much a right one is worth, with a mean of 1, such as `Case.worth`. The
        excess is then taken with these weights too, as a measure of its own.
    by_keys : bool
        Whether a guess rests on a few known columns, not on a whole record; disclosure of that kind
        has a limit of its own.
    guessed, truth : int64 array, shape (n_targets,), or None
        For guesses of a category: the value that was guessed, and the true one, as places in the
        pool's order of frequency, 0 the most common. Precision and recall are then shown by value.
    """

    name: str
    title: str
    values: FloatArray
    is_guess: bool
    column: str | None = None
    common_guess: FloatArray | None = None
    among: npt.NDArray[np.bool_] | None = None
    by_entity: Literal["any", "mean"] = "any"
    bearing: Bearing = "deciding"
    facts: Mapping[str, float] = field(default_factory=dict)
    by_keys: bool = False
    sureness: FloatArray | None = None
    worth: FloatArray | None = None
    guessed: Places | None = None
    truth: Places | None = None

    @classmethod
    def of_scores(
        cls, name: str, title: str, scores: npt.ArrayLike, *, bearing: Bearing = "deciding"
    ) -> Outcome:
        """Make an outcome of scores; higher means surer that the target was a member."""
        return cls(name, title, np.asarray(scores, dtype=np.float64), False, bearing=bearing)

    @classmethod
    def of_guesses(
        cls,
        name: str,
        title: str,
        right: npt.ArrayLike,
        *,
        column: str | None = None,
        common_guess: npt.ArrayLike | None = None,
        among: npt.ArrayLike | None = None,
        by_entity: Literal["any", "mean"] = "any",
        bearing: Bearing = "deciding",
        facts: Mapping[str, float] | None = None,
        by_keys: bool = False,
        sureness: npt.ArrayLike | None = None,
        worth: npt.ArrayLike | None = None,
        guessed: npt.ArrayLike | None = None,
        truth: npt.ArrayLike | None = None,
    ) -> Outcome:
        """Make an outcome of guesses: 1 where right, 0 where wrong, a chance in between."""
        return cls(
            name,
            title,
            np.asarray(right, dtype=np.float64),
            True,
            column,
            None if common_guess is None else np.asarray(common_guess, dtype=np.float64),
            None if among is None else np.asarray(among, dtype=bool),
            by_entity,
            bearing,
            facts or {},
            by_keys,
            None if sureness is None else np.asarray(sureness, dtype=np.float64),
            None if worth is None else np.asarray(worth, dtype=np.float64),
            None if guessed is None else np.asarray(guessed, dtype=np.int64),
            None if truth is None else np.asarray(truth, dtype=np.int64),
        )
