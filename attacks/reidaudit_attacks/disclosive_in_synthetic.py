"""Release records that agree on a secret of whoever shares their key, and are right: DiSCO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.attack import NOT_ONE, Attack, Case, Family, KeyCells, Need, Outcome
from reidaudit.vocabulary import Role
from reidaudit_attacks.key_sets import choose_key_sets, most_key_sets, surprise_of_a_hit

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

MOST_LOOK_UPS = 6000
FEWEST_SETS_A_COLUMN = 30


class DisclosiveInSynthetic(Attack):
    """Do all release records with the target's keys agree on a secret, and are they right?

    An attacker who finds several records, or one, with the keys of a person, all with the same
    level of another column, takes it for the person's (G. Raab, B. Nowok and C. Dibben, Practical
    Privacy Metrics for Synthetic Data, 2024: "disclosive in synthetic, correct in original").
    What anyone could know is disclosed of controls just as well, so that only the excess counts.

    With the declared quasi-identifiers every sensitive column is looked at twice: as a share of
    everybody, which is the published figure, and among those of whom the release seems sure, which
    is how often the attacker is right. Beside them all sets of up to three columns are looked at,
    or as many as there is time for, evenly spread. They make one score together: a disclosure
    counts by minus the logarithm of how often this set is right about this column, so that "has
    never worked abroad", true of nine in ten, hardly counts.

    Levels are compared exactly, numbers too: to guess a number roughly is the matter of
    ``attribute_inference``.
    """

    name = "disclosure.disclosive_in_synthetic"
    version = "1"
    family = Family.DISCLOSURE
    needs = frozenset({Need.SENSITIVE})
    asks_everybody = True
    mending = (
        "coarsen the quasi-identifiers or the sensitive column, so that records which share their "
        "keys do not all share the secret, or leave rare combinations out of train"
    )

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield guesses by the declared quasi-identifiers, and a score by all small sets."""
        quasi = case.schema.positions(Role.QUASI_IDENTIFIER)
        if quasi:
            yield from _by_quasi_identifiers(case, quasi)
        if len(case.schema.audited) > 1:
            by_column = _by_small_sets(case)
            yield Outcome.of_scores(
                "up_to_three_columns",
                "Do release records that share up to three values agree on another, rightly?",
                np.sum(list(by_column.values()), axis=0),
                bearing="fail_only",
            )

    def explain(self, case: Case, outcome: Outcome) -> Mapping[int, FloatArray]:
        """Score the targets by what is disclosed of each column."""
        if outcome.is_guess:
            return {}
        return _by_small_sets(case)


def _by_quasi_identifiers(case: Case, quasi: Sequence[int]) -> Iterable[Outcome]:
    targets = [column for column in case.schema.sensitive if column not in quasi]
    for column, (right, sure) in zip(targets, _disclosed(case, quasi, targets), strict=True):
        name, common_guess = case.schema.audited[column].name, case.common_guess(column)
        yield Outcome.of_guesses(
            f"{name}.from_quasi_identifiers",
            f"Do all release records with a person's quasi-identifiers agree on {name}, rightly?",
            right,
            column=name,
            common_guess=common_guess,
            bearing="diagnostic",
            by_keys=True,
            facts={"share_of_targets_found_sure": float(sure.mean())},
        )
        yield Outcome.of_guesses(
            f"{name}.from_quasi_identifiers.where_sure",
            f"Where all release records with a person's quasi-identifiers agree on {name}, are "
            "they right?",
            right,
            column=name,
            common_guess=common_guess,
            among=sure,
            by_entity="mean",
            bearing="fail_only",
            by_keys=True,
        )


def _by_small_sets(case: Case) -> dict[int, FloatArray]:
    """Score the targets by what all small sets together disclose of each sensitive column."""
    targets = case.schema.sensitive
    most = min(most_key_sets(case), max(FEWEST_SETS_A_COLUMN, MOST_LOOK_UPS // len(targets)))
    key_sets = choose_key_sets(len(case.schema.audited), most=most)
    parallel = joblib.Parallel(n_jobs=case.workers, prefer="threads", return_as="generator")
    scores = {column: np.zeros(case.n_targets) for column in targets}
    for disclosures in parallel(joblib.delayed(_hits)(case, keys) for keys in key_sets):
        for column, (hits, surprise) in disclosures.items():
            scores[column][hits] += surprise
    return scores


def _hits(case: Case, keys: Sequence[int]) -> dict[int, tuple[BoolArray, float]]:
    """Whom one key set hits in each column, and what a hit is worth."""
    targets = [column for column in case.schema.sensitive if column not in keys]
    found = _disclosed(case, keys, targets)
    return {
        column: (right, surprise_of_a_hit(right, sure))
        for column, (right, sure) in zip(targets, found, strict=True)
    }


def _disclosed(
    case: Case, keys: Sequence[int], targets: Sequence[int]
) -> Iterable[tuple[BoolArray, BoolArray]]:
    """Tell for each column about whom the release is right and sure, and about whom it is sure."""
    pool, release = case.keys()
    cells = KeyCells.of(pool.only(keys))
    found = cells.find(release.only(keys))
    for column in targets:
        said = cells.level_among(found, case.release.codes[column])[cells.of_row]
        sure = said != NOT_ONE
        yield sure & (said == case.pool.codes[column]), sure
