"""``reidaudit audit --history``: counted across runs, and refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from reidaudit.data.digest import KEY_VARIABLE

Run = Callable[..., Result]
HISTORY = Path("audits.jsonl")
ONE_ATTACK = ["--attack", "disclosure.exact_copy", "-o", "json"]


@pytest.fixture(autouse=True)
def _key(_alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a key")


def freshness(result: Result) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(result.stdout)["preconditions"]
    return next(part for part in found if part["name"] == "the holdout is fresh")


def refused(result: Result) -> str:
    """The one line that says why nothing was judged."""
    errors = [line for line in result.stderr.splitlines() if not line.startswith("[")]
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(errors) == 1
    assert "trying" not in result.stderr
    return errors[0]


def test_releases_are_counted_from_run_to_run(
    run: Run, leaky: list[str], fresh: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    history = ["--history", str(HISTORY), *ONE_ATTACK]
    assert "the first release" in freshness(run(*leaky, *history))["detail"]
    assert "the 2nd release" in freshness(run(*fresh, *history))["detail"]
    monkeypatch.setenv("REIDAUDIT_HISTORY", str(HISTORY))
    assert "the 2nd release" in freshness(run(*fresh, *ONE_ATTACK))["detail"]
    verdicts = [json.loads(line)["verdict"] for line in HISTORY.read_text().splitlines()]
    assert len(verdicts) == 3
    assert verdicts[0] == "fail"


def test_the_tenth_release_is_a_warning(run: Run, leaky: list[str], fresh: list[str]) -> None:
    history = ["--history", str(HISTORY), *ONE_ATTACK]
    before = run(*leaky, *history)
    first = json.loads(HISTORY.read_text())
    others = [json.dumps(first | {"release": f"{number:064x}"}) for number in range(8)]
    with HISTORY.open("a") as file:
        file.write("\n".join([*others, ""]))
    report = json.loads(run(*fresh, *history).stdout)
    assert [line for line in report["warnings"] if "the 10th release" in line]
    # going back to the first release does not make the holdout fresh again
    again = run(*leaky, *history)
    assert freshness(again)["verdict"] == "warn"
    assert again.exit_code == before.exit_code == 1


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (".", "plain file"),
        ("nowhere/audits.jsonl", "no folder"),
        ("corrupt.jsonl", "corrupt.jsonl, line 1: "),
    ],
)
def test_a_history_that_will_not_do_is_refused_before_the_attacks(
    run: Run, leaky: list[str], path: str, what: str
) -> None:
    Path("corrupt.jsonl").write_text("Anna Secret;1971\n")
    error = refused(run(*leaky, "--history", path))
    assert what in error
    assert "Secret" not in error
    assert Path("corrupt.jsonl").read_text() == "Anna Secret;1971\n"


def test_a_history_needs_the_key(
    run: Run, leaky: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    assert KEY_VARIABLE in refused(run(*leaky, "--history", str(HISTORY)))
    assert not HISTORY.exists()


def test_a_history_needs_a_holdout(run: Run, tables: dict[str, str]) -> None:
    without = ["audit", "--train", tables["train"], "--synthetic", tables["fresh"]]
    assert "holdout" in refused(run(*without, "--history", str(HISTORY)))
    assert not HISTORY.exists()


@pytest.mark.parametrize("is_there", [True, False])
def test_no_report_overwrites_the_history(run: Run, leaky: list[str], is_there: bool) -> None:
    if is_there:
        HISTORY.touch()
    error = refused(run(*leaky, "--history", str(HISTORY), "-o", f"json=./{HISTORY}"))
    assert "this is an input" in error
    assert HISTORY.exists() is is_there


def test_an_audit_that_breaks_adds_nothing(
    run: Run, leaky: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("reidaudit.journey.build_report", broken)
    assert run(*leaky, "--history", str(HISTORY), *ONE_ATTACK).exit_code == 70
    assert not HISTORY.exists()
