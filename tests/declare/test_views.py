"""Views as they are written, and what is wrong with them before anything is sent."""

import pytest
from pydantic import BaseModel

from moose_dagster import (
    ClickHouseEngines,
    DeclarationError,
    Dictionary,
    Key,
    LifeCycle,
    MaterializedView,
    MaterializedViewOptions,
    OlapConfig,
    OlapTable,
    Project,
    TableIndex,
    TargetTableConfig,
    View,
    ViewConfig,
    moose_runtime_env,
)
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.views import ViewKind


class Order(BaseModel):
    id: Key[int]
    amount: int


class Total(BaseModel):
    id: Key[int]
    total: int


orders = OlapTable[Order]("orders")
totals = OlapTable[Total]("totals", OlapConfig(database="sums"))
SELECT = "SELECT id, sum(amount) AS total FROM orders GROUP BY id"


def options(select=SELECT, name="totals_mv", **more):
    return MaterializedViewOptions(
        select_statement=select, select_tables=[orders], materialized_view_name=name, **more
    )


def views(*declared):
    return Project("shop", declared, database="shop").desired.state.views


def test_a_view_reads_tables_of_its_own_database_unless_it_names_another():
    view = View(
        "recent",
        f"{SELECT} -- sums\n;",
        [orders, totals],
        {"group": "x"},
        config=ViewConfig(comment="hi"),
    )

    project = Project("shop", [view], database="shop")

    value = project.desired.state.views[ViewId("shop", "recent")]
    assert value.kind is ViewKind.VIEW
    assert value.query == SELECT.replace("orders", "shop.orders")
    assert value.reads == (TableId("shop", "orders"), TableId("sums", "totals"))
    assert value.comment == "hi"
    assert project.desired.metadata[value.id] == {"group": "x"}


def test_a_materialized_view_writes_to_a_declared_table():
    (value,) = views(
        MaterializedView(options(target_table=totals, refresh="EVERY 1 HOUR DEPENDS ON other"))
    ).values()

    assert value.target == TableId("sums", "totals")
    assert value.inner is None
    assert value.refresh == "EVERY 1 HOUR DEPENDS ON shop.other"


def test_the_target_may_stand_beside_the_options_as_in_moose():
    given = options()
    (value,) = views(MaterializedView[Total](given, totals)).values()

    assert value.target == TableId("sums", "totals")
    assert given.target_table is None


@pytest.mark.parametrize(
    "target",
    [{"target_table": TargetTableConfig(name="sums")}, {"table_name": "sums"}],
    ids=["config", "name"],
)
def test_a_model_declares_the_target_with_the_view(target):
    engine = ClickHouseEngines.ReplacingMergeTree
    view = MaterializedView[Total](
        options(
            **target, engine=engine, order_by_fields=["id"], life_cycle=LifeCycle.DELETION_PROTECTED
        )
    )

    project = Project("shop", [view], database="shop")

    table = project.desired.state.tables[TableId("shop", "sums")]
    assert [column.name for column in table.columns] == ["id", "total"]
    assert str(table.engine) == "ReplacingMergeTree"
    assert project.desired.life_cycles[table.id] is LifeCycle.DELETION_PROTECTED
    assert project.desired.state.views[ViewId("shop", "totals_mv")].target == table.id


def test_a_name_alone_is_a_table_that_is_there():
    (value,) = views(MaterializedView(options(table_name="elsewhere.sums"))).values()

    assert value.target == TableId("elsewhere", "sums")


def test_storage_of_its_own_has_the_columns_of_the_model_or_of_the_query():
    own = {"engine": ClickHouseEngines.MergeTree, "order_by_fields": ["id"]}
    without, with_model = views(
        MaterializedView(options(**own, name="a")),
        MaterializedView[Total](options(**own, name="b")),
    ).values()

    assert without.inner.columns == ()
    assert [column.name for column in with_model.inner.columns] == ["id", "total"]
    assert without.inner.order_by == with_model.inner.order_by == ("id",)


