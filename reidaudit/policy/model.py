"""The policy file as typed models; the JSON Schema for editors is generated from them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from reidaudit.data.declared import Declarations, DeclaredColumn
from reidaudit.data.shown import shown
from reidaudit.policy.part import PolicyPart
from reidaudit.policy.presets import DEFAULT_PRESET, LIMIT_NAMES, PRESETS, Limit, SourceKind
from reidaudit.policy.waiver import WaiverEntry, with_ids_of_their_own
from reidaudit.vocabulary import Family, Kind, Role


class LimitEntry(PolicyPart):
    """A limit that replaces the preset's; whoever sets it says whose word it is."""

    max: Annotated[float, Field(ge=0.0, le=1.0)]
    source: Annotated[str, Field(min_length=1)]
    source_kind: SourceKind = "ours"


class ColumnEntry(PolicyPart):
    """What a column is and means; whatever is left out is inferred."""

    kind: Kind | None = None
    role: Role | None = None
    tolerance: Annotated[float, Field(ge=0.0, le=1.0)] | None = Field(
        default=None,
        description="Share of the column's spread within which a numeric guess is right.",
    )


LevelName = str | bool | int | float
"""A level as TOML writes it."""


class PriorKnowledgeEntry(PolicyPart):
    """A level that anyone could know; it is left out of figures that have no controls beside them.

    Nothing that is judged is ever left out.
    """

    column: str
    level: LevelName | None = Field(
        default=None, description="Every level if left out; an empty text stands for missing."
    )
    key: str | None = Field(
        default=None, description="Only people with a level of this column, which gives it away."
    )
    key_level: LevelName | None = None
    reason: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _key_has_a_level(self) -> PriorKnowledgeEntry:
        if (self.key is None) != (self.key_level is None):
            raise ValueError("key and key_level go together")
        return self


class LinkabilityEntry(PolicyPart):
    """Columns that somebody may hold in two sources, and would join through the release."""

    first: Annotated[list[str], Field(min_length=1)]
    second: Annotated[list[str], Field(min_length=1)]

    @model_validator(mode="after")
    def _no_column_stands_twice(self) -> LinkabilityEntry:
        named = Counter([*self.first, *self.second])
        twice = next((name for name, times in named.items() if times > 1), None)
        if twice is not None:
            raise ValueError(
                f"column {shown(twice)} is named twice; each column is held in one of the two parts"
            )
        return self


class ContextEntry(PolicyPart):
    """What the release is for."""

    recipient: str | None = None
    purpose: str | None = None
    release_name: str | None = None


class Policy(PolicyPart):
    """Who may get the release, what the columns mean, and how much may leak."""

    preset: str = Field(default=DEFAULT_PRESET, description=f"One of {', '.join(PRESETS)}.")
    context: ContextEntry = ContextEntry()
    entity: str | None = Field(default=None, description="The column that says whose row it is.")
    require: list[Family] | None = Field(
        default=None, description="Families that must be judged; the preset's own if left out."
    )
    limits: dict[str, LimitEntry] = Field(
        default_factory=dict,
        description=f"Limits in place of the preset's: {', '.join(LIMIT_NAMES)}.",
    )
    columns: dict[str, ColumnEntry] = Field(default_factory=dict)
    linkability: LinkabilityEntry | None = Field(
        default=None,
        description="Two parts of the columns that somebody may hold apart, besides those found.",
    )
    prior_knowledge: list[PriorKnowledgeEntry] = Field(
        default_factory=list, description="What anyone could know about people, each with a reason."
    )
    waiver: Annotated[list[WaiverEntry], AfterValidator(with_ids_of_their_own)] = Field(
        default_factory=list,
        description="Findings that somebody accepts, up to a value, for a time.",
    )

    def limit(self, family: Family, measure: str) -> Limit | None:
        """Return the limit on a measure of a family, or None where the policy has none."""
        name = f"{family.value}.{measure}"
        own = self.limits.get(name)
        if own is not None:
            return Limit(own.max, own.source, own.source_kind)
        return PRESETS[self.preset].limits.get(name)

    @property
    def required_families(self) -> tuple[Family, ...]:
        """Families without which the audit is incomplete."""
        return (
            PRESETS[self.preset].required_families if self.require is None else tuple(self.require)
        )

    @property
    def declarations(self) -> Declarations:
        """What the policy says about columns."""
        columns = {
            name: DeclaredColumn(entry.kind, entry.role, entry.tolerance)
            for name, entry in self.columns.items()
        }
        return Declarations(columns, self.entity)

    @property
    def sha256(self) -> str:
        """Digest of the policy with all its limits, however it was written down."""
        limits = {**PRESETS[self.preset].limits}
        content = self.model_dump(mode="json") | {
            "preset_limits": {name: [limit.max, limit.source] for name, limit in limits.items()}
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
