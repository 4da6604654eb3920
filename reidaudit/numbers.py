"""How numbers are written for a reader, in every sentence and every format."""

from __future__ import annotations

import math

from reidaudit.vocabulary import MeasureName

_SHARES = frozenset(
    {
        MeasureName.TPR_AT_FPR,
        MeasureName.EXCESS,
        MeasureName.RARITY_WEIGHTED_EXCESS,
        MeasureName.MEMBER_RATE,
        MeasureName.CONTROL_RATE,
    }
)


def is_share(measure: MeasureName) -> bool:
    """Tell whether a measure is a share of people, and so is written in percent."""
    return measure in _SHARES


def format_percent(value: float, decimals: int | None = None) -> str:
    """Write a share as a percentage, with more decimals where it is small."""
    if value == 0:
        return "0 %"
    if decimals is None:
        decimals = 1 if abs(value) >= 0.1 else 2
        if abs(value) < 0.00005:
            return f"{'−' if value < 0 else ''}< 0.01 %"
    return f"{100 * value:.{decimals}f} %".replace("-", "−")


def format_digits(value: float, decimals: int) -> str:
    """Write a number above zero with so many decimals, or more until two digits say how large."""
    if value > 0:
        decimals = max(decimals, 1 - math.floor(math.log10(value)))
    return f"{value:.{decimals}f}"


def format_value(measure: MeasureName, value: float | None, *, beside: float | None = None) -> str:
    """Write the value of a measure for a reader.

    Parameters
    ----------
    measure
        What the value is a value of: shares are written in percent.
    value
        The value, or None where nothing was measured.
    beside
        A number that the value is compared with. Where rounding would make two different
        numbers look the same, more decimals are shown.
    """
    if value is None:
        return "not measured"

    def write(number: float, decimals: int | None) -> str:
        if is_share(measure):
            return format_percent(number, decimals)
        return f"{number:.{3 if decimals is None else decimals}f}".replace("-", "−")

    for decimals in (None, 3, 4, 5):
        text = write(value, decimals)
        if beside is None or value == beside or text != write(beside, decimals):
            return text
    return write(value, 6)


def format_limit(measure: MeasureName, value: float) -> str:
    """Write a limit as the policy would: without decimals that say nothing."""
    return f"{100 * value:.6g} %" if is_share(measure) else f"{value:.6g}"


def format_p_value(p_value: float | None) -> str:
    """Write a p-value, never as zero."""
    if p_value is None:
        return "none"
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def p_value_in_words(p_value: float) -> str:
    """Write what a p-value is or lies below, to stand within a sentence."""
    text = format_p_value(p_value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def count(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def number_of_people(number: int | str) -> str:
    """Write a count of people, which is words where it would be too small to be told."""
    return number if isinstance(number, str) else f"{number:,}"
