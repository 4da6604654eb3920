"""An attacker who guesses only when sure, as an audit judges and every format shows it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

import reidaudit
from reidaudit.attack import Attack, Case, Family, Need, Outcome
from reidaudit.report.model import Finding
from reidaudit.report.report import Report
from reidaudit.vocabulary import Verdict

PEOPLE = 400


class GuessesWhenSure(Attack):
    """Rightly of the surest if they stand in the release, and of one in ten of all others."""

    name = "attribute_inference.made_up"
    version = "1"
    family = Family.ATTRIBUTE_INFERENCE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
        stands = np.isin(case.pool.codes[0], case.release.codes[0])
        sureness = case.pool.codes[1].astype(float)
        sure = sureness >= np.quantile(sureness, 0.9)
        right = np.where(stands & sure, 1.0, rng.random(case.n_targets) < 0.1)
        yield Outcome.of_guesses("everybody", "Can it be guessed?", right)
        yield Outcome.of_guesses(
            "sure", "Can it be guessed when sure?", right, sureness=sureness, bearing="fail_only"
        )


def audit(copied: int) -> Report:
    rng = np.random.default_rng(0)
    # no two people have the same name; the sureness has a hundred levels
    people = pd.DataFrame(
        {
            "name": [f"n{number}" for number in rng.permutation(3 * PEOPLE)],
            "sureness": [f"s{level:02}" for level in rng.integers(0, 100, 3 * PEOPLE)],
        }
    )
    train, holdout, release = (
        people.iloc[start : start + PEOPLE].reset_index(drop=True)
        for start in range(0, 3 * PEOPLE, PEOPLE)
    )
    release.iloc[:copied] = train.iloc[:copied]
    return reidaudit.audit(
        train,
        release,
        holdout,
        schema={"name": {"kind": "categorical"}},
        attacks=[GuessesWhenSure()],
        permutations=400,
        workers=1,
        self_check=False,
        policy={"require": ["attribute_inference"]},
    )


def sure(report: Report) -> Finding:
    (found,) = (row for row in report.model.findings if row.outcome == "sure")
    return found


@pytest.fixture(scope="module")
def leaky() -> Report:
    return audit(PEOPLE)


@pytest.fixture(scope="module")
def harmless() -> Report:
    return audit(0)


def test_it_fails_where_only_the_surest_are_given_away(leaky: Report) -> None:
    found = sure(leaky)
    assert found.verdict is Verdict.FAIL
    assert found.value == pytest.approx(0.9, abs=0.1)
    assert found.p_value is not None
    assert found.p_value < 0.01
    assert "the surest" in found.reason
    assert "shares tried" in found.reason


def test_its_curve_holds_precision_and_recall_of_both_sides(leaky: Report) -> None:
    found = sure(leaky)
    shares = [point.share for point in found.curve]
    assert shares == sorted(shares)
    assert len(found.curve) >= 3
    for point in found.curve:
        assert isinstance(point.targets.members, int)
        right = point.member_precision * point.targets.members
        assert point.member_recall == pytest.approx(right / PEOPLE)
    assert max(point.member_precision - point.control_precision for point in found.curve) == (
        pytest.approx(found.value)
    )


def test_its_interval_is_corrected_for_the_shares_among_which_it_was_chosen(leaky: Report) -> None:
    found = sure(leaky)
    level = leaky.model.run.correction.closer_look_level
    assert found.interval is not None
    assert 1 - found.interval.level == pytest.approx((1 - level) / len(found.curve))


def test_it_never_passes(harmless: Report) -> None:
    assert sure(harmless).verdict is None
    assert harmless.verdict is not Verdict.FAIL


def test_every_format_tells_of_it(leaky: Report) -> None:
    page = leaky.to_html()
    assert 'id="sure-attribute_inference"' in page
    assert "Right about controls" in page
    for text in (leaky.to_markdown(), leaky.to_text(), leaky.to_csv()):
        assert "when sure" in text
