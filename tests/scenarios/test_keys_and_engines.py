"""Keys, engines and settings: each difference is seen alone; a rebuild loses no row."""

import pytest
from connections import WithoutTemporaryTables
from scenarios.database import DP, EM, FM, declared

from moose_dagster import Options, ReplacingMergeTreeEngine, TableIndex, reconcile

COLUMNS = "id UInt64; ts DateTime; v UInt64"
ROWS = (
    "VALUES (1, '2026-01-01 00:00:00', 5), (2, '2026-02-01 00:00:00', 6), (2, "
    "'2026-02-01 00:00:00', 7)"
)
KEYED = {"order_by_fields": ["id", "ts"]}

DIFFERENT = [
    # what, the live table's clauses, the declared config, step
    (
        "ORDER BY",
        "ENGINE = MergeTree ORDER BY (id, ts)",
        {"order_by_fields": ["ts", "id"]},
        "ORDER BY",
    ),
    (
        *("PARTITION BY", "ENGINE = MergeTree ORDER BY (id, ts)"),
        *({**KEYED, "partition_by": "toYYYYMM(ts)"}, "PARTITION BY"),
    ),
    (
        *("PRIMARY KEY", "ENGINE = MergeTree ORDER BY (id, ts)"),
        *({**KEYED, "primary_key_expression": "id"}, "PRIMARY KEY"),
    ),
    (
        *("engine", "ENGINE = MergeTree ORDER BY (id, ts)"),
        *({**KEYED, "engine": ReplacingMergeTreeEngine()}, "engine"),
    ),
    (
        *("engine argument", "ENGINE = ReplacingMergeTree ORDER BY (id, ts)"),
        *({**KEYED, "engine": ReplacingMergeTreeEngine(ver="v")}, "engine"),
    ),
    (
        *("fixed setting", "ENGINE = MergeTree ORDER BY (id, ts)"),
        *({**KEYED, "settings": {"index_granularity": 4096}}, "setting index_granularity"),
    ),
]


@pytest.mark.parametrize("row", DIFFERENT, ids=[row[0] for row in DIFFERENT])
def test_29_a_difference_is_seen_alone_and_rebuilt_with_every_row(db, row):
    _, clauses, config, step = row
    db.live(f"orders (id UInt64, ts DateTime, v UInt64) {clauses}")
    db.raw("SYSTEM STOP MERGES shop.orders")
    db.raw(f"INSERT INTO shop.orders SETTINGS optimize_on_insert = 0 {ROWS}")
    before = db.rows("SELECT id, ts, v FROM shop.orders ORDER BY ALL")
    table = declared("orders", COLUMNS, FM, **config)

    assert db.plan(declared("orders", COLUMNS, EM, **config)) == {step: "DRIFT"}
    assert db.plan(declared("orders", COLUMNS, DP, **config)) == {step: "BLOCK"}
    assert db.plan(table) == {step: "APPLY"}
    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.in_trash("orders", "count()") == 3
    if "Replacing" not in str(config):
        assert db.rows("SELECT id, ts, v FROM shop.orders ORDER BY ALL") == before
    assert db.trashed() == ["orders"]


def test_a_part_that_the_server_refuses_holds_up_neither_the_rebuild_nor_the_columns(db):
    db.live(
        "orders (id UInt64, ts DateTime, v UInt64, gone String) ENGINE = MergeTree "
        "ORDER BY (id, ts)"
    )
    db.raw("INSERT INTO shop.orders SELECT number, now(), 1, 'x' FROM numbers(10)")
    bad = TableIndex(name="bad", expression="v", type="bloom_filter", arguments=["2"])

    table = declared("orders", COLUMNS, FM, order_by_fields=["ts", "id"], indexes=[bad])
    clickhouse = WithoutTemporaryTables(db.clickhouse.connected)
    outcome = reconcile(db.project(table), clickhouse, Options(**db.options, adopt=True))

    assert len(outcome.failures) == 1
    assert [
        step.reason for step in outcome.after.plan.steps if "add index bad" not in step.reason
    ] == []
    assert "false positive" in outcome.failures[0].error
    assert db.rows("SELECT count(), sum(v) FROM shop.orders") == [(10, 10)]


def test_states_of_aggregate_functions_are_copied_and_compared(db):
    db.live(
        "orders (id UInt64, u AggregateFunction(uniq, String), n Array(UInt8)) "
        "ENGINE = MergeTree ORDER BY id"
    )
    state = "initializeAggregation('uniqState', toString(number))"
    db.raw(f"INSERT INTO shop.orders SELECT number, {state}, [1] FROM numbers(100)")

    columns = "id UInt64; u AggregateFunction(uniq, String); n Array(UInt8)"
    table = declared("orders", columns, FM, order_by_fields=["id", "n"])
    db.reconcile(table)

    assert db.rows("SELECT count(), uniqMerge(u) FROM shop.orders") == [(100, 100)]
    assert db.plan(table) == {}


