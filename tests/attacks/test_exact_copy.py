"""Verbatim copies: counted by people whom chance hardly ever matches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import reidaudit
from reidaudit.vocabulary import MeasureName, Verdict

NAME = "disclosure.exact_copy"


def wide(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Nearly every row is one of its kind."""
    return pd.DataFrame(rng.normal(size=(rows, 4)).round(3), columns=list("abcd"))


def repetitive(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """One row in two or three has a twin among strangers."""
    levels = rng.geometric(0.45, size=(rows, 7)).clip(max=6)
    return pd.DataFrame(levels, columns=list("abcdefg")).astype(str)


def audit(train: pd.DataFrame, release: pd.DataFrame, holdout: pd.DataFrame) -> reidaudit.Report:
    return reidaudit.audit(train, release, holdout, attacks=[NAME], permutations=300, workers=1)


def copied(train: pd.DataFrame, fresh: pd.DataFrame, share: float) -> pd.DataFrame:
    count = round(share * len(fresh))
    return pd.concat([train.iloc[:count], fresh.iloc[count:]], ignore_index=True)


@pytest.mark.parametrize("table", [wide, repetitive])
@pytest.mark.parametrize("seed", range(5))
def test_strangers_rows_do_not_fail(table: object, seed: int) -> None:
    rng = np.random.default_rng(seed)
    train, holdout, fresh = (table(rng, 2000) for _ in range(3))  # type: ignore[operator]
    verdicts = [f.verdict for f in audit(train, fresh, holdout).findings if f.gating]
    assert Verdict.FAIL not in verdicts


@pytest.mark.parametrize("table", [wide, repetitive])
def test_one_row_in_ten_copied_fails(table: object) -> None:
    rng = np.random.default_rng(1)
    train, holdout, fresh = (table(rng, 2000) for _ in range(3))  # type: ignore[operator]
    report = audit(train, copied(train, fresh, 0.1), holdout)
    assert Verdict.FAIL in [finding.verdict for finding in report.findings]


def test_a_wide_table_without_copies_passes_whatever_its_size() -> None:
    rng = np.random.default_rng(2)
    train, holdout, fresh = (wide(rng, 60) for _ in range(3))
    deciding = [f for f in audit(train, fresh, holdout).findings if f.gating]
    assert [f.verdict for f in deciding] == [Verdict.PASS]
    assert deciding[0].interval is not None
    assert deciding[0].interval.high == 0.0


def test_numbers_written_differently_are_the_same_record() -> None:
    rng = np.random.default_rng(3)
    train, holdout = wide(rng, 300), wide(rng, 300)
    release = train.map(lambda value: f"{value:.6f}")
    report = audit(train, release, holdout)
    found = {f.outcome: f.value for f in report.findings if f.measure is MeasureName.EXCESS}
    assert found["any_record"] == 1.0


def test_a_near_copy_is_no_copy() -> None:
    rng = np.random.default_rng(4)
    train, holdout = wide(rng, 300), wide(rng, 300)
    report = audit(train, train + 1e-9, holdout)
    assert all(finding.value == 0.0 for finding in report.findings)


def test_copies_among_the_few_who_count_are_judged_as_a_share_of_them() -> None:
    """Where strangers' records coincide, a tenth of those who count is not a tenth of everybody."""
    rng = np.random.default_rng(21)

    def table(n: int) -> pd.DataFrame:
        levels = rng.geometric(0.5, size=(n, 6)).clip(max=9)
        return pd.DataFrame(levels, columns=list("abcdef")).astype(str)

    train, holdout, release = table(4000), table(4000), table(4000)
    release.iloc[:400] = train.iloc[:400]
    report = reidaudit.audit(
        train, release, holdout, attacks=[NAME], permutations=300, self_check=False
    )
    looks = [f for f in report.findings if f.outcome.endswith(".among_them")]
    assert len(looks) == 1
    (everybody,) = [f for f in report.findings if f.bearing == "deciding"]
    assert looks[0].bearing == "fail_only"
    assert looks[0].targets.members < 2000
    assert looks[0].value is not None
    assert everybody.value is not None
    assert looks[0].value == pytest.approx(0.1, abs=0.04)
    assert looks[0].value > 2 * everybody.value
