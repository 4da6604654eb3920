"""Read a stored report back, or say in one sentence why that cannot be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reidaudit.errors import InputError
from reidaudit.report.model import SCHEMA_VERSION, ReportModel
from reidaudit.report.report import Report

_VERSION = re.compile(r"\d{1,4}\.\d{1,4}")


def read_report(path: Path) -> Report:
    """Read a report that was stored as JSON.

    Raises
    ------
    InputError
        If the file cannot be read or is no report. The message quotes nothing of the file, which
        may be a real table that was named by mistake.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: the file cannot be read: {error.strerror}.") from None
    return parse_report(content, str(path))


def parse_report(content: bytes, name: str) -> Report:
    """Read a report from the bytes of its JSON, in any encoding of Unicode.

    Parameters
    ----------
    content : bytes
        What is to be a report.
    name : str
        What messages call it.

    Raises
    ------
    InputError
        If it is no report.
    """
    values = _parse(content, name)
    version = values.get("schema_version") if isinstance(values, dict) else None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise InputError(f"{name}: this JSON is not a report of reidaudit.")
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise InputError(_of_another_version(name, version))
    try:
        return Report(ReportModel.model_validate(values))
    except ValidationError as error:
        if version != SCHEMA_VERSION:
            raise InputError(_of_another_version(name, version)) from None
        raise InputError(
            f"{name}: this is not a report that reidaudit wrote; {_first_error(error)}."
        ) from None


def _parse(content: bytes, name: str) -> Any:
    try:
        values = json.loads(content)
        # Python reads NaN and infinities, which no report has and no format can show
        json.dumps(values, allow_nan=False)
    except (ValueError, RecursionError):
        raise InputError(
            f"{name}: this is not JSON; give a report that was written with --output report.json."
        ) from None
    return values


def _of_another_version(name: str, version: str) -> str:
    return (
        f"{name}: this is a report of version {version}, and this reidaudit reads version "
        f"{SCHEMA_VERSION}; use the reidaudit that wrote it."
    )


def _first_error(error: ValidationError) -> str:
    """Name the first place that does not fit, without any word of the file's own."""
    first = error.errors(include_input=False)[0]
    place = first["loc"]
    if first["type"] == "extra_forbidden":
        return f"{_place(place[:-1])} has a field that does not belong there"
    if first["type"] == "missing":
        return f"{_place(place[:-1])} lacks the field '{place[-1]}'"
    return f"{_place(place)} is not what it must be"


def _place(parts: tuple[int | str, ...]) -> str:
    return f"'{'.'.join(str(part) for part in parts)}'" if parts else "it"
