"""From the policy's words about prior knowledge to columns and codes of the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reidaudit.data.column import RawColumn
from reidaudit.data.kinds import NotOfKindError, parse_column
from reidaudit.data.raw import RawTable, TableRole
from reidaudit.data.shown import shown
from reidaudit.data.tables import TABLE_ORDER, Tables
from reidaudit.errors import PolicyError
from reidaudit.measure.prior_knowledge import KnownBeforehand
from reidaudit.policy.model import LevelName, PriorKnowledgeEntry

MISSING = -1


def known_beforehand(
    entries: Sequence[PriorKnowledgeEntry], raw: Mapping[TableRole, RawTable], tables: Tables
) -> list[KnownBeforehand]:
    """Find the columns and the codes of the levels that the policy names.

    Parameters
    ----------
    entries : sequence of PriorKnowledgeEntry
        Of the policy.
    raw, tables : mapping of role to RawTable, Tables
        As they were read, with all their rows.

    Raises
    ------
    PolicyError
        If a column is not audited, or no table has the level; a slip of the pen would otherwise
        exclude nothing in silence. The level is named: it is the policy's own word.
    """
    return [
        KnownBeforehand(
            _column(entry.column, tables),
            None if entry.level is None else _code(entry.column, entry.level, raw, tables),
            None if entry.key is None else _column(entry.key, tables),
            None
            if entry.key is None or entry.key_level is None
            else _code(entry.key, entry.key_level, raw, tables),
            entry.reason,
        )
        for entry in entries
    ]


def _column(name: str, tables: Tables) -> int:
    names = [column.name for column in tables.schema.audited]
    if name not in names:
        raise PolicyError(
            f"prior_knowledge: no column {shown(name)} is audited; check the spelling and its role."
        )
    return names.index(name)


def _code(name: str, level: LevelName, raw: Mapping[TableRole, RawTable], tables: Tables) -> int:
    """Read the level as the tables' values were read, and look up the code of one that equals it.

    An empty text stands for missing.
    """
    column = _column(name, tables)
    text = str(level).lower() if isinstance(level, bool) else str(level)
    if text == "":
        return MISSING
    roles = [role for role in TABLE_ORDER if role in raw]
    parts = [raw[role].columns[name] for role in roles]
    try:
        codes = parse_column(
            [*parts, RawColumn.of(np.array([text], dtype=object))],
            tables.schema.audited[column].kind,
        ).codes
    except NotOfKindError:
        raise _unknown(name, text) from None
    same = np.flatnonzero(codes[:-1] == codes[-1])
    if len(same) == 0:
        raise _unknown(name, text)
    known = np.concatenate([getattr(tables, role).codes[column] for role in roles])
    return int(known[same[0]])


def _unknown(name: str, text: str) -> PolicyError:
    return PolicyError(
        f"prior_knowledge: no row of any table has the level {shown(text)} of column "
        f"{shown(name)}; write it as the tables do."
    )
