"""The conformance checks that every built-in attack passes too."""

import pytest
from crowd_share import CrowdShare

from reidaudit.testing import ConformanceCheck, conformance_checks


@pytest.mark.parametrize("check", conformance_checks(), ids=str)
def test_crowd_share_keeps_the_contract(check: ConformanceCheck) -> None:
    check(CrowdShare())
