"""A column is renamed on a clone: what an INSERT in progress writes to it is in the table."""

import threading
import time

import pytest
from scenarios.database import DP, FM, declared

from moose_dagster import RenamedFrom


def declared_with_renames(life_cycle):
    table = declared("orders", "id Int64; text String; amount Int64", life_cycle)
    fields = table.model.model_fields
    fields["text"].metadata.append(RenamedFrom("note"))
    fields["amount"].metadata.append(RenamedFrom("number"))
    return table


@pytest.mark.parametrize("life_cycle", [DP, FM])
def test_an_insert_in_progress_keeps_its_values(db, life_cycle):
    db.live(
        "orders (id Int64, note String, number Int64) ENGINE = MergeTree ORDER BY id",
        "SELECT 100, 'old', 7",
    )
    connected = db.clickhouse.connected
    insert = (
        f"INSERT INTO {db.database}.orders (id, note, number) "
        "SELECT number, 'acknowledged', 5 FROM numbers(5) WHERE sleepEachRow(0.5) = 0"
    )

    def write():
        with connected.another() as connection:
            connection.command(insert)

    writer = threading.Thread(target=write)
    writer.start()
    while not db.value("SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO %'"):
        time.sleep(0.05)
    outcome = db.reconcile(declared_with_renames(life_cycle))
    writer.join()
    db.raw("OPTIMIZE TABLE shop.orders FINAL")

    assert outcome.failures == ()
    rows = db.rows("SELECT text, amount, count() FROM shop.orders GROUP BY ALL ORDER BY ALL")
    assert rows == [("acknowledged", 5, 5), ("old", 7, 1)]
    assert db.plan(declared_with_renames(life_cycle)) == {}
