"""``reidaudit policy``: start a policy, check it, and give editors its schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reidaudit.cli.streams import one_line, say, write_stdout
from reidaudit.errors import OutputError, PolicyError, UsageError
from reidaudit.policy.presets import DEFAULT_PRESET, PRESETS
from reidaudit.vocabulary import ExitCode

if TYPE_CHECKING:
    from reidaudit.data.roles import Proposal
    from reidaudit.policy.model import Policy
    from reidaudit.policy.waiver import WaiverEntry

_FILE = click.Path(path_type=Path)


@click.group()
def policy() -> None:
    """Start, check and describe policy files."""


@policy.command()
@click.option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    default=DEFAULT_PRESET,
    show_default=True,
    help="The limits to start from.",
)
@click.option("--force", is_flag=True, help="Overwrite the file if it is there already.")
@click.option(
    "--from",
    "table",
    type=_FILE,
    help="A table of real rows: roles are proposed for its columns, to be confirmed by you.",
)
@click.argument("file", type=_FILE, default=Path("reidaudit.toml"))
def init(preset: str, force: bool, table: Path | None, file: Path) -> None:
    """Write a commented policy to FILE, reidaudit.toml if left out."""
    from reidaudit.policy.template import write_template

    if file.name == "pyproject.toml":
        raise UsageError(
            f"{file}: a policy of its own goes to reidaudit.toml; "
            "in pyproject.toml write it under [tool.reidaudit] by hand."
        )
    if file.exists() and not (force and file.is_file()):
        raise OutputError(f"{file}: it is there already; choose another name or give --force.")
    proposals = [] if table is None else _proposals(table)
    write_template(file, PRESETS[preset], proposals)
    proposed = f", with roles proposed for {len(proposals)} columns" if table is not None else ""
    write_stdout(
        f"{one_line(str(file))}: a policy from the preset {preset}{proposed}; "
        "now read and adapt it.\n"
    )


@policy.command()
@click.argument("files", metavar="[FILE]...", type=_FILE, nargs=-1)
def check(files: tuple[Path, ...]) -> int:
    """Check each FILE, or the policy of this folder; show what it and its waivers come to today."""
    from reidaudit.policy.load import find_policy, load_policy

    found = files or (find_policy(Path()),)
    code: int = ExitCode.PASS
    for file in found:
        if file is None:
            raise PolicyError(
                "there is no policy in this folder; 'reidaudit policy init' makes one."
            )
        try:
            checked = load_policy(file)
        except PolicyError as error:
            # the others are checked all the same
            say(f"reidaudit: error: {error}")
            code = error.exit_code
            continue
        today = datetime.now(UTC).date()
        lines = [*_description(file, checked), *_waivers(checked, today)]
        write_stdout("\n".join(lines) + "\n")
        for warning in _warnings(checked, today):
            say(f"reidaudit: warning: {file}: {warning}")
    return code


@policy.command()
def schema() -> None:
    """Print the JSON Schema of policy files."""
    from reidaudit.policy.load import policy_schema

    write_stdout(policy_schema())


def _proposals(table: Path) -> list[Proposal]:
    from reidaudit.data.declared import Declarations
    from reidaudit.data.read import read_table
    from reidaudit.data.roles import propose_roles
    from reidaudit.data.tables import build_tables

    train = read_table(table, "train")
    # one table is all that is asked about; its columns are compared with themselves
    again = replace(train, role="synthetic")
    return propose_roles(build_tables({"train": train, "synthetic": again}, Declarations()))


def _description(file: Path, checked: Policy) -> list[str]:
    preset = PRESETS[checked.preset]
    families = ", ".join(family.value for family in checked.required_families) or "none"
    return [
        f"{one_line(str(file))}: valid",
        f"Preset: {preset.name} ({preset.meant_for})",
        f"Required families: {families}",
        "Limits:",
        *_limits(checked),
    ]


def _limits(checked: Policy) -> list[str]:
    from reidaudit.vocabulary import Family

    names = sorted(PRESETS[checked.preset].limits.keys() | checked.limits.keys())
    width = max(len(name) for name in names)
    lines = []
    for name in names:
        family, measure = name.split(".", 1)
        limit = checked.limit(Family(family), measure)
        assert limit is not None
        own = ", set in this file" if name in checked.limits else ""
        source = f"{limit.source_kind}{own}: {one_line(limit.source)}"
        lines.append(f"  {name:<{width}}  {limit.max:<6g} {source}")
    return lines


def _waivers(checked: Policy, today: date) -> Iterator[str]:
    if checked.waiver:
        yield f"Waivers on {today}:"
    for entry in checked.waiver:
        outcome = "" if entry.outcome is None else f", outcome {entry.outcome}"
        what = f"{entry.measure} of {entry.attack}{outcome} up to {entry.accept:g}"
        yield "  " + one_line(f"{entry.id}: {_state(entry, today)}; {what}")
        yield from (f"    note: {one_line(note)}" for note in _notes(entry, checked))


def _warnings(checked: Policy, today: date) -> Iterator[str]:
    """Say which waivers cover nothing any more, or never did for being misspelt."""
    if not checked.waiver:
        return
    from reidaudit.plugins import registered
    from reidaudit.policy.misspelt import misspelt_attack
    from reidaudit.policy.waiver_state import WaiverState, validity

    installed = registered()
    for entry in checked.waiver:
        if validity(entry, today) is WaiverState.EXPIRED:
            yield (
                f"waiver {entry.id}: it expired on {entry.expires} and covers nothing any more; "
                "renew or remove it."
            )
        misspelt = misspelt_attack(entry.attack, installed)
        if misspelt is not None:
            yield f"waiver {entry.id}: {misspelt}"


def _state(entry: WaiverEntry, today: date) -> str:
    from reidaudit.policy.waiver_state import WaiverState, expires_soon, validity

    outside = validity(entry, today)
    if outside is WaiverState.EXPIRED:
        return f"expired on {entry.expires}"
    if outside is WaiverState.EARLY:
        return f"not yet in force, from {entry.created}"
    soon = ", expires soon" if expires_soon(entry, today) else ""
    return f"in force until {entry.expires} ({(entry.expires - today).days} days){soon}"


def _notes(entry: WaiverEntry, checked: Policy) -> Iterator[str]:
    """Say what makes a valid waiver useless beside the policy's limits."""
    from reidaudit.vocabulary import Family

    limit = checked.limit(Family(entry.attack.partition(".")[0]), entry.measure)
    if limit is None:
        yield "the policy sets no limit on it, so nothing needs the waiver."
    elif entry.accept <= limit.max:
        yield f"the limit is {limit.max:g} already, so the waiver can cover nothing."
