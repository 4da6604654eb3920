"""Columns stored as files, so that tasks name them by path, rows and digest and carry none.

Each column is a file of its own, named by the digest of its content, so that whatever is searched
again, alone or among others, is stored once. A worker maps files into memory, so it reads only the
rows that it needs, once it has held each file against its digest.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reidaudit.encoding import EncodedTable
from reidaudit.errors import ClusterError
from reidaudit.files import undisturbed
from reidaudit.neighbours.executor import CutIndexes, Tables, answer
from reidaudit.neighbours.tiles import F, Groups, Question, Tile
from reidaudit.version import __version__

Column = npt.NDArray[Any]
_CHECKED: set[StoredColumn] = set()
"""What this process has held against its digest."""
_CUT = CutIndexes()


@dataclass(frozen=True)
class StoredColumn:
    """A column in a file; ``digest`` is the SHA-256 of its type and content, in hexadecimal."""

    path: str
    digest: str

    def open(self) -> Column:
        """Map the column into memory.

        Raises
        ------
        ClusterError
            If the file cannot be read, or holds something else.
        """
        try:
            column: Column = np.asarray(np.load(self.path, mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError):
            raise ClusterError(
                f"a worker cannot read {self.path}: all workers must see the scratch folder, as "
                "the same user; name one that they see with --scratch."
            ) from None
        if self not in _CHECKED:
            if _digest(column) != self.digest:
                raise ClusterError(
                    f"{self.path} has another digest than when it was written, so nothing was "
                    "decided; who else writes to the scratch folder?"
                )
            _CHECKED.add(self)
        return column


@dataclass(frozen=True)
class StoredTable:
    """An encoded table whose columns are stored."""

    table: EncodedTable
    words: tuple[StoredColumn, ...]
    numbers: tuple[StoredColumn, ...]

    def open(self) -> EncodedTable:
        """Map the table into memory."""
        words = tuple(column.open() for column in self.words)
        return replace(
            self.table, words=words, numbers=tuple(column.open() for column in self.numbers)
        )


@dataclass(frozen=True)
class StoredTables:
    """What is searched, stored; small enough to be sent with every tile."""

    queries: StoredTable
    index: StoredTable
    groups: tuple[StoredColumn, StoredColumn] | None

    def open(self) -> Tables:
        """Map the tables into memory."""
        groups = self.groups and (self.groups[0].open(), self.groups[1].open())
        name = tuple(column.digest for column in (*self.index.words, *self.index.numbers))
        return Tables(self.queries.open(), self.index.open(), groups, (name, self.index.table.one))


@dataclass(frozen=True)
class Store:
    """A scratch folder for columns, that only its owner can read."""

    folder: Path

    def keep(
        self, queries: EncodedTable, index: EncodedTable, groups: Groups | None
    ) -> StoredTables:
        """Store whatever of the tables is not stored yet."""
        stored = groups and (self._column(groups[0]), self._column(groups[1]))
        return StoredTables(self._table(queries), self._table(index), stored)

    def _table(self, table: EncodedTable) -> StoredTable:
        return StoredTable(
            replace(table, words=(), numbers=()),
            tuple(self._column(column) for column in table.words),
            tuple(self._column(column) for column in table.numbers),
        )

    def _column(self, column: Column) -> StoredColumn:
        column = np.ascontiguousarray(column)
        digest = _digest(column)
        path = self.folder / f"{digest}.npy"
        if not path.exists():
            # under a name of its own until it is whole
            part = path.with_suffix(".part")
            try:
                part.touch(mode=0o600, exist_ok=False)
                with part.open("wb") as file:
                    np.save(file, column, allow_pickle=False)
                part.replace(path)
            except OSError as error:
                raise _unwritable(self.folder, error) from None
        return StoredColumn(str(path), digest)


@contextmanager
def open_store(scratch: str | os.PathLike[str] | None) -> Iterator[Store]:
    """Make a scratch folder, and remove it at the end, whatever happens.

    Parameters
    ----------
    scratch : path, optional
        An existing folder in which to make it; the system's for temporary files if left out.

    Raises
    ------
    ClusterError
        If nothing can be written there.
    """
    parent = Path(scratch or tempfile.gettempdir()).absolute()
    try:
        folder = Path(tempfile.mkdtemp(prefix="reidaudit-", dir=parent))
    except OSError as error:
        raise _unwritable(parent, error) from None
    try:
        yield Store(folder)
    finally:
        with undisturbed():
            shutil.rmtree(folder, ignore_errors=True)


def answer_stored(question: Question[F], stored: StoredTables, tile: Tile, version: str) -> F:
    """Search one tile of stored tables; this is what workers run."""
    if version != __version__:
        raise ClusterError(
            f"a worker has reidaudit {__version__}, but the audit runs {version}; install the same "
            "version on all workers."
        )
    return answer(question, stored.open(), tile, _CUT)


def _digest(column: Column) -> str:
    digest = hashlib.sha256(f"{column.dtype.str} {column.shape}\n".encode())
    digest.update(np.ascontiguousarray(column).view(np.uint8).data)
    return digest.hexdigest()


def _unwritable(folder: Path, error: OSError) -> ClusterError:
    return ClusterError(
        f"{folder}: scratch files cannot be written there: {error.strerror}; name another folder "
        "with --scratch."
    )
