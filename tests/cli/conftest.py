"""Small tables, and ways to run the command line in this process and in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

ROWS = 300
FEW_ATTACKS = (
    "attribute_inference.nearest_neighbour",
    "disclosure.exact_copy",
    "membership_inference.distance_ratio",
    "nearest_neighbour.dcr",
)
QUICK = ["--permutations", "50", "--workers", "1"]
QUICK += [part for name in FEW_ATTACKS for part in ("--attack", name)]

Run = Callable[..., Result]
Shell = Callable[..., "subprocess.CompletedProcess[bytes]"]


def people(seed: int, rows: int = ROWS) -> pd.DataFrame:
    """Invented people of one population."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, rows),
            "city": rng.choice(list("ABCDEFGH"), rows),
            "income": rng.normal(30_000, 8_000, rows).round(2),
            "ill": rng.choice(["yes", "no"], rows),
        }
    )


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Paths of train, holdout, a fresh release and one that is train itself."""
    folder = tmp_path_factory.mktemp("tables")
    frames = {"train": people(1), "holdout": people(2), "fresh": people(3), "leaky": people(1)}
    paths = {name: folder / f"{name}.csv" for name in frames}
    for name, frame in frames.items():
        frame.to_csv(paths[name], index=False)
    return {name: str(path) for name, path in paths.items()}


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("REIDAUDIT_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def leaky(tables: dict[str, str]) -> list[str]:
    """Arguments of an audit that fails."""
    return _audit_of(tables, "leaky")


@pytest.fixture
def fresh(tables: dict[str, str]) -> list[str]:
    """Arguments of an audit that does not fail."""
    return _audit_of(tables, "fresh")


def _audit_of(tables: dict[str, str], release: str) -> list[str]:
    paths = {"train": tables["train"], "holdout": tables["holdout"], "synthetic": tables[release]}
    options = [part for role, path in paths.items() for part in (f"--{role}", path)]
    return ["audit", *options, *QUICK]


@pytest.fixture
def run() -> Run:
    """Run the command line in this process."""

    def invoke(*args: str, **extra: Any) -> Result:
        from reidaudit.cli.commands import cli

        return CliRunner().invoke(cli, args, **extra)

    return invoke


@pytest.fixture
def shell() -> Shell:
    """Run the command line in a process of its own."""

    def start(*args: str, **extra: Any) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "reidaudit", *args]
        return subprocess.run(command, capture_output=True, check=False, timeout=120, **extra)

    return start
