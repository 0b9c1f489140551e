"""Asset keys: a prefix, other keys of one's own, and keys that somebody else replaced."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import pytest
from orchestration.shop import checked, failures, materialized
from pydantic import BaseModel
from scenarios.database import EM, declared

from moose_dagster import Key, OlapTable, Project, Stream, StreamConfig, View
from moose_dagster.embedded import running
from moose_dagster.orchestration import (
    ClickHouseResource,
    DefinitionsSettings,
    KafkaResource,
    asset_key_for,
    build_definitions,
    build_drift_sensor,
)

ORDERS = declared("orders", "id Int64")
NOWHERE = ClickHouseResource(host="nowhere.invalid")


class Click(BaseModel):
    id: Key[int]


def specs_of(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def depends_on(spec: dg.AssetSpec) -> list[str]:
    return [dep.asset_key.to_user_string() for dep in spec.deps]


def renamed(_declared, spec: dg.AssetSpec) -> dg.AssetSpec:
    return spec.replace_attributes(key=["raw", spec.key.path[-1]])


@pytest.mark.parametrize(
    ("prefix", "begins"), [("prod", "prod/"), (["eu", "prod"], "eu/prod/"), (None, ""), ([], "")]
)
def test_a_prefix_begins_every_key_and_every_dependency(prefix, begins: str):
    clicks = OlapTable[Click]("clicks")
    stream = Stream[Click]("clicks", StreamConfig(destination=clicks))
    view = View("seen", "SELECT id FROM clicks")
    project = Project("web", [clicks, stream, view], database="shop")

    specs = specs_of(
        build_definitions(
            project,
            key_prefix=prefix,
            clickhouse=NOWHERE,
            kafka=KafkaResource(bootstrap_servers="nowhere.invalid:9092"),
        )
    )

    depends = {key: depends_on(spec) for key, spec in specs.items()}
    assert depends == {
        f"{begins}kafka/clicks": [],
        f"{begins}clickhouse/shop/clicks": [f"{begins}kafka/clicks"],
        f"{begins}clickhouse/shop/seen": [f"{begins}clickhouse/shop/clicks"],
    }
    for declaration in (clicks, stream, view):
        assert asset_key_for(project, declaration, prefix).to_user_string() in depends


def test_tables_of_two_servers_are_not_linked_as_one_table():
    project = Project("web", [ORDERS], database="shop")

    names = set[str]()
    for prefix in ("eu", ["us", "east"], None):
        definitions = build_definitions(project, key_prefix=prefix, clickhouse=NOWHERE)
        (spec,) = definitions.resolve_all_asset_specs()
        names.add(spec.metadata["dagster/table_name"])

    assert names == {"eu.shop.orders", "us.east.shop.orders", "shop.orders"}


def test_an_asset_that_is_declared_elsewhere_keeps_its_key():
    elsewhere = declared("refunds", "id Int64", metadata={"asset_key": "finance/refunds"})
    project = Project("web", [ORDERS, elsewhere], database="shop")

    definitions = build_definitions(project, key_prefix="prod", clickhouse=NOWHERE)

    keys = {spec.key for assets in definitions.assets or () for spec in assets.check_specs}
    assert {key.asset_key.to_user_string() for key in keys} == {
        "finance/refunds",
        "prod/clickhouse/shop/orders",
    }


@pytest.mark.parametrize("prefix", ["a/b", "", ["prod", "a b"]])
def test_a_prefix_that_dagster_refuses_is_an_error_that_names_it(prefix):
    with pytest.raises(ValueError, match="key_prefix has"):
        build_definitions(Project("web", [ORDERS]), key_prefix=prefix, clickhouse=NOWHERE)


def test_a_declaration_of_another_project_has_no_key():
    with pytest.raises(ValueError, match="web does not declare"):
        asset_key_for(Project("web", []), ORDERS)


def test_asset_spec_for_may_change_the_key_and_the_dependencies_follow(shop):
    view = View("seen", "SELECT id FROM orders")
    project = Project("tests", [ORDERS, view], database=shop.db.database)
    definitions = build_definitions(project, clickhouse=shop.clickhouse, asset_spec_for=renamed)

    specs = specs_of(definitions)
    keys = [dg.AssetKey(["raw", "orders"]), dg.AssetKey(["raw", "seen"])]
    result = shop.select(definitions, dg.AssetSelection.assets(*keys))
    shop.reconcile(definitions, dry_run=False)

    assert [dep.asset_key for dep in specs["raw/seen"].deps] == keys[:1]
    assert set(materialized(result)) == {"orders", "seen"}
    assert {event.asset_key for event in checked(result).values()} == {*keys}
    assert all(event.passed for event in checked(result).values())


def test_two_keys_that_became_one_are_refused():
    def same(_declared, spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(key="one")

    project = Project("web", [ORDERS, declared("notes", "id Int64")])
    with pytest.raises(ValueError, match="are both the asset one"):
        build_definitions(project, clickhouse=NOWHERE, asset_spec_for=same)


@pytest.mark.parametrize("life_cycle", ["FULLY_MANAGED", "EXTERNALLY_MANAGED"])
def test_a_key_that_somebody_replaced_fails_the_run(shop, life_cycle: str):
    shop.db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")
    table = declared("orders", "id Int64; note String", life_cycle)
    definitions = shop.definitions(table)
    replaced = dg.AssetKey("mine")
    assets = [
        each.with_attributes(asset_key_replacements={shop.key("orders"): replaced})
        for each in definitions.assets or ()
    ]
    behind = dg.Definitions(assets=assets, resources=definitions.resources)

    result = shop.select(behind, dg.AssetSelection.assets(replaced), fails=True)

    assert "mine: not a key of tests" in failures(result)
    assert "key_prefix" in failures(result)


def test_a_sensor_watches_the_checks_of_definitions_with_other_keys(shop):
    shop.db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id")
    found = list[str]()
    project = shop.db.project(declared("orders", "id Int64; note String", EM))
    definitions = build_definitions(
        project, key_prefix="prod", clickhouse=shop.clickhouse, asset_spec_for=None
    )
    sensor = build_drift_sensor(
        definitions, lambda _, drifts: found.extend(str(drift.asset_key) for drift in drifts)
    )

    shop.drift(definitions, fails=True)
    sensor.evaluate_tick(dg.build_sensor_context(shop.instance))

    key = dg.AssetKey(["prod", "clickhouse", shop.db.database, "orders"])
    assert found == [str(key)]


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another server."""
    with running(Path(tmp_path_factory.mktemp("second"))) as servers:
        yield servers.clickhouse_url


