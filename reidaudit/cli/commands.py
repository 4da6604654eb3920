"""All commands of the command line."""

from __future__ import annotations

import click

from reidaudit.cli.attacks import attacks, explain
from reidaudit.cli.audit import audit
from reidaudit.cli.demo import demo
from reidaudit.cli.diff import diff
from reidaudit.cli.plan import plan
from reidaudit.cli.policy import policy
from reidaudit.cli.program import Program
from reidaudit.cli.report import report
from reidaudit.cli.split import split
from reidaudit.version import __version__

EPILOG = """\
\b
Exit codes:
   0  pass: every limit held (there may be warnings)
   1  fail: the release gives away more than the policy allows
   2  wrong usage, policy or input: nothing was judged
   3  not decided: inconclusive, incomplete or invalid
  70  internal error
 130  interrupted by Ctrl-C (143 by SIGTERM): no file is half-written

\b
Start with:
  reidaudit demo
  reidaudit split real.csv --holdout-fraction 0.3
  reidaudit audit --train train.csv --holdout holdout.csv --synthetic release.csv
"""


@click.group(
    name="reidaudit",
    cls=Program,
    epilog=EPILOG,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "REIDAUDIT",
        "max_content_width": 100,
    },
)
@click.version_option(__version__, prog_name="reidaudit")
def cli() -> None:
    """Audit a synthetic table for what it gives away about real people, and say pass or fail."""


for command in (audit, report, diff, demo, split, plan, attacks, explain, policy):
    cli.add_command(command)
