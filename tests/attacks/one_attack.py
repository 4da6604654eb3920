"""An audit by a single attack, and its findings by outcome and measure."""

from __future__ import annotations

from typing import Any

import pandas as pd

import reidaudit
from reidaudit.report.model import Finding

Found = dict[tuple[str, str], Finding]


def findings_of(
    attack: str,
    train: pd.DataFrame,
    release: pd.DataFrame,
    holdout: pd.DataFrame,
    **options: Any,
) -> Found:
    """Audit with one attack, without the check on itself."""
    report = reidaudit.audit(
        train,
        release,
        holdout,
        attacks=[attack],
        permutations=100,
        self_check=False,
        **options,
    )
    return {(finding.outcome, finding.measure.value): finding for finding in report.findings}
