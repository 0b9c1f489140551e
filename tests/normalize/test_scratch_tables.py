"""What the server really makes of a declared table is read from an empty one."""

from moose_dagster.normalize.scratch_tables import read_scratch_tables
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Engine
from moose_dagster.testing import a_table


def scratch(db, *tables):
    prefix = TableId(db.database, "scratch__tests")
    return read_scratch_tables(db.clickhouse, tables, prefix, {})


def test_a_table_is_made_read_and_dropped(db):
    table = a_table("id Int64", "n Decimal(9,2)", name=f"{db.database}.orders")

    found = scratch(db, table)

    assert found.tables[table.id].column("n").type == "Decimal(9, 2)"
    assert db.rows(f"SHOW TABLES FROM {db.database}") == []


def test_a_table_that_the_server_refuses_is_named_with_its_message(db):
    table = a_table("id Int64", order_by=("nope",), name=f"{db.database}.orders")

    found = scratch(db, table)

    assert found.tables == {}
    assert "nope" in found.refused[table.id]


def test_other_engines_are_not_made(db):
    table = a_table("id Int64", engine=Engine("Log"), order_by=(), name=f"{db.database}.orders")
    db.writes()

    assert scratch(db, table).tables == {}
    assert db.writes() == []
