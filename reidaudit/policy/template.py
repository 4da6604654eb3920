"""A commented policy to start from, with the limits of a preset and whose they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reidaudit.files import write_together
from reidaudit.policy.presets import PRESETS, Limit, Preset

if TYPE_CHECKING:
    from reidaudit.data.roles import Proposal

# A setting in a comment has no space after '#', a sentence has one.
_TEMPLATE = """\
# The policy of an audit by reidaudit: who may get the release, what its columns mean, and how much
# may leak. Remove the '#' before a setting to use it; 'reidaudit policy check' then shows what the
# policy comes to.

# The limits to start from:
{presets}
preset = "{preset}"

# Families of attacks without which no release passes. The preset's own are:
#require = {required}

# The column that says whose row it is, where people have more than one:
#entity = "patient_id"

[context]
#recipient = "anyone: open data portal"
#purpose = "teaching and method development"
#release_name = "patients 2024"

# What the columns mean, by role: direct_identifier, quasi_identifier (an attacker may know it),
# sensitive (nobody should learn it), other or ignore. Where nothing is declared sensitive, every
# column is. A kind (numeric, categorical, boolean, datetime, text, identifier) overrides what would
# be inferred; a tolerance is the share of a number's spread within which a guess of it is right.
[columns]
{columns}

# Columns that somebody may hold in two sources and could join through the release. Two parts that
# say little about each other are always tried; declare those that you know of.
#[linkability]
#first = ["age", "postcode"]
#second = ["diagnosis", "cost"]

# What anyone could know without the release: it is left out of the figures of statistical offices
# that have no controls beside them, never of what is judged. The report says where to look.
#[[prior_knowledge]]
#column = "marital_status"
#level = "single"
#key = "age"
#key_level = 12
#reason = "nobody marries before 18"

# The limits of the preset, and whose word they are. To set one yourself, change max, and say in
# source who decided so and why; source_kind is law, regulator, paper, convention or ours.
[limits]
{limits}

# A finding that is accepted for a time although it breaks its limit, one table for each: up to
# which value (the upper end of its interval in the report, or more), why, who asks for it, and who
# else approves it. It lasts 180 days at the most, and a worse result breaks it. An outcome narrows
# it to one finding of the attack, a release (its SHA-256) to one release.
#[[waiver]]
#id = "auc-2026-1"
#attack = "membership_inference.distance_ratio"
#measure = "auc"
#accept = 0.58
#reason = "The recipients have signed an agreement; the generator is retrained in May."
#owner = "data science team"
#approver = "data protection officer"
#created = 2026-01-15
#expires = 2026-06-30
"""


_EXAMPLE_COLUMNS = """\
#name = { role = "direct_identifier" }
#postcode = { role = "quasi_identifier", kind = "categorical" }
#diagnosis = { role = "sensitive" }
#cost = { role = "sensitive", tolerance = 0.05 }"""


def policy_template(preset: Preset, proposals: Sequence[Proposal] = ()) -> str:
    """Return a valid policy that is the preset, with everything else in comments.

    Parameters
    ----------
    preset : Preset
        The limits.
    proposals : sequence of Proposal
        Roles of columns, to be confirmed by whoever reads them.
    """
    return _TEMPLATE.format(
        presets="\n".join(f"# - {name}: {other.meant_for}" for name, other in PRESETS.items()),
        preset=preset.name,
        required=json.dumps([family.value for family in preset.required_families]),
        columns="\n".join(map(_proposed, proposals)) or _EXAMPLE_COLUMNS,
        limits="\n".join(_setting(name, limit) for name, limit in preset.limits.items()),
    )


def write_template(path: Path, preset: Preset, proposals: Sequence[Proposal] = ()) -> None:
    """Write the template to a file, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    write_together({path: policy_template(preset, proposals).encode()})


def _proposed(proposal: Proposal) -> str:
    name = json.dumps(proposal.column, ensure_ascii=False)
    # a name may hold line breaks that JSON escapes but for these two
    name = name.replace("\x85", "\\u0085").replace("\u2028", "\\u2028")
    return f'#{name} = {{ role = "{proposal.role.value}" }}  # proposed: {proposal.reason}'


def _setting(name: str, limit: Limit) -> str:
    # a JSON string is a TOML string too
    source = json.dumps(limit.source, ensure_ascii=False)
    kind = json.dumps(limit.source_kind)
    return f'#"{name}" = {{ max = {limit.max:g}, source = {source}, source_kind = {kind} }}'
