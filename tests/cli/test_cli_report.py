"""``reidaudit report``: a stored report again, in any format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from reidaudit.report.save import FORMATS

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def stored(tables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A failed audit's report as JSON."""
    from reidaudit import audit

    path = tmp_path_factory.mktemp("stored") / "report.json"
    release = audit(tables["train"], tables["leaky"], tables["holdout"], permutations=50, workers=1)
    return release.save(path)


def test_without_options_it_is_the_summary(run: Run, stored: Path) -> None:
    result = run("report", str(stored))
    assert result.exit_code == 0  # whatever the verdict
    assert result.stdout.startswith("✗ FAIL: ")
    assert result.stderr == ""


@pytest.mark.parametrize("output_format", FORMATS)
def test_any_format_goes_to_standard_output_or_to_a_file(
    run: Run, stored: Path, output_format: str
) -> None:
    shown = run("report", str(stored), "-f", output_format)
    written = run("report", str(stored), "-o", f"{output_format}=out")
    assert (shown.exit_code, written.exit_code, written.stdout) == (0, 0, "")
    assert shown.stdout == Path("out").read_bytes().decode()


def test_the_json_is_the_same_once_more(run: Run, stored: Path) -> None:
    assert run("report", str(stored), "-f", "json").stdout == stored.read_text("utf-8")


def test_several_formats_at_once(run: Run, stored: Path) -> None:
    result = run("report", str(stored), "-f", "markdown", "-o", "a.html", "-o", "b.sarif")
    assert result.stdout.startswith("## ✗ FAIL: ")
    assert sorted(path.name for path in Path().iterdir()) == ["a.html", "b.sarif"]
    assert json.loads(Path("b.sarif").read_text("utf-8"))["version"] == "2.1.0"


def test_a_dash_reads_standard_input(run: Run, stored: Path) -> None:
    result = run("report", "-", "-f", "markdown", input=stored.read_bytes())
    assert result.stdout.startswith("## ✗ FAIL: ")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name,diagnosis\nsecret,4711\n", "this is not JSON"),
        ('{"secret": 4711}', "this JSON is not a report of reidaudit"),
        (None, "the file cannot be read"),
    ],
)
def test_a_wrong_file_exits_with_2_and_one_sentence(
    run: Run, content: str | None, sentence: str
) -> None:
    if content is not None:
        Path("wrong.json").write_text(content)
    result = run("report", "wrong.json", "-o", "out.html")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("reidaudit: error: wrong.json: ")
    assert sentence in result.stderr
    assert "secret" not in result.output
    assert not Path("out.html").exists()


def test_the_stored_report_is_never_overwritten(run: Run, stored: Path) -> None:
    before = stored.read_bytes()
    result = run("report", str(stored), "-o", f"markdown={stored}")
    assert result.exit_code == 2
    assert "this is an input" in result.stderr
    assert stored.read_bytes() == before
