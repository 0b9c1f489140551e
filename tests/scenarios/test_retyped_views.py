"""A type changes under a materialized view where the view and its target go along with it."""

import pytest
from scenarios.database import DP, EM, FM, declared
from scenarios.view_shop import materialized, own_storage

WIDE, NARROW = "UInt64", "UInt32"


def sales(type_, life_cycle=FM):
    return declared("sales", f"id UInt64; amount {type_}; other {type_}", life_cycle)


def days(type_="UInt64", life_cycle=FM):
    return declared("days", f"id UInt64; n {type_}", life_cycle)


def filling(select, life_cycle=FM, **options):
    return materialized(select, life_cycle, target_table="days", **options)


ONE = "Enum8('a' = 1)"
TWO = "Enum8('a' = 1, 'b' = 2)"


@pytest.mark.parametrize("life_cycle", [FM, DP])
@pytest.mark.parametrize(
    ("before", "after", "select"),
    [
        (NARROW, WIDE, "SELECT id, sum(amount) AS n FROM sales GROUP BY id"),
        (NARROW, WIDE, "SELECT id, toUInt64(amount) AS n FROM sales"),
        (NARROW, WIDE, "SELECT id, count() AS n FROM sales WHERE amount > 1 GROUP BY id"),
        (NARROW, WIDE, "SELECT id, toUInt64(max(amount)) AS n FROM sales AS s GROUP BY id"),
        (ONE, TWO, "SELECT id, count() AS n FROM sales WHERE amount = 'a' GROUP BY id"),
        (ONE, TWO, "SELECT id, toUInt64(amount = 'a') AS n FROM sales"),
        ("String", "LowCardinality(String)", "SELECT id, uniq(amount) AS n FROM sales GROUP BY id"),
        ("UInt64", "Nullable(UInt64)", "SELECT id, count(amount) AS n FROM sales GROUP BY id"),
        ("UInt64", "Nullable(UInt64)", "SELECT id, ifNull(amount, 0) AS n FROM sales"),
    ],
)  # fmt: skip
def test_a_view_whose_columns_stay_is_not_an_obstacle(db, life_cycle, before, after, select):
    db.reconcile(sales(before), days(), filling(select))

    assert db.plan(sales(after, life_cycle), days(), filling(select)) == {
        f"{facet_of(before, after)} amount": "APPLY",
        f"{facet_of(before, after)} other": "APPLY",
    }


def facet_of(before, after):
    return "nullability" if after == f"Nullable({before})" else "type"


@pytest.mark.parametrize("life_cycle", [FM, DP])
def test_a_new_type_arrives_in_a_target_that_takes_it(db, life_cycle):
    view = filling("SELECT id, amount AS n FROM sales", life_cycle)
    db.reconcile(sales(NARROW, life_cycle), days(WIDE, life_cycle), view)

    assert db.plan(sales(WIDE, life_cycle), days(WIDE, life_cycle), view) == {
        "totals_mv.columns": "APPLY",
        "sales.type amount": "APPLY",
        "sales.type other": "APPLY",
    }
    db.reconcile(sales(WIDE, life_cycle), days(WIDE, life_cycle), view)
    db.raw("INSERT INTO shop.sales VALUES (1, 5000000000, 1)")

    assert db.rows("SELECT * FROM shop.days") == [(1, 5_000_000_000)]
    assert db.rows("SELECT * FROM shop.totals_mv") == [(1, 5_000_000_000)]
    assert db.plan(sales(WIDE, life_cycle), days(WIDE, life_cycle), view) == {}


