"""The random split to make before training: the rows to learn from, and rows to hold out.

Rows are copied as they stand, byte for byte in a CSV file: what a generator learns from and what
the audit compares with must not differ by the way they were written.
"""

from __future__ import annotations

import contextlib
import csv
import difflib
import gzip
import hashlib
import io
import json
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from reidaudit.data.digest import real_digest
from reidaudit.data.kinds import parse_column
from reidaudit.data.parquet import PARQUET_MAGIC
from reidaudit.data.raw import RawTable, TableRole
from reidaudit.data.read import GZIP_MAGIC, read_table
from reidaudit.errors import InputError, OutputError, UsageError
from reidaudit.files import write_together
from reidaudit.seeds import generator_for
from reidaudit.version import __version__

RECEIPT_NAME = "split.json"
RECEIPT_VERSION = "1.0"
DELIMITERS = "\t|;,"
BYTE_ORDER_MARK = "\ufeff"
_TO_SPLIT = cast("TableRole", "to split")  # how error messages call the table

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SplitTable:
    """One of the tables of a split; ``digest`` is an HMAC, and None where no key was given."""

    name: str
    rows: int
    entities: int | None
    digest: str | None
    digest_kind: str = "hmac-sha256"


@dataclass(frozen=True)
class Receipt:
    """How a split was made."""

    source: SplitTable
    train: SplitTable
    holdout: SplitTable
    fraction: float
    seed: int
    entity: str | None
    made: str

    def to_json(self) -> str:
        """Return the receipt as JSON with sorted keys."""
        tool = {"name": "reidaudit", "version": __version__}
        content = asdict(self) | {"schema_version": RECEIPT_VERSION, "tool": tool}
        return json.dumps(content, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def split_file(
    source: Path,
    folder: Path,
    *,
    fraction: float,
    entity: str | None = None,
    seed: int = 0,
    force: bool = False,
) -> Receipt:
    """Split a table at random into ``train`` and ``holdout``, and write a receipt.

    Parameters
    ----------
    source : Path
        CSV (plain or gzip) or Parquet; the parts are written in the same format.
    folder : Path
        Where to write; made if it does not exist.
    fraction : float
        Share of the entities that goes to the holdout, between 0 and 1.
    entity : str, optional
        The column that says whose row it is: all rows of an entity go to one side. Every row is
        an entity of its own if left out.
    seed : int
        The same seed gives the same split.
    force : bool
        Whether to overwrite files; the source is never overwritten.

    Returns
    -------
    Receipt
        What ``split.json`` says.

    Raises
    ------
    ReidauditError
        If the source cannot be read or split so, or the parts cannot be written.
    """
    if not 0.0 < fraction < 1.0:
        raise UsageError(f"the holdout fraction must lie between 0 and 1, not at {fraction:g}.")
    table = read_table(source, _TO_SPLIT)
    if not source.is_file():
        raise InputError(f"{source}: one file is split at a time; put the part files together.")
    whose = _entities(table, entity)
    held_out = _draw(whose, fraction, seed)
    content = source.read_bytes()
    suffix, parts = _parts(content, table, held_out)
    names = {"train": f"train{suffix}", "holdout": f"holdout{suffix}"}
    _check_targets([folder / name for name in (*names.values(), RECEIPT_NAME)], source, force)
    receipt = Receipt(
        source=_described(table.name, content, whose, entity),
        train=_described(names["train"], parts["train"], whose[~held_out], entity),
        holdout=_described(names["holdout"], parts["holdout"], whose[held_out], entity),
        fraction=fraction,
        seed=seed,
        entity=entity,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    files = {folder / name: parts[role] for role, name in names.items()}
    files[folder / RECEIPT_NAME] = receipt.to_json().encode()
    # What may read the source may read its parts, and nobody else.
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: the folder cannot be made: {error.strerror}.") from None
    write_together(files, stat.S_IMODE(source.stat().st_mode) | stat.S_IWUSR)
    return receipt


def _entities(table: RawTable, key: str | None) -> npt.NDArray[np.int64]:
    """Number the entities as the audit will."""
    if key is None:
        return np.arange(table.rows, dtype=np.int64)
    if key not in table.columns:
        folded = {name.casefold(): name for name in table.columns}
        near = difflib.get_close_matches(key.casefold(), folded, n=1)
        hint = f"did you mean {folded[near[0]]!r}?" if near else "check the spelling."
        raise UsageError(f"{table.name}: there is no column {key!r} to keep together; {hint}")
    codes = parse_column([table.columns[key]]).codes
    missing = int((codes < 0).sum())
    if missing:
        raise InputError(
            f"{table.name}: {missing} rows have no value in the entity key {key!r}; "
            "every row must say whose it is."
        )
    return codes


def _draw(whose: npt.NDArray[np.int64], fraction: float, seed: int) -> BoolArray:
    """Tell which rows are held out, drawing whole entities."""
    entities = np.unique(whose)
    held = int(len(entities) * fraction + 0.5)
    if not 0 < held < len(entities):
        raise UsageError(
            f"with {len(entities)} rows or entities and a holdout fraction of {fraction:g}, one "
            "side would be empty; take more rows, or a fraction nearer to 0.5."
        )
    chosen = generator_for(seed, "split").permutation(entities)[:held]
    held_out: BoolArray = np.isin(whose, chosen)
    return held_out


def _parts(content: bytes, table: RawTable, held_out: BoolArray) -> tuple[str, dict[str, bytes]]:
    """Return the suffix of the parts' format, and the parts by role."""
    sides = {"train": ~held_out, "holdout": held_out}
    zipped = content.startswith(GZIP_MAGIC)
    plain = gzip.decompress(content) if zipped else content
    if plain.startswith(PARQUET_MAGIC):
        return ".parquet", {role: _parquet_part(plain, rows) for role, rows in sides.items()}
    header, records = _records(plain.decode("utf-8"), table)
    parts = {
        role: (header + "".join(records[row] for row in np.flatnonzero(rows))).encode()
        for role, rows in sides.items()
    }
    if not zipped:
        return ".csv", parts
    return ".csv.gz", {role: gzip.compress(part, 6, mtime=0) for role, part in parts.items()}


def _records(text: str, table: RawTable) -> tuple[str, list[str]]:
    """Cut CSV text into the header and the rows, each as it was written.

    The delimiter is the one by which the cut gives the names and the rows that were read.
    """
    body = text.removeprefix(BYTE_ORDER_MARK)
    cuts = (_cut(body, delimiter, list(table.columns)) for delimiter in DELIMITERS)
    fitting = next((rows for rows in cuts if len(rows) == table.rows + 1), None)
    if fitting is None:
        raise InputError(
            f"{table.name}: it cannot be told where its rows begin and end; "
            "check the quotes and the line breaks."
        )
    header, *records = fitting
    if not records[-1].endswith(("\n", "\r")):
        records[-1] += "\r\n" if header.endswith("\r\n") else header[-1]
    return text[: len(text) - len(body)] + header, records


def _cut(body: str, delimiter: str, names: list[str]) -> list[str]:
    """Cut text into header and rows as they were written; into nothing if the names differ."""
    lines: list[str] = []

    def heard() -> Iterator[str]:
        for line in io.StringIO(body, newline=""):
            lines.append(line)
            yield line

    cut: list[str] = []
    with _fields_of_any_length():
        for row in csv.reader(heard(), delimiter=delimiter, skipinitialspace=True):
            # The reader takes lines one by one, so these are the row's own.
            written = "".join(lines)
            lines.clear()
            is_blank = len(row) < 2 and not written.strip()
            if not cut and not is_blank and _names(row) != names:
                return []
            # In a table of one column an empty line is a row whose value is missing.
            if not is_blank or (cut and len(names) == 1):
                cut.append(written)
    return cut


def _names(header: list[str]) -> list[str]:
    return [name.strip() or f"unnamed_{place}" for place, name in enumerate(header, start=1)]


@contextlib.contextmanager
def _fields_of_any_length() -> Iterator[None]:
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _parquet_part(content: bytes, rows: BoolArray) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pq.read_table(io.BytesIO(content)).filter(pa.array(rows)), buffer)
    return buffer.getvalue()


def _described(
    name: str, content: bytes, whose: npt.NDArray[np.int64], entity: str | None
) -> SplitTable:
    digested = RawTable("train", name, {}, len(whose), hashlib.sha256(content).digest())
    entities = None if entity is None else len(np.unique(whose))
    return SplitTable(name, len(whose), entities, real_digest(digested))


def _check_targets(targets: list[Path], source: Path, force: bool) -> None:
    for path in targets:
        if not path.exists():
            continue
        if path.samefile(source):
            raise UsageError(f"{path}: the table to split would be overwritten; choose --out.")
        if not force:
            raise OutputError(f"{path}: it is there already; choose another --out or give --force.")
