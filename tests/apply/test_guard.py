"""A plan that its life cycle forbids is stopped before anything is sent, whoever built it."""

from dataclasses import replace

import pytest

from moose_dagster.apply.guard import guard, guard_all
from moose_dagster.apply.tables import TableExecutor
from moose_dagster.ddl.names import Names
from moose_dagster.errors import GuardError
from moose_dagster.ledger.writer import Ledger
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import Plan
from moose_dagster.risk.levels import Risk
from moose_dagster.testing import a_table, a_topic, a_view, plan_of, topic_plan_of, view_plan_of

FM, DP, EM = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED
LIVE, DESIRED = a_table("id Int64", "note String"), a_table("id Int64")


def test_an_allowed_action_passes():
    action = plan_of(LIVE, DESIRED, FM).actions[0]

    guard(action, {LIVE.id: FM})


@pytest.mark.parametrize("life_cycle", [DP, EM])
def test_a_drop_planned_under_another_life_cycle_is_refused(life_cycle):
    action = plan_of(LIVE, DESIRED, FM).actions[0]

    with pytest.raises(GuardError, match=f"{life_cycle.value} does not allow DESTRUCTIVE"):
        guard(action, {LIVE.id: life_cycle})


def test_a_drop_that_calls_itself_safe_is_refused():
    action = plan_of(LIVE, DESIRED, FM).actions[0]
    forged = replace(action.steps[0], risk=Risk.SAFE, life_cycle=FM, verdict=Verdict.APPLY)

    with pytest.raises(GuardError, match="does not allow DESTRUCTIVE"):
        guard(replace(action, steps=(forged,)), {LIVE.id: DP})


def test_a_table_of_nobody_is_refused():
    action = plan_of(LIVE, DESIRED, FM).actions[0]

    with pytest.raises(GuardError, match="no project manages it"):
        guard(action, {})


def test_a_refused_plan_sends_nothing_at_all(db):
    good = a_table("id Int64", name=f"{db.database}.good")
    bad = plan_of(LIVE, DESIRED, FM).actions[0]
    plan = Plan(actions=(plan_of(None, good).actions[0], bad))
    ledger = Ledger(db.clickhouse, db.options["ledger_database"], "tests", "run")
    executor = TableExecutor(
        db.clickhouse, Names(), ledger, {good.id: FM, LIVE.id: DP}, lambda _: None
    )

    with pytest.raises(GuardError):
        executor.run(plan)

    assert db.writes() == []


@pytest.mark.parametrize("life_cycle", [DP, EM])
def test_the_drop_of_a_view_planned_under_another_life_cycle_is_refused(life_cycle):
    view = a_view()
    (action,) = view_plan_of(view, None, FM).view_actions
    guard(action, {view.id: FM})

    with pytest.raises(GuardError, match=f"{life_cycle.value} does not allow DESTRUCTIVE"):
        guard(action, {view.id: life_cycle})


def test_one_forbidden_action_stops_the_actions_of_every_kind():
    view = a_view()
    topic = a_topic()
    actions = [
        *topic_plan_of(None, topic, FM).topic_actions,
        *view_plan_of(None, view, FM).view_actions,
        *plan_of(LIVE, DESIRED, FM).actions,
    ]
    life_cycles = {view.id: FM, topic.id: FM, LIVE.id: FM}
    guard_all(actions, life_cycles)

    for broken in (view, topic, LIVE):
        with pytest.raises(GuardError, match=str(broken.id)):
            guard_all(actions, {**life_cycles, broken.id: EM})
