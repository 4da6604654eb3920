"""How single values are written as text, and which texts mean that there is no value.

Whatever a table came in, the same data must become the same text: a column of a file, of a frame
and of Parquet are compared with each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from reidaudit.data.column import RawColumn

LARGEST_EXACT_INTEGER = 2**53
NESTED = (list, tuple, dict, set, frozenset, np.ndarray)

MISSING_WORDS = frozenset(
    {"", "NA", "N/A", "n/a", "<NA>", "#N/A", "#NA", "#N/A N/A", "NaN", "nan", "-NaN", "-nan"}
    | {"NaT", "NULL", "null", "None", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"}
)
"""Texts that mean missing, in files and in frames: those of pandas, and NaT.

Where one of them was meant as a word little is lost: missing equals missing, and nothing else.
"""


class NestedValueError(TypeError):
    """A cell that holds a list or a structure, not one value."""


def text_column(values: Iterable[Any]) -> RawColumn:
    """Return values of any type as a column of trimmed text.

    Raises
    ------
    NestedValueError
        If a value is a list or a structure.
    """
    objects = np.array(pd.Series(values, dtype=object), dtype=object)
    if pd.api.types.infer_dtype(objects, skipna=True) != "string":
        # other types first: factorize would take True, 1 and 1.0 for one value
        missing = pd.isna(objects)
        objects[~missing] = [as_text(value) for value in objects[~missing]]
    codes, words = pd.factorize(objects, use_na_sentinel=True)
    cleaned = np.empty(len(words), dtype=object)
    cleaned[:] = [None if word in MISSING_WORDS else word for word in map(str.strip, words)]
    return RawColumn.coded(codes, cleaned)


def as_text(value: Any) -> str:
    """Return one value as a CSV file would have it.

    Raises
    ------
    NestedValueError
        If the value is a list or a structure.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return text_of_number(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="backslashreplace")
    if isinstance(value, NESTED):
        raise NestedValueError
    if hasattr(value, "isoformat") and not isinstance(value, pd.Timedelta):
        return str(value.isoformat())
    return str(value)


def text_of_number(number: float) -> str:
    """Return the one text by which a number is known: ``1``, never ``1.0``."""
    if abs(number) <= LARGEST_EXACT_INTEGER and float(number).is_integer():
        return str(int(number))
    return repr(float(number))
