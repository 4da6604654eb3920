"""CSV: stable columns, numbers as numbers, and no formula."""

from __future__ import annotations

import csv
import io

import pytest
from hostile_names import hostile_names, report_full_of
from hypothesis import example, given
from report_examples import EXAMPLES, failing, incomplete

from reidaudit.report.csv import COLUMNS, render_csv
from reidaudit.report.model import ReportModel
from reidaudit.report.wording import by_urgency

NUMBERS = (
    *("at", "value", "interval_low", "interval_high", "interval_high_together", "interval_level"),
    *("baseline", "limit", "p_value", "members", "controls"),
)
FORMULA = tuple("=+-@\t\r＝＋－＠")


def rows(report: ReportModel) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(report)), strict=True))


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_line_for_each_finding_and_the_worst_first(name: str) -> None:
    report = EXAMPLES[name]()
    lines = render_csv(report).splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == 1 + len(report.findings)
    if name != "hostile":
        assert [row["id"] for row in rows(report)] == [f.id for f in by_urgency(report.findings)]


def test_the_columns_are_those_that_scripts_rely_on() -> None:
    assert ",".join(COLUMNS) == (
        "id,attack,attack_version,family,outcome,title,measure,at,value,interval_low,"
        "interval_high,interval_high_together,interval_level,interval_method,baseline,limit,"
        "limit_source,limit_source_kind,p_value,gating,bearing,verdict,reason,warning,waiver,"
        "members,controls"
    )


def test_numbers_are_written_in_full_and_negative_ones_are_no_formulas() -> None:
    report = failing()
    for row, finding in zip(rows(report), by_urgency(report.findings), strict=True):
        assert float(row["value"]) == finding.value
        assert finding.interval is not None
        assert float(row["interval_low"]) == finding.interval.low
        assert int(row["members"]) == 18_000
        assert row["gating"] == ("true" if finding.gating else "false")
    assert any(row["interval_low"].startswith("-") for row in rows(report))


def test_what_was_not_measured_is_empty() -> None:
    row = next(row for row in rows(incomplete()) if row["measure"] == "auc")
    assert {row[name] for name in ("value", "interval_low", "p_value", "warning")} == {""}
    assert row["verdict"] == "incomplete"


@given(hostile_names)
@example("=cmd()")
@example("@SUM(A1)")
@example("＝1")
@example("＠1")
@example("-1")
@example(" \t@SUM(A1)")
@example("\u200b=1")
@example('"\r\n=1')
def test_a_hostile_name_starts_no_formula_and_breaks_no_line(name: str) -> None:
    report = report_full_of(name)
    text = render_csv(report)
    assert len(text.splitlines()) == 1 + len(report.findings)
    for row in rows(report):
        assert None not in row
        for column, cell in row.items():
            if column in NUMBERS:
                assert cell == "" or float(cell) is not None
            else:
                assert not cell.startswith(FORMULA)
