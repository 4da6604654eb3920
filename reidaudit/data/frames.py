"""Frames of any library, and Parquet: columns by their declared types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from reidaudit.data.cells import LARGEST_EXACT_INTEGER, NestedValueError, text_column
from reidaudit.data.column import RawColumn, Values
from reidaudit.data.raw import Origin, column_names
from reidaudit.data.shown import shown

INTEGERS = (
    *(nw.Int8, nw.Int16, nw.Int32, nw.Int64, nw.Int128),
    *(nw.UInt8, nw.UInt16, nw.UInt32, nw.UInt64, nw.UInt128),
)
WHAT_A_TABLE_MAY_BE = "give a CSV or Parquet path, or a pandas, polars or pyarrow table"


def columns_of_frame(source: Any, origin: Origin) -> dict[str, RawColumn]:
    """Read the columns of an eager data frame.

    Parameters
    ----------
    source : data frame
        Of pandas, polars, pyarrow or another library that narwhals knows.
    origin : Origin
        For messages.

    Raises
    ------
    InputError
        If it is no eager frame, its columns have no distinct names, or cells hold lists.
    """
    frame = _as_narwhals(source, origin)
    columns: dict[str, RawColumn] = {}
    for name in frame.columns:
        with names_nested_column(name, origin):
            columns[name] = column_of_series(frame.get_column(name))
    return columns


@contextmanager
def names_nested_column(name: str, origin: Origin) -> Iterator[None]:
    """Tell which column holds lists or structures."""
    try:
        yield
    except NestedValueError:
        raise origin.error(
            f"the column {shown(name)} holds lists or structures; "
            "give every part a column of its own."
        ) from None


def _as_narwhals(source: Any, origin: Origin) -> Any:
    """Give the frame trimmed, distinct names of text, and wrap it."""
    if isinstance(source, pd.DataFrame):
        if isinstance(source.columns, pd.MultiIndex):
            raise origin.error(
                "the column names have several levels; join them to one name for every column."
            )
        source = source.set_axis(column_names(source.columns, origin), axis=1)
    elif hasattr(source, "rename_columns") and hasattr(source, "column_names"):
        # pyarrow allows repeated names, narwhals does not
        source = source.rename_columns(column_names(source.column_names, origin))
    try:
        frame = nw.from_native(source, eager_only=True)
    except TypeError:
        raise _not_a_frame(source, origin) from None
    names = column_names(frame.columns, origin)
    return frame.rename(dict(zip(frame.columns, names, strict=True)))


def _not_a_frame(source: Any, origin: Origin) -> Exception:
    kind = type(source).__name__
    if hasattr(source, "collect"):
        return origin.error(f"a {kind} holds no rows yet; call .collect() on it first.")
    return origin.error(
        f"a value of type {kind} is neither a path nor a data frame; {WHAT_A_TABLE_MAY_BE}."
    )


def column_of_series(series: Any) -> RawColumn:
    """Return one column of float64, datetime64 or text.

    Parameters
    ----------
    series : narwhals.Series
        Of any library.

    Raises
    ------
    NestedValueError
        If a cell holds a list or a structure.
    """
    dtype = series.dtype
    if dtype in INTEGERS:
        return _integers(series)
    if dtype in (nw.Float32, nw.Float64):
        return _floats(series)
    if dtype in (nw.Datetime, nw.Date):
        return _datetimes(series)
    if dtype == nw.Duration:
        spans = _as_unit(series, "timedelta64[us]")
        return RawColumn.of(np.where(np.isnat(spans), np.nan, spans.astype(np.int64) / 1e6))
    if dtype in (nw.List, nw.Array, nw.Struct):
        raise NestedValueError
    return text_column(series.to_list())


def _integers(series: Any) -> RawColumn:
    ends = [end for end in (series.min(), series.max()) if end is not None and not pd.isna(end)]
    if any(abs(int(end)) > LARGEST_EXACT_INTEGER for end in ends):
        # float64 would merge neighbouring integers of this size; as text they stay apart
        return text_column(series.to_list())
    return RawColumn.of(_as_float64(series))


def _floats(series: Any) -> RawColumn:
    column = RawColumn.of(_as_float64(series))
    if series.dtype == nw.Float64:
        return column
    # 0.1 in float32 is meant as 0.1, not as 0.10000000149: the shortest text that gives it
    shortest = column.values.astype(np.float32).astype(str).astype(np.float64)
    return RawColumn.coded(column.places, shortest)


def _as_float64(series: Any) -> Values:
    return np.array(series.cast(nw.Float64).to_numpy(), dtype=np.float64)


def _datetimes(series: Any) -> RawColumn:
    if getattr(series.dtype, "time_zone", None) is not None:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return RawColumn.of(_as_unit(series, "datetime64[us]"))


def _as_unit(series: Any, unit: str) -> Values:
    values = series.to_numpy()
    if values.dtype == object:
        values = np.array([None if pd.isna(value) else value for value in values], dtype=unit)
    return np.asarray(values).astype(unit)
