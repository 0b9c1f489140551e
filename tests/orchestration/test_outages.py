"""Servers that do not answer: they are tried again, reported, and stop no other server."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import pytest
from orchestration.shop import RecordedClickHouse, checked, failures, materialized
from pydantic import BaseModel
from scenarios.database import EM, Recording, declared, refused_by_the_server

from moose_dagster import Key, Project, ServerError, ServerUnreachable, Stream
from moose_dagster.orchestration import (
    ClickHouseResource,
    DefinitionsSettings,
    KafkaResource,
    build_definitions,
)

ORDERS = declared("orders", "id Int64; note String")
ONCE = DefinitionsSettings(retry_policy=None)
REFUSED = refused_by_the_server()


def restarts(result):
    """Return how often steps of a run were tried again."""
    return [event.event_type_value for event in result.all_events].count("STEP_RESTARTED")


class Event(BaseModel):
    """A message."""

    id: Key[int]


class LosesTheFirst(RecordedClickHouse):
    """A ClickHouseResource whose connection breaks once, at the first ADD COLUMN."""

    @contextmanager
    def connect(self) -> Generator[Any]:
        with super().connect() as recording:
            yield Breaking(recording)


class Breaking(Recording):
    """A connection that answers nothing to the first `ADD COLUMN` of the test."""

    broken: bool = False

    def command(self, sql: str, settings: Any = None) -> None:
        if "ADD COLUMN" in sql and not Breaking.broken:
            Breaking.broken = True
            raise ServerUnreachable("ClickHouse did not answer: connection reset")
        super().command(sql, settings)


class KnowsNobody(ClickHouseResource):
    """A server that refuses the password, which the embedded one never does."""

    @contextmanager
    def connect(self) -> Generator[Any]:
        raise ServerError("Authentication failed", 516)
        yield


class NoKafka(KafkaResource):
    """A cluster where nobody answers, without the wait."""

    @contextmanager
    def connect(self) -> Generator[Any]:
        yield Silent()


class Silent:
    """A connection to nobody."""

    def layouts(self) -> dict[str, Any]:
        raise ServerUnreachable("Kafka did not answer")


def test_a_connection_lost_on_the_way_is_tried_again(shop):
    Breaking.broken = False
    shop.db.live("orders (id Int64) ORDER BY id")
    clickhouse = LosesTheFirst(
        host=shop.clickhouse.host, port=shop.clickhouse.port, **shop.db.options
    )
    settings = DefinitionsSettings(retry_policy=dg.RetryPolicy(max_retries=1))
    definitions = build_definitions(
        shop.db.project(ORDERS), clickhouse=clickhouse, settings=settings
    )

    result = shop.run(definitions, "orders")

    assert Breaking.broken
    assert set(materialized(result)) == {"orders"}


def test_a_cluster_that_is_away_stops_no_table_and_hides_no_refusal(shop):
    project = Project(
        "tests", [ORDERS, REFUSED, Stream[Event]("events")], database=shop.db.database
    )
    kafka = NoKafka(bootstrap_servers="nowhere.invalid:9092")
    definitions = build_definitions(project, clickhouse=shop.clickhouse, kafka=kafka, settings=ONCE)

    result = shop.reconcile(definitions, dry_run=False, fails=True)

    assert set(materialized(result)) == {"orders"}
    assert {table: check.passed for table, check in checked(result).items()} == {
        "orders": True,
        "refused": False,
    }
    assert "nowhere" in failures(result)
    assert "Kafka did not answer" in failures(result)


def test_a_cluster_that_is_away_fails_the_run_even_where_all_else_went_well(shop):
    project = Project("tests", [ORDERS, Stream[Event]("events")], database=shop.db.database)
    kafka = NoKafka(bootstrap_servers="nowhere.invalid:9092")
    definitions = build_definitions(project, clickhouse=shop.clickhouse, kafka=kafka)

    result = shop.reconcile(definitions, dry_run=False, fails=True)

    assert set(materialized(result)) == {"orders"}
    assert "Kafka did not answer" in failures(result)
    # The sensor for servers that do not answer knows a run by this cause.
    assert "ServerUnreachable" in failures(result)
    assert restarts(result) == 2


def test_a_topic_of_a_cluster_that_is_away_is_neither_materialized_nor_checked(shop):
    settings = DefinitionsSettings(retry_policy=dg.RetryPolicy(max_retries=1))
    project = Project("tests", [ORDERS, Stream[Event]("events")], database=shop.db.database)
    kafka = NoKafka(bootstrap_servers="nowhere.invalid:9092")
    definitions = build_definitions(
        project, clickhouse=shop.clickhouse, kafka=kafka, settings=settings
    )
    topic = dg.AssetSelection.assets(dg.AssetKey(["kafka", "events"]))

    for selection in (topic, dg.AssetSelection.checks_for_assets(dg.AssetKey(["kafka", "events"]))):
        result = shop.select(definitions, selection, fails=True)

        assert materialized(result) == {}
        assert checked(result) == {}
        assert "Kafka did not answer" in failures(result)
        assert restarts(result) == 1


def test_a_table_whose_server_is_away_is_neither_materialized_nor_checked(shop):
    project = Project("tests", [ORDERS, Stream[Event]("events")], database=shop.db.database)
    nowhere = ClickHouseResource(host="127.0.0.1", port=9)
    kafka = NoKafka(bootstrap_servers="nowhere.invalid:9")
    definitions = build_definitions(project, clickhouse=nowhere, kafka=kafka, settings=ONCE)

    for selection in (
        dg.AssetSelection.assets(shop.key("orders")),
        dg.AssetSelection.checks(shop.check("orders")),
    ):
        result = shop.select(definitions, selection, fails=True)

        assert (materialized(result), checked(result)) == ({}, {})
        assert "ServerUnreachable" in failures(result) or "did not answer" in failures(result)


@pytest.mark.parametrize(
    "run", ["moose_reconcile", "moose_drift", "moose_purge", "moose_restore", "moose_abort"]
)
def test_a_job_is_tried_again_while_its_server_is_away(shop, run):
    policy = DefinitionsSettings(retry_policy=dg.RetryPolicy(max_retries=2))
    nowhere = ClickHouseResource(host="127.0.0.1", port=9)
    definitions = build_definitions(shop.db.project(ORDERS), clickhouse=nowhere, settings=policy)
    config = {"ops": {"restore": {"config": {"entry": "orders"}}}} if run == "moose_restore" else {}

    result = definitions.resolve_job_def(run).execute_in_process(
        instance=shop.instance, run_config=config, raise_on_error=False
    )

    assert not result.success
    assert "ServerUnreachable" in failures(result) or "did not answer" in failures(result)
    assert restarts(result) == 2


@pytest.mark.parametrize(("policy", "tries"), [(dg.RetryPolicy(max_retries=2), 2), (None, 0)])
def test_an_observation_is_tried_again_while_its_server_is_away(shop, policy, tries):
    payments = declared("payments", "id Int64", life_cycle=EM)
    nowhere = ClickHouseResource(host="127.0.0.1", port=9)
    settings = DefinitionsSettings(retry_policy=policy)
    definitions = build_definitions(
        shop.db.project(payments), clickhouse=nowhere, settings=settings
    )

    result = shop.run(definitions, "payments", fails=True)

    # The sensor for servers that do not answer knows a run by this cause.
    assert "ServerUnreachable" in failures(result)
    assert restarts(result) == tries


def test_a_job_that_lost_its_connection_in_between_goes_on(shop):
    Breaking.broken = False
    shop.db.live("orders (id Int64) ORDER BY id")
    clickhouse = LosesTheFirst(
        host=shop.clickhouse.host, port=shop.clickhouse.port, **shop.db.options
    )
    settings = DefinitionsSettings(retry_policy=dg.RetryPolicy(max_retries=1))
    definitions = build_definitions(
        shop.db.project(ORDERS), clickhouse=clickhouse, settings=settings
    )

    result = shop.reconcile(definitions, dry_run=False)

    assert (Breaking.broken, restarts(result)) == (True, 1)
    assert {table: check.passed for table, check in checked(result).items()} == {"orders": True}


def test_what_another_run_holds_or_a_server_refuses_is_not_tried_again(shop):
    definitions = shop.definitions(ORDERS, REFUSED)
    unknown = build_definitions(shop.db.project(ORDERS), clickhouse=KnowsNobody(host="127.0.0.1"))

    for result in (
        shop.reconcile(definitions, dry_run=False, fails=True),
        shop.reconcile(unknown, fails=True),
        shop.drift(unknown, fails=True),
        shop.run(unknown, "orders", fails=True),
        shop.check_only(unknown, "orders", fails=True),
    ):
        assert "nowhere" in failures(result) or "Authentication failed" in failures(result)
        assert restarts(result) == 0
