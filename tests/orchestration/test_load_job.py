"""The job that loads messages shows in Dagster what became of them."""

from urllib.parse import urlsplit

import dagster as dg
import pytest
from load.shop import Event, Shop
from pydantic import field_validator

from moose_dagster import BatchLoad
from moose_dagster.clients.kafka import KafkaAddress, connect_kafka
from moose_dagster.orchestration import ClickHouseResource, KafkaResource, build_definitions


@pytest.fixture
def shop(connected, kafka_bootstrap_servers):
    with connect_kafka(KafkaAddress(kafka_bootstrap_servers)) as kafka:
        yield Shop(connected, kafka, kafka_bootstrap_servers)


def definitions_of(shop, url):
    address = urlsplit(url)
    options = shop.options()
    clickhouse = ClickHouseResource(
        host=str(address.hostname),
        port=address.port,
        ledger_database=options.ledger_database,
        trash_database=options.trash_database,
    )
    kafka = KafkaResource(bootstrap_servers=shop.servers)
    return build_definitions(shop.project(), clickhouse=clickhouse, kafka=kafka)


def run(definitions, instance, job, **config):
    return definitions.resolve_job_def(job).execute_in_process(
        instance=instance,
        run_config={"ops": {job.removeprefix("moose_"): {"config": config}}},
        raise_on_error=False,
    )


def test_a_load_is_a_materialization_with_numbers_that_are_plotted(shop, clickhouse_url):
    definitions = definitions_of(shop, clickhouse_url)
    key = dg.AssetKey(["clickhouse", shop.database, "events"])
    with dg.DagsterInstance.ephemeral() as instance:
        shop.clickhouse.command(f"CREATE DATABASE {shop.database} ENGINE = Atomic")
        assert run(definitions, instance, "moose_reconcile", dry_run=False).success
        shop.events(0, 3)
        shop.produce({"id": "no"})

        assert run(definitions, instance, "moose_load", selection=[shop.topic]).success

        materialization = instance.get_latest_materialization_event(key).asset_materialization
    numbers = {
        name.removeprefix("moose_dagster/"): value.value
        for name, value in materialization.metadata.items()
        if name.startswith("moose_dagster/")
    }
    assert numbers.pop("loaded_bytes") > 0
    assert numbers == {"loaded": 3, "rejected": 1, "lost": 0, "lag": 0}
    assert len(shop.rows()) == 3


def test_a_selection_that_names_no_load_fails(shop, clickhouse_url):
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(
            definitions_of(shop, clickhouse_url), instance, "moose_load", selection=["orders"]
        )

    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    assert "no load of the project has orders" in str(failure.step_failure_data)


def test_a_partition_that_can_not_be_loaded_fails_the_run_after_the_others(shop, clickhouse_url):
    shop.has_queue = False
    shop.partitions = 2
    shop.reconcile()
    shop.produce({"id": "no"}, partition=0)
    shop.events(0, 2, partition=1)
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(definitions_of(shop, clickhouse_url), instance, "moose_load")

    assert not result.success
    assert len(shop.rows()) == 2


def test_a_project_with_a_load_has_the_job(shop, clickhouse_url):
    assert "moose_load" in {job.name for job in definitions_of(shop, clickhouse_url).jobs}


class Lenient(Event):
    @field_validator("id", mode="before")
    @classmethod
    def take_words(cls, value):
        return {"seven": 7}.get(value, value)


def test_a_replay_loads_nothing_before_it_is_told_to(shop, clickhouse_url):
    shop.reconcile()
    shop.produce({"id": "seven", "note": "a"})
    shop.run()
    shop.model = Lenient
    definitions = definitions_of(shop, clickhouse_url)
    with dg.DagsterInstance.ephemeral() as instance:
        assert run(definitions, instance, "moose_replay").success
        before = shop.rows()
        assert run(definitions, instance, "moose_replay", dry_run=False).success

    assert before == []
    assert shop.rows() == [(7, "a")]


def test_a_load_that_is_behind_fails_a_check_which_names_the_place(shop, clickhouse_url):
    shop.load = BatchLoad(lag_messages=2, freshness_seconds=3600)
    shop.reconcile()
    shop.events(0, 2)
    shop.produce({"id": "no"})
    definitions = definitions_of(shop, clickhouse_url)
    with dg.DagsterInstance.ephemeral() as instance:
        behind = evaluations(definitions, instance)
        assert run(definitions, instance, "moose_load").success
        loaded = evaluations(definitions, instance)

    assert [behind[name].passed for name in CHECKS] == [False, True, False]
    assert behind["lag"].description.startswith(f"{shop.topic}/0 from offset 0 on: 3 for ")
    assert behind["lag"].severity is dg.AssetCheckSeverity.WARN
    assert "none of its messages became a row" in behind["freshness"].description
    assert [loaded[name].passed for name in CHECKS] == [True, False, True]
    assert loaded["dead_letters"].description.startswith(f"{shop.queue}/0 from offset 0 on: 1 for ")


CHECKS = ("lag", "dead_letters", "freshness")


def evaluations(definitions, instance):
    """Run the checks of loads, and return how each ended."""
    (checks,) = (one for one in definitions.assets if isinstance(one, dg.AssetChecksDefinition))
    job = dg.define_asset_job("checks", dg.AssetSelection.checks(checks))
    resolved = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
    result = resolved.resolve_job_def("checks").execute_in_process(instance=instance)
    return {one.check_name: one for one in result.get_asset_check_evaluations()}
