"""From one outcome to its measures: what is estimated, on whom, with which interval."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Outcome
from reidaudit.measure.intervals import (
    Bounds,
    auc_interval,
    rate_difference,
    rate_interval,
    tpr_interval,
)
from reidaudit.measure.permutation import (
    LargestDifference,
    MeanDifference,
    ShareAboveThreshold,
    Statistic,
)
from reidaudit.measure.surest import surest
from reidaudit.vocabulary import Family, MeasureName

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

FEWEST_TARGETS = 2
UNCORRECTED_LEVEL = 0.95
FPR_AND_CONTROLS_NEEDED = ((0.001, 10_000), (0.01, 500), (0.05, 100), (0.1, 0))


@dataclass(frozen=True)
class MeasureSpec:
    """A measure to be taken; ``at`` is the false-positive rate of tpr_at_fpr."""

    name: MeasureName
    at: float | None = None

    @property
    def baseline(self) -> float:
        """The value that means "no leak"."""
        if self.name is MeasureName.AUC:
            return 0.5
        return self.at if self.at is not None else 0.0

    def __str__(self) -> str:
        return self.name.value if self.at is None else f"{self.name.value}@{self.at:g}"


@dataclass(frozen=True)
class Estimate:
    """A measure that was taken.

    ``bounds`` is what is judged. Where its two ends have different levels, ``together`` has both
    at the level at which all findings of the audit hold together.
    """

    value: float
    bounds: Bounds | None
    details: dict[str, float | str] = field(default_factory=dict)
    together: Bounds | None = None


@dataclass(frozen=True)
class EntityOutcome:
    """An outcome with one value for each entity, and who is a member.

    Where not everybody was asked about, the entities are the first of the pool's. ``points`` is the
    same among the surest of the guesses, for several shares of them, where an attacker keeps silent
    about the others. ``worth`` says how much each right guess is worth.
    """

    outcome: Outcome
    family: Family
    values: FloatArray
    is_member: BoolArray
    common_guess: FloatArray | None
    among: BoolArray | None = None
    points: tuple[EntityOutcome, ...] = ()
    worth: FloatArray | None = None

    @property
    def tries(self) -> int:
        """Among how many points it is chosen where the outcome is looked at."""
        return max(len(self.points), 1)

    @cached_property
    def most_telling(self) -> EntityOutcome:
        """The point at which members differ most from controls, chosen by the test's own rule."""
        if not self.points:
            return self
        differences = [part.of(self.is_member) for part in self.largest_difference.parts]
        return self.points[int(np.argmax(differences))]

    @property
    def largest_difference(self) -> LargestDifference:
        """What the test computes where one of the points is chosen."""
        return LargestDifference.of(
            [MeanDifference(point.values, point.among) for point in self.points]
        )

    @property
    def side(self) -> dict[str, BoolArray]:
        """Who counts on each side, ``member`` and ``control``."""
        counts = np.ones(len(self.values), dtype=bool) if self.among is None else self.among
        return {"member": counts & self.is_member, "control": counts & ~self.is_member}

    def only_controls(self, stand_in: BoolArray) -> EntityOutcome:
        """Return the outcome of the controls, some of whom stand in for members.

        ``stand_in`` tells who does, of all controls of the pool in their order.
        """
        control = ~self.is_member
        return replace(
            self,
            values=self.values[control],
            is_member=stand_in[: int(control.sum())],
            common_guess=None,
            among=None if self.among is None else self.among[control],
            points=tuple(point.only_controls(stand_in) for point in self.points),
            worth=None if self.worth is None else self.worth[control],
        )

    @property
    def members(self) -> FloatArray:
        """Values of the members that count."""
        return self.values[self.side["member"]]

    @property
    def controls(self) -> FloatArray:
        """Values of the controls that count."""
        return self.values[self.side["control"]]


