"""``reidaudit attacks`` and ``reidaudit explain``, with good and bad third parties."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import Result

from reidaudit import plugins

Run = Callable[..., Result]

THIRD_PARTY = """
from reidaudit.attack import Attack, Family, Need

class Base(Attack):
    version = "3"
    family = Family.LINKABILITY
    def run(self, case, rng):
        return []

class Useless(Base):
    name = "linkability.useless"
    needs = frozenset({Need.GENERATOR, Need.REFERENCE})

class Conditional(Base):
    "Looks\\x1b[31m up a reference."
    name = "linkability.conditional"
    needs = frozenset({Need.REFERENCE})

class Strange(Base):
    name = "linkability.strange"
    needs = frozenset({"luck"})

class Broken(Base):
    name = "linkability.broken"
    def __init__(self):
        raise ValueError("out of order")
"""


@pytest.fixture
def _third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "third_party.py").write_text(THIRD_PARTY)
    monkeypatch.syspath_prepend(str(tmp_path))
    names = ("Useless", "Conditional", "Strange", "Broken")
    points = [
        EntryPoint(f"linkability.{name.lower()}", f"third_party:{name}", plugins.GROUP)
        for name in names
    ]
    monkeypatch.setattr(plugins, "entry_points", lambda group: points)


def test_the_built_in_attacks_are_listed(run: Run) -> None:
    result = run("attacks")
    assert result.exit_code == 0
    header, *lines = result.stdout.splitlines()
    assert header.split()[:3] == ["NAME", "FAMILY", "VERSION"]
    names = [line.split()[0] for line in lines]
    assert "disclosure.exact_copy" in names
    assert names == sorted(names)


def test_json_says_where_attacks_come_from(run: Run) -> None:
    listed = {entry["name"]: entry for entry in json.loads(run("attacks", "--json").stdout)}
    entry = listed["attribute_inference.nearest_neighbour"]
    assert entry["needs"] == ["sensitive"]
    assert entry["runs"] == "yes"
    assert entry["distribution"].startswith("reidaudit ")
    assert entry["entry_point"].startswith("reidaudit_attacks.")


@pytest.mark.usefixtures("_third_party")
class TestThirdParties:
    def test_what_cannot_run_says_why(self, run: Run) -> None:
        listed = {entry["name"]: entry for entry in json.loads(run("attacks", "--json").stdout)}
        assert {name.split(".")[1]: entry["runs"] for name, entry in listed.items()} == {
            "useless": "no",
            "conditional": "if",
            "strange": "no",
            "broken": "no",
        }
        assert "generator" in listed["linkability.useless"]["reason"]
        assert "needs" in listed["linkability.strange"]["reason"]
        assert "out of order" in listed["linkability.broken"]["reason"]

    def test_the_table_does_not_break(self, run: Run) -> None:
        result = run("attacks")
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) == 5
        assert "no: it needs the generator itself" in result.stdout
        assert "if met: it needs a reference table" in result.stdout

    def test_explain_cleans_the_docstring(self, run: Run) -> None:
        result = run("explain", "linkability.conditional")
        assert "Looks?[31m up a reference." in result.stdout
        assert "third_party:Conditional" in result.stdout

    def test_explain_takes_no_docstring_from_the_contract(self, run: Run) -> None:
        assert "It has no docstring." in run("explain", "linkability.useless").stdout

    def test_explain_what_cannot_be_loaded_is_an_error(self, run: Run) -> None:
        assert run("explain", "linkability.broken").exit_code == 2


def test_explain_a_built_in_attack(run: Run) -> None:
    result = run("explain", "disclosure.exact_copy")
    assert result.exit_code == 0
    for words in ("equal in every audited column?", "disclosure", "reidaudit_attacks.exact_copy"):
        assert words in result.stdout


def test_explain_an_unknown_attack_names_a_near_one(run: Run) -> None:
    result = run("explain", "disclosure.exact_cpoy")
    assert result.exit_code == 2
    assert "'disclosure.exact_copy'" in result.stderr
