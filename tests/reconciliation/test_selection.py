"""Which resources a run is about, and the servers that it needs for them."""

import pytest
from scenarios.database import declared

from moose_dagster import Options, Project, Stream, View
from moose_dagster.errors import DeclarationError
from moose_dagster.reconciliation.selection import check_servers, select_resources
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.topics import TopicId

ORDERS, OTHERS = declared("orders", "id Int64"), declared("others", "id Int64")
CLICKS = Stream[ORDERS.model]("clicks")
PROJECT = Project(
    "shop", [ORDERS, OTHERS, View("shown", "SELECT id FROM orders"), CLICKS], database="shop"
)


def test_without_a_selection_a_run_is_about_everything():
    assert select_resources(PROJECT, Options()) == PROJECT.desired.state


def test_a_selection_takes_resources_of_every_kind():
    chosen = [TableId("shop", "orders"), ViewId("shop", "shown"), TopicId("clicks")]

    selected = select_resources(PROJECT, Options(selection=chosen))

    assert [*selected.tables, *selected.views, *selected.topics] == chosen


def test_what_is_not_declared_can_not_be_selected():
    options = Options(selection=[TableId("shop", "order")])

    with pytest.raises(DeclarationError, match=r"shop\.order: selected, but not declared by shop"):
        select_resources(PROJECT, options)


def test_every_server_that_is_missing_is_named_at_once():
    with pytest.raises(DeclarationError) as missing:
        check_servers(PROJECT.desired.state, None, None)

    assert [fault.split(",")[0] for fault in missing.value.faults] == [
        "shop.orders is a table",
        "shop.shown is a view",
        "clicks is a topic",
    ]


def test_a_server_that_nothing_needs_may_be_missing():
    nothing = select_resources(PROJECT, Options(selection=[]))

    check_servers(nothing, None, None)
