"""What stands in a report whoever the people are: words of the programme and of the policy."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from reidaudit.report.model import ReportModel
from reidaudit.report.words import spaced, words_in

SOURCES = (".py", ".j2", ".css", ".json")


class OwnWords:
    """The words of this package, of those that the attacks come from, and of the policy.

    Parameters
    ----------
    packages : iterable of str
        Whose attacks ran; what they are made of is known to all.
    report : ReportModel
        For the names and sentences of the policy in it.
    """

    def __init__(self, packages: Iterable[str], report: ReportModel) -> None:
        self._packages, self._report = frozenset(packages), report

    def hold(self, sequence: Sequence[str]) -> bool:
        """Tell whether some words stand there, one after the other."""
        # a look at each word first, as the sources are long
        known = bool(sequence) and self._vocabulary.issuperset(sequence)
        return known and (len(sequence) == 1 or spaced(sequence) in self._spaced)

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        return frozenset(self._spaced.split())

    @cached_property
    def _spaced(self) -> str:
        sources = map(_spaced_source, _sources(self._packages))
        known = (spaced(words_in(text)) for text in _known_beforehand(self._report))
        return "".join([*sources, *known])


@cache
def _spaced_source(path: Path) -> str:
    """The words of one file, which does not change while the programme runs."""
    return spaced(words_in(path.read_text(encoding="utf-8", errors="replace")))


@cache
def _own_sources() -> tuple[Path, ...]:
    paths = sorted(Path(str(files("reidaudit"))).rglob("*"))
    return tuple(path for path in paths if path.suffix in SOURCES)


def _sources(packages: frozenset[str]) -> Iterator[Path]:
    yield from _own_sources()
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if name.partition(".")[0] in packages and path is not None and path.endswith(".py"):
            yield Path(path)


def _known_beforehand(report: ReportModel) -> Iterable[str]:
    """Words and numbers of the report that came from the policy, the schema or the command line."""
    parts: list[Any] = [report.tool, report.context, report.policy, *report.inputs]
    parts += [*report.waivers, *(row.limit for row in report.findings if row.limit)]
    for part in parts:
        yield from (str(value) for value in part.model_dump(mode="json").values())
    yield from (column.name for column in report.columns)
    yield from (row.attack for row in report.findings)
    yield from (row.attack for row in report.not_run)
    run = report.run
    yield f"{run.started.isoformat()} {run.seed} {run.permutations} {run.workers}"
    if run.most_targets is not None:
        yield f"{run.most_targets} {run.most_targets:,}"
