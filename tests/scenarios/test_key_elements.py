"""A key in any spelling has the elements that the server sees in it."""

import pytest
from scenarios.database import FM, declared_as

from moose_dagster import OlapConfig
from moose_dagster.sql.create import key
from moose_dagster.state.canonical import key_elements

COLUMNS = ["a Int64", "b Int64", "tuple Int64"]
KEYS = [
    # as written, sorting_key of ClickHouse 26.9, the elements
    ("tuple()", "", ()),
    ("(a, b)", "a, b", ("a", "b")),
    ("tuple(a, b)", "a, b", ("a", "b")),
    ("((a, b))", "a, b", ("a", "b")),
    ("(tuple(a, b))", "a, b", ("a", "b")),
    ("tuple(a)", "a", ("a",)),
    ("tuple((a, b))", "(a, b)", ("tuple((a, b))",)),
    ("(tuple((a, b)))", "(a, b)", ("tuple((a, b))",)),
    ("tuple(tuple(a, b))", "tuple(a, b)", ("tuple(tuple(a, b))",)),
    ("((a, b), a)", "(a, b), a", ("(a, b)", "a")),
    ("tuple((a, b), a)", "(a, b), a", ("(a, b)", "a")),
    ("tuple(tuple(a, b), a)", "tuple(a, b), a", ("tuple(a, b)", "a")),
    ("tuple", "tuple", ("tuple",)),
    ("(tuple, b)", "tuple, b", ("tuple", "b")),
    ("tuple(tuple, b)", "tuple, b", ("tuple", "b")),
]


@pytest.mark.parametrize(("written", "_sorting_key", "elements"), KEYS)
def test_the_elements_of_a_key_stay_what_they_are(written, _sorting_key, elements):
    assert key_elements((written,)) == elements
    assert key_elements(elements) == elements
    assert key_elements((key(elements),)) == elements


@pytest.mark.parametrize(("written", "sorting_key", "_elements"), KEYS)
def test_a_key_is_sent_with_the_elements_that_it_had(db, written, sorting_key, _elements):
    table = declared_as("orders", COLUMNS, OlapConfig(order_by_expression=written, life_cycle=FM))

    db.reconcile(table)

    query = (
        f"SELECT sorting_key FROM system.tables WHERE database = '{db.database}' AND name "
        "= 'orders'"
    )
    # ClickHouse 24.8 and 25.8 print the function as brackets.
    assert db.value(query) in {sorting_key, sorting_key.replace("tuple(", "(")}
    assert db.plan_result(table).plan.steps == ()


CONFIGS = [
    ({"order_by_fields": ["tuple"]}, "tuple", ""),
    ({"order_by_fields": ["a"], "partition_by": "tuple"}, "a", "tuple"),
    ({"order_by_fields": ["a"], "partition_by": "tuple()"}, "a", ""),
    ({"order_by_fields": ["a"], "partition_by": "tuple((a, b))"}, "a", "tuple((a, b))"),
    (
        {"order_by_expression": "((a, b), tuple)", "primary_key_expression": "tuple((a, b))"},
        "(a, b), tuple",
        "",
    ),
]


@pytest.mark.parametrize(("config", "sorting_key", "partition_key"), CONFIGS)
def test_what_is_declared_is_what_is_made(db, config, sorting_key, partition_key):
    table = declared_as("orders", COLUMNS, OlapConfig(life_cycle=FM, **config))

    db.reconcile(table)

    query = f"SELECT sorting_key, partition_key FROM system.tables WHERE database = '{db.database}'"
    assert db.rows(query) == [(sorting_key, partition_key)]
    assert db.plan_result(table).plan.steps == ()
