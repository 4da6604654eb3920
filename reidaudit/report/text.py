"""The report in words: the terminal summary, and the wording that all renderers share."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reidaudit.report.model import Finding, ReportModel, Sensitivity
from reidaudit.vocabulary import MeasureName, Verdict

# A word and a shape for each verdict, so that nothing hangs on colour.
SYMBOLS = {"pass": "✓", "fail": "✗", "inconclusive": "?", "incomplete": "…", "invalid": "!"}
ASCII_SYMBOLS = {"pass": "+", "fail": "x", "inconclusive": "?", "incomplete": "~", "invalid": "!"}
COLOURS = {
    "pass": "green",
    "fail": "red",
    "inconclusive": "yellow",
    "incomplete": "blue",
    "invalid": "magenta",
}
HEADLINES = {
    "pass": "every limit held in what was tested",
    "fail": "the release gives away more than the policy allows",
    "inconclusive": "the data at hand cannot settle whether the limits hold",
    "incomplete": "something that the policy requires was not measured",
    "invalid": "the inputs do not bear an audit, so nothing was judged",
}
NEXT_STEPS = {
    "pass": "Read what was not tested, then keep the report with the release.",
    "fail": "Hold the release back, and mend the generator; start with the first finding above.",
    "inconclusive": "Hold the release back; more held-out rows narrow the intervals.",
    "incomplete": "Hold the release back, supply what is missing, and run the audit again.",
    "invalid": "Mend the inputs that the preconditions name, and run the audit again.",
}
TOP_FINDINGS = 6
_URGENCY = {
    Verdict.FAIL: 0,
    Verdict.INVALID: 2,
    Verdict.INCOMPLETE: 3,
    Verdict.INCONCLUSIVE: 4,
    Verdict.PASS: 5,
    None: 6,
}
_SHARES = frozenset(
    {
        MeasureName.TPR_AT_FPR,
        MeasureName.EXCESS,
        MeasureName.MEMBER_RATE,
        MeasureName.CONTROL_RATE,
    }
)


def is_share(measure: MeasureName) -> bool:
    """Tell whether a measure is a share of people, and so is written in percent."""
    return measure in _SHARES


def format_percent(value: float, decimals: int | None = None) -> str:
    """Write a share as a percentage, with more decimals where it is small."""
    if value == 0:
        return "0 %"
    if decimals is None:
        decimals = 1 if abs(value) >= 0.1 else 2
        if abs(value) < 0.00005:
            return f"{'−' if value < 0 else ''}< 0.01 %"
    return f"{100 * value:.{decimals}f} %".replace("-", "−")


def format_value(measure: MeasureName, value: float | None, *, beside: float | None = None) -> str:
    """Write the value of a measure for a reader.

    Parameters
    ----------
    measure
        What the value is a value of: shares are written in percent.
    value
        The value, or None where nothing was measured.
    beside
        A number that the value is compared with. Where rounding would make two different
        numbers look the same, more decimals are shown.
    """
    if value is None:
        return "not measured"

    def write(number: float, decimals: int | None) -> str:
        if is_share(measure):
            return format_percent(number, decimals)
        return f"{number:.{3 if decimals is None else decimals}f}".replace("-", "−")

    for decimals in (None, 3, 4, 5):
        text = write(value, decimals)
        if beside is None or value == beside or text != write(beside, decimals):
            return text
    return write(value, 6)


def format_limit(measure: MeasureName, value: float) -> str:
    """Write a limit as the policy would: without decimals that say nothing."""
    return f"{100 * value:.6g} %" if is_share(measure) else f"{value:.6g}"


def format_interval(finding: Finding) -> str:
    """Write the interval of a finding, or say that there is none."""
    if finding.interval is None:
        return "none"
    limit = finding.limit.max if finding.limit else None
    low = format_value(finding.measure, finding.interval.low, beside=limit)
    high = format_value(finding.measure, finding.interval.high, beside=limit)
    return f"{low.removesuffix(' %')} to {high}" if low[0] != "<" else f"{low} to {high}"


def format_p_value(p_value: float | None) -> str:
    """Write a p-value, never as zero."""
    if p_value is None:
        return "none"
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def count(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def measure_label(measure: MeasureName, at: float | None = None) -> str:
    """Name a measure briefly, with its false-positive rate where it has one."""
    if measure is MeasureName.TPR_AT_FPR:
        return f"TPR at {format_limit(measure, at)} FPR" if at is not None else "TPR at low FPR"
    return {
        MeasureName.AUC: "AUC",
        MeasureName.ADVANTAGE: "advantage",
        MeasureName.EXCESS: "excess",
        MeasureName.MEMBER_RATE: "rate of members",
        MeasureName.CONTROL_RATE: "rate of controls",
        MeasureName.EPSILON_LOWER_BOUND: "epsilon, at least",
    }[measure]


def measure_meaning(measure: MeasureName, at: float | None = None) -> str:
    """Say in half a sentence what a measure counts; what is more, is worse."""
    label = measure_label(measure, at)
    return {
        MeasureName.AUC: f"{label}: how often a member scores above a control",
        MeasureName.TPR_AT_FPR: f"{label}: members recognised while so many controls are accused",
        MeasureName.ADVANTAGE: "Advantage: share of members accused, beyond controls",
        MeasureName.EXCESS: "Excess: success on members, beyond success on controls",
        MeasureName.MEMBER_RATE: "Rate of members: success on members",
        MeasureName.CONTROL_RATE: "Rate of controls: success on controls",
        MeasureName.EPSILON_LOWER_BOUND: "Epsilon, at least: loss of differential privacy",
    }[measure]


def verdict_label(finding: Finding) -> str:
    """Give the verdict of a finding in words: a diagnostic is only 'reported'."""
    if finding.verdict is None:
        return "reported"
    waived = finding.waiver is not None and finding.verdict is not Verdict.PASS
    return f"{finding.verdict.value}, waived" if waived else finding.verdict.value


def short_name(finding: Finding) -> str:
    """Name a finding technically and briefly: by attack and outcome, without the family."""
    return f"{finding.attack.rsplit('.', 1)[-1]}: {finding.outcome}"


def closeness(finding: Finding) -> float:
    """Tell how much of the way from 'no leak' to the limit the interval's far end has gone."""
    worst = finding.interval.high if finding.interval else finding.value
    if worst is None or finding.limit is None:
        return 0.0
    # A limit at the baseline leaves no way to go: any excess at all is then far beyond it.
    return (worst - finding.baseline) / max(finding.limit.max - finding.baseline, 1e-6)


