"""Where reports go: which formats, to which files, and whether they can be written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reidaudit.errors import OutputError, UsageError
from reidaudit.report.save import FORMATS, suffix_format

STDOUT = "-"


@dataclass(frozen=True)
class Outputs:
    """Files with their formats, and the format for standard output, if any."""

    files: dict[Path, str] = field(default_factory=dict)
    stdout: str | None = None


def parse_outputs(
    wanted: Iterable[str], stdout_format: str | None = None, formats: Sequence[str] = FORMATS
) -> Outputs:
    """Read the values of ``-o``, and the format that ``--format`` asks for on standard output.

    Parameters
    ----------
    wanted : iterable of str
        ``FORMAT``, ``FORMAT=FILE`` or a file with a known suffix, each.
    stdout_format : str, optional
        A format that goes to standard output.
    formats : sequence of str
        Those that there are.

    Raises
    ------
    UsageError
        If a value is none of these, two go to standard output, or two to one file.
    """
    files: dict[Path, str] = {}
    stdout = [] if stdout_format is None else [stdout_format]
    for value in wanted:
        output_format, file = _parse(value, formats)
        if file == STDOUT:
            stdout.append(output_format)
        elif Path(file) in files:
            raise UsageError(f"-o: {file} was asked for twice; give each report its own file.")
        else:
            files[Path(file)] = output_format
    if len(stdout) > 1:
        raise UsageError(
            f"only one report fits on standard output, not {' and '.join(stdout)}; "
            "write the others to files: -o FORMAT=FILE."
        )
    return Outputs(files, stdout[0] if stdout else None)


def _parse(value: str, formats: Sequence[str]) -> tuple[str, str]:
    head, equals, file = value.partition("=")
    if head.lower() in formats:
        if equals and not file:
            raise UsageError(f"-o: {value!r} names no file; use {head} for standard output.")
        return head.lower(), file or STDOUT
    output_format = suffix_format(Path(value))
    if output_format is not None and output_format in formats:
        return output_format, value
    raise UsageError(
        f"-o: {value!r} is no report format; use {', '.join(formats)}, alone or with =FILE."
    )


def check_writable(files: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Refuse, before anything is run, files that could not be written in the end.

    Raises
    ------
    OutputError
        If a folder is missing or locked, or the file is a folder, a device or one of the inputs.
    """
    named = list(inputs)
    sources = [path for path in named if path.exists()]
    # a history may be an input that does not exist yet
    missing = {_absolute(path) for path in named} - {_absolute(path) for path in sources}
    for path in files:
        folder = path.parent
        if not folder.is_dir():
            raise OutputError(f"{path}: there is no folder {str(folder)!r}; make it first.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"{path}: the folder {str(folder)!r} cannot be written to.")
        if path.exists() and not _is_plain_file(path):
            raise OutputError(
                f"{path}: this is not a plain file; leave FILE out for standard output."
            )
        is_input = path.exists() and any(path.samefile(source) for source in sources)
        if is_input or any(_is_meant(_absolute(path), name) for name in missing):
            raise OutputError(f"{path}: this is an input; choose another file.")
        if any(_absolute(source) in _absolute(path).parents for source in sources):
            raise OutputError(f"{path}: this is in the folder of an input; choose another one.")


def _is_meant(path: Path, name: Path) -> bool:
    """Tell whether a name that no file has means a path, as a pattern may."""
    return path == name or path.match(str(name))


def _is_plain_file(path: Path) -> bool:
    # /dev/stdout may lead to a plain file, and would itself be replaced by the report.
    return path.is_file() and _absolute(path).parts[:2] != ("/", "dev")


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolving would follow /dev/stdout
