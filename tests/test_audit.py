"""The whole journey on small tables whose truth is known."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

import reidaudit
from reidaudit.errors import UsageError
from reidaudit.report.model import Finding, ReportModel
from reidaudit.report.report import Report
from reidaudit.vocabulary import ExitCode, Family, Verdict

ROWS = 250
UNDECIDED = {Verdict.PASS, Verdict.INCONCLUSIVE}


def people(rng: np.random.Generator, rows: int = ROWS) -> pd.DataFrame:
    age = rng.integers(18, 90, rows)
    return pd.DataFrame(
        {
            "age": age,
            "city": rng.choice(["Aarau", "Bern", "Chur", "Davos"], rows),
            "income": rng.lognormal(10 + age / 100, 0.4).round(2),
            "height": rng.normal(170, 9, rows).round(1),
            "smokes": rng.choice(["yes", "no", None], rows, p=[0.25, 0.7, 0.05]),
            "visits": rng.poisson(3, rows),
        }
    )


def tables(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Train, holdout, and a release of other people of the same population."""
    rng = np.random.default_rng([seed, 77])
    train, holdout, release = (people(rng) for _ in range(3))
    return train, holdout, release


def copied(release: pd.DataFrame, train: pd.DataFrame, share: float) -> pd.DataFrame:
    count = round(share * len(train))
    return pd.concat([train[:count], release[count:]], ignore_index=True)


def audit(
    train: pd.DataFrame, release: pd.DataFrame, holdout: pd.DataFrame | None, **options: Any
) -> Report:
    return reidaudit.audit(
        train, release, holdout, **{"permutations": 300, "workers": 1, **options}
    )


def copies_in(report: Report) -> Finding:
    """The finding that decides on verbatim copies."""
    return next(f for f in report.findings if f.attack == "disclosure.exact_copy" and f.gating)


@pytest.fixture(scope="module")
def fresh() -> Report:
    train, holdout, release = tables(0)
    return audit(train, release, holdout)


@pytest.fixture(scope="module")
def leaking() -> Report:
    train, holdout, release = tables(0)
    return audit(train, copied(release, train, 0.1), holdout)


# --- verdicts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_fresh_rows_never_fail(seed: int) -> None:
    train, holdout, release = tables(seed)
    report = audit(train, release, holdout, seed=seed)
    assert report.verdict in UNDECIDED
    assert report.exit_code in (ExitCode.PASS, ExitCode.UNDECIDED)
    assert copies_in(report).verdict is Verdict.PASS
    assert report.model.any_leak_p_value is not None
    assert report.model.any_leak_p_value > 0.003


@pytest.mark.parametrize("seed", range(2))
def test_one_row_in_ten_copied_fails(seed: int) -> None:
    train, holdout, release = tables(seed)
    report = audit(train, copied(release, train, 0.1), holdout, seed=seed)
    assert report.verdict is Verdict.FAIL
    assert report.exit_code == ExitCode.FAIL
    assert copies_in(report).verdict is Verdict.FAIL
    assert report.model.any_leak_p_value == pytest.approx(1 / 301)


def test_a_release_that_is_the_train_table_fails_in_every_family() -> None:
    train, holdout, _ = tables(1)
    report = audit(train, train, holdout)
    assert report.verdict is Verdict.FAIL
    failed = {f.family for f in report.findings if f.verdict is Verdict.FAIL}
    assert {Family.DISCLOSURE, Family.MEMBERSHIP_INFERENCE, Family.ATTRIBUTE_INFERENCE} <= failed
    warned = {f.family for f in report.findings if f.warning}
    assert Family.NEAREST_NEIGHBOUR in warned


def test_without_a_holdout_the_audit_is_incomplete() -> None:
    train, _, release = tables(2)
    report = audit(train, release, None)
    assert report.verdict is Verdict.INCOMPLETE
    assert report.exit_code == ExitCode.UNDECIDED
    assert report.model.any_leak_p_value is None
    assert not any(finding.verdict is Verdict.PASS for finding in report.findings)
    rates = [f for f in report.findings if f.measure == "member_rate"]
    assert rates
    assert all(not finding.gating for finding in rates)


def test_a_release_that_is_the_holdout_is_invalid() -> None:
    train, holdout, _ = tables(2)
    report = audit(train, holdout, holdout)
    assert report.verdict is Verdict.INVALID
    assert report.exit_code == ExitCode.UNDECIDED


def test_tables_that_were_not_written_alike_are_invalid() -> None:
    train, holdout, release = tables(3)
    words = release.assign(visits=[f"{visits} visits" for visits in release["visits"]])
    report = audit(train, words, holdout)
    assert report.verdict is Verdict.INVALID
    assert report.exit_code == ExitCode.UNDECIDED
    assert any("visits" in sentence for sentence in report.model.why)


def test_members_among_the_controls_make_the_audit_invalid() -> None:
    train, holdout, release = tables(3)
    mixed = pd.concat([train[:50], holdout[50:]], ignore_index=True)
    assert audit(train, release, mixed).verdict is Verdict.INVALID


