"""How often audits fail, pass or stay open, by world, generator and number of people.

    python benchmarks/power.py --quick
    python benchmarks/power.py --sizes 300 1000 5000 --seeds 50 --processes 8 \
        --adult data/train.csv.gz data/holdout.csv.gz --out power.jsonl --figure power.svg

Members, controls and release have n rows each. A leak is *seen* if the audit fails or its exact
test of any leak has p <= 0.05; of harmless releases one in twenty may be seen by chance, none
should fail. Beside planted copies stands what theory expects of the one finding that decides about
copies; the other findings can only see more. ``--quick`` is for CI: it exits with 1 if a bound
is broken.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
from audits import VERDICTS, Cell, Job, deal, markdown, options, parse, run_cells
from drawing import svg
from generators import GENERATORS
from matplotlib.axes import Axes
from scipy import stats

import reidaudit
from reidaudit.measure.intervals import rate_difference
from reidaudit.report.model import ReportModel

SIZES, SEEDS = (300, 1000, 5000), 20
SIGNIFICANT = 0.05
QUICK = {
    "worlds": ["numeric", "mixed"],
    "sizes": [1000],
    "seeds": 6,
    "generators": ["copies 0", "copies 0.02", "copies 0.1"],
    "permutations": 500,
}
# generator, what is counted, and the least and the largest share of it
BOUNDS = (
    ("copies 0", "fail", 0.0, 0.0),
    ("copies 0.02", "seen", 5 / 6, 1.0),
    ("copies 0.1", "fail", 1.0, 1.0),
)
# colours of M. Okabe and K. Ito, told apart by the colour-blind
STYLES = (
    ("#0072b2", "o"),
    ("#d55e00", "s"),
    ("#009e73", "^"),
    ("#cc79a7", "D"),
    ("#56b4e9", "v"),
    ("#e69f00", "X"),
)


@dataclass(frozen=True)
class Outcome:
    """What came of one audit, and what theory expected of it."""

    verdict: str
    seen: bool
    theory_fail: float | None
    theory_seen: float | None

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Outcome:
        """Make an outcome of what was kept of it."""
        return cls(**kept)


def run(job: Job) -> Outcome:
    """Generate a release from the members, and audit it."""
    assert job.generator is not None
    dealt = deal(job)
    release = GENERATORS[job.generator](dealt.members, job.n, dealt.rng, dealt.fresh)
    report = reidaudit.audit(
        dealt.members,
        release,
        dealt.controls,
        seed=dealt.audit_seed,
        workers=1,
        self_check=False,
        permutations=job.permutations,
    ).model
    p_value = report.any_leak_p_value
    fails = report.verdict.value == "fail"
    seen = fails or (p_value is not None and p_value <= SIGNIFICANT)
    share = copied_share(job.generator)
    expected = (None, None) if share is None else theory(report, job.n, round(share * job.n))
    return Outcome(report.verdict.value, seen, *expected)


def copied_share(generator: str) -> float | None:
    """Read the share of copies in a generator's name; None for other generators."""
    family, _, dial = generator.partition(" ")
    return float(dial) if family == "copies" else None


def theory(report: ReportModel, n: int, planted: int) -> tuple[float | None, float | None]:
    """Return the chances that the deciding finding about copies fails, and sees a leak.

    Of the planted copies only those of members who count show. How many these are is
    hypergeometric, and no control is taken to be matched. A leak is seen here if the interval of
    the excess lies above 0.
    """
    looks = [f for f in report.findings if "share_of_targets_that_count" in f.details]
    deciding = looks[-1] if looks else None  # shallower depths come before it
    if deciding is None or deciding.limit is None:
        return None, None
    share = deciding.details["share_of_targets_that_count"]
    if isinstance(share, str):  # of so few people that the report does not tell how many
        return None, None
    countable = round(share * n)
    counted = stats.hypergeom(n, countable, planted)
    limits = (deciding.limit.max, 0.0)
    fail, seen = (
        float(counted.sf(_needed(n, report.run.correction.level, limit) - 1)) for limit in limits
    )
    return fail, seen


def _needed(n: int, level: float, limit: float) -> int:
    """Count the copies that lift the lower end of the excess above a limit."""
    lifted = (k for k in range(n + 1) if rate_difference(k / n, n, 0.0, n, level).low > limit)
    return next(lifted, n + 1)


