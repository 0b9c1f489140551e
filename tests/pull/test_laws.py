"""Whatever can be declared can be pulled."""

import shutil

from hypothesis import given
from laws.test_engine import LAW, batches, tables_of
from scenarios.database import FM, TestDatabase

from moose_dagster import Options, plan_for, reconcile
from moose_dagster.pull import PullOptions, pull


@LAW
@given(batches)
def test_random_tables_are_pulled_without_a_difference(
    connected, server_version, folder, imported, batch
):
    db = TestDatabase(connected)
    tables = tables_of(batch, FM, server_version)
    reconcile(db.project(*tables), db.clickhouse, Options(**db.options))
    shutil.rmtree(folder, ignore_errors=True)  # what the example before this one pulled

    result = pull(db.clickhouse, None, PullOptions(databases=(db.database,), folder=folder))

    assert result.notes == ()
    assert len(result.tables) == len(tables)
    assert [step.reason for step in plan_for(imported().project, db.clickhouse).plan.steps] == []
