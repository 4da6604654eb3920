"""Attacks that misbehave during an audit: incomplete findings, and never silence or a crash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import reidaudit
from reidaudit.attack import Attack, Case, Family, Need, Outcome
from reidaudit.errors import PluginError
from reidaudit.report.report import Report
from reidaudit.vocabulary import ExitCode, Verdict


def table(rng: np.random.Generator) -> pd.DataFrame:
    numbers = {name: rng.normal(size=60).round(3) for name in ("height", "income")}
    return pd.DataFrame({**numbers, "city": rng.choice(["Aarau", "Bern", "Chur"], 60)})


def audit(*attacks: Any) -> Report:
    """Audit a harmless release with the given attacks."""
    rng = np.random.default_rng(4)
    train, holdout, release = (table(rng) for _ in range(3))
    return reidaudit.audit(train, release, holdout, attacks=attacks, permutations=50, workers=1)


class Misbehaves(Attack):
    name = "membership_inference.misbehaves"
    version = "3"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
        yield Outcome.of_scores("first", "It begins well.", np.zeros(case.n_targets))
        raise RuntimeError("the value canary-4711 is odd")


class ReturnsTooFew(Misbehaves):
    def run(self, case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
        yield Outcome.of_scores("short", "?", np.zeros(3))


class CommonGuessTooShort(Misbehaves):
    name = "attribute_inference.misbehaves"
    family = Family.ATTRIBUTE_INFERENCE

    def run(self, case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
        right = np.ones(case.n_targets)
        yield Outcome.of_guesses("short", "?", right, common_guess=np.ones(3))


class DecidesOnlyWhenSure(Misbehaves):
    """How many guesses to look at is chosen by the data, so no upper end may pass the audit."""

    def run(self, case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
        right = np.ones(case.n_targets)
        yield Outcome.of_guesses("sure", "?", right, sureness=right)


class NotSurelySure(Misbehaves):
    def run(self, case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
        right = np.ones(case.n_targets)
        yield Outcome.of_guesses("sure", "?", right, sureness=right * np.nan, bearing="fail_only")


class NeedsWhatNobodyHas(Misbehaves):
    needs = frozenset({"a_telescope"})  # type: ignore[arg-type]


class WantsLabels(Misbehaves):
    needs = frozenset({Need.LABELS})


def test_an_attack_that_raises_is_an_incomplete_finding_and_never_silence() -> None:
    report = audit("disclosure.exact_copy", Misbehaves())
    broken = [f for f in report.findings if f.attack == Misbehaves.name]
    assert [f.verdict for f in broken] == [Verdict.INCOMPLETE]
    assert broken[0].attack_version == "3"
    assert "RuntimeError" in broken[0].reason
    assert report.verdict is Verdict.INCOMPLETE
    assert report.exit_code == ExitCode.UNDECIDED
    assert "canary" not in report.to_json()
    assert "first" not in [f.outcome for f in report.findings]


@pytest.mark.parametrize(
    "attack",
    [ReturnsTooFew(), CommonGuessTooShort(), DecidesOnlyWhenSure(), NotSurelySure()],
    ids=["short", "common", "deciding when sure", "not surely sure"],
)
def test_an_attack_that_breaks_the_contract_is_incomplete(attack: Attack) -> None:
    report = audit(attack)
    assert [f.verdict for f in report.findings] == [Verdict.INCOMPLETE]
    assert report.verdict is Verdict.INCOMPLETE


def test_an_attack_that_cannot_run_says_why() -> None:
    report = audit("disclosure.exact_copy", WantsLabels())
    assert [entry.attack for entry in report.model.not_run] == [WantsLabels.name]
    assert "learns" in report.model.not_run[0].reason
    assert report.verdict is Verdict.INCOMPLETE


def test_objects_that_do_not_keep_the_contract_are_refused() -> None:
    for attack in (object(), NeedsWhatNobodyHas()):
        with pytest.raises(PluginError):
            audit(attack)


def test_the_same_attack_twice_counts_once() -> None:
    report = audit("disclosure.exact_copy", "disclosure.exact_copy")
    ids = [finding.id for finding in report.findings]
    assert len(set(ids)) == len(ids)