@pytest.mark.parametrize(
    ("before", "after", "target"),
    [
        (NARROW, WIDE, NARROW),
        (ONE, TWO, ONE),
        ("String", "Nullable(String)", "String"),
        ("DateTime", "DateTime64(3)", "DateTime"),
        ("Array(UInt8)", "Array(UInt16)", "Array(UInt8)"),
    ],
)
def test_a_target_that_would_cut_values_blocks_the_column_that_it_gets(db, before, after, target):
    view = filling("SELECT id, amount AS n FROM sales")
    db.reconcile(sales(before), days(target), view)

    result = db.plan_result(sales(after), days(target), view)
    verdicts = {step.change.desired.name: step.verdict.value for step in result.plan.steps}

    assert verdicts == {"amount": "BLOCK", "other": "APPLY"}
    (blocked,) = [step.reason for step in result.plan.steps if step.verdict.value == "BLOCK"]
    assert blocked.endswith(
        "which would change values (FULLY_MANAGED). "
        "Change that column or the view in the same plan."
    )


def test_a_source_waits_for_the_blocked_type_of_the_target(db):
    view = filling("SELECT amount AS id, amount AS n FROM sales")
    narrow = declared("days", "id UInt32; n UInt64", DP)
    wide = declared("days", "id UInt64; n UInt64", DP)
    db.reconcile(sales(NARROW), narrow, view)
    db.raw("INSERT INTO shop.sales VALUES (1, 2, 3)")

    assert db.plan(sales(WIDE), wide, view) == {
        "days.type id": "BLOCK",
        "sales.type amount": "BLOCK",
        "sales.type other": "APPLY",
    }


def test_storage_of_its_own_is_a_target_too(db):
    view = own_storage("SELECT id, amount AS n FROM sales")
    db.reconcile(sales(NARROW), view)

    assert db.plan(sales(WIDE), view) == {"type amount": "BLOCK", "type other": "APPLY"}


@pytest.mark.parametrize("select", ["SELECT id, amount AS n FROM sales", "SELECT * FROM sales"])
def test_a_view_that_this_run_does_not_change_blocks_what_it_passes_on(db, select):
    target = declared("days", "id UInt64; n UInt64; amount UInt64; other UInt64")
    db.reconcile(sales(NARROW), target)
    text = select.replace("sales", f"{db.database}.sales")
    db.raw(f"CREATE MATERIALIZED VIEW shop.theirs TO shop.days AS {text}")

    assert db.plan(sales(WIDE), target)["type amount"] == "BLOCK"
    external = materialized(select, EM, name="theirs", target_table="days")
    assert db.plan(sales(WIDE), target, external)["type amount"] == "BLOCK"


def test_a_foreign_view_that_does_not_mind_blocks_nothing(db):
    db.reconcile(sales(NARROW, DP), days())
    db.raw(
        "CREATE MATERIALIZED VIEW shop.theirs TO shop.days AS "
        "SELECT id, sum(amount) AS n FROM shop.sales GROUP BY id"
    )

    assert db.plan(sales(WIDE, DP), days()) == {"type amount": "APPLY", "type other": "APPLY"}


def test_a_type_that_the_view_can_not_compute_with_is_blocked(db):
    view = filling("SELECT id, sum(amount) AS n FROM sales GROUP BY id")
    db.reconcile(sales(NARROW), days(), view)

    result = db.plan_result(sales("Array(UInt32)"), days(), view)

    assert "the query of the materialized view" in result.plan.steps[0].reason


def test_a_refreshable_view_goes_along(db):
    view = filling("SELECT id, amount AS n FROM sales", refresh="EVERY 1 YEAR APPEND")
    db.reconcile(sales(NARROW), days(), view)

    assert db.plan(sales(WIDE), days(), view)["totals_mv.columns"] == "APPLY"
    db.reconcile(sales(WIDE), days(), view)

    assert db.plan(sales(WIDE), days(), view) == {}


def test_a_view_that_needs_a_blocked_type_waits_with_it(db):
    db.reconcile(sales("String"), days(), filling("SELECT id, length(amount) AS n FROM sales"))
    db.raw("INSERT INTO shop.sales VALUES (1, 'many', 'few')")
    view = filling("SELECT id, amount + 1 AS n FROM sales")

    result = db.plan_result(sales("UInt64", DP), days(), view)

    assert {step.verdict.value for step in result.plan.steps} == {"BLOCK"}
    assert any("waits until the blocked change of" in step.reason for step in result.plan.steps)