def test_perfect_separation_of_a_handful_of_people_proves_nothing() -> None:
    train, holdout, _ = tables(4)
    report = audit(train[:3], train[:3], holdout[:3])
    assert report.verdict is not Verdict.FAIL
    assert report.verdict is not Verdict.PASS


def test_a_waived_exit_code_does_not_change_the_verdict(leaking: Report) -> None:
    train, holdout, release = tables(0)
    report = audit(train, copied(release, train, 0.1), holdout, enforced=False)
    assert report.verdict is leaking.verdict is Verdict.FAIL
    assert report.exit_code == 0
    assert not report.model.enforced


def test_a_policy_moves_the_limits_and_asks_for_families() -> None:
    train, holdout, release = tables(0)
    lax = {"preset": "internal", "limits": {"disclosure.excess": {"max": 1, "source": "a test"}}}
    release = copied(release, train, 0.1)
    assert audit(train, release, holdout, policy=lax).verdict is not Verdict.FAIL
    strict = {"require": ["linkability"]}
    copies_only = ["disclosure.exact_copy"]
    report = audit(train, tables(0)[2], holdout, policy=strict, attacks=copies_only)
    assert report.verdict is Verdict.INCOMPLETE


# --- people with many rows -----------------------------------------------------------------------


def many_rows(rng: np.random.Generator, first: int, count: int = 80) -> pd.DataFrame:
    """Ten rows for each person, much alike: people, not rows, carry the randomness."""
    typical = people(rng, count).loc[np.repeat(np.arange(count), 10)].reset_index(drop=True)
    return typical.assign(
        income=(typical["income"] * rng.normal(1, 0.02, len(typical))).round(2),
        visits=rng.poisson(3, len(typical)),
        person=np.repeat(np.arange(first, first + count), 10),
    )


GROW_TREES = {f"membership_inference.{name}" for name in ("classifier", "column_error", "learned")}


def without_chance(report: Report) -> list[Finding]:
    """Findings of all attacks but those whose trees are grown, and halves dealt, by chance."""
    return [f for f in report.findings if f.attack not in GROW_TREES]


def test_people_with_ten_rows_each_are_the_unit() -> None:
    rng = np.random.default_rng(8)
    train, holdout = many_rows(rng, 0), many_rows(rng, 100)
    release = many_rows(rng, 500).drop(columns="person")
    for seed in range(2):
        report = audit(train, release, holdout, entity="person", seed=seed)
        assert report.verdict in UNDECIDED
        everybody = [f for f in without_chance(report) if f.bearing != "fail_only"]
        assert {(f.targets.members, f.targets.controls) for f in everybody} == {(80, 80)}
    # without the key, the rows of one person pass for strangers who confirm each other
    by_row = [f for f in without_chance(audit(train, release, holdout)) if f.bearing != "fail_only"]
    assert {f.targets.members for f in by_row} == {800}


def test_whole_people_copied_are_found() -> None:
    rng = np.random.default_rng(9)
    train, holdout = many_rows(rng, 0), many_rows(rng, 100)
    other = many_rows(rng, 500)
    release = pd.concat([train[train["person"] < 30], other[300:]]).drop(columns="person")
    report = audit(train, release, holdout, entity="person")
    assert report.verdict is Verdict.FAIL
    assert copies_in(report).verdict is Verdict.FAIL
    assert copies_in(report).value == pytest.approx(30 / 80)


# --- the same answer twice -----------------------------------------------------------------------


def comparable(report: Report, *but: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(report.to_json())
    for key in ("started", "seconds", *but):
        del content["run"][key]
    return content


def test_the_same_seed_gives_the_same_report(leaking: Report) -> None:
    train, holdout, release = tables(0)
    again = audit(train, copied(release, train, 0.1), holdout)
    assert comparable(again) == comparable(leaking)


def test_the_number_of_workers_stands_in_the_report_and_changes_nothing_else(
    leaking: Report,
) -> None:
    train, holdout, release = tables(0)
    two = audit(train, copied(release, train, 0.1), holdout, workers=2)
    assert two.model.run.workers == 2
    assert comparable(two, "workers") == comparable(leaking, "workers")


def test_another_seed_changes_p_values_at_most(fresh: Report) -> None:
    train, holdout, release = tables(0)
    other = audit(train, release, holdout, seed=1)
    here, there = ([f.value for f in without_chance(report)] for report in (fresh, other))
    assert there == pytest.approx(here)


def test_row_and_column_order_change_nothing_that_was_measured(leaking: Report) -> None:
    train, holdout, release = tables(0)
    release = copied(release, train, 0.1)
    shuffled = [frame.sample(frac=1, random_state=3) for frame in (train, release, holdout)]
    shuffled[2] = shuffled[2][shuffled[2].columns[::-1]]
    other = audit(*shuffled)
    # whether a closer look stays silent hangs on a p-value, and so on the order of the pool
    settled = [Verdict.PASS, Verdict.FAIL]
    assert [(f.id, f.verdict in settled and f.verdict) for f in other.findings] == [
        (f.id, f.verdict in settled and f.verdict) for f in leaking.findings
    ]
    here, there = ([f.value for f in without_chance(report)] for report in (leaking, other))
    assert there == pytest.approx(here)


def test_inputs_are_left_as_they_were() -> None:
    train, holdout, release = tables(0)
    before = [frame.copy() for frame in (train, release, holdout)]
    audit(train, release, holdout, attacks=["nearest_neighbour.dcr"])
    for frame, old in zip((train, release, holdout), before, strict=True):
        pd.testing.assert_frame_equal(frame, old)


# --- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "seed"),
        ({"workers": 0}, "workers"),
        ({"permutations": 0}, "permutations"),
        ({"attacks": []}, "no attack"),
        ({"entity": "persn"}, "no column 'persn'"),
        ({"sensitive": ["incom"]}, "did you mean 'income'"),
        ({"sensitive": ["income"], "quasi_identifiers": ["income"]}, "at once"),
    ],
)
def test_arguments_that_cannot_be_used(options: dict[str, Any], message: str) -> None:
    train, holdout, release = tables(0)
    with pytest.raises(UsageError, match=message):
        audit(train, release, holdout, **options)


