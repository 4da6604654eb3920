"""The entry point of the command line: it listens for Ctrl-C before it imports anything large."""

from __future__ import annotations

import sys
from typing import NoReturn

from reidaudit.cli.stopping import exit_code_of, stop_on_request


def main() -> NoReturn:
    """Run the command line; always exits."""
    stop_on_request()
    try:
        from reidaudit.cli.commands import cli
    except KeyboardInterrupt as stop:
        # nothing has begun, so there is nothing to say
        sys.exit(exit_code_of(stop))
    cli.main(prog_name="reidaudit")
