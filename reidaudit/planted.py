"""A case whose release holds some real records too, planted to see whether they are found.

The planted rows are a small index of their own. What was found in the release is merged with what
is found among them, so a planted case costs hardly more than the planted rows do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Case, Place
from reidaudit.data.canonical import RowKeys
from reidaudit.encoding import EncodedTable, EncodingName
from reidaudit.neighbours import Guess, Nearest, nearest

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PlantedCase(Case):
    """A case with some rows of its pool below the release.

    Attributes
    ----------
    base : Case
        The case as it was; what it has found is used again.
    rows : int64 array
        Which rows of the pool stand in the release too.
    """

    base: Case = field(kw_only=True)
    rows: Rows = field(kw_only=True)

    def encoded(self, encoding: EncodingName) -> Mapping[Place, EncodedTable]:
        """Return the tables of the base, with the planted rows below the release."""
        return self.remember(("encoded", encoding), lambda: self._planted_in(encoding))

    def _planted_in(self, encoding: EncodingName) -> Mapping[Place, EncodedTable]:
        tables = dict(self.base.encoded(encoding))
        tables["release"] = tables["release"].with_rows_of(tables["pool"].take(self.rows))
        return tables

    def neighbours(
        self,
        encoding: EncodingName,
        place: Place,
        k: int = 1,
        columns: Sequence[int] | None = None,
    ) -> Nearest:
        """Return the nearest rows as the base does, the planted ones among them."""
        found = self.base.neighbours(encoding, place, k, columns)
        if place != "release":
            return found
        pool = self.base.encoded(encoding)["pool"]
        if columns is not None:
            pool = pool.only(columns)
        planted = nearest(pool, pool.take(self.rows), k=k, executor=self.executor)
        return found.merged(planted.counted_from(len(self.base.release.codes[0])))

    def people_near_release(self, encoding: EncodingName, k: int) -> Iterator[Nearest]:
        """Return what the base found, and after it the people nearest to the planted rows."""
        yield from self.base.people_near_release(encoding, k)
        pool = self.base.encoded(encoding)["pool"]
        yield nearest(pool.take(self.rows), pool, k=k, executor=self.executor)

    def keys(self) -> tuple[RowKeys, RowKeys]:
        """Return the keys of the base, those of the planted rows below the release."""
        pool, release = self.base.keys()
        return pool, release.followed_by(pool.whole[self.rows], self.release.codes)

    def guesses(self, targets: Sequence[int], known: Sequence[int]) -> dict[int, Guess]:
        """Return the guesses of the base, joined with those from the planted rows."""
        planted = self.base.encoded("gower")["pool"].take(self.rows)
        of_planted = self._guess_from(planted, targets, known)
        return {
            column: guess.merged(of_planted[column])
            for column, guess in self.base.guesses(targets, known).items()
        }

    def _values(self, column: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], int]:
        """Add one column of the planted rows; all of them encoded anew would be much to keep."""
        truth, released, within = self.base._values(column)
        return truth, np.concatenate([released, truth[self.rows]]), within


def plant(case: Case, rows: Rows) -> PlantedCase:
    """Put copies of some rows of the pool into the release of a case.

    Parameters
    ----------
    case : Case
        Which stays as it is.
    rows : int64 array
        Rows of its pool.
    """
    return PlantedCase(
        schema=case.schema,
        pool=case.pool,
        release=case.release.with_rows(case.pool, rows),
        entities=case.entities,
        reference=case.reference,
        identifiers={
            name: (pool, np.concatenate([release, pool[rows]]))
            for name, (pool, release) in case.identifiers.items()
        },
        workers=case.workers,
        asked=case.asked,
        executor=case.executor,
        base=case,
        rows=rows,
    )
