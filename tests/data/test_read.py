"""The same data is the same table, whatever it came in."""

from __future__ import annotations

import datetime
import gzip
import io
import string
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reidaudit.data.declared import Declarations
from reidaudit.data.read import RawTable, TableRole, read_table
from reidaudit.data.tables import Tables, build_tables
from reidaudit.errors import InputError


def read_csv(folder: Path, text: str | bytes) -> dict[str, list[Any]]:
    path = folder / "table.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return {
        name: values.rows().tolist() for name, values in read_table(path, "train").columns.items()
    }


class TestTextFiles:
    def test_cells_stay_text(self, tmp_path: Path) -> None:
        columns = read_csv(tmp_path, "a,b\n007,1.50\n12,x\n")
        assert columns == {"a": ["007", "12"], "b": ["1.50", "x"]}

    @pytest.mark.parametrize("word", ["", " ", "NA", "NaN", "null", "None", "N/A", "<NA>", '"NA"'])
    def test_words_for_missing(self, tmp_path: Path, word: str) -> None:
        assert read_csv(tmp_path, f"a,b\n{word},1\n")["a"] == [None]

    @pytest.mark.parametrize("word", ["na", "none", "missing", "-", "?", "0"])
    def test_words_that_are_not_missing(self, tmp_path: Path, word: str) -> None:
        assert read_csv(tmp_path, f"a,b\n{word},1\n")["a"] == [word]

    def test_blanks_around_cells_and_names_do_not_count(self, tmp_path: Path) -> None:
        columns = read_csv(tmp_path, 'a , "b, c"\n 1 , "x, y" \n')
        assert columns == {"a": ["1"], "b, c": ["x, y"]}

    def test_quoted_cells_may_hold_delimiters_quotes_and_lines(self, tmp_path: Path) -> None:
        columns = read_csv(tmp_path, 'a,b\n"1,5","say ""so""\nor not"\n2,5" pipe\n')
        assert columns == {"a": ["1,5", "2"], "b": ['say "so"\nor not', '5" pipe']}

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_line_ends(self, tmp_path: Path, end: str) -> None:
        assert read_csv(tmp_path, f"a,b{end}1,2{end}3,4") == {"a": ["1", "3"], "b": ["2", "4"]}

    def test_lines_of_the_header_may_break(self, tmp_path: Path) -> None:
        assert read_csv(tmp_path, '\n"a\nb",c\n1,2\n') == {"a\nb": ["1"], "c": ["2"]}

    def test_columns_without_a_name_get_one(self, tmp_path: Path) -> None:
        assert read_csv(tmp_path, ",b,\n1,2,\n") == {
            "unnamed_1": ["1"],
            "b": ["2"],
            "unnamed_3": [None],
        }

    @pytest.mark.parametrize(
        ("header", "row", "names"),
        [
            ("price, net;age", "1,5;33", ["price, net", "age"]),
            ("a;b", "1,5;2,5", ["a", "b"]),
            ("a,b", "1;2,3;4", ["a", "b"]),
            ('"a;b",c', "1,2", ["a;b", "c"]),
            ("a\tb", "x, y\tz", ["a", "b"]),
            ("a", "x", ["a"]),
        ],
    )
    def test_the_delimiter_fits_header_and_rows(
        self, tmp_path: Path, header: str, row: str, names: list[str]
    ) -> None:
        assert list(read_csv(tmp_path, f"{header}\n{row}\n{row}\n")) == names

    def test_a_tab_at_the_start_of_a_line_is_an_empty_cell(self, tmp_path: Path) -> None:
        assert read_csv(tmp_path, "a\tb\n\t2\n\t\n") == {"a": [None, None], "b": ["2", None]}

    def test_an_empty_line_in_one_column_is_a_missing_value(self, tmp_path: Path) -> None:
        assert read_csv(tmp_path, "a\nx\n\ny\n") == {"a": ["x", None, "y"]}

    @pytest.mark.parametrize("quote", ["", '"'])
    @pytest.mark.parametrize("row", [1, 2, 5_000, 9_999])
    def test_a_short_row_is_named_by_its_line(self, tmp_path: Path, quote: str, row: int) -> None:
        lines = ["a,b,c", *[f"{quote}1{quote},2,3"] * 10_000]
        lines[row] = "1,2"
        with pytest.raises(InputError, match=rf"line {row + 1} has 2 fields .* has 3 fields"):
            read_csv(tmp_path, "\n".join(lines))

    def test_gzip_of_several_parts(self, tmp_path: Path) -> None:
        content = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")
        assert read_csv(tmp_path, content) == {"a": ["1", "3"], "b": ["2", "4"]}

    def test_the_digest_is_that_of_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_bytes(b"a\n1\n")
        first = read_table(path, "train").file_digest
        path.write_bytes(b"a\n1\n\n")
        assert first is not None
        assert first != read_table(path, "train").file_digest