def on_server(url: str, shop, prefix: str) -> ClickHouseResource:
    address = urlsplit(url)
    return ClickHouseResource(host=str(address.hostname), port=address.port, **shop.db.options)


def test_two_servers_in_one_code_location_are_shown_whole(shop, clickhouse_url: str, second: str):
    table = declared("orders", "id Int64")
    project = shop.db.project(table)

    def of(name: str, url: str) -> dg.Definitions:
        return build_definitions(
            project,
            key_prefix=name,
            clickhouse=on_server(url, shop, name),
            settings=DefinitionsSettings(clickhouse_key=f"clickhouse_{name}", job_prefix=name),
        )

    both = dg.Definitions.merge(of("eu", clickhouse_url), of("us", second))
    eu, us = (
        dg.AssetKey([name, "clickhouse", shop.db.database, "orders"]) for name in ("eu", "us")
    )
    job = both.resolve_job_def("us_reconcile")
    config = {"ops": {"reconcile_us": {"config": {"dry_run": False}}}}
    result = job.execute_in_process(instance=shop.instance, run_config=config)

    assert set(specs_of(both)) == {eu.to_user_string(), us.to_user_string()}
    assert result.success
    assert shop.instance.get_latest_materialization_event(us) is not None
    assert shop.instance.get_latest_materialization_event(eu) is None
    assert shop.db.rows(f"SELECT 1 FROM system.tables WHERE database = '{shop.db.database}'") == []
