"""The last look at a report before it is shown: no real value of a person may stand in it.

Nothing that is written here holds a real value on purpose; this is for the day on which an attack,
a renderer or a library does so by mistake. What proves nothing is passed over, as a gate with false
alarms is switched off: words of the programme itself and of the policy, names of columns and files,
short values, and numbers of a length that chance would find among so many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

from reidaudit.attack import Attack
from reidaudit.data.raw import RawTable, TableRole
from reidaudit.data.schema import Schema
from reidaudit.data.shown import shown
from reidaudit.errors import DisclosureError
from reidaudit.report.model import ReportModel
from reidaudit.report.own_words import OwnWords
from reidaudit.report.real_values import (
    RealColumn,
    is_number,
    proves_something,
    real_columns,
)
from reidaudit.report.words import Words

CHANCE = 1e-3
"""Numbers of a column are found by chance in a clean report no more often than this."""


class LastScan:
    """Looks for real values in what is about to be shown.

    Parameters
    ----------
    raw : mapping of role to RawTable
        What was audited.
    schema : Schema
        What the columns are.
    report : ReportModel
        The report, for the names and sentences of the policy in it, which are nobody's data.
    attacks : iterable of Attack
        Those that ran; what they are made of is known to all.
    """

    def __init__(
        self,
        raw: Mapping[TableRole, RawTable],
        schema: Schema,
        report: ReportModel,
        attacks: Iterable[Attack],
    ) -> None:
        self._raw, self._schema = raw, schema
        packages = {type(attack).__module__.partition(".")[0] for attack in attacks}
        self._own = OwnWords(packages, report)

    def insist_clean(self, text: str, output_format: str) -> None:
        """Refuse a text that shows a real value.

        Raises
        ------
        DisclosureError
            Naming the column and the format, and never the value.
        """
        words = Words(text, output_format)
        for column in self._columns:
            if self._is_shown(column, words):
                raise DisclosureError(
                    f"the report as {output_format} was about to show a real value of the column "
                    f"{shown(column.name)}, so nothing was written; please report this as a defect "
                    "of reidaudit, or of the attack that put it there."
                )

    @cached_property
    def _columns(self) -> list[RealColumn]:
        return real_columns(self._raw, self._schema)

    def _is_shown(self, column: RealColumn, words: Words) -> bool:
        found = {value for value in column.standing_in(words) if proves_something(value)}
        found = {value for value in found if not self._own.hold(value)}
        numbers = Counter(tuple(map(len, value)) for value in found if is_number(value))
        if sum(numbers.values()) < len(found):
            return True
        return any(_is_no_chance(count, shape, column, words) for shape, count in numbers.items())


def _is_no_chance(count: int, shape: tuple[int, ...], column: RealColumn, words: Words) -> bool:
    """Tell whether so many numbers of a shape are too many to be there by chance.

    Of the numbers with d digits a column has a share of at most its values by 10 to the power of
    d - 1, as the first digit is often the same, and every number of the text is one attempt.
    """
    from scipy.stats import poisson

    attempts = words.numbers_of_shape(shape)
    expected = attempts * len(column.values) / 10.0 ** (sum(shape) - 1)
    return bool(poisson.sf(count - 1, expected) < CHANCE)
