"""An audit that cannot see what it says it sees does not pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reidaudit import Report, Verdict, audit
from reidaudit.attack import Attack, Case, Outcome
from reidaudit.measure.permutation import PermutationResult
from reidaudit.plugins import load_attacks
from reidaudit.policy import self_check
from reidaudit.report.model import SelfCheck


def people(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    height = rng.normal(170, 10, rows)
    return pd.DataFrame(
        {
            "height": height.round(2),
            "weight": (height - 100 + rng.normal(0, 8, rows)).round(2),
            "sport": rng.choice(["none", "some", "much"], rows),
        }
    )


def harmless(rows: int, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    return people(rows, rng), people(rows, rng), people(rows, rng)


def sabotaged(name: str, change: Any) -> list[Attack]:
    """The built-in attacks, one of which hands in changed values."""

    def spoil(attack: Attack) -> Attack:
        class Spoilt(type(attack)):  # type: ignore[misc]
            def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
                for outcome in super().run(case, rng):
                    yield replace(outcome, values=change(outcome.values))

        return Spoilt()  # type: ignore[no-any-return]

    return [spoil(attack) if attack.name == name else attack for attack in load_attacks()]


def check_of(report: Any) -> SelfCheck:
    found = report.model.self_check
    assert found is not None
    return found  # type: ignore[no-any-return]


def verdicts(check: SelfCheck) -> dict[str, str]:
    return {part.name: part.verdict for part in check.parts}


@cache
def audited(rows: int) -> Report:
    """An audit of a harmless release, made once."""
    return audit(*harmless(rows), permutations=200)


@pytest.mark.parametrize("rows", [30, 100, 400, 3000])
def test_every_size_finds_what_it_plants(rows: int) -> None:
    check = check_of(audited(rows))
    assert check.verdict == "pass"
    assert set(verdicts(check).values()) == {"pass"}
    assert check.planted_share == pytest.approx(check.planted / rows)


def test_more_people_need_a_smaller_share() -> None:
    small, large = (check_of(audited(rows)) for rows in (100, 3000))
    assert large.planted_share < small.planted_share / 5


@pytest.mark.parametrize(
    ("attack", "change", "part"),
    [
        ("disclosure.exact_copy", np.zeros_like, "planted copies are found"),
        (
            "membership_inference.distance_ratio",
            np.negative,
            "membership_inference.distance_ratio sees the planted people",
        ),
        (
            "attribute_inference.nearest_neighbour",
            lambda values: 1 - values,
            "attribute_inference.nearest_neighbour sees the planted people",
        ),
    ],
)
def test_a_broken_attack_cannot_pass(attack: str, change: Any, part: str) -> None:
    assert audited(3000).verdict is Verdict.PASS
    broken = audit(*harmless(3000), attacks=sabotaged(attack, change), permutations=200)
    assert verdicts(check_of(broken))[part] == "fail"
    assert check_of(broken).verdict == "fail"
    assert broken.verdict is Verdict.INCOMPLETE
    assert "failed its check on itself" in broken.model.why[0]


def test_a_failure_is_believed_even_so() -> None:
    train, _, holdout = harmless(500)
    attacks = sabotaged("membership_inference.distance_ratio", np.negative)
    assert audit(train, train, holdout, attacks=attacks).verdict is Verdict.FAIL


def test_a_leak_between_halves_of_the_holdout_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def alarmed(statistics: Any, labels: Any, rng: Any, permutations: int) -> PermutationResult:
        p_values = np.full(len(statistics), 1 / (permutations + 1))
        return PermutationResult(p_values, p_values, float(p_values[0]), permutations)

    monkeypatch.setattr(self_check, "permutation_test", alarmed)
    report = audit(*harmless(3000), permutations=200)
    assert verdicts(check_of(report))["holdout against holdout is silent"] == "fail"
    assert report.verdict is Verdict.INCOMPLETE


def test_holdout_against_holdout_is_hardly_ever_loud() -> None:
    findings = audited(100).model.findings
    deciding = sorted({found.attack for found in findings if found.bearing == "deciding"})
    loud = [
        verdicts(check_of(audit(*harmless(60, seed), attacks=deciding, permutations=50)))
        for seed in range(25)
    ]
    assert all(found["holdout against holdout is silent"] == "pass" for found in loud)


def test_it_can_be_switched_off() -> None:
    report = audit(*harmless(100), permutations=50, self_check=False)
    assert report.model.self_check is None


def test_without_controls_there_is_nothing_to_check() -> None:
    train, release, _ = harmless(100)
    assert audit(train, release).model.self_check is None


@pytest.mark.parametrize("counting", [1.0, 0.6, 0.2, 0.02])
def test_enough_is_planted_where_looks_count_few(
    counting: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who of the planted counts is chance, and hardly ever are there too few of them."""
    monkeypatch.setattr(self_check, "_looks_at_copies", lambda *_: iter([(0.03, counting)]))
    sizes: Any = SimpleNamespace(members=1000, controls=1000)
    planted = self_check._copies_to_plant(sizes, 1000)
    assert stats.binom.sf(29, planted, counting) >= 0.999 or planted == 1000
    assert stats.binom.sf(29, planted - 1, counting) < 0.999


def test_people_who_are_like_many_others_do_not_fail_the_check() -> None:
    """Two columns of two values: nobody's copy can be told from a stranger's record."""
    rng = np.random.default_rng(3)
    tables = [
        pd.DataFrame({"a": rng.choice(list("xy"), 400), "b": rng.choice(list("uv"), 400)})
        for _ in range(3)
    ]
    report = audit(*tables, permutations=100)
    assert (
        verdicts(check_of(report))["membership_inference.distance_ratio sees the planted people"]
        == "not done"
    )
    assert report.verdict is not Verdict.PASS


def test_whole_people_are_planted_where_they_have_many_rows() -> None:
    rng = np.random.default_rng(4)

    def visits(first: int) -> pd.DataFrame:
        rows = people(100, rng).loc[np.repeat(np.arange(100), 4)].reset_index(drop=True)
        rows["weight"] += rng.normal(0, 1, len(rows)).round(2)
        return rows.assign(person=np.repeat(np.arange(first, first + 100), 4))

    train, holdout = visits(0), visits(100)
    release = visits(500).drop(columns="person")
    check = check_of(audit(train, release, holdout, entity="person", permutations=100))
    assert check.verdict == "pass"
    assert check.planted <= 100


def test_a_column_that_everybody_can_guess_does_not_fail_the_check() -> None:
    rng = np.random.default_rng(5)
    tables = [people(300, rng).assign(alive="yes") for _ in range(3)]
    for table in tables:
        table.loc[table.index[:3], "alive"] = "no"
    train, release, holdout = tables
    report = audit(train, release, holdout, sensitive=["alive"], permutations=100)
    assert (
        verdicts(check_of(report))["attribute_inference.nearest_neighbour sees the planted people"]
        == "not done"
    )
    assert check_of(report).verdict == "pass"
