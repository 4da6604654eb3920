"""Where the files of a table are: one file, a folder of part files, a pattern, or a web address.

Nothing is fetched from anywhere unless an address names the place: ``s3://bucket/table/``. Part
files are taken in the order of their names, so that the same files are always the same table.
"""

from __future__ import annotations

import glob
import hashlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from reidaudit.data.raw import Origin, TableRole
from reidaudit.data.shown import shown
from reidaudit.errors import InputError

LONGEST_PATH = 200
FORMATS = {
    **dict.fromkeys((".parquet", ".parq", ".pq"), "Parquet"),
    **dict.fromkeys((".csv", ".tsv", ".txt"), "CSV"),
}
"""Endings of part files; each may be followed by ``.gz``."""
WILDCARDS = "*?["
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
"""What Hive calls the folder of the rows that have no value in the column."""


@dataclass(frozen=True)
class SourceFile:
    """One file; ``keys`` are the columns that its folders name, ``region=north/part-0.parquet``."""

    name: str
    path: str
    system: Any = None
    """The file system of fsspec that has it; None for this machine's own."""
    keys: Mapping[str, str | None] = field(default_factory=dict)

    @contextmanager
    def open(self, role: TableRole) -> Iterator[io.BufferedIOBase]:
        """Open the file; one that is elsewhere is fetched whole, once."""
        if self.system is None:
            with _told_if_unreadable(_origin(self.path, role)), Path(self.path).open("rb") as file:
                yield file
            return
        with _told_if_out_of_reach(Origin(self.name, role)):
            content = self.system.cat_file(self.path)
        yield io.BytesIO(content)


@dataclass(frozen=True)
class Source:
    """The files of a table, and the name by which messages and reports know it."""

    name: str
    files: Sequence[SourceFile]
    is_one_file: bool

    def digest(self, digests: Sequence[bytes]) -> bytes:
        """Return the SHA-256 of the table from those of its files.

        Of one file it is the file's own. Of part files it is that of the list which ``sha256sum``
        writes of them: lines of digest, two blanks and name below the folder, in order of names.
        """
        if self.is_one_file:
            return digests[0]
        lines = (
            f"{digest.hex()}  {file.name}\n"
            for digest, file in zip(digests, self.files, strict=True)
        )
        return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).digest()


def find_source(source: str, role: TableRole) -> Source:
    """Find the files of a table.

    Parameters
    ----------
    source : str
        A path, a folder, a pattern with ``*``, ``?`` or ``[...]``, or an address with ``://``.
    role : {'train', 'holdout', 'synthetic', 'reference'}
        For messages.

    Raises
    ------
    InputError
        If there is no such file, a folder holds anything but parts of one table, or an address
        cannot be read.
    """
    if any(letter in source for letter in "\n\r\0"):
        # it may be the table itself, not its path, which no message may repeat
        raise Origin("text", role).error(
            "the text given is not a path; name a file, or give a data frame."
        )
    if "://" in source:
        return _elsewhere(source, role)
    path, origin = Path(source), _origin(source, role)
    with _told_if_unreadable(origin):
        if not source or not path.is_dir():
            is_pattern = any(letter in source for letter in WILDCARDS) and not path.exists()
            return _matches(source, origin) if is_pattern else _one(path.name, source)
        found = [Path(folder, name) for folder, _, names in os.walk(path) for name in names]
    return _parts({file.relative_to(path).as_posix(): str(file) for file in found}, None, origin)


def _origin(path: str, role: TableRole) -> Origin:
    text = str(Path(path))
    return Origin(text if len(text) <= LONGEST_PATH else f"...{text[-LONGEST_PATH:]}", role)


@contextmanager
def _told_if_unreadable(origin: Origin) -> Iterator[None]:
    """Turn what a file system raises into one sentence."""
    try:
        yield
    except FileNotFoundError:
        raise origin.error("there is no such file; check the path.") from None
    except IsADirectoryError:
        raise origin.error("this is a folder; name one file in it.") from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise origin.error(f"the file cannot be read ({why}); check it.") from None


def _one(name: str, path: str, system: Any = None) -> Source:
    return Source(name, [SourceFile(name, path, system)], is_one_file=True)


