"""Values taken over column by column are found where no whole record is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from one_attack import findings_of
from sklearn.datasets import load_breast_cancer

NAME = "disclosure.value_reuse"


def independent_marginals(train: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {name: rng.choice(train[name].to_numpy(), len(train)) for name in train.columns}
    )


@pytest.fixture(scope="module")
def halves() -> tuple[pd.DataFrame, pd.DataFrame]:
    table = load_breast_cancer(as_frame=True).frame.drop(columns="target")
    order = np.random.default_rng(0).permutation(len(table))
    return table.iloc[order[:285]], table.iloc[order[285:]]


@pytest.mark.parametrize("outcome", ["exact_values", "column_gaps"])
def test_independent_marginals_give_everybody_away(
    halves: tuple[pd.DataFrame, pd.DataFrame], outcome: str
) -> None:
    """The published weakness of nearness measures: shares of 0.5 where membership is certain."""
    train, holdout = halves
    release = independent_marginals(train, np.random.default_rng(1))
    found = findings_of(NAME, train, release, holdout)
    assert found[outcome, "auc"].value == pytest.approx(1.0, abs=0.002)
    assert found[outcome, "auc"].verdict == "fail"
    assert found[outcome, "tpr_at_fpr"].verdict == "fail"


def test_values_moved_by_less_than_people_lie_apart_are_found(
    halves: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    train, holdout = halves
    rng = np.random.default_rng(2)
    release = independent_marginals(train, rng)
    release *= 1 + 1e-6 * rng.standard_normal(release.shape)
    found = findings_of(NAME, train, release, holdout)
    assert found["column_gaps", "auc"].value == pytest.approx(1.0, abs=0.01)
    assert found["exact_values", "auc"].value == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_fresh_people_are_no_leak(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def people() -> pd.DataFrame:
        return pd.DataFrame(
            {
                "wage": rng.lognormal(8, 1, 1500).round(1),
                "age": rng.integers(18, 90, 1500),
                "town": rng.choice([f"town {i}" for i in range(400)], 1500),
            }
        )

    found = findings_of(NAME, people(), people(), people())
    for outcome in ("exact_values", "column_gaps"):
        assert found[outcome, "auc"].value == pytest.approx(0.5, abs=0.05)
        assert found[outcome, "auc"].verdict != "fail"
        assert found[outcome, "tpr_at_fpr"].verdict != "fail"


def test_rare_categories_are_values_too() -> None:
    rng = np.random.default_rng(3)
    train = pd.DataFrame(
        {"village": [f"v{i}" for i in range(400)], "a": rng.choice(list("xy"), 400)}
    )
    holdout = train.assign(village=[f"w{i}" for i in range(400)])
    release = independent_marginals(train, rng)
    kinds = {"village": {"kind": "categorical", "role": "other"}}
    found = findings_of(NAME, train, release, holdout, schema=kinds)
    # of n values drawn n times with replacement, 1 - 1/e come up
    assert found["exact_values", "auc"].value == pytest.approx(0.5 + (1 - np.exp(-1)) / 2, abs=0.03)


def test_missing_values_belong_to_nobody() -> None:
    rng = np.random.default_rng(4)
    train, holdout, release = (
        pd.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300)}) for _ in range(3)
    )
    train.loc[0, "a"] = holdout.loc[0, "b"] = release.loc[0, "a"] = np.nan
    found = findings_of(NAME, train, release, holdout)
    assert np.isfinite(found["exact_values", "auc"].value or np.nan)


def test_the_values_of_one_person_do_not_hide_each_other() -> None:
    """Three rows of a person share a value; nobody else has it, so it is still the person's own."""
    rng = np.random.default_rng(5)

    def visits(first: int) -> pd.DataFrame:
        wage = np.repeat(rng.normal(size=200), 3)
        return pd.DataFrame({"wage": wage, "person": np.repeat(np.arange(first, first + 200), 3)})

    train, holdout = visits(0), visits(200)
    release = train.drop(columns="person").sample(frac=1, random_state=0)
    release.loc[release.index[:30], "wage"] = rng.normal(size=30)
    found = findings_of(NAME, train, release, holdout, entity="person")
    assert found["exact_values", "auc"].value > 0.95  # type: ignore[operator]
    assert found["column_gaps", "auc"].value > 0.95  # type: ignore[operator]
