"""Columns of Arrow, chunk by chunk: only distinct values ever become objects of Python."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from reidaudit.data.cells import NestedValueError
from reidaudit.data.column import RawColumn
from reidaudit.data.frames import column_of_series


class ArrowColumn:
    """Collects the chunks of one column as codes, so that their texts need not be kept.

    Parameters
    ----------
    kind : pyarrow.DataType
        Of every chunk.

    Raises
    ------
    NestedValueError
        If the type is one of lists or structures.
    """

    def __init__(self, kind: Any) -> None:
        if pa.types.is_nested(_plain(kind)):
            raise NestedValueError
        self._kind = kind
        self._can_be_coded = _can_be_coded(_plain(kind))
        self._chunks: list[Any] = []

    def add(self, chunk: Any) -> None:
        """Take the next rows, a `pyarrow.Array`."""
        plain = chunk.dictionary_decode() if pa.types.is_dictionary(chunk.type) else chunk
        self._chunks.append(plain.dictionary_encode() if self._can_be_coded else plain)

    def finish(self) -> RawColumn:
        """Return the column; the chunks are given up."""
        chunks, self._chunks = self._chunks, []
        if not chunks or not self._can_be_coded:
            return _column(pa.chunked_array(chunks, type=_plain(self._kind)))
        unified = pa.chunked_array(chunks).unify_dictionaries()
        chunks.clear()
        distinct = _column(pa.chunked_array([unified.chunk(0).dictionary]))
        places = [_places(chunk.indices, distinct) for chunk in unified.chunks]
        return RawColumn.coded(np.concatenate(places), distinct.values)


def _column(chunked: Any) -> RawColumn:
    return column_of_series(nw.from_native(chunked, series_only=True))


def _plain(kind: Any) -> Any:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _can_be_coded(kind: Any) -> bool:
    """Tell whether Arrow can find distinct values of a type, and bring those of chunks together."""
    try:
        empty = pa.array([], type=kind).dictionary_encode()
        pa.chunked_array([empty, empty]).unify_dictionaries()
    except pa.ArrowNotImplementedError:
        return False
    return True


def _places(indices: Any, distinct: RawColumn) -> Any:
    """Where the distinct values of Arrow, which repeat once they are read, are among ours."""
    own = np.append(distinct.places, distinct.places.dtype.type(-1))
    return own[indices.fill_null(-1).to_numpy(zero_copy_only=False)]
