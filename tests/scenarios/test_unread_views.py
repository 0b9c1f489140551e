"""Live views that can't be read are named, and stop no plan and no pull of anything else."""

import pytest
from scenarios.database import declared

from moose_dagster import Options, View, ViewConfig, plan_for
from moose_dagster.pull import PullOptions, read

# ClickHouse 26.9 prints a column called `not` without its backticks, and can't read that again.
UNPRINTED = "VIEW shop.recent AS SELECT id FROM shop.orders WHERE `not` = 1"


@pytest.fixture(
    params=[UNPRINTED, r"VIEW shop.recent AS (SELECT id FROM shop.orders) COMMENT 'x\xfe'"]
)
def unread(db, request):
    """A database with such a view."""
    db.live("orders (id Int64, `not` Int8) ENGINE = MergeTree ORDER BY id")
    db.raw(f"CREATE {request.param}")
    text = db.value(
        "SELECT create_table_query FROM system.tables WHERE database = "
        f"'{db.database}' AND name = 'recent'"
    )
    if "WHERE" in request.param and text:
        pytest.skip("this server prints the view")
    return db


def test_it_is_named_by_a_pull_of_the_rest(unread):
    result = read(unread.clickhouse, None, PullOptions(databases=(unread.database,), managed=True))

    assert [table.name for table in result.tables] == ["orders"]
    assert result.views == ()
    assert result.notes == (f"{unread.database}.recent: not declared: the View can't be read.",)


def test_a_declaration_of_it_is_blocked(unread):
    orders = declared("orders", "id Int64; not Int8")
    view = View(
        "recent", f"SELECT id FROM {unread.database}.orders", [orders], ViewConfig(life_cycle=None)
    )

    plan_result = plan_for(
        unread.project(orders, view), unread.clickhouse, Options(**unread.options, adopt=True)
    )

    assert plan_result.plan.actions == ()
    assert plan_result.plan.view_actions == ()


MATERIALIZED = [
    "MATERIALIZED VIEW shop.recent ENGINE = Log AS SELECT id FROM shop.orders WHERE `not` = 1",
    r"MATERIALIZED VIEW shop.recent ENGINE = Log AS SELECT id, '\xff' AS x FROM shop.orders",
]


@pytest.mark.parametrize("ddl", MATERIALIZED)
def test_a_materialized_view_of_somebody_else_stops_no_plan(db, ddl):
    db.live("orders (id Int64, `not` Int8) ENGINE = MergeTree ORDER BY id")
    db.raw(f"CREATE {ddl}")
    try:
        assert db.plan(declared("orders", "id Int64; not Int8; x String")) == {"column x": "APPLY"}
        result = read(db.clickhouse, None, PullOptions(databases=(db.database,)))
    finally:
        db.raw("DROP VIEW shop.recent SYNC")

    assert "orders" in {table.name for table in result.tables}