def test_29_sample_by_is_altered_in_place_where_the_server_can(db):
    db.live("orders (id UInt64, ts DateTime, v UInt64) ENGINE = MergeTree ORDER BY (id, ts)", ROWS)
    table = declared("orders", COLUMNS, DP, **KEYED, sample_by_expression="id")

    assert db.plan(table) == {"SAMPLE BY": "APPLY"}
    db.reconcile(table)

    assert db.plan(table) == {}


def test_29_a_new_column_beside_a_blocked_order_by_is_added_all_the_same(db):
    db.live("orders (id UInt64, ts DateTime) ENGINE = MergeTree ORDER BY id", "VALUES (1, 5)")
    table = declared("orders", COLUMNS, DP, order_by_fields=["ts"])

    db.reconcile(table)

    assert db.rows("SELECT id, v FROM shop.orders") == [(1, 0)]
    assert db.plan(table) == {"ORDER BY": "BLOCK"}


def test_29_a_rebuild_makes_the_other_changes_of_its_table_too(db):
    db.live(
        "orders (id UInt64, old String) ENGINE = MergeTree ORDER BY id", "VALUES (1, 'x'), (2, 'y')"
    )
    table = declared(
        "orders", "id UInt64; new Int64", order_by_expression="(id, new)", partition_by="id % 2"
    )

    db.reconcile(table)

    assert db.rows("SELECT * FROM shop.orders ORDER BY id") == [(1, 0), (2, 0)]
    assert db.in_trash("orders", "groupArray(old)") == ["x", "y"]
    assert db.plan(table) == {}


def test_29_a_rebuild_keeps_materialized_values_as_they_were_stored(db):
    db.live("orders (id UInt64, r UInt32 MATERIALIZED rand()) ENGINE = MergeTree ORDER BY id")
    db.raw("INSERT INTO shop.orders (id) VALUES (1), (2)")
    before = db.rows("SELECT id, r FROM shop.orders ORDER BY id")
    table = db.declared_column("orders", "r UInt32 MATERIALIZED rand()")
    table.config.order_by_fields[:] = ["id", "r"]

    plan_result = db.plan_result(table)
    db.reconcile(table)

    assert "ORDER BY" in " ".join(step.reason for step in plan_result.plan.steps)
    assert db.rows("SELECT toUInt64(id), r FROM shop.orders ORDER BY id") == before


def test_29_a_table_is_rebuilt_into_any_number_of_partitions(db):
    db.live("orders (id UInt64, day Date) ENGINE = MergeTree ORDER BY id")
    db.raw("INSERT INTO shop.orders SELECT number, number FROM numbers(150)")
    table = declared("orders", "id UInt64; day Date", partition_by="day")

    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.value("SELECT count() FROM shop.orders") == 150


def test_29_a_database_that_can_not_exchange_tables_is_left_with_no_copy(db):
    db.raw(f"DROP DATABASE {db.database} SYNC")
    db.raw(f"CREATE DATABASE {db.database} ENGINE = Memory")
    db.live("orders (id UInt64, day Date) ENGINE = MergeTree ORDER BY id", "VALUES (1, 1)")
    project = db.project(declared("orders", "id UInt64; day Date", order_by_fields=["day"]))

    outcome = reconcile(project, db.clickhouse, Options(**db.options, adopt=True))

    assert [result.code for result in outcome.failures] == [48]
    assert db.rows("SELECT id FROM shop.orders") == [(1,)]
    assert (
        db.value(
            f"SELECT count() FROM system.tables WHERE database = '{db.options['trash_database']}'"
        )
        == 0
    )


def test_30_a_new_column_appended_to_order_by_needs_no_rebuild(db):
    db.live("orders (id UInt64) ENGINE = MergeTree ORDER BY id", "VALUES (1)")
    table = declared("orders", "id UInt64; z String", DP, order_by_fields=["id", "z"])

    db.reconcile(table)

    assert [s for s in db.writes() if "ALTER" in s] == [
        (
            f"ALTER TABLE `{db.database}`.`orders` ADD COLUMN `z` String AFTER `id`, "
            "MODIFY ORDER BY (id, z)"
        )
    ]
    assert db.plan(table) == {}


def test_32_lowering_to_protected_together_with_a_new_order_by_is_blocked(db):
    db.reconcile(declared("orders", COLUMNS))

    assert db.plan(declared("orders", COLUMNS, DP, order_by_fields=["ts"])) == {"ORDER BY": "BLOCK"}


