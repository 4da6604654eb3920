"""Nothing that an attack gets to see says who is a member, not even the numbering of codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from reidaudit.attack import Case
from reidaudit.testing_tables import example_case

SEEDS = range(5)


def p_value_of(values: Any, is_member: Any) -> float:
    """Two-sided rank test of members against controls."""
    if len(np.unique(values)) == 1:
        return 1.0
    return float(stats.mannwhitneyu(values[is_member], values[~is_member]).pvalue)


def visible(case: Case) -> dict[str, Any]:
    encoded = case.encoded("gower")["pool"]
    keys, _ = case.keys()
    return {
        "place in the pool": np.arange(case.n_targets),
        "entities": case.entities,
        **{f"codes {column}": codes for column, codes in enumerate(case.pool.codes)},
        **{f"words {column}": words for column, words in enumerate(encoded.words)},
        **{f"numbers {column}": numbers for column, numbers in enumerate(encoded.numbers)},
        "keys": keys.whole,
    }


@pytest.mark.parametrize("example", ["fresh", "many_rows_per_person"])
def test_no_array_tells_members_from_controls(example: str) -> None:
    found: dict[str, list[float]] = {}
    for seed in SEEDS:
        name = f"fresh {seed}" if example == "fresh" else example
        case, is_member = example_case(name, seed, shuffle=seed)
        for what, values in visible(case).items():
            found.setdefault(what, []).append(p_value_of(values, is_member))
    telling = [what for what, p_values in found.items() if np.median(p_values) < 1e-3]
    assert telling == []
