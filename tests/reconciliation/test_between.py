"""Two states of the code, planned without a server."""

import pytest
from scenarios.database import DP, FM, declared

from moose_dagster import Options, Project, View
from moose_dagster.reconciliation.between import Earlier, plan_between
from moose_dagster.testing import verdicts

SHORT = declared("orders", "id Int64; note String")


def project(*declarations):
    return Project("shop", declarations, database="shop")


def earlier(*declarations):
    desired = project(*declarations).desired
    return Earlier(desired.state, desired.life_cycles)


@pytest.mark.parametrize(
    ("later", "found"),
    [
        (SHORT, {}),
        (declared("orders", "id Int64", life_cycle=FM), {"column note": "APPLY"}),
        (declared("orders", "id Int64", life_cycle=DP), {"column note": "BLOCK"}),
        (declared("orders", "id Int64; note Int8", life_cycle=FM), {"type note": "BLOCK"}),
        (declared("orders", "id Int64; note String; n Int8"), {"column n": "APPLY"}),
        (
            declared("sales", "id Int64; note String", renamed_from="orders"),
            {"table name": "APPLY"},
        ),
    ],
)
def test_a_change_gets_the_verdict_that_a_server_without_facts_would_give(later, found):
    result = plan_between(earlier(SHORT), project(later), Options())

    assert verdicts(result.plan) == found


@pytest.mark.parametrize(("prune", "verdict"), [(False, "BLOCK"), (True, "APPLY")])
def test_what_left_the_code_needs_prune(prune, verdict):
    other = declared("customers", "id Int64")

    result = plan_between(
        earlier(SHORT, other), project(SHORT), Options(prune=prune, allow_mass_removal=True)
    )

    assert verdicts(result.plan) == {"table": verdict}


def test_a_view_comes_after_the_table_that_it_reads():
    view = View("recent", "SELECT id FROM orders", [SHORT])

    plan = plan_between(earlier(), project(view, SHORT), Options()).plan

    assert [str(action.resource) for action in plan.every_action] == ["shop.orders", "shop.recent"]


def test_a_selection_leaves_out_the_rest():
    later = project(declared("orders", "id Int64"), declared("customers", "id Int64"))
    orders = next(id_ for id_ in later.desired.state.tables if id_.name == "orders")

    plan = plan_between(earlier(SHORT), later, Options(selection=[orders])).plan

    assert {step.resource for step in plan.steps} == {orders}
