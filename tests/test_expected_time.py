"""Times of pilots are carried over by what they are made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reidaudit.expected_time import SELF_CHECK_SHARE, PilotTime, Work, expected_seconds

PILOTS = (Work(300, 0, 5_000), Work(300, 0, 20_000), Work(1_200, 0, 20_000))
cost = st.floats(0, 1)


def pilots_of(a_target: float, a_row: float, a_pair: float, measured: float) -> list[PilotTime]:
    return [
        PilotTime(
            work,
            attacking=2.0 + a_target * work.targets + a_row * work.rows,
            searching=a_row * work.rows + a_pair * work.pairs,
            measuring=0.5 + measured * work.targets,
        )
        for work in PILOTS
    ]


@given(cost, cost, cost, cost)
def test_each_kind_of_work_is_told_apart(
    a_target: float, a_row: float, a_pair: float, measured: float
) -> None:
    pilots = pilots_of(a_target, a_row, a_pair, measured)
    larger = Work(50_000, 1_000_000, 2_000_000)
    rows = 3_050_000 * a_row
    attacking = 2.0 + 50_000 * a_target + rows
    searching = rows + larger.pairs * a_pair
    measuring = 0.5 + measured * (50_000 + 0.1 * 1_000_000)
    expected = (attacking + searching) * (1 + SELF_CHECK_SHARE) + measuring
    assert expected_seconds(pilots, larger, 0.1) == pytest.approx(expected, rel=1e-3)


seconds = st.lists(st.floats(0, 100), min_size=len(PILOTS), max_size=len(PILOTS))


@given(seconds, seconds, seconds)
def test_whatever_the_noise_fewer_targets_take_no_longer(
    attacking: list[float], searching: list[float], measuring: list[float]
) -> None:
    pilots = list(map(PilotTime, PILOTS, attacking, searching, measuring))
    few, half, everybody = (
        expected_seconds(pilots, Work(targets, 400_000 - targets, 200_000), 0.3)
        for targets in (2_000, 200_000, 400_000)
    )
    assert 0 <= few <= half * (1 + 1e-9) <= everybody * (1 + 2e-9)


def test_noise_makes_no_time_negative() -> None:
    pilots = [PilotTime(work, 3.0 - 0.001 * work.targets, 0.1, 0.1) for work in PILOTS]
    assert expected_seconds(pilots, Work(50_000, 0, 1_000_000), 0.1) > 0