def by_urgency(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings: failures first, then whatever lies closest to its limit."""

    def key(finding: Finding) -> tuple[int, bool, float, str]:
        urgency = _URGENCY[finding.verdict]
        if finding.verdict is Verdict.FAIL and finding.waiver is not None:
            urgency = 1
        return urgency, finding.warning is None, -closeness(finding), finding.id

    return sorted(findings, key=key)


def waived(report: ReportModel) -> list[Finding]:
    """List the findings that a waiver covers."""
    return [finding for finding in by_urgency(report.findings) if finding.waiver is not None]


def headline(report: ReportModel) -> tuple[str, str]:
    """Give the verdict as a word and as half a sentence."""
    word = report.verdict.value.capitalize()
    waivers = len(waived(report))
    if report.verdict is Verdict.PASS and waivers:
        return f"Pass with {count(waivers, 'waiver')}", "every limit held, or a waiver covers it"
    return word, HEADLINES[report.verdict.value]


def release_name(report: ReportModel) -> str:
    """Name the release: as the policy does, else by its file."""
    if report.context.release_name:
        return report.context.release_name
    return next((table.name for table in report.inputs if table.role == "synthetic"), "release")


def plain(text: str, limit: int = 400) -> str:
    """Make an untrusted string fit for a terminal line.

    Control, formatting and bidirectional characters go, white space is joined, and what is
    longer than ``limit`` characters is cut.
    """
    spaced = "".join(" " if char.isspace() else char for char in text[: 4 * limit])
    kept = "".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    joined = " ".join(kept.split())
    return joined if len(joined) <= limit else f"{joined[: limit - 1]}…"


class _Printer:
    """Writes untrusted strings to a console: never as markup, never unencodable."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.symbols = ASCII_SYMBOLS if console.options.ascii_only else SYMBOLS

    def text(self, string: str, style: str = "", limit: int = 400) -> Text:
        encoding = self.console.encoding
        encodable = string.replace("−", "-") if self.symbols is ASCII_SYMBOLS else string
        encodable = encodable.encode(encoding, "replace").decode(encoding)
        return Text(plain(encodable, limit), style=style, overflow="fold")

    def line(self, *parts: Text) -> None:
        self.console.print(Text.assemble(*parts), soft_wrap=False)

    def labelled(self, label: str, string: str, limit: int = 150) -> None:
        self.line(Text(f"{label}: ", style="bold"), self.text(string, limit=limit))


def render_text(report: ReportModel, *, console_width: int = 80, colour: bool = False) -> str:
    """Render the summary as a string.

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
    _print_verdict(printer, report)
    console.print()
    if report.findings:
        console.print(_findings_table(printer, report))
        console.print()
    _print_notes(printer, report)
    if report_paths:
        printer.labelled("Reports", ", ".join(report_paths), limit=400)
    printer.labelled("Next", NEXT_STEPS[report.verdict.value])


def _print_verdict(printer: _Printer, report: ReportModel) -> None:
    verdict = report.verdict.value
    word, rest = headline(report)
    printer.line(
        Text(f"{printer.symbols[verdict]} {word.upper()}", style=f"bold {COLOURS[verdict]}"),
        Text(f": {rest}"),
    )
    rows = ", ".join(f"{table.rows:,} {table.role}" for table in report.inputs)
    printer.line(printer.text(f"{plain(release_name(report), 24)}: {rows} rows", style="dim"))
    for sentence in report.why[:3]:
        printer.line(printer.text(sentence, limit=200))
    if not report.enforced:
        printer.line(Text("Not enforced: the exit code lets this verdict through.", style="bold"))


def _findings_table(printer: _Printer, report: ReportModel) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, expand=True)
    table.add_column("Finding", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("Measure", no_wrap=True)
    for heading in ("Value", "Interval", "Limit"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    for finding in by_urgency(report.findings)[:TOP_FINDINGS]:
        table.add_row(*_table_row(printer, finding))
    return table


def _table_row(printer: _Printer, finding: Finding) -> list[Text]:
    limit = finding.limit
    value = format_value(finding.measure, finding.value, beside=limit.max if limit else None)
    verdict = finding.verdict.value if finding.verdict else None
    symbol = printer.symbols[verdict] if verdict else "-"
    style = COLOURS[verdict] if verdict else "dim"
    # 'not measured' would take the width away from the names.
    cells = [
        # Titles are sentences; at 80 columns the technical name is what tells rows apart.
        short_name(finding),
        measure_label(finding.measure, finding.at).removesuffix(" FPR"),
        value if finding.value is not None else "-",
        format_interval(finding) if finding.interval else "-",
        format_limit(finding.measure, limit.max) if limit else "-",
    ]
    return [
        *(printer.text(cell) for cell in cells),
        Text(f"{symbol} {verdict_label(finding)}", style),
    ]


def _print_notes(printer: _Printer, report: ReportModel) -> None:
    left_out = len(report.findings) - TOP_FINDINGS
    counts = [count(len(report.warnings), "warning")]
    if left_out > 0:
        counts.insert(0, count(left_out, "more finding"))
    if report.not_run:
        counts.append(f"{count(len(report.not_run), 'attack')} not run")
    counts.append(f"judged by policy {plain(report.policy.name, 24)}")
    printer.labelled("Also", ", ".join(counts))
    for precondition in report.preconditions:
        if precondition.verdict in ("invalid", "incomplete"):
            printer.labelled(f"Precondition {plain(precondition.name, 40)}", precondition.detail)
    if report.sensitivity:
        printer.labelled("Could not be seen", max(report.sensitivity, key=blindness).sentence)


def blindness(item: Sensitivity) -> float:
    """Tell how far towards the limit a leak may go unseen; at 1 and above the audit is blind."""
    if item.limit is None:
        return 0.0
    baseline = 0.5 if item.measure is MeasureName.AUC else item.at or 0.0
    return (item.smallest_visible - baseline) / max(item.limit - baseline, 1e-6)
