"""No report is written over an input, nor into the folder of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from reidaudit.cli.outputs import check_writable
from reidaudit.errors import OutputError


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("parts", "in the folder of an input"),
        ("parts/*.csv", "is an input"),
        ("parts/part-0.csv", "is an input"),
        ("parts/new[1].csv", "is an input"),
    ],
)
def test_inputs_are_kept(named: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "part-0.csv").write_text("a\n1\n")
    wanted = "parts/new[1].csv" if "new" in named else "parts/part-0.csv"
    with pytest.raises(OutputError, match=message):
        check_writable([tmp_path / wanted], [tmp_path / named])


def test_a_report_beside_a_folder_of_parts_is_written(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    check_writable([tmp_path / "report.json"], [tmp_path / "parts", tmp_path / "*.csv"])
