"""Parquet files, read a few rows at a time: what is kept of them is codes and distinct values."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from reidaudit.data.column import RawColumn
from reidaudit.data.frames import names_nested_column
from reidaudit.data.raw import Origin, column_names

PARQUET_MAGIC = b"PAR1"
ROWS_AT_ONCE = 1 << 17


def columns_of_parquet(file: io.BufferedIOBase, origin: Origin) -> dict[str, RawColumn]:
    """Read the columns of a Parquet file.

    Parameters
    ----------
    file : binary file
        One that can be sought in.
    origin : Origin
        For messages.

    Raises
    ------
    InputError
        If pyarrow is missing, the file is damaged, its columns have no distinct names, or cells
        hold lists.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise origin.error(
            "reading Parquet needs pyarrow: python -m pip install 'reidaudit[parquet]'."
        ) from None
    from reidaudit.data.arrow import ArrowColumn

    with _told_if_damaged(origin):
        parquet = pq.ParquetFile(file)
        schema = parquet.schema_arrow
    collected = {}
    for name, field in zip(column_names(schema.names, origin), schema, strict=True):
        with names_nested_column(name, origin):
            collected[name] = ArrowColumn(field.type)
    with _told_if_damaged(origin):
        for batch in parquet.iter_batches(ROWS_AT_ONCE):
            for column, chunk in zip(collected.values(), batch.columns, strict=True):
                column.add(chunk)
    columns = {}
    for name, column in collected.items():
        with names_nested_column(name, origin):
            columns[name] = column.finish()
    pa.default_memory_pool().release_unused()
    return columns


@contextmanager
def _told_if_damaged(origin: Origin) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError):
        raise origin.error("the Parquet file is damaged or cut short; write it again.") from None
