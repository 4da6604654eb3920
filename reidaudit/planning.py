"""What an audit would see, and how long it would take, before any of it is run.

A pilot of the audit on a few hundred people says how many findings there will be and how often
attacks are right by chance. From that and from the true sizes follow the sensitivity and the time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from reidaudit.arguments import (
    DEFAULT_PERMUTATIONS,
    DEFAULT_TARGETS,
    check_numbers,
    choose_attacks,
    choose_policy,
    choose_threads,
    join_declarations,
    read_tables,
)
from reidaudit.attack import Attack
from reidaudit.attempts import attempt, make_case
from reidaudit.data.raw import RawTable, TableRole
from reidaudit.data.read import read_table
from reidaudit.data.tables import Table, Tables, build_tables
from reidaudit.errors import UsageError
from reidaudit.labels import hand_out_labels
from reidaudit.policy.finding import Findings
from reidaudit.policy.findings import make_findings
from reidaudit.policy.held_apart import with_parts_held_apart
from reidaudit.policy.model import Policy
from reidaudit.report.model import Sensitivity
from reidaudit.report.sensitivity import sensitivity_of
from reidaudit.sampling import share_out
from reidaudit.seeds import generator_for

PILOT_PEOPLE = (150, 600)
"""People a side in the two pilots; the difference in time between them is that of the pairs."""
DEFAULT_COLUMNS = 10
SELF_CHECK_SHARE = 0.2
STEP, LARGEST_FACTOR = 1.1, 1000.0


@dataclass(frozen=True)
class Sizes:
    """How many people and rows an audit is about; rows differ from people where a key is named."""

    members: int
    controls: int
    target_rows: int
    release_rows: int
    most_targets: int | None = None
    """People whose rows are compared with rows at most."""

    @property
    def asked(self) -> tuple[int, int]:
        """Members and controls whose rows are compared with rows."""
        if self.most_targets is None:
            return self.members, self.controls
        return share_out(self.most_targets, self.members, self.controls)

    @property
    def pairs(self) -> float:
        """Pairs of rows that are compared: targets with the release, and with the pool."""
        asked = sum(self.asked) / (self.members + self.controls)
        return asked * self.target_rows * (self.release_rows + self.target_rows)


@dataclass(frozen=True)
class Glimpse:
    """What one kind of leak must amount to, to be seen.

    ``people_needed`` are the members and controls with which a leak at the limit would be seen;
    None where these people suffice, where there is no limit, or where no number would do.
    """

    item: Sensitivity
    people_needed: tuple[int, int] | None

    @property
    def is_blind(self) -> bool:
        """Whether a leak above the limit may go unseen."""
        return self.item.limit is not None and self.item.smallest_visible > self.item.limit


@dataclass(frozen=True)
class Plan:
    """An audit that has not been run."""

    sizes: Sizes
    columns: int
    preset: str
    deciding: int
    level: float
    glimpses: tuple[Glimpse, ...]
    seconds: float
    workers: int


def plan(
    train: Any,
    holdout: Any,
    synthetic: Any = None,
    *,
    policy: Policy | Mapping[str, Any] | str | os.PathLike[str] | None = None,
    preset: str | None = None,
    schema: Mapping[str, Mapping[str, Any]] | None = None,
    entity: str | None = None,
    sensitive: Sequence[str] | None = None,
    quasi_identifiers: Sequence[str] | None = None,
    attacks: Sequence[str | Attack] | None = None,
    seed: int = 0,
    workers: int | None = None,
    permutations: int = DEFAULT_PERMUTATIONS,
    targets: int | None = DEFAULT_TARGETS,
) -> Plan:
    """Say what an audit of these tables would see and how long it would take.

    Parameters
    ----------
    train, holdout, synthetic : path or data frame
        As for `reidaudit.audit`. A release that does not exist yet is taken to be as large as
        train.
    policy, preset, schema, entity, sensitive, quasi_identifiers, attacks
        As for `reidaudit.audit`.
    seed, workers, permutations, targets
        As for `reidaudit.audit`.

    Returns
    -------
    Plan

    Raises
    ------
    ReidauditError
        For input, policies or arguments that cannot be used; the message says what to do.
    """
    clock = time.perf_counter()
    check_numbers(seed, workers, permutations, targets)
    chosen, policy_source = choose_policy(policy, preset)
    stand_in = holdout if synthetic is None else synthetic
    raw = read_tables(train=train, holdout=holdout, synthetic=stand_in)
    declarations = join_declarations(
        chosen, policy_source, schema, entity, sensitive, quasi_identifiers
    )
    tables = build_tables(raw, declarations)
    tables = with_parts_held_apart(chosen.linkability, policy_source, tables)
    reading = time.perf_counter() - clock
    sizes = replace(_sizes(tables), most_targets=targets)
    if synthetic is None:
        sizes = replace(sizes, release_rows=tables.train.rows)
        tables = _with_stand_in(tables, generator_for(seed, "plan"))
    pilot = _Pilot(tables, choose_attacks(attacks), chosen, seed, workers, permutations)
    return pilot.plan(sizes, reading)


def plan_sizes(
    members: int,
    controls: int,
    columns: int = DEFAULT_COLUMNS,
    *,
    policy: Policy | Mapping[str, Any] | str | os.PathLike[str] | None = None,
    preset: str | None = None,
    seed: int = 0,
    workers: int | None = None,
    permutations: int = DEFAULT_PERMUTATIONS,
    targets: int | None = DEFAULT_TARGETS,
) -> Plan:
    """Say what an audit of these sizes would see, of a made-up table of numbers.

    Parameters
    ----------
    members, controls : int
        People on each side; the release is taken to be as large as train.
    columns : int
        Columns of the table.
    policy, preset, seed, workers, permutations, targets
        As for `reidaudit.audit`.

    Raises
    ------
    UsageError
        If a number makes no sense.
    """
    check_numbers(seed, workers, permutations, targets)
    for name, number, least in (
        ("members", members, 2),
        ("controls", controls, 2),
        ("columns", columns, 1),
    ):
        if number < least:
            raise UsageError(f"{name} must be {least} or more, not {number}.")
    chosen, policy_source = choose_policy(policy, preset)
    rng = generator_for(seed, "plan")
    roles: tuple[TableRole, ...] = ("train", "holdout", "synthetic")
    raw = {role: _made_up(role, columns, rng) for role in roles}
    declarations = join_declarations(chosen, policy_source, None, None, None, None)
    tables = build_tables(raw, replace(declarations, columns={}))
    sizes = Sizes(members, controls, members + controls, members, targets)
    return _Pilot(tables, choose_attacks(None), chosen, seed, workers, permutations).plan(sizes, 0)


def _with_stand_in(tables: Tables, rng: np.random.Generator) -> Tables:
    """Let half of the holdout's people stand in for a release that does not exist yet."""
    assert tables.holdout is not None
    everybody = rng.permutation(np.unique(tables.holdout.entity))
    in_release = np.isin(tables.holdout.entity, everybody[: len(everybody) // 2])
    if in_release.all() or not in_release.any():
        raise UsageError("a plan needs at least two people in the holdout; give more of them.")
    return replace(
        tables,
        holdout=tables.holdout.only(~in_release),
        synthetic=replace(tables.holdout.only(in_release), role="synthetic"),
    )


def _made_up(role: TableRole, columns: int, rng: np.random.Generator) -> RawTable:
    values = rng.standard_normal((PILOT_PEOPLE[1], columns))
    return read_table(pd.DataFrame(values, columns=[f"column_{j}" for j in range(columns)]), role)


def _sizes(tables: Tables) -> Sizes:
    assert tables.holdout is not None
    members, controls = (len(np.unique(table.entity)) for table in tables.real)
    rows = tables.train.rows + tables.holdout.rows
    return Sizes(members, controls, rows, tables.synthetic.rows)


@dataclass(frozen=True)
class _Pilot:
    """The audit on a few people, against the whole release."""

    tables: Tables
    attacks: Sequence[Attack]
    policy: Policy
    seed: int
    workers: int | None
    permutations: int

    def plan(self, sizes: Sizes, reading: float) -> Plan:
        """Carry what the pilots found over to the true sizes."""
        threads = choose_threads(self.workers)
        self._run(PILOT_PEOPLE[0], threads)  # the first run pays for imports
        small, large = (self._run(people, threads) for people in PILOT_PEOPLE)
        findings = replace(
            large.findings, members=sizes.members, controls=sizes.controls, asked=sizes.asked
        )
        return Plan(
            sizes=sizes,
            columns=len(self.tables.schema.audited),
            preset=self.policy.preset,
            deciding=findings.correction.deciding,
            level=findings.correction.level,
            glimpses=_glimpses(findings, self.policy),
            seconds=reading + _seconds(small, large, sizes),
            workers=threads,
        )

    def _run(self, people: int, threads: int) -> _Run:
        rng = generator_for(self.seed, "plan")
        assert self.tables.holdout is not None
        few = replace(
            self.tables,
            train=_some_people(self.tables.train, people, rng),
            holdout=_some_people(self.tables.holdout, people, rng),
        )
        clock = time.perf_counter()
        case, is_member = make_case(few, self.seed, threads)
        labels = hand_out_labels(case.entities, is_member, generator_for(self.seed, "labels"))
        attempts = [attempt(attack, case, self.seed, labels) for attack in self.attacks]
        attacking = time.perf_counter() - clock
        clock = time.perf_counter()
        findings = make_findings(
            attempts, case, is_member, labels, self.policy, rng, self.permutations
        )
        return _Run(_sizes(few), findings, attacking, time.perf_counter() - clock)


@dataclass(frozen=True)
class _Run:
    """A pilot that was run; times in seconds."""

    sizes: Sizes
    findings: Findings
    attacking: float
    measuring: float


def _some_people(table: Table, people: int, rng: np.random.Generator) -> Table:
    everybody = np.unique(table.entity)
    chosen = rng.permutation(everybody)[:people]
    return table.only(np.isin(table.entity, chosen))


def _seconds(small: _Run, large: _Run, sizes: Sizes) -> float:
    """Attacks take time for each pair of rows, measures for each row."""
    more_pairs = large.sizes.pairs - small.sizes.pairs
    a_pair = max(0.0, large.attacking - small.attacking) / more_pairs if more_pairs > 0 else 0.0
    more = max(0.0, sizes.pairs - large.sizes.pairs)
    attacking = large.attacking + a_pair * more
    measuring = large.measuring * max(1.0, sizes.target_rows / large.sizes.target_rows)
    return attacking * (1.0 + SELF_CHECK_SHARE) + measuring


def _glimpses(findings: Findings, policy: Policy) -> tuple[Glimpse, ...]:
    found = sensitivity_of(findings, policy)
    return tuple(
        Glimpse(item, _people_needed(place, findings, policy)) for place, item in enumerate(found)
    )


def _people_needed(place: int, findings: Findings, policy: Policy) -> tuple[int, int] | None:
    """Find how many times as many people would see a leak at the limit, in steps of a tenth."""
    factor = 1.0
    while factor <= LARGEST_FACTOR:
        members, controls = round(findings.members * factor), round(findings.controls * factor)
        asked = findings.asked if factor == 1.0 else None
        larger = replace(findings, members=members, controls=controls, asked=asked)
        item = sensitivity_of(larger, policy)[place]
        if item.limit is None or item.smallest_visible <= item.limit:
            return None if factor == 1.0 else (members, controls)
        factor *= STEP
    return None
