"""Digests that say which table was audited, without giving the table away.

A plain hash of a small real table can be guessed: hash every candidate and compare. Real tables
therefore get an HMAC under a key that stays with the user; without a key they get no digest. The
release, which will be public, gets its SHA-256.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from reidaudit.data.column import RawColumn
from reidaudit.data.raw import RawTable

KEY_VARIABLE = "REIDAUDIT_DIGEST_KEY"


def release_digest(table: RawTable) -> str:
    """Return the SHA-256 of the release, in hexadecimal."""
    return _content_digest(table).hex()


def real_digest(table: RawTable) -> str | None:
    """Return the HMAC-SHA-256 of a real table, or None without ``REIDAUDIT_DIGEST_KEY``."""
    key = os.environ.get(KEY_VARIABLE)
    return hmac.new(key.encode(), _content_digest(table), "sha256").hexdigest() if key else None


def without_cells(table: RawTable) -> RawTable:
    """Return a table of which nothing is known any more but its names, its size and its digest."""
    empty = RawColumn.of(np.empty(0))
    return replace(
        table, columns=dict.fromkeys(table.columns, empty), file_digest=_content_digest(table)
    )


def handle(cells: Iterable[str]) -> str | None:
    """Return a name for a person that only who has the key can find: 32 hexadecimal digits.

    Parameters
    ----------
    cells : iterable of str
        What the person is known by: the entity key, or the cells of the row in order.

    Returns
    -------
    str or None
        HMAC-SHA-256 of the cells, joined by the unit separator U+001F, under
        ``REIDAUDIT_DIGEST_KEY``; None without it.
    """
    key = os.environ.get(KEY_VARIABLE)
    joined = "\x1f".join(cells).encode("utf-8", "surrogatepass")
    return hmac.new(key.encode(), joined, "sha256").hexdigest()[:32] if key else None


def _content_digest(table: RawTable) -> bytes:
    if table.file_digest is not None:
        return table.file_digest
    digest = hashlib.sha256()
    for name, values in table.columns.items():
        digest.update(repr(name).encode())
        rows = values.rows()
        digest.update(repr(rows.tolist()).encode() if rows.dtype.kind == "O" else rows.tobytes())
    return digest.digest()
