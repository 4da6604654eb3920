"""The terminal: a summary that fits a screen, and all findings for whoever asks for more."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reidaudit.numbers import count, format_limit
from reidaudit.report.answers import what_to_do
from reidaudit.report.model import Finding, ReportModel
from reidaudit.report.statistical import unique_in_both
from reidaudit.report.waiving import at_a_glance
from reidaudit.report.wording import (
    NOT_ENFORCED,
    SYMBOLS,
    blindness,
    by_urgency,
    capital,
    format_interval,
    headline,
    measure_label,
    plain,
    release_name,
    sampled_targets,
    short_name,
    value_text,
    verdict_label,
)
from reidaudit.vocabulary import MeasureName

ASCII_SYMBOLS = {"pass": "+", "fail": "x", "inconclusive": "?", "incomplete": "~", "invalid": "!"}
COLOURS = {
    "pass": "green",
    "fail": "red",
    "inconclusive": "yellow",
    "incomplete": "blue",
    "invalid": "magenta",
}
# A screen has 24 lines. The prompt takes one, what was said before the summary another.
LINES = 22
FEWEST_FINDINGS, MOST_FINDINGS = 1, 6


class _Printer:
    """Writes untrusted strings to a console: never as markup, never unencodable."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.symbols = ASCII_SYMBOLS if console.options.ascii_only else SYMBOLS

    def text(self, string: str, style: str = "", limit: int = 400) -> Text:
        encoding = self.console.encoding
        # cut first, as what is put in place of the rest must be encoded too
        cut = plain(string, limit)
        encodable = cut.replace("−", "-") if self.symbols is ASCII_SYMBOLS else cut
        encodable = encodable.encode(encoding, "replace").decode(encoding)
        return Text(encodable, style=style, overflow="fold")

    def labelled(self, label: str, string: str, limit: int = 150) -> Text:
        return Text.assemble((f"{label}: ", "bold"), self.text(string, limit=limit))

    def print(self, lines: Sequence[Text]) -> None:
        for line in lines:
            self.console.print(line, soft_wrap=False)

    def height(self, lines: Sequence[Text]) -> int:
        width = self.console.width
        return sum(len(line.wrap(self.console, width)) for line in lines)


def render_text(report: ReportModel, *, console_width: int = 80, colour: bool = False) -> str:
    """Render the summary as a string, and after it all findings.

    Parameters
    ----------
    report
        What the audit found out.
    console_width
        Cells per line.
    colour
        Whether to write ANSI colours.
    """
    # Everything that rich would otherwise read from the environment is said here, so that
    # the same report gives the same text everywhere.
    console = Console(
        file=io.TextIOWrapper(io.BytesIO(), encoding="utf-8"),
        width=console_width,
        height=24,
        force_terminal=colour,
        force_jupyter=False,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
    )
    with console.capture() as capture:
        print_summary(report, console, [])
        print_details(report, console)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def print_summary(report: ReportModel, console: Console, report_paths: Sequence[str]) -> None:
    """Print the summary of an audit, short enough for a screen of 24 lines.

    Parameters
    ----------
    report
        What the audit found out.
    console
        Where to print; rich leaves colour out where there is no terminal or ``NO_COLOR`` is set.
    report_paths
        Where the full reports lie.
    """
    printer = _Printer(console)
    head = list(_verdict(printer, report))
    tail = list(_where_and_what_now(printer, report, report_paths))
    # the heading of the table, two empty lines, and the line that counts what is left out
    room = LINES - 4 - printer.height([*head, *tail])
    shown = max(FEWEST_FINDINGS, min(room, MOST_FINDINGS))
    printer.print(head)
    console.print()
    if report.findings:
        console.print(_findings_table(printer, by_urgency(report.findings)[:shown]))
        console.print()
    printer.print([_also(printer, report, left_out=len(report.findings) - shown), *tail])


