"""Propose roles for columns whose role nobody has declared.

A proposal changes nothing in the audit: where nobody has said what is sensitive, every column is,
and all others are known. It only spares the author of a policy a first look at the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.data.kinds import CodeArray
from reidaudit.data.schema import ColumnSpec, words_of
from reidaudit.data.tables import Tables
from reidaudit.numbers import format_percent
from reidaudit.vocabulary import Kind, Role

KNOWN_TO_OTHERS = frozenset(
    {"age", "birth", "birthdate", "birthday", "birthyear", "born", "dob", "sex", "gender", "zip"}
    | {"zipcode", "postcode", "postal", "plz", "city", "town", "place", "region", "county", "state"}
    | {"province", "district", "country", "nationality", "citizenship", "race", "ethnicity"}
    | {"marital", "married", "civil", "education", "degree", "school", "occupation", "job"}
    | {"profession", "employer", "workclass", "household", "children", "height"}
)
SECRET = frozenset(
    {"diagnosis", "disease", "disorder", "icd", "icd10", "hiv", "cancer", "treatment", "therapy"}
    | {"drug", "drugs", "medication", "dose", "alcohol", "smoking", "income", "salary", "wage"}
    | {"earnings", "debt", "loan", "balance", "wealth", "religion", "religious", "party"}
    | {"political", "union", "orientation", "sexual", "criminal", "conviction", "arrest", "grade"}
    | {"score", "cost", "costs", "charges", "claim", "insurance", "pregnant", "depression"}
)
TELLS_APART = 0.5
MOST_LEVELS = 200


@dataclass(frozen=True)
class Proposal:
    """A role that a column might have, and why."""

    column: str
    role: Role
    reason: str


def propose_roles(tables: Tables) -> list[Proposal]:
    """Propose roles for the audited columns that have none.

    A name that says what others know, or what is nobody's business, comes first. Other columns are
    proposed as quasi-identifiers if they have few levels and tell many pairs of people apart
    (separation; R. Motwani and Y. Xu, Efficient Algorithms for Masking and Finding
    Quasi-Identifiers, VLDB 2007): what is written down in few words is what others come to know.

    Parameters
    ----------
    tables : Tables
        Train is looked at.
    """
    audited = tables.schema.audited
    proposed = [
        _propose(column, tables.train.codes[place])
        for place, column in enumerate(audited)
        if column.role is Role.OTHER and not column.declared
    ]
    return [proposal for proposal in proposed if proposal is not None]


def _propose(column: ColumnSpec, codes: CodeArray) -> Proposal | None:
    words = words_of(column.name)
    if words & SECRET:
        return Proposal(column.name, Role.SENSITIVE, "its name says so")
    _, rows_of_level = np.unique(codes, return_counts=True)
    separation = separation_of(rows_of_level)
    tells = f"by itself it tells {format_percent(separation, 0)} of all pairs of people apart"
    if words & KNOWN_TO_OTHERS:
        return Proposal(column.name, Role.QUASI_IDENTIFIER, f"its name says so, and {tells}")
    few = 2 <= len(rows_of_level) <= MOST_LEVELS
    if few and column.kind is not Kind.NUMERIC and separation >= TELLS_APART:
        return Proposal(column.name, Role.QUASI_IDENTIFIER, tells)
    return None


def separation_of(counts: npt.NDArray[np.int64]) -> float:
    """Share of all pairs of rows that differ in a column.

    Parameters
    ----------
    counts : int64 array, shape (n_levels,)
        How many rows have each level of the column.
    """
    rows = int(counts.sum())
    if rows < 2:
        return 0.0
    alike = float((counts * (counts - 1.0)).sum())
    return 1.0 - alike / (rows * (rows - 1.0))
