"""The wording that all renderers share: numbers, names, and the order of urgency."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from reidaudit.numbers import count, format_limit, format_value, number_of_people
from reidaudit.report.model import Finding, Question, ReportModel, Sensitivity
from reidaudit.vocabulary import Family, MeasureName, Verdict

# The three risks of WP29's opinion 05/2014 in its order, then what else can leak.
FAMILIES = (
    Family.SINGLING_OUT,
    Family.LINKABILITY,
    Family.ATTRIBUTE_INFERENCE,
    Family.MEMBERSHIP_INFERENCE,
    Family.DISCLOSURE,
    Family.NEAREST_NEIGHBOUR,
)
FAMILY_NAMES = {
    Family.DISCLOSURE: "verbatim disclosure",
    Family.NEAREST_NEIGHBOUR: "nearness to the release",
    Family.MEMBERSHIP_INFERENCE: "membership inference",
    Family.ATTRIBUTE_INFERENCE: "attribute inference",
    Family.SINGLING_OUT: "singling out",
    Family.LINKABILITY: "linkability",
}
# A word and a shape for each verdict, so that nothing hangs on colour.
SYMBOLS = {"pass": "✓", "fail": "✗", "inconclusive": "?", "incomplete": "…", "invalid": "!"}
NEXT_STEPS = {
    "pass": "Read what was not tested, then keep the report with the release.",
    "fail": "Hold the release back, mend the generator, and audit what it makes then.",
    "inconclusive": "Hold the release back; more held-out rows narrow the intervals.",
    "incomplete": "Hold the release back, supply what is missing, and run the audit again.",
    "invalid": "Mend the inputs that the preconditions name, and run the audit again.",
}
# What stands in place of a file where the policy came from none.
NO_FILES = frozenset({"built-in preset", "given as an object", "given as a mapping"})
NOT_ENFORCED = "Not enforced: the exit code lets this verdict through."

HEADLINES = {
    "pass": "every limit held in what was tested",
    "fail": "the release gives away more than the policy allows",
    "inconclusive": "the data at hand cannot settle whether the limits hold",
    "incomplete": "something that the policy requires was not measured",
    "invalid": "the inputs do not bear an audit, so nothing was judged",
}
_URGENCY = {
    Verdict.INVALID: 2,
    Verdict.INCOMPLETE: 3,
    Verdict.INCONCLUSIVE: 4,
    Verdict.PASS: 5,
    None: 6,
}


def sampled_targets(report: ReportModel) -> str:
    """Say whom attacks that compare rows with rows had for targets, where not everybody."""
    targets = report.run.targets
    if targets is None:
        return ""
    members, controls = number_of_people(targets.members), number_of_people(targets.controls)
    return (
        f"Attacks that compare rows with rows were tried on {members} members and {controls} "
        "controls, drawn at random; everybody else stayed among the neighbours. Copies, reused "
        "values and rare combinations were looked for of everybody."
    )


def format_interval(finding: Finding) -> str:
    """Write the interval of a finding, or say that there is none."""
    if finding.interval is None:
        return "none"
    limit = finding.limit.max if finding.limit else None
    low = format_value(finding.measure, finding.interval.low, beside=limit)
    high = format_value(finding.measure, finding.interval.high, beside=limit)
    return f"{low.removesuffix(' %')} to {high}" if low[0] != "<" else f"{low} to {high}"


def limit_text(finding: Finding) -> str:
    """Write the limit of a finding, or say that there is none."""
    return format_limit(finding.measure, finding.limit.max) if finding.limit else "none"


def value_text(finding: Finding) -> str:
    """Write the value of a finding so that it can be told from its limit."""
    limit = finding.limit.max if finding.limit else None
    return format_value(finding.measure, finding.value, beside=limit)


def measured(
    measure: MeasureName,
    at: float | None,
    value: float | None,
    ends: tuple[float, float] | None,
    limit: float | None,
) -> str:
    """Say in half a sentence what was measured, how surely, and what is allowed."""
    text = f"{capital(measure_label(measure, at))} {format_value(measure, value, beside=limit)}"
    if ends is not None:
        low, high = (format_value(measure, end, beside=limit) for end in ends)
        text += f", between {low} and {high}"
    return text if limit is None else f"{text}, where {format_limit(measure, limit)} is allowed"


def in_words(finding: Finding) -> str:
    """Say in one sentence what was tried, and what came of it."""
    interval, limit = finding.interval, finding.limit
    ends = None if interval is None else (interval.low, interval.high)
    allowed = None if limit is None else limit.max
    what = measured(finding.measure, finding.at, finding.value, ends, allowed)
    title = finding.title.rstrip()
    return f"{title} {what}." if title.endswith((".", "?", "!")) else f"{title}: {what}."


def share_of_people(share: float | str) -> str:
    """Write a share of people, which is words where it would be of too few to be told."""
    return share if isinstance(share, str) else f"{100 * share:.1f} %"


def measure_label(measure: MeasureName, at: float | None = None) -> str:
    """Name a measure briefly, with its false-positive rate where it has one."""
    if measure is MeasureName.TPR_AT_FPR:
        return f"TPR at {format_limit(measure, at)} FPR" if at is not None else "TPR at low FPR"
    return {
        MeasureName.AUC: "AUC",
        MeasureName.ADVANTAGE: "advantage",
        MeasureName.EXCESS: "excess",
        MeasureName.RARITY_WEIGHTED_EXCESS: "excess weighted by rarity",
        MeasureName.MEMBER_RATE: "rate of members",
        MeasureName.CONTROL_RATE: "rate of controls",
        MeasureName.EPSILON_LOWER_BOUND: "epsilon, at least",
    }[measure]


def measure_meaning(measure: MeasureName, at: float | None = None) -> str:
    """Say in half a sentence what a measure counts; what is more, is worse."""
    label = measure_label(measure, at)
    return {
        MeasureName.AUC: f"{label}: how often a member scores above a control",
        MeasureName.TPR_AT_FPR: f"{label}: members recognised while so many controls are accused",
        MeasureName.ADVANTAGE: "Advantage: share of members accused, beyond controls",
        MeasureName.EXCESS: "Excess: success on members, beyond success on controls",
        MeasureName.RARITY_WEIGHTED_EXCESS: (
            "Excess weighted by rarity: the same, where guessing a rare value is worth more"
        ),
        MeasureName.MEMBER_RATE: "Rate of members: success on members",
        MeasureName.CONTROL_RATE: "Rate of controls: success on controls",
        MeasureName.EPSILON_LOWER_BOUND: "Epsilon, at least: loss of differential privacy",
    }[measure]


def verdict_label(finding: Finding) -> str:
    """Give the verdict of a finding in words: a diagnostic is only 'reported'."""
    if finding.verdict is None:
        return "reported"
    waived = finding.waiver is not None and finding.verdict is not Verdict.PASS
    return f"{finding.verdict.value}, waived" if waived else finding.verdict.value


def short_name(finding: Finding) -> str:
    """Name a finding technically and briefly: by attack and outcome, without the family."""
    outcome = finding.outcome.replace("_", " ").replace(".", " ")
    if finding.family is Family.ATTRIBUTE_INFERENCE and "column" in finding.details:
        return outcome
    return f"{finding.attack.rsplit('.', 1)[-1].replace('_', ' ')} {outcome}"


def closeness(finding: Finding) -> float:
    """Tell how much of the way from 'no leak' to the limit the interval's far end has gone."""
    return _way_gone(finding, finding.interval.high if finding.interval else finding.value)


