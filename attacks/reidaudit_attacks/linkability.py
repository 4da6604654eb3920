"""Join two parts of a person's record through the release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import joblib
import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, EncodedTable, Family, Need, Outcome
from reidaudit.neighbours import Nearest, nearest
from reidaudit.vocabulary import Role
from reidaudit_attacks.column_parts import Parts, two_parts
from reidaudit_attacks.distances import fixed_distance
from reidaudit_attacks.runs import runs

Rows = npt.NDArray[np.int64]
IntArray = npt.NDArray[np.int32]

TARGETS_AT_ONCE = 2048
FIRST_RUN = 64
PAIRS_AT_ONCE = 1 << 21
SEVERAL = 10
MOST_NAMED = 3


class Linkability(Attack):
    """Is one release record the nearest to the target in both parts of its columns at once?

    Somebody who holds one part of the columns in one source and the other part in another can join
    two records of one person through the release, if the same release record is nearest to both
    (Article 29 Working Party, Opinion 05/2014, linkability). Such a record is always among the
    nearest on all columns together, since the distances of the parts add up; so the search on all
    columns, which is shared, says which record to look at, and what is left is to ask whether any
    other is nearer in one part.

    The parts are chosen so that they say little about each other: strangers are then hardly ever
    linked by statistics. Where quasi-identifiers are declared, they against all other columns are
    a second look, and so are two parts that the policy says somebody may hold apart, with the
    search on the columns of both. All tied records count as nearest, so that no crowd of
    look-alikes hides a copy; how often the link is right if one of them is taken at random stands
    beside. ``among_ten`` allows nine nearer records in each part, for releases that stay near
    people without copying.
    """

    name = "linkability.two_parts"
    version = "2"
    family = Family.LINKABILITY
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield outcomes of guesses for each pair of parts."""
        tables = case.encoded("gower")
        found = two_parts(tables["release"])
        if found is None:
            return
        order = rng.permutation(tables["release"].rows)
        links = _find_links(case, found, order)
        first, second = (_named(case, part) for part in found)
        title = f"Can {first} be joined with {second} of one person through the release?"
        yield Outcome.of_guesses("nearest", title, links.is_nearest)
        yield Outcome.of_guesses(
            "among_ten",
            f"{title[:-1]}, ten nearest records in each part?",
            links.is_near,
            bearing="fail_only",
        )
        yield Outcome.of_guesses(
            "one_of_tied",
            f"{title[:-1]}, one of tied records taken at random?",
            links.chance,
            bearing="diagnostic",
        )
        held = case.schema.held_apart
        if held is not None and _in_order(held) != found:
            first, second = (_named(case, part) for part in held)
            yield Outcome.of_guesses(
                "held_apart",
                f"Can {first} be joined with {second}, which are declared to be held apart?",
                _find_links(case, held, order).is_nearest,
                bearing="fail_only",
            )
        declared = _declared(case)
        known = [found, None if held is None else _in_order(held)]
        if declared is not None and declared not in known:
            yield Outcome.of_guesses(
                "quasi_identifiers",
                "Can quasi-identifiers be joined with the other columns through the release?",
                _find_links(case, declared, order).is_nearest,
                bearing="fail_only",
            )


def _named(case: Case, part: Sequence[int]) -> str:
    names = [case.schema.audited[column].name for column in part[:MOST_NAMED]]
    more = len(part) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _declared(case: Case) -> Parts | None:
    quasi = case.schema.positions(Role.QUASI_IDENTIFIER)
    others = tuple(j for j in range(len(case.schema.audited)) if j not in quasi)
    if not quasi or not others:
        return None
    return _in_order((quasi, others))


def _in_order(parts: Parts) -> Parts:
    first, second = sorted(parts)
    return first, second


