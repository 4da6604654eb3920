"""Counts of one to seven people are not told, and neither are those that leave so few over."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reidaudit
from reidaudit.data.small_counts import FEWEST_TOLD, told_count, told_percent, told_share
from reidaudit.report.model import Finding
from reidaudit.vocabulary import Verdict


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_no_small_count_is_told_and_every_other_is(count: int, rest: int) -> None:
    told = told_count(count, count + rest)
    if 0 < count < FEWEST_TOLD:
        assert told == "fewer than 8"
    elif 0 < rest < FEWEST_TOLD:
        assert told == "all but fewer than 8"
    else:
        assert told == count


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_is_told_where_its_count_is(count: int, of: int) -> None:
    count = min(count, of)
    is_told = isinstance(told_count(count, of), int)
    assert isinstance(told_share(count / of, of), float) == is_told
    assert told_percent(count, of).endswith("%") == is_told


def people(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person": rng.permutation(100_000)[:rows],
            "income": rng.lognormal(8, 1, rows).round(1),
            "age": rng.integers(18, 90, rows),
            "job": rng.choice(list("abcde"), rows),
            "rare": rng.permutation(["yes"] * 3 + ["no"] * (rows - 3)),
        }
    )


def audit(train: pd.DataFrame, holdout: pd.DataFrame) -> reidaudit.Report:
    release = people(np.random.default_rng(9), len(train))
    attacks = ["disclosure.exact_copy", "attribute_inference.nearest_neighbour"]
    settings = {"permutations": 20, "workers": 1, "attacks": attacks, "entity": "person"}
    return reidaudit.audit(train, release, holdout, **settings)


@pytest.fixture(scope="module")
def report() -> reidaudit.Report:
    """Three people of a rare kind on each side, and three who stand on both sides."""
    rng = np.random.default_rng(0)
    train, holdout = people(rng, 600), people(rng, 600)
    holdout["person"] += 100_000
    holdout.iloc[:3] = train.iloc[:3]
    return audit(train, holdout)


def test_people_on_both_sides_are_not_counted_where_they_are_few(
    report: reidaudit.Report,
) -> None:
    disjoint = next(row for row in report.model.preconditions if "disjoint" in row.name)
    assert disjoint.verdict == "warn"
    assert "fewer than 8 of the holdout's entities" in disjoint.detail
    sizes = next(row for row in report.model.preconditions if row.name == "sizes suffice")
    assert sizes.detail == "600 members and all but fewer than 8 controls."
    assert not re.search(r"(?<![\d.])597\b", report.to_json())


def test_no_group_of_people_is_told_that_is_or_leaves_a_few(report: reidaudit.Report) -> None:
    for row in report.findings:
        for told, everybody in ((row.targets.members, 600), (row.targets.controls, 600)):
            assert isinstance(told, str) or told == 0 or told >= FEWEST_TOLD
            assert isinstance(told, str) or not 0 < everybody - told < FEWEST_TOLD
        assert not re.search(r"\b[1-7] (members|controls|people)\b", row.reason)


def test_the_commonest_value_of_all_but_three_is_no_share(report: reidaudit.Report) -> None:
    rare = [
        row
        for row in report.findings
        if row.details.get("column") == "rare" and row.measure == "excess"
    ]
    assert rare
    assert {row.details["majority_rate"] for row in rare} <= {"all but fewer than 8", 1.0}
    assert "all but fewer than 8" in {row.details["majority_rate"] for row in rare}
    for form in ("html", "csv", "markdown", "text", "junit", "sarif"):
        assert report.render(form)


def test_suppression_changes_no_verdict(report: reidaudit.Report) -> None:
    """The same tables under limits that make the findings fail, pass and stay open."""

    def verdicts(found: list[Finding]) -> list[Verdict | None]:
        return [row.verdict for row in found]

    assert verdicts(report.findings) == verdicts(
        reidaudit.Report.from_json(report.to_json()).findings
    )
    for row in report.findings:
        if row.verdict is Verdict.FAIL:
            assert row.interval is not None
            assert row.limit is not None
            assert row.interval.low > row.limit.max
