"""What left the code on purpose, as it is written."""

import pytest
from pydantic import BaseModel

from moose_dagster import (
    DeclarationError,
    Key,
    OlapConfig,
    OlapTable,
    Project,
    Removed,
    Stream,
    View,
)
from moose_dagster.plan.removal import RemovalRequest
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.topics import TopicId


class Order(BaseModel):
    id: Key[int]


@pytest.mark.parametrize(
    ("removed", "resource"),
    [
        (Removed("orders", reason="moved"), TableId("shop", "orders")),
        (Removed("lake.orders", reason="moved"), TableId("lake", "orders")),
        (Removed("`a.b`", reason="moved"), TableId("shop", "a.b")),
        (Removed("orders", reason="moved", kind="view"), ViewId("shop", "orders")),
        (Removed("shop.orders", reason="moved", kind="topic"), TopicId("shop.orders")),
    ],
)
def test_it_names_one_resource(removed, resource):
    project = Project("shop", [removed], database="shop")

    assert project.desired.removal_requests == {resource: RemovalRequest("moved")}


def test_a_module_may_hold_some():
    project = Project.from_module("tests", __name__)

    assert project.desired.removal_requests == {
        TableId("default", "gone"): RemovalRequest("nobody reads it", drop=True)
    }


gone = Removed("gone", reason="nobody reads it", drop=True)


@pytest.mark.parametrize(
    ("resources", "fault"),
    [
        ([Removed("orders", reason=" ")], "the reason is empty; say why it left the code."),
        ([Removed("", reason="moved")], "this is not a name; write name or database.name"),
        ([Removed("a.b.c", reason="moved")], "this is not a name; write name or database.name"),
        ([Removed("", reason="moved", kind="topic")], "this is not a name"),
        (
            [Removed("orders", reason="moved", kind="index")],
            "kind='index' is not one of table, view, topic.",
        ),
        (
            [OlapTable[Order]("orders"), Removed("orders", reason="moved")],
            "shop.orders is declared at ",
        ),
        (
            [OlapTable[Order]("orders"), Removed("orders", reason="moved", kind="view")],
            "shop.orders is declared at ",
        ),
        (
            [View("orders", "SELECT 1 AS x", []), Removed("orders", reason="moved")],
            "shop.orders is declared at ",
        ),
        (
            [Stream[Order]("orders"), Removed("orders", reason="moved", kind="topic")],
            "orders is declared at ",
        ),
        (
            [
                OlapTable[Order]("sales", OlapConfig(renamed_from="orders")),
                Removed("orders", reason="moved"),
            ],
            "shop.orders is what another table is renamed from; drop one of the two.",
        ),
        (
            [Removed("orders", reason="moved"), Removed("shop.orders", reason="sold")],
            "shop.orders is removed at ",
        ),
    ],
)
def test_a_wrong_one_is_a_fault(resources, fault):
    with pytest.raises(DeclarationError) as caught:
        Project("shop", resources, database="shop")

    assert len(caught.value.faults) == 1
    assert fault in caught.value.faults[0]
    assert "test_removed.py" in caught.value.faults[0]


def test_a_table_and_a_topic_of_one_name_are_told_apart():
    project = Project(
        "shop", [OlapTable[Order]("orders"), Removed("orders", reason="moved", kind="topic")]
    )

    assert set(project.desired.removal_requests) == {TopicId("orders")}
