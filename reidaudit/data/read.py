"""Read a table from a file or a frame, without yet deciding what its columns are.

Text files are read as text, so that ``007`` stays ``007`` until all tables have been looked at
together: a column whose type is guessed table by table becomes a number in one and text in another.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from reidaudit.errors import InputError

TableRole = Literal["train", "holdout", "synthetic", "reference"]
DELIMITERS = ",;\t|"
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
ZIP_MAGIC = b"PK\x03\x04"
LARGEST_EXACT_INTEGER = 2**53

RawColumn = npt.NDArray[Any]
"""``float64`` with NaN, ``datetime64[ns]`` with NaT, or ``object`` holding text and None."""


@dataclass(frozen=True)
class RawTable:
    """A table as it was handed over: named columns of equal length, kinds not yet decided."""

    role: TableRole
    name: str
    columns: dict[str, RawColumn]
    rows: int
    file_digest: bytes | None = None
    """SHA-256 of the file; None for a frame."""


def read_table(source: Any, role: TableRole) -> RawTable:
    """Read one table from a path or from a data frame.

    Parameters
    ----------
    source : str, os.PathLike or data frame
        CSV (comma, semicolon, tab or bar; plain or gzip), Parquet (needs the ``parquet`` extra),
        or any eager frame that narwhals knows: pandas, polars, pyarrow and others.
    role : {'train', 'holdout', 'synthetic', 'reference'}
        What the table is in the audit; error messages use it.

    Raises
    ------
    InputError
        If the table cannot be read, has no rows, or has columns without distinct names.
    """
    table = _read_path(Path(source), role) if _is_path(source) else _read_frame(source, role)
    if not table.columns:
        raise InputError(f"{table.name} ({role}): the table has no columns.")
    if table.rows == 0:
        raise InputError(
            f"{table.name} ({role}): the table has column names but no rows; "
            "check that the export that wrote it finished."
        )
    return table


def _is_path(source: Any) -> bool:
    return isinstance(source, str | os.PathLike)


def _read_path(path: Path, role: TableRole) -> RawTable:
    content = _read_bytes(path, role)
    if content.startswith(PARQUET_MAGIC):
        frame = _parse_parquet(content, path, role)
        columns = _columns_of_frame(nw.from_native(frame, eager_only=True), path.name, role)
    else:
        columns = _parse_csv(_decode(_decompress(content, path, role), path, role), path, role)
    rows = len(next(iter(columns.values()))) if columns else 0
    return RawTable(role, path.name, columns, rows, hashlib.sha256(content).digest())


def _read_bytes(path: Path, role: TableRole) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path} ({role}): there is no such file; check the path.") from None
    except IsADirectoryError:
        raise InputError(f"{path} ({role}): this is a folder; name one file.") from None
    except OSError as error:
        raise InputError(f"{path} ({role}): cannot be read: {error.strerror}.") from None
    if not content.strip():
        raise InputError(f"{path.name} ({role}): the file is empty.")
    return content


def _decompress(content: bytes, path: Path, role: TableRole) -> bytes:
    if content.startswith(ZIP_MAGIC):
        raise InputError(
            f"{path.name} ({role}): this is a zip archive or an Excel workbook; "
            "export the table as CSV or Parquet."
        )
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError):
        raise InputError(
            f"{path.name} ({role}): the gzip file is damaged or cut short; write it again."
        ) from None


def _decode(content: bytes, path: Path, role: TableRole) -> str:
    if not content.strip():
        raise InputError(f"{path.name} ({role}): the file is empty.")
    if b"\x00" in content[:4096]:
        raise InputError(
            f"{path.name} ({role}): this is not a text file in UTF-8; export it as UTF-8 CSV."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path.name} ({role}): line {line} is not valid UTF-8; export the table as UTF-8."
        ) from None


def _parse_csv(text: str, path: Path, role: TableRole) -> dict[str, RawColumn]:
    delimiter = _delimiter_of(text)
    header = next(csv.reader(io.StringIO(text), delimiter=delimiter))
    names = _column_names(header, path.name, role)
    try:
        with warnings.catch_warnings():
            # pandas only warns when rows are longer than the header, and drops the surplus.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.StringIO(text),
                sep=delimiter,
                dtype=str,
                header=None,
                skiprows=_lines_of_header(text, delimiter),
                names=names,
                index_col=False,
                skipinitialspace=True,
            )
    except pd.errors.EmptyDataError:
        return {name: np.empty(0, dtype=object) for name in names}
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise InputError(
            f"{path.name} ({role}): a row has not as many fields as the {len(names)} of the header "
            f"({_without_values(error)}); check the delimiter and the quotes."
        ) from None
    return {name: _text_array(frame[name]) for name in names}


def _delimiter_of(text: str) -> str:
    first_line = text.lstrip("\r\n").split("\n", 1)[0]
    unquoted = "".join(first_line.split('"')[::2])
    return max(DELIMITERS, key=unquoted.count)


def _lines_of_header(text: str, delimiter: str) -> int:
    """Physical lines that the header takes: more than one if a quoted name has a line break."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    next(reader)
    return reader.line_num


