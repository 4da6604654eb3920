"""Find attacks by entry point; the built-in ones are found exactly as anybody else's."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from reidaudit.data.shown import did_you_mean
from reidaudit.errors import PluginError
from reidaudit.vocabulary import Family, Need

if TYPE_CHECKING:
    from reidaudit.attack import Attack

GROUP = "reidaudit.attacks"


def registered() -> dict[str, EntryPoint]:
    """Return the entry points of all installed attacks by name, sorted; nothing is imported.

    Raises
    ------
    PluginError
        If two packages register an attack under one name.
    """
    found: dict[str, EntryPoint] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise PluginError(
                f"two packages register an attack named {point.name!r} "
                f"({other.value} and {point.value}); uninstall one of them."
            )
    return found


def load_attacks(names: Sequence[str] | None = None) -> list[Attack]:
    """Load attacks by name, or all that are installed.

    Raises
    ------
    PluginError
        If a name is unknown, an attack cannot be imported, or it does not keep the contract.
    """
    points = registered()
    wanted = list(points) if names is None else list(dict.fromkeys(names))
    return [_load(_find(name, points)) for name in wanted]


def _find(name: str, points: dict[str, EntryPoint]) -> EntryPoint:
    if name in points:
        return points[name]
    hint = did_you_mean(name, points, "'reidaudit attacks' lists them.", repr)
    raise PluginError(f"there is no attack named {name!r}; {hint}")


def _load(point: EntryPoint) -> Attack:
    try:
        attack: Attack = point.load()()
    except Exception as error:  # noqa: BLE001 - a third party's code may raise anything
        raise PluginError(
            f"the attack {point.name!r} ({point.value}) cannot be loaded: "
            f"{type(error).__name__}: {error}"
        ) from error
    breach = contract_breach(attack)
    if breach is not None:
        raise PluginError(
            f"the attack {point.name!r} ({point.value}) does not keep the contract: {breach}."
        )
    if attack.name != point.name:
        raise PluginError(
            f"the attack {point.name!r} calls itself {attack.name!r}; both names must be the same."
        )
    return attack


def contract_breach(attack: object) -> str | None:
    """Return in which way an object does not keep the contract of an attack, or None."""
    if not callable(getattr(attack, "run", None)):
        return "it needs run(case, rng)"
    for attribute in ("name", "version"):
        value = getattr(attack, attribute, None)
        if not isinstance(value, str) or not value:
            return f"it needs a text {attribute!r}"
    if not isinstance(getattr(attack, "family", None), Family):
        return "its family must be one of reidaudit.attack.Family"
    needs = getattr(attack, "needs", None)
    if not isinstance(needs, frozenset) or not all(isinstance(need, Need) for need in needs):
        return "its needs must be a frozenset of reidaudit.attack.Need"
    return None
