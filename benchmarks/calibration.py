"""How often harmless releases are called leaky, and whether the exact test is exact.

    python benchmarks/calibration.py --quick
    python benchmarks/calibration.py --sizes 100 300 1000 5000 --seeds 200 --processes 8 \
        --adult data/train.csv.gz data/holdout.csv.gz --out calibration.jsonl --figure p_values.svg

Members, controls and the release are people of the same population, n each, and nobody is in two of
them: nothing leaks, so whatever fails is a false alarm. Every attack runs, and every view by group.
Beside the verdicts stands the p-value of the test of any leak, which must be uniform: its
distribution is compared with that by Kolmogorov and Smirnov. ``--quick`` is for CI: it exits with 1
if a bound is broken.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from audits import VERDICTS, Cell, Job, deal, markdown, options, parse, run_cells
from drawing import svg
from scipy import stats

import reidaudit

SIZES, SEEDS = (100, 300, 1000, 2000, 5000), 200
QUICK = {
    "worlds": ["numeric", "categorical", "mixed"],
    "sizes": [100, 300, 2000],
    "seeds": 12,
    "permutations": 200,
}
LARGEST_FALSE_ALARM_RATE = 0.05
TOO_SMALL_TO_PASS, LARGE_ENOUGH_TO_PASS = 100, 2000
FEWEST_PASSES = 0.75
"""Of the few audits of the quick form; the full form shows whether it is 90 %."""
BEYOND_CHANCE = 1e-3


@dataclass(frozen=True)
class Outcome:
    """What came of one audit: the verdict, the test of any leak, and what failed."""

    verdict: str
    p_value: float
    failed: tuple[str, ...]

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Outcome:
        """Make an outcome of what was kept of it."""
        return cls(kept["verdict"], kept["p_value"], tuple(kept["failed"]))


def run(job: Job) -> Outcome:
    """Audit fresh people as if they had been generated from the members."""
    dealt = deal(job)
    report = reidaudit.audit(
        dealt.members,
        dealt.fresh,
        dealt.controls,
        seed=dealt.audit_seed,
        workers=1,
        permutations=job.permutations,
    ).model
    failed = tuple(finding.id for finding in report.findings if finding.verdict == "fail")
    assert report.any_leak_p_value is not None
    return Outcome(report.verdict.value, report.any_leak_p_value, failed)


def summarise(outcomes: Sequence[Outcome]) -> Cell:
    """Count the verdicts of one cell, with the exact bound of false alarms."""
    verdicts = [outcome.verdict for outcome in outcomes]
    p_values = [outcome.p_value for outcome in outcomes]
    alarms = stats.binomtest(verdicts.count("fail"), len(outcomes)).proportion_ci(0.95, "exact")
    return {
        **{verdict: verdicts.count(verdict) for verdict in VERDICTS},
        "fail_at_most": float(alarms.high),
        "significant": float(np.mean(np.array(p_values) <= LARGEST_FALSE_ALARM_RATE)),
        "ks_p_value": against_uniform(p_values),
        "failed": sorted({name for outcome in outcomes for name in outcome.failed}),
        "p_values": p_values,
    }


def against_uniform(p_values: Sequence[float]) -> float:
    """Chance of p-values so far from uniform, if they are."""
    return float(stats.kstest(p_values, "uniform").pvalue)


def table(cells: Sequence[Cell]) -> str:
    """Lay the cells out as a Markdown table."""
    heads = ["world", "n", "audits", *VERDICTS, "fail, at most", "p <= 0.05", "KS"]
    lines = [
        [cell["world"], f"{cell['n']:,}", str(cell["seeds"])]
        + [str(cell[verdict]) for verdict in VERDICTS]
        + [f"{cell['fail_at_most']:.1%}", f"{cell['significant']:.1%}"]
        + [f"{cell['ks_p_value']:.2f}"]
        for cell in cells
    ]
    return markdown(heads, lines)


def draw(cells: Sequence[Cell], path: Path) -> None:
    """Draw the distribution of the p-values of all audits of each world against the uniform."""
    worlds = list(dict.fromkeys(cell["world"] for cell in cells))
    with svg(path, 4.6, 4.2) as figure:
        panel = figure.subplots()
        for world, dashes in zip(worlds, ("-", "--", "-.", ":"), strict=False):
            p_values = sorted(
                p for cell in cells if cell["world"] == world for p in cell["p_values"]
            )
            share = np.arange(1, len(p_values) + 1) / len(p_values)
            panel.step(p_values, share, dashes, where="post", label=f"{world} ({len(p_values):,})")
        panel.plot([0, 1], [0, 1], color="#999999", linewidth=1)
        panel.set_xlabel("p-value of any leak")
        panel.set_ylabel("share of harmless audits at or below")
        panel.legend(fontsize=9)


def broken_bounds(cells: Sequence[Cell]) -> list[str]:
    """Say which bounds do not hold, beyond what chance would break."""
    broken = []
    for cell in cells:
        where = f"{cell['world']}, n = {cell['n']}"
        surprise = stats.binom.sf(cell["fail"] - 1, cell["seeds"], LARGEST_FALSE_ALARM_RATE)
        if surprise < BEYOND_CHANCE:
            broken.append(f"{where}: {cell['fail']} of {cell['seeds']} harmless audits fail")
        if cell["n"] <= TOO_SMALL_TO_PASS and cell["pass"]:
            broken.append(f"{where}: {cell['pass']} audits pass, though they are too small to")
        if cell["n"] >= LARGE_ENOUGH_TO_PASS and cell["pass"] < FEWEST_PASSES * cell["seeds"]:
            broken.append(f"{where}: only {cell['pass']} of {cell['seeds']} harmless audits pass")
    everything = [p_value for cell in cells for p_value in cell["p_values"]]
    if against_uniform(everything) < BEYOND_CHANCE:
        broken.append("the p-values of any leak are not uniform where nothing leaks")
    return broken


def main() -> None:
    arguments = parse(options(__doc__, SIZES, SEEDS), QUICK)
    jobs = [
        Job(world, n, seed, arguments.permutations, arguments.adult)
        for n in arguments.sizes
        for world in arguments.worlds
        for seed in range(arguments.seeds)
    ]
    cells = run_cells(jobs, run, Outcome.read, summarise, arguments.processes, arguments.out)
    print(table(cells))
    p_values = [p_value for cell in cells for p_value in cell["p_values"]]
    print(f"\nAll {len(p_values)} p-values against uniform: KS p = {against_uniform(p_values):.2f}")
    if arguments.figure:
        draw(cells, arguments.figure)
    broken = broken_bounds(cells)
    print("\n".join(f"BROKEN: {sentence}" for sentence in broken), file=sys.stderr)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
