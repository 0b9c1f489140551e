"""Environments: one declaration under other names."""

import pytest
from pydantic import BaseModel

from moose_dagster import (
    DeclarationError,
    Dictionary,
    DistributedEngine,
    Environment,
    Key,
    LifeCycle,
    MaterializedView,
    MaterializedViewOptions,
    OlapConfig,
    OlapTable,
    Project,
    Removed,
    ReplicatedMergeTreeEngine,
    Stream,
    StreamConfig,
    View,
)
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.topics import TopicId

DEV = Environment("dev", database_suffix="_dev", topic_prefix="dev.")


class Order(BaseModel):
    id: Key[int]


ORDERS = OlapTable[Order]("orders")
CUSTOMERS = OlapTable[Order](
    "customers", OlapConfig(life_cycle=LifeCycle.EXTERNALLY_MANAGED, database="crm")
)


def view_in_dev(select: str, *more) -> str:
    project = Project("web", [ORDERS, CUSTOMERS, View("v", select), *more], database="shop")
    state = project.in_environment(DEV).desired.state
    return state.views[ViewId("shop_dev", "v")].query


def test_what_is_managed_has_the_names_of_the_environment_and_what_is_external_keeps_its_own():
    clicks = Stream[Order]("clicks")
    bought = Stream[Order]("bought", StreamConfig(life_cycle=LifeCycle.EXTERNALLY_MANAGED))

    project = Project("web", [ORDERS, CUSTOMERS, clicks, bought], database="shop", environment=DEV)

    assert [*project.tables] == [TableId("shop_dev", "orders"), TableId("crm", "customers")]
    assert [*project.streams] == [TopicId("dev.clicks"), TopicId("bought")]
    assert project.database == "shop_dev"
    assert [*project.desired.state.tables] == [*project.tables]
    assert project.desired.state.topics[TopicId("dev.clicks")].id == TopicId("dev.clicks")
    assert project.owner.key == "web@dev"


@pytest.mark.parametrize(
    ("select", "moved"),
    [
        ("SELECT id FROM orders", "SELECT id FROM shop_dev.orders"),
        (
            "SELECT shop.orders.id FROM shop.orders",
            "SELECT shop_dev.orders.id FROM shop_dev.orders",
        ),
        ("SELECT id FROM crm.customers", "SELECT id FROM crm.customers"),
        ("SELECT id FROM shop.unknown", "SELECT id FROM shop.unknown"),
        (
            "SELECT id FROM orders WHERE id IN shop.orders",
            "SELECT id FROM shop_dev.orders WHERE id IN shop_dev.orders",
        ),
        ("SELECT 'shop.orders' FROM orders", "SELECT 'shop.orders' FROM shop_dev.orders"),
        (
            "SELECT id FROM cluster('c', shop.orders)",
            "SELECT id FROM cluster('c', shop_dev.orders)",
        ),
        (
            "SELECT id FROM cluster('c', 'shop', 'orders')",
            "SELECT id FROM cluster('c', 'shop_dev', 'orders')",
        ),
        ("SELECT id FROM merge('shop', '^o')", "SELECT id FROM merge('shop_dev', '^o')"),
        (
            "SELECT joinGet('shop.orders', 'x', id) FROM orders",
            "SELECT joinGet('shop_dev.orders', 'x', id) FROM shop_dev.orders",
        ),
        (
            "SELECT id FROM `shop`.`orders` AS shop WHERE shop.id = 1",
            "SELECT id FROM shop_dev.orders AS shop WHERE shop.id = 1",
        ),
    ],
)
def test_the_query_of_a_view_names_what_the_environment_has(select: str, moved: str):
    assert view_in_dev(select) == moved


@pytest.mark.parametrize(
    ("source", "moved"),
    [
        ("TABLE 'orders'", "TABLE 'orders'"),
        ("DB 'shop' TABLE 'orders'", "DB 'shop_dev' TABLE 'orders'"),
        ("HOST 'localhost' DB 'shop' TABLE orders", "HOST 'localhost' DB 'shop_dev' TABLE orders"),
        ("HOST 'other' DB 'shop' TABLE 'orders'", "HOST 'other' DB 'shop' TABLE 'orders'"),
        ("DB 'crm' TABLE 'customers'", "DB 'crm' TABLE 'customers'"),
        ("TABLE 'elsewhere'", "DB 'shop' TABLE 'elsewhere'"),
        ("QUERY 'SELECT id FROM shop.orders'", "QUERY 'SELECT id FROM shop_dev.orders'"),
    ],
)
def test_the_source_of_a_dictionary_names_what_the_environment_has(source: str, moved: str):
    text = "(id UInt64) PRIMARY KEY id SOURCE(CLICKHOUSE({})) LAYOUT(FLAT()) LIFETIME(0)"
    known = Dictionary("known", text.format(source))

    project = Project("web", [ORDERS, known], database="shop", environment=DEV)

    assert project.desired.state.views[ViewId("shop_dev", "known")].query == text.format(moved)


