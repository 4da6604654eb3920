"""``reidaudit demo``: once for all tests, as it takes a while."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reidaudit.cli.commands import cli


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "a folder"


@pytest.fixture(scope="module")
def shown(folder: Path) -> Result:
    return CliRunner().invoke(cli, ["demo", "--out", str(folder)])


def test_the_harmless_release_passes_and_the_leaky_one_fails(shown: Result, folder: Path) -> None:
    assert shown.exit_code == 0
    for name, verdict in {"harmless": "pass", "copies": "fail"}.items():
        assert json.loads((folder / f"{name}.json").read_text("utf-8"))["verdict"] == verdict
        assert (folder / f"{name}.html").read_text("utf-8").rstrip().endswith("</html>")


def test_both_summaries_are_shown(shown: Result) -> None:
    assert shown.stdout.index("PASS: ") < shown.stdout.index("FAIL: ")


def test_it_ends_with_the_command_that_repeats_it(shown: Result, folder: Path) -> None:
    lines = shown.stdout.splitlines()
    assert str(folder / "copies.html") in lines[-3]
    program, *command = shlex.split(lines[-1])
    assert program == "reidaudit"
    again = CliRunner().invoke(cli, [*command, "-q", "-o", "json"])
    assert again.exit_code == 1
    first = json.loads((folder / "copies.json").read_text("utf-8"))
    assert json.loads(again.stdout)["findings"] == first["findings"]


def test_it_does_not_write_among_files_of_others(tmp_path: Path) -> None:
    (tmp_path / "reidaudit.toml").write_text('preset = "internal"\n')
    result = CliRunner().invoke(cli, ["demo", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert (tmp_path / "reidaudit.toml").read_text() == 'preset = "internal"\n'


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(cli, ["demo", "--out", str(tmp_path / "file" / "demo")])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 2  # what it is doing, and the error
