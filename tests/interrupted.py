"""Orders whose rebuild is interrupted."""

from typing import Any

from connections import Breaking
from scenarios.database import TestDatabase, declared

from moose_dagster import Options, reconcile
from moose_dagster.errors import MooseDagsterError

COLUMNS = "id Int64; day Date; v Int64"
SOURCE = (
    "SELECT number AS id, toDate('2026-01-01') + number % 3 AS day, number + 1 AS v FROM "
    "numbers(300)"
)
MOST = 60  # statements of a run that rebuilds a table, and some more
BEFORE, AFTER = {"order_by_fields": ["id"]}, {"order_by_fields": ["id", "day"]}


def orders(**config: Any):
    """Declare the orders, in three partitions."""
    return declared("orders", COLUMNS, **{"partition_by": "day", **BEFORE, **config})


def make_live(db: TestDatabase, **config: Any) -> None:
    """Make the orders live, with 300 rows."""
    db.reconcile(orders(**config))
    db.raw(f"INSERT INTO shop.orders {SOURCE}")


def broken_run(db: TestDatabase, table: Any, breaking: Breaking):
    """Reconcile over *breaking*; how it ends is told by the next run."""
    options = Options(**db.options, lock_lease=0.5)
    try:
        return reconcile(db.project(table), breaking, options)
    except MooseDagsterError as error:
        return error


def lost_at(db: TestDatabase, word: str, *, sent: bool) -> Breaking:
    """Return a connection that is lost at the first statement with *word*; if *sent*, it is run."""
    return Breaking(db.clickhouse.connected, MOST, sent=sent, for_good=True, word=word)


def interrupt(db: TestDatabase, word: str = "EXCHANGE", *, sent: bool = False):
    """Make the orders live, lose the connection in their rebuild, and return what was desired."""
    make_live(db)
    desired = orders(**AFTER)
    broken_run(db, desired, lost_at(db, word, sent=sent))
    return desired


def leftovers(db: TestDatabase) -> list[str]:
    """Return the tables of rebuilds that have not ended."""
    names = db.rows(
        f"SELECT name FROM system.tables WHERE database = '{db.options['trash_database']}'"
    )
    return [name for (name,) in names if name.startswith(("rebuild__", "former__", "staging__"))]
