"""What a person says about the columns; loads nothing heavy, so that policies are read quickly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from reidaudit.data.shown import did_you_mean, shown
from reidaudit.errors import UsageError
from reidaudit.vocabulary import Kind, Role


@dataclass(frozen=True)
class DeclaredColumn:
    """What a person says about a column; None leaves it to inference."""

    kind: Kind | None = None
    role: Role | None = None
    tolerance: float | None = None


@dataclass(frozen=True)
class Declarations:
    """Everything a person has said about the columns, from policy, options and arguments."""

    columns: Mapping[str, DeclaredColumn] = field(default_factory=dict)
    entity: str | None = None
    said_in: Mapping[str, str] = field(default_factory=dict)
    """Which policy a column is declared in, for messages; options and arguments are not named."""

    def check_names(self, known: Iterable[str]) -> None:
        """Refuse declarations about columns that do not exist.

        Raises
        ------
        UsageError
            Naming the nearest existing column name.
        """
        names = list(known)
        for wanted in [*self.columns, *([self.entity] if self.entity is not None else [])]:
            if wanted not in names:
                hint = did_you_mean(wanted, names, "check the spelling.")
                where = f"{self.said_in[wanted]}: " if wanted in self.said_in else ""
                raise UsageError(
                    f"{where}train has no column {shown(wanted)}, which was declared; {hint}"
                )

    def with_role(self, names: Iterable[str], role: Role) -> Declarations:
        """Return a copy in which the named columns have the role."""
        columns = dict(self.columns)
        for name in names:
            before = columns.get(name, DeclaredColumn())
            columns[name] = DeclaredColumn(before.kind, role, before.tolerance)
        return replace(self, columns=columns)