def over_limit(finding: Finding) -> float:
    """Tell how far the value lies from 'no leak', as a multiple of what the limit allows."""
    return _way_gone(finding, finding.value)


def _way_gone(finding: Finding, point: float | None) -> float:
    if point is None or finding.limit is None:
        return 0.0
    # A limit at the baseline leaves no way to go: any excess at all is then far beyond it.
    return (point - finding.baseline) / max(finding.limit.max - finding.baseline, 1e-6)


def by_urgency(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings: failures first, the worst on top, then whatever lies closest to its limit.

    Of failures, what is true of everybody comes before closer looks and these before groups, and
    what a waiver covers comes last.
    """
    return sorted(findings, key=_urgency)


def _urgency(finding: Finding) -> tuple[int, int, float, str]:
    if finding.verdict is not Verdict.FAIL:
        silent = finding.warning is None
        return _URGENCY[finding.verdict], int(silent), -closeness(finding), finding.id
    covered = int(finding.waiver is not None)
    narrow = 2 if finding.groups else int(finding.bearing != "deciding")
    return covered, narrow, -over_limit(finding), finding.id


def answered(question: Question) -> str:
    """Name what the findings say to a question that others ask."""
    if not question.findings:
        return "not covered"
    return "no verdict" if question.verdict is None else question.verdict.value


def headline(report: ReportModel) -> tuple[str, str]:
    """Give the verdict as a word and as half a sentence."""
    word = report.verdict.value.capitalize()
    waivers = len({finding.waiver for finding in report.findings} - {None})
    if report.verdict is Verdict.PASS and waivers:
        return f"Pass with {count(waivers, 'waiver')}", "every limit held, or a waiver covers it"
    return word, HEADLINES[report.verdict.value]


def release_name(report: ReportModel) -> str:
    """Name the release: as the policy does, else by its file."""
    if report.context.release_name:
        return report.context.release_name
    return next((table.name for table in report.inputs if table.role == "synthetic"), "release")


def capital(text: str) -> str:
    """Begin a sentence with a capital letter, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def listed(parts: Sequence[str]) -> str:
    """Join the parts of a sentence."""
    *first, last = parts
    return f"{', '.join(first)}, and {last}" if first else last


def policy_file(report: ReportModel) -> str | None:
    """Give the name of the policy's file, if it came from one."""
    source = report.policy.source
    return None if source in NO_FILES else source


def plain(text: str, limit: int = 400) -> str:
    """Make an untrusted string fit for a terminal line.

    Control, formatting and bidirectional characters go, white space is joined, and what is
    longer than ``limit`` characters is cut.
    """
    spaced = "".join(" " if char.isspace() else char for char in text[: 4 * limit])
    kept = "".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    joined = " ".join(kept.split())
    return joined if len(joined) <= limit else f"{joined[: limit - 1]}…"


def blindness(item: Sensitivity) -> float:
    """Tell how far towards the limit a leak may go unseen; at 1 and above the audit is blind."""
    if item.limit is None:
        return 0.0
    baseline = 0.5 if item.measure is MeasureName.AUC else item.at or 0.0
    return (item.smallest_visible - baseline) / max(item.limit - baseline, 1e-6)
