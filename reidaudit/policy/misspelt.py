"""Names in a policy that nothing installed has, and what was probably meant."""

from __future__ import annotations

from collections.abc import Collection

from reidaudit.data.shown import did_you_mean


def misspelt_attack(name: str, attacks: Collection[str]) -> str | None:
    """Say that no attack is called so, and what was probably meant; None where one is."""
    if name in attacks:
        return None
    return f"no attack is installed that is called {name}; {_did_you_mean(name, attacks)}"


def misspelt_outcome(name: str, attack: str, outcomes: Collection[str]) -> str | None:
    """Say that an attack gave no outcome of the name, and what was probably meant."""
    if name in outcomes or not outcomes:
        return None
    return f"no outcome of {attack} is called {name}; {_did_you_mean(name, outcomes)}"


def _did_you_mean(name: str, known: Collection[str]) -> str:
    return did_you_mean(name, known, "correct or remove it.", str)
