"""Parts of the columns that a policy says somebody may hold apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import reidaudit
from reidaudit.errors import PolicyError
from reidaudit.policy.load import load_policy
from reidaudit.report.report import Report

ATTACK = "linkability.two_parts"
PARTS = {"first": ["age", "town"], "second": ["dose"]}


def people(rng: np.random.Generator, rows: int = 150) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": rng.integers(20, 80, rows),
            "town": rng.choice(list("abcdef"), rows),
            "dose": rng.normal(size=rows).round(3),
            "mood": rng.choice(["good", "bad"], rows),
        }
    )


def audit(policy: Any) -> Report:
    rng = np.random.default_rng(0)
    train, holdout, release = (people(rng) for _ in range(3))
    release.iloc[:40, :3] = train.iloc[:40, :3]
    return reidaudit.audit(
        train, release, holdout, policy=policy, attacks=[ATTACK], permutations=200, workers=1
    )


def test_a_leak_between_declared_parts_is_found_and_they_are_named() -> None:
    report = audit({"linkability": PARTS})
    (found,) = (row for row in report.findings if row.outcome == "held_apart")
    assert "age, town" in found.title
    assert "dose" in found.title
    assert found.value is not None
    assert found.value > 0.15
    assert found.bearing == "fail_only"
    assert "held_apart" in report.to_html()


def test_without_a_word_of_it_nothing_more_is_tried() -> None:
    assert "held_apart" not in [row.outcome for row in audit({}).findings]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (PARTS | {"second": ["doze"]}, ["linkability.second", "'doze'", "did you mean 'dose'?"]),
        (PARTS | {"first": ["shoe size"]}, ["linkability.first", "'shoe size'", "spelling"]),
        (PARTS | {"second": ["dose", "age"]}, ["linkability", "'age'", "named twice"]),
        (PARTS | {"second": []}, ["linkability.second"]),
        ({"first": ["age"]}, ["linkability.second"]),
        (PARTS | {"secnd": ["age"]}, ["secnd", "did you mean 'second'?"]),
    ],
)
def test_a_slip_of_the_pen_names_the_policy_and_the_column(
    tmp_path: Path, parts: dict[str, list[str]], words: list[str]
) -> None:
    lines = [f"{name} = {columns}" for name, columns in parts.items()]
    policy = tmp_path / "reidaudit.toml"
    policy.write_text("\n".join(["[linkability]", *lines]))
    with pytest.raises(PolicyError) as raised:
        audit(policy)
    for word in ["reidaudit.toml", *words]:
        assert word in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_column_that_is_not_compared_cannot_be_held_apart() -> None:
    with pytest.raises(PolicyError, match="no column 'mood' is audited"):
        audit(
            {
                "columns": {"mood": {"role": "ignore"}},
                "linkability": PARTS | {"second": ["mood"]},
            }
        )


def test_the_digest_of_the_policy_covers_the_parts() -> None:
    assert load_policy({"linkability": PARTS}).sha256 != load_policy({}).sha256
