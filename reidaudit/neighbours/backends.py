"""The clusters that can be named, and how joblib reaches each of them."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from reidaudit.errors import ClusterError, UsageError

SECONDS_TO_ANSWER = 10


@dataclass(frozen=True)
class Backend:
    """What `joblib.parallel_config` is told; ``share_memory`` workers share one machine's."""

    name: str
    config: Mapping[str, Any]
    share_memory: int = 1


def check_cluster(cluster: str | None) -> None:
    """Insist on a cluster that there is.

    Raises
    ------
    UsageError
        If its name or what follows it makes no sense.
    """
    if cluster is None:
        return
    name, equals, address = cluster.partition("=")
    if name not in REACH:
        raise UsageError(
            f"the cluster must be one of {', '.join(REACH)}, not {name!r}; dask and ray take an "
            "address, such as dask=tcp://scheduler:8786."
        )
    if equals and (name not in WITH_ADDRESS or not address):
        raise UsageError(
            f"{name}= needs an address behind it."
            if name in WITH_ADDRESS
            else f"{name} takes no address; leave out {equals + address!r}."
        )


def reach(cluster: str, workers: int) -> AbstractContextManager[Backend]:
    """Reach a cluster for the time of a with statement.

    Parameters
    ----------
    cluster : str
        As `check_cluster` wants it.
    workers : int
        Processes, where there is no cluster but this machine.

    Raises
    ------
    UsageError
        If its name makes no sense, or the packages for it are not installed.
    ClusterError
        If it does not answer.
    """
    check_cluster(cluster)
    name, _, address = cluster.partition("=")
    return REACH[name](address or None, workers)


@contextmanager
def _processes(address: str | None, workers: int) -> Iterator[Backend]:
    from joblib.externals.loky import get_reusable_executor

    del address
    settings = {"backend": "loky", "n_jobs": workers, "inner_max_num_threads": 1}
    try:
        yield Backend("processes", settings, share_memory=workers)
    finally:
        # they would wait for more work, with real tables in memory
        get_reusable_executor(reuse=True).shutdown(kill_workers=True)


@contextmanager
def _dask(address: str | None, workers: int) -> Iterator[Backend]:
    """Use the scheduler that is named, or the client that is open, or what Dask is set up for."""
    del workers
    dask, distributed = _installed("dask", "dask", "distributed")
    address = address or dask.config.get("scheduler-address", None)
    client = None if address else _open_client(distributed)
    if client is not None:
        yield Backend("dask", {"backend": "dask", "client": client})
        return
    if address is None:
        raise UsageError(
            "there is no open Dask client; name a scheduler, as in dask=tcp://scheduler:8786."
        )
    _insist_on_answer("Dask scheduler", address)
    try:
        client = distributed.Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:  # a timeout is an OSError
        raise _no_answer("Dask scheduler", address) from error
    with client:
        yield Backend("dask", {"backend": "dask", "client": client})


def _open_client(distributed: Any) -> Any:
    try:
        return distributed.get_client()
    except ValueError:
        return None


@contextmanager
def _ray(address: str | None, workers: int) -> Iterator[Backend]:
    """Use the cluster that is named, or the one that is joined, or the one on this machine."""
    del workers
    ray, ray_joblib = _installed("ray", "ray", "ray.util.joblib")
    was_joined = ray.is_initialized()
    if not was_joined:
        _insist_on_answer("Ray cluster", address)
        try:
            ray.init(address=address or "auto", log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise _no_answer("Ray cluster", address) from error
    ray_joblib.register_ray()
    try:
        yield Backend("ray", {"backend": "ray", "n_jobs": -1})
    finally:
        if not was_joined:
            ray.shutdown()


@contextmanager
def _spark(address: str | None, workers: int) -> Iterator[Backend]:
    """Use the session that is active, or the one that Spark is set up for."""
    del address, workers
    (spark,) = _installed("spark", "joblibspark")
    spark.register_spark()
    yield Backend("spark", {"backend": "spark", "n_jobs": -1})


REACH: dict[str, Callable[[str | None, int], AbstractContextManager[Backend]]] = {
    "processes": _processes,
    "dask": _dask,
    "ray": _ray,
    "spark": _spark,
}
WITH_ADDRESS = ("dask", "ray")


def _installed(extra: str, *modules: str) -> list[Any]:
    try:
        return [importlib.import_module(module) for module in modules]
    except ImportError:
        raise UsageError(
            f"{extra} is not installed: python -m pip install 'reidaudit[{extra}]'."
        ) from None


def _insist_on_answer(what: str, address: str | None) -> None:
    """Knock at an address first, because libraries keep knocking for minutes."""
    host, colon, port = (address or "").rpartition("://")[2].rpartition(":")
    if not colon or not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), SECONDS_TO_ANSWER).close()
    except OSError as error:
        raise _no_answer(what, address) from error


def _no_answer(what: str, address: str | None) -> ClusterError:
    where = f"at {address}" if address else "on this machine"
    return ClusterError(f"no {what} answers {where}; check that it runs and can be reached.")
