"""Audit cases whose truth is known, and hold the verdicts against it.

A folder of cases has one folder for each case with a ``case.json``: paths of the tables, kinds and
roles of the columns, the truth, and the verdicts that are right.

    python benchmarks/cases.py CASES [--only PATTERN] [--processes 2] [--out verdicts.jsonl]

A leaky case that is not failed is a miss, a harmless one that is failed is a false alarm, and any
case that passes although it is leaky is the worst of all: a wrong pass. Every case is a line of
``--out`` as soon as it was audited, and those in the file are not audited again.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from audits import markdown
from joblib import Parallel, delayed

import reidaudit
from reidaudit.vocabulary import Verdict

# kinds that a case's file calls by another name
KINDS = {"id": "identifier", "date": "datetime"}
Judged = dict[str, Any]
"""A case's id, group and truth, its verdict and why, and whether that is right."""


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


def judge(path: Path, permutations: int) -> Judged:
    """Audit a case, and tell whether the verdict is right."""
    case = json.loads(path.read_text(encoding="utf-8"))
    files = tables_of(path.parent, case)
    report = reidaudit.audit(
        files["train"],
        files["synthetic"],
        files.get("holdout"),
        files.get("reference"),
        schema=schema_of(case),
        permutations=permutations,
        workers=1,
    )
    verdict = report.verdict.value
    named = {key: case[key] for key in ("id", "group", "truth")}
    failed = [f"{f.attack}:{f.outcome}" for f in report.findings if f.verdict == "fail"]
    return {
        **named,
        "verdict": verdict,
        "right": verdict in case["accept"],
        "failed": failed,
        "why": list(report.model.why),
    }


def summary(judged: Sequence[Judged]) -> str:
    """Count verdicts by group and truth, with the sums by truth at the end."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in judged:
        for key in ((row["group"], row["truth"]), ("all", row["truth"])):
            counts[key][row["verdict"]] += 1
            counts[key]["right"] += row["right"]
    heads = [verdict.value for verdict in Verdict] + ["right"]
    keys = sorted(counts, key=lambda key: (key[0] == "all", key))
    lines = [[*key, *(str(counts[key][head]) for head in heads)] for key in keys]
    return markdown(["group", "truth", *heads], lines, texts=2)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", type=Path)
    parser.add_argument("--only", default="*")
    parser.add_argument("--permutations", type=int, default=500)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a file with a line of JSON for every case")
    asked = parser.parse_args()
    paths = sorted(asked.cases.glob("*/case.json"))
    paths = [path for path in paths if fnmatch.fnmatch(path.parent.name, asked.only)]
    lines = asked.out.read_text("utf-8").splitlines() if asked.out and asked.out.exists() else []
    judged = {row["id"]: row for row in map(json.loads, lines)}
    missing = [path for path in paths if path.parent.name not in judged]
    parallel = Parallel(n_jobs=asked.processes, return_as="generator")
    for row in parallel(delayed(judge)(path, asked.permutations) for path in missing):
        judged[row["id"]] = row
        print("ok" if row["right"] else "--", row["truth"], row["verdict"], row["id"], flush=True)
        if not row["right"]:
            print(f"      {' '.join(row['why'])[:300]}", flush=True)
        if asked.out:
            with asked.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    print(summary([judged[path.parent.name] for path in paths]))


if __name__ == "__main__":
    main()
