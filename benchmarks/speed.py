"""What a search, its parts and a start cost, beside other tools, as ratios from one run.

    python benchmarks/speed.py [--adult TRAIN HOLDOUT SYNTHETIC] [--peer-python PYTHON]

Searches are timed in processor time on one thread, all of them in turn and several times over, and
the least time counts, so that a busy machine disturbs little. Peers are timed if they are there:
faiss in this environment, Anonymeter's kernel through the Python of another. Where a peer is slow
it gets a part of the queries, and its time is per pair.

Whole audits are timed once, so they need a machine that does nothing else.

pairwise_distances_argmin and faiss look at every pair of one-hot rows in floating point, with
squared Euclidean distances; they count no ties. The search skips what cannot matter: its times per
pair are of all pairs there are.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from audits import markdown
from sklearn.metrics import pairwise_distances_argmin
from worlds import mixed

from reidaudit.attack import Case
from reidaudit.attempts import make_case
from reidaudit.data.declared import Declarations
from reidaudit.data.read import TableRole, read_table
from reidaudit.data.tables import build_tables
from reidaudit.encoding import EncodedTable
from reidaudit.machine import memory_allowed
from reidaudit.neighbours import guess_from_nearest, nearest
from reidaudit.neighbours.cluster import open_executor

Tables = Mapping[TableRole, pd.DataFrame]
PEER = """
import sys, time, pandas as pd, anonymeter.evaluators
from anonymeter.neighbors.mixed_types_kneighbors import MixedTypeKNeighbors
queries, index = (pd.read_csv(path) for path in sys.argv[1:])
search = MixedTypeKNeighbors(n_neighbors=1, n_jobs=1).fit(candidates=index)
search.kneighbors(queries=queries.head(2))
times = []
for _ in range(3):
    start = time.process_time()
    search.kneighbors(queries=queries)
    times.append(time.process_time() - start)
