"""Bytes that are not valid UTF-8 are compared in SQL, and left alone elsewhere."""

import pytest
from scenarios.database import DP, EM, FM, declared_as

from moose_dagster import OlapConfig
from moose_dagster.pull import PullOptions, read

EXACT = [
    # the columns and the storage, what the server says of them
    (r"(id Int64, s String DEFAULT '\xff') ENGINE = MergeTree ORDER BY id", r"clickhouse_default("),
    (
        r"(id Int64, s String) ENGINE = MergeTree ORDER BY (id, concat(s, '\xff'))",
        r"order_by_expression=",
    ),
    (
        r"(id Int64, s String, CONSTRAINT c CHECK s != '\xff') ENGINE = MergeTree ORDER BY id",
        "TableConstraint(",
    ),
]


@pytest.mark.parametrize(("ddl", "note"), EXACT)
def test_sql_with_such_bytes_is_pulled_and_made_again(db, ddl, note):
    db.live(f"orders {ddl}")
    options = PullOptions(databases=(db.database,), managed=True)
    live = facets(db)

    result = read(db.clickhouse, None, options)
    table = declared_in(result.files[f"tables_{db.database}.py"])

    assert result.notes == ()
    assert note in result.files[f"tables_{db.database}.py"]
    assert db.plan_result(table).plan.steps == ()
    db.raw("DROP TABLE shop.orders SYNC")
    db.reconcile(table)
    assert facets(db) == live


def facets(db):
    query = "SELECT hex(create_table_query), hex(sorting_key) FROM system.tables WHERE database = "
    return db.rows(f"{query}'{db.database}' AND name = 'orders'")


def declared_in(text):
    namespace = {"__name__": "pulled"}
    exec(text, namespace)  # noqa: S102 - what was pulled
    return namespace["orders"]


def test_another_spelling_of_such_sql_is_not_a_difference(db):
    db.live(
        r"orders (id Int64, s String DEFAULT concat('\xff', 'a')) ENGINE = MergeTree ORDER BY id"
    )
    config = OlapConfig(order_by_fields=["id"], life_cycle=DP)
    same, other = (
        declared_as("orders", ["id Int64", f"s String DEFAULT CONCAT('{text}','a')"], config)
        for text in (r"\xff", r"\xfe")
    )

    assert db.plan_result(same).plan.steps == ()
    assert db.plan(other) == {"default s": "APPLY"}


UNREAD = [
    r"orders (id Int64, n Int64 COMMENT 'c\xfe') ENGINE = MergeTree ORDER BY id",
    r"orders (id Int64, n Int64) ENGINE = MergeTree ORDER BY id COMMENT 'x\xfb'",
    r"orders (id Int64, `n\xfc` Int64) ENGINE = MergeTree ORDER BY id",
    r"orders (id Int64, n Enum8('\xfd' = 1)) ENGINE = MergeTree ORDER BY id",
]


@pytest.mark.parametrize("ddl", UNREAD)
def test_a_name_a_type_or_a_comment_of_such_bytes_is_said_and_left_alone(db, ddl):
    db.live(ddl)
    why = "all of it, as a name, a type or a comment is not valid UTF-8"
    config = {"order_by_fields": ["id"], "comment": "new"}
    tables = [
        declared_as("orders", ["id Int64"], OlapConfig(life_cycle=one, **config))
        for one in (FM, DP, EM)
    ]

    for table in tables:
        plan = db.plan_result(table).plan
        assert plan.steps == ()
        assert plan.notes == (f"{db.database}.orders: not understood, and so not compared: {why}.",)

    result = read(db.clickhouse, None, PullOptions(databases=(db.database,), managed=True))
    assert result.tables == ()
    assert result.notes == (
        f"{db.database}.orders: not declared, because it is not understood: {why}.",
    )


def test_a_table_of_such_a_name_is_said(db):
    db.live("other (id Int64) ENGINE = MergeTree ORDER BY id")
    db.live(r"`orders\xff` (id Int64) ENGINE = MergeTree ORDER BY id")

    result = read(db.clickhouse, None, PullOptions(databases=(db.database,)))

    assert [table.name for table in result.tables] == ["other"]
    note = rf"{db.database}.orders\xff: not declared: its name is not valid UTF-8."
    assert result.notes == (note,)
