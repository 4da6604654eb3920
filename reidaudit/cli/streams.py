"""Write to the standard streams: purely, safely, and without a traceback when a pipe breaks."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

from reidaudit.errors import OutputError


def one_line(text: str) -> str:
    """Make any text fit for one line of a terminal: no control characters, no line breaks."""
    return printable(" ".join(text.split()))


def printable(line: str) -> str:
    """Replace whatever a terminal might take for a command; spaces stay."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def say(text: str) -> None:
    """Write a line to standard error; whoever closed it does not want to hear it."""
    say_text(one_line(text) + "\n")


def say_text(text: str) -> None:
    """Write a text of many lines to standard error."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        silence(sys.stderr)


def check_stdout() -> None:
    """Refuse a standard output that was closed before the program began.

    Raises
    ------
    OutputError
        If there is none.
    """
    if sys.stdout is None:
        raise OutputError("standard output is closed; name a file instead: -o FORMAT=FILE.")


def write_stdout(text: str, encoding: str | None = None) -> None:
    """Write to standard output; a reader who has left early is no error.

    Parameters
    ----------
    text : str
        What to write.
    encoding : str, optional
        That of the terminal if left out; formats for machines ask for UTF-8.

    Raises
    ------
    OutputError
        If standard output cannot take it, such as a full disk.
    """
    check_stdout()
    try:
        sys.stdout.flush()
        stream = sys.stdout.buffer
        stream.write(text.encode(encoding or sys.stdout.encoding or "utf-8", "backslashreplace"))
        stream.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        raise OutputError(f"standard output cannot be written: {error.strerror}.") from None


def silence(stream: TextIO) -> None:
    """Send what is still buffered nowhere, so that Python does not complain as it exits."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
