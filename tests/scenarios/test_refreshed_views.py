"""What a change does to views with refreshes: the state that the server keeps of them.

Measured on ClickHouse 26.9 for a view over `t`, with a row that no refresh has read yet:

| change of the source or the view   | EVERY         | APPEND         | APPEND INCREMENTAL       |
|------------------------------------|---------------|----------------|--------------------------|
| source exchanged for a copy        | all rows      | all rows again | the unread row is missed |
| source exchanged for a CLONE       | all rows      | all rows again | only unread rows         |
| source made Replacing              | all rows      | all rows again | every refresh fails (48) |
| source or its column renamed       | refresh fails | refresh fails  | refresh fails (730)      |
| MODIFY QUERY                       | all rows      | all rows added | refused (48)             |
| CREATE OR REPLACE                  | all rows      | all rows added | refused (48)             |
| made again                         | all rows      | all rows added | all rows are doubled     |
| other interval                     | kept          | kept           | kept                     |
| APPEND or INCREMENTAL added        | refused (48)  | refused (48)   | refused (48)             |
| column of the target dropped       | refresh fails | refresh fails  | refresh fails (730)      |
| what DEPENDS ON names is dropped   | waits for ever | waits for ever | waits for ever           |

There is neither a LIVE nor a WINDOW VIEW in ClickHouse 26.9 (62).
"""

import pytest
from scenarios.database import DP, FM, declared
from scenarios.view_shop import materialized

COLUMNS = "id UInt64; v UInt64"
POSITIONS = {"enable_block_number_column": "1", "enable_block_offset_column": "1"}
SELECT = "SELECT id, v FROM orders"
EVERY = "EVERY 1 YEAR"
APPEND = "EVERY 1 YEAR APPEND"
INCREMENTAL = "EVERY 1 YEAR APPEND INCREMENTAL"

pytestmark = pytest.mark.requires("26.9", "APPEND INCREMENTAL")


def orders(columns=COLUMNS, life_cycle=FM, **config):
    return declared("orders", columns, life_cycle, **{"settings": POSITIONS, **config})


def totals(columns=COLUMNS, life_cycle=FM):
    return declared("totals", columns, life_cycle)


def view(refresh, select=SELECT, life_cycle=FM):
    return materialized(select, life_cycle, target_table="totals", refresh=refresh)


def refreshed(db):
    db.raw("SYSTEM REFRESH VIEW shop.totals_mv")
    db.raw("SYSTEM WAIT VIEW shop.totals_mv")
    return db.rows("SELECT id, v FROM shop.totals ORDER BY ALL")


def made(db, refresh):
    db.reconcile(orders(), totals(), view(refresh))
    db.raw("SYSTEM WAIT VIEW shop.totals_mv")
    db.raw("INSERT INTO shop.orders VALUES (1, 1)")
    assert refreshed(db) == [(1, 1)]
    db.raw("INSERT INTO shop.orders VALUES (2, 2)")
    assert db.plan(orders(), totals(), view(refresh)) == {}


@pytest.mark.parametrize("life_cycle", [FM, DP])
@pytest.mark.parametrize(
    "config",
    [
        {"order_by_fields": ["id", "v"]},
        {"partition_by": "id % 2"},
        {"engine": "ReplacingMergeTree"},
        {"order_by_fields": ["v"]},
        {"settings": {**POSITIONS, "index_granularity": "1024"}},
    ],
    ids=lambda config: next(iter(config)),
)
def test_a_rebuild_under_an_incremental_view_waits_until_the_view_is_gone(db, config, life_cycle):
    made(db, INCREMENTAL)
    rebuilt = orders(life_cycle=life_cycle, **config)

    steps = db.plan_result(rebuilt, totals(), view(INCREMENTAL)).plan.steps

    assert {step.verdict.value for step in steps} == {"BLOCK"}
    assert "would miss every row that it has not read" in steps[0].reason
    db.reconcile(rebuilt, totals(), view(INCREMENTAL))
    assert refreshed(db) == [(1, 1), (2, 2)]


@pytest.mark.parametrize(("refresh", "expected"), [
    (EVERY, [(1, 1), (2, 2)]), (APPEND, [(1, 1), (1, 1), (2, 2)]),
])  # fmt: skip
def test_a_rebuild_under_a_view_with_refreshes_is_read_as_a_whole(db, refresh, expected):
    made(db, refresh)
    rebuilt = orders(partition_by="id % 2")

    db.reconcile(rebuilt, totals(), view(refresh))

    assert refreshed(db) == expected
    assert db.plan(rebuilt, totals(), view(refresh)) == {}


