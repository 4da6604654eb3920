"""The contract between the engine and its attacks.

An attack is a function from tables to one outcome for every target. It never learns who is a
member: it gets members and controls as one shuffled pool, and the engine keeps the score. So under
"no leak" member and control labels are exchangeable whatever the attack does, and the permutation
test is exact (DESIGN, one idea carries everything).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from reidaudit.data.canonical import RowKeys, row_keys
from reidaudit.data.schema import Schema
from reidaudit.encoding import (
    EncodedTable,
    EncodingName,
    PlainColumns,
    encode,
    fixed_tolerance,
)
from reidaudit.errors import PluginError
from reidaudit.neighbours import Nearest, guess_from_nearest, nearest
from reidaudit.vocabulary import Family, Need

FloatArray = npt.NDArray[np.float64]
Place = Literal["release", "pool", "reference"]
MOST_NEIGHBOURS = 5

__all__ = ["Attack", "Case", "EncodingName", "Family", "Need", "Outcome"]


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
    by_entity : {'any', 'mean'}
        How the rows of one entity become one outcome: its most exposed row, or their mean.
    diagnostic : bool
        A diagnostic is reported and can warn, but never decides the verdict.
    """

    name: str
    title: str
    values: FloatArray
    is_guess: bool
    column: str | None = None
    common_guess: FloatArray | None = None
    by_entity: Literal["any", "mean"] = "any"
    diagnostic: bool = False

    @classmethod
    def of_scores(
        cls, name: str, title: str, scores: npt.ArrayLike, *, diagnostic: bool = False
    ) -> Outcome:
        """Make an outcome of scores; higher means surer that the target was a member."""
        return cls(name, title, np.asarray(scores, dtype=np.float64), False, diagnostic=diagnostic)

    @classmethod
    def of_guesses(
        cls,
        name: str,
        title: str,
        right: npt.ArrayLike,
        *,
        column: str | None = None,
        common_guess: npt.ArrayLike | None = None,
        by_entity: Literal["any", "mean"] = "any",
        diagnostic: bool = False,
    ) -> Outcome:
        """Make an outcome of guesses: 1 where right, 0 where wrong, a chance in between."""
        common = None if common_guess is None else np.asarray(common_guess, dtype=np.float64)
        values = np.asarray(right, dtype=np.float64)
        return cls(name, title, values, True, column, common, by_entity, diagnostic)


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
    workers : int
        Threads that an attack may use; results must not depend on it.
    """

    schema: Schema
    pool: PlainColumns
    release: PlainColumns
    entities: npt.NDArray[np.int64]
    reference: PlainColumns | None = None
    workers: int = 1
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
            self._done[key] = dict(zip(places, tables, strict=False))
        found: Mapping[Place, EncodedTable] = self._done[key]  # type: ignore[assignment]
        return found

    def neighbours(self, encoding: EncodingName, place: Place, k: int = 1) -> Nearest:
        """Return the k nearest rows of each target in the release, the pool or the reference.

        In the pool a target's own rows, those of its entity, are left out.

        Parameters
        ----------
        encoding : {'gower', 'rank'}
            How columns are compared.
        place : {'release', 'pool', 'reference'}
            Where neighbours are looked for.
        k : int
            How many, at most 5.
        """
        if not 1 <= k <= MOST_NEIGHBOURS:
            raise PluginError(f"k must lie between 1 and {MOST_NEIGHBOURS}, not {k}.")
        key = ("neighbours", encoding, place)
        if key not in self._done:
            tables = self.encoded(encoding)
            groups = (self.entities, self.entities) if place == "pool" else None
            self._done[key] = nearest(
                tables["pool"],
                tables[place],
                k=MOST_NEIGHBOURS,
                groups=groups,
                workers=self.workers,
            )
        found: Nearest = self._done[key]  # type: ignore[assignment]
        return Nearest(found.distance[:, :k], found.ties)

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
        tables = self.encoded("gower")
        tolerances = {j: self._tolerance(j, tables["pool"].one) for j in targets}
        return guess_from_nearest(
            tables["pool"],
            tables["release"],
            known=known,
            targets=tolerances,
            workers=self.workers,
        )

    def keys(self) -> tuple[RowKeys, RowKeys]:
        """Return 64-bit keys of the rows of pool and release; equal rows have equal keys."""
        if "keys" not in self._done:
            self._done["keys"] = row_keys(self.pool.codes, self.release.codes)
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
        near = np.abs(truth - guess) <= self._tolerance(column, tables["pool"].one)
        return near.astype(np.float64)

    def _tolerance(self, column: int, one: int) -> int:
        numbers = self.pool.numbers[column]
        spec = self.schema.audited[column]
        return 0 if numbers is None else fixed_tolerance(spec, numbers, one)
