"""``reidaudit policy``: templates are valid, checks are told, the schema is one."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from click.testing import Result

from reidaudit.policy.load import load_policy
from reidaudit.policy.model import Policy
from reidaudit.policy.presets import PRESETS
from reidaudit.policy.template import policy_template

Run = Callable[..., Result]


@pytest.mark.parametrize("preset", PRESETS)
class TestTemplate:
    def test_it_is_the_preset(self, preset: str) -> None:
        content = tomllib.loads(policy_template(PRESETS[preset]))
        assert load_policy(content).model_dump() == Policy(preset=preset).model_dump()

    def test_its_settings_are_valid_and_change_no_limit(self, preset: str) -> None:
        settings = re.sub(r"^#(?=\S)", "", policy_template(PRESETS[preset]), flags=re.MULTILINE)
        policy = load_policy(tomllib.loads(settings))
        limits = PRESETS[preset].limits
        assert {name: entry.max for name, entry in policy.limits.items()} == {
            name: limit.max for name, limit in limits.items()
        }
        assert {name: entry.source for name, entry in policy.limits.items()} == {
            name: limit.source for name, limit in limits.items()
        }
        assert policy.required_families == PRESETS[preset].required_families


class TestInit:
    def test_it_writes_reidaudit_toml(self, run: Run) -> None:
        assert run("policy", "init", "--preset", "controlled").exit_code == 0
        assert load_policy(Path("reidaudit.toml")).preset == "controlled"

    def test_it_overwrites_only_by_force(self, run: Run) -> None:
        Path("mine.toml").write_text("mine")
        assert run("policy", "init", "mine.toml").exit_code == 2
        assert Path("mine.toml").read_text() == "mine"
        assert run("policy", "init", "--force", "mine.toml").exit_code == 0
        assert load_policy(Path("mine.toml")).preset == "public"

    def test_it_proposes_roles_from_a_table(self, run: Run) -> None:
        rows = "\n".join(f"{place % 7},{place % 3}" for place in range(60))
        Path("train.csv").write_text(f'"ho""me\ttown",diagnosis\n{rows}\n')
        result = run("policy", "init", "--from", "train.csv")
        assert "roles proposed for 2 columns" in result.stdout
        text = Path("reidaudit.toml").read_text()
        assert tomllib.loads(text)["columns"] == {}
        confirmed = tomllib.loads(re.sub(r"^#(?=\")", "", text, flags=re.MULTILINE))
        assert confirmed["columns"] == {
            'ho"me\ttown': {"role": "quasi_identifier"},
            "diagnosis": {"role": "sensitive"},
        }

    def test_a_table_that_cannot_be_read_writes_nothing(self, run: Run) -> None:
        result = run("policy", "init", "--from", "nowhere.csv")
        assert result.exit_code == 2
        assert "nowhere.csv" in result.stderr
        assert not Path("reidaudit.toml").exists()

    def test_it_never_touches_pyproject(self, run: Run) -> None:
        Path("pyproject.toml").write_text("[project]\n")
        assert run("policy", "init", "--force", "pyproject.toml").exit_code == 2
        assert Path("pyproject.toml").read_text() == "[project]\n"

    def test_a_missing_folder_is_an_error(self, run: Run) -> None:
        result = run("policy", "init", "nowhere/reidaudit.toml")
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1


class TestCheck:
    def test_it_shows_what_a_policy_comes_to(self, run: Run) -> None:
        Path("reidaudit.toml").write_text(
            'preset = "internal"\nrequire = ["disclosure"]\n'
            '[limits]\n"membership_inference.auc" = { max = 0.6, source = "our board" }\n'
        )
        result = run("policy", "check")
        assert result.exit_code == 0
        assert "Preset: internal" in result.stdout
        assert "Required families: disclosure\n" in result.stdout
        limits = [line.split(maxsplit=2) for line in result.stdout.splitlines()[4:]]
        assert ["membership_inference.auc", "0.6", "ours, set in this file: our board"] in limits
        assert limits[1][:2] == ["disclosure.excess", "0.001"]

    def test_an_invalid_policy_exits_with_2(self, run: Run) -> None:
        Path("bad.toml").write_text('preset = "none"\n')
        result = run("policy", "check", "bad.toml")
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr.startswith("reidaudit: error: bad.toml: preset: ")

    def test_no_policy_exits_with_2(self, run: Run) -> None:
        assert "policy init" in run("policy", "check").stderr
        assert run("policy", "check", "nowhere.toml").exit_code == 2


def waiver(attack: str, days: int) -> str:
    """A policy with one waiver that was created ten days before the other given day."""
    last = datetime.now(UTC).date() + timedelta(days=days)
    return (
        f'[[waiver]]\nid = "w-1"\nattack = "{attack}"\nmeasure = "excess"\naccept = 0.5\n'
        'reason = "Recipients sign an agreement that forbids it."\nowner = "the owner"\n'
        f'approver = "the officer"\ncreated = {last - timedelta(days=10)}\nexpires = {last}\n'
    )


class TestWaivers:
    def test_one_that_has_expired_is_a_warning(self, run: Run) -> None:
        Path("mine.toml").write_text(waiver("disclosure.exact_copy", -1))
        result = run("policy", "check", "mine.toml")
        assert result.exit_code == 0
        (line,) = result.stderr.splitlines()
        assert line.startswith("reidaudit: warning: mine.toml: waiver w-1: it expired on ")

    def test_one_whose_attack_is_misspelt_is_a_warning(self, run: Run) -> None:
        Path("mine.toml").write_text(waiver("disclosure.exact_cpy", 5))
        result = run("policy", "check", "mine.toml")
        assert result.exit_code == 0
        (line,) = result.stderr.splitlines()
        assert line.endswith("disclosure.exact_cpy; did you mean disclosure.exact_copy?")

    def test_one_in_force_is_none(self, run: Run) -> None:
        Path("mine.toml").write_text(waiver("disclosure.exact_copy", 5))
        assert run("policy", "check", "mine.toml").stderr == ""


def test_the_schema_accepts_the_template_and_refuses_misspelt_keys(run: Run) -> None:
    schema = json.loads(run("policy", "schema").stdout)
    content = tomllib.loads(policy_template(PRESETS["public"]))
    jsonschema.validate(content, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content | {"presett": 1}, schema)