class TestFrames:
    def test_numbers_with_nulls(self) -> None:
        frame = pl.DataFrame({"a": [1, None, 3], "b": [0.5, None, float("nan")]})
        columns = read_table(frame, "train").columns
        np.testing.assert_array_equal(columns["a"].rows(), [1.0, np.nan, 3.0])
        np.testing.assert_array_equal(columns["b"].rows(), [0.5, np.nan, np.nan])

    def test_huge_integers_stay_apart(self) -> None:
        frame = pd.DataFrame({"a": [2**53, 2**53 + 1, 2**53 + 2]})
        assert len(read_table(frame, "train").columns["a"].values) == 3

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_float32_means_its_shortest_decimal(self, dtype: Any) -> None:
        column = read_table(pd.DataFrame({"a": np.array([0.1, 1e-7, 3.0, np.inf], dtype)}), "train")
        assert column.columns["a"].rows().tolist() == [0.1, 1e-7, 3.0, np.inf]

    @pytest.mark.parametrize("make", [pl.DataFrame, pa.table, pd.DataFrame])
    def test_time_zones_become_utc(self, make: Any) -> None:
        zone = datetime.timezone(datetime.timedelta(hours=2))
        moment = datetime.datetime(2024, 3, 31, 2, 30, tzinfo=zone)
        columns = read_table(make({"a": [moment, None]}), "train").columns
        assert columns["a"][0] == np.datetime64("2024-03-31T00:30")
        assert columns["a"][1] is None

    def test_dates_beyond_2262(self) -> None:
        frame = pl.DataFrame({"a": [datetime.date(9999, 12, 31), None]})
        assert read_table(frame, "train").columns["a"][0] == np.datetime64("9999-12-31")

    def test_objects_are_written_as_in_a_file(self) -> None:
        values = [True, 1, 1.0, 2.5, Decimal("1.10"), b"b", " t ", datetime.date(2024, 1, 2), None]
        column = read_table(pd.DataFrame({"a": pd.Series(values, dtype=object)}), "train")
        assert column.columns["a"].rows().tolist() == [
            *("True", "1", "1", "2.5", "1.10", "b", "t", "2024-01-02"),
            None,
        ]

    def test_the_index_is_no_column(self) -> None:
        frame = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
        assert list(read_table(frame, "train").columns) == ["a"]

    def test_the_frame_is_left_alone(self) -> None:
        frame = pd.DataFrame({1: [1, None], "b": ["x ", "NA"]})
        before = frame.copy(deep=True)
        read_table(frame, "train")
        pd.testing.assert_frame_equal(frame, before)


WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=6) | st.sampled_from(
    ["1", "01", "1.0", "True", "0", "NA", "2024-01-31", "1e5", "inf", "a b c d", string.punctuation]
)
COLUMNS: dict[str, tuple[st.SearchStrategy[Any], str]] = {
    "whole": (st.integers(-5, 10**4), "Int64"),
    "huge": (st.integers(-(2**63), 2**63 - 1), "Int64"),
    "real": (st.floats(), "float64"),
    "short": (st.floats(width=32), "float32"),
    "flag": (st.booleans(), "boolean"),
    "words": (WORDS, "object"),
    "day": (st.dates().map(str), "object"),
    "moment": (
        st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1)),
        "datetime64[us]",
    ),
}


@st.composite
def frames(draw: st.DrawFn) -> dict[TableRole, pd.DataFrame]:
    names = draw(st.lists(st.sampled_from(list(COLUMNS)), min_size=2, unique=True))
    tables: dict[TableRole, pd.DataFrame] = {}
    roles: tuple[TableRole, ...] = ("train", "holdout", "synthetic")
    for role in roles:
        rows = draw(st.integers(1, 8))
        columns = {}
        for name in names:
            values, dtype = COLUMNS[name]
            drawn = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
            columns[name] = pd.Series(drawn, dtype=object).astype(dtype)
        tables[role] = pd.DataFrame(columns)
    return tables


def as_csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def as_parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame), buffer)
    return buffer.getvalue()


def built(tables: dict[TableRole, Any]) -> Tables:
    raw: dict[TableRole, RawTable] = {role: read_table(t, role) for role, t in tables.items()}
    return build_tables(raw, Declarations())


def in_files(folder: Path, tables: dict[TableRole, bytes]) -> dict[TableRole, Path]:
    folder.mkdir(exist_ok=True)
    for role, content in tables.items():
        (folder / role).write_bytes(content)
    return {role: folder / role for role in tables}


@settings(max_examples=60, deadline=None)
@given(tables=frames())
def test_the_same_data_is_the_same_table(
    tables: dict[TableRole, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> None:
    expected = built(dict(tables))
    folder = tmp_path_factory.mktemp("same")
    others: list[dict[TableRole, Any]] = [
        {role: pl.from_pandas(frame) for role, frame in tables.items()},
        {role: pa.Table.from_pandas(frame) for role, frame in tables.items()},
        dict(in_files(folder, {role: as_csv(frame) for role, frame in tables.items()})),
        # each table in another form
        {"train": tables["train"]}
        | {"holdout": pl.from_pandas(tables["holdout"])}
        | dict(in_files(folder / "mixed", {"synthetic": as_parquet(tables["synthetic"])})),
    ]
    for other in others:
        found = built(other)
        assert found.schema == expected.schema
        assert found.disagreements == expected.disagreements
        for before, after in zip(expected.real, found.real, strict=True):
            for column in range(len(before.codes)):
                np.testing.assert_array_equal(before.codes[column], after.codes[column])
                np.testing.assert_array_equal(before.numbers[column], after.numbers[column])
        for column in range(len(expected.synthetic.codes)):
            np.testing.assert_array_equal(
                expected.synthetic.codes[column], found.synthetic.codes[column]
            )
