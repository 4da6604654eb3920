"""Pilots: an audit tried on a few people, for what it finds by chance and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from reidaudit.attack import Attack
from reidaudit.attempts import attempt, make_case
from reidaudit.data.tables import Table, Tables
from reidaudit.encoding import EncodedTable
from reidaudit.expected_time import PilotTime, Work, expected_seconds
from reidaudit.labels import hand_out_labels
from reidaudit.neighbours.executor import Executor, Threads
from reidaudit.neighbours.tiles import F, Groups, Question
from reidaudit.policy.finding import Findings
from reidaudit.policy.findings import make_findings
from reidaudit.policy.model import Policy
from reidaudit.seeds import generator_for

FEW, MORE = 150, 600
"""People a side."""
ROWS_OF_SMALL_PILOTS = 20_000
SMALLER = 4
"""By so much the release of the smallest pilot is smaller than that of the next one."""


@dataclass(frozen=True)
class _Pilot:
    findings: Findings
    time: PilotTime


@dataclass(frozen=True)
class Pilots:
    """The audit on a few people.

    The largest pilot runs against the whole release. Two small ones run against some rows of it,
    so that the time which rows take can be told from that of targets.
    """

    tables: Tables
    attacks: Sequence[Attack]
    policy: Policy
    seed: int
    workers: int
    permutations: int

    @property
    def findings(self) -> Findings:
        """What the largest pilot found."""
        return self._runs[-1].findings

    def expected_seconds(self, work: Work) -> float:
        """Carry the pilots' times over to a larger audit."""
        findings = self.findings.findings
        everybody = sum(getattr(found.attack, "asks_everybody", False) for found in findings)
        times = [pilot.time for pilot in self._runs]
        return expected_seconds(times, work, everybody / max(len(findings), 1))

    @cached_property
    def _runs(self) -> tuple[_Pilot, ...]:
        rows = self.tables.synthetic.rows
        some = min(rows, ROWS_OF_SMALL_PILOTS)
        fewer = -(-some // SMALLER)
        self._run(FEW, fewer)  # the first run pays for imports
        return self._run(FEW, fewer), self._run(FEW, some), self._run(MORE, rows)

    def _run(self, people: int, release_rows: int) -> _Pilot:
        rng = generator_for(self.seed, "plan")
        assert self.tables.holdout is not None
        tables = replace(
            self.tables,
            train=_some_people(self.tables.train, people, rng),
            holdout=_some_people(self.tables.holdout, people, rng),
            synthetic=_some_rows(self.tables.synthetic, release_rows, rng),
        )
        clock = time.perf_counter()
        case, is_member = make_case(tables, self.seed, self.workers)
        searches = _Stopwatch(Threads(self.workers))
        case = replace(case, executor=searches)
        labels = hand_out_labels(case.entities, is_member, generator_for(self.seed, "labels"))
        attempts = [attempt(attack, case, self.seed, labels) for attack in self.attacks]
        attacking = time.perf_counter() - clock - searches.seconds
        searching, clock = searches.seconds, time.perf_counter()
        findings = make_findings(
            attempts, case, is_member, labels, self.policy, rng, self.permutations
        )
        measuring = time.perf_counter() - clock
        work = Work(case.n_targets, 0, release_rows)
        return _Pilot(findings, PilotTime(work, attacking, searching, measuring))


class _Stopwatch:
    """Searches as another executor does, and adds up the seconds."""

    def __init__(self, executor: Executor) -> None:
        self.executor, self.seconds = executor, 0.0

    def search(
        self,
        question: Question[F],
        queries: EncodedTable,
        index: EncodedTable,
        groups: Groups | None = None,
    ) -> F:
        """Ask a question about every query row."""
        clock = time.perf_counter()
        found = self.executor.search(question, queries, index, groups)
        self.seconds += time.perf_counter() - clock
        return found


def _some_people(table: Table, people: int, rng: np.random.Generator) -> Table:
    everybody = np.unique(table.entity)
    return table.only(np.isin(table.entity, rng.permutation(everybody)[:people]))


def _some_rows(table: Table, rows: int, rng: np.random.Generator) -> Table:
    keep = np.zeros(table.rows, dtype=bool)
    keep[rng.permutation(table.rows)[:rows]] = True
    return table.only(keep)
