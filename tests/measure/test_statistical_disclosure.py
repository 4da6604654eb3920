"""The figures of statistical offices: a table by hand, laws that hold, and published values."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reidaudit.data.canonical import row_keys
from reidaudit.data.declared import Declarations, DeclaredColumn
from reidaudit.data.read import read_table
from reidaudit.data.tables import Tables, build_tables
from reidaudit.measure.prior_knowledge import KnownBeforehand
from reidaudit.measure.statistical_disclosure import (
    StatisticalDisclosure,
    small_key_sets,
    statistical_disclosure,
)
from reidaudit.measure.uniqueness import shares_of_columns
from reidaudit.vocabulary import Kind, Role

SD2011 = Path(os.environ.get("REIDAUDIT_TEST_DATA", "data")) / "sd2011" / "sd2011.csv.gz"


def tables_of(
    train: pd.DataFrame,
    release: pd.DataFrame,
    holdout: pd.DataFrame | None = None,
    keys: Sequence[str] = (),
) -> Tables:
    frames = {"train": train, "synthetic": release, "holdout": holdout}
    raw = {role: read_table(frame, role) for role, frame in frames.items() if frame is not None}  # type: ignore[arg-type]
    declared = {
        name: DeclaredColumn(
            Kind.CATEGORICAL, Role.QUASI_IDENTIFIER if name in keys else Role.SENSITIVE
        )
        for name in train.columns
    }
    return build_tables(raw, Declarations(declared if keys else {}))  # type: ignore[arg-type]


def figure(found: StatisticalDisclosure, name: str, column: int | None = None) -> tuple[float, ...]:
    one = next(each for each in found.figures if (each.name, each.column) == (name, column))
    return one.original, one.members, -1.0 if one.controls is None else one.controls


# A town and a trade make the key, and an illness the secret. Of six members, two are alike.
TRAIN = pd.DataFrame(
    [
        ("ash", "baker", "flu"),
        ("ash", "baker", "gout"),
        ("elm", "baker", "flu"),
        ("elm", "smith", "gout"),
        ("oak", "smith", "flu"),
        ("oak", "cook", "none"),
    ],
    columns=["town", "trade", "illness"],
)
RELEASE = pd.DataFrame(
    [
        ("ash", "baker", "flu"),  # all who share this key agree, rightly for one of the two
        ("elm", "baker", "flu"),  # once, and right
        ("elm", "smith", "flu"),  # once, and wrong
        ("oak", "smith", "flu"),  # twice, and they agree, rightly
        ("oak", "smith", "flu"),
        ("fir", "cook", "none"),
    ],
    columns=TRAIN.columns,
)
HOLDOUT = pd.DataFrame(
    [
        (
            "elm",
            "baker",
            "flu",
        ),  # a member shares the key, so this is no unique
        ("fir", "cook", "none"),  # nobody shares it: unique, found once, and disclosed
        ("fir", "smith", "gout"),  # unique, and not found
        ("ash", "baker", "gout"),
    ],
    columns=TRAIN.columns,
)


def test_every_figure_of_a_small_table_as_counted_by_hand() -> None:
    found = statistical_disclosure(tables_of(TRAIN, RELEASE, HOLDOUT, ["town", "trade"]))
    assert found.keys == (0, 1)
    assert found.declared
    expected = {
        ("found", None): (1, 5 / 6, 3 / 4),
        ("unique_and_found", None): (4 / 6, 3 / 6, 1 / 4),
        ("replicated_unique", None): (4 / 6, 2 / 6, 1 / 4),
        ("average_risk", None): (5 / 6, 4 / 6, (1 / 2 + 1 + 1 / 3) / 4),
        ("highest_risk", None): (1, 1, 1),
        ("at_risk", None): (1, 5 / 6, 3 / 4),
        ("disclosive", 2): (4 / 6, 5 / 6, 3 / 4),
        ("disclosive_correct", 2): (4 / 6, 3 / 6, 2 / 4),
        ("disclosive_in_both", 2): (4 / 6, 2 / 6, 1 / 4),
        ("correct_attribution", 2): (5 / 6, 3 / 6, 2 / 4),
        ("by_levels_alone", 2): (14 / 36, (3 * 5 + 1) / 36, (5 + 1) / 24),
    }
    assert {key: figure(found, *key) for key in expected} == {
        key: pytest.approx(values) for key, values in expected.items()
    }


def test_without_a_holdout_there_are_no_controls() -> None:
    found = statistical_disclosure(tables_of(TRAIN, RELEASE, None, ["town", "trade"]))
    assert all(each.controls is None for each in found.figures)


def test_undeclared_keys_are_those_by_which_most_are_unique_in_both() -> None:
    found = statistical_disclosure(tables_of(TRAIN, RELEASE, HOLDOUT))
    assert not found.declared
    assert found.key_sets_tried == 7
    # by all three columns one member, by town and trade two
    assert found.keys == (0, 1)


def test_what_anyone_could_know_is_left_out_of_the_discounted_figure_alone() -> None:
    tables = tables_of(TRAIN, RELEASE, HOLDOUT, ["town", "trade"])
    flu, baker = tables.train.codes[2][0], tables.train.codes[1][0]
    known = [KnownBeforehand(2, int(flu), 1, int(baker), "all bakers had it")]
    found = statistical_disclosure(tables, known)
    one = next(each for each in found.figures if each.name == "disclosive_correct")
    assert (one.members, one.not_known_beforehand) == (pytest.approx(3 / 6), pytest.approx(1 / 6))
    assert found.exclusions[0].share_of_people == pytest.approx(2 / 6)


def test_a_level_that_nearly_everybody_has_is_pointed_out() -> None:
    rows = 400
    people = pd.DataFrame(
        {
            "house": [f"h{row // 2}" for row in range(rows)],
            "abroad": ["no"] * 380 + ["yes"] * 20,
            "age": ["child"] * 100 + ["adult"] * 300,
            "married": ["no"] * 100 + ["no", "yes"] * 150,
        }
    )
    tables = tables_of(people, people, None, ["house", "age"])
    found = statistical_disclosure(tables)
    (sign,) = [each for each in found.signs if each.column == 1]
    assert (sign.key, sign.share_of_people) == (None, pytest.approx(0.95))


def test_a_key_that_gives_a_column_away_by_itself_is_pointed_out() -> None:
    rng = np.random.default_rng(0)
    people = pd.DataFrame({"age": ["child"] * 200 + ["adult"] * 300, "town": ["a", "b"] * 250})
    people["married"] = np.where(people["age"] == "child", "no", rng.choice(["no", "yes"], 500))
    found = statistical_disclosure(tables_of(people, people, None, ["age", "town"]))
    one_level, sign = found.signs
    assert (one_level.key, one_level.share_of_disclosed) == (None, 1.0)
    assert (sign.column, sign.key, sign.pairs) == (2, 0, 1)
    assert (sign.share_of_people, sign.share_of_disclosed) == (1.0, 1.0)


# --- laws --------------------------------------------------------------------------------------


@st.composite
def three_tables(draw: st.DrawFn) -> tuple[pd.DataFrame, ...]:
    cell = st.sampled_from(["a", "b", "c", None])
    row = st.tuples(cell, cell, cell)
    return tuple(
        pd.DataFrame(draw(st.lists(row, min_size=1, max_size=12)), columns=["x", "y", "z"]).astype(
            object
        )
        for _ in range(3)
    )


@given(three_tables())
@settings(max_examples=60, deadline=None)
def test_each_step_towards_a_disclosure_leaves_fewer_people(
    drawn: tuple[pd.DataFrame, ...],
) -> None:
    found = statistical_disclosure(tables_of(*drawn, keys=["x", "y"]))
    for place in range(3):
        value = {each.name: figure(found, each.name, each.column)[place] for each in found.figures}
        assert value["replicated_unique"] <= value["unique_and_found"] <= value["found"]
        assert value["unique_and_found"] <= value["average_risk"] <= value["highest_risk"] <= 1
        assert value["disclosive_correct"] <= value["disclosive"] <= value["found"]
        assert value["disclosive_in_both"] <= value["disclosive_correct"]
        assert value["disclosive_correct"] <= value["correct_attribution"] + 1e-12


@given(three_tables())
@settings(max_examples=60, deadline=None)
def test_a_release_that_is_the_original_gives_away_as_much(
    drawn: tuple[pd.DataFrame, ...],
) -> None:
    train, _, holdout = drawn
    found = statistical_disclosure(tables_of(train, train, holdout, ["x", "y"]))
    assert all(each.original == each.members for each in found.figures)


@given(three_tables())
@settings(max_examples=60, deadline=None)
def test_people_are_found_and_disclosed_as_counted_row_by_row(
    drawn: tuple[pd.DataFrame, ...],
) -> None:
    tables = tables_of(*drawn, keys=["x", "y"])
    found = statistical_disclosure(tables)
    assert tables.holdout is not None
    original, release, controls = (
        list(zip(*(codes.tolist() for codes in table.codes), strict=True))
        for table in (tables.train, tables.synthetic, tables.holdout)
    )
    looks = ((original, original), (original, release), (controls, release))
    for place, (people, records) in enumerate(looks):
        levels = [[z for *key, z in records if key == [x, y]] for x, y, _ in people]
        own = [z for *_, z in people]
        expected = {
            ("found", None): [len(said) > 0 for said in levels],
            ("disclosive", 2): [len(set(said)) == 1 for said in levels],
            ("disclosive_correct", 2): [{z} == set(s) for z, s in zip(own, levels, strict=True)],
            ("correct_attribution", 2): [
                said.count(z) / max(len(said), 1) for z, said in zip(own, levels, strict=True)
            ],
            ("by_levels_alone", 2): [
                sum(z == other for *_, other in records) / len(records) for z in own
            ],
        }
        for key, of_people in expected.items():
            assert figure(found, *key)[place] == pytest.approx(np.mean(of_people)), key


# --- what makes people unique ------------------------------------------------------------------


def test_minimal_uniques_are_counted_with_the_columns_in_them() -> None:
    # the first person is unique by x alone; the others by y and z together, and by nothing less
    codes = [np.array([1, 0, 0, 0, 0]), np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 0, 1])]
    (people,) = row_keys(codes)
    shares = {each.column: each for each in shares_of_columns(people, small_key_sets(range(3), 99))}
    # minimal: {x} of one; {y, z} of three, as the first shares y and z with the second; {x, y, z}
    # of the second, who shares every pair with somebody
    assert shares[0].in_minimal_uniques == pytest.approx(2 / 5)
    assert shares[1].in_minimal_uniques == shares[2].in_minimal_uniques == pytest.approx(4 / 5)
    assert (shares[0].unique_with, shares[0].unique_without) == (1.0, pytest.approx(3 / 5))


@pytest.mark.parametrize(("most", "largest"), [(2, 1), (10, 2), (14, 3), (99, 3)])
def test_sets_of_a_size_are_listed_all_or_not_at_all(most: int, largest: int) -> None:
    listed = small_key_sets(range(4), most)
    assert max(map(len, listed)) == largest
    assert len(set(listed)) == len(listed)


# --- published values --------------------------------------------------------------------------


@pytest.mark.needs_data
@pytest.mark.skipif(not SD2011.is_file(), reason="set REIDAUDIT_TEST_DATA to the public tables")
def test_the_original_of_synthpop_s_vignette_has_its_printed_values() -> None:
    """Practical privacy metrics for synthetic data, synthpop 1.9-2, sections 2, 3.2, 3.3, App. 2.

    What it prints of releases cannot be repeated: they are drawn in R, and not published.
    """
    keys, targets = ["sex", "age", "region", "placesize"], ["depress", "ls", "marital", "workab"]
    survey = pd.read_csv(SD2011, dtype=str)[keys + targets]
    found = statistical_disclosure(tables_of(survey, survey, None, keys))
    percent = {(each.name, each.column): round(100 * each.original, 2) for each in found.figures}
    assert percent["replicated_unique", None] == 48.38  # UiO
    assert percent["disclosive_correct", 4] == 53.3  # Dorig of depress
    assert percent["correct_attribution", 4] == 74.15  # CAPd
    assert percent["by_levels_alone", 4] == 9.81  # baseCAPd
    # read off figure 1, whose pixels are an eighth of a percentage point
    for column, drawn in ((5, 58.5), (6, 79.1), (7, 90.8)):
        assert percent["disclosive_correct", column] == pytest.approx(drawn, abs=0.25)
    # one level of workab is the 88.64 % of the people that section 4 names
    (sign,) = [each for each in found.signs if each.column == 7]
    assert round(100 * sign.share_of_people, 2) == 88.64
