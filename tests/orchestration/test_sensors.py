"""Sensors over real runs: what is new is told once, and no server is asked."""

import dagster as dg
import pytest
from scenarios.database import EM, declared

from moose_dagster.orchestration import ClickHouseResource, DefinitionsSettings, build_definitions
from moose_dagster.orchestration.sensors import build_drift_sensor, build_unreachable_sensor

PAYMENTS = declared("payments", "id Int64; method String", life_cycle=EM)


class Ticks:
    """A drift sensor that is looked at again and again, and what it reported."""

    def __init__(self, shop, on_drift=None, **settings):
        self.shop = shop
        self.cursor = None
        self.reported = []
        self.sensor = build_drift_sensor(
            shop.db.project(PAYMENTS), on_drift or self.note, **settings
        )

    def note(self, context, drifts):
        self.reported.append([(drift.asset_key.path[-1], drift.description) for drift in drifts])

    def tick(self):
        context = dg.build_sensor_context(instance=self.shop.instance, cursor=self.cursor)
        result = self.sensor.evaluate_tick(context)
        self.cursor = context.cursor
        return result


@pytest.fixture
def payments(shop):
    """The table as declared, and checked once."""
    shop.db.live("payments (id Int64, method String) ENGINE = MergeTree ORDER BY id")
    shop.check_only(shop.definitions(PAYMENTS), "payments")
    return shop


def change(shop, ddl):
    shop.db.raw(f"ALTER TABLE shop.payments {ddl}")
    shop.check_only(shop.definitions(PAYMENTS), "payments", fails="DROP" not in ddl)


def test_new_drift_is_told_once(payments):
    ticks = Ticks(payments)
    ticks.tick()

    change(payments, "ADD COLUMN provider String")
    ticks.tick()
    payments.check_only(payments.definitions(PAYMENTS), "payments", fails=True)
    ticks.tick()

    ((name, description),) = ticks.reported[0]
    assert name == "payments"
    assert "provider" in description
    assert len(ticks.reported) == 1


def test_other_drift_of_the_same_table_is_told_and_so_is_drift_that_comes_back(payments):
    ticks = Ticks(payments)

    for ddl in (
        "ADD COLUMN provider String",
        "ADD COLUMN country String",
        "DROP COLUMN country, DROP COLUMN provider",
    ):
        change(payments, ddl)
        ticks.tick()
    change(payments, "ADD COLUMN provider String")
    ticks.tick()

    assert ["country" in reported[0][1] for reported in ticks.reported] == [False, True, False]


def test_who_could_not_be_told_is_told_at_the_next_tick(payments):
    def fail(context, drifts):
        raise ConnectionError("the chat is away")

    change(payments, "ADD COLUMN provider String")
    away = Ticks(payments, fail)
    with pytest.raises(ConnectionError):
        away.tick()

    ticks = Ticks(payments)
    ticks.cursor = away.cursor
    ticks.tick()
    assert len(ticks.reported) == 1


def test_a_sensor_may_start_a_run_and_else_says_what_it_saw(payments):
    change(payments, "ADD COLUMN provider String")

    def start(_context, drifts):
        return dg.RunRequest(run_key=drifts[0].run_id)

    job = payments.definitions(PAYMENTS).resolve_job_def("moose_reconcile")
    started = Ticks(payments, start, job=job).tick()
    quiet = Ticks(payments)
    quiet.sensor = build_drift_sensor(payments.db.project(PAYMENTS))

    assert len(started.run_requests) == 1
    assert "provider" in quiet.tick().skip_message
    assert quiet.tick().skip_message == "there is no new drift."


def test_a_server_that_does_not_answer_is_told_in_its_words(shop):
    away = ClickHouseResource(host="127.0.0.1", port=1)
    definitions = build_definitions(
        shop.db.project(PAYMENTS), clickhouse=away, settings=DefinitionsSettings()
    )
    result = shop.check_only(definitions, "payments", fails=True)
    reported = []

    def note(context, message):
        reported.append((context.dagster_run.run_id, message))

    sensor = build_unreachable_sensor(note)

    context = dg.build_run_status_sensor_context(
        sensor_name=sensor.name,
        dagster_instance=shop.instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_run_failure_event(),
    )
    sensor(context.for_run_failure())

    ((run_id, message),) = reported
    assert run_id == result.run_id
    assert "did not answer" in message
