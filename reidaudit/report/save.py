"""Write reports so that a killed run leaves either the whole report or none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from reidaudit.errors import OutputError

FORMAT_OF_SUFFIX = {".json": "json", ".html": "html", ".htm": "html", ".txt": "text"}


class Renderable(Protocol):
    """Something that can be rendered in a named format."""

    def render(self, output_format: str) -> str:
        """Return the content in the format."""
        ...


def format_of(path: Path) -> str:
    """Return the format that a file's suffix stands for.

    Raises
    ------
    OutputError
        If the suffix stands for none.
    """
    try:
        return FORMAT_OF_SUFFIX[path.suffix.lower()]
    except KeyError:
        known = ", ".join(FORMAT_OF_SUFFIX)
        raise OutputError(
            f"{path}: no report format belongs to this suffix; use {known}."
        ) from None


def save_all(report: Renderable, outputs: Mapping[Path, str | None]) -> list[Path]:
    """Render all outputs, write them to temporary names, and only then move them into place.

    Parameters
    ----------
    report : Renderable
        The report.
    outputs : mapping of Path to format or None
        Files to write; None takes the format from the suffix.

    Raises
    ------
    OutputError
        If a file cannot be written; the others are left untouched.
    """
    contents = {
        path: report.render(form if form is not None else format_of(path))
        for path, form in outputs.items()
    }
    waiting: dict[Path, str] = {}
    try:
        for path, content in contents.items():
            waiting[path] = _write_beside(path, content)
        for path in list(waiting):
            Path(waiting.pop(path)).replace(path)
    except OSError as error:
        raise OutputError(f"{path}: the report cannot be written: {error.strerror}.") from None
    finally:
        for temporary in waiting.values():
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
    return list(contents)


def _write_beside(path: Path, content: str) -> str:
    """Write to a hidden temporary file in the same folder, so that moving it is one step."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return name
