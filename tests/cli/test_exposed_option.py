"""``reidaudit audit --exposed``: a file for the owner of train, refused before anything is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
TWO_ATTACKS = ["--attack", "disclosure.exact_copy", "--attack", "disclosure.near_copy"]


def test_the_copied_rows_are_listed(run: Run, leaky: list[str]) -> None:
    result = run(*leaky, *TWO_ATTACKS, "--exposed", "exposed.csv", "-q")
    assert result.exit_code == 1
    lines = Path("exposed.csv").read_text().splitlines()
    assert lines[0] == "train_row,attacks_pointing,attacks"
    assert len(lines) > 150
    assert {line.split(",")[1] for line in lines[1:]} <= {"2", "3"}
    assert Path("exposed.csv").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("path", [".", "nowhere/exposed.csv"])
def test_a_file_that_cannot_be_written_is_refused_first(
    run: Run, fresh: list[str], path: str
) -> None:
    result = run(*fresh, *TWO_ATTACKS, "--exposed", path)
    assert result.exit_code == 2
    assert "trying" not in result.stderr


def test_train_is_not_overwritten(run: Run, fresh: list[str], tables: dict[str, str]) -> None:
    before = Path(tables["train"]).read_bytes()
    result = run(*fresh, *TWO_ATTACKS, "--exposed", tables["train"])
    assert result.exit_code == 2
    assert "this is an input" in result.stderr
    assert Path(tables["train"]).read_bytes() == before
