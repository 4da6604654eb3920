"""False alarms on fresh real rows, and detection of verbatim copies, on a real table.

Rows of the given table are dealt at random into members, controls and a release of fresh people
that no generator has touched: nothing leaks, and whatever fails is a false alarm. Then a share of
the release is replaced by copies of members: whatever does not fail is a miss.

    python benchmarks/fresh_and_copies.py TABLE [TABLE ...] --rows 5000 --seeds 20 --copies 0.03
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np
import pandas as pd

import reidaudit


def deal(table: pd.DataFrame, rows: int, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Members, controls and fresh rows, disjoint."""
    order = rng.permutation(len(table))[: 3 * rows]
    return [table.iloc[part].reset_index(drop=True) for part in np.split(order, 3)]


def with_copies(
    fresh: pd.DataFrame, members: pd.DataFrame, share: float, rng: np.random.Generator
) -> pd.DataFrame:
    """The release with a share of its rows replaced by copies of different members."""
    count = round(share * len(fresh))
    places = rng.choice(len(fresh), count, replace=False)
    release = fresh.copy()
    release.iloc[places] = members.iloc[rng.choice(len(members), count, replace=False)].to_numpy()
    return release


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="+", help="CSV files that are put one below the other")
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--copies", type=float, default=0.03)
    parser.add_argument("--permutations", type=int, default=2000)
    arguments = parser.parse_args()
    table = pd.concat([pd.read_csv(path, dtype=str) for path in arguments.tables])
    verdicts: dict[str, Counter[str]] = {"fresh rows": Counter(), "with copies": Counter()}
    for seed in range(arguments.seeds):
        rng = np.random.default_rng(seed)
        members, controls, fresh = deal(table, arguments.rows, rng)
        copies = with_copies(fresh, members, arguments.copies, rng)
        for name, release in (("fresh rows", fresh), ("with copies", copies)):
            report = reidaudit.audit(
                members, release, controls, seed=seed, permutations=arguments.permutations
            )
            verdicts[name][report.verdict.value] += 1
            p_value = report.model.any_leak_p_value
            print(f"seed {seed:3d}  {name:12s} {report.verdict.value:13s} p = {p_value:.4f}")
    for name, counts in verdicts.items():
        print(f"{name}: {dict(counts)}")


if __name__ == "__main__":
    main()
