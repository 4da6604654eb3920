"""Endless populations of people whose distribution is known, and files to deal people from.

A world is a function ``(rows, rng) -> DataFrame``. The population is fixed by the constants below;
all chance comes from the generator handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

World = Callable[[int, np.random.Generator], pd.DataFrame]
FloatArray = npt.NDArray[np.float64]

# columns by factors; what the factors leave of the unit variance is the column's own
NUMERIC_LOADINGS = np.array(
    [
        [0.8, 0.0, 0.3],
        [0.7, 0.4, 0.0],
        [0.0, 0.8, -0.3],
        [-0.5, 0.6, 0.0],
        [0.3, 0.0, 0.8],
        [0.0, -0.4, 0.6],
        [0.6, 0.3, 0.3],
        [0.2, 0.2, 0.2],
    ]
)
NUMERIC_SCALES = np.array([1.0, 15.0, 0.02, 300.0, 4.0, 1.0, 12.0, 50_000.0])
SKEWED, WHOLE = 5, 6

CLASS_SHARES = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
LEVELS = (2, 2, 3, 3, 4, 5, 6, 8, 12)
QUESTIONS = 24
CATEGORY_SHARPNESS = 1.6

MIXED_LOADINGS = np.array(
    [
        [0.8, 0.0],
        [0.6, 0.5],
        [0.0, 0.8],
        [-0.6, 0.4],
        [0.3, 0.3],
        [0.8, 0.0],
        [0.5, -0.5],
        [0.0, 0.8],
        [0.4, 0.6],
        [0.2, 0.2],
    ]
)
# shares of the levels of each category, in the order of its latent number
MIXED_SHARES = (
    (0.6, 0.4),
    (0.2, 0.5, 0.3),
    (0.4, 0.3, 0.2, 0.1),
    (0.3, 0.25, 0.2, 0.15, 0.07, 0.03),
    (0.2, 0.2, 0.15, 0.15, 0.1, 0.1, 0.06, 0.04),
)
MISSING_SHARES = {"number_3": 0.03, "category_3": 0.02}


def numeric(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Eight dependent numbers of different scales, one of them skewed and one whole."""
    latent = _factor_model(NUMERIC_LOADINGS, rows, rng)
    values = 10.0 * NUMERIC_SCALES + NUMERIC_SCALES * latent
    values[:, SKEWED] = np.exp(latent[:, SKEWED])
    people = pd.DataFrame(values, columns=[f"number_{j}" for j in range(values.shape[1])])
    whole = people.columns[WHOLE]
    people[whole] = people[whole].round().astype(np.int64)
    return people


def categorical(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Nine categories, independent within each of five latent classes.

    Rows repeat: of 5,000 people about a third are alone with their record.
    """
    return _of_classes(LEVELS, rows, rng)


def questionnaire(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Two dozen answers of five levels each: of 3,000 people 99 % are alone with theirs."""
    return _of_classes((5,) * QUESTIONS, rows, rng)


def _of_classes(
    levels_of_columns: Sequence[int], rows: int, rng: np.random.Generator
) -> pd.DataFrame:
    latent_class = rng.choice(len(CLASS_SHARES), rows, p=CLASS_SHARES)
    people = {}
    for column, levels in enumerate(levels_of_columns):
        chances = _class_chances(column, levels)[latent_class]
        drawn = (rng.random((rows, 1)) > chances.cumsum(axis=1)[:, :-1]).sum(axis=1)
        people[f"category_{column}"] = _names(levels)[drawn]
    return pd.DataFrame(people)


def mixed(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Five numbers and five categories that hang on two factors; two columns have gaps."""
    latent = _factor_model(MIXED_LOADINGS, rows, rng)
    people = pd.DataFrame(
        {
            "number_0": 170.0 + 10.0 * latent[:, 0],
            "number_1": np.exp(8.0 + 0.7 * latent[:, 1]),
            "number_2": np.round(45.0 + 15.0 * latent[:, 2]).astype(np.int64),
            "number_3": 0.5 * latent[:, 3],
            "number_4": np.round(100.0 + 20.0 * latent[:, 4], 1),
        }
    )
    for column, shares in enumerate(MIXED_SHARES):
        level = np.searchsorted(_cuts(shares), latent[:, len(people.columns)])
        people[f"category_{column}"] = _names(len(shares))[level]
    for name, share in MISSING_SHARES.items():
        people[name] = people[name].mask(rng.random(rows) < share)
    return people


def from_csv(paths: Sequence[str | Path]) -> World:
    """Put files one below the other and deal rows from them, none twice in one call.

    Members, controls and fresh people must come out of one call, or they would overlap.
    """
    table = _read(tuple(paths))

    def deal(rows: int, rng: np.random.Generator) -> pd.DataFrame:
        if rows > len(table):
            raise ValueError(f"{rows} people are wanted, but the files hold only {len(table)}.")
        return table.iloc[rng.permutation(len(table))[:rows]].reset_index(drop=True)

    return deal


WORLDS: dict[str, World] = {
    "numeric": numeric,
    "categorical": categorical,
    "questionnaire": questionnaire,
    "mixed": mixed,
}


@cache
def _read(paths: tuple[str | Path, ...]) -> pd.DataFrame:
    return pd.concat([pd.read_csv(path, dtype=str) for path in paths], ignore_index=True)


def _factor_model(loadings: FloatArray, rows: int, rng: np.random.Generator) -> FloatArray:
    """Draw standard normal columns that share factors."""
    columns, factors = loadings.shape
    own = np.sqrt(1.0 - (loadings**2).sum(axis=1))
    common = rng.standard_normal((rows, factors)) @ loadings.T
    result: FloatArray = common + own * rng.standard_normal((rows, columns))
    return result


def _class_chances(column: int, levels: int) -> FloatArray:
    """Chances of the levels in each class: each class has a favourite, and far levels are rare."""
    favourite = (np.arange(len(CLASS_SHARES)) * (2 * column + 1)) % levels
    weights = np.exp(-CATEGORY_SHARPNESS * np.abs(np.arange(levels) - favourite[:, None]))
    result: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return result


def _cuts(shares: Sequence[float]) -> FloatArray:
    """Where to cut a standard normal number into levels with these shares."""
    result: FloatArray = stats.norm.ppf(np.cumsum(shares)[:-1])
    return result


def _names(levels: int) -> npt.NDArray[np.object_]:
    return np.array([f"level {level}" for level in range(levels)], dtype=object)
