"""Tables in batches, part files, patterns and addresses: however it is spread, it is one table."""

from __future__ import annotations

import hashlib
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reidaudit.data import parquet
from reidaudit.data.read import RawTable, read_table
from reidaudit.data.split import split_file
from reidaudit.errors import InputError

VALUES: dict[str, tuple[st.SearchStrategy[Any], pa.DataType]] = {
    "flag": (st.booleans(), pa.bool_()),
    "small": (st.integers(-3, 3), pa.int8()),
    "huge": (st.sampled_from([1, 2, 2**53, 2**53 + 1, -(2**62)]), pa.int64()),
    "real": (st.floats(), pa.float64()),
    "short": (st.floats(width=32), pa.float32()),
    "words": (st.sampled_from(["a", " a", "007", "7", "NA", "", "b c d e"]), pa.string()),
    "levels": (st.sampled_from(["x", "y", "NA"]), pa.dictionary(pa.int8(), pa.string())),
    "day": (st.dates(), pa.date32()),
    "moment": (st.integers(0, 10**16), pa.timestamp("us", "UTC")),
    "span": (st.integers(0, 9), pa.duration("s")),
    "clock": (st.integers(0, 9), pa.time32("s")),
    "money": (st.decimals(0, 9, places=2), pa.decimal128(9, 2)),
    "bytes": (st.binary(max_size=2), pa.binary()),
    "nothing": (st.none(), pa.null()),
}


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    names = draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=5, unique=True))
    rows = draw(st.integers(1, 12))
    columns = {}
    for name in names:
        values, kind = VALUES[name]
        drawn = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        columns[name] = pa.array(drawn, type=kind)
    return pa.table(columns)


def rows_of(table: RawTable) -> dict[str, list[Any]]:
    """All values, in a form in which missing equals missing."""
    return {
        name: [
            None
            if column[row] is None
            else column[row].item()
            if isinstance(column[row], np.generic)
            else column[row]
            for row in range(len(column))
        ]
        for name, column in table.columns.items()
    }


def parquet_of(table: pa.Table, rows: int = 1 << 20) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, row_group_size=rows)
    return buffer.getvalue()


@settings(max_examples=60, deadline=None)
@given(table=tables(), group=st.integers(1, 5), batch=st.integers(1, 5), part=st.integers(1, 5))
def test_batches_and_parts_give_the_table_that_one_read_gives(
    table: pa.Table,
    group: int,
    batch: int,
    part: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    whole = rows_of(read_table(table, "train"))
    single = folder / "single.parquet"
    single.write_bytes(parquet_of(table, group))
    (folder / "parts").mkdir()
    for start in range(0, table.num_rows, part):
        path = folder / "parts" / f"part-{start:05d}.parquet"
        path.write_bytes(parquet_of(table.slice(start, part), group))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "ROWS_AT_ONCE", batch)
        assert rows_of(read_table(single, "train")) == whole
        assert rows_of(read_table(folder / "parts", "train")) == whole
        assert rows_of(read_table(folder / "parts" / "*.parquet", "train")) == whole


