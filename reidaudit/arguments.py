"""From the arguments of an audit to what they mean, or one clear sentence about what is wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reidaudit.attack import Attack
from reidaudit.data.declared import Declarations, DeclaredColumn
from reidaudit.data.read import RawTable, TableRole, read_table
from reidaudit.errors import PluginError, UsageError
from reidaudit.plugins import contract_breach, load_attacks
from reidaudit.policy.load import load_policy
from reidaudit.policy.model import Policy
from reidaudit.policy.presets import PRESETS
from reidaudit.sampling import affordable_targets
from reidaudit.vocabulary import Role, Targets

DEFAULT_PERMUTATIONS = 2000
FEWEST_ASKED = 1000


def check_numbers(
    seed: int, workers: int | None, permutations: int, targets: Targets = None
) -> None:
    """Insist on numbers that make sense."""
    if seed < 0:
        raise UsageError(f"the seed must be 0 or more, not {seed}.")
    if workers is not None and workers < 1:
        raise UsageError(f"workers must be 1 or more, not {workers}.")
    if permutations < 1:
        raise UsageError(f"permutations must be 1 or more, not {permutations}.")
    if isinstance(targets, int) and targets < FEWEST_ASKED:
        raise UsageError(f"targets must be {FEWEST_ASKED} or more, auto or all, not {targets}.")


def choose_targets(targets: Targets, rows: int) -> int | None:
    """Return how many people are asked about at most, where each is held against so many rows."""
    return affordable_targets(rows) if targets == "auto" else targets


def check_moment(started: datetime | None) -> datetime:
    """Return the moment at which the run is said to have begun, or now, in UTC."""
    if started is None:
        return datetime.now(UTC)
    if started.tzinfo is None:
        raise UsageError("started must have a time zone: datetime.now(UTC).")
    return started.astimezone(UTC)


def choose_threads(workers: int | None) -> int:
    """Return the threads that are asked for, or one for each processor."""
    return workers or os.cpu_count() or 1


def choose_policy(policy: Any, preset: str | None) -> tuple[Policy, str]:
    """Return the policy that is asked for, and where it came from."""
    if preset is not None:
        chosen, source = choose_policy(policy, None)
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


def choose_attacks(attacks: Sequence[str | Attack] | None) -> list[Attack]:
    """Return the attacks that are asked for, or all that are installed."""
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


def read_tables(**sources: Any) -> dict[TableRole, RawTable]:
    """Read the tables that are there; train and synthetic must be."""
    raw: dict[TableRole, RawTable] = {}
    for role, source in sources.items():
        if source is not None:
            raw[role] = read_table(source, role)  # type: ignore[index,arg-type]
        elif role in ("train", "synthetic"):
            raise UsageError(f"there is nothing to audit without the {role} table; name it.")
    return raw


def join_declarations(
    policy: Policy,
    policy_source: str,
    schema: Mapping[str, Mapping[str, Any]] | None,
    entity: str | None,
    sensitive: Sequence[str] | None,
    quasi_identifiers: Sequence[str] | None,
) -> Declarations:
    """Join what the policy, the schema and the options say about columns."""
    declared = policy.declarations
    named = [*declared.columns, *([declared.entity] if declared.entity is not None else [])]
    declared = replace(declared, said_in=dict.fromkeys(named, f"policy ({policy_source})"))
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
