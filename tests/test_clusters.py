"""An audit on a cluster: the same report as in one process, and nothing left behind."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import reidaudit
from reidaudit.attack import Case, Family, Outcome
from reidaudit.errors import ClusterError, ReidauditError, UsageError
from reidaudit.neighbours import cluster, stored

ATTACKS = (
    "attribute_inference.nearest_neighbour",
    "disclosure.exact_copy",
    "membership_inference.distance_ratio",
    "membership_inference.neighbourhood",
)


def people(seed: int, rows: int = 260) -> pd.DataFrame:
    rng = np.random.default_rng([seed, 16])
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, rows),
            "city": rng.choice(list("ABCD"), rows),
            "income": rng.normal(30_000, 8_000, rows).round(2),
            "ill": rng.choice(["yes", "no"], rows),
        }
    )


def audited(**options: Any) -> str:
    """The JSON of an audit that fails, so that columns are explained and it checks itself."""
    release = pd.concat([people(1)[:60], people(3)], ignore_index=True)
    settings: dict[str, Any] = {"attacks": ATTACKS, "permutations": 50, "workers": 2}
    settings |= {"started": datetime(2026, 1, 1, tzinfo=UTC)} | options
    told = json.loads(reidaudit.audit(people(1), release, people(2), **settings).to_json())
    assert told["verdict"] == "fail"
    del told["run"]["seconds"]
    return json.dumps(told)


@pytest.fixture(scope="module")
def in_one_process() -> str:
    return audited()


@pytest.fixture(autouse=True)
def _everything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PAIRS_WORTH_SENDING", 0)
    monkeypatch.setattr(cluster.tiles, "QUERIES_AT_ONCE", 40)


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A real cluster on this machine: a scheduler and two worker processes."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as local:
        yield local.scheduler_address


def files_checked() -> int:
    return len(stored._CHECKED)


def test_a_dask_cluster_gives_the_same_report(
    scheduler: str, in_one_process: str, tmp_path: Path
) -> None:
    from distributed import Client

    assert audited(cluster=f"dask={scheduler}", scratch=tmp_path) == in_one_process
    assert list(tmp_path.iterdir()) == []
    with Client(scheduler) as client:
        assert all(count > 0 for count in client.run(files_checked).values())
        # an open client serves as well, and stays open
        assert audited(cluster="dask", memory="16MiB") == in_one_process
        assert client.status == "running"


def test_processes_give_the_same_report(in_one_process: str, tmp_path: Path) -> None:
    assert audited(cluster="processes", scratch=tmp_path) == in_one_process
    assert list(tmp_path.iterdir()) == []


def test_an_index_in_parts_gives_the_same_report(
    in_one_process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "rows_within", lambda memory, index: 100)
    assert audited(cluster="processes") == in_one_process


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the extra 'ray'")
def test_a_ray_cluster_gives_the_same_report(in_one_process: str) -> None:
    import ray

    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    try:
        assert audited(cluster="ray") == in_one_process
        assert ray.is_initialized()
    finally:
        ray.shutdown()


@pytest.mark.skipif(
    importlib.util.find_spec("joblibspark") is None, reason="needs the extra 'spark'"
)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_a_spark_session_gives_the_same_report(
    in_one_process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from pyspark.sql import SparkSession

    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    try:
        assert audited(cluster="spark") == in_one_process
    finally:
        session.stop()


class Searching:
    """An attack that searches, and then does something."""

    name, version, family = "nearest_neighbour.searching", "1", Family.NEAREST_NEIGHBOUR
    needs: frozenset[Any] = frozenset()

    def __init__(self, then: Any) -> None:
        self.then = then

    def run(self, case: Case, rng: np.random.Generator) -> Iterator[Outcome]:
        distance = case.neighbours("gower", "release").distance[:, 0]
        self.then()
        yield Outcome.of_scores("nearest", "Is nearness a sign?", -distance)


def test_scratch_files_are_there_for_their_owner_alone_and_gone_after_an_interruption(
    tmp_path: Path,
) -> None:
    seen: list[int] = []

    def interrupt() -> None:
        (folder,) = tmp_path.iterdir()
        seen.append(folder.stat().st_mode & 0o777)
        seen.extend(file.stat().st_mode & 0o777 for file in folder.iterdir())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audited(cluster="processes", scratch=tmp_path, attacks=[Searching(interrupt)])
    assert seen[0] == 0o700
    assert set(seen[1:]) == {0o600}
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_reads_something_else_ends_the_audit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # workers, who are other processes, compute the true digest
    monkeypatch.setattr(stored, "_digest", lambda column: f"{column.dtype}{column.sum()}")
    with pytest.raises(ClusterError, match="has another digest than when it was written"):
        audited(cluster="processes", scratch=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_cannot_see_the_files_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="all workers must see the scratch folder.*--scratch"):
        stored.StoredColumn(str(tmp_path / "nothing.npy"), "0").open()
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(ClusterError, match="cannot read"):
        stored.StoredColumn(str(tmp_path / "broken.npy"), "0").open()


def test_a_worker_of_another_version_is_refused() -> None:
    with pytest.raises(ClusterError, match="install the same version on all workers"):
        stored.answer_stored(None, None, None, "0.0.0")  # type: ignore[arg-type]


def test_a_column_is_stored_once(tmp_path: Path) -> None:
    with stored.open_store(tmp_path) as store:
        first, again = (store._column(np.arange(9)) for _ in range(2))
        other = store._column(np.arange(9).astype(np.int32))
        assert first == again
        assert first != other
        assert len(list(store.folder.iterdir())) == 2
        np.testing.assert_array_equal(first.open(), np.arange(9))


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"cluster": "hadoop"}, UsageError, "one of processes, dask, ray, spark, not 'hadoop'"),
        ({"cluster": "dask="}, UsageError, "needs an address"),
        ({"cluster": "spark=local"}, UsageError, "takes no address"),
        ({"cluster": "dask"}, UsageError, "no open Dask client"),
        ({"cluster": "dask=tcp://127.0.0.1:9"}, ClusterError, "no Dask scheduler answers at tcp"),
        ({"cluster": "processes", "scratch": "/nowhere"}, ClusterError, "name another folder"),
        ({"memory": "a lot"}, UsageError, "memory must be a size such as 4GiB"),
        ({"memory": 5}, UsageError, "memory must be 16MiB or more"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(
    options: dict[str, Any], error: type[ReidauditError], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        audited(**options)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "module"), [("dask", "distributed"), ("ray", "ray"), ("spark", "joblibspark")]
)
def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    name: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(UsageError, match=rf"pip install 'reidaudit\[{name}\]'"):
        audited(cluster=name)
