"""Stored reports are read back as they were, and anything else is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hostile_names import hostile_names, report_full_of
from hypothesis import given
from report_examples import EXAMPLES, passing

from reidaudit.errors import InputError
from reidaudit.report.read import parse_report, read_report
from reidaudit.report.report import Report
from reidaudit.report.save import FORMAT_OF_SUFFIX, FORMATS, suffix_format


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("output_format", FORMATS)
def test_every_format_is_the_same_from_the_stored_report(name: str, output_format: str) -> None:
    report = Report(EXAMPLES[name]())
    stored = parse_report(report.to_json().encode(), "report.json")
    assert stored.render(output_format) == report.render(output_format)


@given(hostile_names)
def test_a_hostile_name_is_stored_and_read_back(name: str) -> None:
    report = Report(report_full_of(name))
    assert parse_report(_stored(report), "report.json").model == report.model


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_other_encodings_of_unicode_are_read_too(encoding: str) -> None:
    content = Report(passing()).to_json().encode(encoding)
    assert parse_report(content, "report.json").model == passing()


def changed(**changes: Any) -> bytes:
    values = Report(passing()).to_dict() | changes
    return json.dumps({key: value for key, value in values.items() if value != "gone"}).encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "this is not JSON"),
        (b"name,diagnosis\nsecret,4711\n", "this is not JSON"),
        (b"\xff\xfe\x00secret", "this is not JSON"),
        (b"[" * 100_000, "this is not JSON"),
        (b'{"schema_version": "1.0", "tool": NaN}', "this is not JSON"),
        (b'{"schema_version": "1.0", "tool": 1e999}', "this is not JSON"),
        (b'["secret"]', "not a report of reidaudit"),
        (b'{"secret": 4711}', "not a report of reidaudit"),
        (b'{"schema_version": "secret"}', "not a report of reidaudit"),
        (changed(schema_version="2.0"), "a report of version 2.0, and this reidaudit reads"),
        (changed(schema_version="1.7", verdict="gone"), "a report of version 1.7"),
        (changed(verdict="gone"), "it lacks the field 'verdict'"),
        (changed(verdict="secret"), "'verdict' is not what it must be"),
        (changed(secret=4711), "it has a field that does not belong there"),
        (changed(tool={"name": "x", "version": "y", "secret": 1}), "'tool' has a field"),
    ],
)
def test_anything_else_is_refused_without_quoting_it(content: bytes, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_report(content, "wrong.json")
    message = str(caught.value)
    assert message.startswith("wrong.json: ")
    assert sentence in message
    assert "secret" not in message
    assert "4711" not in message


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.json: the file cannot be read: No such file"):
        read_report(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("file", "output_format"),
    [
        ("a.md", "markdown"),
        ("a.SARIF", "sarif"),
        ("a.sarif.json", "sarif"),
        ("a.junit.xml", "junit"),
        ("a.json", "json"),
        ("a.csv", "csv"),
        ("a.pdf", None),
        ("json", None),
    ],
)
def test_suffixes_say_the_format(file: str, output_format: str | None) -> None:
    assert suffix_format(Path(file)) == output_format


def test_every_format_has_a_suffix() -> None:
    assert set(FORMAT_OF_SUFFIX.values()) == set(FORMATS)


def _stored(report: Report) -> bytes:
    return report.to_json().encode("utf-8", "backslashreplace")
