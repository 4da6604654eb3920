"""``reidaudit demo``: see a harmless release pass and a leaky one fail, on invented patients."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reidaudit.cli.audit import show_summary
from reidaudit.cli.progress import watching
from reidaudit.cli.streams import say, write_stdout
from reidaudit.errors import OutputError
from reidaudit.report.save import save_all
from reidaudit.vocabulary import ExitCode, Verdict

if TYPE_CHECKING:
    from reidaudit.report.report import Report

RELEASES = {
    "harmless": "A release of fresh patients, who resemble the real ones",
    "copies": "The same release with some real patients copied into it",
}
EXPECTED = {"harmless": Verdict.PASS, "copies": Verdict.FAIL}


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reidaudit-demo"),
    show_default=True,
    help="Folder for the tables and reports.",
)
def demo(out: Path) -> int:
    """Audit a harmless and a leaky release of an invented clinic."""
    say(f"making the tables of an invented clinic in {out}; all of it takes about a minute")
    _write_tables(out)
    reports = {name: _audit(out, name) for name in RELEASES}
    for name, report in reports.items():
        files = {out / f"{name}.html": "html", out / f"{name}.json": "json"}
        save_all(report, files)
        write_stdout(f"{RELEASES[name]}:\n\n")
        show_summary(report, [str(path) for path in files], to_stdout=True)
        write_stdout("\n")
    write_stdout(_farewell(out))
    as_expected = all(reports[name].verdict is EXPECTED[name] for name in RELEASES)
    return ExitCode.PASS if as_expected else ExitCode.FAIL


def _write_tables(out: Path) -> None:
    from reidaudit.examples.clinic import POLICY, make_clinic, write_clinic

    policy = out / "reidaudit.toml"
    try:
        ours = policy.is_file() and policy.read_bytes() == POLICY.encode()
        if out.is_dir() and any(out.iterdir()) and not ours:
            raise OutputError(
                f"{out}: the folder holds files that are not the demo's; choose one with --out."
            )
        out.mkdir(parents=True, exist_ok=True)
        policy.write_bytes(POLICY.encode())  # first, so that a killed demo can be run again
        write_clinic(out, make_clinic())
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror}.") from None


def _inputs(out: Path, name: str) -> dict[str, Path]:
    return {
        "train": out / "train.csv.gz",
        "holdout": out / "holdout.csv.gz",
        "synthetic": out / f"synthetic_{name}.csv.gz",
        "policy": out / "reidaudit.toml",
    }


def _audit(out: Path, name: str) -> Report:
    from reidaudit.journey import audit

    say(f"auditing the release {name!r}")
    with watching(quiet=False) as watch:
        tables = _inputs(out, name)
        return audit(
            tables["train"],
            tables["synthetic"],
            tables["holdout"],
            policy=tables["policy"],
            progress=watch,
        )


def _farewell(out: Path) -> str:
    options = [
        part for role, path in _inputs(out, "copies").items() for part in (f"--{role}", path)
    ]
    again = ["reidaudit", "audit", *options, "-o", f"html={out / 'copies.html'}"]
    return (
        f"The full reports are {out / 'harmless.html'} and {out / 'copies.html'}.\n"
        "This repeats the audit of the leaky release:\n"
        f"  {shlex.join(str(part) for part in again)}\n"
    )
