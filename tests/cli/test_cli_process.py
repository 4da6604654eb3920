"""The command line as a process: start-up, signals, broken pipes and full disks."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reidaudit.cli.commands import cli

Shell = Callable[..., "subprocess.CompletedProcess[bytes]"]

HEAVY = ("numba", "numpy", "pandas", "sklearn", "scipy", "matplotlib", "pyarrow", "faker")
REPORTS = {"json": '{"verdict": "fail"}', "html": "<p>" * 10_000 + "</html>"}
LIGHT_COMMANDS = [
    ["--help"],
    ["--version"],
    ["audit", "--help"],
    ["demo", "--help"],
    ["split", "--help"],
    ["attacks", "--help"],
    ["policy", "--help"],
    ["policy", "init"],
]


@pytest.mark.parametrize("args", LIGHT_COMMANDS, ids=" ".join)
def test_light_commands_import_nothing_heavy(args: list[str]) -> None:
    program = f"""
import sys
from reidaudit.cli.commands import cli
try:
    cli.main({args!r}, prog_name="reidaudit")
except SystemExit as left:
    assert left.code == 0, left.code
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stderr.decode().strip() == "[]"


def test_a_policy_is_read_without_data_frames() -> None:
    program = "import sys; from reidaudit.policy.load import load_policy; load_policy({})"
    program += f"; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_help_comes_at_once(shell: Shell) -> None:
    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert shell("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    # processor time, as others may be using the machine
    assert min(seconds() for _ in range(3)) < 0.5


def test_help_names_the_exit_codes(shell: Shell) -> None:
    text = shell("--help").stdout.decode()
    assert "Exit codes:" in text
    assert " 70  internal error" in text


def test_the_exit_code_and_the_report_of_a_process(shell: Shell, leaky: list[str]) -> None:
    done = shell(*leaky, "-q", "-o", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["verdict"] == "fail"
    assert done.stderr == b""


def test_json_is_utf_8_whatever_the_terminal_is(leaky: list[str], tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[context]\nrelease_name = "Bücher ✓"\n', encoding="utf-8")
    latin = CliRunner(charset="latin-1")
    done = latin.invoke(cli, [*leaky, "--policy", str(policy), "-o", "json"])
    assert json.loads(done.stdout_bytes)["context"]["release_name"] == "Bücher ✓"
    text = latin.invoke(cli, [*leaky, "--policy", str(policy), "-o", "text"])
    assert text.exit_code == 1
    assert "\\u2717 FAIL" in text.stdout_bytes.decode("latin-1")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_an_error(leaky: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = _process(*leaky, "-q", "-o", "json", stdout=full)
        _, stderr = done.communicate(timeout=120)
    assert done.returncode == 2
    assert stderr.startswith(b"reidaudit: error: standard output cannot be written: ")
    assert len(stderr.splitlines()) == 1


def test_a_closed_standard_output_is_an_error_before_the_run(leaky: list[str]) -> None:
    closed = [sys.executable, "-m", "reidaudit", *leaky, "-o", "json"]
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *closed], stderr=subprocess.PIPE, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"reidaudit: error: standard output is closed")


class TestBrokenPipes:
    def test_of_standard_output_leave_the_verdict_standing(self, leaky: list[str]) -> None:
        process = _process(*leaky, "-q", "-o", "json")
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(120) == 1

    def test_of_standard_error_leave_the_verdict_standing(self, leaky: list[str]) -> None:
        process = _process(*leaky, "-v", "-o", "json")
        assert process.stderr is not None
        process.stderr.close()
        assert process.stdout is not None
        assert json.loads(process.stdout.read())["verdict"] == "fail"
        assert process.wait(120) == 1

    @pytest.mark.parametrize("args", [["--help"], ["audit", "--help"], ["policy", "schema"]])
    def test_of_other_commands_are_quiet_and_never_a_verdict(self, args: list[str]) -> None:
        process = _process(*args)
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(120) in (0, 141)


class TestKilled:
    """A killed run leaves either nothing or the complete report."""

    @pytest.mark.parametrize("call", ["os.fsync", "os.fdopen", "pathlib.Path.replace"])
    @pytest.mark.parametrize("number", [1, 2])
    def test_while_the_reports_are_written(self, call: str, number: int) -> None:
        program = f"""
import os, pathlib, signal
from reidaudit.report.save import save_all

class Report:
    def render(self, output_format):
        return {REPORTS!r}[output_format]

original = {call}
calls = 0
def killing(*args, **options):
    global calls
    calls += 1
    if calls == {number}:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*args, **options)

{call} = killing
save_all(Report(), {{pathlib.Path(name): None for name in ("report.json", "report.html")}})
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL
        _assert_nothing_half_written()

    def test_at_several_moments(self, leaky: list[str]) -> None:
        args = [*leaky, "-q", "-o", "report.json"]
        started = time.monotonic()
        _process(*args).wait(120)
        whole = time.monotonic() - started
        for share in (0.6, 0.95):
            Path("report.json").unlink(missing_ok=True)
            process = _process(*args)
            time.sleep(share * whole)
            process.kill()
            process.wait(120)
            _assert_nothing_half_written()

    def test_an_interrupt_exits_with_130_and_leaves_nothing(self, leaky: list[str]) -> None:
        process = _process(*leaky, "--permutations", "200000", "-o", "report.json")
        assert process.stderr is not None
        assert process.stderr.readline().startswith(b"[1/")
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(120) == 130
        assert b"Traceback" not in rest
        assert rest.endswith(b"; nothing was decided, and no file is half-written.\n")
        assert list(Path().iterdir()) == []

    def test_an_interrupt_ends_the_workers_too_and_leaves_nothing_in_scratch(
        self, leaky: list[str]
    ) -> None:
        Path("scratch").mkdir()
        args = [*leaky, "--cluster", "processes", "--workers", "2", "--scratch", "scratch"]
        process = _process(*args, "-o", "report.json", start_new_session=True)
        assert process.stderr is not None
        next(line for line in process.stderr if b"trying" in line)
        os.killpg(process.pid, signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(120) == 130
        assert b"Traceback" not in rest
        assert [path.name for path in Path().iterdir()] == ["scratch"]
        assert list(Path("scratch").iterdir()) == []
        assert _is_gone_within(60, process.pid)


def _is_gone_within(seconds: float, group: int) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def _assert_nothing_half_written() -> None:
    for path in Path().iterdir():
        if path.name == "report.json":
            assert json.loads(path.read_text("utf-8"))["verdict"] == "fail"
        elif path.name == "report.html":
            assert path.read_text("utf-8").rstrip().endswith("</html>")
        else:
            assert path.name.startswith(".")
            assert path.name.endswith(".part")


def _process(*args: str, **options: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "reidaudit", *args]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, **(pipes | options))