def print_details(report: ReportModel, console: Console) -> None:
    """Print every finding with its reason, all warnings and what was not run.

    Parameters
    ----------
    report
        What the audit found out.
    console
        Where to print.
    """
    printer = _Printer(console)
    console.print()
    printer.print([Text("All findings, the most urgent first", style="bold")])
    for finding in by_urgency(report.findings):
        value = value_text(finding)
        interval = f" ({format_interval(finding)})" if finding.interval else ""
        label = verdict_label(finding)
        warning = f" {capital(finding.warning)}" if finding.warning else ""
        said = f"- {finding.id}: {value}{interval}, {label}. {finding.reason}{warning}"
        printer.print([printer.text(said)])
    printer.print([printer.labelled("Warning", warning, 400) for warning in report.warnings])
    printer.print(
        [printer.labelled("Not run", f"{row.attack}: {row.reason}", 400) for row in report.not_run]
    )
    printer.print([printer.labelled("Not tested", row, 400) for row in report.not_tested])
    if report.run.targets is not None:
        printer.print([printer.labelled("Targets", sampled_targets(report), 400)])


def _verdict(printer: _Printer, report: ReportModel) -> Iterator[Text]:
    verdict = report.verdict.value
    word, rest = headline(report)
    style = f"bold {COLOURS[verdict]}"
    yield Text.assemble((f"{printer.symbols[verdict]} {word.upper()}", style), f": {rest}")
    rows = ", ".join(f"{table.rows:,} {table.role}" for table in report.inputs)
    yield printer.text(f"{plain(release_name(report), 24)}: {rows} rows", style="dim")
    for sentence in report.why[:3]:
        yield printer.text(sentence, limit=238)
    if not report.enforced:
        yield Text(NOT_ENFORCED, style="bold")


def _findings_table(printer: _Printer, findings: Sequence[Finding]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, expand=True)
    table.add_column("Finding", ratio=1, no_wrap=True, overflow="ellipsis")
    for heading in ("Value", "Interval", "Limit"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    for finding in findings:
        table.add_row(*_table_row(printer, finding))
    return table


def _table_row(printer: _Printer, finding: Finding) -> list[Text]:
    limit = finding.limit
    verdict = finding.verdict.value if finding.verdict else None
    symbol = printer.symbols[verdict] if verdict else "-"
    style = COLOURS[verdict] if verdict else "dim"
    # 'not measured' would take the width away from the names.
    cells = [
        # Titles are sentences; at 80 columns the technical name is what tells rows apart.
        f"{short_name(finding)}{_measure_suffix(finding)}",
        value_text(finding) if finding.value is not None else "-",
        format_interval(finding) if finding.interval else "-",
        format_limit(finding.measure, limit.max) if limit else "-",
    ]
    return [
        *(printer.text(cell) for cell in cells),
        Text(f"{symbol} {verdict_label(finding)}", style),
    ]


def _measure_suffix(finding: Finding) -> str:
    """What is measured, where it is not the excess that a reader expects."""
    if finding.measure is MeasureName.EXCESS:
        return ""
    label = measure_label(finding.measure, finding.at).removesuffix(" FPR")
    return f" {label.replace(' at ', '@').replace(' %', '%')}"


def _also(printer: _Printer, report: ReportModel, left_out: int) -> Text:
    counts = [count(len(report.warnings), "warning")] if report.warnings else []
    if left_out > 0:
        counts.insert(0, count(left_out, "more finding"))
    if report.not_run:
        counts.append(f"{count(len(report.not_run), 'attack')} not run")
    counts.append(f"policy {plain(report.policy.name, 20)}")
    return printer.labelled("Also", ", ".join(counts), limit=72)


def _where_and_what_now(
    printer: _Printer, report: ReportModel, report_paths: Sequence[str]
) -> Iterator[Text]:
    if report.waivers:
        yield printer.labelled("Waivers", at_a_glance(report))
    for precondition in report.preconditions:
        is_told = any(precondition.detail[1:] in sentence for sentence in report.why)
        if precondition.verdict in ("fail", "invalid", "incomplete") and not is_told:
            name = f"Precondition {plain(precondition.name, 40)}"
            yield printer.labelled(name, precondition.detail)
    if report.statistical_disclosure is not None:
        yield printer.labelled("By a few columns", unique_in_both(report.statistical_disclosure))
    if report.sensitivity:
        smallest = max(report.sensitivity, key=blindness).sentence
        yield printer.labelled("Could not see less than", smallest, limit=120)
    if report_paths:
        yield printer.labelled("Reports", ", ".join(report_paths), limit=400)
    yield printer.labelled("Next", " ".join(what_to_do(report)), limit=400)
