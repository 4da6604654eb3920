"""The contract between the engine and its attacks.

An attack is a function from tables to one outcome for every target. It never learns who is a
member: it gets members and controls as one shuffled pool, and the engine keeps the score. So under
"no leak" member and control labels are exchangeable whatever the attack does, and the permutation
test is exact (DESIGN, one idea carries everything).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from reidaudit.data.canonical import RowKeys, row_keys
from reidaudit.data.key_cells import NOT_ONE, KeyCells, without_lookalike
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
from reidaudit.neighbours import Executor, Guess, Nearest, guess_from_nearest, nearest
from reidaudit.vocabulary import Family, Need

FloatArray = npt.NDArray[np.float64]
Made = TypeVar("Made")
Place = Literal["release", "pool", "reference"]
Bearing = Literal["deciding", "fail_only", "diagnostic"]
SHARED_NEIGHBOURS: dict[tuple[EncodingName, Place], int] = {
    ("gower", "release"): 2,
    ("gower", "pool"): 5,
    ("normal", "release"): 5,
    ("normal", "pool"): 5,
}
"""How many neighbours are found at once, so that most attacks share one search."""

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
    "without_lookalike",
]


@dataclass(frozen=True)
class Outcome:
    """What an attack got for every target of the pool: a score or a guess.

    Build it with `Outcome.of_scores` or `Outcome.of_guesses`.

    Attributes
    ----------
    name : str
        Stable within the attack; part of the finding's name.
    title : str
        What was tried, in one line for a person.
    values : float64 array, shape (n_targets,)
        Scores: higher means surer that the target was a member. Guesses: the chance, in [0, 1],
        that the guess was right.
    is_guess : bool
        Which of the two.
    column : str or None
        The column that was guessed.
    common_guess : float64 array or None
        For a guess: whether guessing the commonest value would have been right.
    among : bool array, shape (n_targets,), or None
        The targets that the outcome is about, chosen without labels; all of them if None.
    by_entity : {'any', 'mean'}
        How the rows of one entity become one outcome: its most exposed row, or their mean.
    bearing : {'deciding', 'fail_only', 'diagnostic'}
        What the outcome may do to the verdict. A deciding one passes, fails or leaves it open. One
        that can only fail is a closer look whose silence proves nothing. A diagnostic is reported
        and can warn.
    facts : mapping of str to float
        Label-free facts that belong beside the finding, such as how many targets could count.
    by_keys : bool
        Whether a guess rests on a few known columns, not on a whole record; disclosure of that kind
        has a limit of its own.
    """

    name: str
    title: str
    values: FloatArray
    is_guess: bool
    column: str | None = None
    common_guess: FloatArray | None = None
    among: npt.NDArray[np.bool_] | None = None
    by_entity: Literal["any", "mean"] = "any"
    bearing: Bearing = "deciding"
    facts: Mapping[str, float] = field(default_factory=dict)
    by_keys: bool = False

    def of_all(self, n_targets: int) -> Outcome:
        """Return the outcome of the first few targets as one of them all, among those few."""
        asked = len(self.values)
        if asked == n_targets:
            return self
        beyond = n_targets - asked
        among = np.ones(asked, dtype=bool) if self.among is None else self.among
        common = self.common_guess
        return replace(
            self,
            values=np.pad(self.values, (0, beyond)),
            among=np.pad(among, (0, beyond)),
            common_guess=None if common is None else np.pad(common, (0, beyond)),
        )

    def of_first(self, n_targets: int) -> Outcome:
        """Return the outcome of only so many of the first targets."""
        return replace(
            self,
            values=self.values[:n_targets],
            among=None if self.among is None else self.among[:n_targets],
            common_guess=None if self.common_guess is None else self.common_guess[:n_targets],
        )

    @classmethod
    def of_scores(
        cls, name: str, title: str, scores: npt.ArrayLike, *, bearing: Bearing = "deciding"
    ) -> Outcome:
        """Make an outcome of scores; higher means surer that the target was a member."""
        return cls(name, title, np.asarray(scores, dtype=np.float64), False, bearing=bearing)

    @classmethod
    def of_guesses(
        cls,
        name: str,
        title: str,
        right: npt.ArrayLike,
        *,
        column: str | None = None,
        common_guess: npt.ArrayLike | None = None,
        among: npt.ArrayLike | None = None,
        by_entity: Literal["any", "mean"] = "any",
        bearing: Bearing = "deciding",
        facts: Mapping[str, float] | None = None,
        by_keys: bool = False,
    ) -> Outcome:
        """Make an outcome of guesses: 1 where right, 0 where wrong, a chance in between."""
        return cls(
            name,
            title,
            np.asarray(right, dtype=np.float64),
            True,
            column,
            None if common_guess is None else np.asarray(common_guess, dtype=np.float64),
            None if among is None else np.asarray(among, dtype=bool),
            by_entity,
            bearing,
            facts or {},
            by_keys,
        )


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
        tables = encode(self.schema.audited, self.pool, others, encoding)
        for table in tables:
            _freeze(*table.words, *table.numbers)
        return dict(zip(places, tables, strict=False))

    def neighbours(self, encoding: EncodingName, place: Place, k: int = 1) -> Nearest:
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
        """
        if k < 1:
            raise PluginError(f"k must be 1 or more, not {k}.")
        key = ("neighbours", encoding, place)
        found = self._done.get(key)
        if not isinstance(found, Nearest) or found.distance.shape[1] < k:
            tables = self.encoded(encoding)
            index, groups = tables[place], None
            if place == "pool":
                index, others = self.people(encoding)
                groups = (self.entities, others)
            found = nearest(
                tables["pool"],
                index,
                k=max(k, SHARED_NEIGHBOURS.get((encoding, place), 1)),
                groups=groups,
                workers=self.workers,
                executor=self.executor,
            )
            _freeze(found.distance, found.row, found.ties)
            self._done[key] = found
        return found.first(k)

    def people_near_release(self, encoding: EncodingName, k: int) -> Nearest:
        """Return the k people of the pool nearest to each row of the release.

        Parameters
        ----------
        encoding : {'gower', 'normal'}
            How columns are compared.
        k : int
            How many; always the same for one encoding, so that it is searched once.

        Returns
        -------
        Nearest
            With one row for each row of the release, in its order.
        """
        return self.remember(("people", encoding, k), lambda: self._find_people(encoding, k))

    def _find_people(self, encoding: EncodingName, k: int) -> Nearest:
        tables = self.encoded(encoding)
        found = nearest(
            tables["release"], tables["pool"], k=k, workers=self.workers, executor=self.executor
        )
        _freeze(found.distance, found.row, found.ties)
        return found

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
        for table in (pool, release):
            _freeze(table.whole, *table.parts)
        return pool, release

    def common_guess(self, column: int) -> FloatArray:
        """Return, for every target, whether guessing the release's commonest value is right.

        For a number the guess is the release's median, right within the column's tolerance.
        """
        spec = self.schema.audited[column]
        if spec.is_number:
            return self._median_guess(column)
        values, counts = np.unique(self.release.codes[column], return_counts=True)
        commonest = values[np.argmax(counts)]
        right: FloatArray = (self.pool.codes[column] == commonest).astype(np.float64)
        return right

    def _median_guess(self, column: int) -> FloatArray:
        tables = self.encoded("gower")
        place = tables["pool"].number_columns.index(column)
        truth = tables["pool"].numbers[place].astype(np.int64)
        guess = int(np.median(tables["release"].numbers[place]))
        near = np.abs(truth - guess) <= self.tolerance(column, tables["pool"].one)
        return near.astype(np.float64)

    def tolerance(self, column: int, one: int) -> int:
        """Return how far a guess of a column may lie from the truth, in units of ``1 / one``.

        In the encoding ``gower``; 0 for a category.
        """
        numbers = self.pool.numbers[column]
        spec = self.schema.audited[column]
        return 0 if numbers is None else fixed_tolerance(spec, numbers, one)


def _freeze(*arrays: npt.NDArray[Any]) -> None:
    """Attacks share this work, so none of them may write to it."""
    for array in arrays:
        array.flags.writeable = False