IN_KEY = [
    # live type, declared type, key, verdict
    ("Enum8('b' = 2)", "Enum8('a' = 1, 'b' = 2)", "x", "APPLY"),
    ("Enum8('b' = 2)", "Enum8('a' = 1, 'b' = 2)", "toString(x)", "APPLY"),
    ("Enum8('b' = 2)", "Enum16('a' = 1, 'b' = 2)", "x", "BLOCK"),
    ("String", "LowCardinality(String)", "x", "APPLY"),
    ("LowCardinality(String)", "String", "x", "APPLY"),
    ("String", "LowCardinality(String)", "lower(x)", "BLOCK"),
    ("String", "FixedString(1)", "x", "BLOCK"),
]


@pytest.mark.parametrize("row", IN_KEY, ids=[" ".join(row[:3]) for row in IN_KEY])
def test_29_the_type_of_a_key_column_changes_in_place_where_the_server_can(db, row):
    live, desired, key, verdict = row
    db.live(
        f"orders (id UInt64, x {live}) ENGINE = MergeTree PARTITION BY {key} ORDER BY (id, {key})"
    )
    db.raw("INSERT INTO shop.orders VALUES (1, 'b'), (2, 'b')")
    config = {"partition_by": key, "order_by_expression": f"(id, {key})"}
    table = declared("orders", f"id UInt64; x {desired}", DP, **config)

    assert db.plan(table) == {"type x": verdict}
    db.reconcile(table)

    assert db.plan(table) == ({} if verdict == "APPLY" else {"type x": "BLOCK"})
    assert db.rows("SELECT id, toString(x) FROM shop.orders ORDER BY id") == [(1, "b"), (2, "b")]


def test_33_a_setting_is_altered_in_place_and_reset_when_it_leaves_the_code(db):
    db.live("orders (id UInt64, ts DateTime, v UInt64) ENGINE = MergeTree ORDER BY id", ROWS)
    table = declared("orders", COLUMNS, DP, settings={"merge_with_ttl_timeout": 3600})

    db.reconcile(table)
    assert db.plan(table) == {}
    assert db.plan(declared("orders", COLUMNS, DP)) == {"setting merge_with_ttl_timeout": "APPLY"}
    db.reconcile(declared("orders", COLUMNS, DP))

    assert db.plan(declared("orders", COLUMNS, DP)) == {}
    assert "merge_with_ttl_timeout" not in db.value(
        f"SELECT engine_full FROM system.tables WHERE database = '{db.database}'"
    )


def test_33_ttl_comment_and_settings_of_one_table_change_in_one_run(db):
    db.live(
        "orders (id UInt64, ts DateTime, v UInt64) ENGINE = MergeTree ORDER BY id "
        "TTL ts + INTERVAL 60 YEAR SETTINGS merge_with_ttl_timeout = 3600",
        ROWS,
    )
    config = {
        "ttl": "ts + INTERVAL 70 YEAR",
        "comment": "c",
        "settings": {"min_bytes_for_wide_part": 1},
    }
    table = declared("orders", COLUMNS, DP, **config)

    db.reconcile(table)

    assert db.plan(table) == {}


def test_a_primary_key_that_stays_shorter_than_an_extended_order_is_reported(db):
    db.live("orders (a Int64, v String) ENGINE = MergeTree ORDER BY a", "VALUES (1, 'x')")
    table = declared("orders", "a Int64; v String; c Int64", DP, order_by_fields=["a", "c"])
    db.reconcile(table)

    plan = db.plan_result(table).plan

    assert plan.steps == ()
    assert [note for note in plan.notes if "PRIMARY KEY stays (a)" in note]


def test_a_primary_key_that_is_declared_is_not_reported(db):
    live = "orders (a Int64, c Int64) ENGINE = MergeTree PRIMARY KEY a ORDER BY (a, c)"
    db.live(live)
    keys = {"order_by_fields": ["a", "c"], "primary_key_expression": "a"}

    assert db.plan_result(declared("orders", "a Int64; c Int64", DP, **keys)).plan.notes == ()


def test_every_stored_column_is_replaced_and_no_row_is_lost(db):
    db.live(
        "orders (a Int32, b Int32) ENGINE = MergeTree ORDER BY tuple()", "VALUES (1, 2), (3, 4)"
    )
    table = declared("orders", "z Int32", FM, order_by_expression="tuple()")

    db.reconcile(table)

    assert db.plan(table) == {}
    assert db.rows("SELECT z FROM shop.orders") == [(0,), (0,)]
