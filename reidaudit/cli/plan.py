"""``reidaudit plan``: what an audit would see and how long it would take, before it is run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reidaudit.cli.options import AUDIT_OPTIONS, TABLE
from reidaudit.cli.streams import write_stdout
from reidaudit.errors import UsageError

if TYPE_CHECKING:
    from reidaudit.planning import Glimpse, Plan

NUMBER = click.IntRange(min=0)
SHARED = (
    "policy",
    "preset",
    "entity",
    "sensitive",
    "quasi_identifier",
    "seed",
    "workers",
    "permutations",
    "targets",
    "attack",
)
NEEDS_TABLES = ("synthetic", "entity", "sensitive", "quasi_identifier", "attack")

PLAN_OPTIONS: list[click.Parameter] = [
    click.Option(["--train"], type=TABLE, help="The real rows the generator learns from."),
    click.Option(["--holdout"], type=TABLE, help="Real rows the generator never sees."),
    click.Option(["--synthetic"], type=TABLE, help="The release, if there is one already."),
    click.Option(["--members"], type=NUMBER, metavar="N", help="In place of --train: how many."),
    click.Option(["--controls"], type=NUMBER, metavar="N", help="In place of --holdout: how many."),
    click.Option(["--columns"], type=NUMBER, metavar="N", help="With --members: of how many."),
    *(option for option in AUDIT_OPTIONS if option.name in SHARED),
    click.Option(["--json", "as_json"], is_flag=True, help="Write JSON."),
]
EPILOG = """\
\b
Examples:
  reidaudit plan --train train.csv --holdout holdout.csv
  reidaudit plan --members 5000 --controls 1000 --columns 12
"""


@click.command(params=PLAN_OPTIONS, epilog=EPILOG)
def plan(as_json: bool, **options: Any) -> None:
    """Say what an audit would see and how long it would take, without running it.

    Give the tables there are, or only how many people they hold.
    """
    planned = _from_sizes(options) if _has_sizes(options) else _from_tables(options)
    write_stdout(_as_json(planned) if as_json else _as_text(planned))


def _has_sizes(options: dict[str, Any]) -> bool:
    sizes, tables = (
        [options[a], options[b]] for a, b in (("members", "controls"), ("train", "holdout"))
    )
    if None not in sizes and tables == [None, None]:
        return True
    if None not in tables and sizes == [None, None] and options["columns"] is None:
        return False
    raise UsageError("give either --train and --holdout, or --members and --controls.")


def _from_sizes(options: dict[str, Any]) -> Plan:
    from reidaudit.planning import DEFAULT_COLUMNS, plan_sizes

    for name in NEEDS_TABLES:
        if options[name]:
            option = "--" + name.replace("_", "-")
            raise UsageError(f"{option} is about tables; give --train and --holdout with it.")
    return plan_sizes(
        options["members"],
        options["controls"],
        DEFAULT_COLUMNS if options["columns"] is None else options["columns"],
        policy=_policy(options),
        preset=options["preset"],
        seed=options["seed"],
        workers=options["workers"],
        permutations=options["permutations"],
        targets=options["targets"],
    )


def _from_tables(options: dict[str, Any]) -> Plan:
    from reidaudit.planning import plan as plan_tables

    return plan_tables(
        options["train"],
        options["holdout"],
        options["synthetic"],
        policy=_policy(options),
        preset=options["preset"],
        entity=options["entity"],
        sensitive=options["sensitive"],
        quasi_identifiers=options["quasi_identifier"],
        attacks=options["attack"] or None,
        seed=options["seed"],
        workers=options["workers"],
        permutations=options["permutations"],
        targets=options["targets"],
    )


def _policy(options: dict[str, Any]) -> Path | None:
    from reidaudit.policy.load import find_policy

    return options["policy"] or find_policy(Path())


def _as_text(planned: Plan) -> str:
    sizes = planned.sizes
    lines = [
        f"{sizes.members:,} members, {sizes.controls:,} controls, a release of "
        f"{sizes.release_rows:,} rows, {planned.columns:,} columns; preset {planned.preset}",
        f"{planned.deciding} findings would decide.",
        "",
        "In four audits out of five, this one would see:",
        *(f"- {_glimpse(glimpse)}" for glimpse in planned.glimpses),
        "",
        f"It would take about {_duration(planned.seconds)} with {planned.workers} "
        f"worker{'' if planned.workers == 1 else 's'} on this machine.",
    ]
    return "\n".join(lines) + "\n"


def _glimpse(glimpse: Glimpse) -> str:
    from reidaudit.numbers import format_limit

    item = glimpse.item
    if item.limit is None:
        return f"{item.sentence} (no limit)"
    limit = format_limit(item.measure, item.limit)
    if not glimpse.is_blind:
        return f"{item.sentence} (limit {limit})"
    if glimpse.people_needed is None:
        return f"{item.sentence}, which is more than the limit of {limit}"
    members, controls = glimpse.people_needed
    return (
        f"{item.sentence}, which is more than the limit of {limit}; "
        f"{members:,} members and {controls:,} controls would see that"
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours"


def _as_json(planned: Plan) -> str:
    sizes = planned.sizes
    content = {
        "members": sizes.members,
        "controls": sizes.controls,
        "release_rows": sizes.release_rows,
        "columns": planned.columns,
        "preset": planned.preset,
        "deciding_findings": planned.deciding,
        "level": planned.level,
        "expected_seconds": round(planned.seconds, 1),
        "workers": planned.workers,
        "sensitivity": [
            {
                **glimpse.item.model_dump(mode="json"),
                "is_blind": glimpse.is_blind,
                "people_needed": glimpse.people_needed,
            }
            for glimpse in planned.glimpses
        ],
    }
    return json.dumps(content, indent=2, sort_keys=True) + "\n"
