"""Small honest generators of synthetic tables, from harmless to leaky.

A generator is a function ``(members, rows, rng, fresh) -> DataFrame``; ``fresh`` are people of the
same population whom nobody else has seen, and most generators need none. The release has the
members' columns and kinds of values.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from sklearn.neighbors import NearestNeighbors
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

Generator = Callable[[pd.DataFrame, int, np.random.Generator, pd.DataFrame | None], pd.DataFrame]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FEWEST_IN_LEAF = 5
SMOTE_NEIGHBOURS = 5
MOST_DECIMALS = 6
COPIED_SHARES = (0.0, 0.005, 0.01, 0.02, 0.05, 0.10, 0.20)
NOISE_SCALES = (0.01, 0.05, 0.1, 0.3, 1.0)


def fresh_rows(
    members: pd.DataFrame, rows: int, rng: np.random.Generator, fresh: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the fresh people as they are: nothing of the members is in them."""
    if fresh is None or len(fresh) < rows:
        raise ValueError(f"{rows} fresh people are needed.")
    return fresh.iloc[:rows].reset_index(drop=True)


def copies(share: float) -> Generator:
    """Fresh people, with this share of the rows replaced by copies of different members."""

    def generate(
        members: pd.DataFrame, rows: int, rng: np.random.Generator, fresh: pd.DataFrame | None
    ) -> pd.DataFrame:
        planted = round(share * rows)
        row = np.arange(rows)
        places = rng.choice(rows, planted, replace=False)
        row[places] = rows + rng.choice(len(members), planted, replace=False)
        strangers = fresh_rows(members, rows, rng, fresh)
        return pd.concat([strangers, members]).iloc[row].reset_index(drop=True)

    return generate


def noise(scale: float) -> Generator:
    """Perturb members: every row lies near one of them, by a share of the columns' spread."""

    def generate(
        members: pd.DataFrame, rows: int, rng: np.random.Generator, fresh: pd.DataFrame | None
    ) -> pd.DataFrame:
        chosen = _choose(len(members), rows, rng)
        release = {}
        for name, column in members.items():
            if is_number(column):
                numbers = numbers_of(column)
                moved = numbers[chosen] + scale * np.nanstd(numbers) * rng.standard_normal(rows)
                release[name] = written_like(moved, column)
            else:
                replaced = rng.random(rows) < scale
                row = np.where(replaced, rng.integers(len(members), size=rows), chosen)
                release[name] = _take(column, row)
        return pd.DataFrame(release)

    return generate


def independent_marginals(
    members: pd.DataFrame, rows: int, rng: np.random.Generator, fresh: pd.DataFrame | None
) -> pd.DataFrame:
    """Draw each column by itself, with replacement."""
    return pd.DataFrame(
        {
            name: _take(column, rng.integers(len(members), size=rows))
            for name, column in members.items()
        }
    )


def gaussian_copula(
    members: pd.DataFrame, rows: int, rng: np.random.Generator, fresh: pd.DataFrame | None
) -> pd.DataFrame:
    """Correlate the normal scores of all columns, and map samples back to the quantiles.

    Numbers are interpolated between neighbouring values, other values are those of members.
    """
    codes = np.column_stack([ordered_codes(column) for _, column in members.items()])
    ranks = stats.rankdata(codes, axis=0) / (len(members) + 1)
    correlation = np.nan_to_num(np.cov(stats.norm.ppf(ranks), rowvar=False))
    sample = rng.multivariate_normal(np.zeros(len(correlation)), correlation, rows, method="eigh")
    spread = np.sqrt(np.diag(correlation))
    chances = stats.norm.cdf(sample / np.where(spread > 0, spread, 1.0))
    release = {}
    for place, (name, column) in enumerate(members.items()):
        chance = chances[:, place]
        if is_number(column):
            release[name] = written_like(_quantiles(numbers_of(column), chance), column)
        else:
            order = np.argsort(codes[:, place], kind="stable")
            release[name] = _take(column, order[_positions(chance, len(order))])
    return pd.DataFrame(release)


def cart(
    members: pd.DataFrame, rows: int, rng: np.random.Generator, fresh: pd.DataFrame | None
) -> pd.DataFrame:
    """Draw column after column from a decision tree on the columns before, as synthpop does.

    A value is that of a random donor among the members of the leaf.
    """
    codes = np.column_stack([ordered_codes(column) for _, column in members.items()])
    made = np.empty((rows, codes.shape[1]))
    release = {}
    for place, (name, column) in enumerate(members.items()):
        if place == 0:
            donors = rng.integers(len(members), size=rows)
        else:
            kind = DecisionTreeRegressor if is_number(column) else DecisionTreeClassifier
            tree = kind(min_samples_leaf=FEWEST_IN_LEAF, random_state=int(rng.integers(2**31)))
            tree.fit(codes[:, :place], codes[:, place])
            donors = _donors(tree.apply(codes[:, :place]), tree.apply(made[:, :place]), rng)
        made[:, place] = codes[donors, place]
        release[name] = _take(column, donors)
    return pd.DataFrame(release)


