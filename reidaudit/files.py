"""Write files so that a run that is killed leaves either all of a file or nothing of it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from reidaudit.errors import OutputError


def write_together(contents: Mapping[Path, bytes], mode: int | None = None) -> None:
    """Write all files to temporary names, and only then move them into place.

    Parameters
    ----------
    contents : mapping of Path to bytes
        What to write where; the folders must exist.
    mode : int, optional
        Permissions of the files; what the umask leaves if not given.

    Raises
    ------
    OutputError
        If a file cannot be written; none is then half-written.
    """
    permissions = 0o666 & ~_umask() if mode is None else mode
    waiting: dict[Path, Path] = {}
    path = Path()
    try:
        for path, content in contents.items():
            # a hidden file in the same folder, so that moving it is one step
            handle, name = tempfile.mkstemp(
                prefix=f".{path.name}.", suffix=".part", dir=path.parent
            )
            waiting[path] = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            waiting[path].chmod(permissions)
        for path in contents:
            waiting[path].replace(path)
            del waiting[path]
    except OSError as error:
        raise OutputError(f"{path}: the file cannot be written: {error.strerror}.") from None
    finally:
        for temporary in waiting.values():
            with contextlib.suppress(OSError):
                temporary.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
