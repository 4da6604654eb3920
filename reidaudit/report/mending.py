"""What usually mends a leak: what the attack that found it says, or what is so for its family."""

from __future__ import annotations

from reidaudit.attack import Attack
from reidaudit.vocabulary import Family

BY_FAMILY = {
    Family.ATTRIBUTE_INFERENCE: (
        "coarsen the column or what it is guessed from, merge rare categories, smooth the "
        "generator, or train it with differential privacy"
    ),
    Family.MEMBERSHIP_INFERENCE: (
        "train for fewer rounds or with more smoothing, leave rare rows out of train, publish "
        "fewer rows, or train with differential privacy"
    ),
}
ANY = "smooth the generator, publish fewer rows, or train with differential privacy"


def mending(attack: Attack) -> str:
    """Return what usually mends what an attack has found.

    Parameters
    ----------
    attack : Attack
        Asked first: its attribute ``mending``, if it has one, says what is special to it.
    """
    special: str | None = getattr(attack, "mending", None)
    return special or BY_FAMILY.get(attack.family, ANY)