def test_a_secret_of_a_dictionary_is_a_placeholder_in_its_text():
    secret = moose_runtime_env.get("SECRET")
    (value,) = views(
        Dictionary("words", f"(id UInt64) PRIMARY KEY id SOURCE(CLICKHOUSE(PASSWORD '{secret}'))")
    ).values()

    assert "'{env:SECRET}'" in value.query


OWN = {"engine": ClickHouseEngines.MergeTree}
FAULTS = [
    (View("v", " "), "its select_statement is empty"),
    (View("v", "DROP TABLE x"), "not a SELECT"),
    (View("v", "SELECT 1", ["orders"]), "a value of type str is among the tables"),
    (View("v", "SELECT 1", config=ViewConfig(commment="x")), "did you mean comment"),
    (View("", "SELECT 1"), "the view name is empty"),
    (MaterializedView(options()), "it has no table to write to"),
    (MaterializedView(options(target_table="totals_mv")), "has the view's own name"),
    (MaterializedView(options(target_table="x", table_name="y")), "both name where it writes"),
    (
        MaterializedView(options(target_table=totals, **OWN)),
        "engine is for a view with a table of its own",
    ),
    (
        MaterializedView(options(indexes=[TableIndex("i", "id", "minmax")], **OWN)),
        "they need a model",
    ),
    (
        MaterializedView(options(target_table=totals, sample_by_expression="id")),
        "sample_by_expression is for a view with a table",
    ),
    (
        MaterializedView(options(target_table=TargetTableConfig(name="x"))),
        "its model is missing",
    ),
    (
        MaterializedView(options("SELECT id, 1 AS totl FROM orders", target_table=totals)),
        "did you mean total",
    ),
    (MaterializedView(options(target_table=totals, refresh="1 HOUR")), "is not a refresh"),
    (MaterializedView(options(target_table=totals, populate=True)), "no such field"),
    (Dictionary("d", "PRIMARY KEY id"), "has to start with the columns"),
    (Dictionary("d", "(id UInt64) SOURCE(X(PASSWORD 'hush'))"), "a PASSWORD is plain text in"),
    (
        Dictionary("d", "(id UInt64) SOURCE(HTTP(URL 'http://u:hush@h/'))"),
        "a password or token of the URL is plain text in",
    ),
    (
        Dictionary("d", "(id UInt64) SOURCE(MONGODB(URI 'mongodb://u:hush@h/'))"),
        "a password or token of the URI is plain text in",
    ),
    (
        Dictionary(
            "d",
            "(id UInt64) SOURCE(HTTP(HEADERS(HEADER(NAME 'Authorization' VALUE 'Basic hush'))))",
        ),
        "the header 'Authorization' is plain text in",
    ),
    (
        View("v", "SELECT * FROM mysql('h:1', 'd', 't', 'u', 'hush')"),
        r"a password or key of mysql\(\.\.\.\) is plain text in the code",
    ),
    (
        MaterializedView(
            options("SELECT * FROM s3('http://h/', 'AKIAX', 'hush', 'CSV')", target_table=totals)
        ),
        r"a password or key of s3\(\.\.\.\) is plain text in the code",
    ),
    (Dictionary("d", "(id UInt64) SOURCE(X(PORT {env:PORT}))"), "outside of a string"),
    (Dictionary("d", "(id UInt64) PRIMARY KEY id COMMENT 'x'"), "comment belongs in the config"),
]


@pytest.mark.parametrize(("declared", "message"), FAULTS, ids=[message for _, message in FAULTS])
def test_a_fault_is_said_before_anything_is_sent(declared, message):
    with pytest.raises(DeclarationError, match=message) as raised:
        views(declared)

    assert len(raised.value.faults) == 1
    assert "hush" not in str(raised.value)


def test_a_header_that_is_not_a_secret_may_be_in_a_dictionary():
    header = "HEADERS(HEADER(NAME 'Accept' VALUE 'text/csv'))"

    (value,) = views(
        Dictionary("words", f"(id UInt64) PRIMARY KEY id SOURCE(HTTP(URL 'http://h/' {header}))")
    ).values()

    assert header in value.query


def test_a_view_and_a_table_can_not_share_a_name():
    with pytest.raises(DeclarationError, match=r"shop\.orders is declared at"):
        views(orders, View("orders", "SELECT 1"))
