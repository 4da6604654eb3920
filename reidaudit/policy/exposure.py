"""Who is most exposed: people whom several attacks point at.

One attack's top hundredth holds people by chance; whom several attacks of different kinds put there
is worth a look. An attack points at a person if any of its scores puts the person in the highest
hundredth of the pool, or any of its looks at the release's records finds the person's, unless that
look finds more than a hundredth of the controls as well. Names never come up: a person is a row
number of train, which says nothing without the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.measure.measures import EntityOutcome, People
from reidaudit.policy.finding import Findings, JudgedFinding
from reidaudit.policy.presets import TELL_MEMBERS

BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

HIGHEST = 0.01
FEWEST_POINTING = 2


@dataclass(frozen=True)
class Exposure:
    """How many attacks point at each person.

    Attributes
    ----------
    attacks : int
        How many could.
    pointing : int64 array, shape (n_people,)
        How many do.
    is_member : bool array, shape (n_people,)
        Who was a member.
    asked : bool array, shape (n_people,)
        Who was a target of all attacks.
    """

    attacks: int
    pointing: Rows
    is_member: BoolArray
    asked: BoolArray

    def side(self, *, of_members: bool) -> BoolArray:
        """Tell who is a member, or a control, and was a target of all attacks."""
        side: BoolArray = self.asked & (self.is_member == of_members)
        return side

    def share(self, of_members: bool) -> float:
        """Share of members, or of controls, at whom two attacks point at least."""
        side = self.side(of_members=of_members)
        return float((self.pointing[side] >= FEWEST_POINTING).mean()) if side.any() else 0.0

    def most_exposed(self) -> Rows:
        """Members at whom two attacks point at least, those with the most first."""
        exposed = np.flatnonzero(self.is_member & (self.pointing >= FEWEST_POINTING))
        return exposed[np.argsort(-self.pointing[exposed], kind="stable")]


def exposure_of(findings: Findings, people: People, asked: BoolArray) -> Exposure:
    """Count the attacks that point at each person.

    Parameters
    ----------
    findings : Findings
        With the outcomes that they rest on.
    people : People
        Of the pool.
    asked : bool array, shape (n_targets,)
        Which rows of the pool all attacks had for targets.
    """
    by_attack: dict[str, dict[str, EntityOutcome]] = {}
    for finding in findings.findings:
        if finding.scored is not None and _is_looked_at(finding):
            outcomes = by_attack.setdefault(finding.attack.name, {})
            outcomes[finding.outcome.name] = finding.scored
    pointing = np.zeros(people.count, dtype=np.int64)
    for outcomes in by_attack.values():
        pointing += _points_at(outcomes.values(), people.count)
    return Exposure(len(by_attack), pointing, people.is_member, people.holding(asked))


def _is_looked_at(finding: JudgedFinding) -> bool:
    is_diagnostic = finding.outcome.bearing == "diagnostic"
    tells = finding.attack.family in TELL_MEMBERS and not finding.is_view and not is_diagnostic
    return tells and finding.scored is not None and not _finds_strangers(finding.scored)


def _finds_strangers(scored: EntityOutcome) -> bool:
    """Whether a look finds more than a hundredth of the controls, and so points at nobody."""
    controls = scored.controls
    return scored.outcome.is_guess and len(controls) > 0 and float(controls.mean()) > HIGHEST


def _points_at(outcomes: Iterable[EntityOutcome], people: int) -> BoolArray:
    found = np.zeros(people, dtype=bool)
    for scored in outcomes:
        counts = np.flatnonzero(scored.side["member"] | scored.side["control"])
        values = scored.values[counts]
        if len(values) == 0:
            continue
        # strictly above, so that where many tie for the highest nobody is pointed at
        threshold = 0.5 if scored.outcome.is_guess else np.quantile(values, 1 - HIGHEST)
        found[counts] |= values > threshold
    return found
