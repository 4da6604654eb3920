"""``reidaudit audit``: exit codes, outputs, options and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import reidaudit.journey as journey
from reidaudit.errors import InputError

Run = Callable[..., Result]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command line asks of `reidaudit.audit`, which is not run."""
    seen: dict[str, Any] = {}

    def record(*tables: object, **options: object) -> None:
        seen.update(options, tables=tables)
        raise InputError("stopped here")

    monkeypatch.setattr(journey, "audit", record)
    return seen


class TestExitCodes:
    def test_a_leaky_release_exits_with_1(self, run: Run, leaky: list[str]) -> None:
        assert run(*leaky).exit_code == 1

    def test_exit_zero_shows_the_verdict_and_exits_with_0(self, run: Run, leaky: list[str]) -> None:
        result = run(*leaky, "--exit-zero", "-o", "json")
        report = json.loads(result.stdout)
        assert result.exit_code == 0
        assert (report["verdict"], report["exit_code"], report["enforced"]) == ("fail", 0, False)
        assert "FAIL" in result.stderr

    def test_a_release_that_holds_generous_limits_exits_with_0(
        self, run: Run, fresh: list[str]
    ) -> None:
        result = run(*fresh, "--policy", _generous_policy())
        assert result.exit_code == 0
        assert "PASS" in result.stderr

    def test_fail_on_warn_lets_warnings_fail(self, run: Run, fresh: list[str]) -> None:
        result = run(*fresh, "--policy", _generous_policy(), "--fail-on", "warn", "-o", "json")
        assert json.loads(result.stdout)["warnings"]
        assert result.exit_code == 1

    def test_without_time_the_exit_code_is_3(self, run: Run, fresh: list[str]) -> None:
        result = run(*fresh, "--policy", _generous_policy(), "--max-seconds", "1e-9", "-o", "json")
        report = json.loads(result.stdout)
        assert result.exit_code == 3
        assert report["verdict"] == "incomplete"
        assert {row["reason"] for row in report["not_run"]} == {
            "the time allowed, 1e-09 seconds, was used up"
        }
        assert "INCOMPLETE" in result.stderr

    @pytest.mark.parametrize("seconds", ["0", "-5", "nan", "inf", "soon"])
    def test_a_time_that_makes_no_sense_exits_with_2(
        self, run: Run, fresh: list[str], seconds: str
    ) -> None:
        assert run(*fresh, f"--max-seconds={seconds}").exit_code == 2

    def test_without_controls_the_exit_code_is_3(self, run: Run, tables: dict[str, str]) -> None:
        result = run("audit", "--train", tables["train"], "--synthetic", tables["fresh"])
        assert result.exit_code == 3
        assert "INCOMPLETE" in result.stderr

    @pytest.mark.parametrize(
        "extra",
        [
            ["--train", "nowhere.csv"],
            ["--sensitive", "nothing"],
            ["--attack", "nothing"],
            ["--policy", "nowhere.toml"],
            ["-o", "pdf"],
            ["-o", "html="],
            ["-o", "json", "-o", "text"],
            ["-f", "json", "-o", "text"],
            ["-o", "json=a", "-o", "html=a"],
            ["-o", "nowhere/report.html"],
            ["-q", "-v"],
        ],
    )
    def test_errors_exit_with_2_and_say_so_in_one_line(
        self, run: Run, leaky: list[str], extra: list[str]
    ) -> None:
        result = run(*leaky, *extra)
        errors = [line for line in result.stderr.splitlines() if not line.startswith("[")]
        assert result.exit_code == 2
        assert result.stdout == ""
        assert len(errors) == 1
        assert errors[0].startswith("reidaudit: error: ")

    @pytest.mark.parametrize(
        "extra",
        [["--preset", "lax"], ["-f", "pdf"], ["--seed", "-1"], ["--workers", "0"], ["--what"]],
    )
    def test_wrong_usage_exits_with_2(self, run: Run, leaky: list[str], extra: list[str]) -> None:
        assert run(*leaky, *extra).exit_code == 2

    def test_missing_tables_exit_with_2(self, run: Run) -> None:
        result = run("audit")
        assert result.exit_code == 2
        assert "--train" in result.stderr


