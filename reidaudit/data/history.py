"""How much of a holdout's evidence earlier audits have spent.

Every audit gives a little of its holdout away. Who tunes a generator until a release passes has
fitted it to that one holdout, and the last pass proves less than the first would have. A history
file, which stays with the user, keeps count: one line of JSON for each audit, with nothing real in
it but a digest of the holdout under the user's key.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from string import hexdigits

from reidaudit.data.digest import KEY_VARIABLE, real_digest, release_digest
from reidaudit.data.precondition import PreconditionResult
from reidaudit.data.raw import RawTable, TableRole
from reidaudit.errors import InputError, OutputError, UsageError
from reidaudit.version import __version__
from reidaudit.vocabulary import Verdict

NAME = "the holdout is fresh"
CHANCE_OF_LUCK = 0.025
"""The most with which one audit passes a release that breaks a limit: one side of 95 %."""
LARGEST_CHANCE = 0.25
DIGEST_LETTERS = 64
OWNER_ONLY = 0o600


@dataclass(frozen=True)
class PastAudit:
    """One line of the history."""

    holdout: str
    """HMAC-SHA-256 of the holdout, in hexadecimal."""
    release: str
    """SHA-256 of the release, in hexadecimal."""
    at: str
    """When the audit began, as an ISO time in UTC."""
    verdict: str
    tool_version: str


@dataclass(frozen=True)
class History:
    """What a history file knew of a holdout, just before a release is audited against it."""

    path: Path
    holdout: str
    release: str
    earlier: tuple[PastAudit, ...]

    @property
    def releases(self) -> list[str]:
        """All releases judged against this holdout, the present one too, in order of first sight.

        A release that is audited again spends nothing, so each counts once.
        """
        seen = [past.release for past in self.earlier if past.holdout == self.holdout]
        return list(dict.fromkeys([*seen, self.release]))


def open_history(path: str | os.PathLike[str], tables: Mapping[TableRole, RawTable]) -> History:
    """Read a history, and find out before any attack runs whether it can be written too.

    Parameters
    ----------
    path : path
        The history file; one that does not exist yet holds no audits.
    tables : mapping of role to RawTable
        What is to be audited; the holdout and the release are looked at.

    Raises
    ------
    UsageError
        If there is no holdout, or no key for its digest.
    InputError
        If the file is no history or cannot be read.
    OutputError
        If it cannot be written.
    """
    if "holdout" not in tables:
        raise UsageError("a history counts the audits against a holdout; name the holdout too.")
    holdout = real_digest(tables["holdout"])
    if holdout is None:
        raise UsageError(
            "a history names the holdout by a digest under your key; "
            f"set the environment variable {KEY_VARIABLE}, to the same value every time."
        )
    path = Path(path)
    earlier = read_history(path)
    _insist_on_writable(path)
    return History(path, holdout, release_digest(tables["synthetic"]), earlier)


def read_history(path: Path) -> tuple[PastAudit, ...]:
    """Read all earlier audits, in the order in which they were added.

    Raises
    ------
    InputError
        If the file is no history or cannot be read; a missing file is a history without audits.
    """
    try:
        # asked first, as reading a pipe would wait for ever
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: the history must be a plain file; name one.")
        with path.open("rb") as file:
            return tuple(
                _past_audit(line, f"{path}, line {number}")
                for number, line in enumerate(file, start=1)
                if line.strip()
            )
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise InputError(
            f"{path}: the history cannot be read ({error.strerror}); check it."
        ) from None


def _past_audit(line: bytes, place: str) -> PastAudit:
    """Read one line; no message quotes it, as somebody may have named a real table by mistake."""
    try:
        content = json.loads(line)
        found = {field.name: content[field.name] for field in fields(PastAudit)}
    except (ValueError, TypeError, KeyError, RecursionError):
        found = {}
    is_text = all(isinstance(part, str) for part in found.values())
    if not (found and is_text and _is_digest(found["holdout"]) and _is_digest(found["release"])):
        raise InputError(
            f"{place}: this is not the record of an audit; "
            "restore the history, or name a new file for it."
        )
    return PastAudit(**found)


def _is_digest(text: str) -> bool:
    return len(text) == DIGEST_LETTERS and set(text) <= set(hexdigits.lower())


def _insist_on_writable(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"{path}: there is no folder {str(folder)!r}; make it first.")
    if path.exists():
        if not os.access(path, os.W_OK):
            raise OutputError(f"{path}: the history cannot be written to; change its permissions.")
    elif not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: the folder {str(folder)!r} cannot be written to.")


def holdout_is_fresh(history: History) -> PreconditionResult:
    """Say which release this is for its holdout, and warn when too many were tried.

    Of k releases that break a limit, one passes by luck with at most k times the chance of a
    single audit (Bonferroni). This holds for releases chosen without the holdout, and for tuning
    that learns no more from an audit than that it did not pass, and stops when one does; who tunes
    on the figures of the report spends the evidence faster.
    """
    releases = history.releases
    count, place = len(releases), releases.index(history.release) + 1
    if count == 1:
        return PreconditionResult(
            NAME, "pass", "this is the first release judged against this holdout."
        )
    chance = min(1.0, count * CHANCE_OF_LUCK)
    which = f"the {_ordinal(place)} release" if place == count else f"one of {count} releases"
    detail = (
        f"this is {which} judged against this holdout; "
        f"the chance that one of them passed by luck alone is at most {_percent_up(chance)} %"
    )
    if chance < LARGEST_CHANCE:
        return PreconditionResult(NAME, "pass", f"{detail}.")
    return PreconditionResult(
        NAME,
        "warn",
        f"{detail}: repeated tuning has spent this holdout's evidence; "
        "split a new holdout off before the next training.",
    )


def _percent_up(chance: float) -> int:
    """Percent, rounded up, as 'at most 2 %' would be wrong for 2.5 %."""
    return math.ceil(round(100 * chance, 6))


def _ordinal(number: int) -> str:
    is_teen = number % 100 in (11, 12, 13)
    ending = "th" if is_teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def add_audit(history: History, verdict: Verdict, started: datetime) -> None:
    """Add the audit that has just been completed, as one line, to the end of the file.

    Parameters
    ----------
    history : History
        What was read before the audit.
    verdict : Verdict
        Its result.
    started : datetime
        When it began, with a time zone.

    Raises
    ------
    OutputError
        If the line cannot be written as a whole.
    """
    at = started.astimezone(UTC).isoformat(timespec="seconds")
    past = PastAudit(history.holdout, history.release, at, verdict.value, __version__)
    try:
        _append_line(history.path, json.dumps(asdict(past)).encode())
    except OSError as error:
        raise OutputError(
            f"{history.path}: the history cannot be written: {error.strerror}."
        ) from None


def _append_line(path: Path, line: bytes) -> None:
    """Append by a single write, so that audits at the same time do not cut each other's lines."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
    with os.fdopen(os.open(path, flags, OWNER_ONLY), "r+b", buffering=0) as file:
        content = line + b"\n"
        if os.fstat(file.fileno()).st_size > 0:
            file.seek(-1, os.SEEK_END)
            # an editor may have left the last line without its end
            content = content if file.read(1) == b"\n" else b"\n" + content
        written = file.write(content)
        os.fsync(file.fileno())
    if written != len(content):
        raise OutputError(
            f"{path}: the disk took only a part of the last line; make room and delete that line."
        )
