"""What a drift check tells besides the differences, and what it makes of them."""

import ast
import inspect

import dagster as dg
import pytest
from orchestration.shop import checked
from scenarios.database import DP, EM, FM, declared

from moose_dagster import LifeCycle, View, ViewConfig
from moose_dagster.live.query_log import read_last_changes
from moose_dagster.orchestration import DefinitionsSettings, DriftChecks
from moose_dagster.plan import describe
from moose_dagster.plan.describe import FACETS
from moose_dagster.state.tables import Constraint, Index, Projection
from moose_dagster.state.views import ViewKind

ORDERS = declared("orders", "id Int64")


def evaluated(shop, table, name="orders", *, fails=False, **checks):
    definitions = shop.definitions(
        table, settings=DefinitionsSettings(checks=DriftChecks(**checks))
    )
    return checked(shop.check_only(definitions, name, fails=fails))[name]


@pytest.mark.parametrize("name", ["orders", "päckchen 1"])
def test_the_check_tells_who_changed_the_table_and_when(shop, name):
    table = declared(name, "id Int64", DP)
    shop.db.reconcile(table)
    shop.db.raw(f"ALTER TABLE shop.`{name}` ADD COLUMN note String")
    shop.db.raw("SYSTEM FLUSH LOGS")

    found = read_last_changes(shop.db.clickhouse, [shop.db.table(name)])[shop.db.table(name)]

    assert (found.kind, found.user) == ("Alter", "default")
    assert shop.db.value(
        f"SELECT query FROM system.query_log WHERE query_id = '{found.query_id}' LIMIT 1"
    ).endswith("ADD COLUMN note String")


def test_the_check_shows_it(shop):
    shop.db.reconcile(ORDERS)
    shop.db.raw("ALTER TABLE shop.orders ADD COLUMN note String")
    shop.db.raw("SYSTEM FLUSH LOGS")

    check = evaluated(shop, ORDERS)

    assert not check.passed
    assert "Alter by default at " in check.metadata["last_changed"].value


def test_what_this_library_has_sent_is_nobody_elses_change(shop):
    view = View("recent", "SELECT 1 AS id", config=ViewConfig(life_cycle=FM))
    shop.db.reconcile(declared("orders", "id Int64; note String", FM), view)
    shop.db.reconcile(ORDERS, View("recent", "SELECT 2 AS id", config=ViewConfig(life_cycle=FM)))
    shop.db.raw("SYSTEM FLUSH LOGS")

    assert (
        read_last_changes(shop.db.clickhouse, [shop.db.table("orders"), shop.db.table("recent")])
        == {}
    )


def test_a_log_that_can_not_be_read_is_said(shop):
    class NoLog:
        """The real connection, for a user without the right to read the log."""

        def query(self, sql, parameters=None):
            return shop.db.clickhouse.query(
                sql.replace("system.query_log", "system.no_such_log"), parameters
            )

    assert read_last_changes(NoLog(), [shop.db.table("orders")]) is None


def test_a_passing_check_asks_for_nobody(shop):
    shop.db.reconcile(ORDERS)

    assert "last_changed" not in evaluated(shop, ORDERS).metadata


@pytest.mark.parametrize(("life_cycle", "usual"), [(FM, "WARN"), (DP, "WARN"), (EM, "ERROR")])
def test_the_severity_is_the_users_choice(shop, life_cycle, usual):
    shop.db.live("orders (id Int64, note String) ENGINE = MergeTree ORDER BY id")
    table = declared("orders", "id Int64", life_cycle)
    other = {"WARN": dg.AssetCheckSeverity.ERROR, "ERROR": dg.AssetCheckSeverity.WARN}[usual]

    assert evaluated(shop, table, fails=life_cycle is EM).severity.value == usual
    assert evaluated(shop, table, severity={life_cycle: other}).severity is other


def test_an_ignored_difference_is_shown_and_fails_nothing(shop):
    shop.db.live("orders (id Int64, note String) ENGINE = MergeTree ORDER BY id COMMENT 'theirs'")
    table = declared("orders", "id Int64", EM)
    name = str(shop.db.table("orders"))

    one = evaluated(shop, table, fails=True, ignored={name: ["comment"]})
    both = evaluated(shop, table, ignored={name: ["comment", "column note"]})

    assert [one.passed, both.passed] == [False, True]
    assert [row.data["facet"] for row in one.metadata["differences"].value.records] == ["column"]
    assert [row.data["facet"] for row in both.metadata["ignored"].value.records] == [
        "column",
        "comment",
    ]


def test_to_ignore_what_is_not_declared_is_an_error(shop):
    with pytest.raises(ValueError, match=r"shop\.typo, which tests does not declare"):
        shop.definitions(
            ORDERS,
            settings=DefinitionsSettings(checks=DriftChecks(ignored={"shop.typo": ["comment"]})),
        )


def test_only_external_checks_block(shop):
    tables = {
        life_cycle: declared(life_cycle.value.lower(), "id Int64", life_cycle)
        for life_cycle in LifeCycle
    }
    graph = shop.definitions(*tables.values()).resolve_asset_graph()

    blocking = {
        name: graph.get_check_spec(shop.check(name)).blocking
        for name in map(str.lower, LifeCycle.__members__)
    }

    assert blocking == {
        "fully_managed": False,
        "deletion_protected": False,
        "externally_managed": True,
    }


def test_only_facets_can_be_ignored(shop):
    checks = DriftChecks(
        ignored={str(shop.db.table("orders")): ["comments", "codec note", "setting ttl"]}
    )

    with pytest.raises(
        ValueError, match="'comments', which does not begin with a facet; the facets are codec"
    ):
        shop.definitions(ORDERS, settings=DefinitionsSettings(checks=checks))


def test_every_facet_that_a_plan_may_show_is_known():
    calls = [
        call
        for call in ast.walk(ast.parse(inspect.getsource(describe)))
        if isinstance(call, ast.Call)
    ]
    written = {
        call.args[0].value
        for call in calls
        if getattr(call.func, "id", "") in {"Description", "_property"}
        and isinstance(call.args[0], ast.Constant)
    }
    elements = {kind.__name__.lower() for kind in (Index, Projection, Constraint)}
    views = {kind.value.lower() for kind in ViewKind}

    assert written | elements | views | {"nullability", "type", "setting"} == FACETS
