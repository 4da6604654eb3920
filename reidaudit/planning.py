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
    check_numbers,
    choose_attacks,
    choose_policy,
    choose_targets,
    choose_threads,
    join_declarations,
    read_tables,
)
from reidaudit.attack import Attack
from reidaudit.data.raw import RawTable, TableRole
from reidaudit.data.read import read_table
from reidaudit.data.tables import Tables, build_tables
from reidaudit.errors import UsageError
from reidaudit.expected_time import Work
from reidaudit.pilots import Pilots
from reidaudit.policy.finding import Findings
from reidaudit.policy.held_apart import with_parts_held_apart
from reidaudit.policy.model import Policy
from reidaudit.report.model import Sensitivity
from reidaudit.report.sensitivity import sensitivity_of
from reidaudit.sampling import share_out
from reidaudit.seeds import generator_for
from reidaudit.vocabulary import Targets

DEFAULT_COLUMNS = 10
MADE_UP_PEOPLE, MOST_MADE_UP_ROWS = 600, 20_000
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
    def work(self) -> Work:
        """What there is to do."""
        targets = self.target_rows * sum(self.asked) / (self.members + self.controls)
        return Work(targets, self.target_rows - targets, self.release_rows)


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
    targets: Targets = "auto",
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
    sizes = _sizes(tables)
    if synthetic is None:
        sizes = replace(sizes, release_rows=tables.train.rows)
        tables = _with_stand_in(tables, generator_for(seed, "plan"))
    pilots = Pilots(
        tables, choose_attacks(attacks), chosen, seed, choose_threads(workers), permutations
    )
    return plan_by(pilots, _asking(targets, sizes), reading)


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
    targets: Targets = "auto",
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
    pilots = made_up_pilots(
        members,
        columns,
        policy=policy,
        preset=preset,
        seed=seed,
        workers=workers,
        permutations=permutations,
    )
    sizes = Sizes(members, controls, members + controls, members)
    return plan_by(pilots, _asking(targets, sizes))


def _asking(targets: Targets, sizes: Sizes) -> Sizes:
    rows = sizes.target_rows + sizes.release_rows
    return replace(sizes, most_targets=choose_targets(targets, rows))


def made_up_pilots(
    release_rows: int,
    columns: int,
    *,
    policy: Policy | Mapping[str, Any] | str | os.PathLike[str] | None = None,
    preset: str | None = None,
    seed: int = 0,
    workers: int | None = None,
    permutations: int = DEFAULT_PERMUTATIONS,
) -> Pilots:
    """Make up a table of numbers to try the audit on; of a large release only some rows.

    Parameters
    ----------
    release_rows, columns : int
        Size of the release.
    policy, preset, seed, workers, permutations
        As for `reidaudit.audit`.
    """
    chosen, policy_source = choose_policy(policy, preset)
    rng = generator_for(seed, "plan")
    rows: dict[TableRole, int] = {
        "train": MADE_UP_PEOPLE,
        "holdout": MADE_UP_PEOPLE,
        "synthetic": min(max(release_rows, MADE_UP_PEOPLE), MOST_MADE_UP_ROWS),
    }
    raw = {role: _made_up(role, count, columns, rng) for role, count in rows.items()}
    declarations = join_declarations(chosen, policy_source, None, None, None, None)
    tables = build_tables(raw, replace(declarations, columns={}))
    threads = choose_threads(workers)
    return Pilots(tables, choose_attacks(None), chosen, seed, threads, permutations)


def plan_by(pilots: Pilots, sizes: Sizes, reading: float = 0.0) -> Plan:
    """Carry what pilots found over to the true sizes; ``reading`` took so many seconds."""
    findings = replace(
        pilots.findings, members=sizes.members, controls=sizes.controls, asked=sizes.asked
    )
    return Plan(
        sizes=sizes,
        columns=len(pilots.tables.schema.audited),
        preset=pilots.policy.preset,
        deciding=findings.correction.deciding,
        level=findings.correction.level,
        glimpses=_glimpses(findings, pilots.policy),
        seconds=reading + pilots.expected_seconds(sizes.work),
        workers=pilots.workers,
    )


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


def _made_up(role: TableRole, rows: int, columns: int, rng: np.random.Generator) -> RawTable:
    values = rng.standard_normal((rows, columns))
    return read_table(pd.DataFrame(values, columns=[f"column_{j}" for j in range(columns)]), role)


def _sizes(tables: Tables) -> Sizes:
    assert tables.holdout is not None
    members, controls = (len(np.unique(table.entity)) for table in tables.real)
    rows = tables.train.rows + tables.holdout.rows
    return Sizes(members, controls, rows, tables.synthetic.rows)


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
