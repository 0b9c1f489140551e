"""Live tables that can't be read as a whole: nothing is concluded from what is not known."""

import pytest
from scenarios.database import DP, EM, FM, declared

from moose_dagster import TableIndex
from moose_dagster.pull import PullOptions, read

# ClickHouse 26.9 prints a column called `not` without its backticks, and can't read that again.
UNPRINTED = {
    "key": "orders (id Int64, `not` Int8) ENGINE = MergeTree ORDER BY (id, `not`)",
    "TTL": (
        "orders (id Int64, `not` Int8, ts DateTime) ENGINE = MergeTree PARTITION BY "
        "toYYYYMM(ts) ORDER BY id "
        "TTL ts + toIntervalDay(1) DELETE WHERE `not` = 1 SETTINGS index_granularity = 77"
    ),
    "index": (
        "orders (id Int64, `not` Int8, INDEX i (id, `not`) TYPE minmax) ENGINE = "
        "ReplacingMergeTree ORDER BY id"
    ),
}
WHY = "everything but its columns, as the server can't print the table"
CONFIGS = {
    "key": {"order_by_expression": "(id, abs(id))"},
    "TTL": {
        "partition_by": "toYYYYMM(ts)",
        "ttl": "ts + INTERVAL 1 DAY",
        "settings": {"index_granularity": 77},
    },
    "index": {"indexes": [TableIndex("i", "(id, abs(id))", "minmax")]},
}
COLUMNS = {
    "key": "id Int64; not Int8",
    "TTL": "id Int64; not Int8; ts DateTime",
    "index": "id Int64; not Int8",
}


@pytest.fixture(params=UNPRINTED)
def unprinted(db, request):
    """A database with such a table, and what it is."""
    db.live(UNPRINTED[request.param], "(id, `not`) VALUES (1, 0), (2, 0)")
    if db.value(f"SELECT create_table_query FROM system.tables WHERE database = '{db.database}'"):
        pytest.skip("this server prints the table")
    return db, request.param


def a_declaration(kind, life_cycle=FM, more="", **config):
    return declared("orders", COLUMNS[kind] + more, life_cycle, **{**CONFIGS[kind], **config})


def test_a_table_that_the_server_can_not_print_is_not_compared_and_never_rebuilt(unprinted):
    db, kind = unprinted
    tables = [
        a_declaration(kind),
        a_declaration(kind, DP, order_by_expression="id"),
        a_declaration(kind, EM),
    ]

    for table in tables:
        plan_result = db.plan_result(table)

        assert plan_result.plan.steps == ()
        assert plan_result.plan.notes == (
            f"{db.database}.orders: not understood, and so not compared: {WHY}.",
        )

    db.reconcile(tables[0])
    assert [statement for statement in db.writes() if "shop_" in statement.split("VALUES")[0]] == []
    assert db.value("SELECT count() FROM shop.orders") == 2


def test_what_is_known_of_its_columns_is_compared_and_none_is_altered(unprinted):
    db, kind = unprinted
    table = a_declaration(kind, more="; extra Int8", comment="new")

    plan_result = db.plan_result(table)

    assert db.plan(table) == {"column extra": "BLOCK", "comment": "BLOCK"}
    assert all("could not be read as a whole" in step.reason for step in plan_result.plan.steps)
    assert plan_result.plan.actions == ()


def test_it_is_pulled_by_name_alone(unprinted):
    db, _ = unprinted
    db.live("other (id Int64) ENGINE = MergeTree ORDER BY id")

    result = read(db.clickhouse, None, PullOptions(databases=(db.database,), managed=True))

    note = f"{db.database}.orders: not declared, because it is not understood: {WHY}."
    assert result.notes == (note,)
    assert [table.name for table in result.tables] == ["other"]
    assert f"\n# {note[:80]}" in result.files[f"tables_{db.database}.py"]


