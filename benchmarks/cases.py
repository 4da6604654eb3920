"""Audit cases whose truth is known, and hold the verdicts against it.

A folder of cases has one folder for each case with a ``case.json``: paths of the tables, kinds and
roles of the columns, the truth, and the verdicts that are right.

    python benchmarks/cases.py CASES [--only PATTERN] [--permutations 500] [--out verdicts.json]

A leaky case that is not failed is a miss, a harmless one that is failed is a false alarm, and any
case that passes although it is leaky is the worst of all: a wrong pass.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import reidaudit

# kinds that a case's file calls by another name
KINDS = {"id": "identifier", "date": "datetime"}


def tables_of(folder: Path, case: dict[str, Any]) -> dict[str, Path]:
    """Find the tables of a case by their role in an audit."""
    return {role: folder / name for role, name in case["files"].items()}


def schema_of(case: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return kinds and roles of the columns as an audit takes them."""
    return {
        column["name"]: {
            "kind": KINDS.get(column["kind"], column["kind"]),
            "role": column["role"],
        }
        for column in case["columns"]
    }


def audit_case(folder: Path, case: dict[str, Any], permutations: int) -> reidaudit.Report:
    files = tables_of(folder, case)
    return reidaudit.audit(
        files["train"],
        files["synthetic"],
        files.get("holdout"),
        files.get("reference"),
        schema=schema_of(case),
        permutations=permutations,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--only", default="*")
    parser.add_argument("--permutations", type=int, default=500)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    by_group: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    verdicts = {}
    for path in sorted(arguments.cases.glob("*/case.json")):
        if not fnmatch.fnmatch(path.parent.name, arguments.only):
            continue
        case = json.loads(path.read_text())
        report = audit_case(path.parent, case, arguments.permutations)
        verdict = report.verdict.value
        right = verdict in case["accept"]
        verdicts[case["id"]] = verdict
        by_group[case["group"], case["truth"]][verdict] += 1
        print(
            f"{'ok' if right else '--'}  {case['truth']:9s} {verdict:13s} {case['id']}", flush=True
        )
        if not right:
            print(f"      {' '.join(report.model.why)[:300]}", flush=True)
    for (group, truth), counts in sorted(by_group.items()):
        print(f"{group} {truth:9s} {dict(counts)}")
    if arguments.out:
        arguments.out.write_text(json.dumps(verdicts, indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
