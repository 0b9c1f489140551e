"""The settings of definitions are checked when they load, and passed to Dagster."""

import dagster as dg
import pytest
from orchestration.shop import failures
from pydantic import ValidationError
from scenarios.database import EM, declared

from moose_dagster import Project
from moose_dagster.orchestration import ClickHouseResource, DefinitionsSettings, build_definitions

ORDERS = declared("orders", "id Int64")
NOWHERE = ClickHouseResource(host="nowhere.invalid")


@pytest.mark.parametrize(
    "wrong",
    [
        {"on_blocked": "skipp"},
        {"group_by": "modul"},
        {"job_prefix": "my-team"},
        {"job_prefix": ""},
        {"retry_policy": 3},
        {"drift_schedule": "* * * * *"},
    ],
)
def test_what_it_does_not_know_is_refused(wrong):
    with pytest.raises((ValidationError, TypeError), match=next(iter(wrong))):
        DefinitionsSettings(**wrong)


def test_tags_hooks_and_the_pool_reach_the_ops():
    @dg.success_hook
    def notify(_context) -> None:
        """Say nothing."""

    elsewhere = declared("refunds", "id Int64", metadata={"asset_key": "finance/refunds"})
    settings = DefinitionsSettings(
        op_tags={"team": "shop"}, hooks=frozenset({notify}), pool="clickhouse_writes"
    )
    project = Project("shop", [ORDERS, elsewhere], database="shop")
    definitions = build_definitions(project, clickhouse=NOWHERE, settings=settings)

    repository = definitions.get_repository_def()
    assets = repository.assets_defs_by_key[dg.AssetKey(["clickhouse", "shop", "orders"])]
    checks = repository.asset_checks_defs_by_key[
        dg.AssetCheckKey(dg.AssetKey(["finance", "refunds"]), "schema_drift")
    ]
    jobs = [
        definitions.resolve_job_def(f"moose_{what}") for what in ("reconcile", "drift", "purge")
    ]
    ops = [assets.op, checks.op, *(job.all_node_defs[0] for job in jobs)]
    assert [op.tags["team"] for op in ops] == ["shop"] * 5
    assert [op.pool for op in ops] == [
        "clickhouse_writes",
        None,
        "clickhouse_writes",
        None,
        "clickhouse_writes",
    ]
    assert all(notify in one.hook_defs for one in (assets, *jobs))


def test_a_resource_of_another_kind_is_refused_in_words_and_once(shop):
    class TheirClickHouse(dg.ConfigurableResource):
        """A client of the platform's own."""

        host: str

    theirs = dg.Definitions(resources={"moose_clickhouse": TheirClickHouse(host="nowhere.invalid")})
    definitions = dg.Definitions.merge(build_definitions(shop.db.project(ORDERS)), theirs)

    result = shop.reconcile(definitions, fails=True)

    assert (
        "the resource moose_clickhouse has the type TheirClickHouse, and ClickHouseResource is "
        "needed: add one under another key"
    ) in failures(result)
    assert "set clickhouse_key of DefinitionsSettings to that key" in failures(result)
    assert "STEP_RESTARTED" not in {event.event_type_value for event in result.all_events}


def test_an_option_may_be_a_variable(shop, monkeypatch):
    monkeypatch.setenv("MOOSE_TEST_CLIENT", "the shop")
    address = {"host": shop.clickhouse.host, "port": shop.clickhouse.port, **shop.db.options}
    clickhouse = ClickHouseResource(
        **address, options={"client_name": dg.EnvVar("MOOSE_TEST_CLIENT")}
    )
    definitions = build_definitions(shop.db.project(ORDERS), clickhouse=clickhouse)

    shop.drift(definitions)

    monkeypatch.delenv("MOOSE_TEST_CLIENT")
    assert "set the environment variable MOOSE_TEST_CLIENT" in failures(
        shop.drift(definitions, fails=True)
    )


def test_two_projects_of_one_name_share_no_op():
    def definitions(database, prefix):
        project = Project("shop", [declared("orders", "id Int64")], database=database)
        return build_definitions(
            project, clickhouse=NOWHERE, settings=DefinitionsSettings(job_prefix=prefix)
        )

    dg.Definitions.validate_loadable(
        dg.Definitions.merge(definitions("eu", "moose"), definitions("us", "us"))
    )


def test_an_asset_without_a_code_version_leaves_the_job_silent(shop):
    def bare(_declared, spec: dg.AssetSpec) -> dg.AssetSpec:
        return dg.AssetSpec(spec.key)

    definitions = shop.definitions(ORDERS, asset_spec_for=bare)

    assert len(shop.reconcile(definitions, dry_run=False).get_asset_materialization_events()) == 1
    assert shop.reconcile(definitions, dry_run=False).get_asset_materialization_events() == []


def test_partitions_of_a_schema_are_refused():
    def daily(_declared, spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(partitions_def=dg.DailyPartitionsDefinition("2026-01-01"))

    with pytest.raises(ValueError, match="orders: asset_spec_for returned partitions"):
        build_definitions(Project("shop", [ORDERS], database="shop"), asset_spec_for=daily)


def test_a_failed_drift_job_names_each_resource_once(shop):
    definitions = shop.definitions(declared("orders", "id Int64", life_cycle=EM))

    message = failures(shop.drift(definitions, fails=True))

    name = f"{shop.db.database}.orders: "
    assert name in message
    assert name * 2 not in message
