"""Read a table from a file or a frame, without yet deciding what its columns are.

Text files are read as text, so that ``007`` stays ``007`` until all tables have been looked at
together: a column whose type is guessed table by table becomes a number in one and text in another.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from pathlib import Path
from typing import Any

from reidaudit.data.frames import columns_of_frame
from reidaudit.data.raw import Origin, RawColumn, RawTable, TableRole
from reidaudit.data.text_file import columns_of_text

__all__ = ["RawColumn", "RawTable", "TableRole", "read_table"]

LONGEST_PATH = 200
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
UNREADABLE = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"ARROW1": "an Arrow or Feather file",
    b"\xfd7zXZ\x00": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\x89HDF": "an HDF5 file",
}


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
    if isinstance(source, str | os.PathLike):
        return _read_path(source, role)
    origin = Origin("data frame", role)
    return _table(origin, columns_of_frame(source, origin), None)


def _read_path(source: str | os.PathLike[str], role: TableRole) -> RawTable:
    path = Path(_insist_on_path(os.fspath(source), role))
    content = _read_bytes(path, role)
    origin = Origin(path.name, role)
    plain = _decompress(content, origin)
    if plain.startswith(PARQUET_MAGIC):
        columns = columns_of_frame(_parse_parquet(plain, origin), origin)
    else:
        _insist_on_text(plain, origin)
        columns = columns_of_text(plain, origin)
    return _table(origin, columns, hashlib.sha256(content).digest())


def _table(origin: Origin, columns: dict[str, RawColumn], digest: bytes | None) -> RawTable:
    if not columns:
        raise origin.error("the table has no columns; check that the export that wrote it worked.")
    rows = len(next(iter(columns.values())))
    if rows == 0:
        raise origin.error(
            "the table has column names but no rows; check that the export that wrote it finished."
        )
    return RawTable(origin.role, origin.name, columns, rows, digest)


def _insist_on_path(source: str, role: TableRole) -> str:
    """Refuse text that is the table itself, not its path, before a message could repeat it."""
    if any(letter in source for letter in "\n\r\0"):
        raise Origin("text", role).error(
            "the text given is not a path; name a file, or give a data frame."
        )
    return source


def _read_bytes(path: Path, role: TableRole) -> bytes:
    text = str(path)
    origin = Origin(text if len(text) <= LONGEST_PATH else f"...{text[-LONGEST_PATH:]}", role)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise origin.error("there is no such file; check the path.") from None
    except IsADirectoryError:
        raise origin.error("this is a folder; name one file in it.") from None
    except OSError as error:
        raise origin.error(f"the file cannot be read ({error.strerror}); check it.") from None
    return content


def _decompress(content: bytes, origin: Origin) -> bytes:
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        raise origin.error("the gzip file is damaged or cut short; write it again.") from None


def _insist_on_text(content: bytes, origin: Origin) -> None:
    for magic, what in UNREADABLE.items():
        if content.startswith(magic):
            raise origin.error(f"this is {what}; export the table as CSV or Parquet.")


def _parse_parquet(content: bytes, origin: Origin) -> Any:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise origin.error(
            "reading Parquet needs pyarrow: python -m pip install 'reidaudit[parquet]'."
        ) from None
    try:
        return pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError):
        raise origin.error("the Parquet file is damaged or cut short; write it again.") from None
