"""The report as Markdown, for a comment on a pull request or the summary of a CI job."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence

from reidaudit.numbers import count, format_percent
from reidaudit.report.answers import what_to_do
from reidaudit.report.model import Finding, ReportModel
from reidaudit.report.statistical import (
    exclusion_in_words,
    figure_name,
    keys_in_words,
    shown_figures,
    sign_in_words,
)
from reidaudit.report.statistical_model import StatisticalFigure
from reidaudit.report.waiving import in_full, meant_for
from reidaudit.report.wording import (
    NOT_ENFORCED,
    SYMBOLS,
    answered,
    blindness,
    by_urgency,
    capital,
    format_interval,
    headline,
    limit_text,
    measure_label,
    plain,
    policy_file,
    release_name,
    sampled_targets,
    value_text,
    verdict_label,
)

# GitHub takes comments of 65,536 characters; the rest is left to whoever adds something of theirs.
MAX_BYTES = 60_000
# What one part may take, so that no list of hostile names can crowd out the others.
PART_BYTES = 6_000
LONGEST = 300
BLANK = "(blank)"
_TABLE_HEAD = [
    "| Attack | What was tried | Value | Limit | Verdict |",
    "| --- | --- | --- | --- | --- |",
]
_FIGURES_HEAD = [
    "| Figure | If the original were released | Members | Controls | Members, discounted |",
    "| --- | --- | --- | --- | --- |",
]
# Square brackets are enough to keep links and images out.
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&]")
_LINE_START = re.compile(r"^(?:[-+=]|\d{1,9}(?=[.)](?:\s|$)))")
# Servers look for these in the finished text, where an escape no longer helps: names of people and
# projects, numbers of issues, addresses, e-mail, and names of emoji. A joiner, which nobody sees,
# breaks them up.
_TRIGGERS = re.compile(
    r"""(?=@) | @ | [#!&~%](?=[\w"]) | \bGH(?=-\d) | \bwww(?=\.) | /(?=/) | :(?=[\w+-]+(?::|$))""",
    re.VERBOSE | re.IGNORECASE,
)
_JOINER = "\N{WORD JOINER}"
_NO_BREAK = "\N{NO-BREAK SPACE}"
# GitHub typesets what stands between two of these, unless they stand in an element of their own.
_DOLLAR = "<span>&#36;</span>"


def render_markdown(report: ReportModel) -> str:
    """Render the report as GitHub-flavoured Markdown of at most 60 kB.

    Parameters
    ----------
    report
        What the audit found out. Its strings are untrusted, and are shown as text whatever they
        look like: no link, image, mention, heading, table cell or tag comes of them.

    Returns
    -------
    str
        The verdict first, then why, the gating findings with the worst on top, and what else a
        reader must know. What is left out for its length is counted.
    """
    top = [_heading(report), *_why(report)]
    rest = [f"**Next:** {escape(' '.join(what_to_do(report)), 600)}"]
    rest += [part for make in _PARTS if (part := make(report))]
    taken = sum(len(part.encode()) + 2 for part in [*top, *rest])
    table = _findings(report, MAX_BYTES - taken - 2)
    return "\n\n".join([*top, *table, *rest]) + "\n"


def escape(text: str, limit: int = LONGEST) -> str:
    """Write an untrusted text so that Markdown shows it, and does nothing else with it.

    Parameters
    ----------
    text
        Any text; control and formatting characters are left out, and white space is joined.
    limit
        Characters of the text that are shown at most.
    """
    broken_up = _TRIGGERS.sub(rf"\g<0>{_JOINER}", plain(text, limit) or BLANK)
    escaped = _SPECIAL.sub(_reference, broken_up).replace("$", _DOLLAR)
    # at the start of a line these would begin a list or a line across
    return _LINE_START.sub(lambda found: found[0][:-1] + f"&#{ord(found[0][-1])};", escaped)


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _heading(report: ReportModel) -> str:
    word, rest = headline(report)
    return f"## {SYMBOLS[report.verdict.value]} {word.upper()}: {rest}"