@settings(max_examples=30, deadline=None)
@given(table=tables())
def test_a_column_keeps_only_values_that_stand_in_it(table: pa.Table) -> None:
    for frame in (table, table.slice(0, 1), table.to_pandas()):
        for column in read_table(frame, "train").columns.values():
            used = np.unique(column.places[column.places >= 0])
            assert used.tolist() == list(range(len(column.values)))
            assert not pd.isna(column.values).any()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A folder of two part files, and what Spark writes beside them."""
    folder = tmp_path / "people"
    folder.mkdir()
    (folder / "part-1.csv").write_text("a,b\n3,z\n")
    (folder / "part-0.csv").write_text("b;a\nx;1\ny;2\n")
    (folder / "_SUCCESS").write_text("")
    (folder / ".part-0.csv.crc").write_text("")
    return folder


def test_parts_are_taken_in_order_of_names_and_columns_by_name(people: Path) -> None:
    table = read_table(people, "train")
    assert rows_of(table) == {"b": ["x", "y", "z"], "a": ["1", "2", "3"]}
    assert (table.name, table.rows) == ("people", 3)


def test_the_digest_of_parts_is_that_of_what_sha256sum_writes(people: Path) -> None:
    command = "sha256sum part-0.csv part-1.csv"
    written = subprocess.run(command.split(), cwd=people, capture_output=True, check=True).stdout
    assert read_table(people, "train").file_digest == hashlib.sha256(written).digest()
    (people / "part-1.csv").rename(people / "part-2.csv")
    assert read_table(people, "train").file_digest != hashlib.sha256(written).digest()


def test_folders_may_name_columns(tmp_path: Path) -> None:
    for key in ("region=north%20east", "region=__HIVE_DEFAULT_PARTITION__"):
        (tmp_path / "t" / key).mkdir(parents=True)
        (tmp_path / "t" / key / "0.csv").write_text("a\n1\n")
    assert rows_of(read_table(tmp_path / "t", "train")) == {
        "a": ["1", "1"],
        "region": [None, "north east"],
    }


def test_numbers_in_one_part_and_words_in_another_are_words(tmp_path: Path) -> None:
    for part, values in enumerate(([1, 2], [None, None], ["x", "1"])):
        frame = pd.DataFrame({"a": pd.Series(values, dtype=object)}).convert_dtypes()
        frame.to_parquet(tmp_path / f"{part}.parquet")
    assert rows_of(read_table(tmp_path, "train"))["a"] == ["1", "2", None, None, "x", "1"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "t[1].csv").write_text("a\n1\n")
    assert read_table(tmp_path / "t[1].csv", "train").name == "t[1].csv"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"x.json": "{}"}, r"more than the part files of one table \('x.json' is no part"),
        ({"x.parquet": "PAR1"}, r"more than the part files of one table \(CSV and Parquet\)"),
        (
            {"part-9.csv": "a,b,extra\n1,2,3\n"},
            r"part-9\.csv \(train\): .*a column 'extra', unlike",
        ),
        ({"part-9.csv": "a,c\n1,2\n"}, r"part-9\.csv \(train\): .*lacks the column 'b' that the"),
        ({"part-9.csv": "a,b\n1\n"}, r"part-9\.csv \(train\): line 2 has 1 field"),
    ],
)
def test_what_is_no_part_is_refused(people: Path, files: dict[str, str], message: str) -> None:
    for name, content in files.items():
        (people / name).write_text(content)
    with pytest.raises(InputError, match=message):
        read_table(people, "train")


def test_an_empty_folder_and_an_empty_pattern_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"this is a folder without Parquet or CSV files"):
        read_table(tmp_path, "train")
    with pytest.raises(InputError, match=r"no file matches the pattern"):
        read_table(tmp_path / "*.csv", "train")


def test_one_file_is_split_at_a_time(people: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"one file is split at a time"):
        split_file(people, tmp_path / "out", fraction=0.5)


@pytest.fixture
def bucket() -> Iterator[Any]:
    """A folder elsewhere: fsspec's in memory."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    for part, name in enumerate(("b", "a")):
        system.pipe_file(f"/bucket/table/part-{name}.parquet", parquet_of(pa.table({"x": [part]})))
    yield system
    system.store.clear()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("memory://bucket/table", [1.0, 0.0]),
        ("memory://bucket/table/", [1.0, 0.0]),
        ("memory://bucket/table/*.parquet", [1.0, 0.0]),
        ("memory://bucket/table/part-b.parquet", [0.0]),
    ],
)
def test_addresses_are_read_through_fsspec(
    bucket: Any, address: str, expected: list[float], tmp_path: Path
) -> None:
    table = read_table(address, "train")
    assert rows_of(table) == {"x": expected}
    for path in bucket.find("/bucket/table"):
        (tmp_path / Path(path).name).write_bytes(bucket.cat_file(path))
    if len(expected) > 1:
        assert table.file_digest == read_table(tmp_path, "train").file_digest


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("memory://bucket/none.parquet", r"none\.parquet \(train\): there is no such file"),
        ("memory://bucket/*.csv", r"no file matches"),
        ("nonsense://key:secret@bucket/t.csv", r"t\.csv \(train\): no installed package reads"),
    ],
)
def test_addresses_that_lead_nowhere(bucket: Any, address: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_table(address, "train")
    assert "secret" not in str(caught.value)


def test_without_fsspec_addresses_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fsspec.core", None)
    with pytest.raises(InputError, match=r"needs fsspec: .*reidaudit\[cloud\]"):
        read_table("s3://bucket/table", "train")


def test_a_pattern_is_called_by_its_folder_too(people: Path) -> None:
    assert read_table(people / "part-*.csv", "train").name == "people/part-*.csv"
