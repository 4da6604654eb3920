"""The journey of an audit, top to bottom.

read -> check -> encode -> attack -> measure -> judge -> report
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reidaudit.attack import Attack
from reidaudit.attempts import attempt, make_case
from reidaudit.data.history import add_audit, holdout_is_fresh, open_history
from reidaudit.data.preconditions import check_preconditions
from reidaudit.data.read import RawTable, TableRole, read_table
from reidaudit.data.schema import Declarations, DeclaredColumn
from reidaudit.data.tables import build_tables
from reidaudit.errors import PluginError, UsageError
from reidaudit.plugins import contract_breach, load_attacks
from reidaudit.policy.findings import make_findings
from reidaudit.policy.load import load_policy
from reidaudit.policy.model import Policy
from reidaudit.policy.presets import PRESETS
from reidaudit.policy.self_check import check_itself
from reidaudit.report.build import RunFacts, build_report
from reidaudit.report.report import Report
from reidaudit.seeds import generator_for
from reidaudit.vocabulary import Role

DEFAULT_PERMUTATIONS = 2000

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
    self_check: bool = True,
    fail_on_warn: bool = False,
    enforced: bool = True,
    history: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Attack a release and judge how much it gives away about the people it was made from.

    Parameters
    ----------
    train, synthetic, holdout, reference : path or data frame
        The members' rows, the release, rows of the same population that the generator never saw,
        and further real rows. Paths name CSV (plain or gzip) or Parquet files; frames may be of
        any library that narwhals knows. Without a holdout the verdict is ``incomplete``.
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
    self_check : bool
        Whether copies are planted in a scratch copy of the release and must be found.
    fail_on_warn, enforced : bool
        Whether warnings fail, and whether the exit code follows the verdict.
    history : path, optional
        A file that counts the releases judged against each holdout; made if missing. Needs a
        holdout and the environment variable ``REIDAUDIT_DIGEST_KEY``.
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
    started, clock = datetime.now(UTC), time.perf_counter()
    _check_numbers(seed, workers, permutations)
    chosen, policy_source = _policy(policy, preset)
    chosen_attacks = _attacks(attacks)
    steps = _Steps(progress, 3 + len(chosen_attacks) + self_check)

    steps.next("reading the tables")
    raw = _read(train=train, holdout=holdout, synthetic=synthetic, reference=reference)
    past = None if history is None else open_history(history, raw)
    declarations = _declarations(chosen, schema, entity, sensitive, quasi_identifiers)
    tables = build_tables(raw, declarations)

    steps.next("checking the preconditions")
    tables, preconditions = check_preconditions(tables, generator_for(seed, "preconditions"))
    if past is not None:
        preconditions.append(holdout_is_fresh(past))
    threads = workers or os.cpu_count() or 1
    case, is_member = make_case(tables, seed, threads)

    attempts = []
    for attack in chosen_attacks:
        steps.next(f"trying {attack.name}")
        attempts.append(attempt(attack, case, seed))

    steps.next("measuring and judging")
    rng = generator_for(seed, "permutations")
    findings = make_findings(attempts, case, is_member, chosen, rng, permutations)
    checked = None
    if self_check and not any(result.state == "invalid" for result in preconditions):
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
    )
    steps.finish()
    report = build_report(raw, tables, preconditions, attempts, findings, checked, chosen, facts)
    if past is not None:
        add_audit(past, report.verdict, started)
    return Report(report)


class _Steps:
    """Counts the steps of a run for whoever watches."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def next(self, what: str) -> None:
        if self.progress is not None:
            self.progress(what, self.done, self.total)
        self.done += 1

    def finish(self) -> None:
        if self.progress is not None:
            self.progress("done", self.total, self.total)


def _check_numbers(seed: int, workers: int | None, permutations: int) -> None:
    if seed < 0:
        raise UsageError(f"the seed must be 0 or more, not {seed}.")
    if workers is not None and workers < 1:
        raise UsageError(f"workers must be 1 or more, not {workers}.")
    if permutations < 1:
        raise UsageError(f"permutations must be 1 or more, not {permutations}.")


def _policy(policy: Any, preset: str | None) -> tuple[Policy, str]:
    if preset is not None:
        chosen, source = _policy(policy, None)
        return load_policy(chosen.model_dump(exclude_unset=True) | {"preset": preset}), source
    if policy is None:
        return Policy(), "built-in preset"
    if isinstance(policy, Policy):
        return policy, "given as an object"
    if isinstance(policy, str) and policy in PRESETS:
        return Policy(preset=policy), "built-in preset"
    if isinstance(policy, Mapping):
        return load_policy(policy), "given as a mapping"
    path = Path(policy)
    return load_policy(path), path.name


def _attacks(attacks: Sequence[str | Attack] | None) -> list[Attack]:
    if attacks is None:
        return load_attacks()
    chosen: dict[str, Attack] = {}
    for wanted in attacks:
        attack = load_attacks([wanted])[0] if isinstance(wanted, str) else wanted
        breach = contract_breach(attack)
        if breach is not None:
            raise PluginError(
                f"{type(attack).__name__} does not keep the contract of an attack: {breach}."
            )
        chosen[attack.name] = attack
    if not chosen:
        raise UsageError("no attack was chosen; leave attacks out to run all of them.")
    return list(chosen.values())


def _read(**sources: Any) -> dict[TableRole, RawTable]:
    raw: dict[TableRole, RawTable] = {}
    for role, source in sources.items():
        if source is not None:
            raw[role] = read_table(source, role)  # type: ignore[index,arg-type]
        elif role in ("train", "synthetic"):
            raise UsageError(f"there is nothing to audit without the {role} table; name it.")
    return raw


def _declarations(
    policy: Policy,
    schema: Mapping[str, Mapping[str, Any]] | None,
    entity: str | None,
    sensitive: Sequence[str] | None,
    quasi_identifiers: Sequence[str] | None,
) -> Declarations:
    declared = policy.declarations
    if schema is not None:
        entries = load_policy({"columns": schema}).declarations.columns
        merged: dict[str, DeclaredColumn] = {**declared.columns, **entries}
        declared = replace(declared, columns=merged)
    if entity is not None:
        declared = replace(declared, entity=entity)
    for option, names in (("sensitive", sensitive), ("quasi_identifiers", quasi_identifiers)):
        if isinstance(names, str):
            raise UsageError(f"{option} must be a list of column names: {option}=[{names!r}].")
    both = set(sensitive or ()) & set(quasi_identifiers or ())
    if both:
        raise UsageError(
            f"column {sorted(both)[0]!r} cannot be sensitive and a quasi-identifier at once."
        )
    declared = declared.with_role(sensitive or (), Role.SENSITIVE)
    return declared.with_role(quasi_identifiers or (), Role.QUASI_IDENTIFIER)