def _why(report: ReportModel) -> list[str]:
    rows = ", ".join(f"{table.rows:,} {table.role}" for table in report.inputs)
    preset, source = escape(report.policy.preset, 80), escape(report.policy.source, 80)
    facts = (
        f"**{escape(release_name(report), 80)}**: {rows} rows; judged by the preset {preset} "
        f"({source})."
    )
    why = _listed([escape(sentence, 600) for sentence in report.why], "sentence", bullet="")
    notes = [f"**{NOT_ENFORCED}**"] if not report.enforced else []
    return [facts, why, *notes]


def _findings(report: ReportModel, budget: int) -> list[str]:
    gating = [finding for finding in by_urgency(report.findings) if finding.gating]
    if not gating:
        return ["No finding was held against a limit."]
    rows, left_out = fitting([_row(finding) for finding in gating], budget - 300)
    parts = ["\n".join([*_TABLE_HEAD, *rows])]
    if left_out:
        parts.append(cut_note(left_out, "finding"))
    return parts


def _row(finding: Finding) -> str:
    label = measure_label(finding.measure, finding.at)
    value = value_text(finding)
    if finding.interval is not None:
        value += f" ({format_interval(finding)})"
    symbol = SYMBOLS[finding.verdict.value] if finding.verdict else "–"
    cells = [
        escape(finding.attack, 80),
        f"{escape(finding.title, 200)} ({label})",
        unbroken(escape(value)),
        unbroken(escape(limit_text(finding))),
        f"{symbol}{_NO_BREAK}{verdict_label(finding)}",
    ]
    return f"| {' | '.join(cells)} |"


def unbroken(figures: str) -> str:
    """Keep a number and its percent sign on one line."""
    return figures.replace(" %", f"{_NO_BREAK}%")


def _warnings(report: ReportModel) -> str:
    return section("Warnings", [escape(warning) for warning in report.warnings], "warning")


def _waivers(report: ReportModel) -> str:
    lines = [
        f"**{row.state}**: {escape(meant_for(row))}: {escape(row.detail)} "
        f"{escape(in_full(row), 600)}"
        for row in sorted(report.waivers, key=lambda row: row.warning is None)
    ]
    return section("Waivers", lines, "waiver")


def _preconditions(report: ReportModel) -> str:
    lines = [
        f"**{row.verdict}**: {escape(capital(row.name), 100)}: {escape(row.detail)}"
        for row in report.preconditions
        if row.verdict != "pass"
    ]
    return section("Preconditions that do not hold", lines, "precondition")


def _self_check(report: ReportModel) -> str:
    if report.self_check is None:
        return "The audit was not tried on itself."
    lines = [
        f"**{part.verdict}**: {escape(capital(part.name), 100)}: {escape(part.detail)}"
        for part in report.self_check.parts
        if part.verdict != "pass"
    ]
    return section("The audit, tried on itself", lines, "check")


def _questions(report: ReportModel) -> str:
    """Say what the findings answer to each question of authorities and statistical offices."""
    lines = [
        f"**{answered(row)}**: {row.question} ({row.name}; {row.asked_by})"
        for row in report.questions
    ]
    return section("What authorities and statistical offices ask", lines, "question")


def _statistical(report: ReportModel) -> str:
    """Show the figures of statistical offices as a table, and what anyone could know as a list."""
    part = report.statistical_disclosure
    if part is None:
        return ""
    rows, more = fitting([_figure_row(figure) for figure in shown_figures(part)], PART_BYTES)
    parts = [
        "### What a few known columns give away",
        escape(keys_in_words(part), 600),
        "\n".join([*_FIGURES_HEAD, *rows]),
    ]
    if more:
        parts.append(cut_note(more, "figure"))
    known = [exclusion_in_words(row) for row in part.exclusions]
    known += [f"Perhaps known to anyone: {sign_in_words(sign)}" for sign in part.signs]
    if known:
        parts.append(_listed([escape(line) for line in known], "line"))
    return "\n\n".join(parts)


