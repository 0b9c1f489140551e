"""Topics as assets, by real runs on a real broker."""

import dagster as dg
import pytest
from orchestration.shop import rows_of
from scenarios.cluster import DP, EM, FM, Message
from scenarios.database import declared

from moose_dagster import OlapConfig, OlapTable, Project, Stream, StreamConfig
from moose_dagster.orchestration import DefinitionsSettings, KafkaResource, build_definitions


@pytest.fixture
def kafka(cluster):
    return KafkaResource(bootstrap_servers=cluster.address.bootstrap_servers)


def run(definitions, selection, instance=None):
    job = dg.define_asset_job("selected", selection=selection, executor_def=dg.in_process_executor)
    merged = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
    return merged.resolve_job_def("selected").execute_in_process(
        instance=instance, raise_on_error=False
    )


def key(cluster, topic):
    return dg.AssetKey(["kafka", cluster.name(topic)])


def test_materializing_a_stream_makes_the_topic_and_says_what_it_holds(cluster, kafka):
    stream = cluster.declared("events", parallelism=3)
    definitions = build_definitions(Project("t", [stream]), kafka=kafka)

    result = run(definitions, dg.AssetSelection.assets(key(cluster, "events")))

    assert result.success
    (event,) = result.get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert metadata["moose_dagster/partitions"].value == 3
    assert metadata["moose_dagster/messages"].value == 0
    assert "CreateTopics" in metadata["statements"].value
    assert cluster.layout("events").partitions == 3


def test_the_drift_check_of_an_external_topic_names_what_differs(cluster, kafka):
    cluster.live("events", partitions=3)
    stream = cluster.declared("events", EM, parallelism=6)
    definitions = build_definitions(Project("t", [stream]), kafka=kafka)

    result = run(
        definitions,
        dg.AssetSelection.checks(dg.AssetCheckKey(key(cluster, "events"), "schema_drift")),
    )

    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert "partitions is 3, the code says 6" in check.description


def test_streams_and_tables_run_in_order_each_in_its_own_op(cluster, kafka, shop):
    table = OlapTable[Message]("messages", OlapConfig(order_by_fields=["id"]))
    stream = Stream[Message](cluster.name("messages"), StreamConfig(destination=table))
    project = Project("t", [table, stream], database=shop.db.database)
    definitions = build_definitions(project, clickhouse=shop.clickhouse, kafka=kafka)

    result = run(
        definitions, dg.AssetSelection.assets(shop.key("messages")).upstream(), shop.instance
    )

    assert result.success
    order = [event.asset_key.path[0] for event in result.get_asset_materialization_events()]
    assert order == ["kafka", "clickhouse"]


def test_the_reconcile_job_does_both_and_a_dead_cluster_stops_no_table(cluster, kafka, shop):
    resources = [cluster.declared("events", DP), declared("orders", "id UInt64", FM)]
    project = Project("t", resources, database=shop.db.database)
    nowhere = KafkaResource(bootstrap_servers="127.0.0.1:9", timeout=1.0)

    for resource, success in ((nowhere, False), (kafka, True)):
        definitions = build_definitions(
            project, clickhouse=shop.clickhouse, kafka=resource, settings=DefinitionsSettings()
        )
        result = shop.reconcile(definitions, dry_run=False, fails=not success)
        assert result.success is success
        assert shop.db.value("EXISTS TABLE shop.orders") == 1

    assert cluster.layout("events") is not None


def test_a_dead_clickhouse_stops_no_topic(cluster, kafka, shop):
    dead = type(shop.clickhouse)(host="127.0.0.1", port=9, **shop.db.options)
    project = Project(
        "t",
        [cluster.declared("events"), declared("orders", "id UInt64")],
        database=shop.db.database,
    )
    definitions = build_definitions(
        project, clickhouse=dead, kafka=kafka, settings=DefinitionsSettings(retry_policy=None)
    )

    result = run(definitions, dg.AssetSelection.assets(key(cluster, "events")), shop.instance)

    assert result.success
    assert cluster.layout("events") is not None


def test_the_impact_of_a_topic_is_its_messages_and_the_tables_downstream(cluster, kafka, shop):
    cluster.live("messages", partitions=2)
    cluster.produce("messages", 3)
    table = OlapTable[Message]("messages", OlapConfig(order_by_fields=["id"]))
    stream = Stream[Message](
        cluster.name("messages"), StreamConfig(parallelism=4, destination=table)
    )
    project = Project("t", [table, stream], database=shop.db.database)

    result = shop.reconcile(build_definitions(project, clickhouse=shop.clickhouse, kafka=kafka))

    (output,) = [
        event.step_output_data for event in result.all_events if event.is_successful_output
    ]
    _, row = rows_of(output.metadata["impact"].value)
    assert (row["resource"], row["messages"], row["partitions"]) == (cluster.name("messages"), 3, 2)
    assert row["downstream"] == shop.key("messages").to_user_string()


def test_the_last_topic_that_left_the_code_is_reported_by_the_job(cluster, kafka, shop):
    stream = cluster.declared("events")
    table = declared("orders", "id UInt64", FM)
    first = Project("t", [table, stream], database=shop.db.database)
    shop.reconcile(build_definitions(first, clickhouse=shop.clickhouse, kafka=kafka), dry_run=False)
    later = Project("t", [table], database=shop.db.database)

    result = shop.reconcile(build_definitions(later, clickhouse=shop.clickhouse, kafka=kafka))

    (output,) = [
        event.step_output_data for event in result.all_events if event.is_successful_output
    ]
    (row,) = rows_of(output.metadata["steps"].value)
    assert row["decision"] == "blocked"
    assert (row["resource"], row["step"]) == (cluster.name("events"), "drop topic")
    assert "it left the code" in output.metadata["plan"].value
