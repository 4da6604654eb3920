"""The figures of statistical offices: what a few known columns give away, beside the original.

Identity: how many people are unique by the keys and stand in the release, and how surely they are
matched. Attributes: of how many all release records with their keys agree on a column, rightly.
Definitions are those of synthpop (G. Raab, B. Nowok and C. Dibben, Practical Privacy Metrics for
Synthetic Data, 2024, appendices 1 and 2), its names in brackets; the three match risks are those of
ARX (F. Prasser et al., Flexible Data Anonymization Using ARX, 2020).

Every figure is taken three times: as if the original itself were released, of the members in the
release, and of controls, each of whom is put in the place of a member. Where members and controls
agree, a figure describes the population and is no leak. These figures describe; attacks are judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed

from reidaudit.data.canonical import RowKeys, row_keys
from reidaudit.data.key_cells import NOT_ONE, CellArray, KeyCells
from reidaudit.data.kinds import CodeArray
from reidaudit.data.tables import Table, Tables
from reidaudit.measure.prior_knowledge import (
    Exclusion,
    KnownBeforehand,
    KnownSign,
    excluded_rows,
    exclusions_of,
    signs_of,
)
from reidaudit.measure.uniqueness import ColumnShare, shares_of_columns
from reidaudit.vocabulary import Role

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

RISK_THRESHOLD = 0.09
"""A record is at risk above it: the convention for releases of health data (EMA, Health Canada)."""
MOST_COLUMNS_TOGETHER = 3
MOST_KEY_SETS = 600

FigureName = str
IDENTITY = {
    "found": "people whose values stand in the release (iS)",
    "unique_and_found": "unique in the original, and in the release (UiOiS)",
    "replicated_unique": "unique in both (repU; UiO of the original)",
    "average_risk": "average chance of a right match",
    "highest_risk": "highest chance of a right match",
    "at_risk": "people matched with a chance above 9 %",
}
ATTRIBUTE = {
    "disclosive": "records that share the values agree (DiS)",
    "disclosive_correct": "such records agree, rightly (DiSCO; Dorig of the original)",
    "disclosive_in_both": "rightly, and in the original too (DiSDiO)",
    "correct_attribution": "share of such records that are right (DCAP; CAPd of the original)",
    "by_levels_alone": "right by the shares of its levels alone (baseCAPd of the original)",
}


@dataclass(frozen=True)
class Figure:
    """One figure: of the original, of members, of controls, and without what anyone could know.

    ``column`` is the one that is disclosed; None for figures of identity. Shares of people, in
    [0, 1]; ``controls`` is None without a holdout, ``not_known_beforehand`` where the policy
    excludes nothing.
    """

    name: FigureName
    column: int | None
    original: float
    members: float
    controls: float | None
    not_known_beforehand: float | None = None


@dataclass(frozen=True)
class StatisticalDisclosure:
    """What a few known columns give away.

    ``keys`` are positions of audited columns; where nobody has declared quasi-identifiers, they are
    those by which most people are unique in both tables, of ``key_sets_tried``.
    """

    keys: tuple[int, ...]
    declared: bool
    key_sets_tried: int
    figures: tuple[Figure, ...]
    columns: tuple[ColumnShare, ...]
    signs: tuple[KnownSign, ...] = ()
    exclusions: tuple[Exclusion, ...] = field(default=())


def statistical_disclosure(
    tables: Tables, known: Sequence[KnownBeforehand] = (), workers: int = 1
) -> StatisticalDisclosure:
    """Take all figures by the declared quasi-identifiers, or by the most telling small set.

    Parameters
    ----------
    tables : Tables
        Checked.
    known : sequence of KnownBeforehand
        What the policy says that anyone could know.
    workers : int
        Threads. The figures do not depend on it.
    """
    parallel = Parallel(n_jobs=workers, prefer="threads")
    keyed = _Keyed.of(tables)
    quasi = tables.schema.positions(Role.QUASI_IDENTIFIER)
    everything = tuple(range(len(tables.schema.audited)))
    key_sets = [quasi] if quasi else small_key_sets(everything, MOST_KEY_SETS)
    # ties go to the set that is listed first, which is the smaller one
    replicated = parallel(delayed(_replicated)(keyed, some) for some in key_sets)
    keys = key_sets[int(np.argmax(replicated))]
    targets = [column for column in tables.schema.sensitive if column not in keys]
    looks = keyed.looks(keys)
    figures = _identity(looks)
    signs: list[KnownSign] = []
    of_targets = parallel(
        delayed(_of_target)(looks, tables.train, keys, column, known) for column in targets
    )
    for of_target, its_signs in of_targets:
        figures += of_target
        signs += its_signs
    return StatisticalDisclosure(
        keys,
        bool(quasi),
        len(key_sets),
        tuple(figures),
        shares_of_columns(keyed.original, small_key_sets(quasi or everything, MOST_KEY_SETS)),
        tuple(signs),
        exclusions_of(known, tables.train),
    )


def small_key_sets(columns: Sequence[int], most: int) -> list[tuple[int, ...]]:
    """List all sets of up to three columns, or of fewer where there would be more than ``most``.

    Parameters
    ----------
    columns : sequence of int
        Of which the sets are made.
    most : int
        Sets of a further size are listed only if the list stays within it; single columns always.
    """
    listed: list[tuple[int, ...]] = [(column,) for column in columns]
    for size in range(2, MOST_COLUMNS_TOGETHER + 1):
        if len(listed) + comb(len(columns), size) > most:
            break
        listed += combinations(columns, size)
    return listed


@dataclass(frozen=True)
class _Keyed:
    """Keys of the rows of the three tables, and the tables themselves."""

    original: RowKeys
    release: RowKeys
    controls: RowKeys | None
    tables: Tables

    @classmethod
    def of(cls, tables: Tables) -> _Keyed:
        present = [tables.train, tables.synthetic]
        present += [tables.holdout] if tables.holdout is not None and tables.holdout.rows else []
        keys = row_keys(*(table.codes for table in present))
        return cls(keys[0], keys[1], keys[2] if len(keys) > 2 else None, tables)

    def looks(self, keys: Sequence[int]) -> dict[str, _Look]:
        """Look each side up by the keys: the original in itself, people in the release."""
        original, release, tables = self.original, self.release, self.tables
        members = KeyCells.of(original.only(keys))
        looks = {
            "original": _Look.of(members, original, original, tables.train, keys),
            "members": _Look.of(members, original, release, tables.synthetic, keys),
        }
        if self.controls is not None:
            controls = KeyCells.of(self.controls.only(keys))
            looks["controls"] = _Look.of(controls, self.controls, release, tables.synthetic, keys)
        return looks


@dataclass(frozen=True)
class _Look:
    """People by what they hold in the keys, and the records of a table that hold the same.

    ``cells`` are those of the people, because a release may be far larger. ``place`` (int32, shape
    (n_records,)) is the cell into which each record falls, -1 for none, and ``found`` (int64, shape
    (n_people,)) counts the records in each person's.
    """

    cells: KeyCells
    people: RowKeys
    records: RowKeys
    table: Table
    place: CellArray
    found: CodeArray

    @classmethod
    def of(
        cls,
        cells: KeyCells,
        people: RowKeys,
        records: RowKeys,
        table: Table,
        keys: Sequence[int],
    ) -> _Look:
        place = cells.find(records.only(keys))
        # the first count is of records in no cell
        counts = np.bincount(place + 1, minlength=len(cells.sizes) + 1)[1:]
        return cls(cells, people, records, table, place, counts[cells.of_row])

    def agreed(self, column: int) -> BoolArray:
        """Whether all records with a person's keys, one at least, hold the same in a column."""
        levels = self.cells.level_among(self.place, self.table.codes[column])
        agreed: BoolArray = (levels != NOT_ONE)[self.cells.of_row]
        return agreed

    def holding(self, columns: Sequence[int]) -> CodeArray:
        """Count the records that hold what each person does in some columns."""
        cells = KeyCells.of(self.people.only(columns))
        return cells.tally(self.records.only(columns))[cells.of_row]


