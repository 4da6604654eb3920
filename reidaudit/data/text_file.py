"""CSV and its kin: text in, columns of text out, and no row with fields too few or too many."""

from __future__ import annotations

import codecs
import csv
import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from reidaudit.data.cells import text_column
from reidaudit.data.column import RawColumn, below
from reidaudit.data.raw import Origin, column_names

DELIMITERS = "\t|;,"
"""Where two of them would do, the earlier one does: commas stand in prose, tabs do not."""
OTHER_DELIMITERS = {":": 1, "^": 1, "~": 1, " ": 2}
"""Delimiters that are not read, and how many in every line give them away."""
LINES_TO_JUDGE_BY = 20
ROWS_AT_ONCE = 1 << 17
BLOCK = 1 << 24
"""Bytes that are looked at in one go, up to the next end of a line."""
LONGEST_FIELD = 2**31 - 1
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class _Text:
    """A text file taken apart: the names of its columns, and where the lines after them begin."""

    names: list[str]
    delimiter: str
    content: bytes
    start: int
    lines_before: int

    def body(self) -> io.BytesIO:
        """Open the lines that follow the names, without a copy of them."""
        file = io.BytesIO(self.content)
        file.seek(self.start)
        return file


def columns_of_text(content: bytes, origin: Origin) -> dict[str, RawColumn]:
    """Read a delimited text file, every cell as text.

    Parameters
    ----------
    content : bytes
        The file, not compressed.
    origin : Origin
        For messages.

    Raises
    ------
    InputError
        If the file is not UTF-8, is empty, has rows with more or fewer fields than its header,
        or columns without distinct names.
    """
    with _fields_of_any_length():
        _insist_on_text(content, origin)
        text = _take_apart(content, origin)
        _insist_on_whole_rows(text, origin)
    return _parse(text, origin)


@contextmanager
def _fields_of_any_length() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _insist_on_text(content: bytes, origin: Origin) -> None:
    if not content or content.isspace():
        raise origin.error("the file is empty; check that the export that wrote it finished.")
    if content.startswith(UTF_16_MARKS):
        raise origin.error("this is text in UTF-16; export the table as CSV in UTF-8.")
    nul = content.find(b"\x00")
    if nul >= 0:
        raise origin.error(
            f"line {_line_of(content, nul)} holds a NUL byte, so this is not a CSV file in UTF-8, "
            "or a damaged one; export the table again as CSV or Parquet."
        )
    is_blank = True
    for start, end in _blocks(content, len(_mark(content))):
        try:
            is_blank &= content[start:end].decode().isspace()
        except UnicodeDecodeError as error:
            line = _line_of(content, start + error.start)
            raise origin.error(f"line {line} is not UTF-8; export the table as UTF-8.") from None
    if is_blank:
        raise origin.error("the file is empty; check that the export that wrote it finished.")


