"""Outcomes kept after each attack, so that a run that was stopped goes on where it stopped.

Every file is named by a digest of all that its attack gets to see, so outcomes of other tables,
schemas, seeds or versions are never used. The files hold an outcome for every person. They can be
read by their owner alone, and are removed when the audit has finished.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from reidaudit.arrays import frozen
from reidaudit.attack import Attack, Case, Outcome
from reidaudit.attempts import Attempt, attempt
from reidaudit.errors import OutputError
from reidaudit.files import write_together
from reidaudit.labels import Labels
from reidaudit.version import __version__

Array = npt.NDArray[Any]
LIBRARIES = ("numpy", "scipy", "scikit-learn", "rapidfuzz")
"""Those whose versions may show in an outcome."""
OF_THE_RUN = frozenset({"workers", "executor", "_done"})
"""What a case holds that changes no outcome."""
ARRAYS = ("values", "common_guess", "among", "sureness", "worth", "guessed", "truth")


@dataclass(frozen=True)
class Checkpoints:
    """Outcomes of one audit in a folder of its own.

    Attributes
    ----------
    folder : Path or None
        None if nothing is to be kept.
    """

    folder: Path | None
    case: Case
    seed: int
    labels: Labels

    def attempt(self, attack: Attack) -> Attempt:
        """Return what came of an attack before, or run it and keep what comes of it."""
        if self.folder is None:
            return attempt(attack, self.case, self.seed, self.labels)
        path = self.folder / f"{_digest(_identity(attack))}.npz"
        outcomes = _read(path)
        if outcomes is not None:
            return Attempt(attack, outcomes=outcomes)
        attempted = attempt(attack, self.case, self.seed, self.labels)
        if attempted.outcomes:
            write_together({path: _written(attempted.outcomes)}, mode=0o600)
        return attempted

    def remove(self) -> None:
        """Remove what was kept, as the audit has finished."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def open_checkpoints(
    folder: str | os.PathLike[str] | None, case: Case, seed: int, labels: Labels
) -> Checkpoints:
    """Open the checkpoints of an audit, new or begun before.

    Parameters
    ----------
    folder : path, optional
        Where audits keep theirs, each in a folder of its own; made if missing.
    case : Case
        What attacks get to see.
    seed : int
        The run's seed.
    labels : Labels
        As they are handed to attacks that learn.

    Raises
    ------
    OutputError
        If nothing can be written there.
    """
    if folder is None:
        return Checkpoints(None, case, seed, labels)
    versions = [__version__, *(version(library) for library in LIBRARIES)]
    own = Path(folder) / f"reidaudit-{_digest([_seen(case), labels, seed, versions])}"
    check_folder(folder)
    try:
        own.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _unwritable(own, error) from None
    return Checkpoints(own, case, seed, labels)


def check_folder(folder: str | os.PathLike[str] | None) -> None:
    """Make the folder for checkpoints if it is missing, for its owner alone.

    Raises
    ------
    OutputError
        If it cannot be made or written to.
    """
    if folder is None:
        return
    try:
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(Path(folder), error) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: checkpoints cannot be written there: Permission denied.")


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"{folder}: checkpoints cannot be written there: {error.strerror}.")


def _seen(case: Case) -> dict[str, object]:
    return {
        part.name: getattr(case, part.name) for part in fields(case) if part.name not in OF_THE_RUN
    }


def _identity(attack: Attack) -> list[str]:
    return [type(attack).__module__, type(attack).__qualname__, attack.name, attack.version]


def _digest(value: object) -> str:
    digest = hashlib.sha256()
    for part in _parts(value):
        # with its length, so that no two values have the same parts
        digest.update(f"{len(part)} ".encode())
        digest.update(part)
    return digest.hexdigest()[:32]


def _parts(value: object) -> Iterator[bytes]:
    """Yield the content of a value, part by part."""
    yield type(value).__name__.encode()
    if isinstance(value, np.ndarray) and value.dtype != object:
        yield f"{value.dtype.str} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif is_dataclass(value):
        yield from _parts({part.name: getattr(value, part.name) for part in fields(value)})
    elif isinstance(value, Mapping):
        yield from _parts(list(value.items()))
    elif isinstance(value, list | tuple):
        yield str(len(value)).encode()
        for item in value:
            yield from _parts(item)
    elif value is None or isinstance(value, str | int | float | Enum):
        yield repr(value).encode()
    else:
        raise TypeError(f"a case holds a {type(value).__name__}, which has no digest")


def _written(outcomes: tuple[Outcome, ...]) -> bytes:
    """Return outcomes as an archive of arrays, with everything else in it as JSON."""
    arrays, told = {}, []
    for place, outcome in enumerate(outcomes):
        told.append({part.name: getattr(outcome, part.name) for part in fields(outcome)})
        told[-1]["facts"] = {name: float(fact) for name, fact in outcome.facts.items()}
        for name in ARRAYS:
            array = told[-1].pop(name)
            if array is not None:
                arrays[f"{name}_{place}"] = array
    file = io.BytesIO()
    np.savez(file, told=np.array(json.dumps(told)), **arrays)
    return file.getvalue()


def _read(path: Path) -> tuple[Outcome, ...] | None:
    """Return kept outcomes; None if there are none, or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            arrays = {name: frozen(kept[name]) for name in kept.files}
        told: list[dict[str, Any]] = json.loads(str(arrays["told"]))
        for place, part in enumerate(told):
            part.update({name: arrays.get(f"{name}_{place}") for name in ARRAYS})
        return tuple(Outcome(**part) for part in told)
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile):
        return None
