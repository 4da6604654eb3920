"""reidaudit: how much does a synthetic table give away about the people it was made from?

The public names are loaded when they are first used, so that the command line starts quickly.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from reidaudit.version import __version__

if TYPE_CHECKING:
    from reidaudit.diff.diff import Diff
    from reidaudit.errors import (
        ClusterError,
        DisclosureError,
        InputError,
        OutputError,
        PluginError,
        PolicyError,
        ReidauditError,
        UsageError,
    )
    from reidaudit.journey import audit
    from reidaudit.planning import plan, plan_sizes
    from reidaudit.policy.model import Policy
    from reidaudit.report.report import Report
    from reidaudit.vocabulary import Verdict

_HOMES = {
    "audit": "reidaudit.journey",
    "plan": "reidaudit.planning",
    "plan_sizes": "reidaudit.planning",
    "Policy": "reidaudit.policy.model",
    "Diff": "reidaudit.diff.diff",
    "Report": "reidaudit.report.report",
    "Verdict": "reidaudit.vocabulary",
    "ReidauditError": "reidaudit.errors",
    "ClusterError": "reidaudit.errors",
    "DisclosureError": "reidaudit.errors",
    "InputError": "reidaudit.errors",
    "OutputError": "reidaudit.errors",
    "PluginError": "reidaudit.errors",
    "PolicyError": "reidaudit.errors",
    "UsageError": "reidaudit.errors",
}

__all__ = [
    "ClusterError",
    "Diff",
    "DisclosureError",
    "InputError",
    "OutputError",
    "PluginError",
    "Policy",
    "PolicyError",
    "ReidauditError",
    "Report",
    "UsageError",
    "Verdict",
    "__version__",
    "audit",
    "plan",
    "plan_sizes",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'reidaudit' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    # a submodule of the same name (reidaudit.audit) would otherwise shadow the function
    globals()[name] = value
    return value
