"""The example tables: reproducible, and each release leaks what it says and nothing else."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from reidaudit.errors import UsageError
from reidaudit.examples.clinic import (
    ATTRIBUTE_COLUMNS,
    FAKER_COLUMNS,
    MINORITY,
    Clinic,
    make_clinic,
    write_clinic,
)

ROOT = Path(__file__).resolve().parents[1]
COMMITTED = ROOT / "fixtures" / "clinic"
COLUMNS = [
    *("patient_id", "name", "email", "phone", "birth_date", "postcode", "sex", "ethnicity"),
    *("diagnosis", "admission_date", "length_of_stay", "cost", "smoker", "weight_kg", "note"),
]
RELEASES = ["harmless", "copies", "attribute", "minority"]
TABLES = ["train", "holdout", *(f"synthetic_{name}" for name in RELEASES)]


@pytest.fixture(scope="module")
def clinic() -> Clinic:
    return make_clinic()


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixtures made once more, in a process that hashes strings differently."""
    folder = tmp_path_factory.mktemp("clinic")
    script = [sys.executable, str(ROOT / "fixtures" / "make_fixtures.py"), "--out", str(folder)]
    paths = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    environment = os.environ | {"PYTHONHASHSEED": "12345", "PYTHONPATH": paths}
    subprocess.run(script, check=True, capture_output=True, env=environment)
    return folder


def lines(table: pd.DataFrame) -> list[str]:
    """One string per row; no cell of the example holds a line break."""
    return table.to_csv(index=False, header=False, lineterminator="\n").splitlines()


def cells(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def same(one: Clinic, other: Clinic) -> bool:
    return (
        one.train.equals(other.train)
        and one.holdout.equals(other.holdout)
        and all(one.releases[name].equals(other.releases[name]) for name in RELEASES)
    )


# The files


@pytest.mark.parametrize("name", TABLES)
def test_script_still_makes_the_committed_tables(name: str, remade: Path) -> None:
    recorded = json.loads((COMMITTED / "made_with.json").read_text())["faker"]
    ours = [] if recorded == version("faker") else list(FAKER_COLUMNS)
    old, new = (cells(folder / f"{name}.csv.gz") for folder in (COMMITTED, remade))
    pd.testing.assert_frame_equal(old.drop(columns=ours), new.drop(columns=ours))


def test_committed_policy_is_the_one_that_is_written(remade: Path) -> None:
    text = (COMMITTED / "reidaudit.toml").read_bytes()
    assert text == (remade / "reidaudit.toml").read_bytes()
    policy = tomllib.loads(text.decode())
    assert policy["preset"] == "public"
    assert set(policy["columns"]) <= set(COLUMNS)


def test_committed_folder_is_complete_and_small() -> None:
    files = {path.name: path.stat().st_size for path in COMMITTED.iterdir()}
    assert set(files) == {*(f"{n}.csv.gz" for n in TABLES), "reidaudit.toml", "made_with.json"}
    assert sum(files.values()) < 3_000_000


def test_readme_names_the_faker_that_made_the_tables() -> None:
    recorded = json.loads((COMMITTED / "made_with.json").read_text())["faker"]
    assert f"faker {recorded}" in (ROOT / "fixtures" / "README.md").read_text(encoding="utf-8")


def test_bytes_are_reproducible_and_read_back(tmp_path: Path) -> None:
    clinic = make_clinic(patients=50)
    once, again = (write_clinic(tmp_path / folder, clinic) for folder in ("a/b", "c"))
    assert [path.name for path in once] == [*(f"{n}.csv.gz" for n in TABLES), "reidaudit.toml"]
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]
    assert lines(pd.read_csv(once[0])) == lines(clinic.train)


# The tables


def test_same_seed_same_tables() -> None:
    one = make_clinic(patients=100, seed=7)
    assert same(one, make_clinic(patients=100, seed=7))
    assert not same(one, make_clinic(patients=100, seed=8))


def test_global_generator_is_left_alone() -> None:
    before = random.getstate()
    make_clinic(patients=20)
    assert random.getstate() == before


@pytest.mark.parametrize("patients", [1, 2, 17])
def test_any_number_of_patients(patients: int) -> None:
    clinic = make_clinic(patients=patients)
    for table in (clinic.train, clinic.holdout, *clinic.releases.values()):
        assert len(table) == patients
        assert list(table) == COLUMNS


def test_no_patients_is_an_error() -> None:
    with pytest.raises(UsageError, match="at least one"):
        make_clinic(patients=0)


def test_all_tables_have_the_same_shape_and_types(clinic: Clinic) -> None:
    assert list(clinic.releases) == RELEASES
    for table in (clinic.train, clinic.holdout, *clinic.releases.values()):
        assert table.shape == (2500, 15)
        assert list(table) == COLUMNS
        assert table.dtypes.equals(clinic.train.dtypes)
        assert table.index.equals(pd.RangeIndex(2500))


