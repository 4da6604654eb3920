"""Run attacks and write down what came of each: outcomes, a reason not to run, or an error."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reidaudit.arrays import freeze, frozen
from reidaudit.attack import Attack, Case, Outcome
from reidaudit.data.kinds import CodeArray
from reidaudit.data.tables import Table, Tables
from reidaudit.encoding import PlainColumns
from reidaudit.errors import ClusterError
from reidaudit.labels import Labels
from reidaudit.sampling import case_for, choose_people
from reidaudit.seeds import generator_for
from reidaudit.vocabulary import Kind, Need, Role

BoolArray = npt.NDArray[np.bool_]

UNMET: dict[Need, str] = {
    Need.LABELS: "it needs 100 members and 100 controls, half of whom it learns from",
    Need.REFERENCE: "it needs a reference table: --reference",
    Need.QUASI_IDENTIFIERS: "it needs declared quasi-identifiers: --quasi-identifier or the policy",
    Need.SENSITIVE: "it needs a sensitive column",
    Need.IDENTIFIERS: "it needs a direct identifier that the release has too",
    Need.TEXT: "it needs a column of free text",
    Need.GENERATOR: "it needs the generator itself, not only its release",
}

FEWEST_TO_LEARN_FROM = 50
"""Members and controls each; with fewer there is nothing to learn."""


@dataclass(frozen=True)
class Attempt:
    """What came of one attack; exactly one of outcomes, not_run and error says it.

    ``was_left_out`` tells an attack that was not run for lack of time from one that could not run.
    """

    attack: Attack
    outcomes: tuple[Outcome, ...] = ()
    not_run: str | None = None
    error: str | None = None
    was_left_out: bool = False


def make_case(
    tables: Tables, seed: int, workers: int, most_targets: int | None = None
) -> tuple[Case, BoolArray]:
    """Shuffle members and controls into one pool, those who are asked about first.

    Parameters
    ----------
    tables : Tables
        Checked.
    seed : int
        The run's seed.
    workers : int
        Threads that an attack may use.
    most_targets : int, optional
        People who are targets of attacks that compare rows with rows, at most.

    Returns
    -------
    case : Case
        What attacks get to see; read-only.
    is_member : bool array, shape (n_targets,)
        What they do not get to see, in the order of the pool.
    """
    real = tables.real
    order, asked = _order_of_pool(tables, seed, most_targets)
    pool = PlainColumns(
        tuple(_shuffled([table.codes[j] for table in real], order) for j in _columns(real[0])),
        tuple(
            None
            if real[0].numbers[j] is None
            else _shuffled([table.numbers[j] for table in real], order)  # type: ignore[misc]
            for j in _columns(real[0])
        ),
    )
    case = Case(
        schema=tables.schema,
        pool=pool,
        release=_plain(tables.synthetic),
        reference=None if tables.reference is None else _plain(tables.reference),
        entities=_shuffled([table.entity for table in real], order),
        identifiers={
            name: (
                _shuffled([table.identifiers[name] for table in real], order),
                frozen(tables.synthetic.identifiers[name]),
            )
            for name in tables.train.identifiers
        },
        workers=workers,
        asked=None if asked == len(order) else asked,
    )
    return case, _are_members(tables)[order]


def train_rows(tables: Tables, seed: int, most_targets: int | None = None) -> CodeArray:
    """Return which row of train each target is, counted from 1; 0 for controls.

    Only for the owner of the tables; attacks never see it.
    """
    order, _ = _order_of_pool(tables, seed, most_targets)
    return np.where(order < tables.train.rows, order + 1, 0)


def _order_of_pool(tables: Tables, seed: int, most_targets: int | None) -> tuple[CodeArray, int]:
    """Shuffle the rows, bring those who are asked about to the front, and count these."""
    is_member = _are_members(tables)
    order = generator_for(seed, "pool").permutation(len(is_member))
    entities = np.concatenate([table.entity for table in tables.real])
    rng = generator_for(seed, "targets")
    asked = choose_people(entities, is_member, most_targets, rng)[order]
    return np.concatenate([order[asked], order[~asked]]), int(asked.sum())


def _are_members(tables: Tables) -> BoolArray:
    return np.concatenate([np.full(table.rows, table.role == "train") for table in tables.real])


def _columns(table: Table) -> range:
    return range(len(table.codes))


def _shuffled(parts: Sequence[CodeArray], order: CodeArray) -> CodeArray:
    return frozen(np.concatenate(parts)[order])


def _plain(table: Table) -> PlainColumns:
    freeze(*table.codes, *(values for values in table.numbers if values is not None))
    return PlainColumns(table.codes, table.numbers)


def attempt(attack: Attack, case: Case, seed: int, labels: Labels | None = None) -> Attempt:
    """Run one attack; an attack that raises or breaks the contract becomes an error.

    Parameters
    ----------
    attack : Attack
        What is tried.
    case : Case
        On what; without labels. Where not all people are asked about, an attack that compares rows
        with rows gets those who are, and its outcomes end with the last of them.
    seed : int
        The run's seed.
    labels : Labels, optional
        Told to an attack that needs them, which is then scored on the other half alone.
    """
    case = case_for(attack, case)
    if labels is not None:
        labels = labels.first(case.n_targets)
    if Need.LABELS in attack.needs and labels is not None:
        case = replace(case, labels=labels)
    reason = unmet_need(attack, case)
    if reason is not None:
        return Attempt(attack, not_run=reason)
    try:
        outcomes = tuple(attack.run(case, generator_for(seed, attack.name)))
        for outcome in outcomes:
            _check_outcome(outcome, case)
        _check_names(outcomes)
    except _BrokenContractError as broken:
        return Attempt(attack, error=str(broken))
    except ClusterError:  # not the attack's fault: without its cluster no other one can run either
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code may raise anything
        # the message of a foreign error may quote a value, so only its place is told
        return Attempt(attack, error=f"it stopped with {type(error).__name__} {_place(error)}")
    if case.labels is not None:
        outcomes = tuple(_only_scored(outcome, case.labels) for outcome in outcomes)
    return Attempt(attack, outcomes=tuple(map(_frozen, outcomes)))


def unmet_need(attack: Attack, case: Case) -> str | None:
    """Return why an attack cannot run on a case, or None."""
    kinds = {column.kind for column in case.schema.audited}
    met = {
        Need.LABELS: case.labels is not None and _can_be_learned_from(case.labels),
        Need.REFERENCE: case.reference is not None,
        Need.QUASI_IDENTIFIERS: bool(case.schema.positions(Role.QUASI_IDENTIFIER)),
        Need.SENSITIVE: bool(case.schema.sensitive),
        Need.IDENTIFIERS: bool(case.identifiers),
        Need.TEXT: Kind.TEXT in kinds,
    }
    for need in sorted(attack.needs):
        if not met.get(need, False):
            return UNMET.get(need, f"it needs {need}, which nobody provides")
    return None


def _can_be_learned_from(labels: Labels) -> bool:
    members = int(labels.is_member.sum())
    return min(members, int(labels.learned_from.sum()) - members) >= FEWEST_TO_LEARN_FROM


def _only_scored(outcome: Outcome, labels: Labels) -> Outcome:
    scored = labels.scored if outcome.among is None else outcome.among & labels.scored
    return replace(outcome, among=scored)


class _BrokenContractError(Exception):
    """An outcome that cannot be scored."""


def _check_outcome(outcome: Outcome, case: Case) -> None:
    values = outcome.values
    if values.shape != (case.n_targets,):
        raise _BrokenContractError(
            f"outcome {outcome.name!r} has shape {values.shape}, not one value for each of the "
            f"{case.n_targets} targets"
        )
    strange = int((~np.isfinite(values)).sum())
    if strange:
        raise _BrokenContractError(
            f"outcome {outcome.name!r} has no finite value for {strange} targets"
        )
    for name in ("common_guess", "among", "sureness", "worth", "guessed", "truth"):
        beside = getattr(outcome, name)
        if beside is not None and beside.shape != values.shape:
            raise _BrokenContractError(f"{name} of outcome {outcome.name!r} is not one a target")
    if outcome.sureness is not None:
        if not np.isfinite(outcome.sureness).all():
            raise _BrokenContractError(f"sureness of outcome {outcome.name!r} is not finite")
        if outcome.bearing == "deciding" or not outcome.is_guess:
            raise _BrokenContractError(
                f"outcome {outcome.name!r} has a sureness, which only guesses have that look closer"
            )
    if outcome.worth is not None and not (np.isfinite(outcome.worth) & (outcome.worth > 0)).all():
        raise _BrokenContractError(f"outcome {outcome.name!r} has a worth that is not above zero")
    if (outcome.guessed is None) != (outcome.truth is None):
        raise _BrokenContractError(
            f"outcome {outcome.name!r} needs both what was guessed and the truth, or neither"
        )
    guesses = {
        "guesses": values if outcome.is_guess else None,
        "common_guess": outcome.common_guess,
    }
    for name, chances in guesses.items():
        if chances is not None and not ((chances >= 0) & (chances <= 1)).all():
            raise _BrokenContractError(f"outcome {outcome.name!r} has {name} outside 0 to 1")


def _check_names(outcomes: Sequence[Outcome]) -> None:
    names = [outcome.name for outcome in outcomes]
    if len(set(names)) < len(names):
        raise _BrokenContractError("two outcomes have the same name")


def _frozen(outcome: Outcome) -> Outcome:
    return replace(outcome, values=frozen(outcome.values.copy()))


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f"in {Path(last.filename).name}, line {last.lineno}"
