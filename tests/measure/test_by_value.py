"""Precision and recall by the value that is guessed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reidaudit
from reidaudit.attack import Family, Outcome
from reidaudit.measure.by_value import guesses_by_value
from reidaudit.measure.measures import EntityOutcome, People
from reidaudit.report.model import Finding
from reidaudit.report.report import Report

VALUES = 4


def scored(rows: int, seed: int, per_person: int = 1, **more: Any) -> EntityOutcome:
    rng = np.random.default_rng(seed)
    guessed, truth = rng.integers(0, VALUES, (2, rows))
    people = np.arange(rows) // per_person
    outcome = Outcome.of_guesses(
        "secret",
        "?",
        guessed == truth,
        column="job",
        by_entity="mean",
        bearing="fail_only",
        guessed=guessed,
        truth=truth,
        **more,
    )
    is_member = (rng.random(rows // per_person + 1) < 0.5)[people]
    return People(people, is_member).join(outcome, Family.ATTRIBUTE_INFERENCE)


@settings(max_examples=50, deadline=None)
@given(rows=st.integers(200, 400), seed=st.integers(0, 10**6), sure=st.booleans())
def test_counts_are_those_of_a_table_by_hand(rows: int, seed: int, sure: bool) -> None:
    sureness = np.random.default_rng(seed).random(rows)
    one = scored(rows, seed, **({"sureness": sureness} if sure else {}))
    among = one.most_telling.among
    frame = pd.DataFrame(
        {
            "guessed": one.outcome.guessed,
            "truth": one.outcome.truth,
            "member": one.is_member,
            "made": True if among is None else among,
        }
    )
    assert frame["made"].all() != sure
    for found in guesses_by_value(one):
        place = 0 if found.value.startswith("most") else int(found.value[0]) - 1
        for side, counts in ((True, found.members), (False, found.controls)):
            own = frame[frame["member"] == side]
            made = own[(own["guessed"] == place) & own["made"]]
            assert counts.made == len(made)
            assert counts.right == (made["truth"] == place).sum()
            assert counts.having == (own["truth"] == place).sum()


def test_values_are_named_by_how_common_they_are() -> None:
    names = [found.value for found in guesses_by_value(scored(400, 0))]
    assert names == [
        "most common value of job",
        "2nd most common value of job",
        "3rd most common value of job",
        "4th most common value of job",
    ]


def test_nothing_is_told_of_people_with_several_rows() -> None:
    assert guesses_by_value(scored(400, 0, per_person=2)) == ()


@pytest.fixture(scope="module")
def report() -> Report:
    """Every member's ward stands in the release with the member's own numbers; some are rare."""
    rng = np.random.default_rng(0)

    def people(rows: int = 600) -> pd.DataFrame:
        numbers = pd.DataFrame(rng.normal(size=(rows, 3)).round(1)).add_prefix("number ")
        wards = rng.choice(["north", "south", "hospice"], rows, p=[0.6, 0.38, 0.02])
        return numbers.assign(ward=wards)

    train, holdout, release = people(), people(), people()
    release.iloc[:400] = train.iloc[:400]
    return reidaudit.audit(
        train,
        release,
        holdout,
        sensitive=["ward"],
        attacks=["attribute_inference.model"],
        permutations=100,
        workers=1,
    )


def looks(report: Report) -> list[Finding]:
    return [row for row in report.findings if row.by_value]


def test_a_report_tells_which_values_are_guessed_and_quotes_none(report: Report) -> None:
    (look,) = looks(report)
    assert [row.value for row in look.by_value][:2] == [
        "most common value of ward",
        "2nd most common value of ward",
    ]
    page = report.to_html()
    assert "2nd most common value of ward" in page
    assert not [word for word in ("north", "south", "hospice") if word in page]


def test_the_rates_of_few_people_are_not_told(report: Report) -> None:
    (look,) = looks(report)
    for row in look.by_value:
        for rate, made in (
            (row.member_precision, row.targets.members),
            (row.control_precision, row.targets.controls),
        ):
            if isinstance(rate, float) and isinstance(made, int):
                right = round(rate * made)
                assert right == 0 or right >= 8
                assert made - right == 0 or made - right >= 8
