"""The changes of tables are a closed union, and each names its table by its declared name."""

from dataclasses import is_dataclass
from typing import get_args

import pytest

from moose_dagster.diff import table_changes as changes
from moose_dagster.state.names import TableId
from moose_dagster.testing import a_column, a_table

TABLE = a_table("id Int64")


def test_every_class_belongs_to_the_union():
    classes = {value for value in vars(changes).values() if is_dataclass(value)}

    own = {one for one in classes if one.__module__ == changes.__name__}
    assert own == set(get_args(changes.TableChange))


@pytest.mark.parametrize(
    ("change", "table"),
    [
        (changes.CreateTable(TABLE), TABLE.id),
        (changes.DropTable(TABLE.id), TABLE.id),
        (changes.RenameTable(TABLE.id, TableId("shop", "earlier")), TABLE.id),
        (changes.DropColumn(TABLE.id, a_column("n Int8")), TABLE.id),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_change_names_its_table(change, table):
    assert changes.table_of(change) == table
