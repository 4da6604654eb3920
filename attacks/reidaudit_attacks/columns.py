"""Which columns give a target away: what each column alone says of membership."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Case

FloatArray = npt.NDArray[np.float64]


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
    record = np.maximum(case.neighbours("normal", "release").row[:, 0], 0)
    person = np.maximum(case.neighbours("normal", "pool").row[:, 0], 0)
    scores: dict[int, FloatArray] = {}
    for column, own, other in zip(pool.number_columns, pool.numbers, release.numbers, strict=True):
        to_person, to_record = np.abs(own - own[person]), np.abs(own - other[record])
        scores[column] = (to_person - to_record).astype(np.float64)
    for column, own, other in zip(pool.word_columns, pool.words, release.words, strict=True):
        scores[column] = 1.0 * (own != own[person]) - (own != other[record])
    return scores
