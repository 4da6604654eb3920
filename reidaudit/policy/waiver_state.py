"""What becomes of a waiver, and what its days alone say; loads nothing that measures."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from reidaudit.policy.waiver import WaiverEntry

SOON = 30
"""Days before its last in which a waiver warns that it will expire."""


class WaiverState(StrEnum):
    """What came of a waiver."""

    USED = "used"
    BROKEN = "broken"
    EXPIRED = "expired"
    EARLY = "not yet in force"
    OTHER_RELEASE = "for another release"
    UNUSED = "unused"


def validity(entry: WaiverEntry, today: date) -> WaiverState | None:
    """Tell whether the day is outside a waiver's own: expired, not yet in force, or None."""
    if today > entry.expires:
        return WaiverState.EXPIRED
    return WaiverState.EARLY if today < entry.created else None


def expires_soon(entry: WaiverEntry, today: date) -> bool:
    """Tell whether a waiver ends within the next 30 days."""
    return 0 <= (entry.expires - today).days <= SOON
