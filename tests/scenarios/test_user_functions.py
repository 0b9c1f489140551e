"""Functions that somebody made in SQL: the server stores what they stand for in their place."""

from collections.abc import Iterator

import pytest
from scenarios.database import DP, TestDatabase, declared_as
from scenarios.view_shop import a_view, orders

from moose_dagster import OlapConfig, TableConstraint, TableIndex, TableProjection

BODIES = {
    "plus": "(x) -> x + 1",
    "times": "(x, y) -> f_plus(x) * y",
    "one": "() -> 1",
    "listed": "(`a b`) -> if(`a b` > 1, arrayMap(x -> x + `a b`, [1]), [(1, 2).1])",
    "day": "(t) -> DATE_TRUNC('day', t)",
    "either": "(x, y) -> x > 1 OR y IS NULL",
}  # fmt: skip
COLUMNS = ["id Int64", "n Int64", "ts DateTime"]


@pytest.fixture
def functions(db: TestDatabase) -> Iterator[str]:
    """The beginning of the names of the functions above."""
    prefix = f"f_{db.suffix}_"
    for name, body in BODIES.items():
        db.raw(f"CREATE FUNCTION {prefix}{name} AS {body.replace('f_', prefix)}")
    yield prefix
    for name in BODIES:
        db.raw(f"DROP FUNCTION {prefix}{name}")


VIEWS = [
    "SELECT f_plus(id) AS x, f_plus(f_times(1, 2)) FROM orders",
    "SELECT f_times(id, v) * 2 - f_plus(-1), f_one(), f_one() + f_plus(id + v) FROM orders",
    (
        "SELECT f_listed(id)[1], -f_plus(v) AS y, f_day(toDateTime(f_plus(v))) FROM "
        "orders WHERE f_plus(id) > 1"
    ),
    (
        "SELECT CASE WHEN f_either(id, v) THEN f_plus(v) ELSE f_one() END AS z FROM "
        "orders WHERE NOT f_either(v, id)"
    ),
    "SELECT id IN (f_plus(1), f_one()) AND f_either(id, v) FROM orders ORDER BY f_plus(id) DESC, 1",
    (
        "SELECT arrayMap(a -> f_plus(a), [f_plus(1), v]), if(f_either(1, 2), "
        "'f_plus(1)', '') FROM orders"
    ),
]


@pytest.mark.parametrize("select", VIEWS)
def test_a_view_with_a_function_of_the_user_is_equal_to_what_it_became(db, functions, select):
    view = a_view(select.replace("f_", functions))
    db.reconcile(orders(), view)

    assert db.plan(orders(), view) == {}


def test_a_view_that_calls_another_function_differs(db, functions):
    db.reconcile(orders(), a_view(f"SELECT {functions}plus(id) AS x FROM orders"))

    assert db.plan(orders(), a_view(f"SELECT {functions}times(id, 3) AS x FROM orders")) == {
        "query": "APPLY"
    }


def using(functions, call, life_cycle=DP, columns=()):
    call = call.replace("f_", functions)
    config = OlapConfig(
        life_cycle=life_cycle,
        order_by_expression=f"({call}, id)",
        partition_by=call,
        ttl=f"ts + toIntervalDay({call})",
        indexes=[TableIndex("i", call, "minmax")],
        constraints=[TableConstraint("c", f"{call} > 0")],
        projections=[TableProjection("p", f"SELECT {call} ORDER BY {call}")],
    )
    return declared_as(
        "keyed", [*COLUMNS, *(column.replace("f_", functions) for column in columns)], config
    )


def test_a_table_with_a_function_of_the_user_is_equal_to_what_it_became(db, functions):
    table = using(
        functions,
        "f_plus(id)",
        columns=["d Int64 DEFAULT f_times(id, n)", "e Int64 ALIAS f_plus(d) * 2"],
    )
    db.reconcile(table)

    assert db.plan(table) == {}


def test_a_table_that_calls_another_function_differs(db, functions):
    db.reconcile(using(functions, "f_plus(id)"))

    plan = db.plan(using(functions, "f_times(id, 2)"))

    assert {*plan} >= {"ORDER BY", "PARTITION BY", "TTL", "index i", "constraint c", "projection p"}
