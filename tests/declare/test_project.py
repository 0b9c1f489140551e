import importlib.util
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

from moose_dagster.declare.columns import Key
from moose_dagster.declare.project import Project
from moose_dagster.declare.tables import OlapConfig, OlapTable, OlapTableConfig
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.canonical import canonical
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Column, Default, Engine, Table


class UserData(BaseModel):
    id: str
    name: str
    email: str


class ExternalUserData(BaseModel):
    user_id: Key[str]
    full_name: str
    email_address: str
    created_at: datetime


class ProductEvent(BaseModel):
    id: str
    product_id: str
    timestamp: datetime
    action: str


class Priced(BaseModel):
    price: Decimal


@pytest.fixture
def future_models() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location(
        "future_models", Path(__file__).parent / "future_models.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["future_models"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["future_models"]


def the_table(*declared: OlapTable) -> Table:
    [table] = Project("shop", declared).desired.state.tables.values()
    return table


USER_COLUMNS = (Column("id", "String"), Column("name", "String"), Column("email", "String"))


def test_the_default_table_of_the_life_cycle_page_is_fully_managed():
    project = Project("shop", [OlapTable[UserData]("users")])

    users = TableId("default", "users")
    assert project.desired.state.tables == {users: Table(users, USER_COLUMNS)}
    assert project.desired.life_cycles == {users: LifeCycle.FULLY_MANAGED}


def test_the_explicit_table_of_the_life_cycle_page_is_sorted_by_id():
    explicit_table = OlapTable[UserData](
        "users", OlapTableConfig(order_by_fields=["id"], life_cycle=LifeCycle.FULLY_MANAGED)
    )

    assert the_table(explicit_table) == Table(
        TableId("default", "users"), USER_COLUMNS, order_by=("id",)
    )


def test_the_table_of_the_pipeline_on_the_life_cycle_page_replaces_rows():
    events = OlapTable[ProductEvent](
        "product_analytics",
        OlapConfig(
            order_by_fields=["timestamp", "product_id"],
            deduplicate=True,
            life_cycle=LifeCycle.DELETION_PROTECTED,
        ),
    )

    assert the_table(events) == Table(
        TableId("default", "product_analytics"),
        (
            Column("id", "String"),
            Column("product_id", "String"),
            Column("timestamp", "DateTime('UTC')"),
            Column("action", "String"),
        ),
        Engine("ReplacingMergeTree"),
        order_by=("timestamp", "product_id"),
    )


def test_the_external_table_of_the_life_cycle_page_is_sorted_by_its_key():
    legacy = OlapTable[ExternalUserData](
        "legacy_users", OlapConfig(life_cycle=LifeCycle.EXTERNALLY_MANAGED)
    )

    project = Project("shop", [legacy])

    assert project.desired.life_cycles == {
        TableId("default", "legacy_users"): LifeCycle.EXTERNALLY_MANAGED,
    }
    assert the_table(legacy).order_by == ("user_id",)


def test_every_config_field_reaches_the_table():
    config = OlapConfig(
        order_by_fields=["id"],
        partition_by="(toYYYYMM(timestamp),action)",
        sample_by_expression="id",
        settings={
            "index_granularity": 1024,
            "ratio": 0.5,
            "allow_nullable_key": True,
            "name": "10M",
        },
        ttl="timestamp + INTERVAL 1 DAY",
        database="lake",
        comment="What people do",
        version="0.1",
    )

    assert the_table(OlapTable[ProductEvent]("events", config)) == Table(
        TableId("lake", "events_0_1"),
        the_table(OlapTable[ProductEvent]("x")).columns,
        order_by=("id",),
        partition_by="toYYYYMM(timestamp), action",
        sample_by="id",
        ttl="timestamp + INTERVAL 1 DAY",
        settings={
            "allow_nullable_key": "1",
            "index_granularity": "1024",
            "name": "10000000",
            "ratio": "0.5",
        },
        comment="What people do",
    )


def test_what_a_project_desires_is_canonical_already():
    table = the_table(
        OlapTable[ProductEvent]("events", OlapConfig(order_by_expression="(id, (action))"))
    )

    assert canonical(table) == table


def test_tables_live_in_the_database_of_the_project_unless_they_name_one():
    plain = OlapTable[UserData]("users")
    moved = OlapTable[UserData]("users", OlapConfig(database="archive"))

    project = Project("shop", [plain, moved], database="shop")

    assert project.tables == {TableId("shop", "users"): plain, TableId("archive", "users"): moved}


def test_a_project_knows_the_line_of_every_table():
    table = OlapTable[UserData]("users")
    line = test_a_project_knows_the_line_of_every_table.__code__.co_firstlineno + 1

    [source] = Project("shop", [table]).desired.sources.values()

    assert (source.file, source.line) == (__file__, line)


def test_metadata_is_kept_beside_the_state():
    table = OlapTable[UserData]("users", OlapConfig(metadata={"owner": "team"}))

    project = Project("shop", [table])

    assert project.desired.metadata == {TableId("default", "users"): {"owner": "team"}}


def test_a_config_used_twice_serves_both_tables_and_stays_as_it_was():
    config = OlapConfig(order_by_fields=["id"], settings={"a": True}, metadata={"owner": "team"})
    before = config.model_copy(deep=True)

    project = Project("shop", [OlapTable[UserData]("a", config), OlapTable[UserData]("b", config)])

    assert [table.order_by for table in project.desired.state.tables.values()] == [("id",), ("id",)]
    assert config == before


def test_two_projects_share_nothing():
    first = OlapTable[UserData]("users")
    second = OlapTable[UserData]("users")

    assert Project("one", [first]).tables == {TableId("default", "users"): first}
    assert Project("two", [second]).tables == {TableId("default", "users"): second}


def test_a_module_gives_its_tables_once_in_declared_order(future_models: ModuleType):
    project = Project.from_module("shop", future_models)

    assert [str(id_) for id_ in project.tables] == ["default.orders", "default.late_orders"]


def test_a_module_can_be_named_by_its_path(future_models: ModuleType):
    project = Project.from_module("shop", "future_models", database="lake")

    assert project.tables == {
        TableId("lake", "orders"): future_models.orders,
        TableId("lake", "late_orders"): future_models.late_orders,
    }


def test_a_module_and_a_table_it_re_exports_are_not_duplicates(future_models: ModuleType):
    again = ModuleType("again")
    again.__dict__["orders"] = future_models.orders

    project = Project("shop", [again, future_models, future_models.orders])

    assert len(project.tables) == 2


def test_a_module_with_postponed_annotations_gives_the_same_columns(future_models: ModuleType):
    table = the_table(future_models.orders)

    assert table.primary_key == ("id",)
    assert table.columns == (
        Column("id", "String"),
        Column("at", "DateTime('UTC')", Default("DEFAULT", "now()")),
        Column("amount", "UInt32"),
        Column("total", "Nullable(UInt64)"),
        Column("price", "Decimal(10, 2)"),
        Column("lines", "Array(Tuple(sku String))"),
    )