def _replicated(keyed: _Keyed, keys: Sequence[int]) -> float:
    """Share of members who are unique by the keys in both tables."""
    cells = KeyCells.of(keyed.original.only(keys))
    is_unique = (cells.sizes == 1) & (cells.tally(keyed.release.only(keys)) == 1)
    return float(is_unique[cells.of_row].mean())


def _identity(looks: Mapping[str, _Look]) -> list[Figure]:
    """Figures of identity, of all three sides."""
    original = looks["original"].cells
    sides = {}
    for side, look in looks.items():
        # a control takes the place of a member, and is one of those who share its key
        alike = original.count(look.cells.keys)[look.cells.of_row] + (side == "controls")
        found = look.found
        chance = (found > 0) / alike
        sides[side] = {
            "found": float((found > 0).mean()),
            "unique_and_found": float(((alike == 1) & (found > 0)).mean()),
            "replicated_unique": float(((alike == 1) & (found == 1)).mean()),
            "average_risk": float(chance.mean()),
            "highest_risk": float(chance.max()),
            "at_risk": float((chance > RISK_THRESHOLD).mean()),
        }
    controls = sides.get("controls")
    return [
        Figure(
            name,
            None,
            sides["original"][name],
            sides["members"][name],
            None if controls is None else controls[name],
        )
        for name in IDENTITY
    ]


def _of_target(
    looks: Mapping[str, _Look],
    train: Table,
    keys: Sequence[int],
    column: int,
    known: Sequence[KnownBeforehand],
) -> tuple[list[Figure], list[KnownSign]]:
    """What is disclosed of one column, and what of it anyone might know."""
    attributes = _attributes(looks, keys, column)
    disclosed = attributes["members"]["disclosive_correct"] > 0
    figures = _figures(attributes, column, excluded_rows(known, column, train))
    return figures, signs_of(train, keys, column, disclosed)


def _attributes(
    looks: Mapping[str, _Look], keys: Sequence[int], column: int
) -> dict[str, dict[FigureName, FloatArray]]:
    """What is disclosed of each person in one column: a chance each, by side and figure."""
    original = looks["original"].cells
    agreed_in_original = original.one_level(looks["original"].table.codes[column]) != NOT_ONE
    sides = {}
    for side, look in looks.items():
        agreed, right = look.agreed(column), look.holding([*keys, column])
        correct = agreed & (right > 0)
        in_original = agreed_in_original[original.find(look.cells.keys)][look.cells.of_row]
        sides[side] = {
            "disclosive": agreed.astype(np.float64),
            "disclosive_correct": correct.astype(np.float64),
            "disclosive_in_both": (correct & in_original) * 1.0,
            "correct_attribution": right / np.maximum(look.found, 1),
            "by_levels_alone": look.holding([column]) / max(len(look.place), 1),
        }
    return sides


def _figures(
    sides: dict[str, dict[FigureName, FloatArray]], column: int, excluded: BoolArray
) -> list[Figure]:
    """Average what is disclosed over all people, and once more without what anyone could know."""
    controls = sides.get("controls")
    return [
        Figure(
            name,
            column,
            float(sides["original"][name].mean()),
            float(sides["members"][name].mean()),
            None if controls is None else float(controls[name].mean()),
            float((sides["members"][name] * ~excluded).mean()) if excluded.any() else None,
        )
        for name in ATTRIBUTE
    ]
