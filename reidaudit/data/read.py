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
from typing import Any

from reidaudit.data.column import RawColumn
from reidaudit.data.frames import columns_of_frame
from reidaudit.data.parquet import PARQUET_MAGIC, columns_of_parquet
from reidaudit.data.parts import insist_on_same_columns, put_together, with_keys
from reidaudit.data.raw import Origin, RawTable, TableRole
from reidaudit.data.sources import SourceFile, find_source
from reidaudit.data.text_file import columns_of_text

__all__ = ["RawColumn", "RawTable", "TableRole", "read_table"]

GZIP_MAGIC = b"\x1f\x8b"
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
        CSV (comma, semicolon, tab or bar; plain or gzip) or Parquet (needs the ``parquet`` extra):
        a file, a folder of part files, a pattern such as ``release/part-*.parquet``, or an address
        such as ``s3://bucket/release/`` (needs the ``cloud`` extra). Or any eager frame that
        narwhals knows: pandas, polars, pyarrow and others.
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
    found = find_source(os.fspath(source), role)
    parts: list[dict[str, RawColumn]] = []
    digests = []
    for file in found.files:
        origin = Origin(file.name, role)
        columns, digest = _read_file(file, origin)
        columns = with_keys(columns, file.keys)
        if parts:
            insist_on_same_columns(parts[0], columns, origin)
        parts.append(columns)
        digests.append(digest)
    return _table(Origin(found.name, role), put_together(parts), found.digest(digests))


def _read_file(file: SourceFile, origin: Origin) -> tuple[dict[str, RawColumn], bytes]:
    """Return the columns of one file, and its SHA-256."""
    with file.open(origin.role) as opened:
        digest = hashlib.file_digest(opened, "sha256").digest()
        opened.seek(0)
        head = opened.read(len(PARQUET_MAGIC))
        opened.seek(0)
        if head == PARQUET_MAGIC:
            return columns_of_parquet(opened, origin), digest
        content = _decompress(opened.read(), origin)
    if content.startswith(PARQUET_MAGIC):
        return columns_of_parquet(io.BytesIO(content), origin), digest
    _insist_on_text(content, origin)
    return columns_of_text(content, origin), digest


def _table(origin: Origin, columns: dict[str, RawColumn], digest: bytes | None) -> RawTable:
    if not columns:
        raise origin.error("the table has no columns; check that the export that wrote it worked.")
    rows = len(next(iter(columns.values())))
    if rows == 0:
        raise origin.error(
            "the table has column names but no rows; check that the export that wrote it finished."
        )
    return RawTable(origin.role, origin.name, columns, rows, digest)


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
