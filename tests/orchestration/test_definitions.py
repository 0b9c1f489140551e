"""What Dagster loads: metadata, names and secrets, with no server anywhere."""

import socket
from datetime import timedelta
from typing import Annotated, Any

import dagster as dg
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap
from pydantic import BaseModel, Field
from scenarios.database import EM, FM, declared

from moose_dagster import Key, LifeCycle, OlapConfig, OlapTable, Project, Stream, StreamConfig
from moose_dagster.orchestration import (
    ClickHouseResource,
    DefinitionsSettings,
    KafkaResource,
    build_definitions,
)

_SECRET = "n0t-f0r-the-UI"


class Order(BaseModel):
    """What was bought."""

    order_id: Key[int]
    note: Annotated[str, Field(description="What the customer wrote.")]


NOWHERE = ClickHouseResource(host="nowhere.invalid")
NO_KAFKA = KafkaResource(bootstrap_servers="nowhere.invalid:9092")


def spec_of(table, **settings):
    project = Project("shop", [table], database="shop")
    (spec,) = build_definitions(project, clickhouse=NOWHERE, **settings).resolve_all_asset_specs()
    return spec


def keys_of(*names):
    tables = [declared(name, "id Int64") for name in names]
    project = Project("shop", tables, database="shop")
    specs = build_definitions(project, clickhouse=NOWHERE).resolve_all_asset_specs()
    names = ("dagster/table_name", "moose_dagster/table")
    return {spec.metadata.get(names[0]) or spec.metadata[names[1]]: spec.key for spec in specs}


@pytest.fixture
def no_sockets(monkeypatch):
    """Nobody may even make a socket."""

    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError("something connects")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_nothing_connects_while_definitions_load(no_sockets):
    definitions = build_definitions(
        Project("shop", [OlapTable[Order]("orders")]), clickhouse=NOWHERE
    )

    repository = definitions.get_repository_def()
    repository.load_all_definitions()
    dg.Definitions.validate_loadable(definitions)

    jobs = sorted(job.name for job in repository.get_all_jobs())
    assert jobs == [
        "__ASSET_JOB",
        "moose_abort",
        "moose_drift",
        "moose_purge",
        "moose_reconcile",
        "moose_restore",
    ]


def test_an_asset_shows_the_whole_declaration():
    config = OlapConfig(
        partition_by="order_id % 4", ttl="now() + INTERVAL 1 DAY", comment="Every order."
    )

    spec = spec_of(OlapTable[Order]("orders", config))

    shown = {
        name: value for name, value in spec.metadata.items() if name.startswith("moose_dagster/")
    }
    assert spec.key == dg.AssetKey(["clickhouse", "shop", "orders"])
    assert spec.description == "Every order."
    assert spec.group_name == "shop"
    assert "clickhouse" in spec.kinds
    assert spec.metadata["dagster/table_name"] == "shop.orders"
    assert shown == {
        "moose_dagster/engine": "MergeTree",
        "moose_dagster/life_cycle": "FULLY_MANAGED",
        "moose_dagster/order_by": "order_id",
        "moose_dagster/partition_by": "order_id % 4",
        "moose_dagster/ttl": "now() + INTERVAL 1 DAY",
    }


def test_an_asset_shows_its_columns_with_types_and_descriptions():
    columns = spec_of(OlapTable[Order]("orders")).metadata["dagster/column_schema"].columns

    assert [(column.name, column.type, column.description) for column in columns] == [
        ("order_id", "Int64", None),
        ("note", "String", "What the customer wrote."),
    ]


class Message(BaseModel):
    id: Key[str]
    note: str | None
    tags: list[str]
    wait: timedelta


def test_a_topic_shows_the_clickhouse_types_of_its_messages_and_what_may_be_null():
    metadata = spec_of(Stream[Message]("shop.orders"), kafka=NO_KAFKA).metadata

    columns = metadata["dagster/column_schema"].columns
    assert [(column.name, column.type, column.constraints.nullable) for column in columns] == [
        ("id", "String", False),
        ("note", "Nullable(String)", True),
        ("tags", "Array(String)", False),
        ("wait", "timedelta", False),
    ]


def test_a_topic_is_never_linked_with_a_table_of_its_name():
    metadata = spec_of(Stream[Message]("shop.orders"), kafka=NO_KAFKA).metadata

    assert "dagster/table_name" not in metadata
    assert metadata["moose_dagster/topic"] == "shop.orders"


def test_an_asset_points_at_the_line_that_declares_it():
    table = OlapTable[Order]("orders")

    (reference,) = spec_of(table).metadata["dagster/code_references"].code_references

    assert (reference.file_path, reference.line_number) == (__file__, table.source.line)


def test_the_model_describes_a_table_without_a_comment():
    assert spec_of(OlapTable[Order]("orders")).description == "What was bought."


def test_assets_may_be_grouped_by_the_module_that_declares_them():
    by_module = DefinitionsSettings(group_by="module")
    named = OlapTable[Order]("orders", OlapConfig(metadata={"group": "sales"}))

    assert (
        spec_of(OlapTable[Order]("orders"), settings=by_module).group_name
        == "shop_test_definitions"
    )
    assert spec_of(named, settings=by_module).group_name == "sales"


def test_an_empty_cron_expression_is_not_a_schedule():
    settings = DefinitionsSettings(reconcile_cron="", purge_cron="")

    definitions = build_definitions(
        Project("shop", [OlapTable[Order]("orders")]), clickhouse=NOWHERE, settings=settings
    )

    assert [schedule.name for schedule in definitions.schedules or ()] == ["moose_drift_schedule"]


