"""The journey of an audit, top to bottom.

read -> check -> encode -> attack -> measure -> judge -> report
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from reidaudit.arguments import (
    DEFAULT_PERMUTATIONS,
    check_moment,
    check_numbers,
    choose_attacks,
    choose_policy,
    choose_targets,
    choose_threads,
    join_declarations,
    read_tables,
)
from reidaudit.attack import Attack
from reidaudit.attempts import Attempt, make_case, train_rows
from reidaudit.checkpoints import Checkpoints, check_folder, open_checkpoints
from reidaudit.data.digest import release_digest, without_cells
from reidaudit.data.history import add_audit, holdout_is_fresh, open_history
from reidaudit.data.preconditions import check_preconditions
from reidaudit.data.tables import build_tables
from reidaudit.labels import hand_out_labels
from reidaudit.machine import give_back_memory, memory_allowed
from reidaudit.measure.measures import People
from reidaudit.measure.statistical_disclosure import statistical_disclosure
from reidaudit.neighbours.cluster import open_executor
from reidaudit.plugins import registered
from reidaudit.policy.explanation import explain_failures
from reidaudit.policy.exposure import exposure_of
from reidaudit.policy.findings import make_findings
from reidaudit.policy.held_apart import with_parts_held_apart
from reidaudit.policy.model import Policy
from reidaudit.policy.prior_knowledge import known_beforehand
from reidaudit.policy.self_check import check_itself
from reidaudit.policy.waivers import hold_waivers
from reidaudit.report.build import RunFacts, build_report
from reidaudit.report.exposed import write_exposed
from reidaudit.report.last_scan import LastScan
from reidaudit.report.report import Report
from reidaudit.seeds import generator_for
from reidaudit.time_allowed import TimeAllowed
from reidaudit.vocabulary import Targets

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many steps are done, and how many there are."""


