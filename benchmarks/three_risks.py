"""Singling out, linkability and inference on a real table, beside another tool.

    python benchmarks/three_risks.py TRAIN HOLDOUT RELEASE --copies 0 0.01 0.05 0.2 \
        --peer .peers/bin/python --peer-targets 1000

Some rows of train are put in the place of as many release records. Ours looks at every member and
every control, the peer (Anonymeter, in an environment of its own) at as many targets as it is told.
Seconds are of one run on one machine, so only ratios say anything: to the attacks alone, from
tables in memory to who is guessed right, as the peer's are, and to whole audits, which also check
preconditions, permute, judge and write. An interval that excludes zero sees the copies.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from audits import markdown
from trials import outcomes, prepare, read

import reidaudit
from reidaudit.plugins import load_attacks

ATTACKS = {
    "singling out": ["singling_out.multivariate", "singling_out.univariate"],
    "linkability": ["linkability.two_parts"],
    "inference": ["attribute_inference.nearest_neighbour"],
}
PEER = Path(__file__).with_name("peer_anonymeter.py")
SEED = 1


def with_copies(release: pd.DataFrame, train: pd.DataFrame, share: float) -> pd.DataFrame:
    """Put rows of train in the place of as many release records; the share is of train."""
    count = round(share * len(train))
    rows = np.random.default_rng(SEED).choice(len(train), count, replace=False)
    return pd.concat([release.iloc[: len(release) - count], train.iloc[rows]], ignore_index=True)


def ours(tables: Sequence[pd.DataFrame], workers: int | None) -> dict[str, Any]:
    """Audit by the attacks of each risk: the finding furthest beyond zero, and the seconds."""
    train, holdout, release = tables
    found = {}
    for risk, attacks in ATTACKS.items():
        start = time.perf_counter()
        report = reidaudit.audit(
            train, release, holdout, attacks=attacks, workers=workers, self_check=False
        )
        seconds = time.perf_counter() - start
        judged = [f for f in report.findings if f.bearing != "diagnostic"]
        judged = [f for f in judged if not f.outcome.endswith(".by_group")]
        best, interval = max(
            ((f, f.interval) for f in judged if f.interval is not None),
            key=lambda pair: pair[1].low,
        )
        found[risk] = {
            "what": f"{best.attack.split('.', 1)[1]}, {best.outcome.replace('_', ' ')}",
            "value": best.value,
            "low": interval.low,
            "high": interval.high,
            "seconds": seconds,
            "alone": alone(tables, attacks),
        }
    return found


def alone(tables: Sequence[pd.DataFrame], names: Sequence[str]) -> float:
    """Measure the seconds of some attacks on tables that are read, with nothing done before."""
    train, holdout, release = tables
    sources = {"train": train, "holdout": holdout, "synthetic": release}
    trial, attacks = prepare(read(sources, {})), load_attacks(names)
    start = time.perf_counter()
    for _ in outcomes(trial, attacks):
        pass
    return time.perf_counter() - start


def theirs(tables: Sequence[pd.DataFrame], python: str, targets: int) -> dict[str, Any]:
    """Run the peer on the same tables."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{name}.csv") for name in ("train", "holdout", "release")]
        for table, path in zip(tables, paths, strict=True):
            table.to_csv(path, index=False)
        done = subprocess.run(
            [python, str(PEER), *map(str, paths), str(targets)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Compare, and print a table for each share of copies."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("train", "holdout", "release"):
        parser.add_argument(name, type=pd.read_csv)
    parser.add_argument("--copies", nargs="+", type=float, default=[0.0, 0.01, 0.05, 0.2])
    parser.add_argument("--peer", help="python of an environment that has anonymeter")
    parser.add_argument("--peer-targets", type=int, default=1000)
    parser.add_argument("--workers", type=int)
    asked = parser.parse_args()
    lines = []
    for share in asked.copies:
        tables = (asked.train, asked.holdout, with_copies(asked.release, asked.train, share))
        mine = ours(tables, asked.workers)
        peer = theirs(tables, asked.peer, asked.peer_targets) if asked.peer else {}
        for risk, row in mine.items():
            other = peer.get(risk)
            lines.append(
                [f"{share:.0%}", risk, row["what"], _with_interval(row)]
                + (
                    [
                        _with_interval(other),
                        f"{other['seconds'] / row['alone']:.1f}",
                        f"{other['seconds'] / row['seconds']:.1f}",
                    ]
                    if other
                    else ["", "", ""]
                )
            )
    heads = ["copies", "risk", "finding", "ours", "Anonymeter"]
    heads += ["its time, our attacks' 1", "our audit's 1"]
    print(markdown(heads, lines, texts=3))


def _with_interval(row: dict[str, Any]) -> str:
    seen = " *" if row["low"] > 0 else ""
    return f"{row['value']:.2%} ({row['low']:.2%} to {row['high']:.2%}){seen}"


if __name__ == "__main__":
    main()
