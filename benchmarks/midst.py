"""The MIDST challenge of membership inference on releases of TabDDPM (SaTML 2025, black box).

    python benchmarks/midst.py MIDST --out midst.json
    python benchmarks/midst.py MIDST --challenge --releases 1 2 \
        --attacks membership_inference.distance_ratio

MIDST is a folder with ``holdout.csv.gz``, ``reference.csv.gz`` and, for each release,
``release_N/train.csv.gz``, ``synthetic.csv.gz`` and ``challenge.csv.gz``. Members are the rows of
train, controls those of the holdout. Every attack on membership and disclosure runs once on each
release; guesses count as scores of two sizes.

``--challenge`` scores as the challenge did: only the 200 rows of each release's challenge, half of
them members, by the TPR at a false-positive rate below 10 %; the other rows of the pool are those
of the reference. Nobody was told who in a challenge is a member, so attacks that learn from labels
do not run. The rows of all releases were ranked together, so that is shown too.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from audits import markdown
from trials import Trial, outcomes, prepare, read

from reidaudit.attack import Attack
from reidaudit.measure.intervals import auc_interval, tpr_interval
from reidaudit.measure.measures import FEWEST_TARGETS, UNCORRECTED_LEVEL
from reidaudit.plugins import load_attacks
from reidaudit.vocabulary import Family

FloatArray = npt.NDArray[np.float64]
Sides = tuple[FloatArray, FloatArray]
"""Scores of the members and of the controls that count."""
Figures = dict[str, float]

FAMILIES = (Family.MEMBERSHIP_INFERENCE, Family.DISCLOSURE)
NOT_IN_THE_RELEASE = ["trans_id", "account_id"]
NUMBERS = ("trans_date", "amount", "balance", "account")
CATEGORIES = ("trans_type", "operation", "k_symbol", "bank")
SCHEMA = {
    **{name: {"kind": "numeric"} for name in NUMBERS},
    **{name: {"kind": "categorical"} for name in CATEGORIES},
}
RATES = (0.1, 0.01, 0.001)
CHALLENGE_RATE = 0.1
TOGETHER = "together"


def all_members(folder: Path, release: int) -> Trial:
    """Put all of train against all of the holdout."""
    made = folder / f"release_{release}"
    train, holdout = people(made / "train.csv.gz"), people(folder / "holdout.csv.gz")
    return prepare(read(_sources(train, holdout, made), SCHEMA))


def challenge(folder: Path, release: int) -> Trial:
    """Put the rows of the challenge into a pool with the reference, and score only them."""
    made = folder / f"release_{release}"
    rows = people(made / "challenge.csv.gz")
    is_train = rows.pop("is_train") == "1"
    others = rows[~is_train]
    holdout = pd.concat([others, people(folder / "reference.csv.gz")], ignore_index=True)
    tables = read(_sources(rows[is_train], holdout, made), SCHEMA)
    assert tables.holdout is not None
    trial = prepare(tables)
    # nobody has two rows, so whose row it is says which row it is
    asked = np.concatenate([tables.train.entity, tables.holdout.entity[: len(others)]])
    return replace(trial, labels=None, among=np.isin(trial.case.entities, asked))


def people(path: Path) -> pd.DataFrame:
    """Read real transactions, without the columns that the release does not have."""
    return pd.read_csv(path, dtype=str).drop(columns=NOT_IN_THE_RELEASE)


def _sources(train: pd.DataFrame, holdout: pd.DataFrame, made: Path) -> dict[str, object]:
    return {"train": train, "holdout": holdout, "synthetic": made / "synthetic.csv.gz"}


def scores(trial: Trial, attacks: Sequence[Attack]) -> dict[str, Sides]:
    """Return the scores of every outcome about which enough people count."""
    found = {name: (one.members, one.controls) for name, one in outcomes(trial, attacks)}
    return {name: sides for name, sides in found.items() if min(map(len, sides)) >= FEWEST_TARGETS}


def measured(sides: Sides) -> Figures:
    """Take AUC and TPR of one outcome on one release."""
    tpr = {
        f"TPR at {100 * rate:g} % FPR": tpr_interval(*sides, rate, UNCORRECTED_LEVEL)[0]
        for rate in RATES
    }
    return {"AUC": auc_interval(*sides, UNCORRECTED_LEVEL)[0], **tpr}


def measured_as_challenged(sides: Sides) -> Figures:
    """Take the TPR at the lowest threshold that fewer than one control in ten passes."""
    controls = len(sides[1])
    most = math.ceil(CHALLENGE_RATE * controls - 1e-9) - 1
    tpr, _ = tpr_interval(*sides, most / controls, UNCORRECTED_LEVEL)
    return {f"TPR below {100 * CHALLENGE_RATE:g} % FPR": tpr}


def together(releases: Sequence[Mapping[str, Sides]]) -> dict[str, Sides]:
    """Put the scores of all releases into one ranking, outcome by outcome."""
    found = {}
    for name in _names(releases):
        sides = [release[name] for release in releases if name in release]
        members, controls = (np.concatenate(side) for side in zip(*sides, strict=True))
        found[name] = (members, controls)
    return found


def tables(found: Mapping[str, Mapping[str, Figures]], as_one: Mapping[str, Figures]) -> str:
    """Lay out each measure of every outcome by release, and the means over releases."""
    releases = list(found.values())
    names = _names(releases)
    measures = [*next(iter(releases[0].values()))] if names else []
    means = {
        name: {
            measure: float(np.mean([one[name][measure] for one in releases if name in one]))
            for measure in measures
        }
        for name in names
    }
    columns = {**found, "mean": means, **({TOGETHER: as_one} if as_one else {})}
    parts = []
    for measure in measures:
        lines = [
            [
                f"`{name}`",
                *(_shown(column.get(name, {}).get(measure)) for column in columns.values()),
            ]
            for name in names
        ]
        parts += [measure, markdown(["outcome", *columns], lines)]
    if len(measures) > 1:
        lines = [
            [f"`{name}`", *(_shown(figure) for figure in figures.values())]
            for name, figures in means.items()
        ]
        parts += ["Means over releases", markdown(["outcome", *measures], lines)]
    return "\n\n".join(parts)


def _names(releases: Sequence[Mapping[str, object]]) -> list[str]:
    """List the outcomes that any release has."""
    return list(dict.fromkeys(name for release in releases for name in release))


def _shown(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.3f}"


def parse() -> argparse.Namespace:
    """Read the command line; all releases of the folder are meant if none is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="MIDST")
    parser.add_argument("--challenge", action="store_true", help="score as the challenge did")
    parser.add_argument("--releases", nargs="+", type=int, metavar="N", help="all if left out")
    parser.add_argument(
        "--attacks", nargs="+", metavar="NAME", help="all on membership and disclosure if left out"
    )
    parser.add_argument("--out", type=Path, help="a JSON file, written after every release")
    arguments = parser.parse_args()
    there = sorted(int(path.name.split("_")[1]) for path in arguments.folder.glob("release_*"))
    if not there:
        parser.error(f"there is no release_1 in {arguments.folder}")
    arguments.releases = arguments.releases or there
    for release in set(arguments.releases) - set(there):
        parser.error(f"there is no release {release}; there are {', '.join(map(str, there))}")
    return arguments


def main() -> None:
    arguments = parse()
    attacks = load_attacks(arguments.attacks)
    if arguments.attacks is None:
        attacks = [attack for attack in attacks if attack.family in FAMILIES]
    make_trial = challenge if arguments.challenge else all_members
    measure = measured_as_challenged if arguments.challenge else measured
    sides: dict[str, dict[str, Sides]] = {}
    found: dict[str, dict[str, Figures]] = {}
    as_one: dict[str, Figures] = {}
    for release in arguments.releases:
        print(f"release {release}", file=sys.stderr, flush=True)
        label = str(release)
        sides[label] = scores(make_trial(arguments.folder, release), attacks)
        found[label] = {name: measure(one) for name, one in sides[label].items()}
        if arguments.challenge:
            ranked = together(list(sides.values()))
            as_one = {name: measure(one) for name, one in ranked.items()}
        if arguments.out:
            written = {"releases": found, TOGETHER: as_one}
            arguments.out.write_text(json.dumps(written, indent=1) + "\n")
    print(tables(found, as_one))


if __name__ == "__main__":
    main()
