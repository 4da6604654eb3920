"""Names, mails, phones and numbers of real people in the release."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from reidaudit.attack import Attack, Case, Family, Need, Outcome, without_lookalike

Codes = npt.NDArray[np.int64]


class DirectIdentifier(Attack):
    """Does a value that identifies the target stand in the release?

    Each direct identifier is looked up by itself, in all rows, and so are mail addresses, phone
    numbers, IBANs, card numbers and national ids that were recognised in other columns, or inside
    their texts. Of several identifiers in one text one suffices, in whichever text of the release
    it stands. A value that several people of the pool share identifies nobody and does not count.
    A generator that makes names up meets some real ones by chance, of members as of controls, and
    for ever; so the finding fails if members' values stand there more often than controls' do, and
    says nothing otherwise.
    """

    name = "disclosure.direct_identifier"
    version = "2"
    family = Family.DISCLOSURE
    needs = frozenset({Need.IDENTIFIERS})
    asks_everybody = True
    mending = "leave identifiers out of train, and make them up afresh"

    def run(self, case: Case, rng: np.random.Generator) -> Iterable[Outcome]:
        """Guess that a target was a member if its identifier stands in the release."""
        for name, (pool, release) in case.identifiers.items():
            what = case.schema.recognised.get(name, f"values of {name}")
            yield Outcome.of_guesses(
                name,
                f"Do {what} that identify real people stand in the release?",
                _identified(pool, release, case.entities),
                column=name,
                bearing="fail_only",
            )


def _identified(pool: Codes, release: Codes, entities: Codes) -> npt.NDArray[np.bool_]:
    """Tell for each target whether an identifier that nobody else has stands in the release."""
    several = pool.reshape(len(pool), -1)
    codes, whose = several.ravel(), np.repeat(entities, several.shape[1])
    found = (codes >= 0) & np.isin(codes, release)
    found &= without_lookalike(codes.astype(np.uint64), whose)
    return np.asarray(found.reshape(several.shape).any(axis=1))
