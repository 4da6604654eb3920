"""Which attack sees which leak: every attack on a few telling cases.

    python benchmarks/attacks_by_case.py CASES --out attacks.json
    python benchmarks/attacks_by_case.py CASES --cases c-copies2-sd2011-n1600-s0 \
        --attacks disclosure.exact_copy --peers peers.json

CASES is a folder of cases as ``benchmarks/cases.py`` reads them. Every attack runs once on each
case, and nothing is judged. Of scores the table shows the AUC and the TPR at the finest
false-positive rate that the case's controls allow, one rate for all attacks; of guesses it shows by
how much more often they are right about members than about controls. Attacks that guess one column
after the other have one line, which shows the column that is given away most; the JSON file has
them all, with intervals at 95 %. The best of each case is bold, unless it is no better than chance.

``--peers`` adds what other tools measured: ``{case: {measure: figure}}``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audits import markdown
from cases import schema_of, tables_of
from trials import SEED, outcomes, prepare, read

from reidaudit.attack import Attack
from reidaudit.data.preconditions import check_preconditions
from reidaudit.measure.measures import (
    UNCORRECTED_LEVEL,
    EntityOutcome,
    MeasureSpec,
    finest_fpr,
    take,
)
from reidaudit.plugins import load_attacks
from reidaudit.seeds import generator_for
from reidaudit.vocabulary import MeasureName

Tried = dict[str, Any]
"""What came of one case: its truth, its size, and the measures of every outcome."""

# one for each way to make a release, and mostly of the same tables
CASES = (
    "a-cart-adult-n5000-s0",
    "b-bootstrap-fair-n2000-s0",
    "c-copies2-sd2011-n1600-s0",
    "d-noise0.4-adult-n5000-s0",
    "e-marginals-adult-n5000-s0",
    "f-copula-sd2011-n1600-s0",
    "g-cart5-adult-n5000-s0",
    "h-smote5-sd2011-n1600-s0",
    "i-gmmn20-adult-n5000-s0",
    "j-minority-adult-n5000-s0",
    "k-attribute-adult-n5000-s0",
    "n-aim-eps10-adult-n2000-s0",
    "r-hepatitis-synthpop",
)
FORMS = {MeasureName.AUC: ".3f", MeasureName.TPR_AT_FPR: ".1%", MeasureName.EXCESS: "+.1%"}
NEVER_BOLD_BELOW = 5e-4
"""What would be shown as chance is never the best."""


def try_case(path: Path, attacks: Sequence[Attack]) -> Tried:
    """Run the attacks on a case, read and checked as an audit does, and measure every outcome."""
    case = json.loads(path.read_text())
    tables = read(tables_of(path.parent, case), schema_of(case))
    tables, _ = check_preconditions(tables, generator_for(SEED, "preconditions"))
    trial = prepare(tables)
    people = trial.people
    fpr = finest_fpr(people.controls)
    return {
        "truth": case["truth"],
        "members": people.members,
        "controls": people.controls,
        "fpr": fpr,
        "outcomes": {
            name: {
                "column": scored.outcome.column,
                "bearing": scored.outcome.bearing,
                **measured(scored, fpr),
            }
            for name, scored in outcomes(trial, attacks)
        },
    }


def measured(scored: EntityOutcome, fpr: float) -> dict[str, Any]:
    """Take the measures that an outcome allows, with intervals at 95 %.

    Nothing where too few people count.
    """
    wanted = [MeasureSpec(MeasureName.AUC), MeasureSpec(MeasureName.TPR_AT_FPR, fpr)]
    found = {}
    for spec in [MeasureSpec(MeasureName.EXCESS)] if scored.outcome.is_guess else wanted:
        estimate = take(spec, scored, UNCORRECTED_LEVEL)
        if estimate is not None:
            bounds = estimate.bounds
            found[spec.name.value] = {
                "value": estimate.value,
                "low": None if bounds is None else bounds.low,
                "high": None if bounds is None else bounds.high,
                "better_than_chance": estimate.value - spec.baseline,
            }
    return found


def table(tried: Mapping[str, Tried], peers: Mapping[str, Mapping[str, float]]) -> str:
    """Lay the cases out side by side, the attacks one below the other."""
    columns = [_column(one) for one in tried.values()]
    rows = sorted({row for column in columns for row in column})
    of_peers = list(dict.fromkeys(name for case in tried for name in peers.get(case, {})))
    lines = [
        ["truth", *(one["truth"] for one in tried.values())],
        ["members", *(f"{one['members']:,}" for one in tried.values())],
        ["controls", *(f"{one['controls']:,}" for one in tried.values())],
        ["FPR at which TPR is taken", *(f"{one['fpr']:.0%}" for one in tried.values())],
        *([f"`{row}`", *(column.get(row, "") for column in columns)] for row in rows),
        *(
            [f"`{name}`", *(_figure(peers.get(case, {}).get(name)) for case in tried)]
            for name in of_peers
        ),
    ]
    return markdown(["AUC / TPR, or excess", *tried], lines)


def _column(tried: Tried) -> dict[str, str]:
    """Write the cells of one case by row, the best figure of each measure in bold."""
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for name, outcome in tried["outcomes"].items():
        known = figures.setdefault(_row(name, outcome["column"]), {})
        for measure in FORMS:
            figure = outcome.get(measure.value)
            if figure and figure["value"] >= known.get(measure.value, figure)["value"]:
                known[measure.value] = figure
    best = {
        measure: max(row[measure]["value"] for row in figures.values() if measure in row)
        for measure in {measure for row in figures.values() for measure in row}
    }
    return {
        row: " / ".join(
            _shown(measure, known[measure], best[measure]) for measure in FORMS if measure in known
        )
        for row, known in figures.items()
    }


def _row(name: str, column: str | None) -> str:
    """Name the row of an outcome, which those of several columns share."""
    attack, _, outcome = name.partition(":")
    return name if column is None else f"{attack}:{outcome.replace(column, '*', 1)}"


def _shown(measure: MeasureName, figure: Mapping[str, float], best: float) -> str:
    text = format(figure["value"], FORMS[measure])
    is_best = text == format(best, FORMS[measure])
    is_better_than_chance = figure["better_than_chance"] > NEVER_BOLD_BELOW
    return f"**{text}**" if is_best and is_better_than_chance else text


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="CASES")
    parser.add_argument("--cases", nargs="+", default=CASES, metavar="ID")
    parser.add_argument("--attacks", nargs="+", metavar="NAME", help="all if left out")
    parser.add_argument("--peers", type=Path, help="a JSON file of other tools' figures")
    parser.add_argument("--out", type=Path, help="a JSON file, written after every case")
    arguments = parser.parse_args()
    attacks = load_attacks(arguments.attacks)
    peers = json.loads(arguments.peers.read_text()) if arguments.peers else {}
    tried: dict[str, Tried] = {}
    for case in arguments.cases:
        print(case, file=sys.stderr, flush=True)
        tried[case] = try_case(arguments.folder / case / "case.json", attacks)
        if arguments.out:
            arguments.out.write_text(json.dumps(tried, indent=1) + "\n")
    print(table(tried, peers))


if __name__ == "__main__":
    main()
