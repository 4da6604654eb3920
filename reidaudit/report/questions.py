"""What the findings say to the questions that authorities and statistical offices ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reidaudit.report.model import Finding, Question
from reidaudit.vocabulary import Family, Verdict

WP29 = "Article 29 Working Party, Opinion 05/2014 on Anonymisation Techniques"
STATISTICAL_OFFICES = "G. Raab, B. Nowok and C. Dibben, Practical Privacy Metrics (2024)"


@dataclass(frozen=True)
class Asked:
    """A risk in the words of those who ask, and the attacks that look at it."""

    name: str
    question: str
    asked_by: str
    attacks: tuple[str, ...]
    """Names of attacks, or the family that they begin with."""


QUESTIONS = (
    Asked(
        "singling out",
        "Can one person be isolated in the data?",
        WP29,
        (Family.SINGLING_OUT.value,),
    ),
    Asked(
        "linkability",
        "Can two records of one person be linked?",
        WP29,
        (Family.LINKABILITY.value,),
    ),
    Asked(
        "inference",
        "Can something be inferred about a person?",
        WP29,
        (Family.ATTRIBUTE_INFERENCE.value,),
    ),
    Asked(
        "replicated uniques",
        "Do people who are unique with their key stand in the release, unique again?",
        STATISTICAL_OFFICES,
        ("disclosure.replicated_unique",),
    ),
    Asked(
        "disclosive in the release",
        "Does the release give one answer for a person's key, and is it right?",
        STATISTICAL_OFFICES,
        ("disclosure.disclosive_in_synthetic",),
    ),
)
_WORST_FIRST = (
    Verdict.INVALID,
    Verdict.FAIL,
    Verdict.INCOMPLETE,
    Verdict.INCONCLUSIVE,
    Verdict.PASS,
)


def questions_of(findings: Sequence[Finding]) -> list[Question]:
    """Sort the findings by the question that they answer.

    Parameters
    ----------
    findings : sequence of Finding
        As reported.

    Returns
    -------
    list of Question
        One for each question, in the order in which they are asked; without a finding it is not
        covered.
    """
    return [_answered(asked, findings) for asked in QUESTIONS]


def _answered(asked: Asked, findings: Sequence[Finding]) -> Question:
    about = [
        finding
        for finding in findings
        if finding.attack.startswith(asked.attacks) and finding.value is not None
    ]
    verdicts = {finding.verdict for finding in about}
    worst = next((verdict for verdict in _WORST_FIRST if verdict in verdicts), None)
    return Question(
        name=asked.name,
        question=asked.question,
        asked_by=asked.asked_by,
        verdict=worst,
        findings=[finding.id for finding in about],
        limit=next((finding.limit for finding in about if finding.limit is not None), None),
    )
