"""What attacks that read distances share: their scale, and what each column adds to them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Case, EncodedTable

FloatArray = npt.NDArray[np.float64]


def typical(distance: FloatArray) -> float:
    """Median of the positive distances, so that repetitive tables have a scale too; 1 without any.

    Parameters
    ----------
    distance : float64 array
        Infinite where there is nobody to measure to.
    """
    positive = distance[np.isfinite(distance) & (distance > 0)]
    return float(np.median(positive)) if len(positive) else 1.0


def by_column(
    own: EncodedTable, other: EncodedTable, rows: npt.NDArray[np.int64]
) -> dict[int, FloatArray]:
    """Measure in each column how far every row lies from one row of another table.

    Parameters
    ----------
    own, other : EncodedTable
        Encoded together.
    rows : int64 array, shape (own.rows,)
        The row of the other table; a negative one, for nobody, is taken for the first.

    Returns
    -------
    dict of int to float64 array, shape (own.rows,)
        For each audited column, numbers first: shares of the column's range, and 0 or 1 for
        categories.
    """
    rows = np.maximum(rows, 0)
    numbers = zip(own.number_columns, own.numbers, other.numbers, strict=True)
    words = zip(own.word_columns, own.words, other.words, strict=True)
    return {
        **{column: np.abs(ours - theirs[rows]) / own.one for column, ours, theirs in numbers},
        **{column: (ours != theirs[rows]).astype(float) for column, ours, theirs in words},
    }


def fixed_distance(own: EncodedTable, other: EncodedTable) -> npt.NDArray[np.int32]:
    """Measure the distance of every row to the row of another table at its place.

    Parameters
    ----------
    own, other : EncodedTable
        Encoded together, with as many rows.

    Returns
    -------
    int32 array, shape (own.rows,)
        In units of ``1 / one``, exact.
    """
    distance = np.zeros(own.rows, dtype=np.int32)
    for ours, theirs in zip(own.numbers, other.numbers, strict=True):
        distance += np.minimum(np.abs(ours - theirs), own.one)
    for ours, theirs in zip(own.words, other.words, strict=True):
        distance += (ours != theirs) * np.int32(own.one)
    return distance


def nearness_by_column(case: Case) -> Mapping[int, FloatArray]:
    """Score each column by how much nearer the nearest release record lies in it than people do.

    Parameters
    ----------
    case : Case
        Its neighbours in normal scores are read.

    Returns
    -------
    mapping of int to float64 array, shape (n_targets,)
        For each audited column, the distance in that column to the nearest other person less that
        to the nearest release record.
    """
    tables = case.encoded("normal")
    pool, release = tables["pool"], tables["release"]
    to_record = by_column(pool, release, case.neighbours("normal", "release").row[:, 0])
    people, _ = case.people("normal")
    to_person = by_column(pool, people, case.neighbours("normal", "pool").row[:, 0])
    return {column: to_person[column] - to_record[column] for column in to_record}
