"""Large tables: make them with little memory, and measure what it costs to read and prepare them.

    python benchmarks/large.py make FOLDER --members 1000000 --controls 250000 --release 1000000
    python benchmarks/large.py measure FOLDER            # read, build, check, encode
    python benchmarks/large.py measure FOLDER --audit --workers 2 --memory 1GiB  # every attack
    python benchmarks/large.py measure FOLDER --audit --attacks disclosure.exact_copy

``make`` writes ``train``, ``holdout`` and ``synthetic`` in chunks: 16 mixed columns that hang
together, with skewed categories, dates, gaps, codes with leading zeros and an address of very many
levels. ``--copies 0.01`` makes one release row in a hundred the copy of a member. ``--format csv``
writes CSV, ``--parts 8`` folders of so many files. The same seed makes the same people, whatever
the format.

``measure`` runs in a fresh process, on one thread unless told otherwise, and tells for every stage
the processor time, the wall time, the memory that is held afterwards and the most that was held
during it.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

T = TypeVar("T")
FloatArray = npt.NDArray[np.float64]

ROLES = ("train", "holdout", "synthetic")
CHUNK = 100_000
REGIONS, OCCUPATIONS, POSTCODES, STREETS, HOUSES = 16, 200, 5_000, 3_000, 200
GAPS = {"score": 0.03, "occupation": 0.02, "last_visit": 0.1, "insured": 0.01}
NOBODY_BORN_BEFORE = np.datetime64("1900-01-01")
FIRST_VISIT = np.datetime64("2015-01-01T00:00")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main() -> None:
    arguments = parse_arguments()
    if arguments.command == "make":
        make(arguments)
    else:
        measure(arguments)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="write the three tables")
    making.add_argument("folder", type=Path)
    making.add_argument("--members", type=int, default=1_000_000)
    making.add_argument("--controls", type=int, default=250_000)
    making.add_argument("--release", type=int, default=1_000_000)
    making.add_argument("--copies", type=float, default=0.0, help="share of the release's rows")
    making.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    making.add_argument("--parts", type=int, default=1, help="files that each table is spread over")
    making.add_argument("--seed", type=int, default=0)
    measuring = commands.add_parser("measure", help="time and memory of the stages")
    measuring.add_argument("folder", type=Path)
    measuring.add_argument("--audit", action="store_true", help="the whole audit")
    measuring.add_argument("--attacks", nargs="*", help="these attacks only")
    measuring.add_argument("--workers", type=int, default=1)
    measuring.add_argument("--permutations", type=int, default=2000)
    measuring.add_argument("--memory", help="as for reidaudit audit")
    measuring.add_argument("--targets", type=int, help="as for reidaudit audit")
    measuring.add_argument("--json", type=Path, help="where to keep the figures, for costs.py")
    return parser.parse_args()


# --- making -------------------------------------------------------------------------------------


def make(arguments: argparse.Namespace) -> None:
    arguments.folder.mkdir(parents=True, exist_ok=True)
    sizes = zip(ROLES, (arguments.members, arguments.controls, arguments.release), strict=True)
    for role, rows in sizes:
        copies = arguments.copies if role == "synthetic" else 0.0
        chunks = (
            with_copies(chunk, copies, arguments.members, (arguments.seed, place))
            for place, chunk in enumerate(people(role, rows, arguments.seed))
        )
        write(chunks, arguments.folder / role, rows, arguments)


def people(role: str, rows: int, seed: int) -> Iterator[pd.DataFrame]:
    """Deal the people of one table, chunk by chunk; every chunk can be made anew by itself."""
    for place, start in enumerate(range(0, rows, CHUNK)):
        yield chunk_of_people(role, place, min(CHUNK, rows - start), seed)


def chunk_of_people(role: str, place: int, rows: int, seed: int) -> pd.DataFrame:
    return mixed_sixteen(rows, np.random.default_rng([seed, ROLES.index(role), place]))


def with_copies(
    chunk: pd.DataFrame, share: float, members: int, seed: tuple[int, int]
) -> pd.DataFrame:
    """Put members in the place of some rows; their chunk is made anew, as it is kept nowhere."""
    if not share:
        return chunk
    rng = np.random.default_rng([*seed, len(ROLES)])
    place = int(rng.integers(math.ceil(members / CHUNK)))
    source = chunk_of_people("train", place, min(CHUNK, members - place * CHUNK), seed[0])
    count = min(round(share * len(chunk)), len(source))
    where, whom = rng.permutation(len(chunk))[:count], rng.permutation(len(source))[:count]
    mixed = chunk.copy()
    mixed.iloc[where] = source.iloc[whom].to_numpy()
    return mixed.astype(chunk.dtypes)


def mixed_sixteen(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Sixteen columns that hang on three factors: wealth, age, and where somebody lives."""
    wealth, years, place = (rng.standard_normal(rows) for _ in range(3))
    age = np.clip(np.round(47 + 18 * years + 3 * rng.standard_normal(rows)), 18, 99)
    region = level(0.9 * place + 0.4 * rng.standard_normal(rows), REGIONS)
    postcode = region * (POSTCODES // REGIONS) + skewed(rows, POSTCODES // REGIONS, rng)
    visit = rng.gamma(2.0, 400.0, rows) * 24 * 60
    columns: dict[str, Any] = {
        "age": age.astype(np.int64),
        "height": np.round(170 + 9 * rng.standard_normal(rows) - 0.05 * (age - 47), 1),
        "income": np.round(np.exp(10 + 0.5 * wealth + 0.3 * rng.standard_normal(rows)), 2),
        "hours": np.clip(np.round(38 + 4 * wealth + 8 * rng.standard_normal(rows)), 0, 90).astype(
            np.int64
        ),
        "score": 0.7 * wealth - 0.4 * years + 0.6 * rng.standard_normal(rows),
        "children": rng.poisson(np.exp(0.3 + 0.3 * years - 0.2 * wealth)).astype(np.int64),
        "born": (
            NOBODY_BORN_BEFORE
            + (365.25 * (124 - age) + rng.integers(0, 365, rows)).astype(np.int64)
        ).astype("datetime64[s]"),
        "last_visit": (FIRST_VISIT + visit.astype("timedelta64[m]")).astype("datetime64[us]"),
        "sex": named("sex", (rng.random(rows) < 0.51).astype(np.int64), 2),
        "married": named("status", level(0.8 * years + 0.6 * rng.standard_normal(rows), 5), 5),
        "education": named("degree", level(0.7 * wealth + 0.7 * rng.standard_normal(rows), 8), 8),
        "region": named("region", region, REGIONS),
        "occupation": named("occupation", skewed(rows, OCCUPATIONS, rng), OCCUPATIONS),
        "postcode": np.char.mod("%05d", np.arange(POSTCODES)).astype(object)[postcode],
        "insured": (rng.random(rows) < 1 / (1 + np.exp(-1 - wealth))).astype(object),
        "address": addresses(postcode, rng),
    }
    for name, share in GAPS.items():
        columns[name] = pd.Series(columns[name]).mask(rng.random(rows) < share)
    table = pd.DataFrame(columns)
    return table.astype({"insured": "boolean", "born": "datetime64[s]"})


def level(latent: FloatArray, levels: int) -> npt.NDArray[np.int64]:
    """Cut a number into levels of unequal size."""
    cuts = np.linspace(-1.2, 2.2, levels - 1)
    result: npt.NDArray[np.int64] = np.searchsorted(cuts, latent).astype(np.int64)
    return result


def skewed(rows: int, levels: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw levels of which the first are far commoner than the last."""
    weights = 1.0 / np.arange(1, levels + 1)
    result: npt.NDArray[np.int64] = np.searchsorted(
        np.cumsum(weights / weights.sum())[:-1], rng.random(rows)
    ).astype(np.int64)
    return result


def named(word: str, levels: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.object_]:
    names: npt.NDArray[np.object_] = np.array([f"{word} {i}" for i in range(count)], dtype=object)
    return names[levels]


def addresses(postcode: npt.NDArray[np.int64], rng: np.random.Generator) -> list[str]:
    """A street and a house number: several hundred thousand levels, most of them rare."""
    street = (postcode * 7 + skewed(len(postcode), 60, rng)) % STREETS
    house = skewed(len(postcode), HOUSES, rng) + 1
    pairs = zip(street.tolist(), house.tolist(), strict=True)
    return [f"{house} Street of Figure {street}" for street, house in pairs]


def write(
    chunks: Iterator[pd.DataFrame], stem: Path, rows: int, arguments: argparse.Namespace
) -> None:
    """Write one file, or a folder of part files of about equal numbers of chunks."""
    suffix = f".{arguments.format}"
    writer = write_parquet if arguments.format == "parquet" else write_csv
    if arguments.parts == 1:
        writer(chunks, stem.with_suffix(suffix))
        return
    stem.mkdir(exist_ok=True)
    per_part = math.ceil(math.ceil(rows / CHUNK) / arguments.parts)
    for part in range(arguments.parts):
        first = next(chunks, None)
        if first is None:
            return
        some = chain([first], islice(chunks, per_part - 1))
        writer(some, stem / f"part-{part:05d}{suffix}")


def write_parquet(chunks: Iterable[pd.DataFrame], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for chunk in chunks:
        table = pa.Table.from_pandas(chunk, preserve_index=False)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table.cast(writer.schema))
    assert writer is not None
    writer.close()


def write_csv(chunks: Iterable[pd.DataFrame], path: Path) -> None:
    for place, chunk in enumerate(chunks):
        chunk.to_csv(path, index=False, header=place == 0, mode="a" if place else "w")


# --- measuring ----------------------------------------------------------------------------------


def measure(arguments: argparse.Namespace) -> None:
    for variable in THREAD_VARIABLES:
        os.environ[variable] = str(arguments.workers)
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        figures = pool.apply(audit if arguments.audit else stages, (arguments,))
    if arguments.json:
        figures |= {"workers": arguments.workers}
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


class Meter:
    """Keeps the figures of the stages of one process."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        print(f"{'stage':<44}{'processor s':>14}{'wall s':>10}{'held GB':>10}{'peak GB':>10}")
        self.begin()

    def begin(self) -> None:
        forget_peak()
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def end(self, stage: str) -> None:
        """Write down what was done since the last end."""
        line = {
            "stage": stage,
            "processor": time.process_time() - self.processor,
            "wall": time.perf_counter() - self.wall,
            "held": memory("VmRSS"),
            "peak": memory("VmHWM"),
        }
        self.lines.append(line)
        self.show(line)
        self.begin()

    def run(self, stage: str, job: Callable[[], T]) -> T:
        result = job()
        self.end(stage)
        return result

    def total(self) -> list[dict[str, Any]]:
        """Return the lines, and below them what the stages took together."""
        sums = {key: sum(line[key] for line in self.lines) for key in ("processor", "wall")}
        most = {"held": self.lines[-1]["held"], "peak": max(line["peak"] for line in self.lines)}
        together = {"stage": "together", **sums, **most}
        self.show(together)
        return [*self.lines, together]

    def show(self, line: dict[str, Any]) -> None:
        print(
            f"{line['stage']:<44}{line['processor']:>14.1f}{line['wall']:>10.1f}"
            f"{line['held']:>10.2f}{line['peak']:>10.2f}",
            flush=True,
        )


def memory(what: str) -> float:
    """Return a figure of /proc/self/status in GB (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) * 1024 / 1e9
    return float("nan")


def forget_peak() -> None:
    """Let the highest mark of memory begin anew at what is held now."""
    Path("/proc/self/clear_refs").write_text("5")


def paths_in(folder: Path) -> dict[str, Path]:
    """Find each table as a file or a folder of part files."""
    return {role: next(p for p in sorted(folder.iterdir()) if p.stem == role) for role in ROLES}


def stages(arguments: argparse.Namespace) -> dict[str, Any]:
    from reidaudit.arguments import read_tables
    from reidaudit.attempts import make_case
    from reidaudit.data.declared import Declarations
    from reidaudit.data.digest import without_cells
    from reidaudit.data.preconditions import check_preconditions
    from reidaudit.data.tables import build_tables

    meter = Meter()
    paths = paths_in(arguments.folder)
    raw = meter.run("read", lambda: read_tables(**paths))
    tables = meter.run("build", lambda: build_tables(raw, Declarations()))
    raw["synthetic"] = without_cells(raw["synthetic"])
    rng = np.random.default_rng(0)
    tables, results = meter.run("check", lambda: check_preconditions(tables, rng))
    case, _ = meter.run("make case", lambda: make_case(tables, 0, arguments.workers))
    meter.run("encode", lambda: case.encoded("gower"))
    meter.run("normal", lambda: case.encoded("normal"))
    for result in results:
        print(f"{result.state:<12}{result.name}: {result.detail}")
    return {"stages": meter.total()}


def audit(arguments: argparse.Namespace) -> dict[str, Any]:
    import reidaudit

    meter = Meter()
    stages = ["starting"]

    def progress(stage: str, done: int, steps: int) -> None:
        meter.end(stages[-1])
        stages.append(stage)

    paths = paths_in(arguments.folder)
    report = reidaudit.audit(
        paths["train"],
        paths["synthetic"],
        paths["holdout"],
        attacks=arguments.attacks,
        workers=arguments.workers,
        permutations=arguments.permutations,
        memory=arguments.memory,
        targets=arguments.targets or "auto",
        progress=progress,
    )
    meter.end("writing the report")
    print(f"verdict: {report.verdict.value}")
    rows = {table.role: table.rows for table in report.model.inputs}
    people = rows["train"] + rows["holdout"]
    targets = min(people, report.model.run.most_targets or people)
    return {"release_rows": rows["synthetic"], "targets": targets, "stages": meter.total()}


if __name__ == "__main__":
    main()
