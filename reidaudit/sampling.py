"""Of many people some are asked about: attacks whose cost grows with the pairs get a sample.

Targets may be sampled, neighbours never: sampling the release or the pool would hide copies. So
the people who are not asked about stay in the pool, where everybody is looked for as before.
Members and controls are drawn by themselves, without a look at anything but who is one, so that
among those who are asked about labels are as exchangeable as among all (the exact test permutes
them within those who are asked about, and within the rest).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Place, RowKeys
from reidaudit.encoding import EncodedTable, EncodingName
from reidaudit.labels import draw_people
from reidaudit.planted import PlantedCase, plant

BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


MOST_TARGETS = 50_000
"""Half of them members: an AUC is then known to 0.005, a share of 1 % to 0.2 points."""
FEWEST_TARGETS = 10_000
"""An AUC is known to 0.011, a share of 1 % to 0.4 points, where limits allow several times that."""
AFFORDABLE_PAIRS = 120_000_000_000
"""Of targets and rows: some minutes for each search on two cores."""


def affordable_targets(rows: int) -> int:
    """Return how many people are asked about, where nobody says: of more rows fewer.

    Parameters
    ----------
    rows : int
        Of members, controls and the release: what each of the people is held against.
    """
    return int(np.clip(AFFORDABLE_PAIRS // max(rows, 1), FEWEST_TARGETS, MOST_TARGETS))


def choose_people(
    entities: Rows, is_member: BoolArray, most: int | None, rng: np.random.Generator
) -> BoolArray:
    """Draw the people who are asked about, whole entities.

    Parameters
    ----------
    entities : int64 array, shape (n_rows,)
        Whose row each is.
    is_member : bool array, shape (n_rows,)
        Equal for all rows of one entity.
    most : int or None
        People who are asked about at most; everybody if None.
    rng : numpy.random.Generator
        Draws them.

    Returns
    -------
    bool array, shape (n_rows,)
        The rows of those who are asked about.
    """
    if most is None or len(entities) <= most:
        return np.ones(len(entities), dtype=bool)
    return draw_people(
        entities, is_member, lambda members, controls: share_out(most, members, controls), rng
    )


def share_out(most: int, members: int, controls: int) -> tuple[int, int]:
    """Return how many members and controls are asked about: half each, or whatever there are."""
    half = most // 2
    return min(members, max(half, most - controls)), min(controls, max(half, most - members))


@dataclass(frozen=True)
class SampledCase(Case):
    """A case whose targets are the first rows of another's pool; the others are neighbours still.

    Attributes
    ----------
    everybody : Case
        The case with all people as targets.
    """

    everybody: Case = field(kw_only=True)

    def encoded(self, encoding: EncodingName) -> Mapping[Place, EncodedTable]:
        """Return the tables of everybody, with the pool cut down to the targets."""
        tables = dict(self.everybody.encoded(encoding))
        tables["pool"] = tables["pool"].first(self.n_targets)
        return tables

    def people(self, encoding: EncodingName) -> tuple[EncodedTable, Rows]:
        """Return all people, targets or not, and whose row each is."""
        return self.everybody.people(encoding)

    def keys(self) -> tuple[RowKeys, RowKeys]:
        """Return the keys of the targets and of the release."""
        pool, release = self.everybody.keys()
        return pool.first(self.n_targets), release

    def tolerance(self, column: int, one: int) -> int:
        """Return how far a guess may lie from the truth: as for everybody."""
        return self.everybody.tolerance(column, one)


def case_for(attack: Attack, case: Case) -> Case:
    """Return the case that an attack is tried on: with all people as targets, or with a sample."""
    return case if getattr(attack, "asks_everybody", False) else sampled(case)


def sampled(case: Case) -> Case:
    """Return a case with only the people as targets who are asked about by every attack."""
    asked = case.asked
    if asked is None:
        return case
    if isinstance(case, PlantedCase):
        return case.remember("sampled", lambda: plant(sampled(case.base), case.rows))
    return case.remember("sampled", lambda: _cut_down(case, asked))


def _cut_down(case: Case, asked: int) -> SampledCase:
    return SampledCase(
        schema=case.schema,
        pool=case.pool.first(asked),
        release=case.release,
        entities=case.entities[:asked],
        reference=case.reference,
        identifiers={
            name: (pool[:asked], release) for name, (pool, release) in case.identifiers.items()
        },
        workers=case.workers,
        executor=case.executor,
        labels=None if case.labels is None else case.labels.first(asked),
        everybody=case,
    )