def test_it_is_renamed_and_dropped_like_any_other(unprinted):
    db, kind = unprinted
    sales = declared("sales", COLUMNS[kind], renamed_from="orders", **CONFIGS[kind])
    db.reconcile(a_declaration(kind))

    db.reconcile(sales, declared("other", "id Int64"))

    assert db.value("SELECT count() FROM shop.sales") == 2

    db.reconcile(declared("other", "id Int64"), prune=True)

    assert db.trashed() == ["sales"]
    assert db.in_trash("sales", "count()") == 2


FUNCTIONS = {
    "generateRandom": "generateRandom('a Int8, b String', 1, 2, 3)",
    "numbers": "numbers(10)",
    "values": "values('a Int8', 1, 2)",
    "mysql": "mysql('127.0.0.1:1', 'db', 't', 'u', 'hush')",
    "s3": "s3('http://127.0.0.1:1/bucket/x.csv', NOSIGN, 'CSV', 'a Int8')",
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_table_made_of_a_table_function_is_of_no_engine(db, function):
    columns = " (a Int8)" if function == "mysql" else ""
    db.raw(f"CREATE TABLE shop.orders{columns} AS {FUNCTIONS[function]}")
    why = f"everything but its columns, as it is made of the table function {function}"
    column = db.rows(
        f"SELECT name, type FROM system.columns WHERE database = '{db.database}' LIMIT 1"
    )[0]
    table = declared(
        "orders", " ".join(column) + ("; b String" if function == "generateRandom" else "")
    )

    plan_result = db.plan_result(table)
    result = read(db.clickhouse, None, PullOptions(databases=(db.database,), managed=True))

    assert plan_result.plan.steps == ()
    assert plan_result.plan.notes == (
        f"{db.database}.orders: not understood, and so not compared: {why}.",
    )
    assert result.tables == ()
    assert result.notes == (
        f"{db.database}.orders: not declared, because it is not understood: {why}.",
    )
    assert "hush" not in "".join(result.files.values())


DEPRECATED = (
    "orders (p Date, k UInt8, v UInt64) ENGINE = MergeTree(p, k, 8192)",
    "orders (p Date, k UInt8, v UInt64) ENGINE = SummingMergeTree(p, (k, p), 8192, (v))",
    (
        "orders (p Date, k UInt32, v UInt64) ENGINE = "
        "ReplacingMergeTree(p, intHash32(k), (p, intHash32(k)), 8192, v)"
    ),
)


@pytest.mark.parametrize("definition", DEPRECATED)
def test_a_table_whose_keys_are_arguments_is_named_and_left_alone(db, definition):
    db.raw(f"CREATE TABLE shop.{definition} SETTINGS allow_deprecated_syntax_for_merge_tree = 1")
    table = declared("orders", "p Date; k UInt8; v UInt64", order_by_fields=["k"])

    pulled = read(db.clickhouse, None, PullOptions(databases=(db.database,)))

    why = "not understood: everything but its columns, as its keys are arguments of the engine"
    assert pulled.tables == ()
    assert [note for note in pulled.notes if why in note] == list(pulled.notes)
    assert "APPLY" not in db.plan(table).values()


def test_a_materialized_view_whose_storage_has_such_keys_is_left_alone(db):
    db.raw("CREATE TABLE shop.orders (p Date, k UInt8) ENGINE = MergeTree ORDER BY k")
    db.raw(
        "CREATE MATERIALIZED VIEW shop.latest ENGINE = ReplacingMergeTree(p, k, 8192) "
        "AS SELECT p, k FROM shop.orders SETTINGS allow_deprecated_syntax_for_merge_tree = 1"
    )

    pulled = read(db.clickhouse, None, PullOptions(databases=(db.database,)))

    assert [str(table) for table in pulled.tables] == [f"{db.database}.orders"]
    assert pulled.views == ()
    [note] = pulled.notes
    assert note.startswith(f"{db.database}.latest: not declared: ")
