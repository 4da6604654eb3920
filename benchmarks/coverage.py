"""Do the intervals of an audit hold the truth, one by one and all together?

    python benchmarks/coverage.py --quick
    python benchmarks/coverage.py --repeats 1000 --processes 2 --out coverage.json

Outcomes whose truth is known are measured as an audit measures them: binormal scores of several
AUCs, partial copies (AUC 0.5 + p/2, TPR at a false-alarm rate f: p + f (1 - p)), scores with heavy
ties, guesses at several rates, and guesses about people with ten rows each. Every repetition is one
audit of all these findings, corrected together; it covers if every interval holds its truth.
``--quick`` is for CI: it exits with 1 if a bound is broken.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy import stats

from reidaudit.attack import Outcome
from reidaudit.measure.measures import (
    EntityOutcome,
    MeasureSpec,
    People,
    finest_fpr,
    take,
)
from reidaudit.policy.judge import FAMILY_LEVEL, corrected_level
from reidaudit.vocabulary import Family, MeasureName

FloatArray = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], FloatArray]

SIZES = (
    (50, 50), (100, 100), (300, 300), (1000, 1000), (5000, 5000), (20_000, 20_000),
    (50, 500), (500, 50), (200, 2000), (2000, 200), (2000, 20_000), (20_000, 2000),
)  # fmt: skip
QUICK_SIZES = ((50, 50), (50, 500), (500, 50), (1000, 1000))
SHIFTS = (0.0, 0.1, 0.5, 1.5)
SHARES = (0.0, 0.01, 0.05, 0.3)
RATES = ((0.0, 0.0), (0.005, 0.0), (0.02, 0.02), (0.3, 0.25), (0.5, 0.5), (0.95, 0.8))
ROWS_A_PERSON = 10
LEAST = 0.94
QUICK_REPEATS = 150


@dataclass(frozen=True)
class Known:
    """A finding whose truth is known: what is measured, and how its values come about."""

    name: str
    measure: MeasureName
    truth: float
    members: Draw
    controls: Draw
    is_guess: bool = False
    rows_a_person: int = 1


def known_findings(fpr: float) -> list[Known]:
    """All findings of one made-up audit."""
    return [*_binormal(fpr), *_partial_copies(fpr), _tied(), *_guesses(), *_guesses_of_people()]


def _binormal(fpr: float) -> Iterator[Known]:
    for shift in SHIFTS:
        draws: tuple[Draw, Draw] = (
            lambda rng, n, shift=shift: rng.normal(shift, 1, n),  # type: ignore[misc]
            lambda rng, n: rng.normal(0, 1, n),
        )
        auc = float(stats.norm.cdf(shift / np.sqrt(2)))
        tpr = float(stats.norm.sf(stats.norm.isf(fpr) - shift))
        yield Known(f"binormal, shift {shift}", MeasureName.AUC, auc, *draws)
        yield Known(f"binormal, shift {shift}", MeasureName.TPR_AT_FPR, tpr, *draws)


def _partial_copies(fpr: float) -> Iterator[Known]:
    for share in SHARES[1:]:
        draws: tuple[Draw, Draw] = (
            lambda rng, n, p=share: rng.normal(0, 1, n) + 20.0 * (rng.random(n) < p),  # type: ignore[misc]
            lambda rng, n: rng.normal(0, 1, n),
        )
        yield Known(f"copies of {share:.0%}", MeasureName.AUC, 0.5 + share / 2, *draws)
        tpr = share + fpr * (1 - share)
        yield Known(f"copies of {share:.0%}", MeasureName.TPR_AT_FPR, tpr, *draws)


def _tied() -> Known:
    """Scores of three sizes: the truth is P(higher) + P(tied) / 2."""
    members, controls = np.array([0.6, 0.2, 0.2]), np.array([0.7, 0.2, 0.1])
    truth = sum(
        members[i] * controls[j] * (1.0 if i > j else 0.5) for i in range(3) for j in range(i + 1)
    )
    return Known(
        "three sizes only",
        MeasureName.AUC,
        float(truth),
        lambda rng, n: rng.choice(np.arange(3.0), n, p=members),
        lambda rng, n: rng.choice(np.arange(3.0), n, p=controls),
    )


def _guesses() -> Iterator[Known]:
    for one, two in RATES:
        yield Known(
            f"guesses, {one:g} against {two:g}",
            MeasureName.EXCESS,
            one - two,
            lambda rng, n, rate=one: (rng.random(n) < rate).astype(np.float64),  # type: ignore[misc]
            lambda rng, n, rate=two: (rng.random(n) < rate).astype(np.float64),  # type: ignore[misc]
            is_guess=True,
        )


def _guesses_of_people() -> Iterator[Known]:
    """Ten rows for each person, some of whom are easy to guess and some hard."""

    def draw(rate: float) -> Draw:
        def rows(rng: np.random.Generator, n: int) -> FloatArray:
            ease = np.repeat(rng.beta(2 * rate, 2 * (1 - rate), n), ROWS_A_PERSON)
            return (rng.random(len(ease)) < ease).astype(np.float64)

        return rows

    for one, two in ((0.3, 0.3), (0.4, 0.2)):
        yield Known(
            f"guesses of people with ten rows, {one:g} against {two:g}",
            MeasureName.EXCESS,
            one - two,
            draw(one),
            draw(two),
            is_guess=True,
            rows_a_person=ROWS_A_PERSON,
        )


def scored(known: Known, members: int, controls: int, rng: np.random.Generator) -> EntityOutcome:
    """Draw the values of one finding, as the engine would hand them to its measures."""
    values = np.concatenate([known.members(rng, members), known.controls(rng, controls)])
    entities = np.repeat(np.arange(members + controls), known.rows_a_person)
    people = People(entities, entities < members)
    if known.is_guess:
        outcome = Outcome.of_guesses("known", known.name, values, by_entity="mean")
    else:
        outcome = Outcome.of_scores("known", known.name, values)
    return people.join(outcome, Family.ATTRIBUTE_INFERENCE)


def misses(size: tuple[int, int], repeat: int, fpr: float) -> tuple[list[bool], list[bool]]:
    """For one audit: which findings miss their truth at 95 %, and which at the corrected level."""
    rng = np.random.default_rng([*size, repeat])
    findings = known_findings(fpr)
    missed: tuple[list[bool], list[bool]] = ([], [])
    for known in findings:
        at = fpr if known.measure is MeasureName.TPR_AT_FPR else None
        outcome = scored(known, *size, rng)
        for place, level in enumerate((FAMILY_LEVEL, corrected_level(len(findings)))):
            estimate = take(MeasureSpec(known.measure, at), outcome, level)
            assert estimate is not None
            assert estimate.bounds is not None
            low, high = estimate.bounds.low, estimate.bounds.high
            missed[place].append(not low - 1e-9 <= known.truth <= high + 1e-9)
    return missed


def cover(size: tuple[int, int], repeats: int, processes: int) -> dict[str, Any]:
    """Coverage of every finding and of whole audits at one size."""
    fpr = finest_fpr(size[1])
    parallel = Parallel(n_jobs=processes)
    found = parallel(delayed(misses)(size, repeat, fpr) for repeat in range(repeats))
    single, corrected = (1.0 - np.array(part, dtype=float) for part in zip(*found, strict=True))
    names = [f"{known.measure}: {known.name}" for known in known_findings(fpr)]
    worst = int(single.mean(axis=0).argmin())
    return {
        "members": size[0],
        "controls": size[1],
        "repeats": repeats,
        "fpr": fpr,
        "mean": float(single.mean()),
        "worst": float(single.mean(axis=0)[worst]),
        "worst_finding": names[worst],
        "together": float(corrected.all(axis=1).mean()),
        "single": dict(zip(names, single.mean(axis=0).tolist(), strict=True)),
    }


def markdown(cells: list[dict[str, Any]]) -> str:
    lines = [
        "| members | controls | one by one, mean | worst | the worst | all together |",
        "| ---: | ---: | ---: | ---: | --- | ---: |",
    ]
    lines += [
        f"| {cell['members']:,} | {cell['controls']:,} | {cell['mean']:.1%} | {cell['worst']:.1%} "
        f"| {cell['worst_finding']} | {cell['together']:.1%} |"
        for cell in cells
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the short form for CI")
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a JSON file, written after every size")
    arguments = parser.parse_args()
    repeats = QUICK_REPEATS if arguments.quick else arguments.repeats
    cells: list[dict[str, Any]] = []
    for size in QUICK_SIZES if arguments.quick else SIZES:
        cells.append(cover(size, repeats, arguments.processes))
        print(*size, f"{cells[-1]['together']:.1%}", file=sys.stderr, flush=True)
        if arguments.out:
            arguments.out.write_text(json.dumps(cells, indent=1) + "\n")
    print(markdown(cells))
    # what is promised, less what chance may take from so few repetitions
    slack = 3 * np.sqrt(LEAST * (1 - LEAST) / (len(cells) * repeats))
    overall = float(np.mean([cell["together"] for cell in cells]))
    if overall < LEAST - slack:
        print(f"BROKEN: whole audits cover in {overall:.1%} only", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
