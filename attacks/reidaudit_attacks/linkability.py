"""Join two parts of a person's record through the release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome
from reidaudit.neighbours import Nearest
from reidaudit.vocabulary import Role
from reidaudit_attacks.column_parts import Parts, two_parts
from reidaudit_attacks.distances import fixed_distance

Rows = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

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
        found = two_parts(case.encoded("gower")["release"])
        if found is None:
            return
        links = _find_links(case, found)
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
                _find_links(case, held).is_nearest,
                bearing="fail_only",
            )
        declared = _declared(case)
        known = [found, None if held is None else _in_order(held)]
        if declared is not None and declared not in known:
            yield Outcome.of_guesses(
                "quasi_identifiers",
                "Can quasi-identifiers be joined with the other columns through the release?",
                _find_links(case, declared).is_nearest,
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

    is_nearest: BoolArray
    is_near: BoolArray
    chance: npt.NDArray[np.float64]


def _find_links(case: Case, parts: Parts) -> _Links:
    """Look whether many records are nearer in one part than the nearest in both together."""
    candidate = _nearest_on_both(case, parts)
    (nearer, tied), (nearer_too, tied_too) = (
        _in_one_part(case, part, candidate.row[:, 0]) for part in parts
    )
    most = np.maximum(nearer, nearer_too)
    chance = np.where(most == 0, candidate.ties / (tied * tied_too), 0.0)
    return _Links(most == 0, most < SEVERAL, chance)


def _nearest_on_both(case: Case, parts: Parts) -> Nearest:
    """The release record nearest to each target on the columns of both parts together."""
    both = parts[0] + parts[1]
    return case.neighbours(
        "gower", "release", columns=None if len(both) == len(case.schema.audited) else both
    )


def _in_one_part(case: Case, part: Sequence[int], candidate: Rows) -> tuple[Rows, Rows]:
    """Count the records nearer than the candidate, up to ``SEVERAL``, and the nearest ones."""
    tables = case.encoded("gower")
    pool, release = tables["pool"].only(part), tables["release"].take(candidate).only(part)
    limit = fixed_distance(pool, release) / release.one
    found = case.neighbours("gower", "release", k=SEVERAL, columns=part)
    nearer: Rows = (found.distance < limit[:, None]).sum(axis=1)
    return nearer, found.ties
