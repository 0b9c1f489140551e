"""What the server refuses is sent again where that can help: one by one, or later."""

from connections import WithoutTemporaryTables
from scenarios.database import declared_as

from moose_dagster import OlapConfig, Options, TableIndex, reconcile


def run(db, n, *indexes):
    config = OlapConfig(order_by_fields=["id"], indexes=list(indexes))
    table = declared_as("hits", ["id Int64", "at DateTime", n], config)
    clickhouse = WithoutTemporaryTables(db.clickhouse.connected)
    return reconcile(db.project(table), clickhouse, Options(**db.options))


def test_a_step_that_is_sent_alone_keeps_the_type_that_the_step_before_it_gave(db):
    run(db, "n Int32")

    # The server takes no arrayJoin in an index. Alone, a TTL is sent with the type of its column.
    result = run(
        db, "n Int64 TTL at + INTERVAL 1 YEAR", TableIndex("i", "arrayJoin([n])", "minmax", [], 1)
    )

    types = f"SELECT type FROM system.columns WHERE database = '{db.database}' AND name = 'n'"
    assert db.value(types) == "Int64"
    assert "TTL" in db.value("SHOW CREATE TABLE shop.hits")
    assert len(result.failures) == 1
    assert result.unfinished == ()
