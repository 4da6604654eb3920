"""Single out people by predicates that are made from the release."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome, without_lookalike
from reidaudit_attacks.drawn_targets import at_targets
from reidaudit_attacks.predicates import RESOLUTIONS, conditions_of, singled_out

BoolArray = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

MOST_COLUMNS = 100
MOST_TARGETS = 50_000
FEW_COLUMNS = 4
NEGLIGIBLE = 0.001
"""People whom a predicate is expected to be true of, if columns were independent."""
EXTREMES = 10
MENDING = (
    "coarsen the columns that make people stand out (ranges, merged categories, top and bottom "
    "coding), leave rare rows out of train, or train with differential privacy"
)


class MultivariateSinglingOut(Attack):
    """Is there a release record whose conditions are true of the target and of nobody else?

    A person is singled out by a predicate that isolates their record (Article 29 Working Party,
    Opinion 05/2014). That counts for something only where the predicate is so narrow that chance
    would hardly isolate anybody (A. Cohen and K. Nissim, Towards Formalizing the GDPR's Notion of
    Singling Out, PNAS 2020). So every release record makes a predicate out of its own rarest
    conditions, a category's level, a narrow range of a number or a date, or that a value is
    missing, until hardly a thousandth of a person would be expected to satisfy it
    (``negligible_weight``), or out of the four rarest alone (``few_columns``). What isolates people
    whom the generator never saw as often as members is statistics. In a narrow table the ranges are
    made finer until that can be reached.

    A predicate must isolate its target among members and controls together, so that neither side
    is easier to isolate for being fewer. Every record of the release makes its predicate; of more
    than 50,000 targets as many are drawn, of more than 100 columns as many.
    """

    name = "singling_out.multivariate"
    version = "1"
    family = Family.SINGLING_OUT
    needs: frozenset[Need] = frozenset()
    mending = MENDING

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield two outcomes of guesses."""
        tables = case.encoded("normal")
        chosen = np.sort(rng.permutation(len(case.schema.audited))[:MOST_COLUMNS])
        targets = np.sort(rng.permutation(case.n_targets)[:MOST_TARGETS])
        if len(chosen) < 2 or tables["release"].rows == 0:
            return
        pool, entities = tables["pool"].take(targets), case.entities[targets]
        records = tables["release"].rows
        for resolution in RESOLUTIONS:
            conditions = conditions_of(pool, tables["release"], chosen.tolist(), resolution)
            negligible, fewest = conditions.narrowed(len(targets), NEGLIGIBLE)
            if fewest <= NEGLIGIBLE:
                break
        few = np.full(records, min(FEW_COLUMNS, len(chosen)))
        out = singled_out(conditions, negligible, entities, case.workers)
        right, among = at_targets(out, targets, case.n_targets)
        yield Outcome.of_guesses(
            "negligible_weight",
            "Can people be singled out by conditions that hardly anybody should satisfy?",
            right,
            among=among,
            facts={"predicates": float(records), "mean_conditions": float(negligible.mean())},
        )
        out = singled_out(conditions, few, entities, case.workers)
        right, among = at_targets(out, targets, case.n_targets)
        yield Outcome.of_guesses(
            "few_columns",
            f"Can people be singled out by the rarest {int(few[0])} values of a record?",
            right,
            among=among,
            bearing="fail_only",
        )


class UnivariateSinglingOut(Attack):
    """Is there a single value of the release that is true of the target and of nobody else?

    Two kinds of predicates are made from every column: "has the value that stands in the release
    just once", and "lies at or beyond the release's ten largest, or ten smallest, numbers"
    (Article 29 Working Party, Opinion 05/2014, singling out). All values of all columns are used,
    so no column gets more of them by the draw.
    """

    name = "singling_out.univariate"
    version = "1"
    family = Family.SINGLING_OUT
    needs: frozenset[Need] = frozenset()
    asks_everybody = True
    mending = MENDING

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield one outcome of guesses."""
        out = np.zeros(case.n_targets, dtype=bool)
        for column in range(len(case.schema.audited)):
            out |= _by_one_value(case, column)
        for people, records in zip(case.pool.numbers, case.release.numbers, strict=True):
            if people is not None and records is not None:
                out |= _by_extremes(people, records, case.entities)
                out |= _by_extremes(-people, -records, case.entities)
        yield Outcome.of_guesses(
            "one_value",
            "Can people be singled out by one rare or extreme value?",
            out,
            bearing="fail_only",
        )


def _by_one_value(case: Case, column: int) -> BoolArray:
    """Whose value nobody else in the pool has, and just one release record; missing is a value."""
    people, records = case.pool.codes[column], case.release.codes[column]
    values, counts = np.unique(records, return_counts=True)
    # codes start at -1, and keys are unsigned
    alone = without_lookalike((people + 1).astype(np.uint64), case.entities)
    return alone & np.isin(people, values[counts == 1])


def _by_extremes(people: FloatArray, records: FloatArray, entities: Codes) -> BoolArray:
    """Who alone lies at or beyond one of the release's largest numbers."""
    out = np.zeros(len(people), dtype=bool)
    present = np.unique(records[~np.isnan(records)])
    for largest in present[-EXTREMES:]:
        beyond = np.flatnonzero(people >= largest)
        if len(np.unique(entities[beyond])) == 1:
            out[beyond] = True
    return out
