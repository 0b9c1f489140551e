"""Terminate ends a run at once, releases the lock and says how far it came."""

import os
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import pytest
from scenarios.database import Recording, declared

from moose_dagster.orchestration import ClickHouseResource, build_definitions

WAIT = 30


class TerminatedWhileItWorks(ClickHouseResource):
    """A server that is busy for half a minute, while somebody presses Terminate."""

    @contextmanager
    def connect(self) -> Generator[Any]:
        with super().connect() as connected:
            yield AtWork(connected, [])


class AtWork(Recording):
    """A connection whose statement for `second` does not end before the run is terminated."""

    def command(self, sql: str, *arguments: Any, **options: Any) -> Any:
        if sql.startswith("CREATE TABLE") and "`second`" in sql and "COMMENT" not in sql:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(WAIT)
        return super().command(sql, *arguments, **options)


@pytest.fixture
def definitions(shop) -> dg.Definitions:
    clickhouse = TerminatedWhileItWorks(
        host=shop.clickhouse.host, port=shop.clickhouse.port, **shop.db.options
    )
    tables = [declared(name, "id Int64") for name in ("first", "second", "third")]
    return build_definitions(shop.db.project(*tables), clickhouse=clickhouse)


def terminated(shop, definitions, job: str, **options: Any) -> tuple[list[str], list[str]]:
    """Run *job* until it is terminated, and return its events and warnings."""
    started = time.monotonic()
    result = definitions.resolve_job_def(job).execute_in_process(
        instance=shop.instance, raise_on_error=False, **options
    )
    assert not result.success
    assert time.monotonic() - started < WAIT / 2
    (run,) = shop.instance.get_runs(limit=1)
    entries = shop.instance.all_logs(run.run_id)
    events = [e.dagster_event.event_type_value for e in entries if e.dagster_event]
    return events, [entry.user_message for entry in entries if entry.level == 30]


def test_a_terminated_job_is_not_retried_and_says_what_was_done(shop, definitions):
    config = {"ops": {"reconcile": {"config": {"dry_run": False}}}}

    events, warnings = terminated(shop, definitions, "moose_reconcile", run_config=config)

    assert "STEP_UP_FOR_RETRY" not in events
    first, second = shop.db.table("first"), shop.db.table("second")
    assert any(
        f"terminated during CREATE {second}; sent before: CREATE {first}." in text
        for text in warnings
    )


def test_a_terminated_materialization_is_not_retried_either(shop, definitions):
    job = dg.define_asset_job("all", selection="*", executor_def=dg.in_process_executor)

    events, warnings = terminated(
        shop, dg.Definitions.merge(definitions, dg.Definitions(jobs=[job])), "all"
    )

    assert "STEP_UP_FOR_RETRY" not in events
    assert any(text.startswith("terminated during CREATE") for text in warnings)


def test_a_terminated_run_releases_the_lock(shop, definitions):
    config = {"ops": {"reconcile": {"config": {"dry_run": False}}}}
    terminated(shop, definitions, "moose_reconcile", run_config=config)
    started = time.monotonic()

    names = ("first", "second", "third")
    shop.reconcile(shop.definitions(*(declared(name, "id Int64") for name in names)), dry_run=False)

    assert time.monotonic() - started < WAIT
    count = f"SELECT count() FROM system.tables WHERE database = '{shop.db.database}'"
    assert shop.db.value(count) == len(names)


def test_the_plan_is_logged_before_anything_is_sent_and_each_action_in_words(shop):
    shop.db.live("first (id Int64, gone String) ORDER BY id")
    tables = [
        declared("first", "id Int64; a Int64; b Int64; c Int64"),
        declared("second", "id Int64"),
    ]

    shop.reconcile(shop.definitions(*tables), dry_run=False, adopt=True)

    (run,) = shop.instance.get_runs(limit=1)
    infos = [
        entry.user_message for entry in shop.instance.all_logs(run.run_id) if entry.level == 20
    ]
    first, second = shop.db.table("first"), shop.db.table("second")
    assert [text for text in infos if text.startswith(("planned", "ALTER", "CREATE", "left"))] == [
        "planned: 5 changes to apply, 0 blocked, 0 drifted (4 to create, 1 to drop)",
        f"ALTER {first}: column gone, column a, column b and 1 more change",
        f"CREATE {second}: table",
        "left: no changes",
    ]