def _blocks(content: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Cut the content behind a place into runs of whole lines."""
    while start < len(content):
        end = content.find(b"\n", start + BLOCK) + 1 or len(content)
        yield start, end
        start = end


def _mark(content: bytes) -> bytes:
    return codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""


def _line_of(content: bytes, place: int) -> int:
    return content.count(b"\n", 0, place) + 1


def _take_apart(content: bytes, origin: Origin) -> _Text:
    start = len(_mark(content))
    lines = list(islice(_lines(content, start), LINES_TO_JUDGE_BY))
    delimiter = max(DELIMITERS, key=lambda delimiter: _fit(lines, delimiter))
    used: list[str] = []
    reader = csv.reader(
        _kept(_lines(content, start), used), delimiter=delimiter, skipinitialspace=True
    )
    header = next(row for row in reader if any(field.strip() for field in row))
    if len(header) == 1:
        _insist_on_known_delimiter(lines, origin)
    names = column_names(header, origin, quotable=False)
    start += len("".join(used).encode())
    return _Text(names, delimiter, content, start, reader.line_num)


def _lines(content: bytes, start: int) -> Iterator[str]:
    """Read line by line, with the line ends as they are."""
    file = io.BytesIO(content)
    file.seek(start)
    return iter(io.TextIOWrapper(file, encoding="utf-8", newline=""))


def _kept(lines: Iterator[str], used: list[str]) -> Iterator[str]:
    for line in lines:
        used.append(line)
        yield line


def _fit(lines: Sequence[str], delimiter: str) -> tuple[bool, int]:
    """Prefer a delimiter by which all rows are as wide as the header, then the widest header."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    widths = [len(row) for row in reader if any(field.strip() for field in row)] or [0]
    # the last row may be cut off in the middle of a quoted field
    return 1 < widths[0] == min(widths[:-1] or widths) == max(widths[:-1] or widths), widths[0]


def _insist_on_known_delimiter(lines: Sequence[str], origin: Origin) -> None:
    rows = [line.strip() for line in lines if line.strip()]
    for delimiter, least in OTHER_DELIMITERS.items():
        if {row.count(delimiter) for row in rows} == {rows[0].count(delimiter)} and (
            rows[0].count(delimiter) >= least
        ):
            raise origin.error(
                f"the columns seem to be separated by {delimiter!r}; "
                "write the table with comma, semicolon, tab or bar between them."
            )


def _insist_on_whole_rows(text: _Text, origin: Origin) -> None:
    """Refuse a file with a row that has not as many fields as the header.

    pandas fills short rows in silence, so that a file that was cut short would pass for whole.
    """
    returns = text.content.count(b"\r", text.start)
    plain = text.content.find(b'"', text.start) < 0 and returns == text.content.count(
        b"\r\n", text.start
    )
    uneven = _uneven_plain_row(text) if plain else _uneven_quoted_row(text)
    if uneven is not None:
        line, fields = uneven
        wanted = f"{len(text.names)} field{'s' if len(text.names) > 1 else ''}"
        raise origin.error(
            f"line {line} has {fields} field{'s' if fields != 1 else ''} where the header has "
            f"{wanted}; check the delimiter and the quotes, and that the file is not cut short."
        )


def _uneven_plain_row(text: _Text) -> tuple[int, int] | None:
    """Count delimiters between line ends, many lines at once."""
    line = text.lines_before
    for start, end in _blocks(text.content, text.start):
        block = text.content[start:end]
        letters = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero(letters == ord("\n"))
        if not block.endswith(b"\n"):
            ends = np.append(ends, len(letters))
        delimiters = np.flatnonzero(letters == ord(text.delimiter))
        fields = np.diff(np.searchsorted(delimiters, ends), prepend=0) + 1
        for row in np.flatnonzero(fields != len(text.names)).tolist():
            first = int(ends[row - 1]) + 1 if row else 0
            if not _is_blank(block[first : int(ends[row])].decode(), text):
                return line + row + 1, int(fields[row])
        line += len(ends)
    return None


def _uneven_quoted_row(text: _Text) -> tuple[int, int] | None:
    """Let the csv module cut rows as pandas will: quoted fields may hold line ends."""
    lines = _lines(text.content, text.start)
    reader = csv.reader(lines, delimiter=text.delimiter, skipinitialspace=True)
    for row in reader:
        if len(row) != len(text.names) and not (len(row) < 2 and _is_blank("".join(row), text)):
            return text.lines_before + reader.line_num, len(row)
    return None


def _is_blank(line: str, text: _Text) -> bool:
    return not line.strip() and text.delimiter not in line


def _parse(text: _Text, origin: Origin) -> dict[str, RawColumn]:
    parts: list[list[RawColumn]] = [[text_column([])] for _ in text.names]
    try:
        with warnings.catch_warnings():
            # pandas only warns when rows are longer than the header, and drops the surplus
            warnings.simplefilter("error", pd.errors.ParserWarning)
            for frame in pd.read_csv(
                text.body(),
                sep=text.delimiter,
                header=None,
                names=range(len(text.names)),
                index_col=False,
                dtype=object,
                na_filter=False,
                low_memory=False,
                skipinitialspace=True,
                chunksize=ROWS_AT_ONCE,
                # in a table of one column an empty line is a row whose value is missing
                skip_blank_lines=len(text.names) > 1,
            ):
                for place, part in enumerate(parts):
                    part.append(text_column(frame[place]))
    except pd.errors.EmptyDataError:
        pass  # there are only names
    except (pd.errors.ParserError, pd.errors.ParserWarning):
        raise origin.error(
            "a quotation mark that opens a field is never closed; "
            "check the quotes, and that the file is not cut short."
        ) from None
    return {name: below(part) for name, part in zip(text.names, parts, strict=True)}