def _matches(pattern: str, origin: Origin) -> Source:
    """Find the files that match a pattern, with their names below the folder before it."""
    found = [
        path
        for path in glob.glob(pattern, recursive=True)  # noqa: PTH207 - it may be absolute
        if Path(path).is_file()
    ]
    if not found:
        raise origin.error("no file matches the pattern; check it.")
    fixed = Path(pattern).parts
    first = next(place for place, part in enumerate(fixed) if any(w in part for w in WILDCARDS))
    folder = Path(*fixed[:first])
    files = {Path(path).relative_to(folder).as_posix(): path for path in found}
    name = Path(*fixed[max(first - 1, 0) :]).as_posix()
    return Source(name, _in_order(files, None), is_one_file=False)


def _parts(found: Mapping[str, str], system: Any, origin: Origin) -> Source:
    """Take the parts of one table in a folder; anything else there is somebody's mistake."""
    files = {name: path for name, path in found.items() if not _is_hidden(name)}
    formats = {name: FORMATS.get(_ending(name)) for name in files}
    strangers = sorted(name for name, known in formats.items() if known is None)
    if not files:
        raise origin.error("this is a folder without Parquet or CSV files; name a file.")
    if strangers or len(set(formats.values())) > 1:
        other = f"{shown(strangers[0])} is no part of one" if strangers else "CSV and Parquet"
        raise origin.error(
            f"this is a folder that holds more than the part files of one table ({other}); "
            "name one file in it, or a pattern such as part-*.parquet."
        )
    name = PurePosixPath(origin.name).name or origin.name
    return Source(name, _in_order(files, system), is_one_file=False)


def _in_order(files: Mapping[str, str], system: Any) -> list[SourceFile]:
    return [SourceFile(name, path, system, _keys(name)) for name, path in sorted(files.items())]


def _is_hidden(name: str) -> bool:
    """Tell the files that writers put beside their parts: ``_SUCCESS``, ``.part-0.crc``."""
    return any(part.startswith((".", "_")) and "=" not in part for part in name.split("/"))


def _ending(name: str) -> str:
    return PurePosixPath(name.lower().removesuffix(".gz")).suffix


def _keys(name: str) -> dict[str, str | None]:
    pairs = (part.partition("=") for part in name.split("/")[:-1] if "=" in part)
    return {key: None if value == NO_VALUE else unquote(value) for key, _, value in pairs}


def _elsewhere(address: str, role: TableRole) -> Source:
    """Find the files of an address through fsspec; only its last part is ever shown."""
    protocol = address.partition("://")[0]
    name = PurePosixPath(address.partition("://")[2].partition("?")[0]).name or protocol
    origin = Origin(name, role)
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise origin.error(
            f"reading {protocol}:// needs fsspec: python -m pip install 'reidaudit[cloud]'."
        ) from None
    with _told_if_out_of_reach(origin):
        system, path = url_to_fs(address)
        if "*" in path:
            found = {_below_fixed(match, path): match for match in system.glob(path)}
            if not found:
                raise origin.error("no file matches the pattern; check it.")
            return Source(name, _in_order(found, system), is_one_file=False)
        if protocol in ("http", "https") or not system.isdir(path):
            return _one(name, path, system)
        below = {file.removeprefix(path).lstrip("/"): file for file in system.find(path)}
    return _parts(below, system, origin)


def _below_fixed(match: str, pattern: str) -> str:
    fixed = pattern[: pattern.index("*")].rpartition("/")[0]
    return match.removeprefix(fixed).lstrip("/")


@contextmanager
def _told_if_out_of_reach(origin: Origin) -> Iterator[None]:
    """Turn whatever a file system elsewhere raises into one sentence, without its own words."""
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError:
        raise origin.error("there is no such file; check the address.") from None
    except (ImportError, ValueError):
        raise origin.error(
            "no installed package reads such addresses; install the one for it "
            "(s3fs for s3://, gcsfs for gs://, adlfs for az://), and check the address."
        ) from None
    except Exception as error:  # noqa: BLE001 - foreign code may raise anything
        raise origin.error(
            f"the file cannot be fetched ({type(error).__name__}); "
            "check the address and your right to read it."
        ) from None
