"""What the library writes down about itself."""

from scenarios.database import DP, EM, FM, Recording, declared, refused_by_the_server

from moose_dagster import Options, reconcile
from moose_dagster.ledger.writer import Ledger


def test_the_history_holds_every_statement_with_its_error(db):
    good = declared("good", "id UInt64")
    bad = refused_by_the_server("bad")

    outcome = reconcile(db.project(good, bad), db.clickhouse, Options(**db.options, run_id="run-7"))

    history = db.rows(
        "SELECT project, run_id, plan, name, error != '' FROM "
        f"{db.options['ledger_database']}.history ORDER BY name"
    )
    fingerprint = outcome.before.plan.fingerprint
    assert history == [
        ("tests", "run-7", fingerprint, "bad", 1),
        ("tests", "run-7", fingerprint, "good", 0),
    ]


def test_the_ledger_remembers_the_last_life_cycle(db):
    resources = (
        f"SELECT name, life_cycle FROM {db.options['ledger_database']}.resources FINAL "
        "ORDER BY name"
    )

    db.reconcile(
        declared("a", "id UInt64", FM),
        declared("b", "id UInt64", DP),
        declared("c", "id UInt64", EM),
    )
    assert db.rows(resources) == [("a", "FULLY_MANAGED"), ("b", "DELETION_PROTECTED")]

    db.reconcile(declared("a", "id UInt64", DP), declared("b", "id UInt64", DP))
    assert db.rows(resources) == [("a", "DELETION_PROTECTED"), ("b", "DELETION_PROTECTED")]


def test_a_project_of_external_tables_leaves_no_trace(db):
    db.live("orders (id UInt64) ENGINE = MergeTree ORDER BY id")

    db.reconcile(declared("orders", "id UInt64; x String", EM))

    assert (
        db.rows(f"SELECT name FROM system.databases WHERE name = '{db.options['ledger_database']}'")
        == []
    )


def test_a_table_that_left_the_code_would_be_dropped_on_the_cluster_it_was_declared_for(db):
    """The embedded server has no cluster, so the entry is written by hand and the plan is read."""
    db.reconcile(declared("orders", "id UInt64"), declared("kept", "id UInt64"))
    ledger = f"{db.options['ledger_database']}.resources"
    db.raw(
        f"INSERT INTO {ledger} SELECT * REPLACE ('main' AS cluster, now64(6) AS "
        f"recorded_at) FROM {ledger} FINAL"
    )

    (step,) = db.plan_result(declared("kept", "id UInt64"), prune=True).plan.steps

    assert "drop table: the server knows no cluster main" in step.reason


class Ahead(Recording):
    """A connection to a server whose clock is a day ahead of this host's."""

    def query(self, sql, parameters=None):
        rows = super().query(sql, parameters)
        return [(rows[0][0] + 86_400,)] if sql == "SELECT toFloat64(now64(6))" else rows


def test_what_was_said_last_counts_whatever_clock_a_host_has(db):
    """A host whose clock is ahead must not decide the life cycle of a table for good."""
    ahead = Ahead(db.clickhouse.connected)
    options = Options(**db.options, adopt=True)

    reconcile(db.project(declared("orders", "id UInt64; gone String")), ahead, options)
    reconcile(db.project(declared("orders", "id UInt64")), ahead, options)

    ledger = db.options["ledger_database"]
    assert (
        db.value(f"SELECT dateDiff('hour', now(), recorded_at) FROM {ledger}.resources FINAL") >= 23
    )
    assert db.rows(f"SELECT dateDiff('hour', now(), kept_at) >= 23 FROM {ledger}.trash") == [(1,)]


def test_a_renewed_entry_has_the_new_uuid_and_keeps_the_rest(db):
    db.reconcile(declared("orders", "id UInt64", DP), declared("notes", "id UInt64", FM))
    database = db.options["ledger_database"]
    resources = f"SELECT name, uuid, life_cycle FROM {database}.resources FINAL ORDER BY name"
    before = {name: uuid for name, uuid, _ in db.rows(resources)}
    ledger = Ledger(db.clickhouse, database, "tests", "run")

    ledger.renew(db.table("orders"), before["orders"], "new")
    ledger.renew(db.table("notes"), "another", "new")

    assert db.rows(resources) == [
        ("notes", before["notes"], "FULLY_MANAGED"),
        ("orders", "new", "DELETION_PROTECTED"),
    ]
