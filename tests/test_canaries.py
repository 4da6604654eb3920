"""Canaries in every kind of column: no report, summary, log or error message sings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from reidaudit.cli.commands import cli
from reidaudit.report.save import FORMATS

ROWS = 300
ATTACKS = (
    "attribute_inference.nearest_neighbour",
    "disclosure.direct_identifier",
    "disclosure.exact_copy",
    "disclosure.near_copy",
    "disclosure.value_reuse",
    "membership_inference.distance_ratio",
)
KINDS = (
    *("person", "name", "mail", "phone", "note", "code"),
    *("income", "visits", "born", "seen", "job", "ill"),
)
POLICY = """
entity = "person"
require = ["disclosure"]
[columns]
name = { role = "direct_identifier" }
job = { role = "sensitive" }
income = { role = "sensitive" }
[[waiver]]
id = "w"
attack = "disclosure.exact_copy"
measure = "excess"
accept = 1.0
reason = "These invented people do not mind that they are found."
owner = "the tester"
approver = "the other tester"
created = 2026-01-01
expires = 2026-06-01
"""


def canary(kind: str, table: str) -> str:
    """A value that stands nowhere but in one column of one table."""
    mark = int(hashlib.sha256(f"{kind} {table}".encode()).hexdigest()[:12], 16)
    word = np.base_repr(mark, 36).lower()
    return {
        "mail": f"{word}@canary.example",
        "phone": f"+49 170 {mark % 10**7:07d}",
        "note": f"seen at night by {word} of the ward, and not again until the next winter",
        "income": f"{mark % 10**9 + 10**9}.5",
        "visits": str(mark % 10**9 + 10**9),
        "born": f"1{mark % 400 + 500}-03-0{mark % 9 + 1}",
        "seen": f"1{mark % 400 + 500}-03-0{mark % 9 + 1}T1{mark % 9}:4{mark % 9}:5{mark % 9}",
        "ill": f"canary{word}",
    }.get(kind, f"canary{word}")


def people(table: str, seed: int) -> pd.DataFrame:
    """Invented people, of whom the first bears a canary in each column."""
    rng = np.random.default_rng(seed)
    numbers = rng.permutation(90_000)[:ROWS] + 10_000
    frame = pd.DataFrame(
        {
            "person": [f"{table}{number}" for number in numbers],
            "name": [f"nobody {number}" for number in numbers],
            "mail": [f"p{number}@mail.example" for number in numbers],
            "phone": [f"+49 171 {number}00" for number in numbers],
            "note": [f"came with pain number {n} and left without it again" for n in numbers],
            "code": rng.choice(["A1", "B2", "C3"], ROWS),
            "income": rng.lognormal(8, 1, ROWS).round(1).astype(str),
            "visits": rng.poisson(3, ROWS).astype(str),
            "born": [f"19{n % 90 + 10}-0{n % 9 + 1}-1{n % 9}" for n in numbers],
            "seen": [f"2024-0{n % 9 + 1}-1{n % 9}T1{n % 9}:00:00" for n in numbers],
            "job": rng.choice(list("abcde"), ROWS),
            "ill": rng.choice(["true", "false"], ROWS),
        }
    )
    frame.loc[0, :] = [canary(kind, table) for kind in KINDS]
    return frame


def canaries(table: str) -> list[str]:
    """What must not be seen, the beginning and the end of a text too."""
    planted = [canary(kind, table) for kind in KINDS]
    words = [word for value in planted for word in value.split() if len(word) > 9]
    return [*planted, *words, canary("income", table).removesuffix(".5")]


def assert_silent(text: str) -> None:
    plain = text.replace("\N{WORD JOINER}", "").replace("&#64;", "@").casefold()
    for table in ("train", "holdout", "reference"):
        for value in canaries(table):
            assert value.casefold() not in plain, f"a canary of {table} sings"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    frames = {name: people(name, seed) for seed, name in enumerate(("train", "holdout", "fresh"))}
    frames["reference"] = people("reference", 7)
    # every second row of train, canaries and all
    leaky = people("fresh", 5)
    leaky.iloc[::2] = frames["train"].iloc[::2].to_numpy()
    for name, frame in (frames | {"leaky": leaky}).items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "policy.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


Audit = Callable[..., Result]


@pytest.fixture
def audit(folder: Path) -> Audit:
    def run(release: str, *more: str) -> Result:
        tables = ["--train", "train.csv", "--holdout", "holdout.csv", "--synthetic", release]
        options = ["--policy", "policy.toml", "--permutations", "50", "--workers", "1", *more]
        attacks = [part for name in ATTACKS for part in ("--attack", name)]
        return CliRunner().invoke(cli, ["audit", *tables, *attacks, *options])

    assert folder.is_dir()
    return run


@pytest.mark.parametrize(("release", "code"), [("leaky.csv", {1}), ("fresh.csv", {0, 1, 3})])
def test_no_format_and_no_log_shows_one(
    audit: Audit, folder: Path, release: str, code: set[int]
) -> None:
    outputs = [part for form in FORMATS for part in ("-o", f"{form}=report.{form}")]
    wanted = [*outputs, "--reference", "reference.csv", "-v", "--disclosure", "targets=who.csv"]
    result = audit(release, *wanted)
    assert result.exit_code in code, result.stderr
    assert_silent(result.output)
    assert_silent(result.stderr)
    for form in FORMATS:
        assert_silent((folder / f"report.{form}").read_text())
    assert_silent((folder / "who.csv").read_text())


@pytest.mark.parametrize(
    "mistake",
    [
        {"income": "numeric"},
        {"born": "datetime"},
        {"job": "boolean"},
        {"visits": "datetime"},
        {"code": "numeric"},
    ],
    ids=str,
)
def test_no_error_message_shows_one(audit: Audit, folder: Path, mistake: dict[str, str]) -> None:
    (column, kind), *_ = mistake.items()
    train = pd.read_csv(folder / "train.csv", dtype=str)
    train.loc[0, column] = canary("job", "train")
    train.to_csv(folder / "train.csv", index=False)
    policy = (folder / "policy.toml").read_text()
    kinds = f'[columns]\n{column} = {{ kind = "{kind}" }}\n'
    (folder / "policy.toml").write_text(policy.split("[columns]")[0] + kinds)
    result = audit("fresh.csv")
    assert result.exit_code == 2
    assert_silent(result.output)
    assert_silent(result.stderr)


def test_a_broken_table_is_not_quoted(audit: Audit, folder: Path) -> None:
    lines = (folder / "train.csv").read_text().splitlines()
    (folder / "train.csv").write_text("\n".join([*lines[:2], lines[1] + ",one,more"]) + "\n")
    result = audit("fresh.csv")
    assert result.exit_code == 2
    assert_silent(result.stderr)


def test_the_canaries_would_be_heard() -> None:
    for kind in KINDS:
        with pytest.raises(AssertionError, match="sings"):
            assert_silent(f"it is {canary(kind, 'train')}")
