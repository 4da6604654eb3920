"""What a whole audit costs at every size: the table and the figure of docs/speed.md.

    python benchmarks/large.py measure FOLDER --audit --workers 2 --json FILE  # for each size
    python benchmarks/costs.py FILE... --figure docs/images/costs.svg

What two workers shared is told apart from what one did alone: with w workers processor time is
alone + shared, and the clock says alone + shared / w. Beyond the largest audit costs grow by what a
further row took between the two largest that asked as many targets.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from audits import markdown
from drawing import svg

MANY = 16
"""Processors of a larger machine, for which the clock is reckoned."""
COLOUR = "#0b5394"
HEADS = (
    "release rows",
    "targets",
    "processor time, s",
    "by the clock, s",
    f"with {MANY} processors, s",
    "a row, ms",
    "peak, GB",
)


@dataclass(frozen=True)
class Cost:
    """What one audit took: seconds of processor time, alone and shared, and GB."""

    rows: int
    targets: int
    alone: float
    shared: float
    peak: float
    workers: int
    is_measured: bool = True

    @classmethod
    def from_file(cls, path: Path) -> Self:
        kept = json.loads(path.read_text(encoding="utf-8"))
        workers, total = kept["workers"], kept["stages"][-1]
        if "targets" not in kept or workers < 2:
            raise SystemExit(f"{path} is not of a whole audit with two workers or more.")
        # where others disturb, less was shared than there was waited for
        shared = max((total["processor"] - total["wall"]) / (1 - 1 / workers), 0.0)
        return cls(
            kept["release_rows"],
            kept["targets"],
            total["processor"] - shared,
            shared,
            total["peak"],
            workers,
        )

    @property
    def processor(self) -> float:
        return self.alone + self.shared

    def clock(self, workers: int) -> float:
        return self.alone + self.shared / workers

    def beyond(self, smaller: Self, rows: int) -> Cost:
        """Grow as from a smaller audit to this one."""
        share = (rows - self.rows) / (self.rows - smaller.rows)
        alone, shared, peak = (
            getattr(self, part) + share * (getattr(self, part) - getattr(smaller, part))
            for part in ("alone", "shared", "peak")
        )
        return Cost(rows, self.targets, alone, shared, peak, self.workers, is_measured=False)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="of large.py measure --json")
    parser.add_argument("--figure", type=Path, help="where to draw growth, as SVG")
    arguments = parser.parse_args()
    costs = [Cost.from_file(path) for path in arguments.files]
    costs.sort(key=lambda cost: (cost.rows, -cost.targets))
    extrapolated = further(costs)
    print(markdown(HEADS, [line_of(cost) for cost in [*costs, *extrapolated]]))
    if arguments.figure:
        draw(costs, extrapolated, arguments.figure)


def further(costs: Sequence[Cost]) -> list[Cost]:
    """Extrapolate to ten times the largest audit, if another one asked as many targets."""
    largest = costs[-1]
    alike = [c for c in costs if c.targets == largest.targets and c.rows < largest.rows]
    return [largest.beyond(alike[-1], 10 * largest.rows)] if alike else []


def line_of(cost: Cost) -> tuple[str, ...]:
    return (
        f"{cost.rows:,}" + ("" if cost.is_measured else ", extrapolated"),
        f"{cost.targets:,}",
        f"{cost.processor:,.0f}",
        f"{cost.clock(cost.workers):,.0f}",
        f"{cost.clock(MANY):,.0f}",
        f"{1000 * cost.processor / cost.rows:.2f}",
        f"{cost.peak:.1f}",
    )


def draw(costs: Sequence[Cost], extrapolated: Sequence[Cost], path: Path) -> None:
    """Draw time and memory by release rows, both axes by powers of ten."""
    curve = [c for c in costs if c.targets == max(d.targets for d in costs if d.rows == c.rows)]
    with svg(path, 9.0, 3.8) as figure:
        time, memory = figure.subplots(1, 2)
        tail = [costs[-1], *extrapolated]
        for some, style in ((curve, "o-"), (tail, "--")):
            rows = [cost.rows for cost in some]
            time.loglog(rows, [cost.processor for cost in some], style, color=COLOUR)
            memory.loglog(rows, [cost.peak for cost in some], style, color=COLOUR)
        for panel, title in ((time, "processor time, s"), (memory, "peak memory, GB")):
            panel.set_title(title)
            panel.set_xlabel("release rows")
            panel.grid(alpha=0.3)


if __name__ == "__main__":
    main()
