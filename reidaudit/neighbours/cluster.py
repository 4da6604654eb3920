"""Searches spread over the workers of a cluster, through whichever backend joblib has for it.

The scheduler sees small tasks: a question, the names of stored columns, and the rows of a tile.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import joblib

from reidaudit.encoding import EncodedTable
from reidaudit.errors import ClusterError, ReidauditError
from reidaudit.neighbours import tiles
from reidaudit.neighbours.backends import Backend, reach
from reidaudit.neighbours.executor import Executor, Threads
from reidaudit.neighbours.stored import Store, answer_stored, open_store
from reidaudit.neighbours.tiles import F, Groups, Merging, Question, plan, rows_within
from reidaudit.version import __version__

PAIRS_WORTH_SENDING = 20_000_000
"""Searches with fewer pairs are done in threads before a worker has heard of them."""
TASKS_OF_WORKER = 4
MOST_QUERIES_AT_ONCE = 1 << 15


@dataclass(frozen=True)
class Cluster:
    """Searches on the workers of a cluster.

    Attributes
    ----------
    backend : Backend
        How joblib reaches the workers.
    store : Store
        Where columns are stored for them.
    memory : int
        Bytes that the indexes cut into blocks may take in each worker.
    here : Threads
        For searches that are not worth sending.
    """

    backend: Backend
    store: Store
    memory: int
    here: Threads

    def search(
        self,
        question: Question[F],
        queries: EncodedTable,
        index: EncodedTable,
        groups: Groups | None = None,
    ) -> F:
        """Ask a question about every query row.

        Raises
        ------
        ClusterError
            If the cluster fails.
        """
        if queries.rows * index.rows < PAIRS_WORTH_SENDING:
            return self.here.search(question, queries, index, groups)
        stored = self.store.keep(queries, index, groups)
        with _errors_in_one_sentence(self.backend), joblib.parallel_config(**self.backend.config):
            # nothing is handed over in memory: there are files for what is large
            parallel = joblib.Parallel(batch_size=1, max_nbytes=None)
            planned = plan(
                queries.rows,
                index.rows,
                queries_at_once=_queries_at_once(queries.rows, parallel._effective_n_jobs()),
                index_at_once=rows_within(self.memory, index),
            )
            merging: Merging[F] = Merging()
            for some in planned:
                # without what was found so far, which would be large
                parts = parallel(
                    joblib.delayed(answer_stored)(question, stored, tile, __version__)
                    for tile in some
                )
                merging.add(some, parts)
            return merging.result()


def _queries_at_once(queries: int, workers: int) -> int:
    """Return the rows of a task: a few tasks for each worker, lest they wait for the last one."""
    fair = -(-queries // (TASKS_OF_WORKER * max(workers, 1)))
    return min(max(fair, tiles.QUERIES_AT_ONCE), MOST_QUERIES_AT_ONCE)


@contextmanager
def open_executor(
    cluster: str | None,
    workers: int,
    memory: int,
    scratch: str | os.PathLike[str] | None,
) -> Iterator[Executor]:
    """Reach a cluster, and leave nothing behind at the end.

    Parameters
    ----------
    cluster : str or None
        ``processes``, ``dask``, ``ray`` or ``spark``, the first two of the others also with
        ``=ADDRESS``; None for threads of this process.
    workers : int
        Threads, and processes of this machine.
    memory : int
        Bytes that the indexes cut into blocks may take: in all processes of this machine together,
        or in each worker of a cluster.
    scratch : path, optional
        A folder that all workers see.

    Raises
    ------
    ReidauditError
        If the cluster cannot be reached or used.
    """
    here = Threads(workers, memory)
    if cluster is None:
        yield here
        return
    with ExitStack() as closing:
        backend = closing.enter_context(reach(cluster, workers))
        store = closing.enter_context(open_store(scratch))
        yield Cluster(backend, store, memory // backend.share_memory, here)


@contextmanager
def _errors_in_one_sentence(backend: Backend) -> Iterator[None]:
    """Turn what a backend raises into one sentence; the cause stays with it."""
    try:
        yield
    except Exception as error:
        own = _own_error(error)
        if own is not None:
            raise own from None
        raise ClusterError(
            f"{backend.name} failed with {type(error).__name__}, so nothing was decided; its own "
            "logs say more."
        ) from error


def _own_error(error: BaseException | None) -> ReidauditError | None:
    """Return our own error that a worker raised, however the backend has wrapped it."""
    if error is None or type(error).__module__.startswith("reidaudit."):
        return error if isinstance(error, ReidauditError) else None
    return _own_error(getattr(error, "cause", None) or error.__cause__)
