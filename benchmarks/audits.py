"""What audits of simulated people share: dealing the people, the loop over cells, the table.

A cell is all audits of one world, one number of people and, where releases are generated, one
generator. The chance of an audit depends on its cell and its seed alone, so audits can be run in
any order, in any number of processes, and on several days.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from worlds import WORLDS, from_csv

Cell = dict[str, Any]
T = TypeVar("T")

VERDICTS = ("fail", "pass", "inconclusive", "incomplete", "invalid")


@dataclass(frozen=True)
class Job:
    """One audit; without a generator its release is of fresh people."""

    world: str
    n: int
    seed: int
    permutations: int
    adult: tuple[str, ...]
    generator: str | None = None

    @property
    def cell(self) -> dict[str, str | int]:
        """What says to which cell of the table it belongs."""
        generator = {} if self.generator is None else {"generator": self.generator}
        return {"world": self.world, **generator, "n": self.n}


@dataclass(frozen=True)
class Dealt:
    """People of one population, as many in each table, and nobody in two of them."""

    members: pd.DataFrame
    controls: pd.DataFrame
    fresh: pd.DataFrame
    rng: np.random.Generator
    """Dealt the people, and may go on to generate a release."""
    audit_seed: int


def deal(job: Job) -> Dealt:
    """Deal people into members, controls and fresh ones whom nobody else has seen."""
    names = [job.world] if job.generator is None else [job.world, job.generator]
    numbers = (zlib.crc32(name.encode()) for name in names)
    of_people, of_audit = np.random.SeedSequence([*numbers, job.n, job.seed]).spawn(2)
    rng = np.random.default_rng(of_people)
    world = from_csv(job.adult) if job.world == "adult" else WORLDS[job.world]
    people = world(3 * job.n, rng)
    members, controls, fresh = (
        people.iloc[start : start + job.n].reset_index(drop=True)
        for start in range(0, 3 * job.n, job.n)
    )
    return Dealt(members, controls, fresh, rng, int(of_audit.generate_state(1)[0]))


def run_cells(
    jobs: Sequence[Job],
    run: Callable[[Job], T],
    read: Callable[[Mapping[str, Any]], T],
    summarise: Callable[[Sequence[T]], Cell],
    processes: int,
    out: Path | None,
) -> list[Cell]:
    """Run audits, but for those that the file has already, and summarise them cell by cell.

    Every audit is a line of the file as soon as it has run, so that a simulation of days can be
    stopped, go on, and be given more seeds. ``read`` makes an outcome of what stands in a line.
    """
    outcomes = dict(_outcomes_in(out, read)) if out and out.exists() else {}
    missing = [job for job in jobs if _key(job) not in outcomes]
    parallel = Parallel(n_jobs=processes, backend="loky", return_as="generator")
    for job, outcome in zip(missing, parallel(delayed(run)(job) for job in missing), strict=True):
        outcomes[_key(job)] = outcome
        print(*job.cell.values(), job.seed, outcome, file=sys.stderr, flush=True)
        if out:
            with out.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**_named(job), "outcome": asdict(outcome)}) + "\n")
    cells = []
    for _, group in groupby(jobs, key=lambda job: job.cell):
        of_cell = list(group)
        found = [outcomes[_key(job)] for job in of_cell]
        cells.append({**of_cell[0].cell, "seeds": len(found), **summarise(found)})
    return cells


def _outcomes_in(
    path: Path, read: Callable[[Mapping[str, Any]], T]
) -> Iterator[tuple[tuple[Any, ...], T]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        kept = json.loads(line)
        outcome = read(kept.pop("outcome"))
        yield tuple(kept.values()), outcome


def _named(job: Job) -> dict[str, Any]:
    """What makes an audit the same again."""
    return {
        "world": job.world,
        "generator": job.generator,
        "n": job.n,
        "seed": job.seed,
        "permutations": job.permutations,
    }


def _key(job: Job) -> tuple[Any, ...]:
    return tuple(_named(job).values())


def markdown(heads: Sequence[str], lines: Iterable[Sequence[str]], texts: int = 1) -> str:
    """Lay lines out as a Markdown table; the columns after the first few are numbers."""
    under = ["---"] * texts + ["---:"] * (len(heads) - texts)
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, under, *lines))


def options(doc: str | None, sizes: Sequence[int], seeds: int) -> argparse.ArgumentParser:
    """Make the command line of a benchmark, with the options that all of them have."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the short form for CI")
    parser.add_argument("--worlds", nargs="+", help=f"of {', '.join(WORLDS)}, adult")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(sizes))
    parser.add_argument("--seeds", type=int, default=seeds)
    parser.add_argument("--permutations", type=int, default=500)
    parser.add_argument("--adult", nargs="+", default=[], help="files of real people")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument(
        "--out",
        type=Path,
        help="a file with a line of JSON for every audit; those in it are not run again, whatever "
        "the version of the attacks",
    )
    parser.add_argument("--figure", type=Path, help="an SVG file")
    return parser


def parse(parser: argparse.ArgumentParser, quick: Mapping[str, Any]) -> argparse.Namespace:
    """Read the command line; the short form sets what it says, and all worlds are meant if none is.

    Sizes and worlds come out in order, each once.
    """
    arguments = parser.parse_args()
    if arguments.quick:
        vars(arguments).update(quick)
    known = [*WORLDS, *(["adult"] if arguments.adult else [])]
    wanted = arguments.worlds or known
    for world in set(wanted) - set(known):
        parser.error(f"there is no world {world!r} (adult needs --adult PATH ...)")
    arguments.worlds = [world for world in known if world in wanted]
    arguments.sizes = sorted(set(arguments.sizes))
    arguments.adult = tuple(arguments.adult)
    return arguments
