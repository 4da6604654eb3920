"""Every odd or broken input that an audit must either refuse in one sentence or simply take.

``ERRORS`` are refused with a message that matches; ``WORKS`` end in one of the given verdicts.
"""

from __future__ import annotations

import datetime
import gzip
import io
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

Make = Callable[[Path], Mapping[str, Any]]

SECRET = "Zanzibar"
"""A value of a real table that stands in every refused input, and in no message."""
SECRET_NUMBER = 987654321

DECIDED = {"pass", "fail", "inconclusive", "incomplete"}


def people(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, rows),
            "region": rng.choice(["north", "south", SECRET], rows),
            "income": rng.normal(30_000, 9_000, rows).round(2),
            "member": rng.random(rows) < 0.5,
        }
    )


def trio(train: Any = None, synthetic: Any = None, holdout: Any = None) -> dict[str, Any]:
    return {
        "train": people(60, 1) if train is None else train,
        "synthetic": people(50, 2) if synthetic is None else synthetic,
        "holdout": people(40, 3) if holdout is None else holdout,
    }


def holes(frame: pd.DataFrame) -> pd.DataFrame:
    rows, columns = np.indices(frame.shape)
    return frame.mask((rows + columns) % 7 == 0)


def csv_of(frame: pd.DataFrame, **options: Any) -> bytes:
    return frame.to_csv(index=False, **options).encode()


