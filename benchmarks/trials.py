"""All attacks on one release, without a verdict: what they say of every member and control."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reidaudit.arguments import choose_threads, read_tables
from reidaudit.attack import Attack, Case
from reidaudit.attempts import attempt, make_case
from reidaudit.data.tables import Tables, build_tables
from reidaudit.labels import Labels, hand_out_labels
from reidaudit.measure.measures import EntityOutcome, People
from reidaudit.policy.load import load_policy
from reidaudit.seeds import generator_for

BoolArray = npt.NDArray[np.bool_]
SEED = 0
"""That of an audit whose seed nobody chose, so that attacks draw the same numbers."""


@dataclass(frozen=True)
class Trial:
    """What attacks get to see, and who is a member, which they do not."""

    case: Case
    is_member: BoolArray
    labels: Labels | None
    """Told to attacks that learn; without any they do not run."""
    among: BoolArray | None = None
    """The targets to be scored, all if None; the others only stand in the pool."""

    @property
    def people(self) -> People:
        return People(self.case.entities, self.is_member)


def read(sources: Mapping[str, Any], schema: Mapping[str, Mapping[str, str]]) -> Tables:
    """Read train, synthetic, holdout and perhaps reference as an audit does."""
    declarations = load_policy({"columns": schema}).declarations
    return build_tables(read_tables(**sources), declarations)


def prepare(tables: Tables) -> Trial:
    """Shuffle members and controls into one pool, and draw half of the labels to be told."""
    case, is_member = make_case(tables, SEED, choose_threads(None))
    labels = hand_out_labels(case.entities, is_member, generator_for(SEED, "labels"))
    return Trial(case, is_member, labels)


def outcomes(trial: Trial, attacks: Sequence[Attack]) -> Iterator[tuple[str, EntityOutcome]]:
    """Run every attack once, and name what comes of it; say which attacks did not run, and why."""
    people = trial.people
    for attack in attacks:
        result = attempt(attack, trial.case, SEED, trial.labels)
        if not result.outcomes:
            reason = result.error or result.not_run or "it has nothing to say"
            print(f"  {attack.name}: {reason}", file=sys.stderr, flush=True)
        for outcome in result.outcomes:
            scored = replace(outcome, among=_both(outcome.among, trial.among))
            yield f"{attack.name}:{outcome.name}", people.join(scored, attack.family)


def _both(one: BoolArray | None, other: BoolArray | None) -> BoolArray | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other
