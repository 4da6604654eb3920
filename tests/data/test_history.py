"""The history counts the releases judged against a holdout, and gives nothing real away."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import reidaudit
from reidaudit.attack import Case, Family, Outcome
from reidaudit.data.digest import KEY_VARIABLE
from reidaudit.data.history import (
    History,
    PastAudit,
    add_audit,
    holdout_is_fresh,
    open_history,
    read_history,
)
from reidaudit.data.precondition import PreconditionResult
from reidaudit.data.read import RawTable, TableRole, read_table
from reidaudit.errors import InputError, OutputError, ReidauditError, UsageError
from reidaudit.report.report import Report
from reidaudit.version import __version__
from reidaudit.vocabulary import ExitCode, Verdict

STARTED = datetime(2031, 5, 6, 9, 8, 7, tzinfo=timezone(timedelta(hours=2)))
FRESH = "the holdout is fresh"
SPENT = "split a new holdout off before the next training."


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a key")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audits.jsonl"


def people(seed: int, rows: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"a": rng.normal(size=rows), "b": rng.choice(["x", "y", "z"], rows)})


def tables(release: int, holdout: int = 1) -> dict[TableRole, RawTable]:
    return {
        "holdout": read_table(people(holdout), "holdout"),
        "synthetic": read_table(people(100 + release), "synthetic"),
    }


def judge(path: Path, release: int, holdout: int = 1) -> PreconditionResult:
    """What an audit does with the history, without the audit."""
    history = open_history(path, tables(release, holdout))
    add_audit(history, Verdict.FAIL, STARTED)
    return holdout_is_fresh(history)


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


# --- counting ------------------------------------------------------------------------------------


def test_the_first_release_is_the_first(path: Path) -> None:
    assert judge(path, 1) == PreconditionResult(
        FRESH, "pass", "this is the first release judged against this holdout."
    )


def test_other_releases_are_counted(path: Path) -> None:
    found = [judge(path, release) for release in range(1, 5)]
    assert [result.state for result in found] == ["pass"] * 4
    assert [result.detail for result in found[1:]] == [
        f"this is the {which} release judged against this holdout; "
        f"the chance that one of them passed by luck alone is at most {percent} %."
        for which, percent in [("2nd", 5), ("3rd", 8), ("4th", 10)]
    ]


def test_the_same_release_again_spends_nothing(path: Path) -> None:
    assert judge(path, 1) == judge(path, 1) == judge(path, 1)
    second = judge(path, 2)
    assert "the 2nd release" in second.detail
    assert judge(path, 2) == second
    assert len(lines(path)) == 5


def test_going_back_to_an_early_release_does_not_undo_the_later_ones(path: Path) -> None:
    for release in range(1, 4):
        judge(path, release)
    again = judge(path, 1).detail
    assert "this is one of 3 releases" in again
    assert "at most 8 %" in again


def test_the_tenth_release_warns_and_the_chance_is_capped(path: Path) -> None:
    found = [judge(path, release) for release in range(1, 43)]
    assert [result.state for result in found] == ["pass"] * 9 + ["warn"] * 33
    assert "the 9th release" in found[8].detail
    assert "at most 23 %." in found[8].detail
    assert "the 10th release" in found[9].detail
    assert "at most 25 %: repeated tuning has spent" in found[9].detail
    assert found[9].detail.endswith(SPENT)
    told = [result.detail.split()[3] for result in found]
    assert told[10:13] + told[20:23] == ["11th", "12th", "13th", "21st", "22nd", "23rd"]
    assert all("at most 100 %" in result.detail for result in found[39:])


def test_other_holdouts_are_not_counted(path: Path) -> None:
    for holdout in range(2, 6):
        judge(path, 1, holdout)
        judge(path, 2, holdout)
    assert judge(path, 1).detail.startswith("this is the first release")
    assert "the 2nd release" in judge(path, 2).detail


def test_another_key_makes_another_holdout(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge(path, 1)
    monkeypatch.setenv(KEY_VARIABLE, "another key")
    assert judge(path, 2).detail.startswith("this is the first release")


# --- the file ------------------------------------------------------------------------------------


def test_a_line_says_what_was_audited_when_and_with_which_verdict(path: Path) -> None:
    judge(path, 1)
    history = open_history(path, tables(1))
    assert lines(path) == [
        {
            "holdout": history.holdout,
            "release": history.release,
            "at": "2031-05-06T07:08:07+00:00",
            "verdict": "fail",
            "tool_version": __version__,
        }
    ]
    assert read_history(path) == (PastAudit(**lines(path)[0]),)


def test_a_missing_or_empty_file_holds_no_audits(path: Path) -> None:
    assert read_history(path) == ()
    open_history(path, tables(1))
    assert not path.exists()
    path.touch()
    assert read_history(path) == ()


def test_only_the_owner_may_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        judge(path, 1)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_lines_that_an_editor_left_open_or_blank_do_no_harm(path: Path) -> None:
    judge(path, 1)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    judge(path, 2)
    assert len(lines(path)) == 2
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert "the 3rd release" in judge(path, 3).detail


def test_fields_of_later_versions_are_left_alone(path: Path) -> None:
    judge(path, 1)
    path.write_text(json.dumps(lines(path)[0] | {"more": 1}) + "\n")
    assert "the 2nd release" in judge(path, 2).detail


def test_audits_at_the_same_time_keep_each_others_lines_whole(path: Path) -> None:
    def add(number: int) -> None:
        history = History(path, "a" * 64, f"{number:064x}", ())
        for _ in range(10):
            add_audit(history, Verdict.PASS, STARTED)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(32)))
    found = read_history(path)
    assert len(found) == 320
    assert {past.release for past in found} == {f"{number:064x}" for number in range(32)}


# --- files that will not do ----------------------------------------------------------------------

GOOD = {
    "holdout": "a" * 64,
    "release": "b" * 64,
    "at": "2031-05-06T07:08:07+00:00",
    "verdict": "pass",
    "tool_version": "1",
}


@pytest.mark.parametrize(
    "line",
    [
        b"Anna Secret;1971;HIV",
        b"{",
        b"[]",
        b'"Secret"',
        b"null",
        b"\xff\xfeSecret",
        b"PAR1\x00\x00Secret",
        b"[" * 100_000,
        b"1" * 5_000,
        json.dumps({name: GOOD[name] for name in GOOD if name != "release"}).encode(),
        json.dumps(GOOD | {"holdout": None}).encode(),
        json.dumps(GOOD | {"holdout": "Secret"}).encode(),
        json.dumps(GOOD | {"release": "B" * 64}).encode(),
        json.dumps(GOOD | {"verdict": 1}).encode(),
        json.dumps(GOOD).encode()[:-20],
    ],
)
def test_a_line_that_is_no_audit_is_named_and_not_quoted(path: Path, line: bytes) -> None:
    content = json.dumps(GOOD).encode() + b"\n" + line + b"\n"
    path.write_bytes(content)
    with pytest.raises(InputError, match="line 2: this is not the record of an audit") as error:
        open_history(path, tables(1))
    assert str(path) in str(error.value)
    assert "Secret" not in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    assert path.read_bytes() == content


def test_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe", Path("/dev/null"), Path("/dev/zero")):
        with pytest.raises(InputError, match="must be a plain file"):
            open_history(place, tables(1))


def test_a_path_through_a_file_is_refused(path: Path) -> None:
    path.touch()
    with pytest.raises(InputError, match="cannot be read"):
        open_history(path / "audits.jsonl", tables(1))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no folder"):
        open_history(tmp_path / "nowhere" / "audits.jsonl", tables(1))


def test_what_may_not_be_written_to_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # asked of the system, as tests may run as root, who may write anywhere
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match=r"the folder .* cannot be written to"):
        open_history(path, tables(1))
    path.touch()
    with pytest.raises(OutputError, match="the history cannot be written to"):
        open_history(path, tables(1))


def test_a_disk_that_is_full_is_no_success(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        judge(path, 1)


@pytest.mark.parametrize("key", [None, ""])
def test_without_the_key_there_is_no_history(
    path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    if key is not None:
        monkeypatch.setenv(KEY_VARIABLE, key)
    with pytest.raises(UsageError, match=KEY_VARIABLE):
        open_history(path, tables(1))
    assert not path.exists()


# --- in an audit ---------------------------------------------------------------------------------


class Broken:
    """Breaks off the whole audit, as an interrupt does."""

    name = "disclosure.broken"
    version = "1"
    family = Family.DISCLOSURE
    needs: frozenset[Any] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> list[Outcome]:
        raise KeyboardInterrupt


def audit(release: int, **options: Any) -> Report:
    quick: dict[str, Any] = {
        "attacks": ["disclosure.exact_copy"],
        "permutations": 20,
        "workers": 1,
        "holdout": people(1),
    }
    return reidaudit.audit(people(0), people(100 + release), **(quick | options))


def freshness(report: Report) -> list[tuple[str, str]]:
    found = report.model.preconditions
    return [(part.verdict, part.detail) for part in found if part.name == FRESH]


def test_the_report_says_how_fresh_the_holdout_is(path: Path) -> None:
    first, second = audit(1, history=path), audit(2, history=str(path))
    assert freshness(first) == [("pass", "this is the first release judged against this holdout.")]
    assert "the 2nd release" in freshness(second)[0][1]
    assert [line["verdict"] for line in lines(path)] == [first.verdict, second.verdict]
    digests = {table.role: table.digest for table in first.model.inputs}
    assert lines(path)[0]["holdout"] == digests["holdout"]
    assert lines(path)[0]["release"] == digests["synthetic"]
    at = datetime.fromisoformat(lines(path)[0]["at"])
    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - at) < timedelta(hours=1)


def test_without_a_history_the_report_is_silent() -> None:
    assert freshness(audit(1)) == []


def test_a_spent_holdout_warns_and_leaves_the_verdict_alone(path: Path) -> None:
    plain = audit(1)
    for release in range(2, 11):
        judge(path, release)
    report = audit(1, history=path)
    assert freshness(report)[0][0] == "warn"
    assert [warning for warning in report.model.warnings if warning.endswith(SPENT)]
    assert report.verdict is plain.verdict
    assert report.findings == plain.findings
    assert report.exit_code == plain.exit_code


def test_an_audit_that_breaks_off_adds_nothing(path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        audit(1, history=path, attacks=[Broken()])
    with pytest.raises(ReidauditError):
        audit(1, history=path, sensitive=["nothing"])
    assert not path.exists()


def test_a_bad_history_is_found_out_before_the_attacks_run(path: Path) -> None:
    path.write_text("a,b\n1,x\n")
    for history in (path, path.parent, path.parent / "nowhere" / "audits.jsonl"):
        with pytest.raises(ReidauditError) as error:
            audit(1, history=history, attacks=[Broken()])
        assert error.value.exit_code == ExitCode.USAGE
    assert path.read_text() == "a,b\n1,x\n"


def test_a_history_needs_a_holdout(path: Path) -> None:
    with pytest.raises(UsageError, match="name the holdout"):
        audit(1, history=path, holdout=None, attacks=[Broken()])
    assert not path.exists()


def test_nothing_real_and_no_plain_hash_stands_in_the_file(tmp_path: Path, path: Path) -> None:
    paths = {role: tmp_path / f"canary-{role}.csv" for role in ("train", "holdout", "release")}
    for seed, (role, file) in enumerate(paths.items()):
        people(seed).assign(b=f"canary {role}", canary=seed).to_csv(file, index=False)
    reidaudit.audit(
        paths["train"],
        paths["release"],
        paths["holdout"],
        attacks=["disclosure.exact_copy"],
        permutations=20,
        history=path,
    )
    written = path.read_text()
    assert hashlib.sha256(paths["release"].read_bytes()).hexdigest() in written
    for role in ("train", "holdout"):
        assert hashlib.sha256(paths[role].read_bytes()).hexdigest() not in written
    assert "canary" not in written
    assert "a key" not in written
    assert set(lines(path)[0]) == set(GOOD)