def _without_values(error: Exception) -> str:
    """The line number out of a pandas message; the rest of the message may quote the data."""
    words = str(error).split()
    for before, after in zip(words, words[1:], strict=False):
        if before == "line" and after.strip(",").isdigit():
            return f"line {after.strip(',')}"
    return "first in a line after the header"


def _column_names(names: list[str], table: str, role: TableRole) -> list[str]:
    cleaned = [name.strip() or f"unnamed_{place}" for place, name in enumerate(names, start=1)]
    repeated = sorted({name for name in cleaned if cleaned.count(name) > 1})
    if repeated:
        raise InputError(
            f"{table} ({role}): the column name {_shown(repeated[0])} stands more than once; "
            "give every column a name of its own."
        )
    return cleaned


def _shown(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in name)
    return repr(printable if len(printable) <= 60 else printable[:57] + "...")


def _parse_parquet(content: bytes, path: Path, role: TableRole) -> Any:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise InputError(
            f"{path.name} ({role}): reading Parquet needs pyarrow: "
            "python -m pip install 'reidaudit[parquet]'."
        ) from None
    try:
        return pq.read_table(io.BytesIO(content))
    except (pa.ArrowInvalid, OSError):
        raise InputError(
            f"{path.name} ({role}): the Parquet file is damaged or cut short; write it again."
        ) from None


def _read_frame(source: Any, role: TableRole) -> RawTable:
    if isinstance(source, pd.DataFrame):
        source = source.set_axis([str(name) for name in source.columns], axis=1)
    try:
        frame = nw.from_native(source, eager_only=True)
    except TypeError:
        raise InputError(
            f"{role}: a {type(source).__name__} is neither a path nor an eager data frame; "
            "give a CSV or Parquet path, or a pandas, polars or pyarrow table."
        ) from None
    except Exception as error:  # narwhals raises its own error for repeated names
        if "uniq" in str(error).lower() or "dupl" in str(error).lower():
            _column_names([str(name) for name in source.columns], "frame", role)
        raise
    columns = _columns_of_frame(frame, "frame", role)
    return RawTable(role, f"{role} frame", columns, len(frame))


def _columns_of_frame(frame: Any, table: str, role: TableRole) -> dict[str, RawColumn]:
    names = _column_names([str(name) for name in frame.columns], table, role)
    return {
        name: _array_of_series(frame.get_column(original))
        for name, original in zip(names, frame.columns, strict=True)
    }


def _array_of_series(series: Any) -> RawColumn:
    """One column of any frame as float64, datetime64 or text."""
    dtype = series.dtype
    if dtype == nw.Boolean:
        return _text_array(pd.Series(series.to_list(), dtype=object))
    if dtype.is_integer():
        return _integers(series)
    if dtype.is_float() or dtype == nw.Decimal:
        return np.array(
            [np.nan if value is None or value != value else float(value) for value in series]
            if dtype == nw.Decimal
            else series.cast(nw.Float64).to_numpy(),
            dtype=np.float64,
        )
    if dtype in (nw.Datetime, nw.Date):
        values = pd.to_datetime(
            pd.Series(series.to_list(), dtype=object), utc=True, errors="coerce"
        )
        return values.dt.tz_localize(None).to_numpy(dtype="datetime64[ns]")
    return _text_array(pd.Series(series.to_list(), dtype=object))


def _integers(series: Any) -> RawColumn:
    values = series.to_list()
    if any(value is not None and abs(value) > LARGEST_EXACT_INTEGER for value in values):
        # float64 would merge neighbouring integers of this size; as text they stay apart
        return _text_array(pd.Series([None if v is None else str(v) for v in values], dtype=object))
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _text_array(series: pd.Series[Any]) -> RawColumn:
    """Text and None; objects of other types are written the way a CSV file would have them."""
    missing = series.isna().to_numpy()
    texts = np.empty(len(series), dtype=object)
    texts[~missing] = [_as_text(value) for value in series.to_numpy(dtype=object)[~missing]]
    texts[missing] = None
    texts[texts == ""] = None
    return texts


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_EXACT_INTEGER:
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value)
