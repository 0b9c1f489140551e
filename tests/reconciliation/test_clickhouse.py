"""The tables and views of a project are planned together."""

from scenarios.database import TestDatabase, declared

from moose_dagster import Options, View, plan_for


def test_a_view_comes_after_the_table_that_it_reads(db: TestDatabase):
    orders = declared("orders", "id UInt64")
    recent = View("recent", "SELECT id FROM orders")

    plan = plan_for(db.project(recent, orders), db.clickhouse, Options(**db.options)).plan

    assert [action.resource.name for action in plan.ordered_actions] == ["orders", "recent"]


def test_a_view_waits_with_the_table_that_it_reads(db: TestDatabase):
    far = declared("far", "id UInt64", cluster="nowhere")
    recent = View("recent", "SELECT id FROM far")

    plan = plan_for(db.project(far, recent), db.clickhouse, Options(**db.options)).plan

    reasons = {step.resource.name: step.reason for step in plan.steps}
    assert plan.ordered_actions == ()
    assert f"waits until {db.database}.far exists" in reasons["recent"]
