"""The options of ``reidaudit audit``, each of them an environment variable too."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from reidaudit.errors import UsageError
from reidaudit.policy.presets import PRESETS
from reidaudit.report.save import FORMATS
from reidaudit.vocabulary import Targets


@dataclass(frozen=True)
class Asked:
    """What the user asked of an audit."""

    train: Path | str
    synthetic: Path | str
    holdout: Path | str | None
    reference: Path | str | None
    policy: Path | None
    preset: str | None
    entity: str | None
    sensitive: tuple[str, ...]
    quasi_identifier: tuple[str, ...]
    format: str | None
    output: tuple[str, ...]
    seed: int
    workers: int | None
    permutations: int
    targets: Targets
    max_seconds: float | None
    cluster: str | None
    memory: str | None
    scratch: Path | None
    checkpoint: Path | None
    attack: tuple[str, ...]
    history: Path | None
    disclosure: Path | None
    self_check: bool
    fail_on: str
    exit_zero: bool
    quiet: bool
    verbose: bool

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files that are read, which no report may overwrite."""
        tables = (self.train, self.synthetic, self.holdout, self.reference)
        return tuple(
            path for path in (*tables, self.policy, self.history) if isinstance(path, Path)
        )


class AuditOption(click.Option):
    """An option that REIDAUDIT_AUDIT_NAME gives as well, or REIDAUDIT_NAME for short."""

    def __init__(self, declarations: Sequence[str], **attributes: Any) -> None:
        super().__init__(declarations, **attributes)
        name = str(self.name).upper()
        self.envvar = [f"REIDAUDIT_AUDIT_{name}", f"REIDAUDIT_{name}"]

    def value_from_envvar(self, ctx: click.Context) -> Any:
        """Read the variable; lists have one item per line, or commas where there is one line."""
        if not self.multiple:
            return super().value_from_envvar(ctx)
        text = self.resolve_envvar_value(ctx)
        return None if text is None else _items(text)


def _items(text: str) -> tuple[str, ...]:
    parts = text.splitlines() if "\n" in text else text.split(",")
    return tuple(part.strip() for part in parts if part.strip())


def _targets_file(ctx: click.Context, param: click.Parameter, value: str | None) -> Path | None:
    """Return the file that handles go to, or None where reports are all that is written."""
    del ctx, param
    mode, equals, file = (value or "aggregate").partition("=")
    if mode == "targets" and equals and file:
        return Path(file)
    if value in (None, "aggregate"):
        return None
    raise UsageError(
        "--disclosure is either 'aggregate' or 'targets=FILE', which names a CSV file."
    )


class TargetsType(click.ParamType[Targets]):
    """How many people, or ``auto``; None for ``all``."""

    name = "targets"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Targets:
        """Read a number, ``auto`` or ``all``."""
        if value == "all":
            return None
        if value == "auto":
            return "auto"
        if not str(value).isdecimal():
            self.fail(f"{value!r} is neither a number nor 'auto' nor 'all'.", param, ctx)
        return int(value)