def test_values_look_like_a_register(clinic: Clinic) -> None:
    train = clinic.train
    assert 500 <= train["postcode"].nunique() <= 600
    assert train["cost"].nunique() > 2400
    assert train["email"].str.fullmatch(r"[a-z0-9.]+@example\.(com|org|net)").all()
    assert 0.01 < (train["ethnicity"] == MINORITY).mean() < 0.03
    assert (train["birth_date"] < train["admission_date"]).all()
    gaps = train.isna().mean()
    assert gaps[gaps > 0].index.tolist() == ["phone", "ethnicity", "smoker", "weight_kg", "note"]
    assert gaps[gaps > 0].between(0.01, 0.08).all()


def test_columns_depend_on_each_other(clinic: Clinic) -> None:
    train = clinic.train.assign(decade=clinic.train["birth_date"].str[:3])
    by_diagnosis = train.groupby("diagnosis")
    assert by_diagnosis["cost"].median()["S72.0"] > 4 * by_diagnosis["cost"].median()["I10"]
    smokers = by_diagnosis["smoker"].mean()
    assert smokers["J44.9"] > 2 * smokers["I10"]
    # Knowing age and sex must help to guess the diagnosis, or inference has no baseline to beat.
    known = train.groupby(["decade", "sex"])["diagnosis"].agg(lambda d: d.value_counts().iloc[0])
    assert known.sum() > 1.5 * train["diagnosis"].value_counts().iloc[0]


def test_minority_differs_a_little(clinic: Clinic) -> None:
    everyone = pd.concat([clinic.train, clinic.holdout])
    rare = everyone["ethnicity"] == MINORITY
    assert everyone["weight_kg"][rare].mean() > everyone["weight_kg"][~rare].mean() + 2
    born = everyone["birth_date"].str[:4].astype(int)
    assert born[rare].mean() > born[~rare].mean()


# The leaks


@pytest.mark.parametrize("key", ["patient_id", "email", "phone"])
def test_nobody_is_in_two_of_train_holdout_and_harmless(key: str, clinic: Clinic) -> None:
    tables = (clinic.train, clinic.holdout, clinic.releases["harmless"])
    assert pd.concat([table[key] for table in tables]).dropna().is_unique


def test_harmless_shares_no_row(clinic: Clinic) -> None:
    real = {*lines(clinic.train), *lines(clinic.holdout)}
    assert real.isdisjoint(lines(clinic.releases["harmless"]))


def test_copies_are_rows_of_train(clinic: Clinic) -> None:
    release = set(lines(clinic.releases["copies"]))
    assert len(release) == 2500
    assert len(release & set(lines(clinic.train))) == 75
    assert len(release & set(lines(clinic.releases["harmless"]))) == 2425
    assert release.isdisjoint(lines(clinic.holdout))


def test_attribute_takes_four_columns_and_leaves_the_others(clinic: Clinic) -> None:
    taken, release = list(ATTRIBUTE_COLUMNS), clinic.releases["attribute"]
    found = release[taken].merge(clinic.train[["patient_id", *taken]], on=taken)
    assert len(found) == 1500
    assert found["patient_id"].is_unique
    assert release[taken].merge(clinic.holdout[taken], on=taken).empty
    rest = [lines(t.drop(columns=taken)) for t in (release, clinic.releases["harmless"])]
    assert sorted(rest[0]) == sorted(rest[1])


def test_attribute_tells_who_knows_a_member(clinic: Clinic) -> None:
    known = ["birth_date", "postcode", "sex"]
    release = clinic.releases["attribute"].drop_duplicates(known).set_index(known)["diagnosis"]
    for table, low, high in ((clinic.train, 0.59, 0.61), (clinic.holdout, 0.0, 0.01)):
        guesses = release.reindex(pd.MultiIndex.from_frame(table[known])).to_numpy()
        assert low <= (guesses == table["diagnosis"].to_numpy()).mean() <= high


def test_minority_is_copied_and_nobody_else(clinic: Clinic) -> None:
    rare, others, train = [], [], set(lines(clinic.train))
    for line in lines(clinic.releases["minority"]):
        (rare if f",{MINORITY}," in line else others).append(line)
    members = clinic.train[clinic.train["ethnicity"] == MINORITY]
    assert set(rare) == set(lines(members))
    assert train.isdisjoint(others)


@pytest.mark.parametrize("seed", range(4))
def test_minority_is_copied_whichever_table_has_more_of_it(seed: int) -> None:
    clinic = make_clinic(patients=300, seed=seed)
    tables = (clinic.train, clinic.releases["minority"])
    members, rare = (lines(table[table["ethnicity"] == MINORITY]) for table in tables)
    assert set(rare) == set(members)


@pytest.mark.parametrize("name", RELEASES[1:])
def test_rows_are_in_random_order(name: str, clinic: Clinic) -> None:
    harmless = clinic.releases["harmless"]["patient_id"]
    assert (clinic.releases[name]["patient_id"] == harmless).mean() < 0.01
