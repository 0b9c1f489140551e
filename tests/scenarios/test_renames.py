"""Declared renames keep values; undeclared ones lose nothing and are pointed at."""

import pytest
from connections import WithoutTemporaryTables
from scenarios.database import DP, EM, FM, declared

from moose_dagster import (
    Options,
    RenamedFrom,
    TableIndex,
    TableProjection,
    clickhouse_default,
    reconcile,
)
from moose_dagster.plan.describe import describe


def renamed(name, life_cycle, earlier, type_="String", **config):
    table = declared("orders", f"id Int64; {name} {type_}", life_cycle, **config)
    table.model.model_fields[name].metadata.append(RenamedFrom(earlier))
    return table


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_13_a_column_renamed_in_code_keeps_its_values(db, life_cycle):
    db.live("orders (id Int64, note String) ENGINE = MergeTree ORDER BY id", "VALUES (1, 'a')")
    table = renamed("remark", life_cycle, "note")

    assert db.plan(table) == {"column name remark": "APPLY"}
    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.rows("SELECT id, remark FROM shop.orders") == [(1, "a")]


@pytest.mark.parametrize("late", [" DEFAULT 'x'", ""])
def test_13_rows_without_a_renamed_column_read_the_same_when_its_default_changes_with_it(db, late):
    db.live("orders (id Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    db.raw(f"ALTER TABLE shop.orders ADD COLUMN note String{late}")
    before = db.rows("SELECT id, note FROM shop.orders")
    table = renamed("remark", DP, "note")
    table.model.model_fields["remark"].metadata.append(clickhouse_default("'y'"))

    db.reconcile(table)

    assert db.rows("SELECT id, remark FROM shop.orders") == before
    assert db.plan(table) == {}


def test_13_a_step_after_a_rename_is_sent_alone_when_the_server_refuses_another(db):
    db.live("orders (id Int64, note String) ENGINE = MergeTree ORDER BY id", "VALUES (1, 'a')")
    unfit = [TableIndex("i", "id", "ngrambf_v1", ["3", "256", "2", "0"])]
    table = renamed("remark", DP, "note", indexes=unfit)
    table.model.model_fields["remark"].metadata.append(clickhouse_default("'y'"))

    clickhouse = WithoutTemporaryTables(db.clickhouse.connected)
    outcome = reconcile(db.project(table), clickhouse, Options(**db.options, adopt=True))

    assert [
        describe(step.change).facet for failure in outcome.failures for step in failure.action.steps
    ] == ["index"]
    db.raw("INSERT INTO shop.orders (id) VALUES (2)")
    assert db.rows("SELECT id, remark FROM shop.orders ORDER BY id") == [(1, "a"), (2, "y")]


def test_13_a_column_is_renamed_while_another_one_goes_with_the_projection_over_both(db):
    db.live(
        "orders (id Int64, note String, b Int64, PROJECTION p (SELECT note, b ORDER BY b)) "
        "ENGINE = MergeTree ORDER BY id",
        "VALUES (1, 'a', 2)",
    )

    db.reconcile(renamed("remark", FM, "note"))

    assert db.rows("SELECT * FROM shop.orders") == [(1, "a")]
    assert len(db.trashed()) == 1


@pytest.mark.parametrize(
    ("desired", "life_cycle", "verdict"),
    [
        ("Int8", DP, "1 row would lose or change a value, such as 300"),
        ("Int16", DP, "every stored value was checked and fits"),
        ("Enum8('a' = 1)", FM, "stored values can't be converted"),
    ],
)
def test_13_a_type_is_proved_under_the_name_that_comes_with_it(db, desired, life_cycle, verdict):
    db.live(
        "earlier (id Int64, note Int64) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5), (2, 300)"
    )
    table = declared("orders", f"id Int64; remark {desired}", life_cycle, renamed_from="earlier")
    table.model.model_fields["remark"].metadata.append(RenamedFrom("note"))

    plan_result = db.plan_result(table)
    db.reconcile(table)

    assert verdict in plan_result.plan.of(db.table("orders"))[-1].reason
    assert db.rows("SELECT id, remark FROM shop.orders ORDER BY id") == [(1, 5), (2, 300)]
    assert "type remark" not in db.plan(table) or desired != "Int16"


def test_13_a_computed_column_is_renamed_although_it_can_not_be_stored(db):
    db.live(
        "orders (id Int64, note String ALIAS 'a' COMMENT 'c') ENGINE = MergeTree ORDER BY id",
        "VALUES (1)",
    )
    table = renamed("remark", DP, "note", "Int64")
    blocked = {"type remark": "BLOCK", "default remark": "BLOCK"}

    assert db.plan(table) == {"column name remark": "APPLY", "comment remark": "APPLY", **blocked}
    db.reconcile(table)

    assert db.plan(table) == blocked
    assert db.rows("SELECT id, remark FROM shop.orders") == [(1, "a")]


def test_13_an_external_column_is_not_renamed(db):
    db.live("orders (id Int64, note String) ENGINE = MergeTree ORDER BY id")

    assert db.plan(renamed("remark", EM, "note")) == {"column name remark": "DRIFT"}


def test_13_what_hangs_on_a_renamed_column_follows_it(db):
    db.live(
        "orders (id Int64, note String, INDEX i lower(note) TYPE set(9), PROJECTION "
        "p (SELECT note ORDER BY note)) "
        "ENGINE = MergeTree ORDER BY id",
        "VALUES (1, 'a')",
    )
    parts = {
        "indexes": [TableIndex("i", "lower(remark)", "set", ["9"])],
        "projections": [TableProjection("p", "SELECT remark ORDER BY remark")],
    }
    table = renamed("remark", DP, "note", **parts)

    assert db.plan(table) == {"column name remark": "APPLY"}
    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.rows("SELECT remark FROM shop.orders") == [("a",)]


def test_13_a_renamed_key_column_is_rebuilt_or_blocked(db):
    db.live("orders (note String, id Int64) ENGINE = MergeTree ORDER BY note", "VALUES ('a', 1)")

    def table(life_cycle):
        return renamed("remark", life_cycle, "note", order_by_fields=["remark"])

    assert db.plan(table(DP)) == {"column name remark": "BLOCK"}
    db.reconcile(table(FM))

    assert db.plan(table(FM)) == {}
    assert db.rows("SELECT remark, id FROM shop.orders") == [("a", 1)]


def test_13_a_nested_column_renamed_as_a_whole_is_rebuilt_or_blocked(db):
    db.live(
        "orders (id Int64, n Nested(a Int64, b String)) ENGINE = MergeTree ORDER BY id",
        "VALUES (1, [2], ['x'])",
    )

    def table(life_cycle):
        return renamed("m", life_cycle, "n", type_="Nested(a Int64, b String)")

    assert db.plan(table(DP)) == {"column name m.a": "BLOCK", "column name m.b": "BLOCK"}
    db.reconcile(table(FM))

    assert db.plan(table(FM)) == {}
    assert db.rows("SELECT id, m.a, m.b FROM shop.orders") == [(1, [2], ["x"])]


def test_13_a_table_whose_name_has_a_backtick_is_renamed(db):
    db.live("`b\\`t` (id Int64, note String) ENGINE = MergeTree ORDER BY id")

    db.reconcile(declared("orders", "id Int64; note String", DP, renamed_from="`b\\`t`"))

    assert db.rows(f"SHOW TABLES FROM {db.database}") == [("orders",)]


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_13_a_table_renamed_in_code_keeps_its_rows(db, life_cycle):
    db.reconcile(declared("orders", "id Int64", life_cycle))
    db.raw("INSERT INTO shop.orders VALUES (1)")
    table = declared("sales", "id Int64; n Int8", life_cycle, renamed_from="orders")

    assert db.plan(table) == {"table name": "APPLY", "column n": "APPLY"}
    db.reconcile(table, prune=True)

    assert db.plan(table, prune=True) == {}
    assert db.rows("SELECT id, n FROM shop.sales") == [(1, 0)]
    assert db.value("EXISTS TABLE shop.orders") == 0


def test_06_a_table_moved_to_another_database_goes_there_with_its_rows(db):
    other = f"{db.database}_other"
    db.reconcile(declared("orders", "id Int64"))
    db.raw("INSERT INTO shop.orders VALUES (1)")
    table = declared("orders", "id Int64", database=other, renamed_from=f"{db.database}.orders")

    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.rows(f"SELECT id FROM {other}.orders") == [(1,)]


def test_06_a_database_changed_in_code_alone_drops_nothing_silently(db):
    other = f"{db.database}_other"
    db.reconcile(declared("orders", "id Int64", DP))

    plan_result = db.plan_result(declared("orders", "id Int64", DP, database=other), prune=True)

    assert [(step.resource.database, step.verdict.value) for step in plan_result.plan.steps] == [
        (db.database, "BLOCK"),
        (other, "APPLY"),
    ]
    assert any("renamed_from" in note for note in plan_result.plan.notes)


def test_12_an_undeclared_rename_of_a_protected_column_loses_nothing(db):
    db.live("orders (id Int64, note String) ENGINE = MergeTree ORDER BY id", "VALUES (1, 'a')")
    table = declared("orders", "id Int64; remark String", DP)

    outcome = db.reconcile(table)

    assert db.plan(table) == {"column note": "BLOCK"}
    assert db.rows("SELECT note FROM shop.orders") == [("a",)]
    assert any('RenamedFrom("note")' in note for note in outcome.before.plan.notes)