@dataclass(frozen=True)
class _Links:
    """For every target: linked by the nearest, linked among ten, chance if ties are broken."""

    is_nearest: npt.NDArray[np.bool_]
    is_near: npt.NDArray[np.bool_]
    chance: npt.NDArray[np.float64]


def _nearest_on_both(case: Case, parts: Parts) -> Nearest:
    """The release record nearest to each target on the columns of both parts together."""
    both = sorted(parts[0] + parts[1])
    if len(both) == len(case.schema.audited):
        return case.neighbours("gower", "release")
    pool, release = (case.encoded("gower")[place].only(both) for place in ("pool", "release"))
    return nearest(pool, release, workers=case.workers)


def _find_links(case: Case, parts: Parts, order: Rows) -> _Links:
    tables = case.encoded("gower")
    release = tables["release"].take(order)
    candidate = _nearest_on_both(case, parts)
    whole = tables["release"].take(candidate.row[:, 0])
    halves = [
        _Half(tables["pool"].only(part), release.only(part), whole.only(part)) for part in parts
    ]
    parallel = joblib.Parallel(n_jobs=case.workers, prefer="threads")
    blocks = parallel(
        joblib.delayed(_links_of_block)(halves, np.arange(start, stop), candidate.ties[start:stop])
        for start, stop in runs(case.n_targets, TARGETS_AT_ONCE)
    )
    return _Links(*(np.concatenate(part) for part in zip(*blocks, strict=True)))


def _links_of_block(
    halves: list[_Half], targets: Rows, ties: Rows
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Drop the targets for whom too many records are nearer in one part, then in the other."""
    nearer = np.zeros(len(targets), dtype=np.int64)
    for half in halves:
        left = np.flatnonzero(nearer < SEVERAL)
        nearer[left] = np.maximum(nearer[left], half.nearer(targets[left]))
    linked = np.flatnonzero(nearer == 0)
    tied = [half.tied(targets[linked]) for half in halves]
    chance = np.zeros(len(targets))
    chance[linked] = ties[linked] / (tied[0] * tied[1])
    return nearer == 0, nearer < SEVERAL, chance


@dataclass(frozen=True)
class _Half:
    """One part of the columns: of targets, of the release, and of each target's candidate."""

    pool: EncodedTable
    release: EncodedTable
    candidate: EncodedTable

    def nearer(self, targets: Rows) -> Rows:
        """Count the records nearer than the candidate, up to ``SEVERAL``.

        Most targets soon meet as many, and are then compared with no more records.
        """
        found = np.zeros(len(targets), dtype=np.int64)
        limit = self._limit(targets)
        for start, stop in _growing_runs(self.release.rows):
            left = np.flatnonzero((found < SEVERAL) & (limit > 0))
            if len(left) == 0:
                break
            near = self._distances(targets[left], start, stop) < limit[left, None]
            found[left] += near.sum(axis=1)
        return np.minimum(found, SEVERAL)

    def tied(self, targets: Rows) -> Rows:
        """Count the records exactly as near as the candidate."""
        limit = self._limit(targets)
        tied = np.zeros(len(targets), dtype=np.int64)
        run = max(1, PAIRS_AT_ONCE // max(len(targets), 1))
        for start, stop in runs(self.release.rows, run):
            tied += (self._distances(targets, start, stop) == limit[:, None]).sum(axis=1)
        return tied

    def _limit(self, targets: Rows) -> IntArray:
        return fixed_distance(self.pool.take(targets), self.candidate.take(targets))

    def _distances(self, targets: Rows, start: int, stop: int) -> IntArray:
        own, others = self.pool.take(targets), self.release.take(np.arange(start, stop))
        return fixed_distance(own, others, each_with_each=True)


def _growing_runs(rows: int) -> Iterator[tuple[int, int]]:
    start, length = 0, FIRST_RUN
    while start < rows:
        yield start, min(start + length, rows)
        start, length = start + length, min(2 * length, PAIRS_AT_ONCE // TARGETS_AT_ONCE)