def parquet_of(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def file(content: bytes, name: str = "train.csv", **others: Any) -> Make:
    """Train is a file with this content; the other tables are frames."""

    def make(folder: Path) -> Mapping[str, Any]:
        (folder / name).write_bytes(content)
        return trio(train=folder / name) | others

    return make


def files(change: Callable[[pd.DataFrame], bytes], name: str = "{role}.csv") -> Make:
    """All three tables are files."""

    def make(folder: Path) -> Mapping[str, Any]:
        paths = {}
        for role, frame in trio().items():
            paths[role] = folder / name.format(role=role)
            paths[role].write_bytes(change(frame))
        return paths

    return make


def given(**arguments: Any) -> Make:
    """Train or another argument is this very object."""
    return lambda folder: trio() | arguments


def all_frames(change: Callable[[pd.DataFrame], Any], **arguments: Any) -> Make:
    """All three tables are frames that have been changed alike."""
    return lambda folder: {role: change(frame) for role, frame in trio().items()} | arguments


def column(make: Callable[[int], Any], name: str = "extra") -> Make:
    """All three tables have a further column, made for their number of rows."""
    return all_frames(lambda frame: frame.assign(**{name: make(len(frame))}))


def cycle(*values: Any) -> Callable[[int], Any]:
    return lambda rows: pd.Series([values[i % len(values)] for i in range(rows)], dtype=object)


def with_id(frame: pd.DataFrame, start: int) -> pd.DataFrame:
    return frame.assign(person=np.arange(start, start + len(frame)))


def entity_trio(**changes: Any) -> dict[str, Any]:
    tables = trio(train=with_id(people(60, 1), 0), holdout=with_id(people(40, 3), 500))
    return tables | {"entity": "person"} | changes


def keyless(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(person=frame["person"].where(frame["person"] % 7 > 0))


def wide(frame: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(len(frame))
    extra = pd.DataFrame(rng.integers(0, 9, (len(frame), 1000))).add_prefix("column ")
    return pd.concat([frame.head(30), extra.head(30)], axis=1)


HEADER = b"age,region,income,member\n"
ROW = f"30,{SECRET},{SECRET_NUMBER}.5,True\n".encode()
TABLE = csv_of(people(60, 1))
HTML_NAME = "<b>age</b> & \"'é\u200b,x;y"
NOW = pd.Timestamp("2024-02-29 12:30:00")

ERRORS: dict[str, tuple[Make, str]] = {
    "no such file": (given(train="nowhere/train.csv"), r"train\.csv \(train\): there is no such"),
    "a folder": (lambda folder: trio(train=folder), r"\(train\): this is a folder"),
    "text of a table": (given(train=TABLE.decode()), r"not a path"),
    "a very long path": (given(train="x" * 5000), r"cannot be read"),
    "an empty path": (given(train=""), r"this is a folder"),
    "empty file": (file(b""), r"train\.csv \(train\): the file is empty"),
    "blank file": (file(b" \n\r\n\t\n"), r"the file is empty"),
    "only a byte order mark": (file(b"\xef\xbb\xbf\n"), r"the file is empty"),
    "empty gzip": (file(gzip.compress(b""), "train.csv.gz"), r"the file is empty"),
    "header only": (file(HEADER), r"column names but no rows"),
    "truncated gzip": (file(gzip.compress(TABLE)[:-40], "train.csv.gz"), r"gz .*cut short"),
    "damaged gzip": (
        file(gzip.compress(TABLE)[:60] + b"\xff" * 200, "train.csv.gz"),
        r"train\.csv\.gz \(train\): the gzip file is damaged",
    ),
    "last line cut short": (
        file(HEADER + ROW * 3 + ROW[:15]),
        r"line 5 has 3 fields where the header has 4 fields; .*cut short",
    ),
    "cut short in quotes": (
        file(HEADER + ROW + f'30,"{SECRET} and'.encode()),
        r"line 3 has 2 fields",
    ),
    "an open quote": (
        file(HEADER + ROW + f'30,{SECRET},1,"True\n'.encode()),
        r"quotation mark .* never closed",
    ),
    "a row too short": (file(HEADER + ROW + b"31,north\n" + ROW), r"line 3 has 2 fields"),
    "a quoted row too short": (
        file(HEADER + b'30,"a\nb",1.0,True\n' + b'31,"north"\n' + ROW),
        r"line 4 has 2 fields",
    ),
    "a row too long": (file(HEADER + ROW + ROW.strip() + b",5\n"), r"line 3 has 5 fields"),
    "Windows line ends, too short": (
        file((HEADER + ROW + b"31,north\n").replace(b"\n", b"\r\n")),
        r"line 3 has 2 fields",
    ),
    "wrong delimiter": (file(TABLE.replace(b",", b":")), r"separated by ':'; .*semicolon"),
    "blanks for delimiters": (file(TABLE.replace(b",", b" ")), r"separated by ' '"),
    "another delimiter inside": (
        file(HEADER.replace(b",", b";") + ROW),
        r"line 2 has 1 field where the header has 4",
    ),
    "no header": (file(ROW * 3), r"train\.csv \(train\): it shares no column with the other"),
    "no header, equal values": (
        file(f"{SECRET},1,{SECRET}\n".encode()),
        r"columns 1 and 3 have the same name; .* header line",
    ),
    "Latin-1": (file(HEADER + ROW + "31,Curaçao,1,True\n".encode("latin-1")), r"line 3 is not UTF"),
    "UTF-16": (file(TABLE.decode().encode("utf-16")), r"UTF-16; .*UTF-8"),
    "UTF-16 without a mark": (file(TABLE.decode().encode("utf-16-le")), r"line 1 holds a NUL"),
    "NUL bytes late": (file(HEADER + ROW * 900 + b"31,a\x00b,1,True\n"), r"line 902 holds a NUL"),
    "Excel workbook": (file(b"PK\x03\x04" + b"\x00" * 50, "train.xlsx"), r"Excel workbook; export"),
    "old Excel workbook": (file(b"\xd0\xcf\x11\xe0" + b"\x00" * 50), r"old Excel workbook"),
    "Feather file": (file(b"ARROW1\x00\x00" + b"\x00" * 50), r"Arrow or Feather"),
    "truncated Parquet": (
        file(parquet_of(people(9, 1))[:-20], "train.parquet"),
        r"train\.parquet \(train\): the Parquet file is damaged",
    ),
    "repeated column name": (
        file(b"age,age,x\n" + b"1,2,3\n"),
        r"columns 1 and 2 have the same",
    ),
    "names that differ by blanks": (file(b'age," age",x\n' + b"1,2,3\n"), r"columns 1 and 2 have"),
    "no shared column": (
        given(synthetic=pd.DataFrame({"x": [SECRET]})),
        r"\(synthetic\): it shares no column",
    ),
    "a reference that lacks a column": (
        given(reference=people(9, 4).drop(columns="age")),
        r"data frame \(reference\): it lacks the column 'age'",
    ),
    "a lazy frame": (given(train=pl.LazyFrame({"a": [SECRET]})), r"LazyFrame .*collect"),
    "a dict": (given(train={"a": [SECRET]}), r"type dict is neither .* pandas"),
    "a list": (given(train=[[SECRET]]), r"type list is neither"),
    "an array": (given(train=np.array([[SECRET]])), r"type ndarray is neither"),
    "a series": (given(train=people(9, 1)["region"]), r"type Series is neither"),
    "nothing": (given(train=None), r"nothing to audit without the train table"),
    "a frame without columns": (given(train=pd.DataFrame()), r"no columns"),
    "a frame without rows": (given(train=people(9, 1).head(0)), r"no rows"),
    "a release without rows": (given(synthetic=people(9, 1).head(0)), r"\(synthetic\): .*no rows"),
    "names 1 and '1'": (
        given(train=pd.DataFrame([[SECRET, 2]], columns=[1, "1"])),
        r"data frame \(train\): columns 1 and 2 have the same name '1'",
    ),
    "repeated pandas names": (
        given(train=pd.DataFrame([[SECRET, 2]], columns=["a", "a"])),
        r"same name 'a'; give",
    ),
    "repeated pyarrow names": (
        given(train=pa.table([[SECRET], ["x"]], names=["a", "a"])),
        r"same name 'a'; give",
    ),
    "names of several levels": (
        given(train=people(9, 1).T.set_index(pd.MultiIndex.from_product([["x"], range(4)])).T),
        r"several levels; join",
    ),
    "lists in cells": (column(lambda rows: [[SECRET]] * rows), r"'extra' holds lists"),
    "structures in cells": (
        given(train=pl.DataFrame({"region": [{"x": SECRET}]})),
        r"'region' holds lists or structures",
    ),
    "entity key missing in train": (given(entity="person"), r"no column 'person'"),
    "entity key missing in holdout": (
        lambda folder: entity_trio(holdout=people(40, 3)),
        r"\(holdout\): the entity key 'person' is missing",
    ),
    "entity key with missing values": (
        lambda folder: entity_trio(train=keyless(with_id(people(60, 1), 0))),
        r"\(train\): 9 rows have no value in the entity key 'person'",
    ),
    "an unknown declared column": (given(sensitive=["incomes"]), r"'incomes'.*mean 'income'"),
    "an unknown column in the schema": (
        given(schema={"zzz": {"role": "ignore"}}),
        r"'zzz'.*check the spelling",
    ),
    "words declared numeric": (
        given(schema={"region": {"kind": "numeric"}}),
        r"data frame \(train\): 60 values of column 'region' cannot be read as numeric",
    ),
    "words declared dates": (
        given(schema={"region": {"kind": "datetime"}}),
        r"cannot be read as datetime.*2024-12-31",
    ),
    "one bad release value": (
        given(
            synthetic=people(50, 2).assign(age=cycle(*[30] * 49, SECRET)(50)),
            schema={"age": {"kind": "numeric"}},
        ),
        r"data frame \(synthetic\): 1 value of column 'age' cannot be read as numeric",
    ),
    "nothing left to audit": (
        given(schema={n: {"role": "ignore"} for n in ("age", "region", "income", "member")}),
        r"No column is left to audit",
    ),
}

WORKS: dict[str, tuple[Make, set[str]]] = {
    "as it should be": (given(), DECIDED),
    "no holdout": (
        lambda folder: {k: v for k, v in trio().items() if k != "holdout"},
        {"incomplete"},
    ),
    "missing values in every column": (all_frames(lambda f: holes(f)), DECIDED),
    "missing values in one table": (given(synthetic=holes(people(50, 2))), DECIDED),
    "a column of nothing": (column(cycle(None)), DECIDED),
    "nothing in one table": (given(synthetic=people(50, 2).assign(age=np.nan)), DECIDED),
    "a constant column": (column(cycle("same")), DECIDED),
    "a constant number": (column(cycle(7)), DECIDED),
    "only constant columns": (
        all_frames(lambda f: f[[]].assign(a=1, b="x")),
        DECIDED | {"invalid"},
    ),
    "all words unique": (column(lambda rows: [f"word {i}" for i in range(rows)]), DECIDED),
    "all numbers unique": (column(lambda rows: np.arange(rows)[::-1] * 1.7), DECIDED),
    "a column that counts the rows": (column(np.arange), DECIDED),
    "unseen categories": (given(synthetic=people(50, 2).assign(region="east")), DECIDED),
    "booleans against 0 and 1": (given(synthetic=people(50, 2).astype({"member": int})), DECIDED),
    "booleans against 0.0 and missing": (
        given(synthetic=holes(people(50, 2).astype({"member": float}))),
        DECIDED,
    ),
    "integers against floats": (given(synthetic=people(50, 2).astype({"age": float})), DECIDED),
    "objects of mixed types": (column(cycle(1, "one", 1.5, None, True, NOW)), DECIDED),
    "numbers against words": (given(synthetic=people(50, 2).assign(age="old")), {"invalid"}),
    "pandas dates": (column(lambda rows: pd.date_range("1950-01-31", periods=rows)), DECIDED),
    "pandas dates against ISO text": (
        lambda folder: {
            role: frame.assign(day=days if role == "train" else days.astype(str))
            for role, frame in trio().items()
            for days in [pd.Series(pd.date_range("1950-01-31", periods=len(frame), freq="7D"))]
        },
        DECIDED,
    ),
    "dates far away": (column(cycle("9999-12-31", "0001-01-01", "2024-02-29")), DECIDED),
    "dates with time zones": (
        column(lambda rows: pd.date_range("2024-03-30", periods=rows, tz="Europe/Berlin")),
        DECIDED,
    ),
    "very long text": (column(cycle("word " * 60_000, "short", "word " * 60_000 + "x")), DECIDED),
    "very long text in files": (
        files(lambda f: csv_of(f.assign(note=cycle('"so",\n' * 24_000, "x")(len(f))))),
        DECIDED,
    ),
    "a thousand columns": (all_frames(wide), DECIDED),
    "odd column names": (
        all_frames(lambda f: f.set_axis([HTML_NAME, "two words", "多", "=1+1"], axis=1)),
        DECIDED,
    ),
    "odd column names in files": (
        files(lambda f: csv_of(f.set_axis([HTML_NAME, "two\nlines", "", "`x`"], axis=1))),
        DECIDED,
    ),
    "integers for column names": (all_frames(lambda f: f.set_axis(range(4), axis=1)), DECIDED),
    "columns in another order": (given(synthetic=people(50, 2).iloc[:, ::-1]), DECIDED),
    "a column more in the release": (given(synthetic=people(50, 2).assign(new=1)), DECIDED),
    "a column less in the release": (given(synthetic=people(50, 2).drop(columns="age")), DECIDED),
    "a column less in the holdout": (given(holdout=people(40, 3).drop(columns="age")), {"invalid"}),
    "an ignored column less in the holdout": (
        given(holdout=people(40, 3).drop(columns="age"), schema={"age": {"role": "ignore"}}),
        DECIDED,
    ),
    "semicolons": (files(lambda f: csv_of(f, sep=";")), DECIDED),
    "tabs": (files(lambda f: csv_of(f, sep="\t")), DECIDED),
    "bars": (files(lambda f: csv_of(f, sep="|")), DECIDED),
    "each file its own delimiter": (file(TABLE.replace(b",", b"|")), DECIDED),
    "a byte order mark": (files(lambda f: b"\xef\xbb\xbf" + csv_of(f)), DECIDED),
    "Windows line ends": (files(lambda f: csv_of(f, lineterminator="\r\n")), DECIDED),
    "old Mac line ends": (files(lambda f: csv_of(f, lineterminator="\r")), DECIDED),
    "everything in quotes": (files(lambda f: csv_of(f, quoting=1)), DECIDED),
    "blank lines": (files(lambda f: b"\n \n" + csv_of(f).replace(b"\n", b"\n\n")), DECIDED),
    "an index column as pandas writes it": (files(lambda f: f.to_csv().encode()), DECIDED),
    "gzip": (files(lambda f: gzip.compress(csv_of(f)), "{role}.csv.gz"), DECIDED),
    "gzip without saying so": (files(lambda f: gzip.compress(csv_of(f))), DECIDED),
    "Parquet": (files(parquet_of, "{role}.parquet"), DECIDED),
    "one column": (all_frames(lambda f: f[["income"]]), DECIDED),
    "one column in files": (files(lambda f: csv_of(f[["region"]])), DECIDED | {"invalid"}),
    "one row each": (all_frames(lambda f: f.head(1)), {"incomplete", "inconclusive"}),
    "one row in train": (given(train=people(1, 1)), {"incomplete", "inconclusive"}),
    "one row in the holdout": (given(holdout=people(1, 1)), {"incomplete", "inconclusive"}),
    "one row in the release": (given(synthetic=people(1, 1)), DECIDED),
    "a large holdout": (given(holdout=people(400, 4)), DECIDED),
    "a large release": (given(synthetic=people(3000, 4)), DECIDED),
    "infinities": (column(cycle(np.inf, 1.0, -np.inf, 2.5, None)), DECIDED),
    "only infinities": (column(cycle(np.inf, -np.inf)), DECIDED),
    "the largest floats": (column(cycle(1.7e308, -1.7e308, 0.0, 5e-324, 1.0)), DECIDED),
    "huge integers": (column(lambda rows: np.arange(rows) + 2**62), DECIDED),
    "integers beyond 64 bits": (column(lambda rows: [10**30 + i for i in range(rows)]), DECIDED),
    "a release equal to train": (given(synthetic=people(60, 1)), {"fail", "inconclusive"}),
    "a release equal to the holdout": (given(synthetic=people(40, 3)), {"invalid"}),
    "a holdout equal to train": (given(holdout=people(60, 1)), {"invalid"}),
    "people on both sides": (
        lambda folder: entity_trio(holdout=with_id(people(40, 3), 40)),
        {"invalid"},
    ),
    "an entity key": (lambda folder: entity_trio(), DECIDED),
    "categorical and nullable types": (
        all_frames(lambda f: f.convert_dtypes().astype({"region": "category"})),
        DECIDED,
    ),
    "Decimal": (column(cycle(Decimal("1.10"), None, Decimal("NaN"), Decimal(3))), DECIDED),
    "bytes": (column(cycle(b"a", b"\xff", None)), DECIDED),
    "Timedelta": (column(lambda rows: pd.to_timedelta(np.arange(rows) % 9, unit="h")), DECIDED),
    "period": (column(lambda rows: pd.period_range("2000-01", periods=rows, freq="M")), DECIDED),
    "datetime.date": (column(cycle(datetime.date(2024, 2, 29), None)), DECIDED),
    "complex numbers": (column(cycle(1 + 2j, 3j)), DECIDED),
    "polars": (all_frames(lambda f: pl.from_pandas(holes(f))), DECIDED),
    "polars categories": (
        all_frames(lambda f: pl.from_pandas(f).cast({"region": pl.Categorical})),
        DECIDED,
    ),
    "pyarrow": (all_frames(lambda f: pa.Table.from_pandas(holes(f))), DECIDED),
    "pyarrow dictionaries": (
        all_frames(lambda f: pa.table({"r": pa.array(f["region"]).dictionary_encode()})),
        DECIDED | {"invalid"},
    ),
    "one library for each table": (
        lambda folder: {
            "train": pl.from_pandas(people(60, 1)),
            "synthetic": pa.Table.from_pandas(people(50, 2)),
            "holdout": people(40, 3),
        },
        DECIDED,
    ),
}
