"""What is drawn beside the findings: curves and histograms without single people."""

from __future__ import annotations

from pydantic import Field

from reidaudit.report.part import ReportPart


class Roc(ReportPart):
    """A receiver operating characteristic, thinned for drawing."""

    finding: str
    fpr: list[float]
    tpr: list[float]


class DistanceBin(ReportPart):
    """How many members and controls lie that far from the release."""

    up_to: float | None = Field(description="Where the bin ends; null for the last one.")
    members: int | None = Field(description="Null where withheld: too few, or telling of few.")
    controls: int | None = Field(description="Null where withheld: too few, or telling of few.")


class Distances(ReportPart):
    """A histogram of the distances to the nearest release records, without single people."""

    finding: str
    bins: list[DistanceBin] = Field(
        description="From the nearest to the farthest; the first holds distance zero alone."
    )
