"""The uuid of a live resource tells whether the project manages it."""

import pytest

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.adoption import effective_life_cycles, unmanaged
from moose_dagster.plan.removal import Entry
from moose_dagster.state.names import TableId
from moose_dagster.state.topics import TopicId

FM, DP, EM = LifeCycle
ORDERS, RENAMED = TableId("shop", "orders"), TableId("shop", "purchases")
CLICKS = TopicId("clicks")


@pytest.mark.parametrize(
    ("live", "ledger", "found"),
    [
        ({ORDERS: "u1"}, {}, {ORDERS}),
        ({ORDERS: "u1"}, {ORDERS: Entry(FM, "", "u1")}, set()),
        ({ORDERS: "u2"}, {ORDERS: Entry(FM, "", "u1")}, {ORDERS}),
        ({RENAMED: "u1"}, {ORDERS: Entry(FM, "", "u1")}, set()),
        ({ORDERS: "u1"}, {ORDERS: Entry(EM, "", "u1")}, {ORDERS}),
        ({CLICKS: ""}, {CLICKS: Entry(FM, "", "")}, set()),
        ({CLICKS: ""}, {}, {CLICKS}),
    ],
    ids=["new", "managed", "made again", "renamed", "external", "topic", "new topic"],
)
def test_what_the_ledger_does_not_know_is_unmanaged(live, ledger, found):
    assert unmanaged(live, ledger) == found


def test_what_is_not_adopted_is_protected():
    life_cycles = {ORDERS: FM, RENAMED: EM, CLICKS: FM}

    assert effective_life_cycles(life_cycles, {ORDERS, RENAMED}) == {
        ORDERS: DP,
        RENAMED: EM,
        CLICKS: FM,
    }
