"""Names, mails, phones and numbers of real people in the release."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from reidaudit.attack import Attack, Case, Family, Need, Outcome, without_lookalike


class DirectIdentifier(Attack):
    """Does a value that identifies the target stand in the release?

    Each direct identifier is looked up by itself, in all rows. A value that several people of the
    pool share identifies nobody and does not count. A generator that makes names up meets some
    real ones by chance, of members as of controls, and for ever; so the finding fails if members'
    values stand there more often than controls' do, and says nothing otherwise.
    """

    name = "disclosure.direct_identifier"
    version = "1"
    family = Family.DISCLOSURE
    needs = frozenset({Need.IDENTIFIERS})

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Guess that a target was a member if its identifier stands in the release."""
        for name, (pool, release) in case.identifiers.items():
            identifies = (pool >= 0) & without_lookalike(pool.astype(np.uint64), case.entities)
            yield Outcome.of_guesses(
                name,
                f"Do values of {name} that identify real people stand in the release?",
                identifies & np.isin(pool, release),
                column=name,
                bearing="fail_only",
            )
