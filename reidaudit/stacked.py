"""Columns of one table above those of another, without a second copy of a large table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, overload

import numpy as np

Column = TypeVar("Column", bound=Any)


class Stacked(Sequence[Column]):
    """Columns that are put together one at a time, whenever one is asked for.

    A few rows are planted below a release of very many: whoever looks at one column after the
    other never holds more than one of them twice.

    Parameters
    ----------
    above, below : sequences of arrays
        As many columns each; None in both where a table has no such column.
    """

    def __init__(self, above: Sequence[Column], below: Sequence[Column]) -> None:
        assert len(above) == len(below)
        self._above, self._below = above, below

    def __len__(self) -> int:
        return len(self._above)

    @overload
    def __getitem__(self, place: int) -> Column: ...
    @overload
    def __getitem__(self, place: slice) -> Stacked[Column]: ...
    def __getitem__(self, place: int | slice) -> Column | Stacked[Column]:
        """Return one column whole, or some of the columns still apart."""
        above, below = self._above[place], self._below[place]
        if isinstance(place, slice):
            return Stacked(above, below)
        whole: Any = None if above is None else np.concatenate([above, below])
        return whole  # type: ignore[no-any-return]