class People:
    """The entities of a pool, which are the unit of randomness, and who of them is a member.

    They stand in the order of their first rows, so that whoever is asked about comes first.

    Parameters
    ----------
    entities : int64 array, shape (n_rows,)
        Whose row each is.
    is_member : bool array, shape (n_rows,)
        Equal for all rows of one entity.
    """

    def __init__(self, entities: npt.NDArray[np.int64], is_member: BoolArray) -> None:
        _, first, named = np.unique(entities, return_index=True, return_inverse=True)
        self.rows, self.count = len(entities), len(first)
        self._place = np.argsort(np.argsort(first))[named]
        self.is_member_row = is_member
        self.is_member: BoolArray = is_member[np.sort(first)]

    @property
    def have_many_rows(self) -> bool:
        """Whether anybody has more than one row."""
        return self.count < self.rows

    @property
    def members(self) -> int:
        """Number of entities that are members."""
        return int(self.is_member.sum())

    @property
    def controls(self) -> int:
        """Number of entities that are controls."""
        return self.count - self.members

    def first(self, values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the smallest positive of each entity's values; 0 where it has none."""
        if not self.have_many_rows:
            return values
        highest = np.iinfo(np.int64).max
        found = np.full(self.count, highest)
        np.minimum.at(found, self._place, np.where(values > 0, values, highest))
        return np.where(found == highest, 0, found)

    def holding(self, rows: BoolArray) -> BoolArray:
        """Tell which entities have any of the given rows, of all rows or of the first."""
        if not self.have_many_rows:
            return rows
        place = self._place[: len(rows)]
        held: BoolArray = np.bincount(place[rows], minlength=self._among_first(len(rows))) > 0
        return held

    def _among_first(self, rows: int) -> int:
        """Count the entities of the first rows."""
        return int(self._place[:rows].max(initial=-1)) + 1

    def join(self, outcome: Outcome, family: Family) -> EntityOutcome:
        """Bring an outcome from one value for each row to one for each entity."""
        if outcome.sureness is not None:
            shares = surest(outcome.sureness, outcome.among)
            everybody = replace(outcome, sureness=None)
            points = [self.join(replace(everybody, among=sure), family) for sure in shares]
            return replace(self.join(everybody, family), points=tuple(points))
        rows = len(outcome.values)
        if not self.have_many_rows:
            return EntityOutcome(
                outcome,
                family,
                outcome.values,
                self.is_member[:rows],
                outcome.common_guess,
                outcome.among,
                worth=outcome.worth,
            )
        counts = np.ones(rows, dtype=bool) if outcome.among is None else outcome.among
        place, entities = self._place[:rows][counts], self._among_first(rows)

        def joined(values: FloatArray) -> FloatArray:
            return _joined(values[counts], place, entities, outcome.by_entity)

        common = outcome.common_guess
        return EntityOutcome(
            outcome,
            family,
            joined(outcome.values),
            self.is_member[:entities],
            None if common is None else joined(common),
            self.holding(counts),
            worth=None if outcome.worth is None else joined(outcome.worth),
        )


def _joined(values: FloatArray, place: npt.NDArray[np.int64], count: int, how: str) -> FloatArray:
    """Join the values of each entity; 0 for one that has none, which then does not count."""
    rows = np.bincount(place, minlength=count)
    if how == "any":
        highest = np.full(count, -np.inf)
        np.maximum.at(highest, place, values)
        return np.where(rows > 0, highest, 0.0)
    mean: FloatArray = np.bincount(place, values, minlength=count) / np.maximum(rows, 1)
    return mean


def finest_fpr(controls: int) -> float:
    """Return the smallest false-positive rate that decides, given the number of controls.

    0.1 % is shown where it can be, but the presets set their limits at 1 %, so 1 % decides.
    """
    return next(fpr for fpr, needed in FPR_AND_CONTROLS_NEEDED[1:] if controls >= needed)


def measures_of(outcome: Outcome, controls: int) -> list[MeasureSpec]:
    """List the measures that an outcome allows with so many controls."""
    if outcome.is_guess:
        names = [MeasureName.EXCESS]
        if outcome.worth is not None:
            names.append(MeasureName.RARITY_WEIGHTED_EXCESS)
        return [MeasureSpec(name) for name in names]
    rates = [finest_fpr(controls)]
    if controls >= FPR_AND_CONTROLS_NEEDED[0][1]:
        rates.append(FPR_AND_CONTROLS_NEEDED[0][0])
    return [
        MeasureSpec(MeasureName.AUC),
        *(MeasureSpec(MeasureName.TPR_AT_FPR, rate) for rate in rates),
        MeasureSpec(MeasureName.ADVANTAGE),
    ]


def take(spec: MeasureSpec, outcome: EntityOutcome, level: float) -> Estimate | None:
    """Take one measure of one outcome, with a two-sided interval at the level.

    Of an attacker who keeps silent where unsure it is taken where it shows most; correcting the
    level for the choice is the caller's business (`EntityOutcome.tries`). None where fewer than
    ``FEWEST_TARGETS`` members or controls count.
    """
    if spec.name is MeasureName.EXCESS and not outcome.outcome.is_guess:
        raise ValueError(f"{spec.name} cannot be taken of scores")
    outcome = outcome.most_telling
    members, controls = outcome.members, outcome.controls
    if min(len(members), len(controls)) < FEWEST_TARGETS:
        return None
    if spec.name is MeasureName.AUC:
        return Estimate(*auc_interval(members, controls, level))
    if spec.name is MeasureName.TPR_AT_FPR:
        assert spec.at is not None
        return Estimate(*tpr_interval(members, controls, spec.at, level))
    if spec.name is MeasureName.ADVANTAGE:
        return _advantage(outcome, level)
    if spec.name is MeasureName.RARITY_WEIGHTED_EXCESS:
        return _weighted_excess(outcome, level)
    return _excess(outcome, level)


def statistic_of(spec: MeasureSpec, outcome: EntityOutcome) -> Statistic:
    """Return what the permutation test computes for a measure."""
    if outcome.points:
        return outcome.largest_difference
    if spec.name is MeasureName.TPR_AT_FPR:
        assert spec.at is not None
        return ShareAboveThreshold(outcome.values, spec.at, outcome.among)
    if spec.name is MeasureName.AUC:
        return MeanDifference.of_ranks(outcome.values, outcome.among)
    if spec.name is MeasureName.ADVANTAGE:
        return MeanDifference(upper_half(outcome.values, outcome.among), outcome.among)
    if spec.name is MeasureName.RARITY_WEIGHTED_EXCESS:
        return MeanDifference(_weighted(outcome), outcome.among)
    return MeanDifference(outcome.values, outcome.among)


def upper_half(values: FloatArray, among: BoolArray | None = None) -> FloatArray:
    """Guess "member" for the upper half of the pool; ties with the median count half.

    The threshold is the pool's median, which does not look at the labels, so the advantage of this
    guess (S. Yeom et al., Privacy Risk in Machine Learning, 2018) is not inflated by choosing it.
    """
    median = np.median(values if among is None else values[among])
    half: FloatArray = (values > median) + 0.5 * (values == median)
    return half


def _advantage(outcome: EntityOutcome, level: float) -> Estimate:
    guesses = upper_half(outcome.values, outcome.among)
    members, controls = (guesses[outcome.side[side]] for side in ("member", "control"))
    bounds = rate_difference(
        float(members.mean()), len(members), float(controls.mean()), len(controls), level
    )
    return Estimate(float(members.mean() - controls.mean()), bounds)


def _excess(outcome: EntityOutcome, level: float) -> Estimate:
    members, controls = outcome.members, outcome.controls
    member_rate, control_rate = float(members.mean()), float(controls.mean())
    bounds = rate_difference(member_rate, len(members), control_rate, len(controls), level)
    if outcome.family is Family.DISCLOSURE:
        # every member is looked up, so the copies among them cannot exceed the matches
        high = max(min(bounds.high, member_rate), member_rate - control_rate)
        bounds = Bounds(min(bounds.low, high), high, f"{bounds.method}, census of members")
    return Estimate(member_rate - control_rate, bounds)


def _weighted(outcome: EntityOutcome) -> FloatArray:
    assert outcome.worth is not None
    return outcome.values * outcome.worth


def _weighted_excess(outcome: EntityOutcome, level: float) -> Estimate:
    """Mean worth of what was guessed right of members, less that of controls.

    As a share of the greatest worth it is a mean of values between 0 and 1, bounded like a rate.
    """
    weighted = _weighted(outcome)
    members, controls = (weighted[outcome.side[side]] for side in ("member", "control"))
    most = float(outcome.worth.max()) if outcome.worth is not None else 1.0
    ours, theirs = float(members.mean()), float(controls.mean())
    bounds = rate_difference(
        min(ours / most, 1.0), len(members), min(theirs / most, 1.0), len(controls), level
    )
    ends = Bounds(most * bounds.low, most * bounds.high, f"{bounds.method}, of the greatest worth")
    details: dict[str, float | str] = {"member_worth": ours, "control_worth": theirs}
    return Estimate(ours - theirs, ends, details)


def take_to_decide(spec: MeasureSpec, outcome: EntityOutcome, level: float) -> Estimate | None:
    """Take one measure with a lower end that may fail the audit and an upper end that may pass it.

    One finding is enough to fail, so the lower end is corrected for all of them. All findings must
    hold for a pass, so the upper end needs no correction: whichever of them truly exceeds its limit
    would have to miss it by itself (R. L. Berger, Multiparameter Hypothesis Testing and Acceptance
    Sampling, Technometrics, 1982; docs/decisions/008-a-pass-needs-no-correction.md).

    Parameters
    ----------
    spec : MeasureSpec
        What is measured.
    outcome : EntityOutcome
        Of whom.
    level : float
        The corrected level.
    """
    together, alone = take(spec, outcome, level), take(spec, outcome, UNCORRECTED_LEVEL)
    if together is None or alone is None or together.bounds is None or alone.bounds is None:
        return together
    ends = Bounds(together.bounds.low, alone.bounds.high, together.bounds.method)
    return replace(together, bounds=ends, together=together.bounds)


def with_rates(estimate: Estimate, outcome: EntityOutcome, level: float) -> Estimate:
    """Put beside an excess the rates that it is the difference of, with intervals at the level."""
    if not outcome.outcome.is_guess:
        return estimate
    details = dict(estimate.details)
    for name, side in outcome.side.items():
        values = outcome.values[side]
        bounds = rate_interval(float(values.mean()), len(values), level)
        details[f"{name}_rate"] = float(values.mean())
        details[f"{name}_rate_low"] = bounds.low
        details[f"{name}_rate_high"] = bounds.high
    if outcome.common_guess is not None:
        details["majority_rate"] = float(outcome.common_guess[outcome.side["member"]].mean())
        common_among_controls = outcome.common_guess[outcome.side["control"]]
        details["control_majority_rate"] = float(common_among_controls.mean())
    return replace(estimate, details=details)
