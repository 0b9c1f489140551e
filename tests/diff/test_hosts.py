"""What some hosts lack of a table that others have."""

from dataclasses import replace

import pytest

from moose_dagster.diff.hosts import missing_on_hosts, on_every_host
from moose_dagster.diff.table_changes import AddColumn, AddElement, CreateTable
from moose_dagster.state.tables import Engine, Index
from moose_dagster.testing import a_column, a_table

INDEX = Index("by_note", "note", "minmax")
DESIRED = a_table("id Int64", "note String", "amount Int64", indexes=(INDEX,))
SHORT = a_table("id Int64", "amount Int64")
UUID = "61f0c404-5cb3-11e7-907b-a6006ad3dba0"


def test_hosts_that_are_alike_lack_nothing():
    assert missing_on_hosts(DESIRED, {"a": SHORT, "b": SHORT}, UUID) == ()
    assert missing_on_hosts(DESIRED, {"a": None, "b": None}, UUID) == ()


def test_a_host_without_the_table_and_one_without_a_column_are_changes_of_their_own():
    found = missing_on_hosts(DESIRED, {"a": DESIRED, "b": SHORT, "c": None}, UUID)

    assert found == (
        CreateTable(DESIRED, ("c",)),
        AddColumn(DESIRED.id, a_column("note String"), "id", ("b",)),
        AddElement(DESIRED.id, INDEX, ("b",)),
    )


def test_what_no_host_has_makes_no_difference_and_no_neighbor():
    first = a_table("id Int64", "amount Int64", "last Int8")
    desired = a_table("id Int64", "note String", "amount Int64", "last Int8")

    (found,) = missing_on_hosts(desired, {"a": first, "b": a_table("id Int64", "last Int8")}, UUID)

    assert found == AddColumn(desired.id, a_column("amount Int64"), "id", ("b",))


@pytest.mark.parametrize(
    ("engine", "uuid"),
    [
        (Engine("MergeTree"), ""),
        (Engine("ReplicatedMergeTree"), UUID),
        (Engine("ReplicatedMergeTree", ("'/t/{uuid}/{shard}'", "'{replica}'")), UUID),
        (Engine("ReplicatedMergeTree", ("'/t/{shard}/orders'", "'{replica}'")), ""),
    ],
)
def test_a_replica_is_made_with_the_uuid_that_its_path_in_keeper_holds(engine, uuid):
    desired = replace(DESIRED, engine=engine)

    (found,) = missing_on_hosts(desired, {"a": desired, "b": None}, UUID)

    assert found == CreateTable(desired, ("b",), uuid)


def test_every_host_has_what_none_of_those_with_the_table_lacks():
    assert on_every_host(DESIRED, {"a": DESIRED, "b": SHORT, "c": None}) == SHORT
