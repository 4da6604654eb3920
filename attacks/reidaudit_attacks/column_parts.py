"""Part the columns of a table in two, so that what belongs together stays together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from reidaudit.attack import EncodedTable
from reidaudit_attacks.features import places_by_frequency

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

LEVELS = 10
MOST_ROWS = 5_000
MOST_COLUMNS = 40
LARGEST_SHARE = 0.65
"""Of all entropy, in one part; what is left to the other must still tell people apart."""

Parts = tuple[tuple[int, ...], tuple[int, ...]]


def two_parts(table: EncodedTable) -> Parts | None:
    """Part the columns in two with as little mutual information between the parts as may be.

    Columns that depend on each other most are put together first, as in hierarchical clustering
    with average linkage, while no part holds more than two thirds of the entropy. Where one part
    can be inferred from the other, strangers' records are linked by statistics; apart, only a
    record that was copied holds both. Beyond forty columns, the rest are dealt out in turn.

    Parameters
    ----------
    table : EncodedTable
        The release; its first 5,000 rows are looked at.

    Returns
    -------
    pair of tuples of int, or None
        Audited columns, ascending; None where there are fewer than two.
    """
    columns = sorted((*table.word_columns, *table.number_columns))
    if len(columns) < 2 or table.rows == 0:
        return None
    codes = {column: _coarse(table, column) for column in columns[:MOST_COLUMNS]}
    groups = _cluster(codes)
    for place, column in enumerate(columns[MOST_COLUMNS:]):
        groups[place % 2].append(column)
    first, second = sorted(tuple(sorted(group)) for group in groups)
    return first, second


def _cluster(codes: dict[int, Codes]) -> list[list[int]]:
    """Join groups of columns until two are left."""
    entropy = {column: _entropy(values) for column, values in codes.items()}
    shared = {
        frozenset(pair): max(0.0, _information(codes, entropy, pair))
        for pair in combinations(codes, 2)
    }
    most = LARGEST_SHARE * sum(entropy.values())
    groups = [[column] for column in codes]
    while len(groups) > 2:
        pairs = list(combinations(range(len(groups)), 2))
        weight = {
            (i, j): sum(entropy[column] for column in groups[i] + groups[j]) for i, j in pairs
        }
        fitting = [pair for pair in pairs if weight[pair] <= most]
        if fitting:
            i, j = max(fitting, key=lambda pair: _linkage(groups[pair[0]], groups[pair[1]], shared))
        else:
            i, j = min(pairs, key=lambda pair: weight[pair])
        groups[i] += groups.pop(j)
    return groups


def _linkage(
    ours: Sequence[int], theirs: Sequence[int], shared: dict[frozenset[int], float]
) -> float:
    return float(np.mean([shared[frozenset((a, b))] for a in ours for b in theirs]))


def _information(
    codes: dict[int, Codes], entropy: dict[int, float], pair: tuple[int, int]
) -> float:
    a, b = pair
    return entropy[a] + entropy[b] - _entropy(codes[a] * LEVELS + codes[b])


def _entropy(codes: Codes) -> float:
    share = np.bincount(codes) / len(codes)
    share = share[share > 0]
    return float(-(share * np.log(share)).sum())


def _coarse(table: EncodedTable, column: int) -> Codes:
    """Ten levels at most: the commonest of a category, ten ranges of a number."""
    if column in table.word_columns:
        words = table.words[table.word_columns.index(column)][:MOST_ROWS]
        return np.minimum(places_by_frequency(words)[words], LEVELS - 1)
    numbers = table.numbers[table.number_columns.index(column)][:MOST_ROWS]
    edges = np.quantile(numbers, np.arange(1, LEVELS) / LEVELS)
    return np.searchsorted(edges, numbers).astype(np.int64)
