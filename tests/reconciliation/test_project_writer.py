"""What no plan has is sent under the lock, and is in the history at once."""

import pytest
from scenarios.database import TestDatabase

from moose_dagster import Options
from moose_dagster.errors import LockHeld, ServerError
from moose_dagster.ledger.history import Filter, read_history
from moose_dagster.reconciliation.project_writer import ProjectWriter
from moose_dagster.state.names import TableId
from moose_dagster.state.owner import Owner

OWNER = Owner("shop", "pr-1")


def writer_of(db: TestDatabase) -> ProjectWriter:
    return ProjectWriter(OWNER, db.clickhouse, Options(**db.options, wait_for_lock=0))


def history_of(db: TestDatabase) -> list[tuple[str, str, bool]]:
    found = read_history(db.clickhouse, db.options["ledger_database"], OWNER.key, Filter())
    return [(one.resource, one.statement, bool(one.error)) for one in found]


def test_a_statement_is_in_the_history_of_the_owner(db: TestDatabase):
    orders = TableId(db.database, "orders")
    statement = f"CREATE TABLE {db.database}.orders (id Int8) ENGINE = Memory"
    writer = writer_of(db)

    with writer.locked():
        writer.send(orders, statement)

        assert history_of(db) == [(f"{db.database}.orders", statement, False)]


def test_a_refused_statement_is_in_the_history_with_its_error(db: TestDatabase):
    statement = f"DROP TABLE {db.database}.missing"
    writer = writer_of(db)

    with writer.locked(), pytest.raises(ServerError, match="missing"):
        writer.send(TableId(db.database, "missing"), statement)

    assert history_of(db) == [(f"{db.database}.missing", statement, True)]


def test_nothing_is_sent_without_the_lock(db: TestDatabase):
    with pytest.raises(ValueError, match="without the lock"):
        writer_of(db).send(TableId(db.database, "orders"), "DROP DATABASE shop")


def test_one_writer_has_the_lock_at_a_time(db: TestDatabase):
    with writer_of(db).locked(), pytest.raises(LockHeld), writer_of(db).locked():
        pytest.fail("two writers of one project")
