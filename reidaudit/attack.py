"""The contract between the engine and its attacks.

An attack is a function from tables to one outcome for every target. It never learns who is a
member: it gets members and controls as one shuffled pool, and the engine keeps the score. So under
"no leak" member and control labels are exchangeable whatever the attack does, and the permutation
test is exact (DESIGN, one idea carries everything).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from reidaudit.data.canonical import RowKeys, row_keys, without_lookalike
from reidaudit.data.key_cells import NOT_ONE, KeyCells
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
from reidaudit.neighbours import Guess, Nearest, guess_from_nearest, nearest
from reidaudit.vocabulary import Family, Need

FloatArray = npt.NDArray[np.float64]
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
    sureness : float64 array, shape (n_targets,), or None
        For guesses of an attacker who keeps silent where unsure: how sure each guess is, by what
        the attacker knows. The finding is then about the surest, and how many these are is chosen
        among several shares, inside the exact test.
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
    sureness: FloatArray | None = None

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
        sureness: npt.ArrayLike | None = None,
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
            None if sureness is None else np.asarray(sureness, dtype=np.float64),
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
    labels : Labels or None
        Only for an attack that needs ``LABELS``: who is who in the half that it may learn from. It
        is scored on the other half alone.
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
    labels: Labels | None = None
    _done: dict[object, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n_targets(self) -> int:
        """Number of rows in the pool."""
        return len(self.entities)

    def encoded(self, encoding: EncodingName) -> Mapping[Place, EncodedTable]:
        """Return the pool, the release and the reference (if any), encoded alike."""
        key = ("encoded", encoding)
        if key not in self._done:
            others = [self.release] + ([self.reference] if self.reference else [])
            places: tuple[Place, ...] = ("pool", "release", "reference")
            tables = encode(self.schema.audited, self.pool, others, encoding)
            for table in tables:
                _freeze(*table.words, *table.numbers)
            self._done[key] = dict(zip(places, tables, strict=False))
        found: Mapping[Place, EncodedTable] = self._done[key]  # type: ignore[assignment]
        return found

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
            groups = (self.entities, self.entities) if place == "pool" else None
            found = nearest(
                tables["pool"],
                tables[place],
                k=max(k, SHARED_NEIGHBOURS.get((encoding, place), 1)),
                groups=groups,
                workers=self.workers,
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
        key = ("people", encoding, k)
        if key not in self._done:
            tables = self.encoded(encoding)
            found = nearest(tables["release"], tables["pool"], k=k, workers=self.workers)
            _freeze(found.distance, found.row, found.ties)
            self._done[key] = found
        known: Nearest = self._done[key]  # type: ignore[assignment]
        return known

    def guess_columns(
        self, targets: Sequence[int], known: Sequence[int]
    ) -> Mapping[int, FloatArray]:
        """Guess columns of every target from its nearest release rows on the known columns.

        Parameters
        ----------
        targets, known : sequences of int
            Positions among the audited columns. A target that is also known is left out of the
            distance while it is guessed.

        Returns
        -------
        mapping of int to float64 array, shape (n_targets,)
            The chance of a right guess; numbers are right within the column's tolerance.
        """
        return {column: guess.chance for column, guess in self.guesses(targets, known).items()}

    def guesses(self, targets: Sequence[int], known: Sequence[int]) -> Mapping[int, Guess]:
        """Return what `guess_columns` rests on: the nearest distances, ties and right ones."""
        key = ("guesses", tuple(targets), tuple(known))
        if key not in self._done:
            self._done[key] = self._guess_from(self.encoded("gower")["release"], targets, known)
        found: Mapping[int, Guess] = self._done[key]  # type: ignore[assignment]
        return found

    def _guess_from(
        self, index: EncodedTable, targets: Sequence[int], known: Sequence[int]
    ) -> dict[int, Guess]:
        pool = self.encoded("gower")["pool"]
        tolerances = {j: self.tolerance(j, pool.one) for j in targets}
        return guess_from_nearest(
            pool, index, known=known, targets=tolerances, workers=self.workers
        )

    def keys(self) -> tuple[RowKeys, RowKeys]:
        """Return 64-bit keys of the rows of pool and release; equal rows have equal keys."""
        if "keys" not in self._done:
            keys = row_keys(self.pool.codes, self.release.codes)
            for table in keys:
                _freeze(table.whole, *table.parts)
            self._done["keys"] = keys
        found: tuple[RowKeys, RowKeys] = self._done["keys"]  # type: ignore[assignment]
        return found

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
