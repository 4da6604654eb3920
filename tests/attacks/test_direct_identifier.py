"""Names and mails of real people in the release."""

from __future__ import annotations

import numpy as np
import pandas as pd

import reidaudit
from reidaudit.vocabulary import Verdict

NAME = "disclosure.direct_identifier"


def people(seed: int, start: int, rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "email": [f"person{start + i}@example.org" for i in range(rows)],
            "age": rng.integers(18, 90, rows),
            "city": rng.choice(list("ABCD"), rows),
        }
    )


def finding(release: pd.DataFrame) -> reidaudit.Report:
    train, holdout = people(1, 0), people(2, 10_000)
    return reidaudit.audit(train, release, holdout, attacks=[NAME], permutations=200)


def test_mails_of_members_fail() -> None:
    release = people(3, 50_000)
    release.loc[:99, "email"] = people(1, 0)["email"][:100]
    report = finding(release)
    assert [f.verdict for f in report.findings] == [Verdict.FAIL]
    assert report.findings[0].value == 0.25
    assert "person" not in report.to_json().replace("per person", "")


def test_made_up_mails_do_not() -> None:
    report = finding(people(3, 50_000))
    assert report.findings[0].verdict is Verdict.PASS
    assert report.findings[0].value == 0.0


def test_a_value_that_several_people_share_identifies_nobody() -> None:
    train, holdout = people(1, 0), people(2, 10_000)
    train["email"] = "info@example.org"
    holdout["email"] = "info@example.org"
    schema = {"email": {"role": "direct_identifier"}}
    report = reidaudit.audit(
        train, train.sample(frac=1, random_state=1), holdout, attacks=[NAME], schema=schema
    )
    assert report.findings[0].value == 0.0


def test_without_identifiers_it_says_why_it_did_not_run() -> None:
    columns = ["age", "city"]
    report = reidaudit.audit(
        people(1, 0)[columns], people(3, 0)[columns], people(2, 0)[columns], attacks=[NAME]
    )
    assert [entry.attack for entry in report.model.not_run] == [NAME]
    assert report.verdict is Verdict.INCOMPLETE
