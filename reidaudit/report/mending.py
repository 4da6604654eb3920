"""What usually mends a leak, by what found it."""

from __future__ import annotations

from reidaudit.vocabulary import Family

BY_ATTACK = {
    "disclosure.exact_copy": (
        "keep the generator from memorising (fewer rounds of training, early stopping, "
        "differential privacy), or leave rare records out of train; taking only the copies out of "
        "the release leaves their near neighbours in it"
    ),
    "disclosure.value_reuse": (
        "round or coarsen these columns, or draw new values around the real ones in place of the "
        "real ones themselves"
    ),
    "disclosure.rare_combination": (
        "coarsen the columns that make people unique, or leave rare rows out of train"
    ),
    "disclosure.direct_identifier": "leave identifiers out of train, and make them up afresh",
}
BY_ATTACK["disclosure.near_copy"] = BY_ATTACK["disclosure.exact_copy"]
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


def mending(attack: str, family: Family) -> str:
    """Return what usually mends what an attack has found.

    Parameters
    ----------
    attack : str
        Its name.
    family : Family
        For attacks that are not known here.
    """
    return BY_ATTACK.get(attack) or BY_FAMILY.get(family, ANY)
