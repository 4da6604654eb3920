"""Whom several attacks point at, and the file that lists them for the owner of train."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import reidaudit


def people(rng: np.random.Generator, n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "income": rng.lognormal(8, 1, n).round(1),
            "age": rng.integers(18, 90, n),
            "visits": rng.poisson(3, n),
            "job": rng.choice(list("abcde"), n),
        }
    )


def tables(copied: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(0)
    train, holdout, release = (people(rng, 600) for _ in range(3))
    release.iloc[:copied] = train.iloc[100 : 100 + copied]
    return train, release, holdout


def test_the_people_who_were_copied_are_listed_by_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "exposed.csv"
    train, release, holdout = tables(6)
    options = {"permutations": 100, "self_check": False, "exposed": path}
    report = reidaudit.audit(train, release, holdout, **options)
    listed = pd.read_csv(path)
    assert set(range(101, 107)) <= set(listed["train_row"].head(8))
    assert (listed["attacks_pointing"] >= 2).all()
    assert listed["attacks_pointing"].is_monotonic_decreasing
    assert (listed["train_row"].between(1, 600)).all()
    assert path.stat().st_mode & 0o777 == 0o600
    assert report.model.exposure is not None
    assert report.model.exposure.member_share == pytest.approx(len(listed) / 600)
    assert f"{listed['attacks'].iloc[0]} attacks recognise" in report.to_html()


def test_members_and_controls_are_pointed_at_alike_where_nothing_leaks() -> None:
    train, release, holdout = tables(0)
    report = reidaudit.audit(train, release, holdout, permutations=100, self_check=False)
    assert report.model.exposure is not None
    shares = (report.model.exposure.member_share, report.model.exposure.control_share)
    assert abs(shares[0] - shares[1]) < 0.025
    assert max(shares) < 0.1


def test_people_with_several_rows_are_listed_once(tmp_path: Path) -> None:
    path = tmp_path / "exposed.csv"
    train, release, holdout = tables(6)
    train["person"], holdout["person"] = np.arange(600) // 3, 1000 + np.arange(600) // 3
    options = {"entity": "person", "permutations": 100, "self_check": False, "exposed": path}
    reidaudit.audit(train, release, holdout, **options)
    listed = pd.read_csv(path)
    assert ((listed["train_row"] - 1) % 3 == 0).all()
    assert set(listed["train_row"].head(3)) == {100, 103, 106}


def test_a_look_that_finds_strangers_too_points_at_nobody() -> None:
    train, release, holdout = tables(0)
    report = reidaudit.audit(
        train,
        release,
        holdout,
        attacks=["disclosure.identity_risk", "disclosure.value_reuse"],
        quasi_identifiers=["age", "job"],
        permutations=50,
        self_check=False,
    )
    match = next(f for f in report.findings if f.outcome == "meaningful_match")
    assert match.details["control_rate"] > 0.01
    assert report.model.exposure is None  # only one attack is left that could point at a person
