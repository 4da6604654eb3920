"""Records that repeat a person's digits, with a few of them changed, are found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from one_attack import Found, findings_of
from rapidfuzz.distance import Levenshtein as Edits
from rapidfuzz.process import cdist

from reidaudit.encoding import PlainColumns
from reidaudit.testing_tables import example_case
from reidaudit_attacks.levenshtein import MOST_COLUMNS, Levenshtein

NAME = "membership_inference.levenshtein"


def people(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "wage": rng.lognormal(8, 1, rows).round(2),
            "age": rng.integers(18, 90, rows),
            "account": rng.integers(10**7, 10**8, rows),
            "town": rng.choice([f"town {i}" for i in range(40)], rows),
        }
    )


def with_another_digit(value: float, rng: np.random.Generator) -> float:
    """Change one digit, whichever it is; a leading one moves the number far away."""
    text = list(f"{value:.15g}")
    place = rng.choice([i for i, character in enumerate(text) if character.isdigit()])
    text[place] = str((int(text[place]) + rng.integers(1, 10)) % 10)
    return float("".join(text))


def misprinted(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    numbers = table.select_dtypes("number").columns
    changed = {name: [with_another_digit(v, rng) for v in table[name]] for name in numbers}
    return table.assign(**changed)


def auc(found: Found, outcome: str) -> float:
    value = found[outcome, "auc"].value
    assert value is not None
    return float(value)


@pytest.mark.parametrize("outcome", ["rows", "digits"])
def test_records_with_a_changed_digit_in_every_number_are_found(outcome: str) -> None:
    rng = np.random.default_rng(0)
    train, holdout = people(400, rng), people(400, rng)
    found = findings_of(NAME, train, misprinted(train, rng), holdout)
    assert auc(found, outcome) > 0.97
    assert found[outcome, "auc"].verdict == "fail"


def test_a_few_copies_are_found_among_fresh_people() -> None:
    rng = np.random.default_rng(1)
    train, holdout, release = people(500, rng), people(500, rng), people(500, rng)
    release.iloc[:50] = train.iloc[:50]
    found = findings_of(NAME, train, release, holdout)
    assert auc(found, "rows") == pytest.approx(0.55, abs=0.05)
    tpr = found["rows", "tpr_at_fpr"].value
    assert tpr is not None
    assert tpr > 0.08


@pytest.mark.parametrize("seed", range(4))
def test_fresh_people_are_no_leak(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = findings_of(NAME, *(people(1000, rng) for _ in range(3)))
    for outcome in ("rows", "digits"):
        assert auc(found, outcome) == pytest.approx(0.5, abs=0.05)
        assert found[outcome, "auc"].verdict != "fail"
        assert found[outcome, "tpr_at_fpr"].verdict != "fail"


def test_decimals_that_nobody_has_do_not_hide_the_digits() -> None:
    rng = np.random.default_rng(2)
    train, holdout = people(300, rng), people(300, rng)
    release = train.assign(
        wage=train["wage"] + rng.uniform(-1e-3, 1e-3, 300),
        age=train["age"] + rng.uniform(-0.4, 0.4, 300),
    )
    assert auc(findings_of(NAME, train, release, holdout), "rows") > 0.99


def test_dates_are_compared_as_they_are_written() -> None:
    """A wrong decade changes one character of a date, and all digits of its seconds."""
    rng = np.random.default_rng(3)

    def days(rows: int) -> pd.DataFrame:
        seconds = rng.integers(0, 20 * 365 * 86400, (rows, 2)).astype("datetime64[s]")
        return pd.DataFrame({"born": seconds[:, 0], "seen": seconds[:, 1]})

    train, holdout = days(300), days(300)
    release = train.apply(lambda column: column + pd.DateOffset(years=10))
    assert auc(findings_of(NAME, train, release, holdout), "rows") > 0.95


def test_where_all_columns_are_numbers_there_is_one_score() -> None:
    rng = np.random.default_rng(4)
    tables = [people(60, rng).drop(columns="town") for _ in range(3)]
    assert {outcome for outcome, _ in findings_of(NAME, *tables)} == {"rows"}


def test_where_no_column_is_a_number_there_is_one_score() -> None:
    case, _ = example_case("one_word_column", 0)
    outcomes = list(Levenshtein().run(case, np.random.default_rng(0)))
    assert [outcome.name for outcome in outcomes] == ["rows"]


def test_a_persons_other_rows_do_not_calibrate_its_score() -> None:
    """Everybody three times over, under one key, is scored as everybody once."""
    once, _ = example_case("half copied", 0)
    thrice = replace(
        once,
        pool=PlainColumns(
            tuple(np.repeat(codes, 3) for codes in once.pool.codes),
            tuple(None if n is None else np.repeat(n, 3) for n in once.pool.numbers),
        ),
        entities=np.repeat(once.entities, 3),
    )
    scores, again = (
        [outcome.values for outcome in Levenshtein().run(case, np.random.default_rng(0))]
        for case in (once, thrice)
    )
    np.testing.assert_array_equal(np.repeat(scores, 3, axis=1), again)


def test_sorted_neighbours_find_nearly_all_that_a_search_of_all_pairs_finds() -> None:
    rng = np.random.default_rng(6)
    train, holdout = people(400, rng), people(400, rng)
    release = misprinted(train, rng)

    def spelt(table: pd.DataFrame) -> list[str]:
        rows = table.itertuples(index=False)
        return [";".join(f"{v:.15g}" if v == v else "" for v in row[:3]) for row in rows]

    pool = spelt(train) + spelt(holdout)
    nearest = cdist(pool, spelt(release), scorer=Edits.distance).min(axis=1)
    exact = np.mean(nearest[:400, None] < nearest[None, 400:]) + 0.5 * np.mean(
        nearest[:400, None] == nearest[None, 400:]
    )
    assert auc(findings_of(NAME, train, release, holdout), "digits") > exact - 0.03


@pytest.mark.parametrize("name", ["half copied", "many_rows_per_person"])
def test_workers_change_nothing(name: str) -> None:
    scores = []
    for workers in (1, 2):
        case, _ = example_case(name, 0, workers=workers)
        outcomes = Levenshtein().run(case, np.random.default_rng(0))
        scores.append(np.array([outcome.values for outcome in outcomes]))
    np.testing.assert_array_equal(*scores)


def test_a_thousand_columns_are_scored() -> None:
    rng = np.random.default_rng(7)
    train, holdout = (pd.DataFrame(rng.normal(size=(40, 1000)).round(3)) for _ in range(2))
    for table in (train, holdout):
        table.columns = [f"column {i}" for i in range(1000)]
    found = findings_of(NAME, train, train, holdout)
    assert auc(found, "rows") == 1.0
    assert found["rows", "auc"].details["columns_compared"] == MOST_COLUMNS


def test_of_very_many_records_some_are_spelt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person finds no copy nearer than the drawn records have one, and the draw follows rng."""
    case, _ = example_case("half copied", 0)
    whole = [outcome.values for outcome in Levenshtein().run(case, np.random.default_rng(0))]
    monkeypatch.setattr("reidaudit_attacks.levenshtein.MOST_RECORDS", 30)
    drawn, again = (
        [outcome.values for outcome in Levenshtein().run(case, np.random.default_rng(0))]
        for _ in range(2)
    )
    np.testing.assert_array_equal(drawn, again)
    assert not np.array_equal(drawn, whole)
    assert np.isfinite(drawn).all()
