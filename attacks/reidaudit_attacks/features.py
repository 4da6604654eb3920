"""Columns as features that trees can split, and folds of people, for attacks that learn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Case

SingleArray = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Words = npt.NDArray[np.unsignedinteger]

MOST_RECORDS = 250_000
"""Trees remember every record that they are grown on; of more, so many are drawn."""


def records_to_learn_from(case: Case, rng: np.random.Generator) -> Rows:
    """Return the rows of the release that trees are grown on: all, or as many as can be afforded.

    Of a release four times as large, trees then remember a quarter of the copies in it.
    """
    rows = len(case.release.codes[0])
    if rows <= MOST_RECORDS:
        return np.arange(rows)
    return np.sort(rng.choice(rows, MOST_RECORDS, replace=False))


def features_of(case: Case, records: Rows | None = None) -> tuple[SingleArray, SingleArray]:
    """Return pool and release with one feature for each column, in the order of the columns.

    A number is its normal score in the pool, so that thresholds drawn evenly between the smallest
    and the largest fall where people are. A category is its place by how common it is in the pool,
    so that a threshold parts common from rare. What the pool lacks comes last.

    Parameters
    ----------
    case : Case
        Its normal scores are read.
    records : int64 array, optional
        The rows of the release; all of them if left out.

    Returns
    -------
    pool, release : float32 arrays, shape (n_rows, n_columns)
        Finite everywhere.
    """
    tables = case.encoded("normal")
    pool, release = tables["pool"], tables["release"]
    if records is not None:
        release = release.take(records)
    columns: dict[int, tuple[npt.ArrayLike, npt.ArrayLike]] = {}
    columns.update(
        zip(pool.number_columns, zip(pool.numbers, release.numbers, strict=True), strict=True)
    )
    for column, own, other in zip(pool.word_columns, pool.words, release.words, strict=True):
        place = places_by_frequency(own, other)
        columns[column] = (place[own], place[other])
    ordered = [columns[column] for column in sorted(columns)]
    ours, theirs = (
        np.column_stack([np.asarray(pair[side], dtype=np.float32) for pair in ordered])
        for side in (0, 1)
    )
    return ours, theirs


def places_by_frequency(words: Words, *others: Words) -> npt.NDArray[np.int64]:
    """Rank the levels of a category from the commonest, 0, to the rarest.

    Parameters
    ----------
    words : unsigned array, shape (n_rows,)
        One level for each row: what is counted.
    *others : unsigned arrays
        Further rows, whose levels get a place too; those that ``words`` lacks come last.

    Returns
    -------
    int64 array, shape (n_levels,)
        The place of each level; of equally common ones the smaller level comes first.
    """
    levels = int(max(rows.max(initial=0) for rows in (words, *others))) + 1
    counts = np.bincount(words, minlength=levels)
    place = np.empty(levels, dtype=np.int64)
    place[np.argsort(-counts, kind="stable")] = np.arange(levels)
    return place


def folds_of_people(
    entities: npt.NDArray[np.int64], folds: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Deal people into folds, each with all rows.

    Parameters
    ----------
    entities : int64 array, shape (n_targets,)
        Whose row each target is.
    folds : int
        How many; fewer where there are fewer people.
    rng : numpy.random.Generator
        Deals.

    Returns
    -------
    int64 array, shape (n_targets,)
        The fold of each target, from 0.
    """
    people, place = np.unique(entities, return_inverse=True)
    fold = rng.permutation(len(people)) % min(folds, len(people))
    result: npt.NDArray[np.int64] = fold[place]
    return result
