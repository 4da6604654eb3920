"""What a finding is, before it goes into the report."""

from __future__ import annotations

from dataclasses import dataclass

from reidaudit.attack import Attack, Outcome
from reidaudit.measure.by_value import ValueGuessed
from reidaudit.measure.measures import EntityOutcome, Estimate, MeasureSpec
from reidaudit.policy.judge import Judgement, corrected_level
from reidaudit.policy.presets import Limit
from reidaudit.vocabulary import Family, Verdict

HIGHEST_BEYOND_LIMIT = "highest_end_of_groups_beyond_limit"


@dataclass(frozen=True)
class ColumnSign:
    """How well one column by itself tells members from controls, where it does."""

    name: str
    auc: float


@dataclass(frozen=True)
class GroupEstimate:
    """A measure taken in one group of people."""

    group: str
    estimate: Estimate
    members: int
    controls: int


@dataclass(frozen=True)
class SurePoint:
    """How often guesses are right among the surest of them, of members and of controls.

    ``share`` is that of all people about whom a guess is made. Precision is the share of those
    guesses that are right, recall the share of all members, or controls, who are guessed rightly.
    """

    share: float
    members: int
    controls: int
    member_precision: float
    control_precision: float
    member_recall: float
    control_recall: float


@dataclass(frozen=True)
class JudgedFinding:
    """A measure of one outcome, with its test, limit and verdict.

    ``level`` is that of its interval, corrected for all findings that share its error. ``columns``
    are those that carry a finding that failed, the strongest first. ``is_view`` tells a deciding
    finding that was taken again by group; ``groups`` then holds every group. ``curve`` is how often
    an attacker is right who guesses only when sure, ``by_value`` the same at one point of it, for
    each value that is guessed. ``waiver`` is the id of the waiver that covers
    it.
    """

    attack: Attack
    outcome: Outcome
    spec: MeasureSpec
    estimate: Estimate | None
    p_value: float | None
    limit: Limit | None
    judgement: Judgement
    level: float
    scored: EntityOutcome | None = None
    columns: tuple[ColumnSign, ...] = ()
    is_view: bool = False
    groups: tuple[GroupEstimate, ...] = ()
    curve: tuple[SurePoint, ...] = ()
    by_value: tuple[ValueGuessed, ...] = ()
    waiver: str | None = None

    @property
    def id(self) -> str:
        """Stable name: attack, outcome and measure."""
        return f"{self.attack.name}:{self.outcome.name}:{self.spec}"

    @property
    def is_gating(self) -> bool:
        """Whether the finding decides the verdict."""
        return self.limit is not None

    @property
    def is_closer_look(self) -> bool:
        """Whether it can fail the audit but never pass it."""
        return self.is_gating and self.outcome.bearing == "fail_only"

    @property
    def counts_as(self) -> Verdict | None:
        """What it is to the audit: what a waiver covers is accepted, but no closer look passes."""
        if self.waiver is None:
            return self.judgement.verdict
        return None if self.is_closer_look else Verdict.PASS

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends that a waiver must reach beyond; several groups may exceed a limit at once."""
        assert self.estimate is not None
        assert self.estimate.bounds is not None
        low, high = self.estimate.bounds.low, self.estimate.bounds.high
        return low, float(self.estimate.details.get(HIGHEST_BEYOND_LIMIT, high))


@dataclass(frozen=True)
class Correction:
    """How many findings share which error (Bonferroni), and so the level of each interval.

    The ``deciding`` findings hold together with 95 %, and so do all closer looks, of which those on
    everybody and the ``views`` by group take half the error each. So a closer look never makes it
    harder to pass; and as only the lower end of an interval can fail, a false alarm of either kind
    comes up in at most 2.5 % of audits.
    """

    deciding: int
    looks: int = 0
    views: int = 0

    @property
    def level(self) -> float:
        """Level of each deciding finding, and of diagnostics."""
        return corrected_level(self.deciding)

    @property
    def look_level(self) -> float:
        """Level of each closer look on everybody."""
        return corrected_level(2 * self.looks)

    @property
    def view_level(self) -> float:
        """Level of each finding in each group."""
        return corrected_level(2 * self.views)


@dataclass(frozen=True)
class Findings:
    """All findings of an audit, and what they share.

    ``asked`` are the members and controls who are targets of attacks that compare rows with rows;
    everybody if None.
    """

    findings: tuple[JudgedFinding, ...]
    members: int
    controls: int
    correction: Correction
    permutations: int
    any_leak: float | None
    asked: tuple[int, int] | None = None

    def sizes(self, family: Family) -> tuple[int, int]:
        """Return the members and controls on whom a family's findings rest; copies on everybody."""
        if self.asked is None or family is Family.DISCLOSURE:
            return self.members, self.controls
        return self.asked


@dataclass(frozen=True)
class Planned:
    """A measure that will be taken, and the limit it will be held against."""

    attack: Attack
    scored: EntityOutcome
    spec: MeasureSpec
    limit: Limit | None

    @property
    def is_closer_look(self) -> bool:
        """Whether it can fail the audit but never pass it."""
        return self.limit is not None and self.scored.outcome.bearing == "fail_only"

    @property
    def decides(self) -> bool:
        """Whether it passes, fails or leaves the audit open."""
        return self.limit is not None and not self.is_closer_look

    def level(self, correction: Correction) -> float:
        """Level of its interval, corrected too for all points among which it was chosen."""
        level = correction.look_level if self.is_closer_look else correction.level
        return 1.0 - (1.0 - level) / self.scored.tries