class _Table(click.Path):
    """A file, a folder or a pattern as a path; an address stays text, as paths lose a slash."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        text = os.fspath(value)
        return text if "://" in text else super().convert(value, param, ctx)


_FILE = click.Path(path_type=Path)
TABLE = _Table(path_type=Path)
_COUNT = click.IntRange(min=1)


def output_options(
    option: type[click.Option], formats: Sequence[str] = FORMATS
) -> list[click.Parameter]:
    """Return the options that say where reports go, the same for every command."""
    return [
        option(
            ["-f", "--format"],
            type=click.Choice(formats, case_sensitive=False),
            help="Report that goes to standard output.",
        ),
        option(
            ["-o", "--output"],
            metavar="[FORMAT=]FILE",
            multiple=True,
            help="Report that goes to a file, whose suffix says the format if nothing else does; "
            "FORMAT alone is --format. Repeatable.",
        ),
    ]


AUDIT_OPTIONS: list[click.Parameter] = [
    AuditOption(
        ["--train"], type=TABLE, required=True, help="The real rows the generator learned from."
    ),
    AuditOption(["--synthetic"], type=TABLE, required=True, help="The release to audit."),
    AuditOption(
        ["--holdout"],
        type=TABLE,
        help="Real rows the generator never saw; without them the verdict is 'incomplete'.",
    ),
    AuditOption(["--reference"], type=TABLE, help="Further real rows that an attacker might have."),
    AuditOption(
        ["--policy"],
        type=_FILE,
        help="Policy file; else reidaudit.toml or pyproject.toml of this folder, if there is one.",
    ),
    AuditOption(
        ["--preset"], type=click.Choice(list(PRESETS)), help="Preset in place of the policy's."
    ),
    AuditOption(["--entity"], metavar="COLUMN", help="The column that says whose row it is."),
    AuditOption(
        ["--sensitive"], metavar="COLUMN", multiple=True, help="A sensitive column; repeatable."
    ),
    AuditOption(
        ["--quasi-identifier"],
        metavar="COLUMN",
        multiple=True,
        help="A column that an attacker may know; repeatable.",
    ),
    *output_options(AuditOption),
    AuditOption(
        ["--seed"],
        type=click.IntRange(min=0),
        metavar="N",
        default=0,
        show_default=True,
        help="The same seed gives the same findings.",
    ),
    AuditOption(
        ["--workers"], type=_COUNT, metavar="N", help="Threads; all processors if left out."
    ),
    AuditOption(
        ["--permutations"],
        type=_COUNT,
        metavar="N",
        default=2000,
        show_default=True,
        help="Permutations of the exact test.",
    ),
    AuditOption(
        ["--targets"],
        type=TargetsType(),
        metavar="N|all|auto",
        default="auto",
        show_default=True,
        help="People, half of them members, whom attacks that compare rows with rows are tried on; "
        "of more, so many are drawn: 50,000, and of very large tables fewer, down to 10,000. All "
        "stay among the neighbours, and copies are looked for of everybody.",
    ),
    AuditOption(
        ["--max-seconds"],
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        help="Begin no attack after so many seconds. One that runs is not interrupted, and "
        "measuring comes on top. Attacks left out leave the verdict 'incomplete', unless it fails.",
    ),
    AuditOption(
        ["--cluster"],
        metavar="processes|dask[=ADDRESS]|ray[=ADDRESS]|spark",
        help="Where neighbours are searched; threads if left out.",
    ),
    AuditOption(
        ["--memory"],
        metavar="SIZE",
        help="What the searches may take, such as 4GiB, in each worker of a cluster; a quarter of "
        "the machine's if left out.",
    ),
    AuditOption(
        ["--scratch"],
        type=_FILE,
        metavar="FOLDER",
        help="A folder that all workers of a cluster see; what is stored there is removed.",
    ),
    AuditOption(
        ["--checkpoint"],
        type=_FILE,
        metavar="FOLDER",
        help="Keep what each attack found, for a run that is stopped to go on from there; removed "
        "when the audit has finished.",
    ),
    AuditOption(
        ["--attack"],
        metavar="NAME",
        multiple=True,
        help="Run this attack only; repeatable. 'reidaudit attacks' lists them.",
    ),
    AuditOption(
        ["--self-check/--no-self-check"],
        default=True,
        show_default=True,
        help="Plant copies in a scratch copy of the release; they must be found.",
    ),
    AuditOption(
        ["--history"],
        type=_FILE,
        help="File that counts the releases tried on each holdout.",
    ),
    AuditOption(
        ["--disclosure"],
        metavar="aggregate|targets=FILE",
        callback=_targets_file,
        help="With targets=FILE, the people of train that several attacks point at go to a CSV "
        "file that only its owner can read; reports name nobody.  [default: aggregate]",
    ),
    AuditOption(
        ["--fail-on"],
        type=click.Choice(["fail", "warn"]),
        default="fail",
        show_default=True,
        help="Whether warnings fail too.",
    ),
    AuditOption(["--exit-zero"], is_flag=True, help="Show the verdict, but exit with 0."),
    AuditOption(["-q", "--quiet"], is_flag=True, help="No summary and no progress."),
    AuditOption(["-v", "--verbose"], is_flag=True, help="All findings, timings and tracebacks."),
]
