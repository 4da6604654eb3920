"""Histograms of distances to the release, coarse enough to show no single person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reidaudit.data.small_counts import FEWEST_TOLD
from reidaudit.policy.finding import Findings
from reidaudit.report.drawn_model import DistanceBin, Distances
from reidaudit.vocabulary import Family, MeasureName

BINS = 12
FloatArray = npt.NDArray[np.float64]


def distances_of(findings: Findings) -> list[Distances]:
    """Return a histogram for every outcome that scores people by minus a distance.

    The first bin holds distance zero, the copies, by itself. The others are equally wide up to
    where all but a twentieth of the people lie, at round edges, as the exact ones would each be
    somebody's distance. Counts below eight are withheld, and never one of them alone, as it would
    be what the others leave of all people.
    """
    return [
        Distances(finding=finding.id, bins=_bins(-finding.scored.members, -finding.scored.controls))
        for finding in findings.findings
        if finding.scored is not None
        and finding.attack.family is Family.NEAREST_NEIGHBOUR
        and finding.spec.name is MeasureName.AUC
        and not finding.is_view
        and _are_distances(finding.scored.members, finding.scored.controls)
    ]


def _are_distances(members: FloatArray, controls: FloatArray) -> bool:
    """A plug-in may score nearness otherwise, and what is no distance has no histogram here."""
    scores = np.concatenate([members, controls])
    return len(scores) > 0 and bool(np.isfinite(scores).all() and (scores <= 0).all())


def _bins(members: FloatArray, controls: FloatArray) -> list[DistanceBin]:
    edges = _edges(np.concatenate([members, controls]))
    shown = (_withhold(_counts(members, edges)), _withhold(_counts(controls, edges)))
    ends: list[float | None] = [*edges, None]
    return [
        DistanceBin(up_to=end, members=inside, controls=outside)
        for end, inside, outside in zip(ends, *shown, strict=True)
    ]


def _edges(distances: FloatArray) -> list[float]:
    far = float(np.quantile(distances, 0.95))
    if far <= 0:
        return [0.0]
    step = far / BINS
    digits = 1 - int(np.floor(np.log10(step)))
    step = float(np.ceil(step * 10**digits) / 10**digits)
    return [round(step * number, max(digits, 0)) for number in range(BINS + 1)]


def _counts(distances: FloatArray, edges: list[float]) -> list[int]:
    place = np.searchsorted(edges, distances, side="left")
    counts: list[int] = np.bincount(place, minlength=len(edges) + 1).tolist()
    return counts


def _withhold(counts: list[int]) -> list[int | None]:
    hidden = {place for place, count in enumerate(counts) if 0 < count < FEWEST_TOLD}
    others = [place for place, count in enumerate(counts) if count >= FEWEST_TOLD]
    if len(hidden) == 1 and others:
        hidden.add(min(others, key=lambda place: counts[place]))
    return [None if place in hidden else count for place, count in enumerate(counts)]
