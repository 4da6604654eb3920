"""The words that code, documentation and reports share."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """What the values of a column are."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    TEXT = "text"
    IDENTIFIER = "identifier"


class Role(StrEnum):
    """What a column means for privacy."""

    DIRECT_IDENTIFIER = "direct_identifier"
    QUASI_IDENTIFIER = "quasi_identifier"
    SENSITIVE = "sensitive"
    OTHER = "other"
    IGNORE = "ignore"


class Family(StrEnum):
    """The kind of risk that an attack measures."""

    DISCLOSURE = "disclosure"
    NEAREST_NEIGHBOUR = "nearest_neighbour"
    MEMBERSHIP_INFERENCE = "membership_inference"
    ATTRIBUTE_INFERENCE = "attribute_inference"
    SINGLING_OUT = "singling_out"
    LINKABILITY = "linkability"


class Need(StrEnum):
    """Something that an attack cannot run without."""

    LABELS = "labels"
    REFERENCE = "reference"
    QUASI_IDENTIFIERS = "quasi_identifiers"
    SENSITIVE = "sensitive"
    IDENTIFIERS = "identifiers"
    TEXT = "text"
    GENERATOR = "generator"


class MeasureName(StrEnum):
    """A quantity that is estimated from an outcome."""

    AUC = "auc"
    TPR_AT_FPR = "tpr_at_fpr"
    ADVANTAGE = "advantage"
    EXCESS = "excess"
    RARITY_WEIGHTED_EXCESS = "rarity_weighted_excess"
    MEMBER_RATE = "member_rate"
    CONTROL_RATE = "control_rate"
    EPSILON_LOWER_BOUND = "epsilon_lower_bound"


class Verdict(StrEnum):
    """The five answers, and no others."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    INCOMPLETE = "incomplete"
    INVALID = "invalid"


class ExitCode:
    """Exit codes of the command line; where several apply the order is 70, 2, 1, 3, 0."""

    PASS = 0
    FAIL = 1
    USAGE = 2
    UNDECIDED = 3
    INTERNAL = 70


Targets = int | Literal["auto"] | None
"""People whose rows are compared with rows at most: all if None, or what is affordable."""
