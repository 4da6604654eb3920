"""A run that was stopped goes on where it stopped, gives the same report, and leaves nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import reidaudit
from reidaudit.attack import Case, Family, Outcome
from reidaudit.attempts import attempt
from reidaudit.checkpoints import _read, _written, open_checkpoints
from reidaudit.errors import OutputError
from reidaudit.labels import hand_out_labels
from reidaudit.plugins import load_attacks
from reidaudit.testing_tables import example_case


def people(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng([seed, 17])
    return pd.DataFrame(
        {"age": rng.integers(18, 90, 200), "income": rng.normal(30_000, 8_000, 200).round(2)}
    )


class Counted:
    """An attack that counts how often it runs."""

    family, needs, version = Family.MEMBERSHIP_INFERENCE, frozenset[Any](), "1"

    def __init__(self, name: str) -> None:
        self.name, self.runs = name, 0

    def run(self, case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
        self.runs += 1
        yield Outcome.of_scores("nearest", "Is nearness a sign?", rng.random(case.n_targets))


class Run:
    """An audit by two attacks, that may be stopped before the second."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.first = Counted("membership_inference.first")
        self.second = Counted("membership_inference.second")

    def audit(self, train: pd.DataFrame | None = None, **options: Any) -> str:
        settings: dict[str, Any] = {"permutations": 50, "workers": 1, "self_check": False}
        settings |= {"started": datetime(2026, 1, 1, tzinfo=UTC), "checkpoint": self.folder}
        settings |= {"attacks": [self.first, self.second]} | options
        tables = (people(1) if train is None else train, people(3), people(2))
        told = json.loads(reidaudit.audit(*tables, **settings).to_json())
        del told["run"]["seconds"]
        return json.dumps(told)

    def stop(self) -> None:
        def progress(what: str, done: int, total: int) -> None:
            if what == f"trying {self.second.name}":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            self.audit(progress=progress)
        assert (self.first.runs, self.second.runs) == (1, 0)


@pytest.fixture
def stopped(tmp_path: Path) -> Run:
    run = Run(tmp_path / "kept")
    run.stop()
    return run


def test_it_goes_on_where_it_stopped_and_leaves_nothing(stopped: Run) -> None:
    assert stopped.audit() == Run(None).audit()
    assert (stopped.first.runs, stopped.second.runs) == (1, 1)
    assert stopped.folder is not None
    assert list(stopped.folder.iterdir()) == []


def test_other_limits_may_be_judged_from_the_same_outcomes(stopped: Run) -> None:
    stopped.audit(preset="internal", permutations=99, workers=2)
    assert stopped.first.runs == 1


def test_only_the_owner_can_read_it(stopped: Run) -> None:
    assert stopped.folder is not None
    (own,) = stopped.folder.iterdir()
    (file,) = own.iterdir()
    modes = [path.stat().st_mode & 0o777 for path in (stopped.folder, own, file)]
    assert modes == [0o700, 0o700, 0o600]


def one_cell_changed() -> pd.DataFrame:
    return people(1).assign(age=lambda table: table["age"].where(table.index > 0, 17))


@pytest.mark.parametrize(
    "options",
    [
        {"seed": 1},
        {"train": one_cell_changed()},
        {"sensitive": ["income"]},
        {"schema": {"income": {"tolerance": 0.2}}},
    ],
    ids=["seed", "cell", "role", "tolerance"],
)
def test_what_was_found_elsewhere_is_never_used(stopped: Run, options: dict[str, Any]) -> None:
    assert stopped.audit(**options) == Run(None).audit(**options)
    assert stopped.first.runs == 2


def test_another_version_of_the_attack_runs_anew(stopped: Run) -> None:
    stopped.first.version = "2"
    stopped.audit()
    assert stopped.first.runs == 2


def test_another_version_of_the_tool_runs_anew(
    stopped: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reidaudit.checkpoints.__version__", "99")
    stopped.audit()
    assert stopped.first.runs == 2


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"\x93NUMPY"])
def test_a_damaged_file_is_made_anew(stopped: Run, content: bytes) -> None:
    assert stopped.folder is not None
    (file,) = stopped.folder.rglob("*.npz")
    file.write_bytes(content)
    assert stopped.audit() == Run(None).audit()
    assert stopped.first.runs == 2


def test_what_was_found_is_kept_while_attacks_are_left_out(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert json.loads(run.audit(max_seconds=1e-9))["verdict"] == "incomplete"
    run.stop()
    run.audit(max_seconds=1e-9)
    assert len(list(tmp_path.rglob("*.npz"))) == 1
    run.audit()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_used_is_told_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="checkpoints cannot be written there"):
        Run(tmp_path / "file").audit(train=None)


@pytest.mark.parametrize(
    "name",
    [
        "attribute_inference.nearest_neighbour",
        "disclosure.disclosive_in_synthetic",
        "disclosure.near_copy",
        "membership_inference.distance_ratio",
    ],
)
def test_outcomes_come_back_to_the_bit(name: str, tmp_path: Path) -> None:
    case, is_member = example_case("half copied", 0)
    outcomes = attempt(load_attacks([name])[0], case, 0).outcomes
    assert outcomes
    path = tmp_path / "kept.npz"
    path.write_bytes(_written(outcomes))
    again = _read(path)
    assert again is not None
    for one, other in zip(outcomes, again, strict=True):
        for part in fields(Outcome):
            np.testing.assert_array_equal(getattr(one, part.name), getattr(other, part.name))
    # and a real case, with all it holds, has a name
    labels = hand_out_labels(case.entities, is_member, np.random.default_rng(0))
    names = {str(open_checkpoints(tmp_path, case, seed, labels).folder) for seed in (0, 0, 1)}
    assert len(names) == 2
