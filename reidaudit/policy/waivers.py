"""Hold the waivers of a policy against the findings: what is accepted, and what no longer is.

A waiver lifts the limit of a finding to the value that somebody accepts, for a time. It is held as
a limit is: the upper end of the interval must lie within the accepted value, so a release that is
worse than what was accepted is let through with a chance of 2.5 % at most. The finding keeps its
own verdict; only the audit's takes it as accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from reidaudit.policy.finding import Findings, JudgedFinding
from reidaudit.policy.misspelt import misspelt_attack, misspelt_outcome
from reidaudit.policy.waiver import WaiverEntry
from reidaudit.policy.waiver_state import WaiverState, expires_soon, validity
from reidaudit.vocabulary import Verdict

COVERED = (Verdict.FAIL, Verdict.INCONCLUSIVE)
"""What a waiver can accept; what was not measured, or cannot be believed, nobody can."""


@dataclass(frozen=True)
class HeldWaiver:
    """A waiver and what came of it.

    ``detail`` says so in sentences, ``findings`` are the ids of those it covers, and ``warning`` is
    None where there is nothing to do about it.
    """

    entry: WaiverEntry
    state: WaiverState
    detail: str
    warning: str | None = None
    findings: tuple[str, ...] = ()


def hold_waivers(
    findings: Findings,
    waivers: Sequence[WaiverEntry],
    release: str,
    today: date,
    *,
    attacks: Collection[str],
    is_believed: bool,
) -> tuple[Findings, tuple[HeldWaiver, ...]]:
    """Find out which waivers cover which findings.

    Parameters
    ----------
    findings : Findings
        Judged.
    waivers : sequence of WaiverEntry
        Of the policy.
    release : str
        SHA-256 of the release, in hexadecimal.
    today : date
        The day by which they are held.
    attacks : collection of str
        The names of all attacks that there are, whether they ran or not.
    is_believed : bool
        Whether the preconditions hold; where they do not, no finding can be accepted.

    Returns
    -------
    findings : Findings
        Those that are covered name their waiver; those that a waiver was for in vain say why.
    held : tuple of HeldWaiver
        In the order of the policy.
    """
    if not is_believed:
        detail = "The audit is invalid, so there was nothing to accept."
        return findings, tuple(HeldWaiver(entry, WaiverState.UNUSED, detail) for entry in waivers)
    found = list(findings.findings)
    held: dict[str, HeldWaiver] = {}
    # one that names an outcome comes first, and leaves the others to one for the whole attack
    for entry in sorted(waivers, key=lambda entry: entry.outcome is None):
        matched = [place for place, finding in enumerate(found) if _is_meant(entry, finding)]
        needing = [place for place in matched if _needs_one(found[place])]
        state, why = _state(entry, [found[place] for place in needing], release, today)
        detail = why or _misspelt(entry, found, attacks)
        detail = detail or _unneeded([found[place] for place in matched])
        for place in needing:
            found[place] = _marked(found[place], entry, state, why)
        covered = tuple(found[place].id for place in needing if state is WaiverState.USED)
        held[entry.id] = _held(entry, state, detail, covered, today)
    return replace(findings, findings=tuple(found)), tuple(held[entry.id] for entry in waivers)


def _is_meant(entry: WaiverEntry, finding: JudgedFinding) -> bool:
    """Only who names a view by group accepts what happens to the group."""
    if not finding.is_gating or finding.attack.name != entry.attack:
        return False
    if str(finding.spec) != entry.measure:
        return False
    return not finding.is_view if entry.outcome is None else finding.outcome.name == entry.outcome


def _needs_one(finding: JudgedFinding) -> bool:
    return finding.judgement.verdict in COVERED and finding.waiver is None


def _state(
    entry: WaiverEntry, needing: Sequence[JudgedFinding], release: str, today: date
) -> tuple[WaiverState, str]:
    """What becomes of a waiver for the findings that need it, and why."""
    outside = validity(entry, today)
    if outside is WaiverState.EXPIRED:
        unneeded = "" if needing else " Nothing needs it; remove it."
        return outside, f"It expired on {entry.expires}.{unneeded}"
    if outside is WaiverState.EARLY:
        return outside, f"It is in force only from {entry.created} on."
    if entry.release not in (None, release):
        return WaiverState.OTHER_RELEASE, "It is for a release of another digest."
    if not needing:
        return WaiverState.UNUSED, ""
    worst = max(needing, key=lambda finding: finding.ends)
    if worst.ends[0] > entry.accept:
        return WaiverState.BROKEN, _too_much(worst, "lower", worst.ends[0], entry.accept)
    widest = max(needing, key=lambda finding: finding.ends[1])
    if widest.ends[1] > entry.accept:
        return WaiverState.BROKEN, _too_much(widest, "upper", widest.ends[1], entry.accept)
    many = "1 finding" if len(needing) == 1 else f"{len(needing)} findings"
    return WaiverState.USED, f"It accepts {many}, up to {entry.accept:g}, until {entry.expires}."


def _too_much(finding: JudgedFinding, which: str, end: float, accept: float) -> str:
    where = ", among the groups beyond the limit," if finding.is_view else ""
    return (
        f"The {which} bound {end:.4g} of {finding.id}{where} is more than the accepted {accept:g}, "
        "so it covers nothing."
    )


def _misspelt(
    entry: WaiverEntry, findings: Sequence[JudgedFinding], attacks: Collection[str]
) -> str:
    outcomes = {row.outcome.name for row in findings if row.attack.name == entry.attack}
    wrong = misspelt_attack(entry.attack, attacks)
    if wrong is None and entry.outcome is not None:
        wrong = misspelt_outcome(entry.outcome, entry.attack, outcomes)
    return "" if wrong is None else wrong[0].upper() + wrong[1:]


def _unneeded(matched: Sequence[JudgedFinding]) -> str:
    if not matched:
        return (
            "No finding of this audit that could hold a release back is called so; correct its "
            "attack, outcome and measure, or remove it."
        )
    if any(finding.judgement.verdict is Verdict.INCOMPLETE for finding in matched):
        return "What it is for was not measured, and nobody can accept what is not known."
    if any(finding.waiver is not None for finding in matched):
        return "Other waivers cover all that it is for; remove it."
    return "Nothing needs it any more; remove it."


def _marked(
    finding: JudgedFinding, entry: WaiverEntry, state: WaiverState, why: str
) -> JudgedFinding:
    if state is WaiverState.USED:
        return replace(finding, waiver=entry.id)
    reason = f"{finding.judgement.reason} The waiver {entry.id} does not cover it. {why}"
    return replace(finding, judgement=replace(finding.judgement, reason=reason))


def _held(
    entry: WaiverEntry, state: WaiverState, detail: str, covered: tuple[str, ...], today: date
) -> HeldWaiver:
    warns = state not in (WaiverState.USED, WaiverState.OTHER_RELEASE)
    if state is WaiverState.USED and expires_soon(entry, today):
        days = (entry.expires - today).days
        detail += " That is today." if days == 0 else f" That is in {days} days."
        warns = True
    return HeldWaiver(entry, state, detail, detail if warns else None, covered)