class TestInternalErrors:
    @pytest.fixture(autouse=True)
    def _broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*args: object, **options: object) -> None:
            raise ZeroDivisionError("secret value 4711")

        monkeypatch.setattr("reidaudit.journey.build_tables", broken)

    def test_they_exit_with_70_and_do_not_quote_data(self, run: Run, leaky: list[str]) -> None:
        result = run(*leaky, "-q", "-o", "report.json")
        assert result.exit_code == 70
        assert len(result.stderr.splitlines()) == 1
        assert "ZeroDivisionError in reidaudit.journey, line" in result.stderr
        assert "4711" not in result.output
        assert list(Path().iterdir()) == []

    def test_verbose_shows_the_traceback(self, run: Run, leaky: list[str]) -> None:
        result = run(*leaky, "-v")
        assert result.exit_code == 70
        assert "Traceback" in result.stderr
        assert "4711" in result.stderr


def test_an_attack_that_exits_does_not_let_a_release_through(
    run: Run, leaky: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(*args: object, **options: object) -> None:
        raise SystemExit(0)

    monkeypatch.setattr(journey, "audit", leave)
    assert run(*leaky).exit_code == 70


def test_an_interrupt_exits_with_130(
    run: Run, leaky: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(journey, "audit", interrupted)
    assert run(*leaky, "-o", "report.json").exit_code == 130
    assert list(Path().iterdir()) == []


class TestOutputs:
    def test_standard_output_carries_json_only(self, run: Run, leaky: list[str]) -> None:
        result = run(*leaky, "-o", "json")
        assert json.loads(result.stdout)["verdict"] == "fail"
        assert "FAIL" in result.stderr

    def test_prints_of_attacks_stay_off_standard_output(
        self, run: Run, leaky: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from reidaudit_attacks.exact_copy import ExactCopy

        original = ExactCopy.run

        def chatty(self: ExactCopy, case: Any, rng: Any) -> Any:
            print("I am running")
            return original(self, case, rng)

        monkeypatch.setattr(ExactCopy, "run", chatty)
        result = run(*leaky, "-o", "json")
        assert json.loads(result.stdout)
        assert "I am running" in result.stderr

    def test_without_o_standard_output_is_empty(self, run: Run, leaky: list[str]) -> None:
        result = run(*leaky)
        assert result.stdout == ""
        assert "Next: " in result.stderr

    def test_text_is_the_summary_and_is_not_said_twice(self, run: Run, leaky: list[str]) -> None:
        result = run(*leaky, "-o", "text")
        assert "FAIL" in result.stdout
        assert "FAIL" not in result.stderr

    def test_files_and_standard_output_together(self, run: Run, leaky: list[str]) -> None:
        result = run(
            *leaky, "-o", "json", "-o", "html=a.html", "-o", "b.JSON", "-o", "text=c d=e.out"
        )
        assert json.loads(result.stdout) == json.loads(Path("b.JSON").read_text("utf-8"))
        assert Path("a.html").read_text("utf-8").lower().startswith("<!doctype html>")
        assert "FAIL" in Path("c d=e.out").read_text("utf-8")
        assert sorted(path.name for path in Path().iterdir()) == ["a.html", "b.JSON", "c d=e.out"]
        assert "Reports: a.html, b.JSON, c d=e.out" in result.stderr

    @pytest.mark.parametrize(
        ("output_format", "begins"),
        [
            ("text", "✗ FAIL: "),
            ("markdown", "## ✗ FAIL: "),
            ("csv", "id,attack,"),
            ("junit", "<?xml "),
            ("SARIF", '{\n  "$schema": '),
        ],
    )
    def test_format_is_what_goes_to_standard_output(
        self, run: Run, leaky: list[str], output_format: str, begins: str
    ) -> None:
        result = run(*leaky, "--format", output_format, "-o", "a.md")
        assert result.stdout.startswith(begins)
        assert Path("a.md").read_text("utf-8").startswith("## ✗ FAIL: ")

    def test_a_dash_is_standard_output(self, run: Run, leaky: list[str]) -> None:
        assert json.loads(run(*leaky, "-o", "json=-").stdout)

    def test_quiet_says_nothing(self, run: Run, leaky: list[str]) -> None:
        assert run(*leaky, "-q").output == ""

    def test_a_machine_is_told_no_time_left(self, run: Run, leaky: list[str]) -> None:
        assert " left" not in run(*leaky).stderr

    def test_progress_is_a_line_a_step(self, run: Run, leaky: list[str]) -> None:
        lines = run(*leaky).stderr.splitlines()
        assert re.fullmatch(r"\[1/\d+\] reading the tables", lines[0])
        assert lines[1].startswith("[2/")

    def test_verbose_lists_findings_and_timings(self, run: Run, leaky: list[str]) -> None:
        stderr = run(*leaky, "-v").stderr
        assert "- disclosure.exact_copy:" in stderr
        assert "Seconds: reading the tables " in stderr

    def test_an_input_is_never_overwritten(
        self, run: Run, tables: dict[str, str], leaky: list[str]
    ) -> None:
        before = Path(tables["train"]).read_bytes()
        result = run(*leaky, "-o", f"json={tables['train']}")
        assert result.exit_code == 2
        assert Path(tables["train"]).read_bytes() == before

    @pytest.mark.parametrize("place", [".", "/dev/null", "/dev/stdout"])
    def test_folders_and_devices_are_refused_before_the_run(
        self, run: Run, leaky: list[str], asked: dict[str, Any], place: str
    ) -> None:
        assert run(*leaky, "-o", f"json={place}").exit_code == 2
        assert not asked

    def test_an_old_report_survives_an_error(self, run: Run, leaky: list[str]) -> None:
        Path("report.json").write_text("old")
        assert run(*leaky, "--sensitive", "nothing", "-o", "report.json").exit_code == 2
        assert Path("report.json").read_text() == "old"

    def test_the_report_is_overwritten_by_a_new_one(self, run: Run, leaky: list[str]) -> None:
        Path("report.json").write_text("old")
        run(*leaky, "-o", "report.json")
        assert json.loads(Path("report.json").read_text("utf-8"))["verdict"] == "fail"


class TestHostileNames:
    @pytest.mark.parametrize("name", ["\x1b[31mred", "two\nlines", "<script>", "\u202egnp", "[b]x"])
    def test_in_messages(self, run: Run, leaky: list[str], name: str) -> None:
        result = run(*leaky, "-q", "--sensitive", name)
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
        assert result.stderr.rstrip("\n").isprintable()

    def test_in_paths(self, run: Run, leaky: list[str]) -> None:
        result = run(*leaky, "-q", "--train", "a\n\x1b[2Jb.csv")
        assert len(result.stderr.splitlines()) == 1
        assert result.stderr.rstrip("\n").isprintable()


class TestPolicies:
    def test_the_built_in_preset_where_there_is_none(
        self, run: Run, leaky: list[str], asked: dict[str, Any]
    ) -> None:
        run(*leaky)
        assert asked["policy"] is None

    def test_the_policy_that_names_no_column_is_named(self, run: Run, fresh: list[str]) -> None:
        Path("mine.toml").write_text('[columns]\nincme = { role = "sensitive" }\n')
        result = run(*fresh, "--policy", "mine.toml")
        assert result.exit_code == 2
        assert "policy (mine.toml): train has no column 'incme'" in result.stderr
        assert "policy (" not in run(*fresh, "--sensitive", "incme").stderr

    def test_the_policy_of_the_folder_is_found_and_named(self, run: Run, leaky: list[str]) -> None:
        Path("reidaudit.toml").write_text('preset = "controlled"\n')
        result = run(*leaky, "-o", "json")
        policy = json.loads(result.stdout)["policy"]
        assert (policy["preset"], policy["source"]) == ("controlled", "reidaudit.toml")
        assert "judging by reidaudit.toml" in result.stderr

    def test_pyproject_serves_too(self, run: Run, leaky: list[str]) -> None:
        Path("pyproject.toml").write_text('[tool.reidaudit]\npreset = "internal"\n')
        assert json.loads(run(*leaky, "-o", "json").stdout)["policy"]["preset"] == "internal"

    def test_the_option_wins_over_the_folder(
        self, run: Run, leaky: list[str], asked: dict[str, Any]
    ) -> None:
        Path("reidaudit.toml").write_text("this is not even TOML")
        run(*leaky, "--policy", "other.toml")
        assert asked["policy"] == Path("other.toml")

    def test_preset_overrides_the_preset_and_keeps_the_rest(
        self, run: Run, leaky: list[str]
    ) -> None:
        Path("reidaudit.toml").write_text('preset = "public"\ncontext = { purpose = "a test" }\n')
        report = json.loads(run(*leaky, "--preset", "internal", "-o", "json").stdout)
        assert report["policy"]["preset"] == "internal"
        assert report["policy"]["source"] == "reidaudit.toml"
        assert report["context"]["purpose"] == "a test"

    def test_preset_alone(self, run: Run, leaky: list[str]) -> None:
        policy = json.loads(run(*leaky, "--preset", "internal", "-o", "json").stdout)["policy"]
        assert (policy["preset"], policy["source"]) == ("internal", "built-in preset")

    def test_an_invalid_policy_exits_with_2(self, run: Run, leaky: list[str]) -> None:
        Path("reidaudit.toml").write_text('presett = "public"\n')
        result = run(*leaky)
        assert result.exit_code == 2
        assert "'preset'" in result.stderr


class TestEnvironment:
    def test_every_option_has_a_short_variable(
        self, run: Run, asked: dict[str, Any], tables: dict[str, str]
    ) -> None:
        result = run(
            "audit",
            env={
                "REIDAUDIT_TRAIN": tables["train"],
                "REIDAUDIT_SYNTHETIC": tables["fresh"],
                "REIDAUDIT_HOLDOUT": tables["holdout"],
                "REIDAUDIT_SEED": "7",
                "REIDAUDIT_WORKERS": "2",
                "REIDAUDIT_PERMUTATIONS": "9",
                "REIDAUDIT_ENTITY": "who",
                "REIDAUDIT_SENSITIVE": "ill, income",
                "REIDAUDIT_QUASI_IDENTIFIER": "age, in years\nhome city\n",
                "REIDAUDIT_ATTACK": "disclosure.exact_copy",
                "REIDAUDIT_FAIL_ON": "warn",
                "REIDAUDIT_EXIT_ZERO": "1",
                "REIDAUDIT_QUIET": "1",
            },
        )
        assert result.exit_code == 2  # `asked` stops it
        assert result.stderr == "reidaudit: error: stopped here\n"
        assert [asked["seed"], asked["workers"], asked["permutations"]] == [7, 2, 9]
        assert asked["tables"][2] == Path(tables["holdout"])
        assert asked["entity"] == "who"
        assert asked["sensitive"] == ("ill", "income")
        assert asked["quasi_identifiers"] == ("age, in years", "home city")
        assert asked["attacks"] == ("disclosure.exact_copy",)
        assert asked["fail_on_warn"] is True
        assert asked["enforced"] is False

    def test_the_exact_variable_wins_over_the_short_one_and_the_option_over_both(
        self, run: Run, leaky: list[str], asked: dict[str, Any]
    ) -> None:
        both = {"REIDAUDIT_SEED": "1", "REIDAUDIT_AUDIT_SEED": "2"}
        run(*leaky, env=both)
        assert asked["seed"] == 2
        run(*leaky, "--seed", "3", env=both)
        assert asked["seed"] == 3

    def test_outputs(self, run: Run, leaky: list[str]) -> None:
        result = run(*leaky, env={"REIDAUDIT_OUTPUT": "json,html=r.html", "REIDAUDIT_QUIET": "1"})
        assert json.loads(result.stdout)
        assert Path("r.html").exists()

    def test_format(self, run: Run, leaky: list[str]) -> None:
        result = run(*leaky, env={"REIDAUDIT_FORMAT": "junit", "REIDAUDIT_QUIET": "1"})
        assert result.stdout.startswith("<?xml ")

    def test_a_bad_value_exits_with_2(self, run: Run, leaky: list[str]) -> None:
        assert run(*leaky, env={"REIDAUDIT_SEED": "many"}).exit_code == 2


def test_the_same_seed_gives_the_same_findings(run: Run, leaky: list[str]) -> None:
    one, two = (
        json.loads(run(*leaky, "-o", "json", "--workers", workers).stdout) for workers in "12"
    )
    assert one["findings"] == two["findings"]


def _generous_policy() -> str:
    names = ["disclosure.excess", "attribute_inference.excess"]
    limits = "".join(f'"{name}" = {{ max = 0.9, source = "a test" }}\n' for name in names)
    required = 'require = ["disclosure", "attribute_inference"]'
    Path("generous.toml").write_text(f'preset = "internal"\n{required}\n[limits]\n{limits}')
    return "generous.toml"
