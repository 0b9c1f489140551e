"""The plan of views in the order that the changes of tables need."""

from scenarios.database import EM, declared

from moose_dagster import View


def view(query="SELECT id, n FROM orders"):
    return View("shown", query)


def orders(columns="id Int64; n Int64", **config):
    return declared("orders", columns, **config)


def test_a_view_is_created_after_the_table_that_it_reads(db):
    plan = db.plan_result(orders(), view()).plan

    assert [action.resource.name for action in plan.every_action] == ["orders", "shown"]
    assert {step.verdict.value for step in plan.steps} == {"APPLY"}


def test_a_view_waits_for_a_table_that_nobody_creates(db):
    plan = db.plan_result(orders(life_cycle=EM), view()).plan

    (step,) = [step for step in plan.steps if step.resource.name == "shown"]
    assert step.verdict.value == "BLOCK"
    assert plan.view_actions == ()


def test_a_view_lets_go_of_a_column_before_the_column_goes(db):
    db.reconcile(orders(), view())

    plan = db.plan_result(orders("id Int64"), view("SELECT id FROM orders")).plan

    assert [action.resource.name for action in plan.every_action] == ["shown", "orders"]
