"""Of many people some are targets, and all of them stay among the neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reidaudit
from reidaudit.arguments import choose_targets
from reidaudit.attack import Attack, Case
from reidaudit.attempts import attempt, make_case, train_rows
from reidaudit.data.declared import Declarations
from reidaudit.data.read import read_table
from reidaudit.data.tables import Tables, build_tables
from reidaudit.errors import UsageError
from reidaudit.labels import hand_out_labels
from reidaudit.planted import plant
from reidaudit.plugins import load_attacks
from reidaudit.sampling import (
    SampledCase,
    affordable_targets,
    choose_people,
    sampled,
    share_out,
)


def people(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.normal(45, 15, n).round(2)
    return pd.DataFrame(
        {
            "age": age,
            "income": (age * rng.lognormal(3, 0.4, n)).round(1),
            "town": rng.choice(list("abcdefgh"), n),
            "job": rng.choice(list("uvwxyz"), n, p=[0.4, 0.25, 0.15, 0.1, 0.07, 0.03]),
            "score": rng.normal(size=n).round(3),
        }
    )


def tables(members: int = 300, controls: int = 260, **declared: str) -> Tables:
    frames = {"train": people(members, 1), "holdout": people(controls, 2)}
    frames["synthetic"] = pd.concat([people(280, 3), frames["train"].head(20)])
    if declared:
        for offset, name in enumerate(("train", "holdout")):
            frames[name]["who"] = np.arange(len(frames[name])) // 2 + 1000 * offset
    raw = {role: read_table(frame, role) for role, frame in frames.items()}  # type: ignore[arg-type]
    return build_tables(raw, Declarations(**declared))  # type: ignore[arg-type]


@given(
    rows_each=st.lists(st.integers(1, 4), min_size=2, max_size=40),
    most=st.integers(1, 15),
    seed=st.integers(0, 99),
)
def test_so_many_people_are_drawn_with_all_their_rows(
    rows_each: list[int], most: int, seed: int
) -> None:
    entities = np.repeat(np.arange(len(rows_each)), rows_each)
    is_member = entities % 3 == 0
    asked = choose_people(entities, is_member, most, np.random.default_rng(seed))
    ours = [len(np.unique(entities[side])) for side in (is_member, ~is_member)]
    drawn = [len(np.unique(entities[side & asked])) for side in (is_member, ~is_member)]
    assert drawn == list(share_out(most, *ours))
    assert not set(entities[asked]) & set(entities[~asked])


@pytest.mark.parametrize(
    ("rows", "targets"),
    [
        (0, 50_000),
        (87_882, 50_000),  # Adult: all of its 48,842 people
        (1_000_000, 50_000),
        (2_250_000, 50_000),
        (6_000_000, 20_000),
        (12_250_000, 10_000),
        (10**12, 10_000),
    ],
)
def test_of_more_rows_fewer_people_are_asked(rows: int, targets: int) -> None:
    assert affordable_targets(rows) == targets
    assert choose_targets("auto", rows) == targets
    assert choose_targets(None, rows) is None
    assert choose_targets(1234, rows) == 1234


@given(most=st.integers(2, 50), members=st.integers(0, 60), controls=st.integers(0, 60))
def test_half_are_members_and_what_one_side_lacks_goes_to_the_other(
    most: int, members: int, controls: int
) -> None:
    shared = share_out(most, members, controls)
    assert sum(shared) in (min(most, members + controls), most - most % 2)
    for own, there_are in zip(shared, (members, controls), strict=True):
        assert own <= there_are
        assert own >= min(most // 2, there_are)


def test_nobody_is_left_out_where_there_are_few() -> None:
    case, _ = make_case(tables(), 0, 1, most_targets=560)
    assert case.asked is None
    assert sampled(case) is case


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(tables(), 0, 1, most_targets=200)[0]


def test_the_targets_stand_first_in_the_pool(case: Case) -> None:
    few = sampled(case)
    assert isinstance(few, SampledCase)
    assert few.n_targets == case.asked == 200
    for own, all_of_them in zip(few.pool.codes, case.pool.codes, strict=True):
        np.testing.assert_array_equal(own, all_of_them[:200])
    np.testing.assert_array_equal(few.keys()[0].whole, case.keys()[0].whole[:200])


@pytest.mark.parametrize("encoding", ["gower", "normal"])
@pytest.mark.parametrize("place", ["pool", "release"])
def test_targets_have_the_neighbours_that_they_have_among_all(
    case: Case, encoding: str, place: str
) -> None:
    found = sampled(case).neighbours(encoding, place, 3)  # type: ignore[arg-type]
    among_all = case.neighbours(encoding, place, 3)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found.distance, among_all.distance[:200])
    np.testing.assert_array_equal(found.row, among_all.row[:200])
    np.testing.assert_array_equal(found.ties, among_all.ties[:200])


def test_columns_are_guessed_as_among_all(case: Case) -> None:
    columns = range(5)
    few, among_all = sampled(case).guesses(columns, columns), case.guesses(columns, columns)
    for column in columns:
        np.testing.assert_array_equal(few[column].chance, among_all[column].chance[:200])


def test_planted_rows_reach_the_sample(case: Case) -> None:
    rows = np.array([3, 50, 199])
    few = sampled(plant(case, rows))
    assert (few.neighbours("gower", "release").distance[rows, 0] == 0.0).all()
    assert np.isin(few.keys()[0].whole[rows], few.keys()[1].whole).all()


def test_rows_of_train_are_those_of_the_targets() -> None:
    read = tables()
    case, is_member = make_case(read, 4, 1, most_targets=200)
    rows = train_rows(read, 4, most_targets=200)
    np.testing.assert_array_equal(rows > 0, is_member)
    np.testing.assert_array_equal(
        case.pool.codes[0][is_member], read.train.codes[0][rows[is_member] - 1]
    )


@pytest.mark.parametrize("attack", load_attacks(), ids=lambda attack: attack.name)
def test_every_attack_is_tried_on_the_sample_or_on_everybody(attack: Attack) -> None:
    """Its outcomes end with the last of those who were asked about."""
    case, is_member = make_case(tables(), 0, 1, most_targets=300)
    labels = hand_out_labels(case.entities, is_member, np.random.default_rng(0), asked=case.asked)
    found = attempt(attack, case, 0, labels)
    assert found.error is None
    targets = case.n_targets if getattr(attack, "asks_everybody", False) else 300
    assert {len(outcome.values) for outcome in found.outcomes} <= {targets}


def leaky(seed: int, copies: int, n: int = 1500) -> reidaudit.Report:
    train, holdout, fresh = (people(n, 10 * seed + place) for place in range(3))
    release = pd.concat([train.head(copies), fresh.tail(n - copies)])
    return reidaudit.audit(
        train, release, holdout, targets=1200, permutations=300, workers=1, seed=seed
    )


def test_a_leak_is_found_and_the_report_says_who_was_asked_about() -> None:
    report = leaky(1, copies=150)
    assert report.verdict == "fail"
    run = report.model.run
    assert run.targets is not None
    assert (run.targets.members, run.targets.controls) == (600, 600)
    targets = {finding.id: finding.targets.members for finding in report.model.findings}
    assert targets["membership_inference.distance_ratio:gower_soft:auc"] == 600
    assert targets["disclosure.value_reuse:exact_values:auc"] == 1500
    for output_format in ("html", "markdown"):
        assert "were tried on 600 members and 600 controls" in report.render(output_format)
    first_screen = report.render("html").partition("</header>")[0]
    assert "were tried on 600 members" in first_screen
    assert "--targets 1200" in report.render("markdown")


def test_nothing_is_found_where_nothing_leaks() -> None:
    report = leaky(2, copies=0)
    assert report.verdict in ("pass", "inconclusive")
    assert report.model.self_check is not None
    assert report.model.self_check.verdict == "pass"


def test_so_few_targets_are_refused() -> None:
    with pytest.raises(UsageError, match="targets must be 1000 or more, auto or all, not 20"):
        reidaudit.audit(people(50, 1), people(50, 2), people(50, 3), targets=20)
