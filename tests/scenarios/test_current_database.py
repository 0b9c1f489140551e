"""`currentDatabase()` in an engine is the table's own database, whatever the connection's is."""

import pytest
from scenarios.database import declared

from moose_dagster import MergeEngine, OtherEngine

ENGINES = [
    (OtherEngine("Merge(currentDatabase(),'^orders$')"), "Merge('shop', '^orders$')"),
    (OtherEngine("Merge( DATABASE( ), 'currentDatabase()')"), "Merge('shop', 'currentDatabase()')"),
    (MergeEngine("currentDatabase()", "^orders$"), "Merge('shop', '^orders$')"),
    (
        OtherEngine("Buffer(current_database(), 'orders', 1, 1, 1, 1, 1, 1, 1)"),
        "Buffer('shop', 'orders', 1, 1, 1, 1, 1, 1, 1)",
    ),
]


@pytest.mark.parametrize(
    ("engine", "made"), ENGINES, ids=[str(number) for number in range(len(ENGINES))]
)
def test_current_database_in_an_engine_is_that_of_the_table(db, engine, made):
    tables = (
        declared("orders", "id Int64"),
        declared("over", "id Int64", order_by_expression=None, engine=engine),
    )
    db.reconcile(*tables)

    assert db.plan(*tables) == {}
    assert db.value(
        "SELECT engine_full FROM system.tables WHERE database || '.' || name = 'shop.over'"
    ) == made.replace("'shop'", f"'{db.database}'")