def _figure_row(figure: StatisticalFigure) -> str:
    shares = (figure.original, figure.members, figure.controls, figure.not_known_beforehand)
    cells = ["" if share is None else unbroken(format_percent(share)) for share in shares]
    return f"| {escape(figure_name(figure), 200)} | {' | '.join(cells)} |"


def _unseen(report: ReportModel) -> str:
    ordered = sorted(report.sensitivity, key=blindness, reverse=True)
    smallest = [escape(item.sentence) for item in ordered]
    others = [f"Not tested: {escape(text)}" for text in report.not_tested]
    others += [f"Not run: {escape(row.attack, 80)}: {escape(row.reason)}" for row in report.not_run]
    lead = "With this many people, leaks smaller than these stay hidden:"
    if not smallest:
        lead = (
            "The sensitivity was not computed, so nothing can be said about how small a leak would "
            "have been noticed."
        )
    lists = [_listed(lines, "line") for lines in (smallest, others) if lines]
    # without words between them, two lists would be one
    between = ["Outside this audit:"] if smallest and others else []
    parts = [*lists[:1], *between, *lists[1:]]
    return "\n\n".join(["### What could not have been seen", lead, *parts])


def _reproduction(report: ReportModel) -> str:
    run, tool = report.run, report.tool
    digests = [
        f"release {escape(table.digest, 80)}"
        for table in report.inputs
        if table.role == "synthetic" and table.digest
    ]
    digests.append(f"policy {escape(report.policy.sha256, 80)}")
    made_by = (
        f"{escape(tool.name, 40)} {escape(tool.version, 40)}, seed {run.seed}, "
        f"{count(run.permutations, 'permutation')}; SHA-256: {', '.join(digests)}."
    )
    ask = "File names stand without their folders, and options that change what is tried are not"
    # the command is one line, and so cannot end its block
    block = f"```sh\n{_command(report)}\n```"
    asked = [sampled_targets(report)] if run.targets else []
    return "\n\n".join(["### How to reproduce it", made_by, *asked, f"{ask} recorded:", block])


def _command(report: ReportModel) -> str:
    parts = ["reidaudit", "audit"]
    for table in report.inputs:
        parts += [f"--{table.role}", plain(table.name, 100)]
    file = policy_file(report)
    parts += ["--preset", report.policy.preset] if file is None else ["--policy", file]
    parts += ["--seed", str(report.run.seed), "--permutations", str(report.run.permutations)]
    if report.run.targets is not None:
        parts += ["--targets", str(report.run.most_targets)]
    return shlex.join(plain(part, 100) for part in parts)


_PARTS: tuple[Callable[[ReportModel], str], ...] = (
    _waivers,
    _warnings,
    _preconditions,
    _self_check,
    _questions,
    _statistical,
    _unseen,
    _reproduction,
)


def section(title: str, lines: Sequence[str], noun: str) -> str:
    """Write a list under a heading, or nothing where there is nothing to list."""
    return f"### {title}\n\n{_listed(lines, noun)}" if lines else ""


def _listed(lines: Sequence[str], noun: str, bullet: str = "- ") -> str:
    """Write as many lines as one part may take, and say how many are left out."""
    kept, left_out = fitting([f"{bullet}{line}" for line in lines], PART_BYTES)
    if left_out:
        kept.append(f"{bullet}{cut_note(left_out, noun)}")
    return ("\n" if bullet else "\n\n").join(kept)


def fitting(lines: Sequence[str], budget: int) -> tuple[list[str], int]:
    """Keep as many lines as fit into so many bytes, and count the others."""
    kept: list[str] = []
    for line in lines:
        budget -= len(line.encode()) + 2
        if budget < 0:
            break
        kept.append(line)
    return kept, len(lines) - len(kept)


def cut_note(number: int, noun: str) -> str:
    """Say that so many were left out."""
    return f"*Cut for its length: {count(number, f'more {noun}')}; the JSON report holds all.*"
