"""How often harmless releases are called leaky, and whether the exact test is exact.

    python benchmarks/calibration.py --quick
    python benchmarks/calibration.py --sizes 100 300 1000 5000 --seeds 200 --processes 8 \
        --adult data/train.csv.gz data/holdout.csv.gz --out calibration.json --figure p_values.svg

Members, controls and the release are people of the same population, n each, and nobody is in two of
them: nothing leaks, so whatever fails is a false alarm. Every attack runs, and every view by group.
Beside the verdicts stands the p-value of the test of any leak, which must be uniform: its
distribution is compared with that by Kolmogorov and Smirnov. ``--quick`` is for CI: it exits with 1
if a bound is broken.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from joblib import Parallel, delayed
from matplotlib.figure import Figure
from scipy import stats
from worlds import WORLDS, from_csv

import reidaudit

Cell = dict[str, Any]

VERDICTS = ("fail", "pass", "inconclusive", "incomplete", "invalid")
QUICK = {"worlds": list(WORLDS), "sizes": [100, 300, 2000], "seeds": 12, "permutations": 200}
LARGEST_FALSE_ALARM_RATE = 0.05
TOO_SMALL_TO_PASS, LARGE_ENOUGH_TO_PASS = 100, 2000
FEWEST_PASSES = 0.75
"""Of the few audits of the quick form; the full form shows whether it is 90 %."""
BEYOND_CHANCE = 1e-3


@dataclass(frozen=True)
class Job:
    """One audit; its chance depends on nothing else."""

    world: str
    n: int
    seed: int
    permutations: int
    adult: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of one audit: the verdict, the test of any leak, and what failed."""

    verdict: str
    p_value: float
    failed: tuple[str, ...]


def run(job: Job) -> Outcome:
    """Deal people into members, controls and release, and audit it."""
    seeds = np.random.SeedSequence([zlib.crc32(job.world.encode()), job.n, job.seed])
    of_people, of_audit = seeds.spawn(2)
    world = from_csv(job.adult) if job.world == "adult" else WORLDS[job.world]
    people = world(3 * job.n, np.random.default_rng(of_people))
    members, controls, fresh = (
        people.iloc[start : start + job.n].reset_index(drop=True)
        for start in range(0, 3 * job.n, job.n)
    )
    report = reidaudit.audit(
        members,
        fresh,
        controls,
        seed=int(of_audit.generate_state(1)[0]),
        workers=1,
        permutations=job.permutations,
    ).model
    failed = tuple(finding.id for finding in report.findings if finding.verdict == "fail")
    assert report.any_leak_p_value is not None
    return Outcome(report.verdict.value, report.any_leak_p_value, failed)


def summarise(world: str, n: int, outcomes: Sequence[Outcome]) -> Cell:
    """Turn the audits of one world and size into shares, with the exact bound of false alarms."""
    verdicts = [outcome.verdict for outcome in outcomes]
    p_values = [outcome.p_value for outcome in outcomes]
    alarms = stats.binomtest(verdicts.count("fail"), len(outcomes)).proportion_ci(0.95, "exact")
    return {
        "world": world,
        "n": n,
        "seeds": len(outcomes),
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


def markdown(cells: Sequence[Cell]) -> str:
    """Lay the cells out as a Markdown table."""
    heads = ["world", "n", "audits", *VERDICTS, "fail, at most", "p <= 0.05", "KS"]
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    for cell in cells:
        lines.append(
            [cell["world"], f"{cell['n']:,}", str(cell["seeds"])]
            + [str(cell[verdict]) for verdict in VERDICTS]
            + [f"{cell['fail_at_most']:.1%}", f"{cell['significant']:.1%}"]
            + [f"{cell['ks_p_value']:.2f}"]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def draw(cells: Sequence[Cell], path: Path) -> None:
    """Draw the distribution of the p-values of all audits of each world against the uniform."""
    worlds = list(dict.fromkeys(cell["world"] for cell in cells))
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "reidaudit", "font.size": 11}):
        figure = Figure(figsize=(4.6, 4.2), layout="constrained")
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
        figure.savefig(path, format="svg", metadata={"Date": None})


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


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the short form for CI")
    parser.add_argument("--worlds", nargs="+", help=f"of {', '.join(WORLDS)}, adult")
    parser.add_argument("--sizes", nargs="+", type=int, default=[100, 300, 1000, 2000, 5000])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--permutations", type=int, default=500)
    parser.add_argument("--adult", nargs="+", default=[], help="files of real people")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument(
        "--out",
        type=Path,
        help="a JSON file, written after every cell; cells in it are not run again",
    )
    parser.add_argument("--figure", type=Path, help="an SVG file")
    arguments = parser.parse_args()
    if arguments.quick:
        vars(arguments).update(QUICK)
    known = [*WORLDS, *(["adult"] if arguments.adult else [])]
    arguments.worlds = arguments.worlds or known
    for world in set(arguments.worlds) - set(known):
        parser.error(f"there is no world {world!r} (adult needs --adult PATH ...)")
    return arguments


def main() -> None:
    arguments = parse()
    cells: list[Cell] = []
    if arguments.out and arguments.out.exists():
        cells = json.loads(arguments.out.read_text())
    done_before = {(cell["world"], cell["n"], cell["seeds"]) for cell in cells}
    jobs = [
        Job(world, n, seed, arguments.permutations, tuple(arguments.adult))
        for n in sorted(set(arguments.sizes))
        for world in arguments.worlds
        if (world, n, arguments.seeds) not in done_before
        for seed in range(arguments.seeds)
    ]
    parallel = Parallel(n_jobs=arguments.processes, backend="loky", return_as="generator")
    done = zip(jobs, parallel(delayed(run)(job) for job in jobs), strict=True)
    for (world, n), group in groupby(done, key=lambda pair: (pair[0].world, pair[0].n)):
        cells.append(summarise(world, n, [outcome for _, outcome in group]))
        print(world, n, {v: cells[-1][v] for v in VERDICTS}, file=sys.stderr, flush=True)
        if arguments.out:
            arguments.out.write_text(json.dumps(cells) + "\n")
    print(markdown(cells))
    p_values = [p_value for cell in cells for p_value in cell["p_values"]]
    print(f"\nAll {len(p_values)} p-values against uniform: KS p = {against_uniform(p_values):.2f}")
    if arguments.figure:
        draw(cells, arguments.figure)
    broken = broken_bounds(cells)
    print("\n".join(f"BROKEN: {sentence}" for sentence in broken), file=sys.stderr)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