def test_assets_are_selected_by_life_cycle():
    protected = OlapTable[Order]("protected", OlapConfig(life_cycle=LifeCycle.DELETION_PROTECTED))
    definitions = build_definitions(
        Project("shop", [OlapTable[Order]("orders"), protected]), clickhouse=NOWHERE
    )

    selection = dg.AssetSelection.tag("moose_dagster/life_cycle", "DELETION_PROTECTED")

    assert selection.resolve(definitions.resolve_asset_graph()) == {
        dg.AssetKey(["clickhouse", "default", "protected"])
    }


def test_a_stream_is_an_asset_that_its_table_depends_on():
    table = OlapTable[Order]("orders")
    project = Project(
        "shop",
        [Stream[Order]("orders.v1", StreamConfig(destination=table)), table],
        database="shop",
    )
    kafka = KafkaResource(bootstrap_servers="nowhere.invalid:9092")

    definitions = build_definitions(project, clickhouse=NOWHERE, kafka=kafka)
    graph = definitions.resolve_asset_graph()

    topic = dg.AssetKey(["kafka", "orders.v1"])
    assert graph.get(dg.AssetKey(["clickhouse", "shop", "orders"])).parent_keys == {topic}
    assert graph.get(topic).is_materializable
    assert "kafka" in graph.get(topic).kinds


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("orders", "orders"),
        ("my orders", "my_x20_orders"),
        ("my_x20_orders", "my_x5f__x78_20_orders"),
        ("a.b-c", "a.b-c"),
        ("日本/x$", "_x65e5__x672c__x2f_x_x24_"),
        ("tax_x", "tax_x"),
    ],
)
def test_a_name_is_escaped_where_dagster_is_narrower(name, part):
    assert keys_of(name) == {f"shop.{name}": dg.AssetKey(["clickhouse", "shop", part])}


@pytest.mark.parametrize(
    "names",
    [
        ("a.b", "a-b", "a_b"),
        ("a b", "a_x20_b"),
        ("A", "a"),
        ("a_x2 ", "a\x02x20_"),
        ("日", "月", "_x65e5_"),
    ],
)
def test_two_tables_never_share_a_key_or_an_output(names):
    assert len(set(keys_of(*names).values())) == len(names)


def test_odd_names_are_materialized(shop):
    tables = [declared(name, "id Int64") for name in ("a b", "a-b", "a.b", "日本/x", "a'b\"c")]
    definitions = shop.definitions(*tables)

    result = shop.reconcile(definitions, dry_run=False)
    again = shop.select(definitions, dg.AssetSelection.all())

    assert len(result.get_asset_materialization_events()) == len(tables)
    assert len(again.get_asset_materialization_events()) == len(tables)


def test_a_thousand_tables_are_cut_into_ops():
    tables = [
        declared(f"t{number}", "id Int64", life_cycle=(FM, EM)[number % 2])
        for number in range(1_000)
    ]

    definitions = build_definitions(Project("big", tables), clickhouse=NOWHERE)
    definitions.get_repository_def().load_all_definitions()

    ops = [one for one in definitions.assets or () if isinstance(one, dg.AssetsDefinition)]
    assert [len(list(one.keys)) for one in ops] == [250, 250, 250, 250]


def test_the_resource_is_the_users_own_object_under_a_key_of_choice():
    project = Project("shop", [OlapTable[Order]("orders")])

    ours = build_definitions(
        project, clickhouse=NOWHERE, settings=DefinitionsSettings(clickhouse_key="warehouse")
    )
    merged = dg.Definitions.merge(ours, dg.Definitions(resources={"warehouse": NOWHERE}))

    assert merged.resources == {"warehouse": NOWHERE}
    assert merged.executor is None


def test_a_resource_of_the_users_definitions_is_enough():
    project = Project("shop", [OlapTable[Order]("orders")])
    theirs = dg.Definitions(resources={"moose_clickhouse": NOWHERE})

    dg.Definitions.validate_loadable(dg.Definitions.merge(build_definitions(project), theirs))


# Dagster's own snapshot asks its schedules for something it calls deprecated.
@pytest.mark.filterwarnings("ignore:Property `ScheduleDefinition:DeprecationWarning")
def test_a_password_from_the_environment_is_nowhere_in_what_dagster_serves(monkeypatch):
    monkeypatch.setenv("MOOSE_TEST_PASSWORD", _SECRET)
    clickhouse = ClickHouseResource(
        host="nowhere.invalid", password=dg.EnvVar("MOOSE_TEST_PASSWORD")
    )
    definitions = build_definitions(
        Project("shop", [OlapTable[Order]("orders")]), clickhouse=clickhouse
    )

    # What the code server hands to the web server.
    snapshot = dg.serialize_value(RepositorySnap.from_def(definitions.get_repository_def()))

    assert "MOOSE_TEST_PASSWORD" in snapshot
    assert _SECRET not in snapshot


def test_two_projects_of_one_code_location_have_jobs_of_their_own():
    def definitions(name, prefix):
        project = Project(name, [declared("orders", "id Int64")], database=name)
        return build_definitions(
            project, clickhouse=NOWHERE, settings=DefinitionsSettings(job_prefix=prefix)
        )

    merged = dg.Definitions.merge(definitions("shop", "shop"), definitions("crm", "crm"))

    repository = merged.get_repository_def()
    assert {"shop_reconcile", "crm_reconcile", "shop_drift", "crm_drift"} <= set(
        repository.job_names
    )
    assert {schedule.name for schedule in repository.schedule_defs} >= {
        "shop_purge_schedule",
        "crm_purge_schedule",
    }
    dg.Definitions.validate_loadable(merged)
