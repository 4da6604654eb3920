"""Are train and holdout a random split? If not, the shift looks like a leak, or hides one.

Two tests share a false-alarm rate of 1 %. Column by column, a two-sample test names the culprit:
Kolmogorov-Smirnov for numbers, chi-squared for categories. Together, a classifier learns on one
half to tell train from holdout and is scored on the other half (J. Friedman, On Multivariate
Goodness-of-Fit and Two-Sample Testing, 2003; D. Lopez-Paz, M. Oquab, Revisiting Classifier
Two-Sample Tests, ICLR 2017); as the scored half was not learned from, the rank-sum test on it is
valid whatever the classifier does. Both halves take their turn.

Where an entity has several rows, one of them is drawn, so that rows are independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from reidaudit.data.schema import ColumnSpec
from reidaudit.data.tables import Table

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

FALSE_ALARMS = 0.01
ROWS_TO_LEARN_FROM = 50
MOST_ROWS = 20_000
FEWEST_EXPECTED = 5.0
SMALL_COLUMN_SHIFT = 0.05
SMALL_AUC = 0.53


@dataclass(frozen=True)
class Culprit:
    """A column that differs between train and holdout.

    ``shift`` is the largest difference between the two distributions, in [0, 1].
    """

    name: str
    p_value: float
    shift: float


@dataclass(frozen=True)
class ExchangeabilityTest:
    """What the tests said; p-values are corrected, so each is held against half the false alarms.

    ``auc`` is the better of the classifier's two turns, None where there were too few rows.
    """

    culprits: tuple[Culprit, ...]
    auc: float | None
    auc_p_value: float

    @property
    def differs(self) -> bool:
        """Whether train and holdout are certainly no random split."""
        return bool(self.culprits) or self.auc_p_value <= FALSE_ALARMS / 2

    @property
    def differs_much(self) -> bool:
        """Whether the difference is large enough to look like a leak, or to hide one."""
        large_column = any(culprit.shift >= SMALL_COLUMN_SHIFT for culprit in self.culprits)
        large_auc = self.auc_p_value <= FALSE_ALARMS / 2 and (self.auc or 0.5) >= SMALL_AUC
        return large_column or large_auc


def test_exchangeable(
    specs: tuple[ColumnSpec, ...], train: Table, holdout: Table, rng: np.random.Generator
) -> ExchangeabilityTest:
    """Test whether train and holdout could be a random split of one table.

    Parameters
    ----------
    specs : tuple of ColumnSpec
        The audited columns.
    train, holdout : Table
        The two sides.
    rng : numpy.random.Generator
        Draws one row of each entity, the halves, and a sample where there are very many rows.
    """
    sides = [_independent_rows(table, rng) for table in (train, holdout)]
    columns = [_both(spec, j, (train, holdout), sides) for j, spec in enumerate(specs)]
    is_train = np.repeat([True, False], [len(side) for side in sides])
    culprits = _culprits(specs, columns, is_train)
    auc, p_value = _classifier_test(columns, is_train, rng)
    return ExchangeabilityTest(culprits, auc, p_value)


# pytest would otherwise take the function for a test where it is imported
test_exchangeable.__test__ = False  # type: ignore[attr-defined]


def _independent_rows(table: Table, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    order = rng.permutation(table.rows)
    _, first = np.unique(table.entity[order], return_index=True)
    return np.sort(order[first])


def _both(
    spec: ColumnSpec, j: int, tables: tuple[Table, Table], rows: list[npt.NDArray[np.int64]]
) -> FloatArray:
    """One column of both sides as numbers; categories are numbered by how common they are."""
    parts = []
    for table, chosen in zip(tables, rows, strict=True):
        numbers = table.numbers[j]
        parts.append(table.codes[j][chosen] if numbers is None else numbers[chosen])
    joined = np.concatenate(parts).astype(np.float64)
    if spec.is_number:
        return joined
    levels, place, counts = np.unique(joined, return_inverse=True, return_counts=True)
    rank = np.empty(len(levels))
    rank[np.lexsort((levels, -counts))] = np.arange(len(levels))
    return rank[place]


def _culprits(
    specs: tuple[ColumnSpec, ...], columns: list[FloatArray], is_train: BoolArray
) -> tuple[Culprit, ...]:
    found = []
    for spec, column in zip(specs, columns, strict=True):
        shift, p_value = (_number_test if spec.is_number else _category_test)(column, is_train)
        corrected = min(1.0, p_value * len(specs))
        if corrected <= FALSE_ALARMS / 2:
            found.append(Culprit(spec.name, corrected, shift))
    return tuple(sorted(found, key=lambda culprit: (-culprit.shift, culprit.name)))


def _number_test(column: FloatArray, is_train: BoolArray) -> tuple[float, float]:
    # missing comes below all numbers, so that a shift in missingness is seen as well
    present = np.nan_to_num(column, nan=-np.inf, posinf=np.inf, neginf=-np.finfo(np.float64).max)
    result = stats.ks_2samp(present[is_train], present[~is_train], method="asymp")
    return float(result.statistic), float(result.pvalue)


def _category_test(column: FloatArray, is_train: BoolArray) -> tuple[float, float]:
    """Chi-squared on the levels, those too rare for it taken together."""
    level = column.astype(np.int64)
    counts = np.array(
        [np.bincount(level[side], minlength=level.max() + 1) for side in (is_train, ~is_train)]
    )
    expected = counts.sum(axis=0) * min(is_train.mean(), 1 - is_train.mean())
    is_rare = expected < FEWEST_EXPECTED
    table = np.column_stack([counts[:, ~is_rare], counts[:, is_rare].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 0.0, 1.0
    shares = table / table.sum(axis=1, keepdims=True)
    shift = float(np.abs(shares[0] - shares[1]).sum() / 2)
    return shift, float(stats.chi2_contingency(table, correction=False).pvalue)


def _classifier_test(
    columns: list[FloatArray], is_train: BoolArray, rng: np.random.Generator
) -> tuple[float | None, float]:
    order = rng.permutation(len(is_train))[:MOST_ROWS]
    is_train = is_train[order]
    halves = np.array_split(np.arange(len(order)), 2)
    fewest = min(min(is_train[half].sum(), (~is_train[half]).sum()) for half in halves)
    if fewest < ROWS_TO_LEARN_FROM:
        return None, 1.0
    features = np.column_stack([column[order] for column in columns])
    turns = [
        _turn(features, is_train, learned, scored) for learned, scored in (halves, halves[::-1])
    ]
    auc, p_value = min(turns, key=lambda turn: turn[1])
    return auc, min(1.0, 2 * p_value)


def _turn(
    features: FloatArray,
    is_train: BoolArray,
    learned: npt.NDArray[np.int64],
    scored: npt.NDArray[np.int64],
) -> tuple[float, float]:
    """Learn on one half, score the other: AUC, and the chance of as much without a difference."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    finite = np.clip(features, -1e300, 1e300)
    model = HistGradientBoostingClassifier(
        max_iter=40, max_leaf_nodes=15, min_samples_leaf=10, early_stopping=False, random_state=0
    )
    # more threads cost more than they save here, and the sums would depend on their number
    with threadpool_limits(1):
        model.fit(finite[learned], is_train[learned])
        scores = model.predict_proba(finite[scored])[:, 1]
    ours, others = scores[is_train[scored]], scores[~is_train[scored]]
    result = stats.mannwhitneyu(ours, others, alternative="greater", method="asymptotic")
    return float(result.statistic) / (len(ours) * len(others)), float(result.pvalue)
