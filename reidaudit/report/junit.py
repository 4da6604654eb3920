"""The report as JUnit XML, as GitLab, Jenkins and other servers read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from xml.etree import ElementTree as ET

from reidaudit.report.checks import Check, State, checks_of, groups_of
from reidaudit.report.model import ReportModel
from reidaudit.report.wording import headline, measure_label, plain, release_name

# XML 1.0 has no way to write these, not even as references; `plain` takes the other controls.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST = 1_000
# A finding that nobody could decide is no pass, and a pipeline must see it.
_ELEMENTS = {
    State.FAIL: "failure",
    State.UNDECIDED: "error",
    State.WAIVED: "skipped",
    State.REPORTED: "skipped",
}
_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render_junit(report: ReportModel) -> str:
    """Render the report as JUnit XML, with one suite for each family and part of the audit.

    A check that fails is a failure; one that could not be decided (inconclusive, incomplete or
    invalid) is an error; what decides nothing (a diagnostic, a silent closer look, an attack that
    did not run, a failure that is waived) is skipped.

    Parameters
    ----------
    report
        What the audit found out. Its strings are untrusted.

    Returns
    -------
    str
        The document, to be written as UTF-8.
    """
    checks = checks_of(report)
    root = ET.Element("testsuites", name="reidaudit", time=f"{max(report.run.seconds, 0):.3f}")
    _count(root, checks, ("failures", "errors"))
    for group, members in groups_of(checks).items():
        root.append(_suite(report, group, members))
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(report: ReportModel, group: str, checks: Sequence[Check]) -> ET.Element:
    started = report.run.started
    moment = started.astimezone(UTC) if started.tzinfo is not None else started
    suite = ET.Element("testsuite", name=_line(group), timestamp=f"{moment:%Y-%m-%dT%H:%M:%S}")
    _count(suite, checks, tuple(_COUNTED))
    properties = ET.SubElement(suite, "properties")
    for name, value in _facts(report).items():
        ET.SubElement(properties, "property", name=name, value=_line(value))
    suite.extend(_case(check) for check in checks)
    return suite


def _count(element: ET.Element, checks: Sequence[Check], names: Sequence[str]) -> None:
    element.set("tests", str(len(checks)))
    for name in names:
        number = sum(_ELEMENTS.get(check.state) == _COUNTED[name] for check in checks)
        element.set(name, str(number))


def _facts(report: ReportModel) -> dict[str, str]:
    word, rest = headline(report)
    return {
        "release": release_name(report),
        "verdict": f"{word}: {rest}",
        "policy": f"{report.policy.name} ({report.policy.source})",
        "seed": str(report.run.seed),
        "tool": f"{report.tool.name} {report.tool.version}",
    }


def _case(check: Check) -> ET.Element:
    case = ET.Element("testcase", classname=_line(check.subject), name=_name(check), time="0")
    element = _ELEMENTS.get(check.state)
    if element is None:
        _text(case, "system-out", check.message)
    elif element == "skipped":
        # the reason, as servers show only the attribute
        ET.SubElement(case, element, message=_line(check.message), type=_line(check.word))
    else:
        _text(case, element, check.message, message=_line(check.message), type=_line(check.word))
    if check.warning is not None:
        _text(case, "system-err", f"Warning: {check.warning}")
    return case


def _name(check: Check) -> str:
    """Name a test for a person, and unlike every other of its class."""
    if check.finding is None:
        return _line(check.title)
    label = measure_label(check.finding.measure, check.finding.at)
    title, outcome = plain(check.title), plain(check.finding.outcome)
    return _line(f"{title} [{outcome}, {label}]")


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = _line(text)


def _line(text: str) -> str:
    return _NOT_XML.sub("", plain(text, LONGEST))