def test_progress_is_told_from_start_to_end() -> None:
    train, holdout, release = tables(0)
    told: list[tuple[str, int, int]] = []
    audit(
        train,
        release,
        holdout,
        attacks=["nearest_neighbour.dcr"],
        progress=lambda *step: told.append(step),
    )
    done = [step for _, step, _ in told]
    assert done == sorted(done)
    assert told[-1][1] == told[-1][2]
    assert "trying nearest_neighbour.dcr" in [what for what, _, _ in told]


# --- the report ----------------------------------------------------------------------------------


def test_no_value_of_a_real_table_stands_in_the_report() -> None:
    train, holdout, release = tables(5)
    canaries = [f"canary{place:04d}" for place in range(ROWS)]
    train = train.assign(city=canaries, income=730_000_000.0 + np.arange(ROWS))
    holdout = holdout.assign(city=[word.upper() for word in canaries])
    release = copied(release, train, 0.5)
    report = audit(train, release, holdout, sensitive=["city", "income"])
    for text in (report.to_json(), report.to_html(), report.to_text()):
        assert "canary" not in text.lower()
        assert "730000" not in text
        assert "730,000" not in text


def test_the_json_fits_its_schema_and_can_be_read_back(fresh: Report, leaking: Report) -> None:
    schema = ReportModel.model_json_schema(mode="serialization")
    for report in (fresh, leaking):
        content = json.loads(report.to_json())
        jsonschema.validate(content, schema, cls=jsonschema.Draft202012Validator)
        again = Report.from_json(report.to_json())
        assert again.model == report.model
        assert again.to_json() == report.to_json()


def test_json_keys_are_sorted_and_nothing_is_not_a_number(leaking: Report) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    def ordered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        assert names == sorted(names)
        return dict(pairs)

    json.loads(leaking.to_json(), parse_constant=refuse, object_pairs_hook=ordered)


def test_every_finding_that_decides_has_limit_interval_and_reason(leaking: Report) -> None:
    correction = leaking.model.run.correction
    deciding = [finding for finding in leaking.findings if finding.bearing == "deciding"]
    assert len(deciding) == correction.deciding
    for finding in (finding for finding in leaking.findings if finding.gating):
        assert finding.limit is not None
        assert finding.limit.source
        assert finding.interval is not None
        assert finding.interval.low <= finding.value <= finding.interval.high  # type: ignore[operator]
        level = {
            "deciding": 1 - 0.05 / correction.deciding,
            "fail_only": 1 - 0.025 / correction.closer_looks,
        }[finding.bearing]
        if finding.outcome.endswith(".by_group"):
            level = 1 - 0.025 / correction.group_views
        # where the most telling of several shares of the people is chosen, all of them share it
        level = 1 - (1 - level) / finding.details.get("shares_tried", 1)
        assert finding.interval.level == pytest.approx(level)
        assert finding.reason
    assert leaking.model.sensitivity
    assert leaking.model.not_tested


def test_a_finding_about_a_column_names_it() -> None:
    train, holdout, release = tables(0)
    report = audit(train, release, holdout, attacks=["attribute_inference.nearest_neighbour"])
    named = {finding.details["column"] for finding in report.findings}
    assert named == set(train.columns)


def test_without_a_holdout_copied_records_are_still_a_warning() -> None:
    train, _, release = tables(0)
    half = pd.concat([train.head(len(train) // 2), release.head(len(release) // 2)])
    report = audit(train, half, None)
    assert report.verdict is Verdict.INCOMPLETE
    assert any("word for word" in warning for warning in report.model.warnings)


def test_a_release_that_is_train_itself_fails_even_without_a_holdout() -> None:
    train, _, _ = tables(0)
    report = audit(train, train.sample(frac=1, random_state=1), None)
    assert report.verdict is Verdict.FAIL
    assert report.exit_code == 1


def test_nothing_of_an_invalid_audit_looks_like_a_pass() -> None:
    train, _, release = tables(0)
    report = audit(train, release, train)
    assert report.verdict is Verdict.INVALID
    assert {f.verdict for f in report.findings if f.gating} == {Verdict.INVALID}
