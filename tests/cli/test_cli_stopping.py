"""Ctrl-C and SIGTERM at any moment: one sentence, the right exit code, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CLINIC = Path(__file__).parents[2] / "fixtures" / "clinic"
AUDIT = [
    "audit",
    *(f"--{role}={CLINIC / role}.csv.gz" for role in ("train", "holdout")),
    f"--synthetic={CLINIC}/synthetic_copies.csv.gz",
    f"--policy={CLINIC / 'reidaudit.toml'}",
    *("-o", "report.html", "-o", "report.json"),
]
SENTENCE = b"reidaudit: interrupted; nothing was decided, and no file is half-written.\n"
REQUESTS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own for temporary files, in which none may be left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def start(*args: str) -> subprocess.Popen[bytes]:
    """Run the command in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, "-m", "reidaudit", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def wait_for(process: subprocess.Popen[bytes], said: bytes) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if said in line:
            return
    pytest.fail(f"it never said {said!r}")


def stop(process: subprocess.Popen[bytes], number: int) -> tuple[bytes, bytes]:
    """Send the request to the whole group, as Ctrl-C does; return what was written after it."""
    os.killpg(process.pid, number)
    written = process.communicate(timeout=60)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    return written


@pytest.mark.parametrize(("number", "code"), REQUESTS, ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize(
    "said", [b"reading the tables", b"trying membership_inference.classifier", b"measuring"]
)
@pytest.mark.usefixtures("temporary")
def test_an_audit_that_is_stopped_leaves_nothing(said: bytes, number: int, code: int) -> None:
    process = start(*AUDIT, "--attack=membership_inference.classifier", "--no-self-check")
    wait_for(process, said)
    stdout, rest = stop(process, number)
    assert process.returncode == code
    assert stdout == b""
    *progress, last = rest.splitlines(keepends=True)
    assert last == SENTENCE
    assert all(line.startswith(b"[") for line in progress)
    assert list(Path().iterdir()) == []


@pytest.mark.usefixtures("temporary")
def test_a_demo_that_is_stopped_leaves_whole_tables() -> None:
    process = start("demo")
    wait_for(process, b"trying ")
    _, rest = stop(process, signal.SIGINT)
    assert process.returncode == 130
    assert rest.endswith(SENTENCE)
    left = {path.name: path.read_bytes() for path in Path("reidaudit-demo").iterdir()}
    assert left == {name: (CLINIC / name).read_bytes() for name in left}
    assert "train.csv.gz" in left


STOPPED_WHILE_WRITING = """
import os, signal
from pathlib import Path
from reidaudit.cli.stopping import stop_on_request
from reidaudit.files import write_together

{before}
original = os.fsync
def interrupted(handle):
    signal.raise_signal({number})
    original(handle)

os.fsync = interrupted
try:
    write_together({{Path("a.json"): b"[1]", Path("b.json"): b"[2]"}})
    print("went on")
except KeyboardInterrupt as stop:
    print(type(stop).__name__)
"""


@pytest.mark.parametrize(("number", "code"), REQUESTS, ids=["Ctrl-C", "SIGTERM"])
def test_files_are_written_whole_before_a_request_is_heard(number: int, code: int) -> None:
    program = STOPPED_WHILE_WRITING.format(before="stop_on_request()", number=int(number))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"StoppedError\n"
    assert {path.name: json.loads(path.read_text()) for path in Path().iterdir()} == {
        "a.json": [1],
        "b.json": [2],
    }


def test_a_request_that_is_to_be_ignored_stays_ignored() -> None:
    before = "signal.signal(signal.SIGINT, signal.SIG_IGN); stop_on_request()"
    program = STOPPED_WHILE_WRITING.format(before=before, number=int(signal.SIGINT))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"went on\n"


def test_a_second_request_ends_a_run_that_does_not_heed_the_first() -> None:
    program = """
import signal
from reidaudit.cli.stopping import stop_on_request
stop_on_request()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    signal.raise_signal(signal.SIGINT)
print("still here")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == -signal.SIGINT
    assert done.stdout + done.stderr == b""


def test_files_are_written_by_other_threads_too() -> None:
    program = """
import threading
from pathlib import Path
from reidaudit.files import write_together
thread = threading.Thread(target=write_together, args=({Path("a.json"): b"[1]"},))
thread.start()
thread.join()
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    assert Path("a.json").read_bytes() == b"[1]"


@pytest.mark.parametrize(("number", "code"), REQUESTS)
def test_while_the_program_is_still_loading_it_ends_without_a_word(number: int, code: int) -> None:
    program = f"""
import os, sys

class Stopping:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), {int(number)})

sys.meta_path.insert(0, Stopping())
from reidaudit.cli.main import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")
