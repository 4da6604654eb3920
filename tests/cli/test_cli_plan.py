"""``reidaudit plan``: sizes, sensitivity and time, without an audit."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]
QUICK = ("--permutations", "20", "--workers", "1")


def test_tables_are_planned(run: Run, tables: dict[str, str]) -> None:
    result = run("plan", "--train", tables["train"], "--holdout", tables["holdout"], *QUICK)
    assert result.exit_code == 0
    assert "300 members, 300 controls, a release of 300 rows, 4 columns" in result.stdout
    assert "verbatim copies of" in result.stdout
    assert "more than the limit" in result.stdout
    assert "with 1 worker on this machine" in result.stdout


def test_sizes_are_planned_as_json(run: Run) -> None:
    result = run("plan", "--members", "5000", "--controls", "1000", "--json", *QUICK)
    assert result.exit_code == 0
    planned = json.loads(result.stdout)
    assert (planned["members"], planned["controls"], planned["columns"]) == (5000, 1000, 10)
    assert planned["expected_seconds"] > 0
    for item in planned["sensitivity"]:
        assert 0 < item["smallest_visible"] <= 1
        assert item["is_blind"] == (item["smallest_visible"] > item["limit"])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--train", "a.csv"],
        ["--members", "10"],
        ["--train", "a.csv", "--controls", "10"],
        ["--train", "a.csv", "--holdout", "b.csv", "--columns", "3"],
    ],
)
def test_tables_or_sizes_but_not_a_bit_of_each(run: Run, arguments: list[str]) -> None:
    result = run("plan", *arguments)
    assert result.exit_code == 2
    assert "give either --train and --holdout, or --members and --controls" in result.stderr


def test_options_about_tables_need_tables(run: Run) -> None:
    result = run("plan", "--members", "10", "--controls", "10", "--entity", "person")
    assert result.exit_code == 2
    assert "--entity is about tables" in result.stderr


def test_a_file_that_is_not_there(run: Run, tables: dict[str, str]) -> None:
    result = run("plan", "--train", "nowhere.csv", "--holdout", tables["holdout"])
    assert result.exit_code == 2
    assert "nowhere.csv" in result.stderr


def test_the_preset_sets_the_limits(run: Run) -> None:
    sizes = ("plan", "--members", "900", "--controls", "900", "--json", *QUICK)
    limits = [
        json.loads(run(*sizes, "--preset", preset).stdout)["sensitivity"][1]["limit"]
        for preset in ("public", "controlled")
    ]
    assert limits == [0.09, 0.2]
