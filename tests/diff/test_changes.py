"""Every change names the table, view or topic that it is about."""

import pytest

from moose_dagster.diff.changes import resource_of
from moose_dagster.diff.table_changes import AddColumn, CreateTable
from moose_dagster.diff.topic_changes import ChangePartitions, CreateTopic
from moose_dagster.diff.view_changes import CreateView, DropView
from moose_dagster.state.views import ViewKind
from moose_dagster.testing import a_column, a_table, a_topic, a_view

TABLE = a_table("id Int64")
VIEW = a_view()
TOPIC = a_topic()


@pytest.mark.parametrize(
    ("change", "resource"),
    [
        (CreateTable(TABLE), TABLE.id),
        (AddColumn(TABLE.id, a_column("n Int8"), "id"), TABLE.id),
        (CreateView(VIEW), VIEW.id),
        (DropView(VIEW.id, ViewKind.VIEW), VIEW.id),
        (CreateTopic(TOPIC), TOPIC.id),
        (ChangePartitions(TOPIC.id, 1, 2), TOPIC.id),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_change_names_its_resource(change, resource):
    assert resource_of(change) == resource
