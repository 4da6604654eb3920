"""Membership from likelihood: how much better does the release fit if the target was in it?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome
from reidaudit.neighbours import Nearest
from reidaudit_attacks.distances import nearness_by_column, typical

FloatArray = npt.NDArray[np.float64]

PEOPLE = 5
BANDWIDTH = 0.35
SOFTENING = 2.0
LARGEST_SHARE = 0.999


class LocalLikelihood(Attack):
    """Which person of the pool does each release record look as if it was made from?

    The release is taken for draws from a mixture of kernels, one around every person of the pool.
    With a fixed bandwidth, the density at a record s with the target added to N other people is
    (N p(s) + K(s)) / (N + 1), so that the gain in log-likelihood is -log(1 - r), where r is the
    share of the record that falls to the target: its kernel over the sum of everybody's. No fit
    is repeated for a target. The idea of the likelihood ratio around the target is that of J. Ward
    et al., Gen-LRA (Synthetic Data Privacy and Local Likelihood Ratios, 2025); there the bandwidth
    is global and the people are a reference sample, here the bandwidth follows the distance from
    the record to its nearest person, so that crowds and outliers are judged alike, and the people
    are the pool without the target, so that no reference is spent.

    ``strongest``
        The greatest share of any record, which is what puts memorised people first.
    ``total``
        The gain in log-likelihood over all records.
    """

    name = "membership_inference.local_likelihood"
    version = "1"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Yield the two scores."""
        strongest, total = share_out_release(case, _gain_in_log_likelihood)
        title = "Does some release record fall to one person, and nobody near?"
        yield Outcome.of_scores("strongest", title, strongest)
        title = "How much likelier is the release if the target was in it?"
        yield Outcome.of_scores("total", title, total, bearing="fail_only")

    def explain(self, case: Case, outcome: Outcome) -> Mapping[int, FloatArray]:
        """Score the targets by each column alone."""
        return nearness_by_column(case)


def share_out_release(
    case: Case, worth: Callable[[FloatArray], FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Share every release record out among the people nearest to it, and gather the shares.

    Parameters
    ----------
    case : Case
        Its neighbours in normal scores are read.
    worth : callable
        What shares add to a person's total.

    Returns
    -------
    strongest, total : float64 arrays, shape (n_targets,)
        The greatest share of any record that falls to each target, and what all of them are worth;
        0 where none does.
    """
    scale = typical(case.neighbours("normal", "pool").distance[:, 0])
    strongest, total = np.zeros(case.n_targets), np.zeros(case.n_targets)
    for people in case.people_near_release("normal", PEOPLE):
        person, share = shares_of_records(people, scale)
        np.maximum.at(strongest, person, share)
        np.add.at(total, person, worth(share))
    return strongest, total


def shares_of_records(people: Nearest, scale: float) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Share some release records out among the people nearest to each.

    Parameters
    ----------
    people : Nearest
        The nearest people of each record.
    scale : float
        How far people lie from each other.

    Returns
    -------
    person : int64 array
        Row of the pool; once for each record that it is near to.
    share : float64 array
        In [0, 1]; the shares of one record add up to at most 1.
    """
    nearest = people.distance[:, :1]
    farther = np.where(people.row < 0, np.inf, people.distance - nearest)
    kernel = np.exp(-farther / (BANDWIDTH * (nearest + SOFTENING * scale)))
    # who ties for the nearest place but found no room among the neighbours takes a share too
    listed = (farther == 0).sum(axis=1)
    everybody = kernel.sum(axis=1) + (people.ties - listed)
    share = kernel / np.maximum(everybody, 1)[:, None]
    exists = people.row >= 0
    return people.row[exists], share[exists]


def _gain_in_log_likelihood(share: FloatArray) -> FloatArray:
    gain: FloatArray = -np.log1p(-np.minimum(share, LARGEST_SHARE))
    return gain
