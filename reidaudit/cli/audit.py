"""``reidaudit audit``: one release, one verdict, one exit code."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reidaudit.cli.options import AUDIT_OPTIONS, Asked
from reidaudit.cli.outputs import check_writable, parse_outputs
from reidaudit.cli.program import VERBOSE
from reidaudit.cli.progress import Watch, watching
from reidaudit.cli.streams import check_stdout, say, say_text, write_stdout
from reidaudit.errors import UsageError
from reidaudit.report.save import save_all

if TYPE_CHECKING:
    from rich.console import Console

    from reidaudit.report.report import Report

EPILOG = """\
\b
Examples of reports:
  --format json            JSON to standard output; the summary goes to standard error
  -o report.html           a page that opens offline
  -o junit=report.out      any file, in the format that is named

Every option can be given as an environment variable, such as REIDAUDIT_SEED or, to be exact,
REIDAUDIT_AUDIT_SEED; flags take 1 or 0. Options that can be repeated take a list there, separated
by commas, or with one item per line where an item has a comma of its own.

Exit codes: 0 pass, 1 fail, 2 nothing was judged, 3 not decided, 70 internal error.
"""


@click.command(params=AUDIT_OPTIONS, epilog=EPILOG)
@click.pass_context
def audit(ctx: click.Context, /, **options: Any) -> int:
    """Attack a release and judge how much it gives away.

    Tables are CSV (also gzipped) or Parquet files.
    """
    asked = Asked(**options)
    ctx.meta[VERBOSE] = asked.verbose
    if asked.quiet and asked.verbose:
        raise UsageError("-q and -v contradict each other; give one of them.")
    outputs = parse_outputs(asked.output, asked.format)
    if outputs.stdout is not None:
        check_stdout()
    targets = () if asked.disclosure is None else (asked.disclosure,)
    check_writable((*outputs.files, *targets), asked.inputs)
    policy = _policy(asked)
    report, watch = _run(asked, policy)
    save_all(report, outputs.files)
    if outputs.stdout is not None:
        show_report(report, outputs.stdout)
    if not asked.quiet and outputs.stdout != "text":
        show_summary(report, [str(path) for path in outputs.files])
    if asked.verbose:
        _show_more(report, watch)
    return report.exit_code


def _policy(asked: Asked) -> Path | None:
    """The policy that was asked for, or found here."""
    from reidaudit.policy.load import find_policy

    source = asked.policy or find_policy(Path())
    if source is not None and asked.policy is None and not asked.quiet:
        say(f"judging by {source}, found in this folder")
    return source


def _run(asked: Asked, policy: Path | None) -> tuple[Report, Watch]:
    from reidaudit.journey import audit as run_audit

    # Standard output belongs to the report: whatever an attack prints goes elsewhere.
    with watching(quiet=asked.quiet) as watch, contextlib.redirect_stdout(sys.stderr):
        report = run_audit(
            asked.train,
            asked.synthetic,
            asked.holdout,
            asked.reference,
            policy=policy,
            preset=asked.preset,
            entity=asked.entity,
            sensitive=asked.sensitive,
            quasi_identifiers=asked.quasi_identifier,
            attacks=asked.attack or None,
            seed=asked.seed,
            workers=asked.workers,
            permutations=asked.permutations,
            max_seconds=asked.max_seconds,
            cluster=asked.cluster,
            memory=asked.memory,
            scratch=asked.scratch,
            checkpoint=asked.checkpoint,
            self_check=asked.self_check,
            fail_on_warn=asked.fail_on == "warn",
            enforced=not asked.exit_zero,
            history=asked.history,
            targets=asked.targets,
            exposed=asked.disclosure,
            progress=watch,
        )
    return report, watch


def show_report(report: Report, output_format: str) -> None:
    """Write a report to standard output; formats for machines are UTF-8 wherever that leads."""
    encoding = None if output_format == "text" else "utf-8"
    write_stdout(report.render(output_format), encoding)


def show_summary(report: Report, paths: list[str], *, to_stdout: bool = False) -> None:
    """Print the summary to standard error, or to standard output."""
    from reidaudit.report.text import print_summary

    _show(report, lambda console: print_summary(report.model, console, paths), to_stdout=to_stdout)


def _show_more(report: Report, watch: Watch) -> None:
    from reidaudit.report.text import print_details

    _show(report, lambda console: print_details(report.model, console))
    say("Seconds: " + ", ".join(f"{what} {seconds:.2f}" for what, seconds in watch.timings))


def _show(report: Report, print_to: Callable[[Console], None], *, to_stdout: bool = False) -> None:
    from rich.console import Console

    console = Console(stderr=not to_stdout)
    # Captured, as rich exits with 1, our code for a failed release, when a pipe is broken.
    with console.capture() as capture:
        print_to(console)
    summary = capture.get()
    report.insist_clean(summary, "text")
    (write_stdout if to_stdout else say_text)(summary)