def smote(
    members: pd.DataFrame, rows: int, rng: np.random.Generator, fresh: pd.DataFrame | None
) -> pd.DataFrame:
    """Put each row between a member and one of the nearest others; categories are of either."""
    coordinates = _coordinates(members)
    neighbours = min(SMOTE_NEIGHBOURS, len(members) - 1)
    search = NearestNeighbors(n_neighbors=neighbours, algorithm="brute").fit(coordinates)
    nearest = search.kneighbors(return_distance=False)
    one = _choose(len(members), rows, rng)
    other = nearest[one, rng.integers(neighbours, size=rows)]
    way = rng.random(rows)
    release = {}
    for name, column in members.items():
        either = np.where(rng.random(rows) < 0.5, one, other)
        if is_number(column):
            numbers = numbers_of(column)
            between = numbers[one] + way * (numbers[other] - numbers[one])
            between = np.where(np.isnan(between), numbers[either], between)
            release[name] = written_like(between, column)
        else:
            release[name] = _take(column, either)
    return pd.DataFrame(release)


GENERATORS: dict[str, Generator] = {
    "copies 0": fresh_rows,
    **{f"copies {share:g}": copies(share) for share in COPIED_SHARES if share > 0},
    **{f"noise {scale:g}": noise(scale) for scale in NOISE_SCALES},
    "cart": cart,
    "smote": smote,
    "independent_marginals": independent_marginals,
    "gaussian_copula": gaussian_copula,
}


def is_number(column: pd.Series) -> bool:
    """Tell whether all values that are not missing can be read as numbers."""
    values = column.dropna()
    return len(values) > 0 and bool(pd.to_numeric(values, errors="coerce").notna().all())


def numbers_of(column: pd.Series) -> FloatArray:
    """Read a column as numbers, missing ones as NaN."""
    return pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)


def written_like(numbers: FloatArray, column: pd.Series) -> pd.Series:
    """Write numbers the way a column does: with as many decimals, and as text where it is text."""
    decimals = _decimals(numbers_of(column.dropna()))
    rounded = numbers if decimals is None else np.round(numbers, decimals)
    if pd.api.types.is_numeric_dtype(column):
        return pd.Series(rounded).astype(column.dtype)
    form = "" if decimals is None else f".{decimals}f"
    texts = [None if np.isnan(number) else format(number, form) for number in rounded]
    return pd.Series(texts, dtype=column.dtype)


def ordered_codes(column: pd.Series) -> FloatArray:
    """Return numbers as they are and other values as places in their order.

    Missing values come after all others.
    """
    if is_number(column):
        numbers = numbers_of(column)
        return np.where(np.isnan(numbers), np.nanmax(numbers) + np.nanstd(numbers) + 1.0, numbers)
    places, levels = pd.factorize(column, sort=True)
    return np.where(places < 0, len(levels), places).astype(np.float64)


def _take(column: pd.Series, rows: IntArray) -> pd.Series:
    return column.iloc[rows].reset_index(drop=True)


def _decimals(numbers: FloatArray) -> int | None:
    """Count the decimals that a column is written with; None where it is not rounded."""
    return next((d for d in range(MOST_DECIMALS) if np.all(np.round(numbers, d) == numbers)), None)


def _choose(members: int, rows: int, rng: np.random.Generator) -> IntArray:
    """Choose members, each equally often as far as that goes."""
    rounds = -(-rows // members)
    return np.concatenate([rng.permutation(members) for _ in range(rounds)])[:rows]


def _quantiles(numbers: FloatArray, chances: FloatArray) -> FloatArray:
    """Empirical quantiles, interpolated; missing values are the highest."""
    known = np.sort(numbers[~np.isnan(numbers)])
    share = len(known) / len(numbers)
    values = np.quantile(known, np.minimum(chances / share, 1.0))
    return np.where(chances <= share, values, np.nan)


def _positions(chances: FloatArray, count: int) -> IntArray:
    return np.minimum((chances * count).astype(np.int64), count - 1)


def _donors(leaf_of_member: IntArray, leaf_of_row: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw for every row a member of its leaf."""
    order = np.argsort(leaf_of_member, kind="stable")
    leaves = leaf_of_member[order]
    start = np.searchsorted(leaves, leaf_of_row, "left")
    stop = np.searchsorted(leaves, leaf_of_row, "right")
    return order[rng.integers(start, stop)]


def _coordinates(members: pd.DataFrame) -> FloatArray:
    """Numbers in standard deviations, and categories such that two of them lie one apart."""
    parts = []
    for _, column in members.items():
        codes = ordered_codes(column)
        if is_number(column):
            parts.append(((codes - codes.mean()) / (codes.std() or 1.0))[:, None])
        else:
            parts.append((codes[:, None] == np.unique(codes)) * np.sqrt(0.5))
    return np.hstack(parts)
