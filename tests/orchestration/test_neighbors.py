"""Beside other integrations: resources, edges, lineage and what Dagster shows of a library."""

import dagster as dg
import pytest
from dagster_shared.libraries import DagsterLibraryRegistry
from orchestration.shop import materialized
from orchestration.test_component import definitions_of
from pydantic import BaseModel
from scenarios.database import declared, declared_as

import moose_dagster
from moose_dagster import (
    Dictionary,
    Key,
    MaterializedView,
    MaterializedViewOptions,
    OlapConfig,
    Project,
    Stream,
    View,
)
from moose_dagster.orchestration import (
    ClickHouseResource,
    DefinitionsSettings,
    KafkaResource,
    build_definitions,
    build_drift_sensor,
)
from moose_dagster.orchestration.lineage import LINEAGE

_SECRET = "n0t-f0r-the-UI"
NOWHERE = ClickHouseResource(host="nowhere.invalid", password=_SECRET)
ORDERS = declared("orders", "id UInt64; note String")
_COUNTRIES = (
    "(id UInt64, name String) PRIMARY KEY id SOURCE(CLICKHOUSE({})) LAYOUT(FLAT()) LIFETIME(0)"
)


class Click(BaseModel):
    id: Key[int]


class TheirClickHouse(dg.ConfigurableResource):
    """A resource of another integration."""

    host: str = "nowhere.invalid"


def specs_of(*resources, **settings) -> dict[str, dg.AssetSpec]:
    project = Project("web", resources, database="shop")
    definitions = build_definitions(
        project,
        clickhouse=NOWHERE,
        kafka=KafkaResource(bootstrap_servers="broker:9092") if project.streams else None,
        **settings,
    )
    return {spec.key.path[-1]: spec for spec in definitions.resolve_all_asset_specs()}


def sources(spec: dg.AssetSpec) -> set[str]:
    return {dep.asset_key.path[-1] for dep in spec.deps}


def test_the_resources_of_other_integrations_keep_their_usual_keys():
    ours = build_definitions(
        Project("web", [ORDERS, Stream[Click]("clicks")]),
        clickhouse=NOWHERE,
        kafka=KafkaResource(bootstrap_servers="broker:9092"),
    )
    theirs = dg.Definitions(resources={"clickhouse": TheirClickHouse(), "kafka": TheirClickHouse()})

    merged = dg.Definitions.merge(ours, theirs)

    assert {*(merged.resources or {})} == {
        "moose_clickhouse",
        "moose_kafka",
        "clickhouse",
        "kafka",
    }
    merged.get_repository_def()


def test_the_resource_gives_a_client_of_clickhouse_connect(shop):
    with shop.clickhouse.get_client() as client:
        assert client.query("SELECT 1 + 1").result_rows == [(2,)]


def test_dagster_knows_the_library_and_its_version():
    assert DagsterLibraryRegistry.get()["moose-dagster"] == moose_dagster.__version__


def test_the_address_of_a_resource_is_shown_without_user_and_password():
    specs = specs_of(ORDERS, Stream[Click]("clicks"))

    assert specs["orders"].metadata["dagster/uri"] == (
        "clickhouse://nowhere.invalid:8123/shop/orders"
    )
    assert specs["clicks"].metadata["dagster/uri"] == "kafka://broker:9092/clicks"


@pytest.mark.parametrize(
    "address",
    [
        {"host": dg.EnvVar("HOST")},
        {"host": "ch.example.com", "port": dg.EnvVar.int("PORT")},
        {"host": dg.EnvVar("HOST"), "port": dg.EnvVar.int("PORT")},
    ],
)
def test_an_address_that_only_a_run_reads_is_not_shown(address, monkeypatch):
    monkeypatch.setenv("HOST", "secret.example.com")

    definitions = build_definitions(
        Project("web", [ORDERS]), clickhouse=ClickHouseResource(**address)
    )

    (spec,) = definitions.resolve_all_asset_specs()
    assert "dagster/uri" not in spec.metadata


def test_a_cluster_that_only_a_run_reads_is_not_shown():
    kafka = KafkaResource(bootstrap_servers=dg.EnvVar("BROKERS"), timeout=1.0)

    definitions = build_definitions(
        Project("web", [Stream[Click]("clicks")]), kafka=kafka, clickhouse=NOWHERE
    )

    (spec,) = definitions.resolve_all_asset_specs()
    assert "dagster/uri" not in spec.metadata


@pytest.mark.parametrize(
    "source",
    [
        "TABLE 'orders'",
        "DB 'shop' TABLE 'orders'",
        "HOST 'localhost' DB 'shop' TABLE 'orders'",
        "QUERY 'SELECT id, note FROM shop.orders'",
    ],
)
def test_a_dictionary_depends_on_the_table_it_is_loaded_from(source: str):
    specs = specs_of(ORDERS, Dictionary("countries", _COUNTRIES.format(source)))

    assert sources(specs["countries"]) == {"orders"}


def test_a_dictionary_of_another_server_depends_on_nothing():
    text = _COUNTRIES.format("HOST 'other' DB 'shop' TABLE 'orders'")

    assert sources(specs_of(ORDERS, Dictionary("countries", text))["countries"]) == set()