def test_targets_engines_and_names_of_former_tables_follow():
    everywhere = OlapTable[Order](
        "everywhere",
        OlapConfig(
            engine=DistributedEngine(cluster="main", target_database="shop", target_table="orders"),
            renamed_from="all_orders",
        ),
    )
    filled = MaterializedView(
        MaterializedViewOptions(
            select_statement="SELECT id FROM crm.customers",
            materialized_view_name="filled",
            target_table=ORDERS,
        )
    )
    gone = Removed("gone", reason="moved")

    project = Project("web", [ORDERS, everywhere, filled, gone], database="shop", environment=DEV)
    state = project.desired.state

    assert state.tables[TableId("shop_dev", "everywhere")].engine.arguments == (
        "'main'",
        "'shop_dev'",
        "'orders'",
    )
    assert state.views[ViewId("shop_dev", "filled")].target == TableId("shop_dev", "orders")
    assert project.desired.table_renames == {
        TableId("shop_dev", "everywhere"): TableId("shop_dev", "all_orders")
    }
    assert [*project.desired.removal_requests] == [TableId("shop_dev", "gone")]


def test_the_cluster_of_the_environment_counts_for_what_is_managed():
    far = OlapTable[Order]("far", OlapConfig(cluster="main"))

    def clusters(cluster: str | None):
        environment = Environment("dev", cluster=cluster)
        return Project("web", [ORDERS, CUSTOMERS, far], environment=environment).desired.clusters

    assert clusters(None) == {TableId("default", "far"): "main"}
    assert clusters("") == {}
    assert clusters("c") == {TableId("default", "orders"): "c", TableId("default", "far"): "c"}


def test_the_environment_variable_chooses_where_nothing_else_does(monkeypatch):
    monkeypatch.setenv("MOOSE_DAGSTER_ENVIRONMENT", "dev")
    environments = [DEV, Environment("prod")]

    assert Project("web", [ORDERS], environments=environments).environment == DEV
    chosen = Project("web", [ORDERS], environments=environments, environment="prod")
    assert chosen.owner.key == "web@prod"
    assert chosen.in_environment("dev").owner.key == "web@dev"
    assert Project("web", [ORDERS]).owner.key == "web@dev"


def test_a_name_that_is_not_declared_is_refused_with_the_names_there_are():
    with pytest.raises(DeclarationError, match=r"no environment 'deb'; did you mean dev\?.*prod"):
        Project("web", [], environments=[DEV, Environment("prod")], environment="deb")


def test_environments_without_a_choice_are_refused_before_a_server_is_compared():
    project = Project("web", [ORDERS], environments=[DEV])

    with pytest.raises(DeclarationError, match="has the environments dev, and none is chosen"):
        _ = project.owner


@pytest.mark.parametrize(
    ("environment", "fault"),
    [
        (Environment("a/b"), "can't be one"),
        (Environment("dev", database_suffix="x" * 200), "ClickHouse names files after it"),
        (Environment("dev", topic_prefix="ä"), "Kafka can't take this name"),
    ],
)
def test_names_that_a_server_would_refuse_are_faults(environment: Environment, fault: str):
    with pytest.raises(DeclarationError, match=fault):
        Project("web", [ORDERS, Stream[Order]("clicks")], environment=environment)


def test_two_resources_never_get_one_name():
    outside = OlapTable[Order](
        "orders", OlapConfig(database="shop_dev", life_cycle=LifeCycle.EXTERNALLY_MANAGED)
    )

    with pytest.raises(DeclarationError, match=r"shop\.orders has the same name there"):
        Project("web", [ORDERS, outside], database="shop", environment=DEV)


def test_a_replicated_table_never_shares_its_path_with_another_environment():
    def project(path: str):
        engine = ReplicatedMergeTreeEngine(keeper_path=path, replica_name="{replica}")
        table = OlapTable[Order]("copied", OlapConfig(engine=engine))
        return Project("web", [table], environment=DEV)

    with pytest.raises(DeclarationError, match=r"write \{database\} or \{uuid\}"):
        project("/clickhouse/tables/copied")
    project("/clickhouse/{database}/copied")
