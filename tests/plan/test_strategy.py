"""The allowed steps of a table take the cheapest route that makes them."""

import pytest

from moose_dagster.plan.strategy import one_by_one
from moose_dagster.state.tables import Engine
from moose_dagster.testing import a_table, plan_of

LIVE = a_table("id Int64", "n Int64")


@pytest.mark.parametrize(
    ("live", "desired", "route", "snapshot"),
    [
        (None, LIVE, "CREATE", False),
        (LIVE, None, "DROP", False),
        (LIVE, a_table("id Int64", "n Int64", "x Int8"), "ALTER", False),
        (LIVE, a_table("id Int64"), "ALTER", True),
        (LIVE, a_table("id Int64", "n Int64", order_by=("n",)), "REBUILD", False),
        (LIVE, a_table("id Int64", "n Int64", engine=Engine("SummingMergeTree")), "REBUILD", False),
    ],
)
def test_each_table_has_one_route(live, desired, route, snapshot):
    (action,) = plan_of(live, desired).actions

    assert (action.route.value, action.snapshot) == (route, snapshot)


def test_steps_that_the_server_refuses_together_are_made_one_by_one():
    (action,) = plan_of(LIVE, a_table("id Int64", "n Int64", "x Int8", comment="c")).actions

    alone = one_by_one(action)

    assert [len(single.steps) for single in alone] == [1, 1]
    assert {step for single in alone for step in single.steps} == set(action.steps)