def test_what_uses_a_dictionary_depends_on_it():
    countries = Dictionary("countries", _COUNTRIES.format("TABLE 'orders'"))
    view = View("named", "SELECT dictGet('shop.countries', 'name', id) AS name FROM orders")
    columns = ["id UInt64", "name String DEFAULT dictGet('countries', 'name', id)"]
    used = declared_as("used", columns, OlapConfig(order_by_fields=["id"]))

    specs = specs_of(ORDERS, countries, view, used)

    assert sources(specs["named"]) == {"orders", "countries"}
    assert sources(specs["used"]) == {"countries"}


def test_a_dictionary_over_a_table_that_uses_it_is_not_a_cycle():
    countries = Dictionary("countries", _COUNTRIES.format("TABLE 'seen'"))
    view = View("seen", "SELECT dictGet('shop.countries', 'name', id) AS name FROM orders")

    specs = specs_of(ORDERS, countries, view)

    assert {name for name in ("seen", "countries") if len(sources(specs[name])) > 0} >= {"seen"}


@pytest.mark.parametrize(
    ("select", "lineage"),
    [
        (
            "SELECT id, upper(note) AS loud FROM orders WHERE id > 1",
            {"id": {"id"}, "loud": {"note"}},
        ),
        ("SELECT o.note AS a, concat(note, toString(id)) AS b FROM orders AS o", {
            "a": {"note"}, "b": {"note", "id"}
        }),
        ("SELECT count() AS n FROM orders", {"n": set()}),
        ("SELECT * FROM orders", None),
        ("SELECT a.id AS id FROM orders AS a JOIN orders AS b ON a.id = b.id", None),
        ("SELECT id FROM (SELECT id FROM orders)", None),
        ("SELECT id FROM orders UNION ALL SELECT id FROM orders", None),
        ("SELECT id FROM elsewhere.orders", None),
    ],
)  # fmt: skip
def test_a_plain_select_says_where_its_columns_come_from(select: str, lineage):
    spec = specs_of(ORDERS, View("seen", select))["seen"]

    found = spec.metadata.get(LINEAGE)
    assert (found is None) == (lineage is None)
    if lineage is not None:
        assert found.deps_by_column.keys() == lineage.keys()
        for name, deps in found.deps_by_column.items():
            assert {dep.column_name for dep in deps} == lineage[name]


def test_the_lineage_is_in_the_materialization(shop):
    filled = declared("filled", "id UInt64")
    view = MaterializedView(
        MaterializedViewOptions(
            select_statement="SELECT id FROM orders",
            materialized_view_name="seen",
            target_table=filled,
        )
    )
    definitions = build_definitions(
        Project("tests", [ORDERS, filled, view], database=shop.db.database),
        key_prefix="prod",
        clickhouse=shop.clickhouse,
    )

    result = shop.select(definitions, dg.AssetSelection.all())

    lineage = materialized(result)["seen"].metadata[LINEAGE].value
    (dep,) = lineage.deps_by_column["id"]
    assert dep.asset_key == dg.AssetKey(["prod", "clickhouse", shop.db.database, "orders"])


def test_a_file_can_translate_every_asset():
    definitions = definitions_of(
        clickhouse={"host": "nowhere.invalid"},
        translation={
            "group_name": "{{ declared.name }}_group",
            "tags": {"team": "shop"},
            "key": "raw/{{ spec.key.path[-1] }}",
        },
    )

    (spec,) = definitions.resolve_all_asset_specs()
    assert spec.group_name == "orders_group"
    assert spec.tags["team"] == "shop"
    assert spec.tags["moose_dagster/life_cycle"] == "FULLY_MANAGED"
    assert spec.key == dg.AssetKey(["raw", "orders"])


def test_jobs_schedules_and_sensors_take_what_a_team_needs():
    settings = DefinitionsSettings(
        job_tags={"dagster/max_runtime": "600", "dagster/priority": "3"},
        schedule_status="RUNNING",
        time_zone="Europe/Berlin",
        reconcile_config={"prune": True},
    )
    definitions = build_definitions(Project("web", [ORDERS]), clickhouse=NOWHERE, settings=settings)
    repository = definitions.get_repository_def()
    job = repository.get_job("moose_reconcile")
    schedule = repository.get_schedule_def("moose_reconcile_schedule")
    (request,) = schedule.evaluate_tick(dg.build_schedule_context()).run_requests or ()
    sensor = build_drift_sensor(definitions, default_status=dg.DefaultSensorStatus.RUNNING)

    assert job.tags["dagster/max_runtime"] == "600"
    assert {each.default_status for each in repository.schedule_defs} == {
        dg.DefaultScheduleStatus.RUNNING
    }
    assert schedule.execution_timezone == "Europe/Berlin"
    assert request.run_config == {
        "ops": {"reconcile": {"config": {"dry_run": False, "prune": True}}}
    }
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING


@pytest.mark.parametrize("config", [{"prun": True}, {"prune": "perhaps"}])
def test_a_config_that_the_job_refuses_is_an_error_while_loading(config):
    with pytest.raises(ValueError, match="reconcile_config: prun"):
        build_definitions(
            Project("web", [ORDERS]),
            clickhouse=NOWHERE,
            settings=DefinitionsSettings(reconcile_config=config),
        )


def test_tables_whose_names_differ_in_capitals_alone_are_not_one_table():
    specs = specs_of(
        declared("a", "id Int64"), declared("A", "id Int64"), View("Seen", "SELECT 1"), ORDERS
    )

    assert {name: spec.metadata.get("dagster/table_name") for name, spec in specs.items()} == {
        "a": None,
        "A": None,
        "Seen": "shop.Seen",
        "orders": "shop.orders",
    }
    assert specs["A"].metadata["moose_dagster/table"] == "shop.A"