def test_a_clone_under_an_incremental_view_keeps_how_far_it_has_read(db):
    db.reconcile(orders(f"{COLUMNS}; w String"), totals(), view(INCREMENTAL))
    db.raw("SYSTEM WAIT VIEW shop.totals_mv")
    db.raw("INSERT INTO shop.orders VALUES (1, 1, 'x')")
    assert refreshed(db) == [(1, 1)]
    db.raw("INSERT INTO shop.orders VALUES (2, 2, 'y')")

    db.reconcile(orders(), totals(), view(INCREMENTAL))

    assert db.trashed() == ["orders"]
    assert refreshed(db) == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    "changed",
    [
        view(INCREMENTAL, "SELECT id, v * 10 AS v FROM orders"),
        view(INCREMENTAL, "SELECT id, v FROM orders WHERE id > 0"),
        materialized(SELECT, target_table="others", refresh=INCREMENTAL),
    ],
    ids=["expression", "filter", "target"],
)
def test_an_incremental_view_is_not_made_again(db, changed):
    made(db, INCREMENTAL)
    others = declared("others", COLUMNS)

    plan = db.plan_result(orders(), totals(), others, changed).plan

    (step,) = plan.of(changed_id(plan))
    assert step.verdict.value == "BLOCK"
    assert "adds every row of its source again" in step.reason
    db.reconcile(orders(), totals(), others, changed)
    assert refreshed(db) == [(1, 1), (2, 2)]


def changed_id(plan):
    return next(step.resource for step in plan.steps if step.resource.name == "totals_mv")


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (INCREMENTAL, "EVERY 2 YEAR APPEND INCREMENTAL", "APPLY"),
        (APPEND, "EVERY 2 YEAR APPEND", "APPLY"),
        (APPEND, INCREMENTAL, "BLOCK"),
        (EVERY, INCREMENTAL, "BLOCK"),
        (INCREMENTAL, APPEND, "APPLY"),
    ],
)
def test_a_refresh_changes_where_nothing_is_read_again(db, before, after, verdict):
    made(db, before)

    assert db.plan(orders(), totals(), view(after)) == {"refresh": verdict}
    db.reconcile(orders(), totals(), view(after))

    expected = {} if verdict == "APPLY" else {"refresh": "BLOCK"}
    assert db.plan(orders(), totals(), view(after)) == expected


@pytest.mark.parametrize("refresh", [EVERY, APPEND, INCREMENTAL])
def test_a_column_that_refreshes_fill_stays(db, refresh):
    made(db, refresh)

    assert db.plan(orders(), totals("id UInt64"), view(refresh)) == {"column v": "BLOCK"}
    db.reconcile(orders(), totals("id UInt64"), view(refresh))

    assert (2, 2) in refreshed(db)


@pytest.mark.parametrize("refresh", [EVERY, APPEND])
def test_the_query_of_a_view_with_refreshes_changes_in_place(db, refresh):
    made(db, refresh)
    changed = view(refresh, "SELECT id, v * 10 AS v FROM orders")

    db.reconcile(orders(), totals(), changed)

    expected = [(1, 10), (2, 20)] if refresh == EVERY else [(1, 1), (1, 10), (2, 20)]
    assert refreshed(db) == expected
    assert db.plan(orders(), totals(), changed) == {}


def test_a_setting_that_an_incremental_view_needs_stays(db):
    made(db, INCREMENTAL)
    without = orders(settings={**POSITIONS, "enable_block_number_column": "0"})

    assert set(db.plan(without, totals(), view(INCREMENTAL)).values()) == {"BLOCK"}


def test_a_view_that_another_one_waits_for_is_not_dropped(db):
    first = view(EVERY)
    second = materialized(
        SELECT, name="second_mv", target_table="second", refresh=f"{EVERY} DEPENDS ON totals_mv"
    )
    tables = (orders(), totals(), declared("second", COLUMNS))
    made_in_order = db.reconcile(*tables, second, first)

    (step,) = db.plan_result(*tables, second, prune=True).plan.steps

    names = [result.action.resource.name for result in made_in_order.results]
    assert names.index("totals_mv") < names.index("second_mv")
    assert step.verdict.value == "BLOCK"
    assert f"{db.database}.second_mv reads it by this name" in step.reason