def audit(
    train: Any,
    synthetic: Any,
    holdout: Any = None,
    reference: Any = None,
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
    max_seconds: float | None = None,
    cluster: str | None = None,
    memory: int | str | None = None,
    scratch: str | os.PathLike[str] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    self_check: bool = True,
    fail_on_warn: bool = False,
    enforced: bool = True,
    history: str | os.PathLike[str] | None = None,
    targets: Targets = "auto",
    exposed: str | os.PathLike[str] | None = None,
    started: datetime | None = None,
    progress: Progress | None = None,
) -> Report:
    """Attack a release and judge how much it gives away about the people it was made from.

    Parameters
    ----------
    train, synthetic, holdout, reference : path or data frame
        The members' rows, the release, rows of the same population that the generator never saw,
        and further real rows. Paths name CSV (plain or gzip) or Parquet files, folders of part
        files, patterns such as ``part-*.parquet``, or addresses such as ``s3://bucket/table/``;
        frames may be of any library that narwhals knows. Without a holdout the verdict is
        ``incomplete``.
    policy : Policy, mapping, path or name of a preset, optional
        Limits, required families and columns. The preset ``public`` if left out.
    preset : str, optional
        A preset in place of the policy's own.
    schema : mapping, optional
        ``{column: {"kind": ..., "role": ..., "tolerance": ...}}``, in place of the policy's.
    entity : str, optional
        The column that says whose row it is; people are then the unit of everything.
    sensitive, quasi_identifiers : sequences of str, optional
        Columns with these roles. Where no column is sensitive, all are.
    attacks : sequence of names or Attack objects, optional
        All installed attacks if left out.
    seed : int
        The same seed gives the same report.
    workers : int, optional
        Threads; all processors if left out. The report does not depend on it.
    permutations : int
        Permutations of the exact test.
    max_seconds : float, optional
        After so many seconds no further attack is begun, nor the check on itself unless all
        attacks have run. One that runs is not interrupted, and measuring comes on top. The attacks
        left out make the verdict ``incomplete`` where nothing fails.
    cluster : str, optional
        Where neighbours are searched: ``processes`` of this machine, ``dask`` or
        ``dask=ADDRESS``, ``ray`` or ``ray=ADDRESS``, ``spark``; threads if left out. The report
        does not depend on it.
    memory : int or str, optional
        What the tables that are searched may take when they are made ready for it, in bytes or as
        ``4GiB``: on this machine, or in each worker of a cluster. A quarter of this machine's if
        left out. The report does not depend on it.
    scratch : path, optional
        The folder in which encoded tables are stored for the workers of a cluster, who must all
        see it; the system's for temporary files if left out. Removed at the end.
    checkpoint : path, optional
        A folder in which outcomes are kept after each attack, so that a run that was stopped goes
        on where it stopped. They tell of every person, and are removed when all attacks have run
        and the report is made.
    self_check : bool
        Whether copies are planted in a scratch copy of the release and must be found.
    fail_on_warn, enforced : bool
        Whether warnings fail, and whether the exit code follows the verdict.
    history : path, optional
        A file that counts the releases judged against each holdout; made if missing. Needs a
        holdout and the environment variable ``REIDAUDIT_DIGEST_KEY``.
    targets : int, 'auto' or None
        People, half of them members, who are targets of attacks that compare rows with rows. Of
        more, so many are drawn; the others stay among the neighbours, and copies, reused values and
        rare combinations are looked for of everybody. ``auto`` stands for 50,000, and for fewer
        where tables are very large, but never below 10,000 (`reidaudit.sampling`). With None all
        are targets of all attacks.
    exposed : path, optional
        A CSV file, readable by its owner alone, for the people of train at whom two attacks point
        at least; it holds row numbers, handles under ``REIDAUDIT_DIGEST_KEY`` and counts. The
        report itself never names anybody.
    started : datetime, optional
        When the run began, with a time zone: the report says so, and waivers are held against that
        day in UTC. Now, if left out.
    progress : callable, optional
        Called between steps.

    Returns
    -------
    Report

    Raises
    ------
    ReidauditError
        For input, policies or arguments that cannot be used; the message says what to do.
    """
    clock = time.perf_counter()
    started = check_moment(started)
    check_numbers(seed, workers, permutations, targets)
    allowed = TimeAllowed.from_now(max_seconds)
    chosen, policy_source = choose_policy(policy, preset)
    chosen_attacks = choose_attacks(attacks)
    steps = _Steps(progress, 3 + len(chosen_attacks) + self_check)

    threads = choose_threads(workers)
    check_folder(checkpoint)
    with open_executor(cluster, threads, memory_allowed(memory), scratch) as executor:
        steps.next("reading the tables")
        raw = read_tables(train=train, holdout=holdout, synthetic=synthetic, reference=reference)
        past = None if history is None else open_history(history, raw)
        declarations = join_declarations(
            chosen, policy_source, schema, entity, sensitive, quasi_identifiers
        )
        tables = build_tables(raw, declarations)
        tables = with_parts_held_apart(chosen.linkability, policy_source, tables)
        known = known_beforehand(chosen.prior_knowledge, raw, tables)
        # only real values are looked for in the report, and a release may be very large
        raw["synthetic"] = without_cells(raw["synthetic"])

        steps.next("checking the preconditions")
        tables, preconditions = check_preconditions(tables, generator_for(seed, "preconditions"))
        if past is not None:
            preconditions.append(holdout_is_fresh(past))
        rows = sum(table.rows for table in (*tables.real, tables.synthetic))
        asked = choose_targets(targets, rows)
        case, is_member = make_case(tables, seed, threads, asked)
        case = replace(case, executor=executor)
        rng = generator_for(seed, "labels")
        labels = hand_out_labels(case.entities, is_member, rng, asked=case.asked)

        kept = open_checkpoints(checkpoint, case, seed, labels)
        attempts = _try_all(chosen_attacks, kept, allowed, steps)
        left_out = any(attempt.was_left_out for attempt in attempts)

        steps.next("measuring and judging")
        rng = generator_for(seed, "permutations")
        findings = make_findings(attempts, case, is_member, labels, chosen, rng, permutations)
        people = People(case.entities, is_member)
        findings = explain_failures(findings, case, people)
        exposure = exposure_of(findings, people, case.is_asked)
        described = statistical_disclosure(tables, known, threads)
        is_believed = not any(result.state == "invalid" for result in preconditions)
        findings, waivers = hold_waivers(
            findings,
            chosen.waiver,
            release_digest(raw["synthetic"]),
            started.date(),
            attacks={*registered(), *(attack.name for attack in chosen_attacks)},
            is_believed=is_believed,
        )
        checked = None
        # where an attack was left out there is no pass that the check could uphold
        if self_check and is_believed and not left_out:
            steps.next("checking itself")
            checked = check_itself(attempts, case, is_member, findings, seed)
    facts = RunFacts(
        started=started,
        seconds=time.perf_counter() - clock,
        seed=seed,
        workers=threads,
        policy_source=policy_source,
        fail_on_warn=fail_on_warn,
        enforced=enforced,
        disclosure="aggregate" if exposed is None else "targets",
        most_targets=asked,
    )
    steps.finish()
    model = build_report(
        raw,
        tables,
        preconditions,
        attempts,
        findings,
        checked,
        exposure,
        described,
        waivers,
        chosen,
        facts,
    )
    report = Report(model, LastScan(raw, tables.schema, model, chosen_attacks))
    report.to_json()  # scanned: what does not stand in it, no format has from it
    if exposed is not None:
        whose = people.first(train_rows(tables, seed, asked))
        write_exposed(exposed, exposure, whose, raw["train"], declarations.entity)
    if not left_out:
        kept.remove()
    if past is not None:
        add_audit(past, report.verdict, started)
    return report


def _try_all(
    attacks: Sequence[Attack], kept: Checkpoints, allowed: TimeAllowed, steps: _Steps
) -> list[Attempt]:
    """Try one attack after the other, and leave out those that no time is left for."""
    attempts = []
    for attack in attacks:
        if allowed.is_used_up:
            break
        steps.next(f"trying {attack.name}")
        attempts.append(kept.attempt(attack))
    left_out = attacks[len(attempts) :]
    steps.skip(len(left_out))
    return attempts + [
        Attempt(attack, not_run=allowed.reason, was_left_out=True) for attack in left_out
    ]


class _Steps:
    """Goes from step to step: gives back what the last one freed, and tells whoever watches."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def next(self, what: str) -> None:
        give_back_memory()
        if self.progress is not None:
            self.progress(what, self.done, self.total)
        self.done += 1

    def skip(self, steps: int) -> None:
        self.done += steps

    def finish(self) -> None:
        if self.progress is not None:
            self.progress("done", self.total, self.total)
