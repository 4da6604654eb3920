"""Anonymeter's three evaluators on three CSV files; runs in an environment that has it.

    python peer_anonymeter.py TRAIN HOLDOUT RELEASE TARGETS

Prints, for each risk, its highest lower end, and the seconds of all evaluations of that risk.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pandas as pd
from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator

train, holdout, release = (pd.read_csv(path) for path in sys.argv[1:4])
targets = int(sys.argv[4])
columns = list(train.columns)
half = len(columns) // 2
data = {"ori": train, "syn": release, "control": holdout}
warnings.simplefilter("ignore")


def evaluators() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield the risk, the evaluator, and how it is told to evaluate."""
    for mode, more in (("univariate", {}), ("multivariate", {"n_cols": 4})):
        evaluator = SinglingOutEvaluator(**data, n_attacks=2 * targets, **more)
        yield "singling out", evaluator, {"mode": mode}
    parts = (columns[:half], columns[half:])
    evaluator = LinkabilityEvaluator(**data, n_attacks=targets, aux_cols=parts, n_neighbors=10)
    yield "linkability", evaluator, {"n_jobs": -1}
    for secret in columns:
        known = [column for column in columns if column != secret]
        evaluator = InferenceEvaluator(**data, aux_cols=known, secret=secret, n_attacks=targets)
        yield "inference", evaluator, {"n_jobs": -1}


found: dict[str, dict[str, float]] = {}
for risk, evaluator, how in evaluators():
    start = time.perf_counter()
    evaluator.evaluate(**how)
    try:
        estimate = evaluator.risk(confidence_level=0.95)
        row = {"value": estimate.value, "low": estimate.ci[0], "high": estimate.ci[1]}
    except (RuntimeError, ZeroDivisionError) as error:
        print(risk, how, error, file=sys.stderr)
        row = {"value": 0.0, "low": 0.0, "high": 1.0}
    seconds = time.perf_counter() - start
    before = found.get(risk, {"low": -1.0, "seconds": 0.0})
    best = row if row["low"] > before["low"] else before
    found[risk] = {**best, "seconds": before["seconds"] + seconds}
print(json.dumps(found))
