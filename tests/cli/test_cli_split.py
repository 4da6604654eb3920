"""``reidaudit split``: nothing is lost, nothing is changed, nobody is on both sides."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import stat
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reidaudit.data.split import split_file
from reidaudit.errors import ReidauditError

Run = Callable[..., Result]


def _table(rows: int = 200) -> str:
    draw = random.Random(5)  # noqa: S311 - no secret
    lines = [f"{i:05d},P{draw.randrange(rows // 4):03d},x{i % 7}" for i in range(rows)]
    return "id,person,what\n" + "\n".join(lines) + "\n"


@pytest.fixture
def real() -> Path:
    path = Path("real.csv")
    path.write_text(_table())
    return path


def _rows(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()[1:]


class TestProperties:
    def test_disjoint_and_the_union_is_the_whole(self, run: Run, real: Path) -> None:
        assert run("split", str(real), "--holdout-fraction", "0.3").exit_code == 0
        train, holdout = _rows(Path("train.csv")), _rows(Path("holdout.csv"))
        assert (len(train), len(holdout)) == (140, 60)
        assert sorted(train + holdout) == sorted(_rows(real))

    def test_the_same_seed_gives_the_same_split(self, run: Run, real: Path) -> None:
        for out, seed in (("a", "1"), ("b", "1"), ("c", "2")):
            run("split", str(real), "--holdout-fraction", "0.5", "--seed", seed, "--out", out)
        one, two, three = (Path(out, "holdout.csv").read_bytes() for out in "abc")
        assert one == two != three

    def test_entities_stay_together(self, run: Run, real: Path) -> None:
        result = run("split", str(real), "--holdout-fraction", "0.4", "--entity", "person")
        assert result.exit_code == 0
        train, holdout = (
            {row.split(",")[1] for row in _rows(Path(f"{side}.csv"))}
            for side in ("train", "holdout")
        )
        assert train.isdisjoint(holdout)
        assert len(holdout) == round(0.4 * len(train | holdout))

    def test_entities_are_told_apart_as_in_the_audit(self, run: Run) -> None:
        """1, 1.0 and ' 1' are one number, whoever wrote them."""
        Path("real.csv").write_text("who,x\n1,a\n1.0,b\n 1,c\n2,d\n2.0,e\n")
        run("split", "real.csv", "--holdout-fraction", "0.5", "--entity", "who")
        sizes = {len(_rows(Path(f"{side}.csv"))) for side in ("train", "holdout")}
        assert sizes == {2, 3}

    def test_rows_are_drawn_at_random(self) -> None:
        Path("real.csv").write_text("x\n" + "".join(f"{i}\n" for i in range(10)))
        seen: Counter[str] = Counter()
        for seed in range(100):
            split_file(Path("real.csv"), Path("out"), fraction=0.3, seed=seed, force=True)
            seen.update(_rows(Path("out/holdout.csv")))
        assert min(seen.values()) > 15  # 30 are expected of each, with a deviation of 5
        assert sum(seen.values()) == 300


class TestText:
    HARD = (
        '\ufeffid;"na\nme"; note\r\n'
        '007;"O""Neil; x";  "q; r"\r\n'
        "\r\n"
        '008;\u00fc y;"two\r\nlines"\r\n'
        "1e5;;NA\r\n"
        ";;\r\n"
        "+0010;z ;last"
    )

    @pytest.mark.parametrize("zipped", [False, True])
    def test_cells_are_kept_as_they_stand(self, run: Run, zipped: bool) -> None:
        content = self.HARD.encode()
        Path("real").write_bytes(gzip.compress(content) if zipped else content)
        assert run("split", "real", "--holdout-fraction", "0.5").exit_code == 0
        parts = [_content(Path(f"{side}.csv" + ".gz" * zipped)) for side in ("train", "holdout")]
        header = '\ufeffid;"na\nme"; note\r\n'
        assert all(part.startswith(header) for part in parts)
        rows = "".join(part.removeprefix(header) for part in parts)
        wanted = [
            '007;"O""Neil; x";  "q; r"\r\n',
            '008;\u00fc y;"two\r\nlines"\r\n',
            "1e5;;NA\r\n",
            ";;\r\n",
            "+0010;z ;last\r\n",
        ]
        assert all(row in rows for row in wanted)
        assert len(rows) == sum(map(len, wanted))

    @pytest.mark.parametrize("delimiter", list(",;\t|"))
    def test_all_delimiters(self, run: Run, delimiter: str) -> None:
        rows = [f"{i}{delimiter}{delimiter}b|;c"[: 4 if delimiter in "|;" else 9] for i in range(9)]
        Path("real.txt").write_text("\n".join([delimiter.join("abc"), *rows]) + "\n")
        assert run("split", "real.txt", "--holdout-fraction", "0.5").exit_code == 0
        assert sorted(_rows(Path("train.csv")) + _rows(Path("holdout.csv"))) == sorted(rows)

    def test_very_long_cells(self, run: Run) -> None:
        Path("real.csv").write_text("a,b\n" + "".join(f"{i},{'x' * 200_000}\n" for i in range(4)))
        assert run("split", "real.csv", "--holdout-fraction", "0.5").exit_code == 0

    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.lists(
            st.lists(
                st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
                min_size=3,
                max_size=3,
            ),
            min_size=4,
            max_size=9,
        )
    )
    def test_whatever_the_csv_module_writes_comes_back(self, cells: list[list[str]]) -> None:
        buffer = io.StringIO(newline="")
        csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *cells])
        Path("real.csv").write_bytes(buffer.getvalue().encode())
        split_file(Path("real.csv"), Path("out"), fraction=0.5, force=True)
        found: list[list[str]] = []
        for side in ("train", "holdout"):
            text = Path(f"out/{side}.csv").read_bytes().decode()
            found += list(csv.reader(io.StringIO(text, newline="")))[1:]
        assert sorted(found) == sorted(cells)


def test_parquet_stays_parquet(run: Run) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"id": [f"{i:03d}" for i in range(40)], "x": [i / 3 for i in range(40)]})
    frame.to_parquet("real.parquet")
    assert run("split", "real.parquet", "--holdout-fraction", "0.25").exit_code == 0
    parts = [pd.read_parquet(f"{side}.parquet") for side in ("train", "holdout")]
    assert [len(part) for part in parts] == [30, 10]
    pd.testing.assert_frame_equal(pd.concat(parts).sort_values("id").reset_index(drop=True), frame)


class TestReceipt:
    def test_it_says_how_the_split_was_made(self, run: Run, real: Path) -> None:
        run("split", str(real), "--holdout-fraction", "0.3", "--entity", "person", "--seed", "4")
        receipt = json.loads(Path("split.json").read_text("utf-8"))
        assert [receipt[key] for key in ("fraction", "seed", "entity")] == [0.3, 4, "person"]
        assert receipt["source"]["name"] == "real.csv"
        assert receipt["source"]["rows"] == 200
        assert receipt["train"]["rows"] + receipt["holdout"]["rows"] == 200
        assert receipt["tool"]["name"] == "reidaudit"

    def test_real_tables_have_no_digest_without_a_key(self, run: Run, real: Path) -> None:
        run("split", str(real), "--holdout-fraction", "0.3")
        receipt = json.loads(Path("split.json").read_text("utf-8"))
        assert {receipt[role]["digest"] for role in ("source", "train", "holdout")} == {None}

    def test_the_digest_is_the_one_that_the_audit_reports(
        self, run: Run, leaky: list[str], tables: dict[str, str]
    ) -> None:
        key = {"REIDAUDIT_DIGEST_KEY": "a key"}
        run("split", tables["train"], "--holdout-fraction", "0.3", env=key)
        receipt = json.loads(Path("split.json").read_text("utf-8"))
        report = json.loads(run(*leaky, "-o", "json", env=key).stdout)
        train = next(table for table in report["inputs"] if table["role"] == "train")
        assert receipt["source"]["digest"] == train["digest"] is not None
        assert receipt["train"]["digest"] != receipt["holdout"]["digest"]

    def test_two_lines_are_printed(self, run: Run, real: Path) -> None:
        result = run("split", str(real), "--holdout-fraction", "0.3", "--out", "out")
        assert result.stdout == (
            "out/train.csv: 140 rows, for the generator to learn from\n"
            "out/holdout.csv: 60 rows, to be kept from it\n"
        )

    def test_the_parts_are_as_readable_as_the_source(self, run: Run, real: Path) -> None:
        real.chmod(0o600)
        run("split", str(real), "--holdout-fraction", "0.3", "--out", "out")
        assert {stat.S_IMODE(path.stat().st_mode) for path in Path("out").iterdir()} == {0o600}


class TestErrors:
    @pytest.mark.parametrize("fraction", ["0", "1", "-0.1", "1.5", "nan"])
    def test_fractions_outside(self, run: Run, real: Path, fraction: str) -> None:
        result = run("split", str(real), "--holdout-fraction", fraction)
        assert result.exit_code == 2
        assert "between 0 and 1" in result.stderr

    def test_an_unknown_entity_column(self, run: Run, real: Path) -> None:
        result = run("split", str(real), "--holdout-fraction", "0.3", "--entity", "Persn")
        assert result.exit_code == 2
        assert "did you mean 'person'?" in result.stderr

    def test_rows_of_nobody(self, run: Run) -> None:
        Path("real.csv").write_text("who,x\na,1\n,2\nb,3\n")
        result = run("split", "real.csv", "--holdout-fraction", "0.5", "--entity", "who")
        assert result.exit_code == 2
        assert "1 rows have no value" in result.stderr

    @pytest.mark.parametrize(("rows", "fraction"), [(1, 0.5), (3, 0.1), (3, 0.9)])
    def test_too_few_rows(self, run: Run, rows: int, fraction: float) -> None:
        Path("real.csv").write_text("x\n" + "1\n" * rows)
        result = run("split", "real.csv", "--holdout-fraction", str(fraction))
        assert result.exit_code == 2
        assert [path.name for path in Path().iterdir()] == ["real.csv"]

    @pytest.mark.parametrize("content", ["", "a,b\n", "a,b\n1\n2,3\n", 'a,b\n"1,2\n3,4\n'])
    def test_bad_tables(self, run: Run, content: str) -> None:
        Path("real.csv").write_text(content)
        result = run("split", "real.csv", "--holdout-fraction", "0.5")
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1

    def test_no_file(self, run: Run) -> None:
        assert run("split", "nowhere.csv", "--holdout-fraction", "0.5").exit_code == 2


class TestOverwriting:
    @pytest.mark.parametrize("name", ["train.csv", "holdout.csv", "split.json"])
    def test_only_by_force(self, run: Run, real: Path, name: str) -> None:
        Path(name).write_text("old")
        result = run("split", str(real), "--holdout-fraction", "0.5")
        assert result.exit_code == 2
        assert sorted(path.name for path in Path().iterdir()) == sorted([name, "real.csv"])
        assert Path(name).read_text() == "old"
        assert run("split", str(real), "--holdout-fraction", "0.5", "--force").exit_code == 0
        assert Path(name).read_text() != "old"

    def test_the_source_never(self, run: Run, real: Path) -> None:
        before = real.read_bytes()
        real.rename("train.csv")
        result = run("split", "train.csv", "--holdout-fraction", "0.5", "--force")
        assert result.exit_code == 2
        assert Path("train.csv").read_bytes() == before

    def test_a_failed_split_leaves_nothing(
        self, real: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls = []

        def full(self: Path, target: Path) -> Path:
            calls.append(target)
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(ReidauditError, match="No space left"):
            split_file(real, Path("out"), fraction=0.5)
        assert calls
        assert list(Path("out").iterdir()) == []


def _content(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
