"""The policy as the one table that combines life cycle and risk."""

import pytest

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.policy import POLICY, Verdict, verdict_on
from moose_dagster.risk.levels import Risk

FM, DP, EM = LifeCycle


def test_the_policy_has_a_verdict_for_every_risk_of_every_life_cycle():
    assert {life_cycle: set(row) for life_cycle, row in POLICY.items()} == {
        FM: set(Risk),
        DP: set(Risk),
        EM: set(Risk),
    }
    assert set(POLICY[EM].values()) == {Verdict.DRIFT}


@pytest.mark.parametrize(
    ("risk", "fully", "protected"),
    [
        (Risk.SAFE, "APPLY", "APPLY"),
        (Risk.REWRITE, "APPLY", "APPLY"),
        (Risk.DATA_DEPENDENT, "BLOCK", "BLOCK"),
        (Risk.REBUILD, "APPLY", "BLOCK"),
        (Risk.DESTRUCTIVE, "APPLY", "BLOCK"),
        (Risk.IMPOSSIBLE, "BLOCK", "BLOCK"),
    ],
)
def test_each_risk_has_the_verdict_of_its_row(risk, fully, protected):
    verdicts = [verdict_on(life_cycle, risk).value for life_cycle in (FM, DP, EM)]

    assert verdicts == [fully, protected, "DRIFT"]
