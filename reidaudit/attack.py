"""The contract between the engine and its attacks.

An attack is a function from tables to one outcome for every target. It never learns who is a
member: it gets members and controls as one shuffled pool, and the engine keeps the score. So under
"no leak" member and control labels are exchangeable whatever the attack does, and the permutation
test is exact (DESIGN, one idea carries everything).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from reidaudit.arrays import freeze
from reidaudit.data.canonical import RowKeys, row_keys, stand_in
from reidaudit.data.key_cells import NOT_ONE, KeyCells, without_lookalike
from reidaudit.data.rarity import worth_of
from reidaudit.data.schema import Schema
from reidaudit.encoding import (
    EncodedTable,
    EncodingName,
    PlainColumns,
    encode,
    fixed_tolerance,
    mid_ranks,
)
from reidaudit.errors import PluginError
from reidaudit.labels import Labels
from reidaudit.neighbours import Executor, Guess, Nearest, Packed, guess_from_nearest, nearest
from reidaudit.outcome import Bearing, Outcome
from reidaudit.vocabulary import Family, Need

FloatArray = npt.NDArray[np.float64]
Made = TypeVar("Made")
Place = Literal["release", "pool", "reference"]
SHARED_NEIGHBOURS: dict[tuple[EncodingName, Place], int] = {
    ("gower", "release"): 2,
    ("gower", "pool"): 5,
    ("normal", "release"): 5,
    ("normal", "pool"): 5,
}
"""How many neighbours are found at once, so that most attacks share one search."""
RECORDS_AT_ONCE = 1 << 20
"""So many rows of the release at once look for people near them."""

__all__ = [
    "Attack",
    "Bearing",
    "Case",
    "EncodedTable",
    "EncodingName",
    "Family",
    "KeyCells",
    "Labels",
    "NOT_ONE",
    "Need",
    "Outcome",
    "RowKeys",
    "mid_ranks",
    "stand_in",
    "without_lookalike",
]


@runtime_checkable
class Attack(Protocol):
    """What a class must have to be an attack.

    Attributes
    ----------
    name : str
        ``family.method``, as registered.
    version : str
        Changes whenever results can change; stands in every report.
    family : Family
        The kind of risk.
    needs : frozenset of Need
        What the attack cannot run without; the engine reports it as not run where that is missing.

    Notes
    -----
    Two more are used where an attack has them, when a finding of it fails. A method
    ``explain(case, outcome)`` returns a score of every target by each column alone (a mapping of
    the column's position to an array), so that the columns that carry the finding can be named. An
    attribute ``mending`` (str) says what usually mends what this attack finds.

    Of very many people only a sample are targets, while all of them stay among the neighbours. An
    attack whose cost grows with the rows, and not with the pairs of rows, says so by an attribute
    ``asks_everybody`` that is true, and has everybody as a target.
    """

    name: str
    version: str
    family: Family
    needs: frozenset[Need]

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Make guesses about every target of the pool.

        Parameters
        ----------
        case : Case
            The release and the pool of targets, read, checked and encoded.
        rng : numpy.random.Generator
            The only source of randomness; its seed comes from the run's seed and the attack's name.

        Yields
        ------
        Outcome
            With one value for each target, in the order of the pool.
        """
        ...


@dataclass(frozen=True)
class Case:
    """What an attack gets to see: the release, the pool of targets, and shared work on them.

    The pool holds members and controls, shuffled; nothing in the case says who is which. Arrays are
    read-only. Work that several attacks need is done once and remembered.

    Attributes
    ----------
    schema : Schema
        Names, kinds and roles of the columns.
    pool, release, reference : PlainColumns
        Codes (equal exactly where values are equal; -1 missing) and numbers of the audited columns.
    entities : int64 array, shape (n_targets,)
        Whose row each target is.
    identifiers : mapping of str to pair of int64 arrays
        Codes of each direct identifier, for the pool and for the release. Those of identifiers
        recognised in audited columns, named in ``schema.recognised``, have the shape (n, k) for up
        to k of them in a row, filled up with -1.
    workers : int
        Threads that an attack may use; results must not depend on it.
    executor : Executor or None
        Where the engine searches for neighbours: in so many threads, if None.
    labels : Labels or None
        Only for an attack that needs ``LABELS``: who is who in the half that it may learn from. It
        is scored on the other half alone.
    asked : int or None
        So many rows stand first in the pool that belong to the targets of attacks that compare rows
        with rows; None where those ask about everybody too.
    """

    schema: Schema
    pool: PlainColumns
    release: PlainColumns
    entities: npt.NDArray[np.int64]
    reference: PlainColumns | None = None
    identifiers: Mapping[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]] = field(
        default_factory=dict
    )
    workers: int = 1
    executor: Executor | None = field(default=None, repr=False, compare=False)
    labels: Labels | None = None
    asked: int | None = None
    _done: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n_targets(self) -> int:
        """Number of rows in the pool."""
        return len(self.entities)

    @property
    def is_asked(self) -> npt.NDArray[np.bool_]:
        """Which rows of the pool are targets of every attack; shape (n_targets,)."""
        asked = self.n_targets if self.asked is None else self.asked
        return np.arange(self.n_targets) < asked

    def remember(self, key: object, make: Callable[[], Made]) -> Made:
        """Return what was made under a key before, or make it now and keep it."""
        if key not in self._done:
            self._done[key] = make()
        made: Made = self._done[key]
        return made

    def people(self, encoding: EncodingName) -> tuple[EncodedTable, npt.NDArray[np.int64]]:
        """Return the people among whom neighbours in the pool are found, and whose row each is.

        Row numbers of neighbours in the pool are those of this table. The targets stand first; of
        very many people not all are targets.
        """
        return self.encoded(encoding)["pool"], self.entities

    def encoded(self, encoding: EncodingName) -> Mapping[Place, EncodedTable]:
        """Return the pool, the release and the reference (if any), encoded alike."""
        return self.remember(("encoded", encoding), lambda: self._encode(encoding))

    def _encode(self, encoding: EncodingName) -> dict[Place, EncodedTable]:
        others = [self.release] + ([self.reference] if self.reference else [])
        places: tuple[Place, ...] = ("pool", "release", "reference")
        beside = self._done.get(("encoded", "gower" if encoding == "normal" else "normal"))
        tables = encode(
            self.schema.audited, self.pool, others, encoding, beside and tuple(beside.values())
        )
        for table in tables:
            freeze(*table.words, *table.numbers)
        return dict(zip(places, tables, strict=False))

    def neighbours(
        self,
        encoding: EncodingName,
        place: Place,
        k: int = 1,
        columns: Sequence[int] | None = None,
    ) -> Nearest:
        """Return the k nearest rows of each target in the release, the pool or the reference.

        In the pool a target's own rows, those of its entity, are left out.

        Parameters
        ----------
        encoding : {'gower', 'normal'}
            How columns are compared.
        place : {'release', 'pool', 'reference'}
            Where neighbours are looked for.
        k : int
            How many.
        columns : sequence of int, optional
            Positions of the audited columns that count; all of them if left out.
        """
        if k < 1:
            raise PluginError(f"k must be 1 or more, not {k}.")
        key = ("neighbours", encoding, place, None if columns is None else tuple(sorted(columns)))
        found = self._done.get(key)
        if not isinstance(found, Nearest) or found.distance.shape[1] < k:
            shared = SHARED_NEIGHBOURS.get((encoding, place), 1) if columns is None else 1
            found = self._search(encoding, place, max(k, shared), columns)
            freeze(found.distance, found.row, found.ties)
            self._done[key] = found
        return found.first(k)

    def _search(
        self, encoding: EncodingName, place: Place, k: int, columns: Sequence[int] | None
    ) -> Nearest:
        tables = self.encoded(encoding)
        pool, index, groups = tables["pool"], tables[place], None
        if place == "pool":
            index, others = self.people(encoding)
            groups = (self.entities, others)
        if columns is not None:
            pool, index = pool.only(columns), index.only(columns)
        return nearest(
            pool, index, k=k, groups=groups, workers=self.workers, executor=self.executor
        )

    def people_near_release(self, encoding: EncodingName, k: int) -> Iterator[Nearest]:
        """Return the k people of the pool nearest to each row of the release.

        Parameters
        ----------
        encoding : {'gower', 'normal'}
            How columns are compared.
        k : int
            How many; always the same for one encoding, so that it is searched once.

        Yields
        ------
        Nearest
            One for each run of release rows, in their order, so that neither what is found nor
            what is worked out from it need have the size of the release.
        """
        for run in self.remember(("people", encoding, k), lambda: self._find_people(encoding, k)):
            yield run.unpack()

    def _find_people(self, encoding: EncodingName, k: int) -> list[Packed]:
        tables = self.encoded(encoding)
        release, pool = tables["release"], tables["pool"]
        runs = []
        for start in range(0, max(release.rows, 1), RECORDS_AT_ONCE):
            run = release.between(start, min(start + RECORDS_AT_ONCE, release.rows))
            found = nearest(run, pool, k=k, workers=self.workers, executor=self.executor)
            runs.append(Packed.of(found, pool.one))
        return runs

    def guesses(self, targets: Sequence[int], known: Sequence[int]) -> Mapping[int, Guess]:
        """Guess columns of every target from its nearest release rows on the known columns.

        Parameters
        ----------
        targets, known : sequences of int
            Positions among the audited columns. A target that is also known is left out of the
            distance while it is guessed.

        Returns
        -------
        mapping of int to Guess
            For each guessed column the chance of a right guess of every target, and what it rests
            on; numbers are right within the column's tolerance.
        """
        return self.remember(
            ("guesses", tuple(targets), tuple(known)),
            lambda: self._guess_from(self.encoded("gower")["release"], targets, known),
        )

    def _guess_from(
        self, index: EncodedTable, targets: Sequence[int], known: Sequence[int]
    ) -> dict[int, Guess]:
        pool = self.encoded("gower")["pool"]
        tolerances = {j: self.tolerance(j, pool.one) for j in targets}
        return guess_from_nearest(
            pool,
            index,
            known=known,
            targets=tolerances,
            workers=self.workers,
            executor=self.executor,
        )

    def keys(self) -> tuple[RowKeys, RowKeys]:
        """Return 64-bit keys of the rows of pool and release; equal rows have equal keys."""
        return self.remember("keys", self._key_rows)

    def _key_rows(self) -> tuple[RowKeys, RowKeys]:
        pool, release = row_keys(self.pool.codes, self.release.codes)
        freeze(pool.whole, release.whole, *pool.numbers)
        return pool, release

    def common_guess(self, column: int) -> FloatArray:
        """Return, for every target, whether guessing the release's commonest value is right.

        For a number the guess is the release's median, right within the column's tolerance.
        """
        truth, released, within = self._values(column)
        if self.schema.audited[column].is_number:
            guess = int(np.median(released))
        else:
            values, counts = np.unique(released, return_counts=True)
            guess = int(values[np.argmax(counts)])
        right: FloatArray = (np.abs(truth - guess) <= within).astype(np.float64)
        return right

    def worth(self, column: int) -> FloatArray:
        """Return how much it is worth to guess each target's value: the rarer, the more.

        Weights come of the pool alone, with a mean of 1 (`reidaudit.data.rarity.worth_of`).
        """
        truth, _, within = self._values(column)
        return worth_of(truth, within)

    def _values(self, column: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], int]:
        """A column of pool and release as whole numbers, and how far a right guess may lie off."""
        if not self.schema.audited[column].is_number:
            return self.pool.codes[column], self.release.codes[column], 0
        tables = self.encoded("gower")
        place = tables["pool"].number_columns.index(column)
        truth, released = (tables[side].numbers[place] for side in ("pool", "release"))
        within = self.tolerance(column, tables["pool"].one)
        return truth.astype(np.int64), released, within

    def tolerance(self, column: int, one: int) -> int:
        """Return how far a guess of a column may lie from the truth, in units of ``1 / one``.

        In the encoding ``gower``; 0 for a category.
        """
        numbers = self.pool.numbers[column]
        spec = self.schema.audited[column]
        return 0 if numbers is None else fixed_tolerance(spec, numbers, one)