def summarise(outcomes: Sequence[Outcome]) -> Cell:
    """Turn the audits of one cell into shares."""
    verdicts = [outcome.verdict for outcome in outcomes]
    return {
        **{verdict: verdicts.count(verdict) / len(outcomes) for verdict in VERDICTS},
        "seen": float(np.mean([outcome.seen for outcome in outcomes])),
        "theory_fail": _mean(outcome.theory_fail for outcome in outcomes),
        "theory_seen": _mean(outcome.theory_seen for outcome in outcomes),
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def table(cells: Sequence[Cell]) -> str:
    """Lay the cells out as a Markdown table, shares in per cent."""
    shares = (*VERDICTS, "seen", "theory_fail", "theory_seen")
    heads = ["world", "generator", "n", "seeds", *(share.replace("_", ": ") for share in shares)]
    lines = [
        [str(cell[name]) for name in heads[:4]]
        + ["" if cell[share] is None else f"{100 * cell[share]:.0f} %" for share in shares]
        for cell in cells
    ]
    return markdown(heads, lines, texts=2)


def draw(cells: Sequence[Cell], path: Path) -> None:
    """Draw for each world the share of audits that fail against the share that is copied."""
    copied = [cell for cell in cells if copied_share(cell["generator"]) is not None]
    worlds = list(dict.fromkeys(cell["world"] for cell in copied))
    sizes = sorted({cell["n"] for cell in copied})
    dials = sorted({_copied(cell) for cell in copied})
    with svg(path, 4.2 * max(len(worlds), 1), 3.8) as figure:
        panels = figure.subplots(1, max(len(worlds), 1), sharey=True, squeeze=False)[0]
        for panel, world in zip(panels, worlds, strict=False):
            _draw_lines(panel, [cell for cell in copied if cell["world"] == world], sizes)
            panel.set_xscale("symlog", linthresh=0.5, linscale=0.5)
            panel.set_xticks(dials, [f"{dial:g}" for dial in dials], fontsize=9)
            panel.minorticks_off()
            panel.grid(alpha=0.3)
            panel.set_title(world)
            panel.set_xlabel("copied rows, %")
        panels[0].set_ylabel("valid audits that fail, %")
        for n, (colour, marker) in zip(sizes, STYLES, strict=False):
            panels[-1].plot([], [], color=colour, marker=marker, label=f"{n:,} people")
        panels[-1].plot([], [], "--", color="#555555", label="theory")
        panels[-1].legend(fontsize=9)


def _draw_lines(panel: Axes, cells: Sequence[Cell], sizes: Sequence[int]) -> None:
    """Draw a line for each size, in the order of the shares, whenever their cells were run."""
    for n, (colour, marker) in zip(sizes, STYLES, strict=False):
        line = sorted((cell for cell in cells if cell["n"] == n), key=_copied)
        x, fails = [_copied(cell) for cell in line], [_fails_of_valid(cell) for cell in line]
        panel.plot(x, fails, color=colour, linewidth=4, alpha=0.3)
        panel.plot(x, fails, color=colour, marker=marker, linestyle="none")
        expected = [cell["theory_fail"] for cell in line]
        y = [np.nan if share is None else 100 * share for share in expected]
        panel.plot(x, y, "--", color=colour)


def _copied(cell: Cell) -> float:
    """Per cent of the rows that are copies."""
    return 100 * (copied_share(cell["generator"]) or 0.0)


def _fails_of_valid(cell: Cell) -> float:
    """Per cent of the audits that were not called invalid, as one in a hundred is by chance."""
    valid = 1.0 - cell["invalid"]
    return 100.0 * cell["fail"] / valid if valid > 0 else float("nan")


def broken_bounds(cells: Sequence[Cell]) -> list[str]:
    """Say which bounds of the quick form are broken."""
    return [
        f"BROKEN: {cell['world']}, {generator}, n = {cell['n']}: {what} in {cell[what]:.0%} of "
        f"{cell['seeds']} audits, where {least:.0%} to {most:.0%} is wanted"
        for generator, what, least, most in BOUNDS
        for cell in cells
        if cell["generator"] == generator and not least <= cell[what] <= most
    ]


def chosen_generators(parser: argparse.ArgumentParser, patterns: Sequence[str]) -> list[str]:
    """List the generators that are meant, in their own order."""
    for pattern in patterns:
        if not any(fnmatch(name, pattern) for name in GENERATORS):
            parser.error(f"no generator is called {pattern!r}; there are {', '.join(GENERATORS)}")
    return [name for name in GENERATORS if any(fnmatch(name, pattern) for pattern in patterns)]


def main() -> None:
    parser = options(__doc__, SIZES, SEEDS)
    parser.add_argument(
        "--generators", nargs="+", default=["*"], help="names or patterns such as 'copies*'"
    )
    arguments = parse(parser, QUICK)
    jobs = [
        Job(world, n, seed, arguments.permutations, arguments.adult, generator)
        for world in arguments.worlds
        for generator in chosen_generators(parser, arguments.generators)
        for n in arguments.sizes
        for seed in range(arguments.seeds)
    ]
    cells = run_cells(jobs, run, Outcome.read, summarise, arguments.processes, arguments.out)
    print(table(cells))
    if arguments.figure:
        draw(cells, arguments.figure)
    broken = broken_bounds(cells) if arguments.quick else []
    print("\n".join(broken), file=sys.stderr)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