print(min(times))
"""
PEER_EVALUATORS = Path(__file__).with_name("peer_anonymeter.py").resolve()
PEER_TARGETS = 1000
COMMANDS = (["--help"], ["policy", "check", "reidaudit.toml"], ["attacks"])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--adult", nargs=3, type=Path, metavar=("TRAIN", "HOLDOUT", "SYNTHETIC"))
    parser.add_argument("--rows", type=int, default=10_000, help="of each simulated table")
    parser.add_argument("--slow-queries", type=int, default=2_000, help="queries for slow peers")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer-python", type=Path, help="a Python that has anonymeter")
    arguments = parser.parse_args()
    tables = from_files(*arguments.adult) if arguments.adult else simulated(arguments.rows)
    print(searches(tables, arguments), flush=True)
    print("\n" + growth(arguments.rows, arguments.repeats), flush=True)
    print("\n" + workers(case_of(tables), arguments.repeats), flush=True)
    if arguments.adult:
        print("\n" + whole_audits(arguments), flush=True)
    print("\n" + starts(arguments.repeats), flush=True)


def from_files(train: Path, holdout: Path, synthetic: Path) -> Tables:
    paths = {"train": train, "holdout": holdout, "synthetic": synthetic}
    return {role: pd.read_csv(path) for role, path in paths.items()}  # type: ignore[misc]


def simulated(rows: int, copies: int = 1) -> Tables:
    """Deal three tables; further copies are further columns of the same kind."""
    rng = np.random.default_rng(0)
    roles: tuple[TableRole, ...] = ("train", "holdout", "synthetic")
    parts = [mixed(3 * rows, rng).add_suffix(f"_{copy}") for copy in range(copies)]
    people = pd.concat(parts, axis=1)
    return {
        role: people.iloc[i * rows : (i + 1) * rows].reset_index(drop=True)
        for i, role in enumerate(roles)
    }


def case_of(tables: Tables) -> Case:
    raw = {role: read_table(table, role) for role, table in tables.items()}
    return make_case(build_tables(raw, Declarations()), 0, 1)[0]


def searches(tables: Tables, arguments: argparse.Namespace) -> str:
    """One plain search beside other searches of the same tables."""
    encoded = case_of(tables).encoded("gower")
    pool, release = encoded["pool"], encoded["release"]
    columns = range(len(pool.words) + len(pool.numbers))
    few = np.arange(min(arguments.slow_queries, pool.rows))
    hot, hot_index = one_hot(pool.take(few), release), one_hot(release, release)
    jobs: dict[str, tuple[Callable[[], object], int]] = {
        "nearest row": (partial(nearest, pool, release), pool.rows),
        "five nearest rows": (partial(nearest, pool, release, k=5), pool.rows),
        "every column left out in turn": (
            partial(
                guess_from_nearest, pool, release, known=columns, targets=dict.fromkeys(columns, 0)
            ),
            pool.rows,
        ),
        "scikit-learn, pairwise_distances_argmin": (
            partial(pairwise_distances_argmin, hot, hot_index),
            len(few),
        ),
    }
    if importlib.util.find_spec("faiss"):
        jobs["faiss, IndexFlatL2"] = (faiss_search(hot, hot_index), len(few))
    seconds = least_seconds({name: job for name, (job, _) in jobs.items()}, arguments.repeats)
    per_pair = {name: seconds[name] / queries / release.rows for name, (_, queries) in jobs.items()}
    if arguments.peer_python:
        pairs = len(few) * release.rows
        per_pair["Anonymeter's kernel"] = anonymeter(tables, len(few), arguments) / pairs
    plain = per_pair["nearest row"]
    return markdown(
        (f"{pool.rows:,} x {release.rows:,} rows, {len(columns)} columns", "ns a pair", "ratio"),
        [(name, f"{1e9 * s:.2f}", f"{s / plain:.1f}") for name, s in per_pair.items()],
    )


def one_hot(table: EncodedTable, index: EncodedTable) -> np.ndarray:
    """Columns for all codes of the index, weighted so that a mismatch adds 1 as a number does."""
    words = [
        (column[:, None] == np.unique(of_index)) * np.sqrt(0.5)
        for column, of_index in zip(table.words, index.words, strict=True)
    ]
    numbers = [column[:, None] / table.one for column in table.numbers]
    return np.ascontiguousarray(np.concatenate([*words, *numbers], axis=1), dtype=np.float32)


def faiss_search(queries: np.ndarray, index: np.ndarray) -> Callable[[], object]:
    import faiss

    faiss.omp_set_num_threads(1)
    flat = faiss.IndexFlatL2(index.shape[1])
    flat.add(index)
    return partial(flat.search, queries, 1)


def anonymeter(tables: Tables, queries: int, arguments: argparse.Namespace) -> float:
    """Time its kernel in the environment that it needs."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("queries.csv", "index.csv")]
        tables["train"].head(queries).to_csv(paths[0], index=False)
        tables["synthetic"].to_csv(paths[1], index=False)
        command = [arguments.peer_python, "-c", PEER, *paths]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def least_seconds(jobs: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Run all jobs in turn, once to warm up and some times more; the least time of each counts."""
    seconds = dict.fromkeys(jobs, np.inf)
    for turn in range(repeats + 1):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            if turn:
                seconds[name] = min(seconds[name], time.process_time() - start)
    return seconds


def growth(rows: int, repeats: int) -> str:
    """Time and memory with more rows and more columns, against the first line."""
    sizes = [(rows // 2, 1), (rows, 1), (2 * rows, 1), (rows, 2), (rows, 10)]
    lines, first = [], 0.0
    for count, copies in sizes:
        case = case_of(simulated(count, copies))
        encoded = case.encoded("gower")
        job = partial(nearest, encoded["pool"], encoded["release"])
        seconds = least_seconds({"": job}, repeats)[""]
        first = first or seconds
        columns = len(case.schema.audited)
        lines.append((f"{2 * count:,} x {count:,}", str(columns), f"{seconds / first:.1f}"))
    return markdown(("rows", "columns", "time"), lines)


def workers(case: Case, repeats: int) -> str:
    """Wall time of one worker against two; it takes two idle cores to see what the second adds.

    One process is this one, which searches columns that are stored as for several.
    """
    encoded = case.encoded("gower")
    targets = dict.fromkeys(range(len(case.schema.audited)), 0)
    search = partial(
        guess_from_nearest, encoded["pool"], encoded["release"], known=[*targets], targets=targets
    )
    lines = []
    for name, cluster in (("threads", None), ("processes", "processes")):
        least = dict.fromkeys((1, 2), np.inf)
        with ExitStack() as stack:
            executors = {
                count: stack.enter_context(
                    open_executor(cluster, count, memory_allowed(None), None)
                )
                for count in least
            }
            for turn in range(2 * repeats + 1):
                for count, executor in executors.items():
                    start = time.perf_counter()
                    search(executor=executor)
                    if turn:  # the first starts the workers, and hands them their columns
                        least[count] = min(least[count], time.perf_counter() - start)
        lines.append((name, "1.00", f"{least[1] / least[2]:.2f}"))
    return markdown(("every column left out in turn", "one", "two"), lines)


def whole_audits(arguments: argparse.Namespace) -> str:
    """The default audit, every attack and every record, beside all that a peer evaluates."""
    train, holdout, release = (str(path.resolve()) for path in arguments.adult)
    ours = [sys.executable, "-m", "reidaudit", "audit", "--targets", "all"]
    ours += ["--train", train, "--holdout", holdout, "--synthetic", release]
    jobs = {"reidaudit": ours}
    if arguments.peer_python:
        targets = str(PEER_TARGETS)
        python = str(arguments.peer_python.absolute())  # a link, into an environment
        peer = [python, str(PEER_EVALUATORS), train, holdout, release, targets]
        jobs[f"Anonymeter's three evaluators, {targets} targets each"] = peer
    with tempfile.TemporaryDirectory() as folder:
        taken = {name: taken_by(command, folder, command is ours) for name, command in jobs.items()}
    unit = taken["reidaudit"]
    return markdown(
        ("the whole audit", "by the clock", "processor time", "largest process, GB"),
        [
            (
                name,
                f"{t.wall / unit.wall:.1f}",
                f"{t.processor / unit.processor:.1f}",
                f"{t.peak:.2f}",
            )
            for name, t in taken.items()
        ],
    )


def starts(repeats: int) -> str:
    """Processor time of short commands beside starting Python alone."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        policy = [sys.executable, "-m", "reidaudit", "policy", "init"]
        subprocess.run(policy, cwd=folder, capture_output=True, check=True)
        for name, command in [("python", [sys.executable, "-c", ""])] + [
            (f"reidaudit {' '.join(words)}", [sys.executable, "-m", "reidaudit", *words])
            for words in COMMANDS
        ]:
            seconds = min(taken_by(command, folder).processor for _ in range(repeats))
            lines.append((name, f"{seconds:.2f}"))
    return markdown(("command", "seconds of processor"), lines)


class Taken(NamedTuple):
    """What a command took: seconds by the clock and of processor, and GB of its largest process."""

    wall: float
    processor: float
    peak: float


def taken_by(command: Sequence[str], folder: str, is_audit: bool = False) -> Taken:
    """Run a command there; an audit that fails, or cannot decide, has done its work."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ((0, 1, 3) if is_audit else (0,)):
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    wall = time.perf_counter() - start
    return Taken(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e9)


if __name__ == "__main__":
    main()
