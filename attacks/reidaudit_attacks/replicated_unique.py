"""People who are unique by a few columns, and whose values stand in the release once: repU."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, KeyCells, Need, Outcome, without_lookalike
from reidaudit.vocabulary import Role
from reidaudit_attacks.key_sets import choose_key_sets, most_key_sets, surprise_of

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

ALL_COLUMNS = -1


class ReplicatedUnique(Attack):
    """Is the target unique by what an attacker knows, and are those values unique in the release?

    G. Raab, B. Nowok and C. Dibben (Practical Privacy Metrics for Synthetic Data, 2024) count the
    records of the original that are unique by the quasi-identifiers and have a unique counterpart
    in the release. Two things differ here. Unique means alone in the pool of members and controls,
    not in the members' table, of which an attack knows nothing; in a pool twice the size fewer are
    unique, and all who are, are so in either table. And the share is compared with that of
    controls: where values are few, strangers' uniques are replicated as well.

    Beside the declared quasi-identifiers all sets of up to three columns are looked at, or 500
    evenly spread. They make one score together, so that looking at many of them costs nothing:
    a hit counts by minus the logarithm of how often unique people are hit by that set.
    """

    name = "disclosure.replicated_unique"
    version = "1"
    family = Family.DISCLOSURE
    needs: frozenset[Need] = frozenset()
    asks_everybody = True
    mending = (
        "coarsen the columns that make people unique, or take the unique records that have a "
        "unique counterpart out of the release"
    )

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield a guess for the declared quasi-identifiers, and a score for all small sets."""
        quasi = case.schema.positions(Role.QUASI_IDENTIFIER)
        if quasi:
            hits, alone = _replicated(case, quasi)
            yield Outcome.of_guesses(
                "quasi_identifiers",
                "Are people unique by their quasi-identifiers, and unique in the release too?",
                hits,
                bearing="fail_only",
                by_keys=True,
                facts={"share_unique_in_pool": float(alone.mean())},
            )
        everything = range(len(case.schema.audited))
        yield Outcome.of_scores(
            "up_to_three_columns",
            "Are people unique by up to three columns, and unique in the release too?",
            _add_up(case, everything)[ALL_COLUMNS],
            bearing="fail_only",
        )

    def explain(self, case: Case, outcome: Outcome) -> Mapping[int, FloatArray]:
        """Score the targets by the small sets that each column is part of."""
        quasi = case.schema.positions(Role.QUASI_IDENTIFIER)
        columns = quasi if outcome.is_guess else range(len(case.schema.audited))
        scores = _add_up(case, columns)
        return {column: scores[column] for column in columns}


def _add_up(case: Case, columns: Sequence[int]) -> dict[int, FloatArray]:
    """Add up the surprise of all small sets, and of those that each column is part of."""
    chosen = choose_key_sets(len(columns), most=most_key_sets(case))
    key_sets = [[columns[place] for place in places] for places in chosen]
    scores = {column: np.zeros(case.n_targets) for column in (ALL_COLUMNS, *columns)}
    parallel = joblib.Parallel(n_jobs=case.workers, prefer="threads", return_as="generator")
    found = parallel(joblib.delayed(_replicated)(case, keys) for keys in key_sets)
    for keys, (hits, alone) in zip(key_sets, found, strict=True):
        surprise = surprise_of(hits, alone)
        for column in (ALL_COLUMNS, *keys):
            scores[column] += surprise
    return scores


def _replicated(case: Case, keys: Sequence[int]) -> tuple[BoolArray, BoolArray]:
    """Tell who is alone in the pool with the keys and has one counterpart, and who is alone."""
    pool, release = case.keys()
    wanted = pool.only(keys)
    alone = without_lookalike(wanted, case.entities)
    lonely = KeyCells.of(wanted[alone])
    replicated = alone.copy()
    replicated[alone] = (lonely.tally(release.only(keys)) == 1)[lonely.of_row]
    return replicated, alone
