"""Input is refused in one clear sentence, or it simply works."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from odd_input import ERRORS, SECRET, SECRET_NUMBER, WORKS, Make, file, parquet_of, people

import reidaudit

CASES = [
    *((make, message, None) for make, message in ERRORS.values()),
    *((make, None, verdicts) for make, verdicts in WORKS.values()),
]


def audit(arguments: Mapping[str, Any]) -> reidaudit.Report:
    return reidaudit.audit(**arguments, permutations=20, workers=1)


def check_message(error: reidaudit.ReidauditError) -> None:
    text = str(error)
    assert error.exit_code == 2
    assert text.endswith((".", "?"))
    assert "\n" not in text
    if isinstance(error, reidaudit.InputError):
        assert "; " in text, "a message says what to do"
    assert len(text) < 400
    assert SECRET not in text
    assert str(SECRET_NUMBER) not in text


@pytest.mark.parametrize(("make", "message", "verdicts"), CASES, ids=[*ERRORS, *WORKS])
def test_odd_input(
    make: Make, message: str | None, verdicts: set[str] | None, tmp_path: Path
) -> None:
    arguments = make(tmp_path)
    before = sorted(tmp_path.iterdir())
    if message is not None:
        with pytest.raises((reidaudit.InputError, reidaudit.UsageError), match=message) as caught:
            audit(arguments)
        check_message(caught.value)
    else:
        report = audit(arguments)
        assert verdicts is not None
        assert str(report.verdict) in verdicts
        assert errors_of(report) == []
    assert sorted(tmp_path.iterdir()) == before


def errors_of(report: reidaudit.Report) -> list[str]:
    return [f.reason for f in report.model.findings if "stopped with" in f.reason]


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = file(parquet_of(people(9, 1)), "train.parquet")(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(reidaudit.InputError, match=r"needs pyarrow: .*reidaudit\[parquet\]"):
        audit(arguments)


def test_a_message_about_a_name_stays_on_one_short_line() -> None:
    name = "first line\nsecond\t" + "long " * 100
    with pytest.raises(reidaudit.UsageError) as caught:
        audit({"train": people(9, 1), "synthetic": people(9, 2), "sensitive": [name]})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250
