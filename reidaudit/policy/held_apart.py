"""From the policy's words about who holds which columns to the columns of the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reidaudit.data.shown import did_you_mean, shown
from reidaudit.data.tables import Tables
from reidaudit.errors import PolicyError
from reidaudit.policy.model import LinkabilityEntry


def with_parts_held_apart(entry: LinkabilityEntry | None, source: str, tables: Tables) -> Tables:
    """Tell the schema which columns somebody may hold apart from which others.

    Parameters
    ----------
    entry : LinkabilityEntry or None
        Of the policy.
    source : str
        Where the policy came from, for whoever made a slip of the pen.
    tables : Tables
        As they were read.

    Raises
    ------
    PolicyError
        If a column is not audited.
    """
    if entry is None:
        return tables
    first = _columns(entry.first, f"{source}: linkability.first", tables)
    second = _columns(entry.second, f"{source}: linkability.second", tables)
    return replace(tables, schema=replace(tables.schema, held_apart=(first, second)))


def _columns(names: Sequence[str], where: str, tables: Tables) -> tuple[int, ...]:
    audited = [column.name for column in tables.schema.audited]
    for name in names:
        if name not in audited:
            hint = did_you_mean(name, audited, "check the spelling and its role.")
            raise PolicyError(f"{where}: no column {shown(name)} is audited; {hint}")
    return tuple(sorted(audited.index(name) for name in names))
