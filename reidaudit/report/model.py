"""The report: one versioned model, from which every format is rendered.

The report holds no value of a real table: column names, counts and rates only.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from reidaudit.data.small_counts import SuppressedCount
from reidaudit.report.drawn_model import Distances, Roc
from reidaudit.report.part import ReportPart
from reidaudit.report.statistical_model import StatisticalDisclosure
from reidaudit.vocabulary import Family, Kind, MeasureName, Role, Verdict

SCHEMA_VERSION = "1.0"


class Tool(ReportPart):
    """The program that made the report."""

    name: str
    version: str


class Context(ReportPart):
    """What the release is for, in the words of the policy."""

    recipient: str | None = None
    purpose: str | None = None
    release_name: str | None = None


class PolicyUsed(ReportPart):
    """The policy that the findings were judged by."""

    name: str
    preset: str
    sha256: str
    required_families: list[Family]
    source: str = Field(
        description="Where the policy came from: a file name, or 'built-in preset'."
    )


class InputTable(ReportPart):
    """One of the tables of the audit."""

    role: Literal["train", "holdout", "synthetic", "reference"]
    name: str
    rows: int
    entities: int | None
    columns: int
    digest: str | None = Field(
        description="SHA-256 of the release; HMAC of a real table, null if no key was given."
    )
    digest_kind: Literal["hmac-sha256", "sha256"]


class ColumnUsed(ReportPart):
    """How a column was understood."""

    name: str
    kind: Kind
    role: Role
    declared: bool = Field(description="Whether a person declared the role, or it was inferred.")
    audited: bool
    note: str | None = None
    proposed_role: Role | None = Field(
        default=None, description="A role it might have, where nobody declared one; not used."
    )
    proposal: str | None = Field(default=None, description="Why that role is proposed.")


class Precondition(ReportPart):
    """Something that must hold before any finding means anything."""

    name: str
    verdict: Literal["pass", "warn", "fail", "invalid", "incomplete"]
    detail: str


class Interval(ReportPart):
    """A confidence interval, as it was judged."""

    low: float
    high: float
    level: float = Field(description="Level after correction for many findings, and shares tried.")
    high_together: float | None = Field(
        default=None,
        description=(
            "Upper end at that level too, where `high` is that of the finding by itself: a pass "
            "needs every finding, and so no correction."
        ),
    )
    method: str


class Limit(ReportPart):
    """The largest value that the policy allows, and whose word that is."""

    max: float
    source: str
    source_kind: Literal["law", "regulator", "paper", "convention", "ours"]


class Targets(ReportPart):
    """How many people the measure rests on; in words where it, or the rest, is fewer than 8."""

    members: int | SuppressedCount
    controls: int | SuppressedCount


class ColumnSign(ReportPart):
    """A column that carries a finding that failed."""

    name: str
    auc: float = Field(description="How well this column alone tells members from controls.")


class GroupTaken(ReportPart):
    """A finding taken again among some of the people: by rarity, or by a level of a category."""

    group: str = Field(description="Which people; it quotes no value of the tables.")
    value: float
    interval: Interval
    targets: Targets


class SurePoint(ReportPart):
    """How often an attacker is right who guesses only about so many people, the surest ones."""

    share: float = Field(description="Of all people: those about whom a guess is made.")
    member_precision: float = Field(description="Of those guesses about members: right ones.")
    control_precision: float
    member_recall: float = Field(description="Of all members: those guessed rightly.")
    control_recall: float
    targets: Targets


class ValueGuessed(ReportPart):
    """How often guesses of one value are right, at the most telling share of the surest guesses."""

    value: str = Field(description="Which value, by how common it is; it quotes none.")
    member_precision: float | SuppressedCount = Field(
        description="Of the guesses of this value about members: right ones."
    )
    control_precision: float | SuppressedCount
    member_recall: float | SuppressedCount = Field(
        description="Of the members who have this value: those of whom it was guessed."
    )
    control_recall: float | SuppressedCount
    targets: Targets


class Finding(ReportPart):
    """A measure, held against a limit where the policy has one."""

    id: str = Field(description="Stable name: attack, outcome and measure.")
    attack: str
    attack_version: str
    family: Family
    outcome: str
    title: str = Field(description="What was tried, in one line for a person.")
    measure: MeasureName
    at: float | None = Field(default=None, description="The false-positive rate of tpr_at_fpr.")
    value: float | None
    baseline: float = Field(
        description="The value that means 'no leak': 0.5 for auc, 0 for excess."
    )
    interval: Interval | None
    p_value: float | None = Field(description="Permutation p-value, corrected by max-T.")
    limit: Limit | None
    gating: bool = Field(description="Whether the finding can change the verdict.")
    bearing: Literal["deciding", "fail_only", "diagnostic"] = Field(
        description="Deciding, a closer look that can fail but never pass, or only shown."
    )
    verdict: Verdict | None = Field(description="None for a diagnostic, which decides nothing.")
    reason: str = Field(description="Why this verdict, in one sentence.")
    warning: str | None = None
    targets: Targets
    waiver: str | None = Field(
        default=None,
        description="Id of the waiver that covers the finding; its own verdict stays.",
    )
    columns: list[ColumnSign] = Field(
        default_factory=list,
        description="Columns that carry a finding that failed, the strongest first.",
    )
    mending: str | None = Field(
        default=None, description="What usually mends such a leak, where the finding failed."
    )
    groups: list[GroupTaken] = Field(
        default_factory=list,
        description="The finding in every group that is large enough; empty where it is no view.",
    )
    curve: list[SurePoint] = Field(
        default_factory=list,
        description="Precision and recall of guesses made only when sure, from the surest on.",
    )
    by_value: list[ValueGuessed] = Field(
        default_factory=list,
        description="Precision and recall for each value of a category, where guesses are made "
        "only when sure.",
    )
    details: dict[str, Any] = Field(default_factory=dict)


class Question(ReportPart):
    """One of the questions that data protection authorities or statistical offices ask."""

    name: str
    question: str
    asked_by: str = Field(description="Whose question it is.")
    verdict: Verdict | None = Field(description="Of the findings about it; null if not covered.")
    findings: list[str] = Field(description="The findings about it, by id; none if not covered.")
    limit: Limit | None = Field(description="What the policy allows, where it has a limit.")


class Waiver(ReportPart):
    """A waiver of the policy, and what came of it."""

    id: str
    attack: str
    outcome: str | None
    measure: str
    accept: float = Field(description="The greatest value that is accepted.")
    reason: str
    owner: str
    approver: str
    created: date
    expires: date = Field(description="The last day on which it holds.")
    release: str | None = Field(description="SHA-256 of the only release that it is for.")
    ticket: str | None
    state: Literal["used", "broken", "expired", "not yet in force", "for another release", "unused"]
    detail: str = Field(description="What came of it, in sentences.")
    warning: str | None = Field(description="The same, where somebody should do something.")
    findings: list[str] = Field(description="Ids of the findings that it covers.")


class SensitivityPoint(ReportPart):
    """What an audit of another size would have seen."""

    members: int
    controls: int
    smallest_visible: float


class Sensitivity(ReportPart):
    """The smallest leak that this audit would have seen with the stated power."""

    measure: MeasureName
    family: Family
    at: float | None = None
    smallest_visible: float
    power: float
    limit: float | None
    sentence: str
    curve: list[SensitivityPoint] = Field(
        default_factory=list,
        description="The same for fewer and for more people, in the proportion of this audit.",
    )


class SelfCheckPart(ReportPart):
    """One thing that the audit tried on itself."""

    name: str
    verdict: Literal["pass", "fail", "not done"]
    detail: str


class SelfCheck(ReportPart):
    """Copies of members planted in a scratch copy of the release, and whether they were found."""

    verdict: Literal["pass", "fail", "not done"]
    planted: int = Field(description="Members of whom copies were planted.")
    planted_share: float
    parts: list[SelfCheckPart]


class NotRun(ReportPart):
    """An attack that did not run, and why."""

    attack: str
    reason: str


class Correction(ReportPart):
    """How many findings share an error of 5 %, and the level of each interval that comes of it."""

    deciding: int = Field(description="Findings that pass, fail or leave the audit open.")
    level: float
    closer_looks: int = Field(description="Looks that can fail the audit but never pass it.")
    closer_look_level: float
    group_views: int = Field(description="Deciding findings taken again in each group.")
    group_view_level: float


class Exposure(ReportPart):
    """How many people several attacks point at."""

    attacks: int = Field(description="Attacks that could point at a person.")
    fewest_pointing: int = Field(description="So many point at least, to be counted here.")
    member_share: float | SuppressedCount
    control_share: float | SuppressedCount = Field(description="What chance gives.")


class Run(ReportPart):
    """How the audit was run."""

    started: datetime
    seconds: float
    seed: int
    workers: int
    permutations: int
    most_targets: int | None = Field(
        default=None,
        description="People who may be targets of attacks that compare rows with rows, half of "
        "them members; null if all may.",
    )
    targets: Targets | None = Field(
        default=None,
        description="Members and controls who were targets of attacks that compare rows with rows, "
        "drawn at random; null if all were. The others stayed among the neighbours.",
    )
    correction: Correction


class ReportModel(ReportPart):
    """Everything an audit found out."""

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    verdict: Verdict
    exit_code: int
    enforced: bool = Field(description="False when --exit-zero let a verdict through.")
    disclosure: Literal["aggregate", "targets"] = Field(
        default="aggregate",
        description="Whether handles of exposed people were written, to a file of their own.",
    )
    why: list[str] = Field(description="The verdict in two or three sentences.")
    warnings: list[str]
    context: Context
    policy: PolicyUsed
    inputs: list[InputTable]
    columns: list[ColumnUsed]
    preconditions: list[Precondition]
    findings: list[Finding]
    questions: list[Question] = Field(
        default_factory=list, description="What the findings say to each question asked by others."
    )
    waivers: list[Waiver] = Field(
        default_factory=list, description="All of the policy, used or not."
    )
    any_leak_p_value: float | None = Field(
        description="Exact test of 'no leak at all' over every attack and measure."
    )
    exposure: Exposure | None = Field(
        default=None, description="Null where no attack looks at single people."
    )
    statistical_disclosure: StatisticalDisclosure | None = Field(
        default=None, description="The figures of statistical offices, beside the original's."
    )
    sensitivity: list[Sensitivity]
    self_check: SelfCheck | None = Field(
        default=None,
        description="Null where it was switched off, nothing could be compared, or time was up.",
    )
    not_run: list[NotRun]
    not_tested: list[str]
    roc: list[Roc]
    distances: list[Distances] = Field(default_factory=list)
    run: Run
