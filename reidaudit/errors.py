"""One exception tree. Every message names what is wrong, where, and what to do about it.

Messages never carry a value of a real table: they may be printed in a log that many can read.
"""

from __future__ import annotations

from reidaudit.vocabulary import ExitCode


class ReidauditError(Exception):
    """Anything that reidaudit raises on purpose."""

    exit_code: int = ExitCode.USAGE


class InputError(ReidauditError):
    """A table that cannot be read or audited, or a history that cannot be read."""


class PolicyError(ReidauditError):
    """A policy that cannot be read or contradicts itself."""


class UsageError(ReidauditError):
    """Arguments that do not go together."""


class PluginError(ReidauditError):
    """An attack that cannot be found or does not keep the contract."""


class ClusterError(ReidauditError):
    """A cluster that cannot be reached or used, or whose workers cannot read the scratch files."""


class OutputError(ReidauditError):
    """A report or a history that cannot be written where it was asked for."""


class DisclosureError(ReidauditError):
    """A report that was about to show a real value; a defect, never a user's mistake."""

    exit_code = ExitCode.INTERNAL
