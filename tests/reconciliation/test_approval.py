"""What loses something waits for its approval in a project that asks for approvals."""

import pytest
from scenarios.database import declared

from moose_dagster import Options, Project
from moose_dagster.errors import ReconcileError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.tables import TablePlanInputs, build_table_plan
from moose_dagster.reconciliation.approval import check_approvals, plan_with_approvals
from moose_dagster.reconciliation.results import PlanResult
from moose_dagster.state.resources import State
from moose_dagster.testing import a_table, verdicts

LIVE, DESIRED = a_table("id Int64", "gone String"), a_table("id Int64")
INPUTS = TablePlanInputs(life_cycles={LIVE.id: LifeCycle.FULLY_MANAGED})


def planned(*, approval, approve=()):
    project = Project("shop", [declared("orders", "id Int64")], database="shop", approval=approval)
    return plan_with_approvals(
        lambda inputs: build_table_plan(State({LIVE.id: LIVE}), State({LIVE.id: DESIRED}), inputs),
        INPUTS,
        {},
        project,
        Options(approve=approve),
    )


def test_without_approvals_a_managed_table_loses_what_the_code_dropped():
    assert verdicts(planned(approval=False).plan) == {"column gone": "APPLY"}


def test_a_loss_waits_until_it_is_approved():
    waiting = planned(approval=True)

    assert verdicts(waiting.plan) == {"column gone": "BLOCK"}
    assert waiting.life_cycles == {LIVE.id: LifeCycle.DELETION_PROTECTED}

    approved = planned(approval=True, approve=waiting.needed.values())

    assert verdicts(approved.plan) == {"column gone": "APPLY"}
    assert approved.life_cycles == {LIVE.id: LifeCycle.FULLY_MANAGED}


def test_an_approval_that_no_step_waits_for_stops_the_run():
    with pytest.raises(ReconcileError, match="no step waits for the approval other"):
        check_approvals(PlanResult(), Options(approve=["other"]))
